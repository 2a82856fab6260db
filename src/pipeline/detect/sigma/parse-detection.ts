/** The `detection` section of a rule, or the `filter` section of a filter: selections and conditions. */
import { replaceAggregation } from "./aggregation.ts";
import { ConditionSyntaxError, parseCondition, selects, type ConditionNode } from "./condition.ts";
import type { Condition, Detection, DetectionItem, DetectionNode, Place, RawValue, Selection } from "./document.ts";
import type { IssueList } from "./issue.ts";
import type { Located, LocatedEntry, LocatedMap } from "./located-yaml.ts";
import { ModifierError } from "./modifier-error.ts";
import { lowerItem } from "./modifiers.ts";
import { compileRegex, RegexCostError } from "./regex.ts";
import { RegexSyntaxError } from "./regex-syntax.ts";

/** What messages about a rule's detection need to know of the rule. */
export interface RuleNames {
  readonly title: string;
  /** How a correlation would refer to it. */
  readonly reference: string;
}

/** null when nothing usable could be read; the reasons are among the issues. */
export function parseDetection(
  map: LocatedMap,
  attribute: "detection" | "filter",
  names: RuleNames,
  issues: IssueList,
): Detection | null {
  const before = issues.errors;
  const selections: Selection[] = [];
  let conditionEntry: LocatedEntry | undefined;
  for (const entry of map.entries) {
    if (entry.key === "condition") conditionEntry = entry;
    else if (entry.key !== "timeframe" && !(attribute === "filter" && entry.key === "rules")) {
      const node = parseNode(entry.value, entry.key, 0, issues);
      if (node !== null) selections.push({ name: entry.key, node, place: entry.keyPlace });
    }
  }
  if (selections.length === 0 && issues.errors === before) {
    issues.add(
      "detection.empty",
      map.place,
      `the ${attribute} holds no selection`,
      "add one, for instance `selection:`",
    );
  }
  if (conditionEntry === undefined) {
    issues.add(
      "attribute.missing",
      map.place,
      `the ${attribute} has no condition`,
      "add `condition: selection`, indented like the selections",
    );
    return null;
  }
  const keys = new Set(map.entries.map(({ key }) => key));
  const conditions = parseConditions(conditionEntry.value, keys, { ...names, timeframe: timeframeOf(map) }, issues);
  if (issues.errors > before) return null;
  reportUnused(selections, conditions, issues);
  return { selections, conditions };
}

function timeframeOf(map: LocatedMap): string | null {
  const value = map.entries.find(({ key }) => key === "timeframe")?.value;
  return value?.type === "scalar" ? value.source : null;
}

function parseConditions(
  value: Located,
  names: ReadonlySet<string>,
  rule: RuleNames & { timeframe: string | null },
  issues: IssueList,
): Condition[] {
  const items = value.type === "list" ? value.items : [value];
  if (items.length === 0)
    issues.add("condition.syntax", value.place, "the list of conditions is empty", "name a selection");
  const conditions: Condition[] = [];
  for (const item of items) {
    if (item.type !== "scalar" || item.value === null) {
      issues.add("condition.syntax", item.place, "a condition is text", "write for instance `condition: selection`");
      continue;
    }
    const text = typeof item.value === "string" ? item.value : item.source;
    try {
      const node = parseCondition(text);
      checkNames(node, text, names, item.place, issues);
      conditions.push({ text, node, place: item.place });
    } catch (error) {
      if (!(error instanceof ConditionSyntaxError)) throw error;
      issues.add(
        error.aggregation ? "condition.aggregation" : "condition.syntax",
        conditionPlace(item.place, item.source, text, error.offset),
        error.message,
        error.aggregation ? (replaceAggregation(text, rule) ?? error.fix) : error.fix,
      );
    }
  }
  return conditions;
}

/** The place of an offset in the condition, when it is written on one line; the place of the whole otherwise. */
export function conditionPlace(place: Place, source: string, text: string, offset: number): Place {
  if (place.column === undefined || source !== text || text.includes("\n")) return place;
  return { ...place, column: place.column + offset };
}

function checkNames(
  node: ConditionNode,
  text: string,
  names: ReadonlySet<string>,
  place: Place,
  issues: IssueList,
): void {
  const selections = [...names].filter((name) => name !== "condition" && name !== "timeframe");
  for (const leaf of leaves(node)) {
    const at = conditionPlace(place, text, text, leaf.offset);
    if (leaf.type === "selection") {
      if (names.has(leaf.name)) continue;
      issues.add(
        "condition.unknown-selection",
        at,
        `there is no selection “${leaf.name.slice(0, 60)}”`,
        `the selections are ${selections.slice(0, 12).join(", ") || "none"}`,
      );
    } else {
      const count = selections.filter((name) => selects(leaf.pattern, name)).length;
      const shown = `${leaf.quantity} of ${leaf.pattern.slice(0, 60)}`;
      if (count === 0)
        issues.add(
          "condition.selects-nothing",
          at,
          `“${shown}” selects no selection`,
          "check the spelling of the pattern, or remove it",
        );
      else if (leaf.quantity !== "all" && leaf.quantity > count)
        issues.add(
          "condition.quantity",
          at,
          `“${shown}” can never hold: there are ${count}`,
          `ask for at most ${count}`,
        );
    }
  }
}

/** The selections and quantified patterns of a condition, in order. */
export function leaves(node: ConditionNode): Extract<ConditionNode, { type: "selection" | "of" }>[] {
  switch (node.type) {
    case "not":
      return leaves(node.operand);
    case "and":
    case "or":
      return node.operands.flatMap(leaves);
    default:
      return [node];
  }
}

/** Attributes of a rule that end up in the detection when they are indented too far. */
const OUTSIDE: ReadonlySet<string> = new Set([
  "title",
  "id",
  "status",
  "level",
  "tags",
  "fields",
  "falsepositives",
  "references",
  "author",
  "date",
  "modified",
  "description",
  "logsource",
  "related",
]);

function reportUnused(selections: readonly Selection[], conditions: readonly Condition[], issues: IssueList): void {
  const used = conditions.flatMap(({ node }) => leaves(node));
  for (const { name, place } of selections) {
    const isUsed = used.some((leaf) => (leaf.type === "selection" ? leaf.name === name : selects(leaf.pattern, name)));
    if (isUsed) continue;
    const fix = OUTSIDE.has(name)
      ? `\`${name}\` belongs to the rule, not to the detection: indent it less`
      : "use it in the condition, or remove it";
    issues.add("selection.unused", place, `no condition uses the selection “${name.slice(0, 60)}”`, fix);
  }
}

/** A selection or a part of one. Maps inside lists are as deep as the specification goes. */
function parseNode(value: Located, name: string, depth: number, issues: IssueList): DetectionNode | null {
  if (value.type === "scalar") {
    if (value.value === null) {
      issues.add(
        "detection.empty",
        value.place,
        `“${name.slice(0, 60)}” holds nothing`,
        "add a field with a value, indented below it",
      );
      return null;
    }
    return checked(
      { type: "item", field: null, modifiers: [], values: [rawValue(value)], list: false, place: value.place },
      issues,
    );
  }
  if (value.type === "map") {
    if (value.entries.length === 0) {
      issues.add("detection.empty", value.place, `“${name.slice(0, 60)}” holds nothing`, "add a field with a value");
      return null;
    }
    const nodes = value.entries.map((entry) => parseItem(entry, issues)).filter((node) => node !== null);
    return nodes.length === 0 ? null : { type: "all", nodes, place: value.place };
  }
  if (depth > 2) {
    issues.add(
      "detection.structure",
      value.place,
      "lists nest too deeply",
      "a selection is a map, or a list of maps or values",
    );
    return null;
  }
  if (value.items.length === 0) {
    issues.add("detection.empty", value.place, `“${name.slice(0, 60)}” is an empty list`, "add a value");
    return null;
  }
  // keywords of one list make one item, so that they share one search
  const keywords = value.items.filter((item) => item.type === "scalar");
  const nodes: (DetectionNode | null)[] = [];
  if (keywords.length > 0) {
    nodes.push(
      checked(
        { type: "item", field: null, modifiers: [], values: keywords.map(rawValue), list: true, place: value.place },
        issues,
      ),
    );
  }
  for (const item of value.items) if (item.type !== "scalar") nodes.push(parseNode(item, name, depth + 1, issues));
  const usable = nodes.filter((node) => node !== null);
  return usable.length === 0
    ? null
    : usable.length === 1
      ? (usable[0] as DetectionNode)
      : { type: "any", nodes: usable, place: value.place };
}

function parseItem({ key, keyPlace, value }: LocatedEntry, issues: IssueList): DetectionItem | null {
  const [fieldName = "", ...modifiers] = key.split("|").map((part) => part.trim());
  const field = fieldName === "" ? null : fieldName;
  if (field === null && modifiers.length === 0) {
    issues.add(
      "detection.structure",
      keyPlace,
      "a field without a name",
      "name the field, or write keywords as a list",
    );
    return null;
  }
  if (value.type === "map") {
    issues.add(
      "detection.structure",
      value.place,
      `the value of “${key.slice(0, 60)}” is a map`,
      "write nested fields with dots: `outer.inner: value`; check the indentation",
    );
    return null;
  }
  const items = value.type === "list" ? value.items : [value];
  const nested = items.find((item) => item.type !== "scalar");
  if (nested !== undefined) {
    issues.add(
      "detection.structure",
      nested.place,
      `the values of “${key.slice(0, 60)}” are not plain values`,
      "write a flat list of values; check the indentation",
    );
    return null;
  }
  const values = items.flatMap((item) => (item.type === "scalar" ? [rawValue(item)] : []));
  const list = value.type === "list";
  if (values.length === 0)
    issues.add(
      "value.empty-list",
      value.place,
      `“${key.slice(0, 60)}” has an empty list and never holds`,
      "add a value, or write '' or null",
    );
  if (list && values.some((one) => one.value === null)) {
    issues.add(
      "value.null-in-list",
      value.place,
      "null stands in a list",
      "write a selection of its own for null, and join the two with `1 of`",
    );
  }
  if (modifiers.includes("all") && values.length === 1)
    issues.add("modifier.single-all", keyPlace, "`all` on a single value", "remove `all`");
  return checked({ type: "item", field, modifiers, values, list, place: keyPlace }, issues);
}

function rawValue(item: Located): RawValue {
  if (item.type !== "scalar") throw new TypeError("only scalars are values");
  return { value: item.value, source: item.source, place: item.place };
}

/** The item when its modifiers, values and expressions are sound; the expressions are compiled once to find out. */
function checked(item: DetectionItem, issues: IssueList): DetectionItem | null {
  try {
    const { groups } = lowerItem(item, null);
    for (const [index, group] of groups.entries()) {
      for (const predicate of group) {
        if (predicate.type !== "regex" || item.modifiers.includes("expand")) continue;
        try {
          compileRegex(predicate.pattern, predicate.flags);
        } catch (error) {
          const place = item.values[index]?.place ?? item.place;
          if (error instanceof RegexSyntaxError)
            throw new ModifierError(
              "regex.syntax",
              place,
              `the regular expression cannot be used: ${error.message}`,
              "the specification allows `.` `^` `$` `* + ? {n,m}` `[a-z]` `()` and `|`",
            );
          if (error instanceof RegexCostError)
            throw new ModifierError("regex.cost", place, `the regular expression is too expensive: ${error.message}`);
          throw error;
        }
      }
    }
    return item;
  } catch (error) {
    if (!(error instanceof ModifierError)) throw error;
    issues.add(error.code, error.place, error.message, error.fix);
    return null;
  }
}
