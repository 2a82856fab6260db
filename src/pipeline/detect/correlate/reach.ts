/** Whether any group can amount at all to what a correlation takes: asked of many matches, before their hits are looked for. */
import { type CorrelationPlan, holds } from "./plan.ts";
import { base, seen, type TimeRange } from "./sql.ts";

/**
 * enough: whether any group has in all of the range what the condition asks of a window. Reads matches in every version, each but
 * once, where asking for hits sorts the newest. null: it would tell nothing.
 * @param groups a query of the groups it is about, as Array(String); null: all
 */
export function reachQuery(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  range: TimeRange,
  groups: string | null,
): string | null {
  const least = leastOf(plan);
  const counts = plan.type === "event_count" || plan.type === "value_count";
  if (!counts || least.length === 0 || plan.rules.some((rule) => plans.has(rule))) return null;
  const [measure, counted] = plan.type === "event_count" ? ["count()", "1"] : ["uniqExact(value)", "value != ''"];
  const reached = least.map(({ comparison, value }) =>
    holds("measure", comparison === "eq" ? "gte" : comparison, value),
  );
  return `SELECT count() > 0 AS enough FROM (
    SELECT grp, toFloat64(${measure}) AS measure FROM (${base(plan, plans, range, seen({ table: "match", groups }))})
    WHERE ${counted} GROUP BY grp HAVING ${reached.join(" AND ")})`;
}

/** Whether a group that amounts to no more than this in all of the range can have what the condition asks of a window. */
export function canReach(plan: CorrelationPlan, most: number): boolean {
  return leastOf(plan).every(({ comparison, value }) => (comparison === "gt" ? most > value : most >= value));
}

/** What of the condition asks for much. */
function leastOf({ conditions }: CorrelationPlan): CorrelationPlan["conditions"] {
  return conditions.filter(({ comparison }) => comparison === "gte" || comparison === "gt" || comparison === "eq");
}
