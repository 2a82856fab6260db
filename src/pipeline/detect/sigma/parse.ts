/**
 * Sigma files → documents.
 *
 * A file holds one or more YAML documents: rules, correlations, filters, and the actions `global` (merged into all that
 * follow), `reset` (forget what is global) and `repeat` (the rule before, with changes). A document's own values win over
 * global ones.
 */
import { entryOf, textsOf } from "./attributes.ts";
import type { RuleReference, SigmaDocument, SigmaFilter, SigmaRule } from "./document.ts";
import { IssueList, type SigmaIssue } from "./issue.ts";
import { readYaml, type Located, type LocatedEntry, type LocatedMap } from "./located-yaml.ts";
import { parseCorrelation } from "./parse-correlation.ts";
import { parseDetection } from "./parse-detection.ts";
import { parseLogsource, parseMetadata } from "./parse-metadata.ts";

/**
 * Reads a Sigma file. Never throws: what is wrong is among the issues, with its place; documents with errors are left out.
 *
 * @param file the name that places carry; nothing is read
 */
export function parseSigma(text: string, file: string): { documents: SigmaDocument[]; issues: SigmaIssue[] } {
  const issues = new IssueList();
  const documents: SigmaDocument[] = [];
  let global: LocatedMap | null = null;
  let previous: LocatedMap | null = null;
  for (const value of readYaml(text, file, issues)) {
    if (value.type !== "map") {
      issues.add(
        "document.type",
        value.place,
        `a Sigma document is a mapping, not a ${value.type}`,
        "write `title:`, `logsource:` and `detection:`",
      );
      continue;
    }
    const action = actionOf(value);
    const own = withoutAction(value);
    if (action === "global") {
      global = global === null ? own : merge(global, own);
      previous = global;
      continue;
    }
    if (action === "reset") {
      global = null;
      continue;
    }
    let map: LocatedMap;
    if (action === "repeat") {
      if (previous === null) {
        issues.add("document.type", value.place, "`action: repeat` has no document before it to repeat");
        continue;
      }
      map = merge(previous, own);
    } else if (action === null) {
      map = global === null ? own : merge(global, own);
    } else {
      issues.add(
        "document.type",
        entryOf(value, "action")?.value.place ?? value.place,
        `“${action.slice(0, 40)}” is no action`,
        "write global, reset or repeat",
      );
      continue;
    }
    previous = map;
    const document = parseDocument({ ...map, place: value.place }, issues);
    if (document !== null) documents.push(document);
  }
  return { documents, issues: issues.issues };
}

function actionOf(map: LocatedMap): string | null {
  const value = entryOf(map, "action")?.value;
  return value?.type === "scalar" && typeof value.value === "string" ? value.value : null;
}

function withoutAction(map: LocatedMap): LocatedMap {
  return { ...map, entries: map.entries.filter(({ key }) => key !== "action") };
}

/** Both maps in one; where both have a key, maps are merged and other values come from `over`. */
function merge(base: LocatedMap, over: LocatedMap): LocatedMap {
  const entries = new Map<string, LocatedEntry>(base.entries.map((entry) => [entry.key, entry]));
  for (const entry of over.entries) {
    const old: Located | undefined = entries.get(entry.key)?.value;
    const value = old?.type === "map" && entry.value.type === "map" ? merge(old, entry.value) : entry.value;
    entries.set(entry.key, { ...entry, value });
  }
  return { type: "map", entries: [...entries.values()], place: over.place };
}

function parseDocument(map: LocatedMap, issues: IssueList): SigmaDocument | null {
  const sections = ["detection", "correlation", "filter"].flatMap((key) => entryOf(map, key) ?? []);
  const [section] = sections;
  if (section === undefined) {
    issues.add(
      "document.type",
      map.place,
      "the document has no detection, correlation or filter",
      "add `detection:`; check that it is not indented below another key",
    );
    return null;
  }
  if (sections.length > 1) {
    issues.add(
      "document.type",
      sections[1]?.keyPlace ?? map.place,
      `a document is one thing: this one has ${sections.map(({ key }) => key).join(" and ")}`,
      "split it with `---`",
    );
    return null;
  }
  if (section.value.type !== "map") {
    issues.add("attribute.type", section.value.place, `${section.key} must be a mapping`, "indent its parts below it");
    return null;
  }
  if (section.key === "correlation") return parseCorrelation(map, section.value, issues);
  return section.key === "filter" ? parseFilter(map, section.value, issues) : parseRule(map, section.value, issues);
}

function parseRule(map: LocatedMap, section: LocatedMap, issues: IssueList): SigmaRule | null {
  const before = issues.errors;
  const metadata = parseMetadata(map, ["logsource", "detection"], issues);
  const logsource = parseLogsource(map, issues);
  const detection = parseDetection(section, "detection", { title: metadata.title, reference: metadata.id }, issues);
  if (logsource === null || detection === null || issues.errors > before) return null;
  return { ...metadata, kind: "rule", logsource, detection };
}

function parseFilter(map: LocatedMap, section: LocatedMap, issues: IssueList): SigmaFilter | null {
  const before = issues.errors;
  const metadata = parseMetadata(map, ["logsource", "filter"], issues);
  const logsource = parseLogsource(map, issues);
  const rules = parseFilterRules(section, issues);
  const detection = parseDetection(section, "filter", { title: metadata.title, reference: metadata.id }, issues);
  if (logsource === null || detection === null || rules === null || issues.errors > before) return null;
  return { ...metadata, kind: "filter", logsource, rules, detection };
}

/** `any` or `all` as text, or an empty list, mean every rule of the log source. */
function parseFilterRules(section: LocatedMap, issues: IssueList): readonly RuleReference[] | "any" | null {
  const entry = entryOf(section, "rules");
  if (entry === undefined) {
    issues.add(
      "attribute.missing",
      section.place,
      "the filter names no rules",
      "list ids or names of rules under `rules:`, or write `rules: any`",
    );
    return null;
  }
  const references = textsOf(section, "rules", issues).map(({ text, place }) => ({ reference: text, place }));
  const [only] = references;
  const everything =
    entry.value.type === "list"
      ? entry.value.items.length === 0
      : ["any", "all"].includes(only?.reference.toLowerCase() ?? "");
  return everything ? "any" : references;
}
