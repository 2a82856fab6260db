/**
 * `deviation`: what a group does in one period against what it, and its peers, did in earlier ones.
 *
 * A period is the correlation's timespan, counted from 1970 UTC. Totals of periods are kept in the `profile` table, which
 * outlives the matches; the period under question is read match by match, so that a finding begins with the match that
 * went too far.
 *
 * Expected is the weighted median of the earlier periods in which the group did anything, spread their weighted median
 * absolute deviation (times 1.4826, which makes it a standard deviation where values are normal); both hardly move when one
 * period in three is extreme. The score is (value - expected) / spread. Against being taught slowly:
 * - periods in which the group raised an alert do not teach;
 * - where the older half of the history was lower, it is the measure;
 * - the weight of a period halves with half the history.
 *
 * @see Leys et al., "Detecting outliers: Do not use standard deviation around the mean, use absolute deviation around the median", 2013
 */
import { holds, quote, type CorrelationPlan, type DeviationBaseline } from "./plan.ts";

/** Earlier periods a group must have been active in; other members a peer group must have. */
const FEWEST = 3;
/** A group that does the same every day still varies by this part of it. */
const LEAST_SPREAD = 0.1;

/** Rows of the matches a plan stands on: grp (Array(String)), at (ms), uid, value, peer. */
export type RowsQuery = string;

function baselineOf(plan: CorrelationPlan): DeviationBaseline {
  if (plan.baseline === null) throw new TypeError(`${plan.id} has no baseline`);
  return plan.baseline;
}

/** The measure over rows, and which of them count. */
function measureOf(plan: CorrelationPlan): { measure: string; counted: string } {
  switch (baselineOf(plan).measure) {
    case "count":
      return { measure: "count()", counted: "1" };
    case "distinct":
      return { measure: "uniqExact(value)", counted: "value != ''" };
    case "sum":
      return {
        measure: "sum(assumeNotNull(toFloat64OrNull(value)))",
        counted: "toFloat64OrNull(value) IS NOT NULL",
      };
  }
}

/** Start of the period, ms. */
const periodOf = (plan: CorrelationPlan, at: string): string => `intDiv(${at}, ${plan.windowMs}) * ${plan.windowMs}`;

/** Whole periods around a range. */
export function periodsAround(
  { windowMs }: CorrelationPlan,
  range: { readonly from: number; readonly until: number },
): { from: number; until: number } {
  return {
    from: Math.max(0, Math.floor(range.from / windowMs)) * windowMs,
    until: Math.ceil(range.until / windowMs) * windowMs,
  };
}

/**
 * Brings the totals of whole periods up to date; writes those that changed.
 * @param rows matches of the plan in the periods
 * @param suspicions matches of rules that alert, in the same periods, grouped the same way; null: not to be had
 * @param version newer than all before
 * @param groups a query of the groups that the rows are complete for, as Array(String); null: all
 */
export function profileQuery(
  plan: CorrelationPlan,
  periods: { readonly from: number; readonly until: number },
  rows: RowsQuery,
  suspicions: RowsQuery | null,
  version: number,
  groups: string | null,
): string {
  const { measure, counted } = measureOf(plan);
  const suspect =
    suspicions === null
      ? "0"
      : `(period, grp) IN (SELECT ${periodOf(plan, "at")} AS period, grp FROM (${suspicions}) GROUP BY period, grp)`;
  return `INSERT INTO profile
    SELECT ${quote(plan.id)}, if(n.group != '', n.period, o.period), if(n.group != '', n.group, o.group), n.peer, n.total, n.suspect, ${Math.trunc(version)}
    FROM (
      SELECT period, toJSONString(grp) AS group, peer, total, toUInt8(${suspect}) AS suspect
      FROM (SELECT ${periodOf(plan, "at")} AS period, grp, max(peer) AS peer, toFloat64(${measure}) AS total FROM (${rows}) WHERE ${counted} GROUP BY period, grp)
    ) AS n
    FULL OUTER JOIN (
      SELECT period, group, peer, total, suspect FROM profile FINAL
      WHERE correlation = ${quote(plan.id)} AND period >= ${periods.from} AND period < ${periods.until}${ofGroups(groups)}
    ) AS o ON o.period = n.period AND o.group = n.group
    WHERE n.total != o.total OR n.peer != o.peer OR n.suspect != o.suspect`;
}

/** enough: whether any of these periods amounts to what a deviation takes; asking costs far less than judging. */
export function enoughQuery(
  plan: CorrelationPlan,
  periods: { readonly from: number; readonly until: number },
  groups: string | null = null,
): string {
  return `SELECT count() > 0 AS enough FROM profile FINAL
    WHERE correlation = ${quote(plan.id)} AND period >= ${periods.from} AND period < ${periods.until} AND total >= ${baselineOf(plan).minimum}${ofGroups(groups)}`;
}

const ofGroups = (groups: string | null): string =>
  groups === null ? "" : ` AND group IN (SELECT toJSONString(grp) FROM (${groups}))`;

/** group: groups whose later periods may be judged otherwise because a period of one of their peers has changed. */
export function laterQuery(plan: CorrelationPlan, after: number): string {
  return `SELECT DISTINCT group FROM profile FINAL
    WHERE correlation = ${quote(plan.id)} AND period > ${Math.trunc(after)} AND period <= ${Math.trunc(after) + baselineOf(plan).historyMs} AND total >= ${baselineOf(plan).minimum}`;
}

/**
 * grp, at, uid, start, measure, note: the matches from which on a period is out of the ordinary.
 * @param from of the first row, ms
 */
export function deviationHits(plan: CorrelationPlan, rows: RowsQuery, from: number): string {
  const { measure, counted } = measureOf(plan);
  const { minimum, historyMs, learningMs, peers } = baselineOf(plan);
  const window = "(PARTITION BY grp, period ORDER BY at ASC, uid ASC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)";
  const running = `SELECT grp, at, uid, peer, period, min(at) OVER ${window} AS start, toFloat64(${measure} OVER ${window}) AS measure
    FROM (SELECT *, ${periodOf(plan, "at")} AS period FROM (${rows}) WHERE ${counted})`;
  const candidates = `SELECT toJSONString(grp) AS group, period, max(peer) AS peer FROM (${running}) WHERE measure >= ${minimum} GROUP BY group, period`;
  const history = `p.period < t.period AND p.period >= t.period - ${historyMs}`;
  const known = `SELECT * FROM profile FINAL WHERE correlation = ${quote(plan.id)} AND total > 0 AND period >= ${Math.floor(from) - historyMs - plan.windowMs}`;
  const statistics = (join: string, enough: string): string =>
    `SELECT *, if(lowered, old_values, values) AS past, if(lowered, old_weights, weights) AS past_weights,
        if(lowered, old_median, median) AS expected,
        greatest(1.4826 * arrayReduce('quantileExactWeighted(0.5)', arrayMap(x -> abs(x - expected), past), past_weights), ${LEAST_SPREAD} * expected, 1) AS spread
      FROM (
        SELECT *, arrayReduce('quantileExactWeighted(0.5)', values, weights) AS median,
          arrayReduce('quantileExactWeighted(0.5)', old_values, old_weights) AS old_median,
          length(old_values) >= ${FEWEST} AND old_median < median AS lowered
        FROM (
          SELECT t.group AS group, t.period AS period, groupArrayIf(p.total, p.suspect = 0) AS values,
            groupArrayIf(${weight(historyMs)}, p.suspect = 0) AS weights,
            groupArrayIf(p.total, p.suspect = 0 AND p.period < t.period - ${historyMs / 2}) AS old_values,
            groupArrayIf(${weight(historyMs)}, p.suspect = 0 AND p.period < t.period - ${historyMs / 2}) AS old_weights,
            t.period - min(p.period) AS watched, uniqExactIf(p.group, p.suspect = 0) AS members
          FROM (${candidates}) AS t INNER JOIN (${known}) AS p ON ${join}
          WHERE ${history} GROUP BY group, period)
      ) WHERE ${enough}`;
  const own = statistics("p.group = t.group", `length(values) >= ${FEWEST} AND watched >= ${learningMs}`);
  const others =
    peers.length === 0
      ? null
      : statistics(
          "p.peer = t.peer",
          `length(values) >= ${FEWEST} AND members >= ${FEWEST} AND watched >= ${learningMs}`,
        ).replace(`WHERE ${history} GROUP BY`, `WHERE ${history} AND p.group != t.group AND t.peer != '' GROUP BY`);
  const score = (of: string): string => `(r.measure - ${of}.expected) / ${of}.spread`;
  const told = (of: string, whose: string): string =>
    `toJSONString([toString(${of}.expected), toString(length(${of}.values)), ${whose}])`;
  const judged =
    others === null
      ? { from: "", score: `if(o.group = '', NULL, ${score("o")})`, note: told("o", "'own'") }
      : {
          from: `LEFT JOIN (${others}) AS x ON x.group = toJSONString(r.grp) AND x.period = r.period`,
          score: `multiIf(o.group != '' AND x.group != '', least(${score("o")}, ${score("x")}), o.group != '', ${score("o")}, x.group != '', ${score("x")}, NULL)`,
          note: `if(o.group != '', ${told("o", "'own'")}, ${told("x", "'peers'")})`,
        };
  const condition = plan.conditions.map(({ comparison, value }) => holds("score", comparison, value)).join(" AND ");
  return `SELECT grp, at, uid, start, measure, note FROM (
      SELECT r.grp AS grp, r.at AS at, r.uid AS uid, r.start AS start, r.measure AS measure, ${judged.score} AS score, ${judged.note} AS note
      FROM (SELECT * FROM (${running}) WHERE measure >= ${minimum}) AS r
      LEFT JOIN (${own}) AS o ON o.group = toJSONString(r.grp) AND o.period = r.period ${judged.from}
    ) WHERE ${condition}`;
}

/** 16 for the newest period, half of that for one half a history ago: whole numbers, as the engine takes them. */
function weight(historyMs: number): string {
  return `toUInt32(ceil(16 * exp2((p.period - t.period) / ${historyMs / 2})))`;
}
