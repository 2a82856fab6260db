/** Dotted paths into nested values. Own properties only; of a list every element is followed. */

const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));
const MAX_ELEMENTS = 10_000;

/** An own property; undefined when there is none, or the value is no object. */
export function own(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  // the check costs more than the read: only names that every object inherits need it
  if (INHERITED.has(key) && !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

/** Whether objects have this name without owning it, so that reading it needs a check. */
export function isInherited(key: string): boolean {
  return INHERITED.has(key);
}

/** A reader of the path; a list of values where a list lies on the way. A number as segment picks an element. */
export function pathReader(path: string): (root: unknown) => unknown {
  const segments = path.split(".");
  if (segments.some(isInherited)) return (root) => follow(root, segments, 0, own);
  const [first = "", second, third, fourth] = segments;
  if (fourth !== undefined) return (root) => follow(root, segments, 0, plain);
  // the common depths without a loop; anything but an object on the way goes the general way
  if (second === undefined) return (root) => (isObject(root) ? root[first] : follow(root, segments, 0, plain));
  if (third === undefined) {
    return (root) => {
      if (!isObject(root)) return follow(root, segments, 0, plain);
      const child = root[first];
      return isObject(child) ? child[second] : follow(child, segments, 1, plain);
    };
  }
  return (root) => {
    if (!isObject(root)) return follow(root, segments, 0, plain);
    const child = root[first];
    if (!isObject(child)) return follow(child, segments, 1, plain);
    const grandchild = child[second];
    return isObject(grandchild) ? grandchild[third] : follow(grandchild, segments, 2, plain);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** For names that no object inherits. */
function plain(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function follow(root: unknown, segments: readonly string[], from: number, read: typeof own): unknown {
  let value = root;
  for (let at = from; at < segments.length; at++) {
    if (Array.isArray(value)) {
      const segment = segments[at] as string;
      if (!/^\d{1,6}$/.test(segment)) return gather(value, segments, at, read);
      value = value[Number(segment)];
      continue;
    }
    // null before the end of the path is as good as nothing there
    if (value === undefined || value === null) return undefined;
    value = read(value, segments[at] as string);
  }
  return value;
}

function gather(list: readonly unknown[], segments: readonly string[], at: number, read: typeof own): unknown {
  const found: unknown[] = [];
  for (const element of list) {
    if (found.length >= MAX_ELEMENTS) break;
    const value = follow(element, segments, at, read);
    if (Array.isArray(value)) for (const inner of value.slice(0, MAX_ELEMENTS)) found.push(inner);
    else if (value !== undefined) found.push(value);
  }
  return found.length > 0 ? found : undefined;
}
