/**
 * Correlation documents: the `correlation` section with everything validated that can be without the other documents.
 *
 * @see https://sigmahq.io/sigma-specification/specification/sigma-correlation-rules-specification.html
 */
import { entryOf, textOf, textsOf } from "./attributes.ts";
import {
  CORRELATION_TYPES,
  type Baseline,
  type CorrelationCondition,
  type CorrelationType,
  type Place,
  type SigmaCorrelation,
} from "./document.ts";
import { nearest, type IssueList } from "./issue.ts";
import type { LocatedMap } from "./located-yaml.ts";
import { parseCorrelationCondition } from "./parse-correlation-condition.ts";
import { parseMetadata } from "./parse-metadata.ts";

const ATTRIBUTES = [
  "type",
  "rules",
  "group-by",
  "timespan",
  "timeframe",
  "condition",
  "aliases",
  "generate",
  "history",
  "learning",
  "measure",
  "minimum",
  "peers",
  "horizon",
  "unless",
];
const UNITS: ReadonlyMap<string, number> = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
  ["M", 2_629_746_000],
  ["y", 31_556_952_000],
]);
const DAY = 86_400_000;

/** null when the correlation cannot be used; the reasons are among the issues. */
export function parseCorrelation(map: LocatedMap, section: LocatedMap, issues: IssueList): SigmaCorrelation | null {
  const before = issues.errors;
  const metadata = parseMetadata(map, ["correlation", "generate", "logsource"], issues);
  for (const { key, keyPlace } of section.entries) {
    if (ATTRIBUTES.includes(key)) continue;
    const near = nearest(key, ATTRIBUTES);
    issues.add(
      "attribute.unknown",
      keyPlace,
      `“${key.slice(0, 60)}” is no attribute of a correlation`,
      near === null ? `the attributes are ${ATTRIBUTES.join(", ")}` : `did you mean \`${near}\`?`,
    );
  }
  const type = parseType(section, issues);
  const rules = parseRules(section, issues);
  if (type === "absence" && rules.length === 1)
    issues.add(
      "correlation.rule",
      rules[0]?.place ?? section.place,
      "an absence needs a rule whose matches are missed",
      "list the rule that asks first, then those that answer it",
    );
  const groupBy = textsOf(section, "group-by", issues).map(({ text }) => text);
  const timespan = parseTimespan(
    section,
    entryOf(section, "timespan") === undefined ? "timeframe" : "timespan",
    issues,
  );
  const aliases = parseAliases(section, rules, groupBy, issues);
  const condition =
    type === null
      ? null
      : parseCorrelationCondition(
          section,
          type,
          rules.map(({ reference }) => reference),
          issues,
        );
  const baseline =
    type === "first_seen" || type === "deviation" || type === "absence"
      ? parseBaseline(section, type, { condition, timespan, rules }, issues)
      : null;
  if (type === null || timespan === null || issues.errors > before) return null;
  const generate = textOf(section, "generate", issues) ?? textOf(map, "generate", issues);
  return {
    ...metadata,
    kind: "correlation",
    type,
    rules,
    groupBy,
    timespan,
    condition,
    aliases,
    generate: generate?.toLowerCase() === "true",
    baseline,
  };
}

function parseType(section: LocatedMap, issues: IssueList): CorrelationType | null {
  const entry = entryOf(section, "type");
  const text = textOf(section, "type", issues);
  if (entry === undefined || text === undefined) {
    issues.add(
      "attribute.missing",
      section.place,
      "the correlation has no type",
      `write \`type:\` with one of ${CORRELATION_TYPES.join(", ")}`,
    );
    return null;
  }
  const type = CORRELATION_TYPES.find((candidate) => candidate === text);
  if (type !== undefined) return type;
  const near = nearest(text, CORRELATION_TYPES);
  issues.add(
    "correlation.type",
    entry.value.place,
    `“${text.slice(0, 40)}” is no correlation type`,
    near === null ? `the types are ${CORRELATION_TYPES.join(", ")}` : `did you mean \`${near}\`?`,
  );
  return null;
}

function parseRules(section: LocatedMap, issues: IssueList): { reference: string; place: Place }[] {
  const rules = textsOf(section, "rules", issues).map(({ text, place }) => ({ reference: text, place }));
  if (rules.length === 0)
    issues.add(
      "attribute.missing",
      section.place,
      "the correlation names no rules",
      "list ids or names of rules under `rules:`",
    );
  const seen = new Set<string>();
  for (const { reference, place } of rules) {
    if (seen.has(reference))
      issues.add("correlation.rule", place, `“${reference.slice(0, 60)}” is listed twice`, "list every rule once");
    seen.add(reference);
  }
  return rules;
}

/** ms of a timespan such as `90m`; null when it is none. */
export function timespanMs(text: string): number | null {
  const match = /^(\d{1,9})([smhdwMy])$/.exec(text.trim());
  const unit = UNITS.get(match?.[2] ?? "");
  const ms = match === null || unit === undefined ? 0 : Number(match[1]) * unit;
  return ms > 0 && Number.isSafeInteger(ms) ? ms : null;
}

function parseTimespan(section: LocatedMap, key: string, issues: IssueList): number | null {
  const entry = entryOf(section, key);
  const text = textOf(section, key, issues);
  if (entry === undefined || text === undefined) {
    issues.add(
      "attribute.missing",
      section.place,
      `the correlation has no ${key === "timeframe" ? "timespan" : key}`,
      "write for instance `timespan: 1h`",
    );
    return null;
  }
  const ms = timespanMs(text);
  if (ms === null)
    issues.add(
      "correlation.timespan",
      entry.value.place,
      `“${text.slice(0, 40)}” is no timespan`,
      "write a number above 0 and s, m, h or d: `90m`",
    );
  return ms;
}

function parseAliases(
  section: LocatedMap,
  rules: readonly { reference: string }[],
  groupBy: readonly string[],
  issues: IssueList,
): Map<string, Map<string, string>> {
  const aliases = new Map<string, Map<string, string>>();
  const entry = entryOf(section, "aliases");
  if (entry === undefined) return aliases;
  if (entry.value.type !== "map") {
    issues.add(
      "attribute.type",
      entry.value.place,
      "aliases must be a mapping",
      "write the alias, and below it `rule name: field`",
    );
    return aliases;
  }
  for (const { key, keyPlace, value } of entry.value.entries) {
    if (value.type !== "map") {
      issues.add(
        "attribute.type",
        value.place,
        `the alias “${key.slice(0, 60)}” must be a mapping`,
        "write `rule name: field` below it",
      );
      continue;
    }
    const fields = new Map<string, string>();
    for (const { key: rule, keyPlace: rulePlace } of value.entries) {
      const field = textOf(value, rule, issues);
      if (field !== undefined) fields.set(rule, field);
      if (!rules.some(({ reference }) => reference === rule)) {
        issues.add(
          "correlation.alias",
          rulePlace,
          `the correlation does not read a rule “${rule.slice(0, 60)}”`,
          "use the reference as it stands under `rules`",
        );
      }
    }
    if (!groupBy.includes(key))
      issues.add(
        "correlation.alias",
        keyPlace,
        `the alias “${key.slice(0, 60)}” is not used in group-by`,
        "add it to group-by, or remove it",
      );
    aliases.set(key, fields);
  }
  return aliases;
}

function parseBaseline(
  section: LocatedMap,
  type: CorrelationType,
  {
    condition,
    timespan,
    rules,
  }: {
    readonly condition: CorrelationCondition | null;
    readonly timespan: number | null;
    readonly rules: readonly { readonly reference: string }[];
  },
  issues: IssueList,
): Baseline {
  const span = (key: string, otherwise: number) =>
    entryOf(section, key) === undefined ? otherwise : (parseTimespan(section, key, issues) ?? otherwise);
  const measureText =
    textOf(section, "measure", issues) ?? (condition !== null && condition.fields.length > 0 ? "sum" : "count");
  const measure = (["count", "sum", "distinct"] as const).find((candidate) => candidate === measureText);
  if (measure === undefined)
    issues.add(
      "attribute.value",
      entryOf(section, "measure")?.value.place ?? section.place,
      `“${measureText.slice(0, 40)}” is no measure`,
      "write count, sum or distinct",
    );
  if (type === "deviation" && measure !== "count" && (condition?.fields.length ?? 0) === 0)
    issues.add(
      "correlation.condition",
      section.place,
      `to measure ${measureText.slice(0, 40)} a deviation needs a field`,
      "add `field:` to the condition",
    );
  const minimum = Number(textOf(section, "minimum", issues) ?? 0);
  if (!Number.isFinite(minimum))
    issues.add(
      "attribute.type",
      entryOf(section, "minimum")?.value.place ?? section.place,
      "`minimum` must be a number",
    );
  return {
    // a first sight looks back over the timespan itself
    history: span("history", type === "first_seen" && timespan !== null ? timespan : 30 * DAY),
    learning: span("learning", type === "first_seen" ? 0 : 7 * DAY),
    measure: measure ?? "count",
    minimum: Number.isFinite(minimum) ? minimum : 0,
    peers: textsOf(section, "peers", issues).map(({ text }) => text),
    horizon: span("horizon", 3 * DAY),
    unless: parseUnless(section, rules, issues),
  };
}

function parseUnless(
  section: LocatedMap,
  rules: readonly { readonly reference: string }[],
  issues: IssueList,
): { reference: string; place: Place }[] {
  const unless = textsOf(section, "unless", issues).map(({ text, place }) => ({ reference: text, place }));
  for (const { reference, place } of unless)
    if (!rules.slice(1).some((rule) => rule.reference === reference))
      issues.add(
        "correlation.rule",
        place,
        `“${reference.slice(0, 60)}” is not among the rules after the first`,
        "list it under `rules` as well",
      );
  return unless;
}
