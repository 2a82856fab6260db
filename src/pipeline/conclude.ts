/**
 * Matches -> findings -> incidents, for the span of event time that new matches have touched. Everything is recomputed
 * from what the store holds, so the result depends on the set of events alone.
 */
import type { Lane } from "../model/incident.ts";
import { alertFindings, isAlert, mergeAlerts } from "./detect/correlate/alerts.ts";
import { toFinding, type EpisodeRow } from "./detect/correlate/findings.ts";
import { silenceQuery } from "./detect/correlate/absence.ts";
import { enoughQuery, periodsAround } from "./detect/correlate/deviation.ts";
import type { CorrelationPlan } from "./detect/correlate/plan.ts";
import type { PlanSet } from "./detect/correlate/plans.ts";
import { countsQuery, evidenceRange, isPossible, type CountRow } from "./detect/correlate/possible.ts";
import {
  episodesQuery,
  EVER,
  eventRules,
  formerGroupsQuery,
  learnQuery,
  measureQuery,
  touchedDays,
  type TimeRange,
} from "./detect/correlate/sql.ts";
import { derive } from "./persist/derive.ts";
import type { Due } from "./persist/due.ts";
import { FILLING, fillMatches } from "./persist/fill.ts";
import { replaceFindings } from "./persist/findings.ts";
import { readSettled } from "./persist/retention.ts";
import type { Store } from "./persist/store.ts";
import { inTurn, tellIncidents } from "./tell-incidents.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** New events change what incidents this far around them could see; see `coverageOf`. */
const COVERAGE_REACH_MS = 2 * HOUR_MS;

export interface ConcludeOptions {
  readonly planSet: PlanSet;
  /** What new activities and matches have touched. */
  readonly due: Due;
  /** Lane of a source id; null for a source no longer known. */
  readonly laneOf: (source: string) => Lane | null;
  readonly endpointSources: readonly string[];
  /** ms; orders versions of the same row. */
  readonly now: number;
}

/** Brings findings and incidents in the store up to date. */
export function conclude(store: Store, options: ConcludeOptions): Promise<void> {
  return inTurn(store, () => concludeNow(store, options));
}

async function concludeNow(store: Store, options: ConcludeOptions): Promise<void> {
  const { planSet, due, now } = options;
  await derive(store, due.activities, options.endpointSources);
  const filled = await fillMatches(store, due.activities, now);

  const rules = new Set([...due.rules, ...filled.rules]);
  const matched = widen(due.matches, filled.range);
  const awaited = await readAwaited(store, planSet, due.activities);
  const touched = [...planSet.plans.values()].filter(
    (plan) =>
      awaited.has(plan.id) ||
      (matched !== null &&
        (eventRules(plan, planSet.plans).some((rule) => rules.has(rule)) ||
          plan.baseline?.suspicion.some((rule) => rules.has(rule)))),
  );
  const range = [...awaited.values()].reduce<TimeRange | null>(widen, matched);
  let changed: TimeRange | null = null;
  // Matches before this may have been deleted: what was concluded from them stands, and is measured no second time.
  const settled = await readSettled(store);
  if (range !== null) {
    if (filled.range !== null) await relearn(store, planSet, touched);
    for (const set of mergeAlerts(touched.filter(isAlert))) {
      const days = touchedDays(set.plan, range);
      const rows = await store.rows<EpisodeRow>(episodesQuery(set.plan, planSet.plans, days));
      for (const [rule, findings] of alertFindings(set, rows))
        changed = widen(changed, await replaceFindings(store, rule, days, findings, now, settled));
    }
    const correlations = touched.filter((plan) => !isAlert(plan));
    const canHold = await countMatches(store, planSet, correlations, range);
    for (const plan of correlations) {
      if (plan.type === "first_seen") await store.command(learnQuery(plan, planSet.plans, range));
      const measured = { from: Math.max(range.from, settled), until: range.until };
      if (plan.type === "deviation" && measured.from < measured.until)
        await store.command(measureQuery(plan, planSet.plans, measured, now));
      if (plan.conclusion === null) continue;
      const days = touchedDays(plan, range);
      const possible = canHold(plan, days) && (plan.type !== "deviation" || (await isEnough(store, plan, days)));
      const rows = possible ? await store.rows<EpisodeRow>(episodesQuery(plan, planSet.plans, days)) : [];
      const findings = rows
        .map((row) => toFinding(plan, row))
        // What is missing may have been deleted.
        .filter(({ time }) => plan.type !== "absence" || time >= settled);
      changed = widen(changed, await replaceFindings(store, plan.conclusion.rule, days, findings, now, settled));
    }
  }
  // New events can also change what an old story could see: its coverage is part of the incident.
  const { from, until } = due.activities;
  const span = widen({ from: from - COVERAGE_REACH_MS, until: until + COVERAGE_REACH_MS }, changed);
  await tellIncidents(store, [span], options);
}

/**
 * From when on signs of life in a span can decide about what an absence waits for, by the ids of the plans that stand on one:
 * from where the sources that answer were last heard of.
 */
async function readAwaited(store: Store, { plans }: PlanSet, span: TimeRange): Promise<Map<string, TimeRange>> {
  const awaited = new Map<string, TimeRange>();
  for (const plan of plans.values()) {
    if (plan.absence === null) continue;
    const rows = await store.rows<{ before: number | string }>(silenceQuery(plan, span));
    if (rows.length === 0) continue;
    const earliest = span.from - plan.absence.horizonMs - plan.windowMs - MINUTE_MS;
    const before = Math.min(...rows.map((row) => Number(row.before)));
    awaited.set(plan.id, { from: Math.max(0, earliest, before - plan.windowMs), until: span.until });
  }
  const standing = [...plans.values()].flatMap((plan) => absencesBelow(plan, plans).map((below) => ({ plan, below })));
  for (const { plan, below } of standing) {
    const range = awaited.get(below);
    if (range !== undefined) awaited.set(plan.id, widen(range, awaited.get(plan.id) ?? null));
  }
  return awaited;
}

/** Ids of the absences that a plan stands on. */
function absencesBelow(plan: CorrelationPlan, plans: PlanSet["plans"]): string[] {
  return plan.rules.flatMap((rule) => {
    const below = plans.get(rule);
    return below === undefined ? [] : [...(below.absence === null ? [] : [below.id]), ...absencesBelow(below, plans)];
  });
}

/** What a first_seen correlation learnt of a match under an address belongs to the user who had it, once that is known. */
async function relearn(store: Store, { plans }: PlanSet, touched: readonly CorrelationPlan[]): Promise<void> {
  for (const plan of touched) {
    if (plan.type !== "first_seen" || plan.scope === "everyone") continue;
    const rows = await store.rows<{ history: string }>(
      `SELECT DISTINCT group AS history FROM first_seen WHERE correlation = {id:String} AND group IN (${formerGroupsQuery(plan, plans, FILLING)})`,
      { id: plan.id },
    );
    if (rows.length === 0) continue;
    const groups = rows.map(({ history }) => history);
    await store.command(
      "DELETE FROM first_seen WHERE correlation = {id:String} AND has({groups:Array(String)}, group)",
      {
        id: plan.id,
        groups,
      },
    );
    await store.command(learnQuery(plan, plans, EVER, "SELECT arrayJoin({groups:Array(String)})"), { groups });
  }
}

async function isEnough(store: Store, plan: CorrelationPlan, days: TimeRange): Promise<boolean> {
  const [row] = await store.rows<{ enough: number | boolean }>(enoughQuery(plan, periodsAround(plan, days)));
  return Boolean(row?.enough);
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

function widen<Range extends TimeRange | null>(range: Range, by: TimeRange | null): Range | TimeRange {
  if (range === null || by === null) return by ?? range;
  return { from: Math.min(range.from, by.from), until: Math.max(range.until, by.until) };
}
