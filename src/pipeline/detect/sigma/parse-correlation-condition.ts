/** The `condition` of a correlation: comparisons with a count or aggregate, or an expression over rules. */
import { entryOf, textsOf } from "./attributes.ts";
import { ConditionSyntaxError, parseCondition } from "./condition.ts";
import { COMPARISONS, type CorrelationCondition, type CorrelationType } from "./document.ts";
import type { IssueList } from "./issue.ts";
import type { Located, LocatedMap } from "./located-yaml.ts";
import { conditionPlace, leaves } from "./parse-detection.ts";

const NEEDS_FIELD: ReadonlySet<CorrelationType> = new Set([
  "value_count",
  "value_sum",
  "value_avg",
  "value_percentile",
  "value_median",
]);
const TEMPORAL: ReadonlySet<CorrelationType> = new Set(["temporal", "temporal_ordered"]);

/** null where the type needs none and the section has none, and where it cannot be used; the reasons are among the issues. */
export function parseCorrelationCondition(
  section: LocatedMap,
  type: CorrelationType,
  rules: readonly string[],
  issues: IssueList,
): CorrelationCondition | null {
  const entry = entryOf(section, "condition");
  if (entry === undefined) {
    if (TEMPORAL.has(type) || type === "first_seen") return null;
    issues.add(
      "attribute.missing",
      section.place,
      `a ${type} correlation needs a condition`,
      NEEDS_FIELD.has(type)
        ? "write `condition:` with `field: …` and `gte: …` below it"
        : "write `condition:` with `gte: 10` below it",
    );
    return null;
  }
  const { value } = entry;
  if (value.type === "scalar" && typeof value.value === "string")
    return parseExpression(value.value, value, type, rules, issues);
  if (value.type !== "map") {
    issues.add(
      "correlation.condition",
      value.place,
      "the condition of a correlation is a mapping",
      "write for instance `gte: 10` below `condition:`",
    );
    return null;
  }
  const comparisons: CorrelationCondition["comparisons"][number][] = [];
  for (const { key, keyPlace, value: bound } of value.entries) {
    if (key === "field" || key === "percentile") continue;
    const comparison = COMPARISONS.find((candidate) => candidate === key);
    if (comparison === undefined)
      issues.add(
        "correlation.condition",
        keyPlace,
        `“${key.slice(0, 40)}” is no comparison`,
        `write one of ${COMPARISONS.join(", ")}`,
      );
    else if (bound.type !== "scalar" || !isNumeric(bound))
      issues.add("correlation.condition", bound.place, `\`${key}\` asks for a number`, "write a number");
    else comparisons.push({ comparison, value: Number(bound.value) });
  }
  const fields = textsOf(value, "field", issues).map(({ text }) => text);
  if (NEEDS_FIELD.has(type) && fields.length === 0)
    issues.add(
      "correlation.condition",
      value.place,
      `a ${type} correlation needs the field whose values it reads`,
      "add `field:` to the condition",
    );
  if (fields.length > 1 && type !== "value_count")
    issues.add("correlation.condition", value.place, `a ${type} correlation reads one field`, "name one field");
  if (fields.length > 0 && (type === "event_count" || type === "absence" || TEMPORAL.has(type)))
    issues.add(
      "correlation.condition",
      value.place,
      `a ${type} correlation reads no field`,
      "remove `field`, or use value_count",
    );
  if (comparisons.length === 0 && type !== "first_seen")
    issues.add(
      "correlation.condition",
      value.place,
      "the condition compares with nothing",
      "add for instance `gte: 10`",
    );
  return { comparisons, fields, percentile: parsePercentile(value, type, issues), expression: null };
}

function isNumeric({ value }: { value: unknown }): boolean {
  return typeof value === "number"
    ? Number.isFinite(value)
    : typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value);
}

/** The percentile value_percentile reads; 50 when the condition names none. */
function parsePercentile(condition: LocatedMap, type: CorrelationType, issues: IssueList): number {
  const entry = entryOf(condition, "percentile");
  if (entry === undefined) return 50;
  const percentile = entry.value.type === "scalar" ? Number(entry.value.value) : Number.NaN;
  if (!(percentile >= 0 && percentile <= 100))
    issues.add(
      "correlation.condition",
      entry.value.place,
      "a percentile lies between 0 and 100",
      "write for instance `percentile: 95`",
    );
  if (type !== "value_percentile")
    issues.add("correlation.condition", entry.value.place, `a ${type} correlation has no percentile`, "remove it");
  return percentile;
}

function parseExpression(
  text: string,
  value: Located,
  type: CorrelationType,
  rules: readonly string[],
  issues: IssueList,
): CorrelationCondition | null {
  if (!TEMPORAL.has(type)) {
    issues.add(
      "correlation.condition",
      value.place,
      `the condition of a ${type} correlation is a mapping`,
      "write for instance `gte: 10` below `condition:`",
    );
    return null;
  }
  try {
    const expression = parseCondition(text);
    for (const leaf of leaves(expression)) {
      const place = conditionPlace(value.place, text, text, leaf.offset);
      if (leaf.type === "of" || !rules.includes(leaf.name)) {
        issues.add(
          "correlation.condition",
          place,
          `“${(leaf.type === "of" ? leaf.pattern : leaf.name).slice(0, 60)}” is not among the rules of the correlation`,
          "use the references as they stand under `rules`",
        );
      }
    }
    return { comparisons: [], fields: [], percentile: 50, expression };
  } catch (error) {
    if (!(error instanceof ConditionSyntaxError)) throw error;
    issues.add("correlation.condition", value.place, error.message, error.fix);
    return null;
  }
}
