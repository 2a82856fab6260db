/**
 * `absence`: what should have had an answer and has none. The first rule's matches ask, those of the others answer; a match
 * that asks is missed where the group has no answer within the window around it.
 *
 * That nothing answers says something only where answers are the rule and would have been seen:
 * - of the group's earlier matches within the history, as many as the condition asks for were answered, and at most a quarter
 *   were not;
 * - every source that answered the group in that time has since delivered something later than the window's end. One that
 *   has fallen silent, or was never collected, is a blind spot and no evidence; it is waited for as long as the horizon.
 *
 * A match that says by itself why no answer comes excuses those around it: they are not missed, but count as habit.
 *
 * All of it is a function of the matches and of the minutes in which sources delivered: an answer that comes late takes the
 * finding back, whatever the order.
 */
import { frame, holds, quote, type AbsenceTerms, type CorrelationPlan } from "./plan.ts";

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** One in so many earlier matches may have gone without an answer. */
const UNANSWERED = 4;

export function termsOf(plan: CorrelationPlan): AbsenceTerms {
  if (plan.absence === null) throw new TypeError(`${plan.id} is no absence`);
  return plan.absence;
}

/** Event times of the matches that decide about those in `range`: the past that is habit, and answers after its end. */
export function absenceReach(plan: CorrelationPlan, { from, until }: TimeRange): TimeRange {
  return { from: from - termsOf(plan).historyMs - plan.windowMs, until: until + plan.windowMs };
}

/**
 * grp, at, uid, start, measure: the matches that had no answer. The measure is how many earlier ones had.
 * @param rows matches within `absenceReach`: rule, grp, at, since, uid and as value the source
 * @param range of the matches to decide about
 */
export function absenceHits(plan: CorrelationPlan, rows: string, range: TimeRange): string {
  const { historyMs, horizonMs, excuses } = termsOf(plan);
  const around = frame(plan.windowMs, plan.windowMs);
  const past = frame(historyMs, -1);
  const condition = plan.conditions.map(({ comparison, value }) => holds("kept", comparison, value)).join(" AND ");
  const excused = excuses.length === 0 ? "0" : `rule IN (${excuses.map(quote).join(", ")})`;
  const marked = `SELECT grp, at, since, uid, value, rule = ${quote(plan.rules[0] ?? "")} AS asks, ${excused} AS excuse, NOT asks AND NOT excuse AS tells,
      countIf(tells) OVER ${around} AS answers, countIf(excuse) OVER ${around} AS excuses FROM (${rows})`;
  const habits = `SELECT grp, at, since, uid, asks, answers, excuses, countIf(asks) OVER ${past} AS asked, countIf(asks AND answers > 0) OVER ${past} AS kept,
      groupUniqArrayIf(toString(value), tells) OVER ${past} AS sources FROM (${marked})`;
  const missed = `SELECT grp, at, since, uid, kept, arrayJoin(sources) AS source, at + ${plan.windowMs} AS due FROM (${habits})
    WHERE asks AND answers = 0 AND excuses = 0 AND at >= ${Math.trunc(range.from)} AND at < ${Math.trunc(range.until)} AND ${condition} AND (asked - kept) * ${UNANSWERED} <= asked`;
  const heard = `SELECT toString(source) AS source, toInt64(toUnixTimestamp(minute)) * 1000 AS heard FROM heartbeat
    WHERE minute >= ${minute(range.from)} AND minute <= ${minute(range.until + plan.windowMs + horizonMs + 60_000)}`;
  return `SELECT grp, at, uid, min(since) AS start, toFloat64(any(kept)) AS measure
    FROM (${missed}) AS m ASOF LEFT JOIN (${heard}) AS h ON h.source = m.source AND h.heard > m.due
    GROUP BY grp, at, uid HAVING countIf(heard > due AND heard <= due + ${horizonMs}) = count()`;
}

const LAST_MINUTE = 4_102_444_800_000;
const minute = (ms: number): string =>
  `toDateTime(${Math.floor(Math.min(LAST_MINUTE, Math.max(0, ms)) / 1000)}, 'UTC')`;

/**
 * answering: when the sources that answer were last heard of before these times, ms; from there on a new sign of life can
 * decide about matches. No rows where none of them ever answered.
 */
export function silenceQuery(plan: CorrelationPlan, range: TimeRange): string {
  const { historyMs, horizonMs, excuses } = termsOf(plan);
  const answers = plan.rules.slice(1).filter((rule) => !excuses.includes(rule));
  const at = (ms: number): string => `fromUnixTimestamp64Milli(${Math.trunc(Math.max(0, ms))}, 'UTC')`;
  const answering = `SELECT DISTINCT source FROM match WHERE rule IN (${answers.map(quote).join(", ")})
    AND time >= ${at(range.from - historyMs - horizonMs)} AND time < ${at(Math.min(LAST_MINUTE, range.until))}`;
  return `SELECT toString(source) AS source, toUnixTimestamp(maxIf(minute, minute < ${minute(range.from)})) * 1000 AS before
    FROM heartbeat WHERE source IN (${answering}) AND minute >= ${minute(range.from - horizonMs - plan.windowMs - 60_000)} AND minute < ${minute(range.until + 60_000)}
    GROUP BY source HAVING max(minute) >= ${minute(range.from)}`;
}
