/** Which map a record belongs to, by its content alone. */
import type { DecodedRecord, SourceMap } from "./define-map.ts";

/** From here on a map's claim needs no comparison with the others'. */
export const SURE = 0.8;

/** Below this a claim is no claim: a wrong guess is worse than "unknown". */
export const LIKELY = 0.5;

export interface Claim {
  readonly map: SourceMap;
  /** 0 to 1 */
  readonly confidence: number;
}

/**
 * The map with the highest claim of at least 0.5. Where several claim equally, the preferred one; where it is not among
 * them, none: the record is ambiguous.
 *
 * @param asked the answer of a map that was asked before, so that it is not asked twice
 */
export function recogniseRecord(
  record: DecodedRecord,
  maps: readonly SourceMap[],
  preferred: SourceMap | null,
  asked: Claim | null = null,
): Claim | null {
  let best: SourceMap | null = null;
  let confidence = 0;
  let tied = false;
  for (const map of maps) {
    const claim = map === asked?.map ? asked.confidence : map.recognise(record);
    if (claim < LIKELY || claim < confidence) continue;
    if (claim > confidence) {
      best = map;
      confidence = claim;
      tied = false;
    } else {
      tied = true;
      if (map === preferred) best = map;
    }
  }
  return best === null || (tied && best !== preferred) ? null : { map: best, confidence };
}
