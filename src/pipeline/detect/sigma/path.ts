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

/** A reader of the path; a list of values where a list lies on the way. A number as segment picks an element. */
export function pathReader(path: string): (root: unknown) => unknown {
  const segments = path.split(".");
  const [first = "", second] = segments;
  if (second === undefined) return (root) => (Array.isArray(root) ? follow(root, segments, 0) : own(root, first));
  return (root) => follow(root, segments, 0);
}

function follow(root: unknown, segments: readonly string[], from: number): unknown {
  let value = root;
  for (let at = from; at < segments.length; at++) {
    if (Array.isArray(value)) {
      const segment = segments[at] as string;
      if (/^\d{1,6}$/.test(segment)) {
        value = value[Number(segment)];
        continue;
      }
      return gather(value, segments, at);
    }
    value = own(value, segments[at] as string);
    if (value === undefined || value === null) return at === segments.length - 1 ? value : undefined;
  }
  return value;
}

function gather(list: readonly unknown[], segments: readonly string[], at: number): unknown {
  const found: unknown[] = [];
  for (const element of list) {
    if (found.length >= MAX_ELEMENTS) break;
    const value = follow(element, segments, at);
    if (Array.isArray(value)) for (const inner of value.slice(0, MAX_ELEMENTS)) found.push(inner);
    else if (value !== undefined) found.push(value);
  }
  return found.length > 0 ? found : undefined;
}
