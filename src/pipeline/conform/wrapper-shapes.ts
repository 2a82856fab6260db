/**
 * What the wrappers of a stream look like, by how deep they stand. A shipper wraps all its records alike: where one has the
 * keys of the one before, its record is looked for in the same place first, and not every map has to be asked about the
 * wrapper itself.
 */
import type { JsonObject } from "../../model/activity.ts";
import type { DecodedRecord } from "./define-map.ts";
import { unwrapCandidates } from "./envelope.ts";

interface Shape {
  readonly keys: readonly string[];
  /** Which of the candidates was the record. */
  readonly candidate: number;
}

export class WrapperShapes {
  readonly #shapes: (Shape | undefined)[] = [];

  /** @param candidate number of the candidate that a map claimed, from 0 */
  remember(depth: number, wrapper: JsonObject, candidate: number): void {
    this.#shapes[depth] = { keys: Object.keys(wrapper), candidate };
  }

  /** What stands where the record stood in the last wrapper of this depth; null where this one has other keys. */
  sameOf(record: DecodedRecord, depth: number, referenceMs: number): DecodedRecord | null {
    const shape = this.#shapes[depth];
    if (shape === undefined || record.json === null || !hasKeys(record.json, shape.keys)) return null;
    let at = 0;
    for (const candidate of unwrapCandidates(record, referenceMs)) {
      if (at === shape.candidate) return candidate;
      at += 1;
    }
    return null;
  }
}

/** The same keys in the same order. */
function hasKeys(json: JsonObject, keys: readonly string[]): boolean {
  let at = 0;
  for (const key of Object.keys(json)) {
    if (key !== keys[at]) return false;
    at += 1;
  }
  return at === keys.length;
}
