/**
 * What a Sigma file says, after parsing: rules, correlations and filters with the place of every part.
 *
 * Nothing here is resolved against events or other documents; `compile.ts` and the correlation engine do that.
 *
 * @see https://sigmahq.io/sigma-specification/specification/sigma-rules-specification.html (version 2.1)
 */
import type { Place } from "../../../model/errors.ts";
import type { Severity } from "../../../model/incident.ts";
import type { ConditionNode } from "./condition.ts";

export type { Place, Severity };

/** Which logs a rule reads. Values are lower case as the specification asks; null: not stated. */
export interface Logsource {
  readonly category: string | null;
  readonly product: string | null;
  readonly service: string | null;
  /** Prose for people: how to switch the source on. */
  readonly definition: string | null;
}

/** A scalar as the rule spells it. */
export interface RawValue {
  readonly value: string | number | boolean | null;
  /** The text of the scalar before YAML gave it a type: `0x17`, `1.0`. */
  readonly source: string;
  readonly place: Place;
}

/** One line of a selection: a field (or, without one, the whole event) with modifiers and the values it is compared with. */
export interface DetectionItem {
  readonly type: "item";
  /** null: a keyword, searched in every value of the event. */
  readonly field: string | null;
  readonly modifiers: readonly string[];
  readonly values: readonly RawValue[];
  /** true: the values were written as a YAML list. */
  readonly list: boolean;
  readonly place: Place;
}

/** A map (all must hold), a list (any must hold), or one item. */
export type DetectionNode =
  | { readonly type: "all" | "any"; readonly nodes: readonly DetectionNode[]; readonly place: Place }
  | DetectionItem;

export interface Selection {
  readonly name: string;
  readonly node: DetectionNode;
  readonly place: Place;
}

export interface Condition {
  readonly text: string;
  readonly node: ConditionNode;
  readonly place: Place;
}

export interface Detection {
  readonly selections: readonly Selection[];
  /** More than one: any of them must hold. */
  readonly conditions: readonly Condition[];
}

export const STATUSES = ["stable", "test", "experimental", "deprecated", "unsupported"] as const;
export const LEVELS = ["informational", "low", "medium", "high", "critical"] as const satisfies readonly Severity[];
export const RELATIONS = ["correlation", "derived", "obsolete", "merged", "renamed", "similar"] as const;

export interface Metadata {
  /** The document's `id`; its `name` or title where it has none. Unique among loaded documents, `rule check` sees to it. */
  readonly id: string;
  /** The `id` attribute as written, null when the document has none. */
  readonly uuid: string | null;
  readonly name: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly status: (typeof STATUSES)[number] | null;
  readonly level: Severity | null;
  readonly tags: readonly string[];
  /** Where each of the tags stands. */
  readonly tagPlaces: readonly Place[];
  readonly author: string | null;
  /** YYYY-MM-DD as written. */
  readonly date: string | null;
  readonly modified: string | null;
  readonly license: string | null;
  readonly taxonomy: string | null;
  readonly references: readonly string[];
  readonly falsepositives: readonly string[];
  readonly fields: readonly string[];
  readonly scope: readonly string[];
  readonly related: readonly { readonly id: string; readonly type: string }[];
  /** The document's `sallyport:` mapping, with null prototypes; empty when it has none. */
  readonly custom: Readonly<Record<string, unknown>>;
  readonly place: Place;
  /** Where the value of each top-level attribute stands. */
  readonly places: ReadonlyMap<string, Place>;
}

export interface SigmaRule extends Metadata {
  readonly kind: "rule";
  readonly logsource: Logsource;
  readonly detection: Detection;
}

/** Suppresses or narrows matches of other rules: its condition is joined to theirs with `and`. */
export interface SigmaFilter extends Metadata {
  readonly kind: "filter";
  readonly logsource: Logsource;
  /** Ids, names or titles; "any": every rule whose log source the filter's contains. */
  readonly rules: readonly RuleReference[] | "any";
  readonly detection: Detection;
}

export interface RuleReference {
  readonly reference: string;
  readonly place: Place;
}

export const CORRELATION_TYPES = [
  "event_count",
  "value_count",
  "temporal",
  "temporal_ordered",
  "value_sum",
  "value_avg",
  "value_percentile",
  "value_median",
  "first_seen",
  "deviation",
  "absence",
] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

export const COMPARISONS = ["gt", "gte", "lt", "lte", "eq", "neq"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What the aggregate must satisfy. Several comparisons make a range: all must hold. */
export interface CorrelationCondition {
  readonly comparisons: readonly { readonly comparison: Comparison; readonly value: number }[];
  /** The field or, for value_count, fields whose values are aggregated; empty for counts of events. */
  readonly fields: readonly string[];
  /** value_percentile: which percentile of the field, 0–100; 50 when the rule names none. */
  readonly percentile: number;
  /** temporal types only: a condition over rule names (`a and b and not c`); null: all rules must occur. */
  readonly expression: ConditionNode | null;
}

export interface SigmaCorrelation extends Metadata {
  readonly kind: "correlation";
  readonly type: CorrelationType;
  /** Rules or other correlations, by id or name, in the order written. */
  readonly rules: readonly RuleReference[];
  /** Field names or aliases; empty: one group of everything. */
  readonly groupBy: readonly string[];
  /** The window, in ms. */
  readonly timespan: number;
  /** null: a temporal correlation that asks for every rule. */
  readonly condition: CorrelationCondition | null;
  /** alias → rule reference → field name of that rule's events. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** true: the rules it refers to also alert on their own. */
  readonly generate: boolean;
  /** `first_seen`, `deviation` and `absence` only: how much past is compared with. */
  readonly baseline: Baseline | null;
}

/** Extension: what `first_seen`, `deviation` and `absence` compare with. */
export interface Baseline {
  /** Length of the past looked at, in ms. */
  readonly history: number;
  /** Nothing is concluded about a group observed for less than this, in ms. */
  readonly learning: number;
  /** `deviation`: what is measured per timespan. */
  readonly measure: "count" | "sum" | "distinct";
  /** `deviation`: measured values below this are never a deviation. */
  readonly minimum: number;
  /** `deviation`: fields whose values make a peer group to compare with besides the group's own past. */
  readonly peers: readonly string[];
  /** `absence`: how long after its window the answering source is waited for, in ms. */
  readonly horizon: number;
  /** `absence`: rules whose matches say that an answer is not to be expected; by reference. */
  readonly unless: readonly RuleReference[];
}

export type SigmaDocument = SigmaRule | SigmaCorrelation | SigmaFilter;
