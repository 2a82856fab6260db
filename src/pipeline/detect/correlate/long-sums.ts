/**
 * Sums over many days, without reading the matches of many days: what each group amounts to in a day is kept in `profile`,
 * as for deviations, and a group whose days do not reach the bound together has no window that does.
 */
import { quote, type CorrelationPlan } from "./plan.ts";
import type { TimeRange } from "./match-fields.ts";

const DAY_MS = 86_400_000;
/** Shorter windows are judged from their matches at once. */
const LONG_MS = 2 * DAY_MS;

/** A plan whose daily totals are its parts: to be measured like a deviation; null for plans that are none of these. */
export function dailyTotals(plan: CorrelationPlan): CorrelationPlan | null {
  if (plan.type !== "value_sum" || plan.windowMs <= LONG_MS || leastOf(plan) === null) return null;
  return {
    ...plan,
    windowMs: DAY_MS,
    baseline: { measure: "sum", historyMs: 0, learningMs: 0, minimum: 0, peers: [], suspicion: [] },
  };
}

/** Sizes are never negative, so that days can be left out of no sum; null where the condition has no lower bound. */
function leastOf({ fields, conditions }: CorrelationPlan): number | null {
  if (fields.length !== 1 || fields[0] !== "traffic.bytes_out") return null;
  return conditions.find(({ comparison }) => comparison === "gte" || comparison === "gt")?.value ?? null;
}

/**
 * enough: whether any group can have such a sum in these days.
 * @param groups a query of the groups it is about, as Array(String)
 */
export function reachesQuery(plan: CorrelationPlan, days: TimeRange, groups: string): string {
  return `SELECT count() > 0 AS enough FROM (
    SELECT group FROM profile FINAL
    WHERE correlation = ${quote(plan.id)} AND group IN (SELECT toJSONString(grp) FROM (${groups}))
      AND period >= ${days.from - plan.windowMs - 2 * DAY_MS} AND period < ${days.until}
    GROUP BY group HAVING sum(total) >= ${leastOf(plan) ?? 0})`;
}
