/**
 * `rule check`: everything that can be said about Sigma files without events. Pure: the files come as text.
 *
 * What the parser finds is in the list too, so that one call reports it all.
 */
import { leaves } from "./parse-detection.ts";
import { checkTag } from "./check-tags.ts";
import type {
  Detection,
  DetectionItem,
  DetectionNode,
  SigmaCorrelation,
  SigmaDocument,
  SigmaFilter,
  SigmaRule,
} from "./document.ts";
import { IssueList, nearest, type SigmaIssue } from "./issue.ts";
import { unknownLogsourcePart } from "./known-logsources.ts";
import { lowerItem } from "./modifiers.ts";
import { parseSigma } from "./parse.ts";
import { refersTo } from "./plan.ts";
import { isCatastrophic } from "./regex-ambiguity.ts";
import { parseRegex } from "./regex-syntax.ts";

export interface SigmaFile {
  /** Shown in places. */
  readonly file: string;
  readonly text: string;
}

export interface CheckOptions {
  /** Refuse what the Sigma specification does not define. */
  readonly strict?: boolean;
  /** Ids of ATT&CK techniques that exist, such as `T1567.001`; those of a built-in table when left out. */
  readonly attack?: ReadonlySet<string>;
}

/** Documents that load, and every issue of the files, in the order of files and lines. */
export function checkSigma(
  files: readonly SigmaFile[],
  options: CheckOptions = {},
): { documents: SigmaDocument[]; issues: SigmaIssue[] } {
  const issues: SigmaIssue[] = [];
  const documents: SigmaDocument[] = [];
  for (const { file, text } of files) {
    const parsed = parseSigma(text, file);
    documents.push(...parsed.documents);
    issues.push(...parsed.issues);
  }
  const list = new IssueList();
  checkDuplicates(documents, list);
  for (const document of documents) checkDocument(document, documents, options, list);
  issues.push(...list.issues);
  const order = new Map(files.map(({ file }, index) => [file, index]));
  issues.sort(
    (a, b) =>
      (order.get(a.place.file) ?? 0) - (order.get(b.place.file) ?? 0) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0),
  );
  return { documents, issues };
}

function checkDuplicates(documents: readonly SigmaDocument[], issues: IssueList): void {
  const seen = new Map<string, SigmaDocument>();
  for (const document of documents) {
    for (const [attribute, value] of [
      ["id", document.uuid?.toLowerCase()],
      ["name", document.name],
    ] as const) {
      if (value === undefined || value === null) continue;
      const key = `${attribute} ${value}`;
      const other = seen.get(key);
      if (other === undefined) seen.set(key, document);
      else
        issues.add(
          "id.duplicate",
          document.places.get(attribute) ?? document.place,
          `the ${attribute} ${value.slice(0, 60)} is also that of “${other.title.slice(0, 80)}” in ${other.place.file}:${other.place.line ?? 1}`,
          attribute === "id" ? "generate a new id" : "choose another name",
        );
    }
  }
}

function checkDocument(
  document: SigmaDocument,
  all: readonly SigmaDocument[],
  options: CheckOptions,
  issues: IssueList,
): void {
  for (const [index, tag] of document.tags.entries())
    checkTag(tag, document.tagPlaces[index] ?? document.place, options.attack, issues);
  if (options.strict === true && Object.keys(document.custom).length > 0)
    issues.add(
      "extension.strict",
      document.places.get("sallyport") ?? document.place,
      "`sallyport` is no attribute of the Sigma specification",
      "remove it, or check without --strict",
    );
  if (document.kind === "correlation") checkCorrelation(document, all, options, issues);
  else {
    checkLogsource(document, options, issues);
    checkDetection(document.detection, options, issues);
    if (document.kind === "filter") checkFilter(document, all, issues);
  }
}

function checkLogsource(document: SigmaRule | SigmaFilter, { strict = false }: CheckOptions, issues: IssueList): void {
  const place = document.places.get("logsource") ?? document.place;
  if (strict && document.logsource.product === "ocsf")
    issues.add(
      "extension.strict",
      place,
      "`product: ocsf` reads conformed activities, which only Sallyport has",
      "name the log source itself, or check without --strict",
    );
  const unknown = unknownLogsourcePart(document.logsource);
  if (unknown === null) return;
  const near = nearest(unknown.value, unknown.known);
  issues.add(
    "logsource.unknown",
    place,
    `“${unknown.value.slice(0, 40)}” is no ${unknown.part} of Sigma's taxonomy`,
    near === null ? "the rule only matches events of sources you map to it yourself" : `did you mean \`${near}\`?`,
  );
}

function checkDetection(
  { selections, conditions }: Detection,
  { strict = false }: CheckOptions,
  issues: IssueList,
): void {
  for (const { node, place } of conditions) {
    if (
      leaves(node).some((leaf) => leaf.type === "of" && leaf.pattern === "them" && leaf.quantity === "all") &&
      selections.length > 1
    ) {
      issues.add(
        "condition.them",
        place,
        "`all of them` takes filters in as well as selections",
        "write `all of selection_*`",
      );
    }
  }
  for (const { node } of selections) for (const item of itemsOf(node)) checkItem(item, strict, issues);
}

function itemsOf(node: DetectionNode): DetectionItem[] {
  return node.type === "item" ? [node] : node.nodes.flatMap(itemsOf);
}

function checkItem(item: DetectionItem, strict: boolean, issues: IssueList): void {
  const { field, modifiers, values, place } = item;
  if (strict && field?.startsWith("context.") === true)
    issues.add(
      "extension.strict",
      place,
      `“${field.slice(0, 60)}” is a context field of Sallyport, not of Sigma`,
      "remove it, or check without --strict",
    );
  if (modifiers.includes("re")) checkExpressions(item, issues);
  const position = modifiers.find(
    (modifier) => modifier === "contains" || modifier === "startswith" || modifier === "endswith",
  );
  for (const { value, place: at } of values) {
    if (typeof value !== "string" || modifiers.includes("re")) continue;
    const leading = value.startsWith("*") && position !== "startswith";
    const trailing = value.endsWith("*") && !value.endsWith("\\*") && position !== "endswith";
    if (position !== undefined && value.length > 1 && (leading || trailing))
      issues.add(
        "modifier.redundant",
        at,
        `“${value.slice(0, 60)}” has a wildcard that \`${position}\` adds itself`,
        "remove the wildcard at the edge",
      );
    if (/\\[A-Za-z][^*?]{0,200}[A-Za-z0-9%)}]\\[*?]/.test(value))
      issues.add(
        "value.wildcard-slash",
        at,
        `the backslash in “${value.slice(0, 60)}” makes the wildcard after it a plain character`,
        "write two backslashes before a wildcard: `\\\\*`",
      );
  }
}

function checkExpressions(item: DetectionItem, issues: IssueList): void {
  if (item.modifiers.includes("expand")) return;
  const { groups } = lowerItem(item, null);
  for (const [index, group] of groups.entries()) {
    for (const predicate of group) {
      if (predicate.type !== "regex" || !isCatastrophic(parseRegex(predicate.pattern, predicate.flags))) continue;
      issues.add(
        "regex.catastrophic",
        item.values[index]?.place ?? item.place,
        `/${predicate.pattern.slice(0, 60)}/ takes exponential time in engines that backtrack`,
        "remove the repetition inside the repetition; here it runs in linear time",
      );
    }
  }
}

function checkFilter({ rules, detection, place }: SigmaFilter, all: readonly SigmaDocument[], issues: IssueList): void {
  const negates = detection.conditions.some(({ text }) => /(?:^|[\s(])not\s/i.test(text));
  if (!negates)
    issues.add(
      "filter.condition",
      detection.conditions[0]?.place ?? place,
      "the filter keeps only the events its condition describes",
      "write `condition: not selection` to leave them out",
    );
  if (rules === "any") return;
  for (const { reference, place: at } of rules) {
    if (!all.some((document) => document.kind === "rule" && refersTo(reference, document)))
      issues.add("filter.rule", at, `no rule “${reference.slice(0, 60)}” is loaded`, "check the id or name");
  }
}

function checkCorrelation(
  correlation: SigmaCorrelation,
  all: readonly SigmaDocument[],
  { strict = false }: CheckOptions,
  issues: IssueList,
): void {
  const { type, rules, place, aliases } = correlation;
  if (strict && (type === "first_seen" || type === "deviation"))
    issues.add(
      "extension.strict",
      place,
      `\`${type}\` is a correlation type of Sallyport, not of Sigma`,
      "use a type of the specification, or check without --strict",
    );
  if (
    strict &&
    [...correlation.groupBy, ...(correlation.condition?.fields ?? [])].some((field) => field.startsWith("context."))
  )
    issues.add(
      "extension.strict",
      place,
      "context fields are an extension of Sallyport",
      "remove them, or check without --strict",
    );
  const names = all.flatMap((document) =>
    document.kind === "filter" || document === correlation ? [] : [document.name ?? document.id],
  );
  for (const { reference, place: at } of rules) {
    const target = all.find((document) => document.kind !== "filter" && refersTo(reference, document));
    if (target === undefined) {
      const near = nearest(reference, names);
      issues.add(
        "correlation.rule",
        at,
        `no rule “${reference.slice(0, 60)}” is loaded`,
        near === null ? "check the id or name, and load the rule with the correlation" : `did you mean \`${near}\`?`,
      );
    } else if (reaches(target, correlation, all, new Set())) {
      issues.add(
        "correlation.rule",
        at,
        `the correlation reads itself through “${reference.slice(0, 60)}”`,
        "break the circle",
      );
    } else if (
      aliases.size > 0 &&
      target.name === null &&
      [...aliases.values()].some((fields) => fields.has(reference))
    ) {
      issues.add(
        "correlation.alias",
        at,
        `aliases refer to rules by name, and “${target.title.slice(0, 80)}” has none`,
        "give the rule a `name`",
      );
    }
  }
}

function reaches(
  from: SigmaDocument,
  target: SigmaDocument,
  all: readonly SigmaDocument[],
  seen: Set<SigmaDocument>,
): boolean {
  if (from === target) return true;
  if (from.kind !== "correlation" || seen.has(from)) return false;
  seen.add(from);
  return from.rules.some(({ reference }) =>
    all.some(
      (document) => document.kind !== "filter" && refersTo(reference, document) && reaches(document, target, all, seen),
    ),
  );
}
