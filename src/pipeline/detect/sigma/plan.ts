/**
 * A rule as one boolean expression over detection items: conditions resolved to selections, filters joined on.
 *
 * This is what the matcher compiles; nothing in it refers to names any more.
 */
import { selects, type ConditionNode } from "./condition.ts";
import type { Detection, DetectionNode, Logsource, SigmaDocument, SigmaFilter, SigmaRule } from "./document.ts";
import { lowerItem } from "./modifiers.ts";
import type { Placeholders } from "./placeholder.ts";
import type { ItemPredicate } from "./predicate.ts";

export type Plan =
  | { readonly type: "item"; readonly item: ItemPredicate }
  | { readonly type: "and"; readonly plans: readonly Plan[] }
  | { readonly type: "or"; readonly plans: readonly Plan[] }
  | { readonly type: "not"; readonly plan: Plan }
  | { readonly type: "at-least"; readonly count: number; readonly plans: readonly Plan[] };

/** Holds for no event. */
export const NEVER: Plan = { type: "or", plans: [] };

/** @throws {ModifierError} when a placeholder has no value or a value does not suit its modifiers */
export function planDetection({ selections, conditions }: Detection, placeholders: Placeholders): Plan {
  const plans = new Map<string, Plan>();
  for (const { name, node } of selections) plans.set(name, planNode(node, placeholders));
  return any(conditions.map(({ node }) => planCondition(node, plans)));
}

function planNode(node: DetectionNode, placeholders: Placeholders): Plan {
  if (node.type === "item") return { type: "item", item: lowerItem(node, placeholders) };
  const plans = node.nodes.map((child) => planNode(child, placeholders));
  return node.type === "all" ? all(plans) : any(plans);
}

function planCondition(node: ConditionNode, selections: ReadonlyMap<string, Plan>): Plan {
  switch (node.type) {
    case "and":
      return all(node.operands.map((operand) => planCondition(operand, selections)));
    case "or":
      return any(node.operands.map((operand) => planCondition(operand, selections)));
    case "not":
      return { type: "not", plan: planCondition(node.operand, selections) };
    case "selection":
      return selections.get(node.name) ?? NEVER;
    case "of": {
      const plans = [...selections].flatMap(([name, plan]) => (selects(node.pattern, name) ? [plan] : []));
      // a quantifier over nothing never holds, `all of` included: a rule must not fire because a name is misspelt
      if (plans.length === 0) return NEVER;
      if (node.quantity === "all" || node.quantity === plans.length) return all(plans);
      if (node.quantity === 1) return any(plans);
      return node.quantity > plans.length ? NEVER : { type: "at-least", count: node.quantity, plans };
    }
  }
}

/** The plan with every filter that applies to the rule joined on with `and`. */
export function withFilters(
  plan: Plan,
  rule: SigmaRule,
  filters: readonly SigmaFilter[],
  placeholders: Placeholders,
): Plan {
  const joined = filters
    .filter((filter) => filterApplies(filter, rule))
    .map(({ detection }) => planDetection(detection, placeholders));
  return joined.length === 0 ? plan : all([plan, ...joined]);
}

/** A filter applies to the rules it names, if its log source contains theirs. */
export function filterApplies(filter: SigmaFilter, rule: SigmaRule): boolean {
  if (!logsourceContains(filter.logsource, rule.logsource)) return false;
  return filter.rules === "any" || filter.rules.some(({ reference }) => refersTo(reference, rule));
}

/** Whether a reference in a filter or correlation means this document. */
export function refersTo(reference: string, { uuid, name, id }: SigmaDocument): boolean {
  return reference === name || reference === id || (uuid !== null && reference.toLowerCase() === uuid.toLowerCase());
}

function logsourceContains(outer: Logsource, inner: Logsource): boolean {
  return (["category", "product", "service"] as const).every(
    (part) => outer[part] === null || outer[part] === inner[part],
  );
}

function all(plans: readonly Plan[]): Plan {
  return plans.length === 1
    ? (plans[0] as Plan)
    : { type: "and", plans: plans.flatMap((plan) => (plan.type === "and" ? plan.plans : [plan])) };
}

function any(plans: readonly Plan[]): Plan {
  return plans.length === 1
    ? (plans[0] as Plan)
    : { type: "or", plans: plans.flatMap((plan) => (plan.type === "or" ? plan.plans : [plan])) };
}
