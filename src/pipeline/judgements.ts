/**
 * What new matches make it necessary to judge again: which correlations, over which days, and of which groups.
 *
 * A group's findings rest on its own matches, so only groups that new matches belong to are judged, from a table in memory
 * that holds all of these groups' matches and little else. Three kinds of correlations look further: a value that is new to
 * everyone, peers, and answers that are waited for; what they add stands below.
 */
import type { TouchedFacts } from "../model/incident.ts";
import type { BusyRules } from "./busy-rules.ts";
import { silenceQuery } from "./detect/correlate/absence.ts";
import { isAlert, mergeAlerts, type AlertSet } from "./detect/correlate/alerts.ts";
import { laterQuery, periodsAround } from "./detect/correlate/deviation.ts";
import { dailyTotals } from "./detect/correlate/long-sums.ts";
import { mayOccur } from "./detect/correlate/occurrence.ts";
import type { CorrelationPlan } from "./detect/correlate/plan.ts";
import type { PlanSet } from "./detect/correlate/plans.ts";
import { countsQuery, evidenceRange, isPossible, type CountRow } from "./detect/correlate/possible.ts";
import {
  DAY_MS,
  eventRules,
  groupsQuery,
  groupsWithQuery,
  MATCHES,
  newsQuery,
  touchedDays,
  type Scope,
  type TimeRange,
} from "./detect/correlate/sql.ts";
import { canReach, reachQuery } from "./detect/correlate/reach.ts";
import { canTell, entitiesOf, touchedGroups } from "./detect/correlate/touched.ts";
import type { KnownValues } from "./known-values.ts";
import { countScene, gatherScene, groupsOf, SCENE, TOUCHED, writeGroups, type ScenePart } from "./persist/scene.ts";
import type { Store } from "./persist/store.ts";

const MINUTE_MS = 60_000;
/** Correlations that look further back than this read the few columns they need of the match table instead. */
const SCENE_REACH_MS = 3 * DAY_MS;
/** One correlation, or one set of rules that alert, to be judged. */
export interface Judgement {
  readonly plan: CorrelationPlan;
  /** The rules that the plan stands for; null: the plan is a correlation. */
  readonly alerts: AlertSet | null;
  /** Event times of what is new, ms. */
  readonly range: TimeRange;
  /** Whole days in which findings can have changed. */
  readonly days: TimeRange;
  /** undefined: every group, from the match table. */
  readonly scope: Scope | undefined;
  /** From where the daily totals of a sum over many days are measured; see long-sums.ts. */
  readonly measured: Scope | undefined;
  /** false: it has not the matches it takes, and concludes nothing in these days. */
  readonly possible: boolean;
}

export interface Touched {
  /** Rules of new matches, and of those whose gaps were filled otherwise. */
  readonly rules: ReadonlySet<string>;
  /** Their event times; null where there are none. */
  readonly range: TimeRange | null;
  /** null: too many to tell their groups apart, or all are to be judged. */
  readonly facts: readonly TouchedFacts[] | null;
  /** Event times of new activities of any kind: signs of life that an absence waits for. */
  readonly alive: TimeRange;
  readonly busy: BusyRules;
  /** null: nothing is kept from one conclusion to the next. */
  readonly values: KnownValues | null;
}

interface Draft extends Pick<Judgement, "plan" | "alerts" | "range"> {
  readonly groups: readonly (readonly string[])[] | null;
}

/** What is to be judged, the scene made for it. */
export async function planJudgements(store: Store, planSet: PlanSet, touched: Touched): Promise<Judgement[]> {
  touched.values?.learn(touched.facts);
  const drafts = await draft(store, planSet, touched);
  const days = new Map(drafts.map((one) => [one, touchedDays(one.plan, one.range)]));
  const told = drafts.filter(({ groups }) => groups !== null);
  const evidence = new Map(
    drafts.map((one) => [one, evidenceRange(one.plan, planSet.plans, days.get(one) as TimeRange)]),
  );
  const reach = (one: Draft): number => (days.get(one)?.from ?? 0) - (evidence.get(one)?.from ?? 0);
  const close = new Set(told.filter((one) => reach(one) <= SCENE_REACH_MS));
  await writeGroups(
    store,
    told.flatMap(({ plan, alerts, groups }) =>
      (groups ?? []).map((grp) => ({
        plan: plan.id,
        grp,
        rule: alerts === null ? (plan.conclusion?.rule ?? "") : (grp[0] ?? ""),
        group: JSON.stringify(alerts === null ? grp : grp.slice(1)),
      })),
    ),
  );
  const partOf = (one: Draft, range: TimeRange): ScenePart => ({
    rules: [...eventRules(one.plan, planSet.plans), ...(one.plan.baseline?.suspicion ?? [])],
    range,
    entities: entitiesOf(one.plan, one.groups ?? []),
  });
  const partsOf = (): ScenePart[] =>
    told.flatMap((one) => {
      if (close.has(one)) return [partOf(one, evidence.get(one) as TimeRange)];
      const daily = dailyTotals(one.plan);
      return daily === null ? [] : [partOf(one, periodsAround(daily, one.range))];
    });
  const many: Draft[] = [];
  const leave = (busy: ReadonlySet<string>): void => {
    for (const one of close) {
      if (!eventRules(one.plan, planSet.plans).some((rule) => busy.has(rule))) continue;
      close.delete(one);
      many.push(one);
    }
  };
  const known = touched.busy.known();
  leave(known);
  const wanted = partsOf();
  if (wanted.length > 0) leave(touched.busy.find(await countScene(store, wanted)));
  const ofScene = wanted.length === 0 ? [] : await gatherScene(store, partsOf());
  const others = drafts.filter((one) => !close.has(one));
  const ofAll = await countAll(store, planSet, others, days, known);
  const beyond = new Set<Draft>();
  for (const one of many) {
    if (one.alerts !== null || !canHold(one.plan, planSet, days.get(one) as TimeRange, ofAll)) continue;
    if (!(await reaches(store, planSet, touched.values, one.plan, evidence.get(one) as TimeRange, one.groups)))
      beyond.add(one);
  }
  return drafts.map((one): Judgement => {
    const { plan, alerts, range, groups } = one;
    const judged = days.get(one) as TimeRange;
    const counts = close.has(one) ? ofScene : ofAll;
    const asked = { table: SCENE, groups: groupsOf(plan.id) };
    return {
      plan,
      alerts,
      range,
      days: judged,
      scope: groups === null ? undefined : close.has(one) ? asked : { ...asked, table: MATCHES },
      measured: groups === null ? undefined : asked,
      possible: alerts !== null || (!beyond.has(one) && canHold(plan, planSet, judged, counts)),
    };
  });
}

async function draft(store: Store, planSet: PlanSet, touched: Touched): Promise<Draft[]> {
  const { plans } = planSet;
  const awaited = await readAwaited(store, planSet, touched.alive);
  const reached = [...plans.values()].filter(
    (plan) =>
      touched.range !== null &&
      (eventRules(plan, plans).some((rule) => touched.rules.has(rule)) ||
        plan.baseline?.suspicion.some((rule) => touched.rules.has(rule))),
  );
  const drafts: Draft[] = [];
  for (const alerts of mergeAlerts(reached.filter(isAlert))) {
    const known = toldBy(alerts.plan, plans, touched);
    if (known !== null) drafts.push({ plan: alerts.plan, alerts, ...known });
  }
  for (const plan of plans.values()) {
    if (isAlert(plan)) continue;
    const waiting = awaited.get(plan.id);
    const known = reached.includes(plan) ? toldBy(plan, plans, touched) : null;
    const own = known === null ? null : await further(store, planSet, plan, known);
    const range = waiting === undefined ? own?.range : own === null ? waiting : widest([own.range, waiting]);
    if (range === undefined) continue;
    if (waiting === undefined || own?.groups === null)
      drafts.push({ plan, alerts: null, range, groups: own?.groups ?? null });
    else
      drafts.push({
        plan,
        alerts: null,
        range,
        groups: await waitingGroups(store, planSet, plan, waiting, own?.groups ?? []),
      });
  }
  return drafts.filter(({ groups }) => groups === null || groups.length > 0);
}

/** What of the new matches concerns the plan; null: nothing. */
function toldBy(
  plan: CorrelationPlan,
  plans: PlanSet["plans"],
  { facts, range }: Touched,
): Pick<Draft, "range" | "groups"> | null {
  if (range === null) return null;
  if (facts === null || !canTell(plan, plans)) return { range, groups: null };
  const rules = new Set([...eventRules(plan, plans), ...(plan.baseline?.suspicion ?? [])]);
  const own = facts.filter(({ rule }) => rules.has(rule));
  if (own.length === 0) return null;
  const { from, until } = widest(own.map(({ from: first, to }) => ({ from: first, until: to + 1 })));
  return { range: { from, until }, groups: touchedGroups(plan, plans, own) };
}

/** Groups that a match changes without belonging to them. */
async function further(
  store: Store,
  { plans }: PlanSet,
  plan: CorrelationPlan,
  told: Pick<Draft, "range" | "groups">,
): Promise<Pick<Draft, "range" | "groups">> {
  if (told.groups === null) return told;
  if (plan.type === "first_seen" && plan.scope === "everyone") {
    const news = await store.rows<{ value: string; earliest: string }>(newsQuery(plan, plans, TOUCHED));
    if (news.length === 0) return told;
    const known = await store.rows<{ value: string; first: string }>(
      `SELECT value, toString(toUnixTimestamp64Milli(min(first))) AS first FROM first_seen
       WHERE correlation = {id:String} AND group = '*' AND value IN (SELECT value FROM (${newsQuery(plan, plans, TOUCHED)})) GROUP BY value`,
      { id: plan.id },
    );
    const [begun] = await store.rows<{ first: string }>(
      "SELECT toString(toUnixTimestamp64Milli(min(first))) AS first FROM first_seen WHERE correlation = {id:String} AND group = '*' HAVING count() > 0",
      { id: plan.id },
    );
    const before = new Map(known.map(({ value, first }) => [value, Number(first)]));
    const earliest = Math.min(...news.map((one) => Number(one.earliest)));
    // What is older than all that was known moves the end of learning, for everyone.
    if (begun !== undefined && earliest < Number(begun.first)) return { ...told, groups: null };
    // Somebody else had been the first.
    const moved = news.filter((one) => (before.get(one.value) ?? Number.NEGATIVE_INFINITY) > Number(one.earliest));
    if (moved.length === 0) return told;
    const others = await store.rows<{ grp: string[] }>(
      groupsWithQuery(plan, plans, touchedDays(plan, told.range), "SELECT arrayJoin({values:Array(String)})"),
      { values: moved.map(({ value }) => value) },
    );
    return { ...told, groups: unique([...told.groups, ...others.map(({ grp }) => grp)]) };
  }
  if (plan.baseline !== null && plan.baseline.peers.length > 0) {
    const period = Math.floor(told.range.from / plan.windowMs) * plan.windowMs;
    const others = await store.rows<{ group: string }>(laterQuery(plan, period));
    return { ...told, groups: unique([...told.groups, ...others.map(({ group }) => JSON.parse(group) as string[])]) };
  }
  return told;
}

/** Groups that asked within the span: a sign of life of who should have answered decides about them. */
async function waitingGroups(
  store: Store,
  { plans }: PlanSet,
  plan: CorrelationPlan,
  span: TimeRange,
  groups: readonly (readonly string[])[],
): Promise<(readonly string[])[] | null> {
  if (plan.absence === null) return null;
  const asks = { ...plan, rules: plan.rules.slice(0, 1) };
  const asking = await store.rows<{ grp: string[] }>(groupsQuery(asks, plans, span));
  return unique([...groups, ...asking.map(({ grp }) => grp)]);
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
  for (const plan of plans.values()) {
    const below = absencesBelow(plan, plans).flatMap((id) => awaited.get(id) ?? []);
    if (below.length > 0)
      awaited.set(plan.id, widest([...below, ...(awaited.has(plan.id) ? [awaited.get(plan.id) as TimeRange] : [])]));
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

async function countAll(
  store: Store,
  { plans }: PlanSet,
  drafts: readonly Draft[],
  days: ReadonlyMap<Draft, TimeRange>,
  busy: ReadonlySet<string>,
): Promise<CountRow[]> {
  const counted = drafts.filter(({ alerts }) => alerts === null);
  const wanted = new Set(counted.flatMap(({ plan }) => eventRules(plan, plans)));
  // Of busy rules there are enough for anything, whatever the day.
  const enough = [...wanted.intersection(busy)].map((rule) => ({ rule, day: null, matches: Number.MAX_SAFE_INTEGER }));
  const rules = [...wanted.difference(busy)].toSorted();
  if (rules.length === 0) return enough;
  const { from, until } = widest(counted.map((one) => evidenceRange(one.plan, plans, days.get(one) as TimeRange)));
  return [...enough, ...(await store.rows<CountRow>(countsQuery(rules, { from: Math.max(0, from), until })))];
}

/** Whether a correlation has the matches it takes, for days of its own. */
function canHold(plan: CorrelationPlan, { plans }: PlanSet, days: TimeRange, counts: readonly CountRow[]): boolean {
  const evidence = evidenceRange(plan, plans, days);
  const sums = new Map<string, number>();
  for (const { rule, day, matches } of counts) {
    if (day !== null && ((Number(day) + 1) * DAY_MS <= evidence.from || Number(day) * DAY_MS >= evidence.until))
      continue;
    sums.set(rule, (sums.get(rule) ?? 0) + Number(matches));
  }
  return isPossible(plan, plans, (rule) => sums.get(rule) ?? 0);
}

/**
 * Whether any group amounts to what the plan takes, were all of the range one window: most busy groups repeat few values.
 * @param groups those that were written for the plan; null: all
 */
async function reaches(
  store: Store,
  planSet: PlanSet,
  values: KnownValues | null,
  plan: CorrelationPlan,
  range: TimeRange,
  groups: readonly (readonly string[])[] | null,
): Promise<boolean> {
  const { plans } = planSet;
  if (plan.type === "temporal" || plan.type === "temporal_ordered") {
    const missing = new Set<string>();
    for (const rule of plan.rules) {
      const below = plans.get(rule);
      if (below !== undefined && !(await reaches(store, planSet, values, below, range, null))) missing.add(rule);
    }
    return mayOccur(plan, (rule) => !missing.has(rule));
  }
  const query = reachQuery(plan, plans, range, groups === null ? null : groupsOf(plan.id));
  if (query === null) return true;
  if (values !== null && plan.type === "value_count") {
    const most = await values.atMost(store, plan, plans, range, groups);
    if (most !== null && !canReach(plan, most)) return false;
  }
  const [row] = await store.rows<{ enough: number | boolean }>(query);
  return Boolean(row?.enough);
}

function unique(groups: readonly (readonly string[])[]): (readonly string[])[] {
  return [...new Map(groups.map((group) => [JSON.stringify(group), group])).values()];
}

/** @param ranges at least one */
function widest(ranges: readonly TimeRange[]): TimeRange {
  return {
    from: ranges.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY),
    until: ranges.reduce((most, { until }) => Math.max(most, until), Number.NEGATIVE_INFINITY),
  };
}
