/**
 * Matches -> findings -> incidents, for what new events have touched. Everything is judged from what the store holds, so the
 * result depends on the set of events alone.
 */
import type { Finding, Lane } from "../model/incident.ts";
import { BusyRules } from "./busy-rules.ts";
import { alertFindings } from "./detect/correlate/alerts.ts";
import { enoughQuery, periodsAround } from "./detect/correlate/deviation.ts";
import { toFinding, type EpisodeRow } from "./detect/correlate/findings.ts";
import { dailyTotals, reachesQuery } from "./detect/correlate/long-sums.ts";
import type { CorrelationPlan } from "./detect/correlate/plan.ts";
import type { PlanSet } from "./detect/correlate/plans.ts";
import {
  episodesQuery,
  EVER,
  formerGroupsQuery,
  learnQuery,
  hitsQuery,
  MATCHES,
  measureQuery,
  type TimeRange,
} from "./detect/correlate/sql.ts";
import type { KnownValues } from "./known-values.ts";
import { planJudgements, type Judgement, type Touched } from "./judgements.ts";
import { derive, NEWLY_BOUND } from "./persist/derive.ts";
import { partsOf, type Due } from "./persist/due.ts";
import { FILLING, fillMatches } from "./persist/fill.ts";
import { replaceFindings, type Concluded } from "./persist/findings.ts";
import { readSettled } from "./persist/retention.ts";
import { gatherTouched, TOUCHED_GROUPS } from "./persist/scene.ts";
import type { Store } from "./persist/store.ts";
import { inTurn, tellIncidents } from "./tell-incidents.ts";

const HOUR_MS = 3_600_000;
/** New events change what incidents this far around them could see; see `readCoverage`. */
const COVERAGE_REACH_MS = 2 * HOUR_MS;
/** Correlations that one query asks for hits. */
const ASKED_TOGETHER = 12;
/** Changes no further apart than this are told together. */
const TOGETHER_MS = 7 * 24 * HOUR_MS;

export interface ConcludeOptions {
  readonly planSet: PlanSet;
  /** What new activities and matches have touched. */
  readonly due: Due;
  /** Lane of a source id; null for a source no longer known. */
  readonly laneOf: (source: string) => Lane | null;
  readonly endpointSources: readonly string[];
  /** ms; orders versions of the same row. */
  readonly now: number;
  /** Kept from one conclusion to the next, and given to all of them. Changes how long they take, never what they are. */
  readonly memory?: ConcludeMemory | undefined;
}

export interface ConcludeMemory {
  readonly busy: BusyRules;
  readonly values: KnownValues;
}

/** Brings findings and incidents in the store up to date. */
export function conclude(store: Store, options: ConcludeOptions): Promise<void> {
  return inTurn(store, () => concludeNow(store, options));
}

async function concludeNow(store: Store, options: ConcludeOptions): Promise<void> {
  const { planSet, due, laneOf, endpointSources, now, memory } = options;
  const thorough = due.thorough === true;
  const parts = partsOf(due);
  const { lanes } = await derive(store, parts.activities, endpointSources, laneOf);
  const filled = await fillMatches(store, due.activities, now, thorough ? null : { ...parts, bound: NEWLY_BOUND });

  const rules = new Set([...due.rules, ...filled.rules]);
  const range = joined(due.matches, filled.range);
  const touched: Touched = {
    rules,
    range,
    facts: thorough ? null : range === null ? [] : await gatherTouched(store, parts.matches, [...rules], FILLING),
    alive: due.activities,
    busy: memory?.busy ?? new BusyRules(),
    values: memory?.values ?? null,
  };
  const judgements = await planJudgements(store, planSet, touched);
  if (filled.range !== null) await relearn(store, planSet, judgements);
  // Matches before this may have been deleted: what was concluded from them stands, and is measured no second time.
  const settled = await readSettled(store);
  const news = { settled, now, moved: new Set(filled.rules), values: touched.values };
  for (const judgement of judgements) await learn(store, planSet, judgement, news);
  const holding = await holdingOf(store, planSet, judgements);
  const whole: Concluded[] = [];
  const grouped: Concluded[] = [];
  for (const judgement of judgements) {
    const concluded = await judge(store, planSet, judgement, holding.has(judgement), settled);
    (judgement.scope === undefined ? whole : grouped).push(...concluded);
  }
  const changed = [
    ...(await replaceFindings(store, whole, now, settled)),
    ...(await replaceFindings(store, grouped, now, settled, `SELECT toString(rule), group FROM ${TOUCHED_GROUPS}`)),
  ];
  // New events can also change what an old story could see: its coverage is part of the incident.
  const seen = thorough ? [due.activities] : lanes;
  const around = seen.map(({ from, until }) => ({ from: from - COVERAGE_REACH_MS, until: until + COVERAGE_REACH_MS }));
  await tellIncidents(store, together([...changed, ...around]), options);
}

interface News {
  /** Matches before this may have been deleted, ms. */
  readonly settled: number;
  /** Version of what is written. */
  readonly now: number;
  /** Rules of matches that went to another group. */
  readonly moved: ReadonlySet<string>;
  readonly values: KnownValues | null;
}

/** Keeps what correlations remember longer than matches. */
async function learn(store: Store, planSet: PlanSet, judgement: Judgement, news: News): Promise<void> {
  const { plans } = planSet;
  const { plan, range, scope, measured: daily } = judgement;
  const { settled, now } = news;
  if (plan.type === "first_seen") await store.command(learnQuery(plan, plans, range, undefined, scope));
  const measured = { from: Math.max(range.from, settled), until: range.until };
  if (measured.from >= measured.until) return;
  if (plan.type === "deviation" && !onlyRepeats(planSet, judgement, periodsAround(plan, measured), news))
    await store.command(measureQuery(plan, plans, measured, now, scope));
  const days = dailyTotals(plan);
  if (days !== null) await store.command(measureQuery(days, plans, measured, now, daily));
}

/** Whether the new matches bring nothing that a busy deviation measures: the totals of its groups are what they were. */
function onlyRepeats(
  { plans }: PlanSet,
  { plan, scope }: Judgement,
  periods: TimeRange,
  { moved, values }: News,
): boolean {
  const { baseline } = plan;
  if (values === null || scope?.table !== MATCHES || baseline?.measure !== "distinct" || baseline.peers.length > 0)
    return false;
  // Matches that went to another group take their values along.
  if ([...plan.rules, ...baseline.suspicion].some((rule) => moved.has(rule))) return false;
  return !values.hasChanged(plan, plans, periods);
}

/** The judgements in which something holds at all. */
async function holdingOf(
  store: Store,
  { plans }: PlanSet,
  judgements: readonly Judgement[],
): Promise<ReadonlySet<Judgement>> {
  const asked: Judgement[] = [];
  const holding = new Set<Judgement>();
  for (const judgement of judgements) {
    const { plan, alerts, days, scope, possible } = judgement;
    if (alerts !== null) holding.add(judgement);
    else if (plan.conclusion === null || !possible) continue;
    else if (await isEnough(store, plan, days, scope?.groups ?? null)) asked.push(judgement);
  }
  // Over the whole match table each is asked for its episodes at once.
  for (const judgement of asked) if (judgement.scope === undefined) holding.add(judgement);
  const told = asked.filter(({ scope }) => scope !== undefined);
  for (let index = 0; index < told.length; index += ASKED_TOGETHER) {
    const some = told.slice(index, index + ASKED_TOGETHER);
    const rows = await store.rows<{ plan: string }>(hitsQuery(some, plans));
    for (const judgement of some) if (rows.some(({ plan }) => plan === judgement.plan.id)) holding.add(judgement);
  }
  return holding;
}

async function judge(
  store: Store,
  { plans }: PlanSet,
  { plan, alerts, days, scope }: Judgement,
  holds: boolean,
  settled: number,
): Promise<Concluded[]> {
  if (alerts !== null) {
    const rows = await store.rows<EpisodeRow>(episodesQuery(plan, plans, days, scope));
    return [...alertFindings(alerts, rows)].map(([rule, findings]) => ({ rule, range: days, findings }));
  }
  if (plan.conclusion === null) return [];
  const rows = holds ? await store.rows<EpisodeRow>(episodesQuery(plan, plans, days, scope)) : [];
  const findings = rows
    .map((row): Finding => toFinding(plan, row))
    // What is missing may have been deleted.
    .filter(({ time }) => plan.type !== "absence" || time >= settled);
  return [{ rule: plan.conclusion.rule, range: days, findings }];
}

/** What a first_seen correlation learnt of a match under an address belongs to the user who had it, once that is known. */
async function relearn(store: Store, { plans }: PlanSet, judgements: readonly Judgement[]): Promise<void> {
  for (const { plan } of judgements) {
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

/** Whether what is kept of the plan's groups says that it can hold. */
async function isEnough(store: Store, plan: CorrelationPlan, days: TimeRange, groups: string | null): Promise<boolean> {
  const query =
    plan.type === "deviation"
      ? enoughQuery(plan, periodsAround(plan, days), groups)
      : groups !== null && dailyTotals(plan) !== null
        ? reachesQuery(plan, days, groups)
        : null;
  if (query === null) return true;
  const [row] = await store.rows<{ enough: number | boolean }>(query);
  return Boolean(row?.enough);
}

function joined(range: TimeRange | null, by: TimeRange | null): TimeRange | null {
  if (range === null || by === null) return by ?? range;
  return { from: Math.min(range.from, by.from), until: Math.max(range.until, by.until) };
}

function together(spans: readonly TimeRange[]): TimeRange[] {
  const out: TimeRange[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last !== undefined && span.from - last.until <= TOGETHER_MS)
      out[out.length - 1] = joined(last, span) as TimeRange;
    else out.push(span);
  }
  return out;
}
