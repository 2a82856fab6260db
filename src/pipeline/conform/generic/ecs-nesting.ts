/**
 * The Elastic Common Schema writes `source.ip` as one key or as an object in an object, in one record sometimes both: here all of it
 * becomes objects.
 */
import type { Json, JsonObject } from "../../../model/activity.ts";

const MAX_KEYS = 2000;
const MAX_DEPTH = 16;

type Mutable = { [key: string]: Json };

/** The record itself where no top-level key has a point in it. */
export function nestKeys(json: JsonObject): JsonObject {
  const keys = Object.keys(json);
  if (!keys.some((key) => key.includes("."))) return json;
  const out = Object.create(null) as Mutable;
  // Objects of the record itself are never written to: a path through one goes through a copy.
  const own = new Set<unknown>();
  for (const key of keys.slice(0, MAX_KEYS)) put(out, key.split(".", MAX_DEPTH), json[key]!, own);
  return out;
}

/** Where a value stands in the way of a deeper key, the first one stays. */
function put(target: Mutable, path: readonly string[], value: Json, own: Set<unknown>): void {
  let at = target;
  for (const name of path.slice(0, -1)) {
    const next = at[name];
    if (next !== undefined && (typeof next !== "object" || next === null || Array.isArray(next))) return;
    if (next === undefined || !own.has(next)) {
      const copy = Object.assign(Object.create(null), next) as Mutable;
      own.add(copy);
      at[name] = copy;
      at = copy;
    } else at = next as Mutable;
  }
  const last = path.at(-1)!;
  const present = at[last];
  if (present === undefined) at[last] = value;
  else if (own.has(present) && typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value as JsonObject)) (present as Mutable)[name] ??= inner;
  }
}
