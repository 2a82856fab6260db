/**
 * Matches -> findings -> incidents, for the span of event time that new matches have touched. Everything is recomputed
 * from what the store holds, so the result depends on the set of events alone.
 */
import type { Incident, Lane } from "../model/incident.ts";
import { alertFindings, isAlert, mergeAlerts } from "./detect/correlate/alerts.ts";
import { toFinding, type EpisodeRow } from "./detect/correlate/findings.ts";
import type { CorrelationPlan } from "./detect/correlate/plan.ts";
import type { PlanSet } from "./detect/correlate/plans.ts";
import { countsQuery, evidenceRange, isPossible, type CountRow } from "./detect/correlate/possible.ts";
import { episodesQuery, eventRules, learnQuery, touchedDays, type TimeRange } from "./detect/correlate/sql.ts";
import { escalate, type Coverage } from "./escalate/incident.ts";
import { derive, readLaneHours } from "./persist/derive.ts";
import { readFindings, replaceFindings, replaceIncidents } from "./persist/findings.ts";
import type { Store } from "./persist/store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Findings this far around the change may belong to the same story. */
const STORY_REACH_MS = 30 * DAY_MS;

export interface ConcludeOptions {
  readonly planSet: PlanSet;
  /** Event time of all new activities, ms. */
  readonly activityRange: TimeRange;
  /** Event time of the new matches, ms; null when there are none. */
  readonly matchRange: TimeRange | null;
  /** Ids of the event rules that matched. */
  readonly matchedRules: ReadonlySet<string>;
  /** Lane of a source id; null for a source no longer known. */
  readonly laneOf: (source: string) => Lane | null;
  readonly endpointSources: readonly string[];
  /** ms; orders versions of the same row. */
  readonly now: number;
}

/** Brings findings and incidents in the store up to date. */
export async function conclude(store: Store, options: ConcludeOptions): Promise<void> {
  const { planSet, activityRange, matchRange, matchedRules, now } = options;
  await derive(store, { from: activityRange.from, until: activityRange.until + 1 }, options.endpointSources);
  if (matchRange === null) return;
  const range = { from: matchRange.from, until: matchRange.until + 1 };

  let changed: TimeRange | null = null;
  const touched = [...planSet.plans.values()].filter((plan) =>
    eventRules(plan, planSet.plans).some((rule) => matchedRules.has(rule)),
  );
  for (const set of mergeAlerts(touched.filter(isAlert))) {
    const days = touchedDays(set.plan, range);
    const rows = await store.rows<EpisodeRow>(episodesQuery(set.plan, planSet.plans, days));
    for (const [rule, findings] of alertFindings(set, rows))
      changed = widen(changed, await replaceFindings(store, rule, days, findings, now));
  }
  const correlations = touched.filter((plan) => !isAlert(plan));
  const canHold = await countMatches(store, planSet, correlations, range);
  for (const plan of correlations) {
    if (plan.type === "first_seen") await store.command(learnQuery(plan, planSet.plans, range));
    if (plan.conclusion === null) continue;
    const days = touchedDays(plan, range);
    const rows = canHold(plan, days) ? await store.rows<EpisodeRow>(episodesQuery(plan, planSet.plans, days)) : [];
    const findings = rows.map((row) => toFinding(plan, row));
    changed = widen(changed, await replaceFindings(store, plan.conclusion.rule, days, findings, now));
  }
  // New events can also change what an old story could see: its coverage is part of the incident.
  const { from, until } = widen(activityRange, changed);
  const span = { from, until: until + 1 };
  const coverage = coverageOf(await readLaneHours(store, options.laneOf));
  await replaceIncidents(store, span, await storiesOf(store, span, coverage), now);
}

/** Whether a correlation has the matches it takes, for days of its own. */
async function countMatches(
  store: Store,
  { plans }: PlanSet,
  correlations: readonly CorrelationPlan[],
  range: TimeRange,
): Promise<(plan: CorrelationPlan, days: TimeRange) => boolean> {
  const rules = [...new Set(correlations.flatMap((plan) => eventRules(plan, plans)))].toSorted();
  if (rules.length === 0) return () => false;
  const widest = correlations.map((plan) => evidenceRange(plan, plans, touchedDays(plan, range)));
  const from = Math.max(0, Math.min(...widest.map((each) => each.from)));
  const until = Math.max(...widest.map((each) => each.until));
  const rows = await store.rows<CountRow>(countsQuery(rules, { from, until }));
  const byRule = Map.groupBy(rows, ({ rule }) => rule);
  return (plan, days) => {
    const evidence = evidenceRange(plan, plans, days);
    const within = ({ day }: CountRow): boolean =>
      (Number(day) + 1) * DAY_MS > evidence.from && Number(day) * DAY_MS < evidence.until;
    return isPossible(plan, plans, (rule) =>
      (byRule.get(rule) ?? []).filter(within).reduce((sum, { matches }) => sum + Number(matches), 0),
    );
  };
}

/**
 * Whole stories that touch the span. One that begins or ends near the edge of what was read may go on beyond it: its uid is
 * that of its first finding, so more is read until nothing is added.
 */
async function storiesOf(store: Store, span: TimeRange, coverage: Coverage): Promise<Incident[]> {
  let known = -1;
  for (let reach = STORY_REACH_MS; ; reach *= 2) {
    const around = { from: span.from - reach, until: span.until + reach };
    const findings = await readFindings(store, around);
    const incidents = escalate(findings, coverage).filter(
      ({ first_time, last_time }) => last_time >= span.from && first_time < span.until,
    );
    const inside = incidents.every(
      ({ first_time, last_time }) =>
        first_time - around.from > STORY_REACH_MS / 2 && around.until - last_time > STORY_REACH_MS / 2,
    );
    if (inside || findings.length === known || around.from < 0) return incidents;
    known = findings.length;
  }
}

function widen<Range extends TimeRange | null>(range: Range, by: TimeRange | null): Range | TimeRange {
  if (range === null || by === null) return by ?? range;
  return { from: Math.min(range.from, by.from), until: Math.max(range.until, by.until) };
}

function coverageOf(hours: ReadonlyMap<number, ReadonlySet<Lane>>): Coverage {
  return (from, until) => {
    const lanes = new Set<Lane>();
    // A month-long story does not need every hour to know which lanes exist.
    const step = Math.max(1, Math.floor((until - from) / HOUR_MS / 2_000));
    for (let hour = Math.floor(from / HOUR_MS) - 1; hour <= Math.floor(until / HOUR_MS) + 1; hour += step) {
      for (const lane of hours.get(hour) ?? []) lanes.add(lane);
    }
    return lanes;
  };
}
