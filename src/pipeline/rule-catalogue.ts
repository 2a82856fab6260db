/** Every rule with what it needs, which sources provide that, and what it finds. */
import { maps } from "./conform/index.ts";
import { buildPlans } from "./detect/correlate/plans.ts";
import type { Logsource, SigmaCorrelation, SigmaDocument, SigmaRule } from "./detect/sigma/index.ts";
import { fieldsOf } from "./detect/sigma/needs.ts";
import { References } from "./detect/sigma/references.ts";
import { homeOf, provides } from "./detect/sigma/taxonomy.ts";

/** One rule as `-o json` and `-o ndjson` print it. */
export interface ListedRule {
  readonly id: string;
  readonly title: string;
  /** `event`, or the type of a correlation. */
  readonly kind: string;
  readonly level: string;
  readonly alerts: boolean;
  readonly behaviours: readonly string[];
  readonly analytics: readonly string[];
  readonly attack: readonly string[];
  /** `product/category/service`, parts that are not stated left out; empty for a correlation. */
  readonly logsource: string;
  /** Fields it reads, and where each is looked up: a context field, paths of OCSF, or the source's own record. */
  readonly fields: readonly { readonly field: string; readonly home: string }[];
  /** A correlation: ids of the rules it reads. */
  readonly rules: readonly string[];
  /** Source maps that can deliver its log source; for a correlation, those of all its rules. */
  readonly sources: readonly string[];
  /** false: no source map delivers the log source of the rule, or of one of the correlation's rules. */
  readonly provided: boolean;
  readonly file: string;
}

export function describeRules(documents: readonly SigmaDocument[]): ListedRule[] {
  const { plans } = buildPlans(documents);
  const references = new References(documents);
  const concluding = new Map(
    [...plans.values()].flatMap(({ conclusion }) => (conclusion === null ? [] : [[conclusion.rule, conclusion]])),
  );
  const known = new Map<string, readonly string[]>();
  const sourcesOf = ({ category, product, service }: Logsource): readonly string[] => {
    const key = JSON.stringify([category, product, service]);
    let sources = known.get(key);
    if (sources === undefined) {
      const logsource = { category, product, service, definition: null };
      known.set(key, (sources = maps.flatMap(({ id }) => (provides(logsource, id) ? [id] : []))));
    }
    return sources;
  };
  return documents.flatMap((document) => {
    if (document.kind === "filter") return [];
    const conclusion = concluding.get(document.id);
    const events = eventRules(document, references);
    const delivered = events.map(({ logsource }) => sourcesOf(logsource));
    return [
      {
        id: document.id,
        title: document.title,
        kind: document.kind === "rule" ? "event" : document.type,
        level: document.level ?? "medium",
        alerts: conclusion !== undefined,
        behaviours: conclusion?.behaviours ?? [],
        analytics: conclusion?.analytics ?? [],
        attack: conclusion?.attack ?? [],
        logsource: document.kind === "rule" ? nameOf(document.logsource) : "",
        fields: fieldsOf(document).map((field) => ({ field, home: homeFor(field, document) })),
        rules: document.kind === "rule" ? [] : events.map(({ id }) => id),
        sources: [...new Set(delivered.flat())].toSorted(),
        provided: delivered.every(({ length }) => length > 0),
        file: document.place.file,
      },
    ];
  });
}

/** Fields of correlations are read from whatever their rules read. */
function homeFor(field: string, document: SigmaRule | SigmaCorrelation): string {
  if (document.kind === "rule") return homeOf(document.logsource, field);
  return field.startsWith("context.") ? "context" : "rules";
}

/** The event rules a document stands on: itself, or those below a correlation. */
function eventRules(document: SigmaRule | SigmaCorrelation, references: References): SigmaRule[] {
  const found = new Set<SigmaRule>();
  const seen = new Set<SigmaDocument>();
  const open: SigmaDocument[] = [document];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.kind === "rule") found.add(next);
    else if (next.kind === "correlation")
      open.push(...next.rules.flatMap(({ reference }) => references.find(reference) ?? []).toReversed());
  }
  return [...found];
}

function nameOf({ product, category, service }: Logsource): string {
  return [product, category, service].filter((part) => part !== null).join("/");
}
