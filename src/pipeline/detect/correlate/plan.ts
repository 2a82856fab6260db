/**
 * What a correlation asks of the match table, whatever document it came from: a Sigma correlation, or an event rule that
 * alerts by itself (which is a count of at least one per subject and destination).
 */
import type { Severity } from "../../../model/incident.ts";
import type { ConditionNode } from "../sigma/index.ts";

export type Comparison = "gt" | "gte" | "lt" | "lte" | "eq" | "neq";

export type CorrelationType =
  | "event_count"
  | "value_count"
  | "value_sum"
  | "value_avg"
  | "value_median"
  | "value_percentile"
  | "temporal"
  | "temporal_ordered"
  | "first_seen"
  | "deviation"
  | "absence";

/** What a finding of this plan says; from the rule's Sigma attributes and its `sallyport` block. */
export interface Conclusion {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly behaviours: readonly string[];
  readonly analytics: readonly string[];
  readonly attack: readonly string[];
  /** Sentence with `{count}`, `{value}`, `{bytes_out}`, `{destination}`, `{actor}`, `{host}`, `{address}`, `{group}`, `{window}`, `{span}`, and `{id}` of an event rule: how often it matched. */
  readonly reason: string;
  readonly points: number;
  readonly next_steps: readonly string[];
  readonly blind_spots: readonly string[];
}

/** What a deviation is measured by. */
export interface DeviationBaseline {
  /** What a period of `windowMs` amounts to. */
  readonly measure: "count" | "sum" | "distinct";
  /** How far back periods are compared with, ms. */
  readonly historyMs: number;
  /** How long a group must have been watched, ms. */
  readonly learningMs: number;
  /** A period that amounts to less is never out of the ordinary. */
  readonly minimum: number;
  /** Fields whose values, all equal, make two groups peers. */
  readonly peers: readonly string[];
  /** Event rules that alert by themselves: a period in which the group matched one does not teach. */
  readonly suspicion: readonly string[];
}

/** When the missing of an answer says something; see absence.ts. */
export interface AbsenceTerms {
  /** How far back a group's earlier matches are looked at, ms. */
  readonly historyMs: number;
  /** How long after the window the sources that answer are waited for, ms. */
  readonly horizonMs: number;
  /** Rules whose matches within the window excuse the one that asks: nothing is expected then. */
  readonly excuses: readonly string[];
}

export interface CorrelationPlan {
  readonly type: CorrelationType;
  /** Ids of the event rules and of other plans it stands on, in the order of the document. */
  readonly rules: readonly string[];
  /** Field names; `context.subject` is the actor, else the host, else the address. */
  readonly groupBy: readonly string[];
  /** Per group-by name and rule the field that carries it, where the rules differ. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly windowMs: number;
  /** All must hold. Of the temporal types they count the rules that matched; none: every rule must. */
  readonly conditions: readonly { readonly comparison: Comparison; readonly value: number }[];
  /** Temporal types: which of `rules` must have matched, by id; takes the place of `conditions`. */
  readonly expression: ConditionNode | null;
  /** Counted, summed or remembered fields; empty for event_count and the temporal types. */
  readonly fields: readonly string[];
  /** 1..100, for value_percentile. */
  readonly percentile: number;
  /** first_seen: history a group must have before something new in it counts, ms. */
  readonly learningMs: number;
  /** deviation: what is measured and compared with; null for the other types. */
  readonly baseline: DeviationBaseline | null;
  /** absence: what makes a missing answer tell; null for the other types. */
  readonly absence: AbsenceTerms | null;
  /** first_seen: new to the group, or new to everyone. */
  readonly scope: "group" | "everyone";
  /** null: other plans stand on it, it does not conclude anything by itself. */
  readonly conclusion: Conclusion | null;
  /** Equals `conclusion.rule` where there is one; what other plans name in `rules`. */
  readonly id: string;
}

const OPERATORS: Readonly<Record<Comparison, string>> = { gt: ">", gte: ">=", lt: "<", lte: "<=", eq: "=", neq: "!=" };

/** A string literal of ClickHouse. */
export function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** The comparison as SQL. */
export function holds(measure: string, comparison: Comparison, value: number): string {
  return `${measure} ${OPERATORS[comparison]} ${value}`;
}

/** The engine takes offsets of frames as 32-bit integers. */
const LONGEST_FRAME_MS = 2_147_483_647;

/**
 * A window of SQL over the rows of a group by their time `at`: from so long before each row up to it, or up to so long after.
 * Frames of 25 days and more count in seconds.
 * @param until ms after the row; negative: only rows before it
 */
export function frame(precedingMs: number, until = 0): string {
  const inSeconds = Math.max(precedingMs, until) > LONGEST_FRAME_MS;
  const unit = inSeconds ? 1000 : 1;
  const end = until > 0 ? `${Math.ceil(until / unit)} FOLLOWING` : until < 0 ? "1 PRECEDING" : "CURRENT ROW";
  return `(PARTITION BY grp ORDER BY ${inSeconds ? "intDiv(at, 1000)" : "at"} RANGE BETWEEN ${Math.ceil(precedingMs / unit)} PRECEDING AND ${end})`;
}

/** Episodes of one group are apart when nothing happened for this long (or for the window, if that is longer). */
export const EPISODE_GAP_MS = 3_600_000;

export function episodeGapMs(plan: CorrelationPlan): number {
  // The window of first_seen is how far memory reaches, that of absence how long an answer takes: not how long something lasts.
  return plan.type === "first_seen" || plan.type === "absence"
    ? EPISODE_GAP_MS
    : Math.max(plan.windowMs, EPISODE_GAP_MS);
}
