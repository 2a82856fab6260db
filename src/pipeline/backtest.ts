/**
 * What a new or changed rule would have found in what is stored, beside what has been found there without it. Matches of the
 * rule are looked for anew and kept in memory; findings and incidents are concluded from them as they would be, and written nowhere.
 */
import type { Finding, Incident, Match } from "../model/incident.ts";
import { compileSuppressions, tellStories } from "./escalate/suppress.ts";
import { alertFindings, isAlert, mergeAlerts } from "./detect/correlate/alerts.ts";
import { enoughQuery, periodsAround } from "./detect/correlate/deviation.ts";
import { toFinding, type EpisodeRow } from "./detect/correlate/findings.ts";
import type { CorrelationPlan } from "./detect/correlate/plan.ts";
import type { PlanSet } from "./detect/correlate/plans.ts";
import { evidenceRange } from "./detect/correlate/possible.ts";
import {
  DAY_MS,
  episodesQuery,
  EVER,
  eventRules,
  learnQuery,
  measureQuery,
  touchedDays,
} from "./detect/correlate/sql.ts";
import { planSetOf } from "./detect/detector.ts";
import type { SigmaDocument } from "./detect/sigma/index.ts";
import { createHunt, type HuntContent } from "./hunt.ts";
import { laneOf } from "./lanes.ts";
import { fillMatches } from "./persist/fill.ts";
import { readFindings } from "./persist/findings.ts";
import { Scratch } from "./persist/scratch.ts";
import type { Store } from "./persist/store.ts";
import { readSuppressions } from "./persist/suppression.ts";
import { compare, compareIncidents, type Changes } from "./backtest-compare.ts";
import { matchingCost } from "./backtest-cost.ts";
import { BacktestTally, type TalliedMatches } from "./backtest-tally.ts";
import { readCoverage } from "./tell-incidents.ts";

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
}

export interface BacktestOptions extends Pick<HuntContent, "catalogue" | "policy"> {
  /** The rules to try: event rules, correlations, filters. */
  readonly candidates: readonly SigmaDocument[];
  /** All that is enabled now. */
  readonly enabled: readonly SigmaDocument[];
  /** Findings are compared that end in it. */
  readonly range: TimeRange;
  /** Matches to stop at: a rule that finds more is none. */
  readonly mostMatches: number;
  /** Called every few seconds; may throw to end it. */
  readonly onProgress?: (matches: number) => void;
}

export interface Backtest extends TalliedMatches {
  readonly range: TimeRange;
  /** Ids of the rules whose findings are compared. */
  readonly concluding: readonly string[];
  /** Of them those that are enabled already. */
  readonly known: readonly string[];
  /** Stored events of the range, and how fast they were looked through. */
  readonly events: number;
  readonly seconds: number;
  readonly events_per_second: number;
  /** What the tried rules take of each event while events come in, nanoseconds; null where nothing is stored. */
  readonly cost_ns: number | null;
  /** Rules that became SQL, and rules that had to read the lines, with the reason. */
  readonly translated: number;
  readonly streamed: readonly { readonly rule: string; readonly reason: string }[];
  readonly disabled: readonly { readonly rule: string; readonly reason: string }[];
  readonly unreadable: number;
  /** There were more matches than one may try with: what follows is of the earlier ones. */
  readonly capped: boolean;
  readonly findings: Changes<Finding>;
  /** null: too many findings around to tell incidents anew. */
  readonly incidents: Changes<Incident> | null;
}

/** Findings around the range, beyond which incidents are not told anew. */
const MOST_FINDINGS = 30_000;
/** Findings this far around the range may belong to the same stories. */
const STORY_REACH_MS = 7 * DAY_MS;

/** @throws {InvalidRuleError} when a correlation names a rule that is not there */
export async function backtest(store: Store, options: BacktestOptions): Promise<Backtest> {
  const { candidates, enabled, policy, range } = options;
  const ids = new Set(candidates.map(({ id }) => id));
  const documents = [...enabled.filter(({ id }) => !ids.has(id)), ...candidates];
  const plans = planSetOf(documents, policy);
  const before = planSetOf(enabled, policy);
  const tried = affected(plans, ids);
  const concluding = [...new Set([...conclusions(tried), ...conclusions(affected(before, ids))])].toSorted();
  const scratch = await Scratch.open(store.openWorker());
  try {
    const { hunt, found, tally, capped } = await gather(
      store,
      scratch,
      { ...options, documents },
      { plans, before, tried },
    );
    const after = (await findingsOf(scratch, plans, tried, found.days)).filter(within(range));
    const stored = await readFindings(store, range);
    const own = new Set(concluding);
    const old = stored.filter((finding) => own.has(finding.rule)).filter(within(range));
    return {
      range,
      concluding,
      known: concluding.filter((id) => conclusions([...before.plans.values()]).includes(id)),
      ...found.looked,
      cost_ns: await matchingCost(
        scratch,
        range,
        documents.filter(({ id, kind }) => found.changed.has(id) || kind === "filter"),
        options,
      ),
      translated: hunt.translated.length,
      streamed: [...hunt.streamed].map(([{ id }, reason]) => ({ rule: id, reason })),
      disabled: [...hunt.disabled].map(([{ id }, reason]) => ({ rule: id, reason })),
      unreadable: hunt.unreadable,
      capped,
      ...tally.result(),
      findings: compare(old, after, ({ uid }) => uid),
      incidents: await incidentsOf(store, range, { own, after }),
    };
  } finally {
    await scratch.close();
  }
}

/** Plans that a change of these documents touches. */
function affected({ plans }: PlanSet, ids: ReadonlySet<string>): CorrelationPlan[] {
  const touches = (plan: CorrelationPlan): boolean =>
    ids.has(plan.id) ||
    plan.rules.some((rule) => {
      const below = plans.get(rule);
      return ids.has(rule) || (below !== undefined && touches(below));
    });
  return [...plans.values()].filter((plan) => touches(plan) || ids.has(plan.conclusion?.rule ?? ""));
}

const conclusions = (plans: readonly CorrelationPlan[]): string[] =>
  plans.flatMap(({ conclusion }) => (conclusion === null ? [] : [conclusion.rule]));

const within =
  ({ from, until }: TimeRange) =>
  ({ time }: Finding): boolean =>
    time >= from && time < until;

/** Brings the matches that the plans rest on into the scratch: anew where the rule is another, else as the store has them. */
async function gather(
  store: Store,
  scratch: Scratch,
  options: BacktestOptions & { readonly documents: readonly SigmaDocument[] },
  { plans, before, tried }: { plans: PlanSet; before: PlanSet; tried: readonly CorrelationPlan[] },
) {
  const { range, documents, enabled, mostMatches } = options;
  const needed = new Set(tried.flatMap((plan) => eventRules(plan, plans.plans)));
  for (const { id, kind } of options.candidates) if (kind === "rule") needed.add(id);
  const same = new Map(enabled.map((document) => [document.id, spelled(document)]));
  const changed = new Set<string>();
  for (const document of documents) {
    if (document.kind !== "rule" || !needed.has(document.id)) continue;
    const carries = new Set(before.fields.get(document.id));
    const carried = (plans.fields.get(document.id) ?? []).every((field) => carries.has(field));
    if (same.get(document.id) !== spelled(document) || !carried) changed.add(document.id);
  }
  // What is tried as it is enabled is looked for as well: the store may have been filled by an earlier version.
  if (changed.size === 0) for (const { id, kind } of options.candidates) if (kind === "rule") changed.add(id);

  const days = tried.map((plan) => touchedDays(plan, range));
  const learns = tried.some(({ type }) => type === "first_seen" || type === "deviation");
  const reach = learns
    ? EVER
    : tried
        .map((plan, index) => evidenceRange(plan, plans.plans, days[index] as TimeRange))
        .reduce((a, b) => ({ from: Math.min(a.from, b.from), until: Math.max(a.until, b.until) }), range);
  const looked = { from: Math.max(0, reach.from), until: Math.min(EVER.until, reach.until) };

  const started = performance.now();
  let count = 0;
  const hunt = createHunt(documents, { ...options, only: changed, onSlice: () => options.onProgress?.(count) });
  const tally = new BacktestTally(range);
  let capped = false;
  let last: Match | undefined;
  for await (const matches of hunt.matches(scratch, looked)) {
    const room = matches.slice(0, mostMatches - count);
    await scratch.addMatches(room);
    tally.add(room);
    count += room.length;
    last = room.at(-1) ?? last;
    if (count >= mostMatches) {
      capped = true;
      break;
    }
  }
  const seconds = (performance.now() - started) / 1_000;
  const suspicion = tried.flatMap((plan) => plan.baseline?.suspicion ?? []);
  const kept = [...new Set([...needed, ...suspicion])].filter((rule) => !changed.has(rule));
  await scratch.copyMatches(kept, looked);
  const [row] = await store.rows<{ events: string }>(
    "SELECT toString(count()) AS events FROM activity WHERE time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')",
    { from: looked.from, until: looked.until },
  );
  const events = Number(row?.events ?? 0);
  if (count > 0 && last !== undefined)
    await fillMatches(
      scratch,
      { from: Math.max(0, range.from - DAY_MS), until: Math.min(range.until, last.time + 1) },
      1,
    );
  return {
    hunt,
    tally,
    capped,
    found: {
      days: range,
      changed,
      looked: { events, seconds, events_per_second: Math.round(events / Math.max(0.001, seconds)) },
    },
  };
}

/** A document without the places of its parts. */
function spelled(document: SigmaDocument): string {
  return JSON.stringify(document, (key, value: unknown) => (/^place|^tagPlaces$/.test(key) ? undefined : value));
}

/** As in `conclude`, over the scratch. */
async function findingsOf(
  scratch: Scratch,
  { plans }: PlanSet,
  tried: readonly CorrelationPlan[],
  range: TimeRange,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const set of mergeAlerts(tried.filter(isAlert))) {
    const rows = await scratch.rows<EpisodeRow>(episodesQuery(set.plan, plans, touchedDays(set.plan, range)));
    for (const some of alertFindings(set, rows).values()) findings.push(...some);
  }
  for (const plan of tried) {
    if (isAlert(plan)) continue;
    if (plan.type === "first_seen") await scratch.command(learnQuery(plan, plans, EVER));
    if (plan.type === "deviation") await scratch.command(measureQuery(plan, plans, historyOf(plan, range), 1));
    if (plan.conclusion === null) continue;
    const days = touchedDays(plan, range);
    if (plan.type === "deviation") {
      const [row] = await scratch.rows<{ enough: number | boolean }>(enoughQuery(plan, periodsAround(plan, days)));
      if (!row?.enough) continue;
    }
    const rows = await scratch.rows<EpisodeRow>(episodesQuery(plan, plans, days));
    findings.push(...rows.map((row) => toFinding(plan, row)));
  }
  return findings;
}

/** Periods a deviation compares with, and those of the range. */
function historyOf(plan: CorrelationPlan, range: TimeRange): TimeRange {
  const learning = Math.max(plan.learningMs, 90 * DAY_MS);
  return { from: Math.max(0, range.from - learning - plan.windowMs), until: range.until };
}

/** Incidents with the findings of the rules as they are, and as they would be. */
async function incidentsOf(
  store: Store,
  range: TimeRange,
  { own, after }: { own: ReadonlySet<string>; after: readonly Finding[] },
): Promise<Changes<Incident> | null> {
  const around = { from: Math.max(0, range.from - STORY_REACH_MS), until: range.until + STORY_REACH_MS };
  const [counted] = await store.rows<{ n: string }>(
    "SELECT toString(count()) AS n FROM finding FINAL WHERE superseded = 0 AND time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND first_time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')",
    { from: Math.floor(around.from), until: Math.ceil(Math.min(around.until, EVER.until)) },
  );
  if (Number(counted?.n ?? 0) + after.length > MOST_FINDINGS) return null;
  const stored = await readFindings(store, around);
  const coverage = await readCoverage(store, laneOf);
  const coveredBy = compileSuppressions(await readSuppressions(store));
  const inRange = within(range);
  const others = stored.filter((finding) => !own.has(finding.rule) || !inRange(finding));
  const touched = ({ first_time, last_time }: Incident): boolean => last_time >= range.from && first_time < range.until;
  const told = tellStories(stored, coverage, coveredBy).incidents.filter(touched);
  const telling = tellStories([...others, ...after], coverage, coveredBy).incidents.filter(touched);
  return compareIncidents(told, telling);
}
