/** Why a rule holds for an event or not: every condition, selection and item with the value seen, in words. */
import { selects, type ConditionNode } from "./condition.ts";
import type { Detection, DetectionItem, DetectionNode, SigmaFilter, SigmaRule } from "./document.ts";
import { LIST, MISSING, NULL, OPAQUE, type EventView } from "./event-view.ts";
import { lowerItem } from "./modifiers.ts";
import type { Placeholders } from "./placeholder.ts";
import { describePredicate, type ItemPredicate, type Predicate } from "./predicate.ts";
import { compileTextTest } from "./text-test.ts";

/** One part of a rule with its outcome. */
export interface ExplanationNode {
  readonly held: boolean;
  /** What was asked, in words: `CommandLine contains 'git push'`. */
  readonly text: string;
  /** The value seen, cut to 200 characters; null where the part has no value of its own. */
  readonly value: string | null;
  readonly children: readonly ExplanationNode[];
}

export interface Explanation {
  readonly rule: SigmaRule;
  readonly held: boolean;
  /** One sentence: what decided. */
  readonly reason: string;
  /** false: the log source does not cover this kind of event, so the rule is not asked. */
  readonly applies: boolean;
  readonly kind: string;
  readonly conditions: readonly ExplanationNode[];
}

export interface ExplainContext<E> {
  readonly kind: string;
  readonly applies: boolean;
  readonly disabled: string | null;
  readonly placeholders: Placeholders;
  /** With the event open. */
  readonly view: EventView<E>;
  readonly slotOf: (field: string | null) => number;
}

export function explainRule<E>(
  rule: SigmaRule,
  filters: readonly SigmaFilter[],
  context: ExplainContext<E>,
): Explanation {
  const { kind, applies, disabled } = context;
  const base = { rule, applies, kind };
  if (disabled !== null)
    return { ...base, held: false, reason: `the rule is switched off: ${disabled}`, conditions: [] };
  const conditions = explainDetection(rule.detection, context);
  const filtered = filters.map((filter): ExplanationNode => {
    const children = explainDetection(filter.detection, context);
    return { held: children.some(({ held }) => held), text: `filter “${filter.title}”`, value: null, children };
  });
  const parts = [...conditions, ...filtered];
  const detected = conditions.some(({ held }) => held);
  const held = applies && detected && filtered.every((part) => part.held);
  if (!applies)
    return {
      ...base,
      held,
      reason: `the rule reads ${describeLogsource(rule)}, and this event is ${kind}`,
      conditions: parts,
    };
  const blocking = detected ? filtered.find((part) => !part.held) : conditions[0];
  const decided = held ? conditions.find((part) => part.held) : blocking;
  return { ...base, held, reason: decided === undefined ? "" : decisive(decided), conditions: parts };
}

function describeLogsource({ logsource: { category, product, service } }: SigmaRule): string {
  return [category, product, service].filter((part) => part !== null).join("/");
}

/** The deepest part that made the outcome what it is. */
function decisive(node: ExplanationNode): string {
  const child = node.children.find(({ held }) => held === node.held) ?? node.children[0];
  if (child !== undefined) return decisive(child);
  const seen = node.value === null ? "" : ` (seen: ${node.value})`;
  return `${node.held ? "holds" : "does not hold"}: ${node.text}${seen}`;
}

function explainDetection<E>({ selections, conditions }: Detection, context: ExplainContext<E>): ExplanationNode[] {
  const explained = new Map(selections.map(({ name, node }) => [name, explainSelection(name, node, context)]));
  return conditions.map(({ text, node }) => ({ ...explainCondition(node, explained), text }));
}

function explainCondition(node: ConditionNode, selections: ReadonlyMap<string, ExplanationNode>): ExplanationNode {
  switch (node.type) {
    case "and":
    case "or": {
      const children = node.operands.map((operand) => explainCondition(operand, selections));
      const held = node.type === "and" ? children.every((child) => child.held) : children.some((child) => child.held);
      return { held, text: node.type === "and" ? "all of these" : "any of these", value: null, children };
    }
    case "not": {
      const child = explainCondition(node.operand, selections);
      return { held: !child.held, text: `not ${child.text}`, value: child.value, children: [child] };
    }
    case "selection":
      return (
        selections.get(node.name) ?? {
          held: false,
          text: `there is no selection ${node.name}`,
          value: null,
          children: [],
        }
      );
    case "of": {
      const children = [...selections].flatMap(([name, child]) => (selects(node.pattern, name) ? [child] : []));
      const wanted = node.quantity === "all" ? Math.max(1, children.length) : node.quantity;
      return {
        held: children.filter(({ held }) => held).length >= wanted,
        text: `${node.quantity} of ${node.pattern}`,
        value: null,
        children,
      };
    }
  }
}

function explainSelection<E>(name: string, node: DetectionNode, context: ExplainContext<E>): ExplanationNode {
  const explained = explainNode(node, context);
  return {
    held: explained.held,
    text: name,
    value: null,
    children: node.type === "all" ? explained.children : [explained],
  };
}

function explainNode<E>(node: DetectionNode, context: ExplainContext<E>): ExplanationNode {
  if (node.type === "item") return explainItem(node, context);
  const children = node.nodes.map((child) => explainNode(child, context));
  const held = node.type === "all" ? children.every((child) => child.held) : children.some((child) => child.held);
  return { held, text: node.type === "all" ? "all of these" : "any of these", value: null, children };
}

function explainItem<E>(item: DetectionItem, context: ExplainContext<E>): ExplanationNode {
  const { view, slotOf, placeholders } = context;
  const slot = slotOf(item.field);
  const predicate = lowerItem(item, placeholders);
  const holds = (one: Predicate) => predicateHolds(one, slot, context);
  const groups = predicate.groups.map((group) => group.some(holds));
  const positive = predicate.every ? groups.every(Boolean) : groups.some(Boolean);
  return {
    held: positive !== predicate.negated,
    text: describeItem(predicate, groups),
    value: item.field === null ? null : describeValue(view, slot),
    children: [],
  };
}

function predicateHolds<E>(predicate: Predicate, slot: number, { view, slotOf }: ExplainContext<E>): boolean {
  const shape = view.shape(slot);
  if (predicate.type === "exists") return (shape !== MISSING) === predicate.expected;
  if (predicate.type === "null") return shape === MISSING || shape === NULL || (shape === LIST && view.holdsNull(slot));
  if (predicate.type === "field") {
    const form = predicate.cased ? "plain" : "folded";
    const others = view.texts(slotOf(predicate.field), form);
    const related = {
      equals: (a: string, b: string) => a === b,
      contains: (a: string, b: string) => a.includes(b),
      startswith: (a: string, b: string) => a.startsWith(b),
      endswith: (a: string, b: string) => a.endsWith(b),
    };
    return view.texts(slot, form).some((text) => others.some((other) => related[predicate.relation](text, other)));
  }
  const test = compileTextTest(predicate);
  return test !== null && view.texts(slot, test.form).some((text) => test.test(text));
}

/** Names the values that held, or a few of those asked for. */
function describeItem({ field, groups, every, negated }: ItemPredicate, held: readonly boolean[]): string {
  const subject = field ?? "the event";
  const describe = (group: readonly Predicate[]) =>
    group
      .slice(0, 3)
      .map((predicate) => describePredicate(predicate))
      .join(" or ");
  const hits = groups.filter((_, index) => held[index]);
  const shown = every
    ? held.every(Boolean)
      ? groups
      : groups.filter((_, index) => !held[index])
    : hits.length > 0
      ? hits
      : groups;
  const words = shown
    .slice(0, 4)
    .map(describe)
    .join(every ? " and " : " or ");
  const more = shown.length > 4 ? ` ${every ? "and" : "or"} ${shown.length - 4} more` : "";
  return `${negated ? "not: " : ""}${subject} ${words}${more}`;
}

function describeValue<E>(view: EventView<E>, slot: number): string {
  const shape = view.shape(slot);
  if (shape === MISSING) return "missing";
  if (shape === NULL) return "null";
  if (shape === OPAQUE) return "an object";
  const texts = view.texts(slot, "plain");
  const text = shape === LIST ? `[${texts.slice(0, 20).join(", ")}]` : `'${texts[0] ?? ""}'`;
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
