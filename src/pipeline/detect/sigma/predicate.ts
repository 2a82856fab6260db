/**
 * What a detection item asks of a value, after its modifiers have been applied: plain data that the matcher compiles, the
 * explanation puts into words and a query compiler can translate.
 */
import type { DatePart } from "./date-part.ts";
import type { Network } from "./network.ts";
import { showPattern, type PatternPart } from "./pattern.ts";
import type { RegexFlags } from "./regex-syntax.ts";

export type Operator = "lt" | "lte" | "gt" | "gte" | "eq";

export type Predicate =
  /** Texts with wildcards. `dashes`: `-`, `/` and the long dashes are equal. */
  | { readonly type: "text"; readonly parts: readonly PatternPart[]; readonly cased: boolean; readonly dashes: boolean }
  /** A number: equal as a number, or as one of the texts the rule may have meant. */
  | { readonly type: "number"; readonly texts: readonly string[] }
  | { readonly type: "compare"; readonly operator: Operator; readonly value: number }
  | { readonly type: "date"; readonly part: DatePart; readonly operator: Operator; readonly value: number }
  | { readonly type: "regex"; readonly pattern: string; readonly flags: RegexFlags }
  | { readonly type: "cidr"; readonly network: Network; readonly text: string }
  | {
      readonly type: "field";
      readonly field: string;
      readonly relation: "equals" | "contains" | "startswith" | "endswith";
      readonly cased: boolean;
    }
  /** Missing or null. */
  | { readonly type: "null" }
  | { readonly type: "exists"; readonly expected: boolean };

/** One detection item: field, and for each of its values the alternatives of which one must hold. */
export interface ItemPredicate {
  readonly field: string | null;
  /** One group a value as written; a group holds when any of its predicates holds. */
  readonly groups: readonly (readonly Predicate[])[];
  /** true: every group must hold (`all`); false: any. */
  readonly every: boolean;
  /** true: the item holds when the above does not (`neq`). */
  readonly negated: boolean;
}

const OPERATORS: Readonly<Record<Operator, string>> = {
  lt: "is less than",
  lte: "is at most",
  gt: "is greater than",
  gte: "is at least",
  eq: "is",
};

/** A predicate in words, to be read after the field's name. */
export function describePredicate(predicate: Predicate): string {
  switch (predicate.type) {
    case "text":
      return (
        describeText(predicate.parts) +
        (predicate.cased ? " (case counts)" : "") +
        (predicate.dashes ? " (any dash)" : "")
      );
    case "number":
      return `equals ${predicate.texts[0] ?? ""}`;
    case "compare":
      return `${OPERATORS[predicate.operator]} ${predicate.value}`;
    case "date":
      return `has a ${predicate.part} that ${OPERATORS[predicate.operator]} ${predicate.value}`;
    case "regex": {
      const { ignoreCase, multiLine, dotAll } = predicate.flags;
      return `matches /${predicate.pattern}/${ignoreCase ? "i" : ""}${multiLine ? "m" : ""}${dotAll ? "s" : ""}`;
    }
    case "cidr":
      return `lies in ${predicate.text}`;
    case "field":
      return `${predicate.relation} the value of ${predicate.field}`;
    case "null":
      return "is missing or null";
    case "exists":
      return predicate.expected ? "exists" : "does not exist";
  }
}

function describeText(parts: readonly PatternPart[]): string {
  const [first, second, third] = parts;
  if (first === undefined) return "is empty";
  if (parts.length === 1)
    return first.type === "text" ? `equals '${first.text}'` : first.type === "any" ? "has a value" : "is one character";
  if (parts.length === 2 && first.type === "any" && second?.type === "text") return `ends with '${second.text}'`;
  if (parts.length === 2 && first.type === "text" && second?.type === "any") return `starts with '${first.text}'`;
  if (parts.length === 3 && first.type === "any" && second?.type === "text" && third?.type === "any")
    return `contains '${second.text}'`;
  return `is like '${showPattern(parts)}'`;
}
