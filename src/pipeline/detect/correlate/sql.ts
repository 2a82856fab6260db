/**
 * CorrelationPlan -> one SQL query over the match table.
 *
 * The query works in layers: `base` (one row per match with its group, time and value), `hit` (rows at which the
 * condition holds), `episode` (hits of a group without a long pause, cut at midnight UTC), and the result (one row per
 * episode with its evidence). Every layer is a pure function of the set of matches: order of arrival, batches and
 * duplicates change nothing.
 *
 * A window ends at a match and reaches back `windowMs`, both ends included. Matches at the same millisecond see each other.
 * Literals come from rule files, which are configuration; they are quoted all the same. Event data never enters a query text.
 */
import { absenceHits, absenceReach } from "./absence.ts";
import { deviationHits, periodsAround, profileQuery } from "./deviation.ts";
import {
  groupExpression,
  hasColumn,
  MATCHES,
  matches,
  peerExpression,
  valueExpression,
  type TimeRange,
} from "./match-fields.ts";
import { chainsOf, occurrenceSql } from "./occurrence.ts";
import { episodeGapMs, frame, holds, quote, type CorrelationPlan } from "./plan.ts";

export { MATCHES, type TimeRange };

export const DAY_MS = 86_400_000;

/** Matches a finding carries as its evidence; it counts all of them. */
const MOST_EVIDENCE = 40;

/** Which matches a query reads, and which groups it is about. */
export interface Scope {
  /** Rows like those of the match table; all of the groups' within the range. */
  readonly table: string;
  /** A query of the groups as Array(String); null: every group. */
  readonly groups: string | null;
}

const EVERYTHING: Scope = { table: MATCHES, groups: null };

/** A scope seen from a plan below: its rows belong to a group of the scope by this expression. */
interface Seen {
  readonly table: string;
  /** SQL that holds for rows whose group is asked about; empty: all are. */
  readonly only: (grp: string) => string;
}

/** What a plan asks of its own rows within the scope. */
export const seen = ({ table, groups }: Scope): Seen => ({
  table,
  only: groups === null ? () => "" : (grp) => `${grp} IN (${groups})`,
});

/**
 * rule, grp, at (ms), since (ms), uid, value, peer: what the conditions look at. Groups with a missing value are left out; a hit of
 * an inner correlation has been going on since its window began.
 */
export function base(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  range: TimeRange,
  { table, only }: Seen,
): string {
  const inner = plan.rules.filter((rule) => plans.has(rule));
  const events = plan.rules.filter((rule) => !plans.has(rule));
  const parts: string[] = [];
  if (events.length > 0) {
    const group = plan.groupBy.map((name) => `toString(${groupExpression(plan, name)})`).join(", ");
    const value = valueExpression(plan);
    const peer = peerExpression(plan);
    parts.push(
      `SELECT toString(rule) AS rule, [${group}]::Array(String) AS grp, toUnixTimestamp64Milli(time) AS at, at AS since, activity_uid AS uid, ${value} AS value, ${peer} AS peer FROM (${matches(events, range, `${group} ${value} ${peer}`, table)})`,
    );
  }
  for (const id of inner) {
    const below = plans.get(id) as CorrelationPlan;
    const group = plan.groupBy.map((name) => {
      const field = plan.aliases.get(name)?.get(id) ?? name;
      const index = below.groupBy.indexOf(field);
      return index === -1 ? "''" : `grp[${index + 1}]`;
    });
    parts.push(
      `SELECT ${quote(id)} AS rule, [${group.join(", ")}]::Array(String) AS grp, at, start AS since, uid, '' AS value, '' AS peer FROM (${hits(below, plans, { from: range.from - below.windowMs, until: range.until }, { table, only: (grp) => only(`([${group.map((value) => value.replace("grp", grp)).join(", ")}]::Array(String))`) })})`,
    );
  }
  const asked = only("grp");
  return `SELECT * FROM (${parts.join(" UNION ALL ")}) WHERE NOT has(grp, '')${asked === "" ? "" : ` AND ${asked}`}`;
}

/** grp, at, uid, start, measure: the matches at which the condition holds, with where their window's evidence begins. */
function hits(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  range: TimeRange,
  scope: Seen,
): string {
  const rows = base(plan, plans, plan.type === "absence" ? absenceReach(plan, range) : range, scope);
  const window = frame(plan.windowMs);
  const measured = (measure: string, filter: string): string => {
    const source = filter === "" ? rows : `SELECT * FROM (${rows}) WHERE ${filter}`;
    const condition = plan.conditions.map(({ comparison, value }) => holds("measure", comparison, value)).join(" AND ");
    return `SELECT grp, at, uid, start, measure FROM (SELECT grp, at, uid, min(at) OVER ${window} AS start, toFloat64(${measure} OVER ${window}) AS measure FROM (${source})) WHERE ${condition}`;
  };
  const numeric = "toFloat64OrNull(value) IS NOT NULL";
  const amount = "assumeNotNull(toFloat64OrNull(value))";
  switch (plan.type) {
    case "event_count":
      return measured("count()", "");
    case "value_count":
      return measured("uniqExact(value)", "value != ''");
    case "value_sum":
      return measured(`sum(${amount})`, numeric);
    case "value_avg":
      return measured(`avg(${amount})`, numeric);
    case "value_median":
      return measured(`quantileExactInclusive(0.5)(${amount})`, numeric);
    case "value_percentile":
      return measured(`quantileExactInclusive(${plan.percentile / 100})(${amount})`, numeric);
    case "temporal": {
      const latest = plan.rules
        .map((rule, n) => `maxIf(at, rule = ${quote(rule)}) OVER ${window} AS latest${n}`)
        .join(", ");
      const present = `arrayFilter(x -> x > 0, [${plan.rules.map((_, n) => `latest${n}`).join(", ")}])`;
      const occurred = occurrenceSql(plan, (n) => `latest${n} > 0`);
      return `SELECT grp, at, uid, arrayMin(${present}) AS start, toFloat64(length(${present})) AS measure FROM (SELECT grp, at, uid, ${latest} FROM (${rows})) WHERE ${occurred}`;
    }
    case "temporal_ordered": {
      const chains = chainsOf(plan).map((rules) => ordered({ ...plan, rules }, rows));
      if (chains.length === 1) return chains[0] as string;
      return `SELECT grp, at, uid, max(start) AS start, max(measure) AS measure FROM (${chains.join(" UNION ALL ")}) GROUP BY grp, at, uid`;
    }
    case "first_seen": {
      // With several rules the first one's matches can be news; the others only teach.
      const candidates = plan.rules.length > 1 ? `rule = ${quote(plan.rules[0] ?? "")}` : "1";
      const all = `SELECT group, value, min(first) AS first FROM first_seen WHERE correlation = ${quote(plan.id)}`;
      const known = `${all}${scope.only("") === "" ? "" : ` AND value IN (SELECT value FROM (${rows}))`} GROUP BY group, value`;
      return `SELECT b.grp AS grp, b.at AS at, b.uid AS uid, b.at AS start, toFloat64(b.at - toUnixTimestamp64Milli(h.begun)) AS measure
        FROM (SELECT *, ${historyGroup(plan)} AS group FROM (${rows}) WHERE ${candidates}) AS b
        INNER JOIN (${known}) AS s ON s.group = b.group AND s.value = b.value
        INNER JOIN (SELECT group, min(first) AS begun FROM (${all} GROUP BY group, value) GROUP BY group) AS h ON h.group = b.group
        WHERE b.at = toUnixTimestamp64Milli(s.first) AND b.at - toUnixTimestamp64Milli(h.begun) >= ${plan.learningMs}`;
    }
    case "deviation":
      return deviationHits(plan, rows, range.from);
    case "absence":
      return absenceHits(plan, rows, range);
  }
}

/** What a first_seen correlation compares with: the past of the same group, or of everybody. */
function historyGroup(plan: CorrelationPlan): string {
  return plan.scope === "everyone" ? "'*'" : "toJSONString(grp)";
}

/** Matches of a chain's first rule without a longer pause are one beginning: ten files packed are all evidence, not the last alone. */
export const BEGINNING_GAP_MS = 600_000;

/**
 * The latest start of a chain rule 1 -> rule 2 -> ... -> rule n that ends at each match of rule n. Level k carries the
 * latest start over all chains that have reached rule k so far, with where the beginning it belongs to begins; equal times
 * count as in order. The beginning is followed back over the window and no further, which is as far as every query sees.
 */
function ordered(plan: CorrelationPlan, rows: string): string {
  const sofar = "(PARTITION BY grp ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)";
  const earlier = "(PARTITION BY grp ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)";
  const opens = `rule = ${quote(plan.rules[0] ?? "")}`;
  const marked = `SELECT *, if(${opens} AND at - max(if(${opens}, at, 0)) OVER ${earlier} > ${BEGINNING_GAP_MS}, at, 0) AS opened FROM (${rows})`;
  let query = `SELECT grp, at, uid, rule, if(${opens}, (at, max(opened) OVER ${sofar}), (toInt64(0), toInt64(0))) AS start1 FROM (${marked})`;
  for (let level = 2; level <= plan.rules.length; level += 1) {
    const rule = quote(plan.rules[level - 1] ?? "");
    query = `SELECT *, if(rule = ${rule}, max(start${level - 1}) OVER ${sofar}, (toInt64(0), toInt64(0))) AS start${level} FROM (${query})`;
  }
  const last = `start${plan.rules.length}`;
  return `SELECT grp, at, uid, greatest(${last}.2, at - ${plan.windowMs}) AS start, toFloat64(${plan.rules.length}) AS measure FROM (${query}) WHERE ${last}.1 > 0 AND at - ${last}.1 <= ${plan.windowMs}`;
}

/** How far before a day matches can make hits of that day, ms. What first_seen looks back over is remembered in a table of its own. */
export function lookBackMs({ type, windowMs }: CorrelationPlan): number {
  return type === "first_seen" ? 0 : windowMs;
}

/** Days a change of matches within `range` can touch: [from, until) at midnight UTC. */
export function touchedDays(plan: CorrelationPlan, range: TimeRange): TimeRange {
  const reach = plan.windowMs + episodeGapMs(plan);
  // What is learnt of a period counts for as long as memory reaches.
  const taught = plan.baseline?.historyMs ?? plan.absence?.historyMs ?? 0;
  const until =
    plan.type === "first_seen"
      ? EVER.until
      : Math.min(EVER.until, (Math.floor((range.until + reach + taught) / DAY_MS) + 1) * DAY_MS);
  // An answer counts for what was asked before it.
  const before = plan.type === "absence" ? plan.windowMs : 0;
  return { from: Math.max(0, Math.floor((range.from - before) / DAY_MS)) * DAY_MS, until };
}

/** Everything the rows of the result carry; see findings.ts for their types. */
const SUBJECT = [
  "activity_uid",
  "time_ms",
  "source",
  "lane",
  "class_uid",
  "actor",
  "actor_names",
  "host",
  "host_role",
  "address",
  "destination",
  "destination_host",
  "destination_owner",
  "verdict",
  "visibility",
  "look_alike_of",
  "seen_by",
  "operation",
  "bytes_out",
  "what",
] as const;
/** Those of them that are no plain column. */
const SUBJECT_SOURCE: Readonly<Record<string, string>> = {
  bytes_out: "ifNull(toString(v.bytes_out), '')",
  actor_names: "toJSONString(v.actor_names)",
  what: "v.fields['what']",
};

/** Depth of `rules` through other plans, flattened to the event rules whose matches are the evidence. */
export function eventRules(plan: CorrelationPlan, plans: ReadonlyMap<string, CorrelationPlan>): string[] {
  return [
    ...new Set(
      plan.rules.flatMap((rule) => {
        const below = plans.get(rule);
        return below === undefined ? [rule] : eventRules(below, plans);
      }),
    ),
  ];
}

/** Event times that `episodesQuery` looks for hits in. */
function hitRange(plan: CorrelationPlan, days: TimeRange): TimeRange {
  return { from: days.from - lookBackMs(plan) - episodeGapMs(plan), until: days.until };
}

/**
 * plan, hits: how many hits each plan has in or before its days, as far as its episodes look; plans without any are left out.
 * Costs a part of asking each for its episodes, and on most days most have none.
 */
export function hitsQuery(
  asked: readonly { readonly plan: CorrelationPlan; readonly days: TimeRange; readonly scope: Scope | undefined }[],
  plans: ReadonlyMap<string, CorrelationPlan>,
): string {
  return asked
    .map(
      ({ plan, days, scope = EVERYTHING }) =>
        `SELECT ${quote(plan.id)} AS plan, count() AS hits FROM (${hits(plan, plans, hitRange(plan, days), seen(scope))}) HAVING hits > 0`,
    )
    .join(" UNION ALL ");
}

/**
 * One row per episode that has a hit in `days`: grp, day, first, last, anchor, hits, measure, count, bytes, rules, sources, destinations, evidence.
 * @param days whole days, from `touchedDays`
 */
export function episodesQuery(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  days: TimeRange,
  scope: Scope = EVERYTHING,
): string {
  const gap = episodeGapMs(plan);
  const own = seen(scope);
  const range = hitRange(plan, days);
  const previous =
    "lagInFrame(at, 1, 0) OVER (PARTITION BY grp ORDER BY at, uid ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)";
  const note = plan.type === "deviation" ? "argMax(h.note, h.measure)" : "''";
  const marked = `SELECT grp, at, uid, start, measure, note, intDiv(at, ${DAY_MS}) AS day, ${previous} AS before FROM (SELECT grp, at, uid, max(h.start) AS start, ${note} AS note, max(h.measure) AS measure FROM (${hits(plan, plans, range, own)}) AS h GROUP BY grp, at, uid)`;
  // A continuation over midnight begins at midnight: evidence belongs to one episode only.
  const numbered = `SELECT *, at - before > ${gap} AS fresh, if(fresh, start, greatest(start, day * ${DAY_MS})) AS first,
      sum(fresh OR intDiv(before, ${DAY_MS}) != day) OVER (PARTITION BY grp ORDER BY at, uid ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
    FROM (${marked})`;
  const episodes = `SELECT grp, day, number, min(first) AS first, max(at) AS last, argMin(uid, (at, uid)) AS anchor, count() AS hits, argMax(n.note, n.measure) AS note, max(n.measure) AS measure
    FROM (${numbered}) AS n GROUP BY grp, day, number HAVING day * ${DAY_MS} >= ${days.from}`;

  // What is missed is no evidence, and what was answered before proves nothing.
  const evidenceRules =
    plan.type === "absence" ? eventRules({ ...plan, rules: plan.rules.slice(0, 1) }, plans) : eventRules(plan, plans);
  const outer = { ...plan, rules: evidenceRules, fields: [] } satisfies CorrelationPlan;
  const group = outer.groupBy.map((name) => `toString(${groupExpression(outer, name)})`).join(", ");
  // An activity that several of the rules match is evidence once.
  const once =
    evidenceRules.length > 1 && !plan.groupBy.includes("context.rule")
      ? " ORDER BY rule LIMIT 1 BY grp, activity_uid"
      : "";
  const evidence = `SELECT [${group}]::Array(String) AS grp, toUnixTimestamp64Milli(time) AS time_ms, * EXCEPT (time) FROM (${matches(evidenceRules, range, null, own.table)})${own.only("") === "" ? "" : ` WHERE ${own.only("grp")}`}${once}`;
  const subject = SUBJECT.map((name) => SUBJECT_SOURCE[name] ?? `toString(v.${name})`).join(", ");
  return `SELECT e.grp AS grp, e.day AS day, e.first AS first, e.last AS last, e.anchor AS anchor, e.hits AS hits, e.measure AS measure, e.note AS note,
      uniqExact(v.activity_uid) AS count,
      sumMap(map(toString(v.source), ifNull(v.bytes_out, 0))) AS bytes,
      sumMap(map(toString(v.rule), 1)) AS rules,
      sumMap(map(toString(v.source), 1)) AS sources,
      arraySlice(arraySort(groupUniqArray(toString(v.destination))), 1, 100) AS destinations,
      arrayMap(row -> row.3, groupArraySorted(${MOST_EVIDENCE})((v.time_ms, v.activity_uid, toJSONString([${subject}])))) AS evidence
    FROM (${evidence}) AS v
    ASOF INNER JOIN (${episodes}) AS e ON e.grp = v.grp AND v.time_ms >= e.first
    WHERE v.time_ms <= e.last
    GROUP BY grp, day, first, last, anchor, hits, measure, note
    ORDER BY first, grp`;
}

/**
 * Keeps what a first_seen correlation has learnt; adding the same matches again changes nothing.
 * @param groups a query of the groups it is about; left out: all
 */
export function learnQuery(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  range: TimeRange,
  groups?: string,
  scope: Scope = EVERYTHING,
): string {
  const about = groups === undefined ? "" : ` AND history IN (${groups})`;
  return `INSERT INTO first_seen SELECT ${quote(plan.id)}, ${historyGroup(plan)} AS history, value, min(fromUnixTimestamp64Milli(at, 'UTC')), max(fromUnixTimestamp64Milli(at, 'UTC'))
    FROM (${base(plan, plans, range, seen(scope))}) WHERE value != ''${about} GROUP BY history, value`;
}

/**
 * Brings the totals of a deviation correlation up to date in the periods around `range`.
 * @param version newer than all before
 */
export function measureQuery(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  range: TimeRange,
  version: number,
  scope: Scope = EVERYTHING,
): string {
  const periods = periodsAround(plan, range);
  const suspicion = plan.baseline?.suspicion ?? [];
  // A field of its own is carried by matches of this plan's rules alone.
  const told = suspicion.length > 0 && plan.groupBy.every((field) => hasColumn(field) && !plan.aliases.has(field));
  const alerts = { ...plan, rules: suspicion, fields: [], baseline: null } satisfies CorrelationPlan;
  return profileQuery(
    plan,
    periods,
    base(plan, plans, periods, seen(scope)),
    told ? base(alerts, new Map(), periods, seen(scope)) : null,
    version,
    scope.groups,
  );
}

/**
 * Groups in which a first_seen correlation may have learnt from matches as they were before their gaps were filled anew.
 * @param table those matches as they were
 */
export function formerGroupsQuery(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  table: string,
): string {
  return `SELECT DISTINCT ${historyGroup(plan)} AS history FROM (${base(plan, plans, EVER, seen({ table, groups: null }))}) WHERE value != ''`;
}

/** DateTime64 reaches from 1900 to 2299; events lie between 1970 and 2100. */
export const EVER: TimeRange = { from: 0, until: 4_102_444_800_000 };

/** value: what the matches of a table hold of a first_seen correlation, each once with the earliest time (ms) it has there. */
export function newsQuery(plan: CorrelationPlan, plans: ReadonlyMap<string, CorrelationPlan>, table: string): string {
  return `SELECT value, min(at) AS earliest FROM (${base(plan, plans, EVER, seen({ table, groups: null }))}) WHERE value != '' GROUP BY value`;
}

/** grp: the groups in which any of the values occurs. @param values a query of them */
export function groupsWithQuery(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  range: TimeRange,
  values: string,
): string {
  return `SELECT DISTINCT grp FROM (${base(plan, plans, range, seen(EVERYTHING))}) WHERE value IN (${values})`;
}

/** grp: the groups that have matches of the plan within the range. */
export function groupsQuery(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  range: TimeRange,
): string {
  return `SELECT DISTINCT grp FROM (${base(plan, plans, range, seen(EVERYTHING))})`;
}
