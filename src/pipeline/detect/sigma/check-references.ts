/** What only all documents together can tell: ids given twice, references to nothing, circles of correlations. */
import type { SigmaCorrelation, SigmaDocument, SigmaFilter } from "./document.ts";
import { nearest, type IssueList } from "./issue.ts";
import { References } from "./references.ts";

/** A misspelt reference is compared with no more names than this. */
const MAX_NAMES = 5_000;
/** Suggestions are looked for this often; whoever has more wrong references has another problem. */
const MAX_SUGGESTIONS = 50;

export function checkReferences(documents: readonly SigmaDocument[], issues: IssueList): void {
  checkDuplicates(documents, issues);
  const references = new References(documents);
  const suggest = suggester(documents);
  for (const document of documents) {
    if (document.kind === "correlation") checkCorrelation(document, references, suggest, issues);
    else if (document.kind === "filter") checkFilter(document, references, suggest, issues);
  }
}

function suggester(documents: readonly SigmaDocument[]): (reference: string, otherwise: string) => string {
  const names = documents
    .flatMap((document) => (document.kind === "filter" ? [] : [document.name ?? document.id]))
    .slice(0, MAX_NAMES);
  let left = MAX_SUGGESTIONS;
  return (reference, otherwise) => {
    const near = left-- > 0 ? nearest(reference, names) : null;
    return near === null || near === reference ? otherwise : `did you mean \`${near}\`?`;
  };
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

function checkFilter(
  { rules, detection, place }: SigmaFilter,
  references: References,
  suggest: (reference: string, otherwise: string) => string,
  issues: IssueList,
): void {
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
    if (references.find(reference)?.kind === "rule") continue;
    issues.add(
      "filter.rule",
      at,
      `no rule “${reference.slice(0, 60)}” is loaded`,
      suggest(reference, "check the id or name"),
    );
  }
}

function checkCorrelation(
  correlation: SigmaCorrelation,
  references: References,
  suggest: (reference: string, otherwise: string) => string,
  issues: IssueList,
): void {
  const { rules, aliases } = correlation;
  const aliased = new Set([...aliases.values()].flatMap((fields) => [...fields.keys()]));
  for (const { reference, place: at } of rules) {
    const target = references.find(reference);
    if (target === undefined) {
      issues.add(
        "correlation.rule",
        at,
        `no rule “${reference.slice(0, 60)}” is loaded`,
        suggest(reference, "check the id or name, and load the rule with the correlation"),
      );
    } else if (references.isCircular(correlation, target)) {
      issues.add(
        "correlation.rule",
        at,
        `the correlation reads itself through “${reference.slice(0, 60)}”`,
        "break the circle",
      );
    } else if (target.name === null && aliased.has(reference)) {
      issues.add(
        "correlation.alias",
        at,
        `aliases refer to rules by name, and “${target.title.slice(0, 80)}” has none`,
        "give the rule a `name`",
      );
    }
  }
}
