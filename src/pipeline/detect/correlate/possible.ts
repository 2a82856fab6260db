/**
 * Can a correlation hold at all, by how many matches its rules have? One count for all rules spares the queries of those
 * that cannot, which on a quiet day are most.
 */
import { mayOccur } from "./occurrence.ts";
import { episodeGapMs, quote, type CorrelationPlan } from "./plan.ts";
import { DAY_MS, eventRules, lookBackMs, type TimeRange } from "./sql.ts";

/** One row of `countsQuery`. */
export interface CountRow {
  readonly rule: string;
  /** Days since 1970 UTC; null: on any day. */
  readonly day: number | string | null;
  readonly matches: number | string;
}

/** Matches of the rules by day; a match that was written twice may count twice. */
export function countsQuery(rules: readonly string[], range: TimeRange): string {
  const at = (ms: number): string => `fromUnixTimestamp64Milli(${Math.trunc(ms)}, 'UTC')`;
  return `SELECT rule, intDiv(toUnixTimestamp64Milli(time), ${DAY_MS}) AS day, count() AS matches FROM match
    WHERE rule IN (${rules.map(quote).join(", ")}) AND time >= ${at(range.from)} AND time < ${at(range.until)} GROUP BY rule, day`;
}

/** What episodes in whole days can rest on: how far the queries of the plan look back. */
export function evidenceRange(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  days: TimeRange,
): TimeRange {
  const history = plan.absence?.historyMs ?? 0;
  return {
    from: days.from - windowsOf(plan, plans) - episodeGapMs(plan) - history,
    until: days.until + (plan.absence === null ? 0 : plan.windowMs),
  };
}

/** The plan's window and those of the plans it stands on, ms. */
function windowsOf(plan: CorrelationPlan, plans: ReadonlyMap<string, CorrelationPlan>): number {
  const inner = plan.rules.map((rule) => {
    const below = plans.get(rule);
    return below === undefined ? 0 : windowsOf(below, plans);
  });
  return lookBackMs(plan) + Math.max(0, ...inner);
}

/** @param count matches of an event rule in the plan's evidence range, at least as many as there are */
export function isPossible(
  plan: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan>,
  count: (rule: string) => number,
): boolean {
  const counts = plan.rules.map((rule) => {
    const below = plans.get(rule);
    if (below === undefined) return count(rule);
    // Hits of an inner correlation are no more than the matches below it.
    return isPossible(below, plans, count) ? eventRules(below, plans).reduce((sum, each) => sum + count(each), 0) : 0;
  });
  const total = counts.reduce((sum, each) => sum + each, 0);
  if (total === 0) return false;
  switch (plan.type) {
    case "temporal":
    case "temporal_ordered":
      return mayOccur(plan, (rule) => (counts[plan.rules.indexOf(rule)] ?? 0) > 0);
    case "first_seen":
      return (counts[0] ?? 0) > 0;
    case "absence":
      // Only where something was ever answered is an answer missed.
      return (
        (counts[0] ?? 0) > 0 &&
        counts.some((sum, index) => index > 0 && sum > 0 && !plan.absence?.excuses.includes(plan.rules[index] ?? ""))
      );
    case "event_count":
    case "value_count":
      return plan.conditions.every(
        ({ comparison, value }) =>
          (comparison !== "gte" && comparison !== "gt" && comparison !== "eq") || total >= value,
      );
    default:
      return true;
  }
}
