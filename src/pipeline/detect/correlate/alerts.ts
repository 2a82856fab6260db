/**
 * Event rules that alert by themselves, evaluated together. What a query costs is mostly to read its text, so that thirty
 * rules that ask the same of their matches are one query with the rule as part of the group.
 */
import type { Finding } from "../../../model/incident.ts";
import { toFinding, type EpisodeRow } from "./findings.ts";
import type { CorrelationPlan } from "./plan.ts";

export interface AlertSet {
  /** Evaluates all of them; concludes nothing itself. */
  readonly plan: CorrelationPlan;
  /** Plans of the set by the id of their event rule. */
  readonly byRule: ReadonlyMap<string, CorrelationPlan>;
}

/** True for the plan of an event rule that alerts: every match counts, for itself. */
export function isAlert(plan: CorrelationPlan): boolean {
  return plan.type === "event_count" && plan.windowMs === 0 && plan.rules.length === 1 && plan.conclusion !== null;
}

/** One set for each way of grouping, of plans for which `isAlert` holds. */
export function mergeAlerts(plans: readonly CorrelationPlan[]): AlertSet[] {
  return [...Map.groupBy(plans, ({ groupBy }) => JSON.stringify(groupBy)).values()].map((same) => {
    const [first] = same as [CorrelationPlan, ...CorrelationPlan[]];
    const byRule = new Map(same.map((plan) => [plan.rules[0] as string, plan]));
    return {
      byRule,
      plan: {
        ...first,
        id: `alerts by ${first.groupBy.join(" ")}`,
        rules: [...byRule.keys()].toSorted(),
        groupBy: ["context.rule", ...first.groupBy],
        conclusion: null,
      },
    };
  });
}

/** Rows of the set's query -> findings by the id of the event rule, the same as of each rule's own query. */
export function alertFindings({ byRule }: AlertSet, rows: readonly EpisodeRow[]): Map<string, Finding[]> {
  const findings = new Map<string, Finding[]>([...byRule.keys()].map((rule) => [rule, []]));
  for (const row of rows) {
    const [rule = "", ...grp] = row.grp;
    const plan = byRule.get(rule);
    if (plan !== undefined) findings.get(rule)?.push(toFinding(plan, { ...row, grp }));
  }
  return findings;
}
