/**
 * Gaps: spans of event time in which a live source has missed something for certain, or cannot prove that it has not. Silences are
 * not stored, they are read off the heartbeats; what stands here is what a source itself has noticed.
 */
import { hash } from "node:crypto";
import type { StoreReader } from "./reader.ts";
import { storeTime, type Store } from "./store.ts";

export interface GapRow {
  /** Id of the live source that noticed it. */
  readonly collector: string;
  /** Id of the source map; empty where the collector's lines are of several kinds. */
  readonly source: string;
  /** Half-open, ms. */
  readonly from: number;
  readonly until: number;
  readonly reason: string;
}

const MAX_TIME = Date.UTC(2100, 0);
const MAX_REASON = 1_000;
const MOST_GAPS = 10_000;

/**
 * Writes a gap; when this returns it is on disk. The same gap again adds nothing; told with a later end it is the longer one.
 * @param now ms
 */
export async function writeGap(store: Store, gap: GapRow, now: number): Promise<void> {
  const from = clamp(gap.from);
  const until = Math.max(from, clamp(gap.until));
  const reason = gap.reason.slice(0, MAX_REASON).toWellFormed();
  const uid = hash("sha256", JSON.stringify([gap.collector, gap.source, from, reason]), "hex").slice(0, 32);
  await store.append("gap", [
    {
      uid,
      collector: gap.collector,
      source: gap.source,
      first_time: storeTime(from),
      time: storeTime(until),
      reason,
      noticed: storeTime(clamp(now)),
      version: until,
    },
  ]);
}

const clamp = (ms: number): number => (Number.isFinite(ms) ? Math.min(MAX_TIME, Math.max(0, Math.floor(ms))) : 0);

/** Latest first. @param range event time, half-open, ms; all of them when left out */
export async function readGaps(
  store: Pick<Store | StoreReader, "rows">,
  range: { readonly from: number; readonly until: number } = { from: 0, until: MAX_TIME },
): Promise<GapRow[]> {
  return store.rows<GapRow>(
    `SELECT collector, source, toFloat64(toUnixTimestamp64Milli(first_time)) AS from, toFloat64(toUnixTimestamp64Milli(time)) AS until, reason
     FROM gap FINAL
     WHERE first_time < fromUnixTimestamp64Milli({until:Int64}, 'UTC') AND gap.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
     ORDER BY first_time DESC, uid LIMIT ${MOST_GAPS}`,
    { from: Math.max(0, Math.floor(range.from)), until: Math.min(MAX_TIME, Math.ceil(range.until)) },
  );
}
