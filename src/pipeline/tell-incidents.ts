/** Findings in the store -> incidents in the store, without what suppressions cover. */
import type { Incident, Lane } from "../model/incident.ts";
import type { Coverage } from "./escalate/incident.ts";
import { compileSuppressions, tellStories, type CoveredBy, type Stories } from "./escalate/suppress.ts";
import { readLaneHours } from "./persist/derive.ts";
import { readFindings, replaceIncidents } from "./persist/findings.ts";
import { readGaps } from "./persist/gaps.ts";
import type { Store } from "./persist/store.ts";
import { markApplied, readSuppressions, replaceCovered } from "./persist/suppression.ts";
import { suppressionSpans } from "./suppression-spans.ts";

const HOUR_MS = 3_600_000;
/** Findings this far around a change may belong to the same story. */
const STORY_REACH_MS = 30 * 24 * HOUR_MS;

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
}

export interface TellOptions {
  /** Lane of a source id; null for a source no longer known. */
  readonly laneOf: (source: string) => Lane | null;
  /** ms; orders versions of the same row. */
  readonly now: number;
}

/** Conclusions about one store come one after the other: each reads what the one before it wrote. */
const running = new WeakMap<Store, Promise<unknown>>();

export function inTurn<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const done = (running.get(store.origin) ?? Promise.resolve()).then(work);
  running.set(
    store.origin,
    done.catch(() => {}),
  );
  return done;
}

/** Brings the incidents of the spans up to date; to be called in turn. */
export async function tellIncidents(
  store: Store,
  spans: readonly TimeRange[],
  { laneOf, now }: TellOptions,
): Promise<void> {
  const coverage = await readCoverage(store, laneOf);
  const suppressions = await readSuppressions(store);
  const coveredBy = compileSuppressions(suppressions);
  for (const span of spans) {
    const { incidents, suppressed, covered } = await storiesOf(store, span, coverage, coveredBy);
    await replaceIncidents(store, span, incidents, now, suppressed);
    if (suppressions.length === 0) continue;
    const range = { from: span.from, until: span.until + 1 };
    const within = [...covered].filter(([{ time }]) => time >= range.from && time < range.until);
    await replaceCovered(
      store,
      range,
      within.map(([{ uid, rule, severity, time }, by]) => ({ uid, rule, severity, time, suppressions: by })),
      now,
    );
  }
}

/**
 * Tells the incidents anew that suppressions speak of which have been made or ended since. What a process that ended in
 * between left undone is done with the next one.
 */
export function applySuppressions(store: Store, options: TellOptions): Promise<void> {
  return inTurn(store, async () => {
    const changed = (await readSuppressions(store)).filter(({ applied }) => !applied);
    if (changed.length === 0) return;
    await tellIncidents(store, await suppressionSpans(store, changed), options);
    await markApplied(store, changed, options.now);
  });
}

/**
 * Whole stories that touch the span. One that begins or ends near the edge of what was read may go on beyond it: its uid is
 * that of its first finding, so more is read until nothing is added.
 */
async function storiesOf(store: Store, span: TimeRange, coverage: Coverage, coveredBy: CoveredBy): Promise<Stories> {
  const touches = ({ first_time, last_time }: Incident): boolean => last_time >= span.from && first_time < span.until;
  let known = -1;
  for (let reach = STORY_REACH_MS; ; reach *= 2) {
    const around = { from: span.from - reach, until: span.until + reach };
    const findings = await readFindings(store, around);
    const stories = tellStories(findings, coverage, coveredBy);
    const incidents = stories.incidents.filter(touches);
    const suppressed = stories.suppressed.filter(touches);
    const inside = [...incidents, ...suppressed].every(
      ({ first_time, last_time }) =>
        first_time - around.from > STORY_REACH_MS / 2 && around.until - last_time > STORY_REACH_MS / 2,
    );
    if (inside || findings.length === known || around.from < 0) return { ...stories, incidents, suppressed };
    known = findings.length;
  }
}

/** What could be seen when, of all that is stored. */
export async function readCoverage(store: Pick<Store, "rows">, laneOf: TellOptions["laneOf"]): Promise<Coverage> {
  const hours = await readLaneHours(store, laneOf);
  const gaps = (await readGaps(store)).map(({ collector, source, ...gap }) => ({
    ...gap,
    source: source || collector,
  }));
  const lanesOf = (from: number, until: number): ReadonlySet<Lane> => {
    const lanes = new Set<Lane>();
    // A month-long story does not need every hour to know which lanes exist.
    const step = Math.max(1, Math.floor((until - from) / HOUR_MS / 2_000));
    for (let hour = Math.floor(from / HOUR_MS) - 1; hour <= Math.floor(until / HOUR_MS) + 1; hour += step) {
      for (const lane of hours.get(hour) ?? []) lanes.add(lane);
    }
    return lanes;
  };
  // An event that is missing just before or after would have been part of the story as well.
  return Object.assign(lanesOf, {
    gaps: (from: number, until: number) =>
      gaps.filter((gap) => gap.from <= until + HOUR_MS && gap.until >= from - HOUR_MS),
  });
}
