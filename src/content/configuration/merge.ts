/** The configuration file and its drop-in files as one document, of which every value knows the file it came from. */
import { resolve } from "node:path";
import type { Place } from "../../model/errors.ts";
import type { PlacedYaml, Problem } from "../yaml-places.ts";

export interface ConfigurationText {
  /** Absolute. */
  readonly folder: string;
  readonly yaml: PlacedYaml;
}

/** Where a value stands: in which text, at which path there. */
interface Origin {
  readonly yaml: PlacedYaml;
  readonly path: readonly PropertyKey[];
}

const MAX_DEPTH = 16;
const PATH_KEY = /^(?:paths?|files?|folders?)$|_(?:file|folder)s?$/;
/** Keys at the top that hold paths. */
const TOP_PATHS: ReadonlySet<string> = new Set(["store", "policy", "rules", "catalogue"]);
const ADDRESS = /^https?:\/\//i;

/** Lists are joined, mappings merged; a value that two files set is a problem. */
export function mergeTexts(texts: readonly ConfigurationText[]): PlacedYaml {
  const problems: Problem[] = texts.flatMap(({ yaml }) => yaml.problems);
  const origins = new Map<string, Origin>();
  let merged: unknown = undefined;
  for (const { yaml, folder } of texts) {
    // An empty file says nothing, and so does a section without content.
    if (yaml.problems.length > 0 || yaml.data === null || yaml.data === undefined) continue;
    const data = resolvePaths(yaml.data, folder);
    if (merged === undefined) {
      merged = data;
      note(origins, [], data, { yaml, path: [] });
    } else if (isMapping(merged) && isMapping(data)) join(merged, data, [], { yaml, path: [] });
    else problems.push({ message: "write a mapping such as `sources: [...]`", place: yaml.placeOf([]) });
  }

  function join(
    target: Record<string, unknown>,
    addition: Record<string, unknown>,
    at: readonly PropertyKey[],
    from: Origin,
  ): void {
    for (const [key, value] of Object.entries(addition)) {
      const path = [...at, key];
      const origin = { yaml: from.yaml, path: [...from.path, key] };
      const present = Object.hasOwn(target, key) ? target[key] : undefined;
      if (present === undefined || present === null) {
        target[key] = value;
        note(origins, path, value, origin);
      } else if (Array.isArray(present) && Array.isArray(value)) {
        for (const [index, item] of value.entries()) {
          note(origins, [...path, present.length], item, { ...origin, path: [...origin.path, index] });
          present.push(item);
        }
      } else if (isMapping(present) && isMapping(value) && path.length < MAX_DEPTH) join(present, value, path, origin);
      else if (value !== null && present !== value) {
        const earlier = find(path);
        const there = earlier.yaml.placeOf(earlier.path);
        problems.push({
          message: `${path.map(String).join(".")} is set to something else at ${there.file}:${there.line ?? 1}: keep one of them`,
          place: from.yaml.placeOfKey(from.path, key),
        });
      }
    }
  }

  /** The nearest ancestor that came from one text, and the path within it. */
  function find(path: readonly PropertyKey[]): Origin {
    for (let length = path.length; length >= 0; length -= 1) {
      const origin = origins.get(keyOf(path.slice(0, length)));
      if (origin !== undefined) return { yaml: origin.yaml, path: [...origin.path, ...path.slice(length)] };
    }
    const [first] = texts;
    if (first === undefined) throw new RangeError("no configuration was read");
    return { yaml: first.yaml, path };
  }

  return {
    data: merged ?? {},
    problems,
    placeOf: (path): Place => {
      const origin = find(path);
      return origin.yaml.placeOf(origin.path);
    },
    placeOfKey: (path, key): Place => {
      const { yaml, path: within } = find([...path, key]);
      return yaml.placeOfKey(within.slice(0, -1), key);
    },
  };
}

const keyOf = (path: readonly PropertyKey[]): string => JSON.stringify(path.map(String));

/** Where a value and the mappings and items in it came from, as deep as files are merged. */
function note(origins: Map<string, Origin>, path: readonly PropertyKey[], value: unknown, origin: Origin): void {
  origins.set(keyOf(path), origin);
  if (path.length >= 3) return;
  if (isMapping(value))
    for (const [key, inner] of Object.entries(value))
      note(origins, [...path, key], inner, { yaml: origin.yaml, path: [...origin.path, key] });
  else if (Array.isArray(value))
    for (const [index, inner] of value.entries())
      note(origins, [...path, index], inner, { yaml: origin.yaml, path: [...origin.path, index] });
}

/** A copy in which every path is absolute. */
function resolvePaths(value: unknown, folder: string, key = "", depth = 0, top = false): unknown {
  if (depth > MAX_DEPTH) return value;
  if (typeof value === "string") {
    const isPath = PATH_KEY.test(key) || (top && TOP_PATHS.has(key));
    return isPath && value !== "" && !ADDRESS.test(value) ? resolve(folder, value) : value;
  }
  if (Array.isArray(value)) return value.map((item) => resolvePaths(item, folder, key, depth + 1, top));
  if (!isMapping(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value))
    // A key named __proto__ stays a key, and is refused as an unknown one.
    Object.defineProperty(copy, name, {
      value: resolvePaths(inner, folder, name, depth + 1, depth === 0),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return copy;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
