/**
 * `rule check`: everything that can be said about Sigma files without events. Pure: the files come as text.
 *
 * What the parser finds is in the list too, so that one call reports it all.
 */
import type { Place } from "../../../model/errors.ts";
import { DATE_PARTS, type DatePart } from "./date-part.ts";
import { placeholderNames } from "./placeholder.ts";
import { leaves } from "./parse-detection.ts";
import { checkReferences } from "./check-references.ts";
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
    for (const document of parsed.documents) documents.push(document);
    for (const issue of parsed.issues) issues.push(issue);
  }
  const list = new IssueList();
  checkReferences(documents, list);
  for (const document of documents) checkDocument(document, options, list);
  for (const issue of list.issues) issues.push(issue);
  const order = new Map(files.map(({ file }, index) => [file, index]));
  issues.sort(
    (a, b) =>
      (order.get(a.place.file) ?? 0) - (order.get(b.place.file) ?? 0) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0),
  );
  return { documents, issues };
}

function checkDocument(document: SigmaDocument, options: CheckOptions, issues: IssueList): void {
  for (const [index, tag] of document.tags.entries())
    checkTag(tag, document.tagPlaces[index] ?? document.place, options.attack, issues);
  if (options.strict === true && Object.keys(document.custom).length > 0)
    issues.add(
      "extension.strict",
      document.places.get("sallyport") ?? document.place,
      "`sallyport` is no attribute of the Sigma specification",
      "remove it, or check without --strict",
    );
  if (document.kind !== "correlation") {
    checkLogsource(document, options, issues);
    checkDetection(document.detection, options, issues);
  } else if (options.strict === true) checkExtensions(document, issues);
}

function checkExtensions({ type, groupBy, condition, place }: SigmaCorrelation, issues: IssueList): void {
  if (type === "first_seen" || type === "deviation" || type === "absence")
    issues.add(
      "extension.strict",
      place,
      `\`${type}\` is a correlation type of Sallyport, not of Sigma`,
      "use a type of the specification, or check without --strict",
    );
  if ([...groupBy, ...(condition?.fields ?? [])].some((field) => field.startsWith("context.")))
    issues.add(
      "extension.strict",
      place,
      "context fields are an extension of Sallyport",
      "remove them, or check without --strict",
    );
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
  const part = DATE_PARTS.find((modifier) => modifiers.includes(modifier));
  for (const { value, place: at } of values) {
    checkRange(part, modifiers, Number(value), at, issues);
    if (value === "" && position !== undefined)
      issues.add(
        "value.empty-text",
        at,
        `\`${position}\` of an empty text holds for every value`,
        "give the text to look for, or ask with `exists: true`",
      );
    if (modifiers.includes("expand"))
      for (const name of placeholderNames(String(value)))
        issues.add(
          "value.placeholder-unset",
          at,
          `the placeholder %${name.slice(0, 60)}% has no value here`,
          "replace it by the values of your organisation before the rule is used",
        );
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

/** What each part of a date can be; years are not bounded. */
const PART_RANGES: Readonly<Partial<Record<DatePart, readonly [number, number]>>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
};

function checkRange(
  part: DatePart | undefined,
  modifiers: readonly string[],
  value: number,
  place: Place,
  issues: IssueList,
): void {
  const range = part === undefined ? undefined : PART_RANGES[part];
  if (range === undefined || (value >= range[0] && value <= range[1])) return;
  // Bounds beyond the range are no mistake: `hour|lt: 24`.
  if (modifiers.some((modifier) => modifier.startsWith("lt") || modifier.startsWith("gt"))) return;
  issues.add(
    "value.range",
    place,
    `a date has no ${part} ${value}`,
    `the ${part} is a number from ${range[0]} to ${range[1]}`,
  );
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
