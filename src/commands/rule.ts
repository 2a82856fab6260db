/** `rule list`: every rule with what it needs, which sources provide that, and what it finds. */
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { printable, printableCut } from "../model/printable.ts";
import { maps } from "../pipeline/conform/index.ts";
import { buildPlans } from "../pipeline/detect/correlate/plans.ts";
import { parseRuleFiles } from "../pipeline/detect/detector.ts";
import type { Logsource, SigmaCorrelation, SigmaDocument, SigmaRule } from "../pipeline/detect/sigma/index.ts";
import { fieldsOf } from "../pipeline/detect/sigma/needs.ts";
import { References } from "../pipeline/detect/sigma/references.ts";
import { homeOf, provides } from "../pipeline/detect/sigma/taxonomy.ts";
import { EXIT } from "./exit-codes.ts";
import { csvRow } from "./output.ts";
import type { Terminal } from "./terminal.ts";

export type ListFormat = "table" | "json" | "ndjson" | "csv";

/** One rule as `-o json` and `-o ndjson` print it. */
interface ListedRule {
  readonly id: string;
  readonly title: string;
  /** `event`, or the type of a correlation. */
  readonly kind: string;
  readonly level: string;
  readonly alerts: boolean;
  readonly behaviours: readonly string[];
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

/** @returns the exit code */
export async function listRules(
  terminal: Terminal,
  paths: readonly string[],
  { output }: { output: ListFormat },
): Promise<number> {
  const rules = describeRules(parseRuleFiles([...loadRules([DETECTIONS]), ...loadRules(paths)]));
  switch (output) {
    case "json":
      await terminal.write(`${JSON.stringify(rules, null, 2)}\n`);
      break;
    case "ndjson":
      for (const rule of rules) await terminal.write(`${JSON.stringify(rule)}\n`);
      break;
    case "csv":
      await terminal.write(csvRow(Object.keys(rules[0] ?? { id: "" })));
      for (const { fields, ...rule } of rules)
        await terminal.write(
          csvRow(
            Object.values({ ...rule, fields: fields.map(({ field }) => field) }).map((value) =>
              Array.isArray(value) ? value.join(" ") : value,
            ),
          ),
        );
      break;
    case "table":
      for (const rule of rules) show(terminal, rule);
  }
  const missing = rules.filter(({ provided }) => !provided).length;
  terminal.note(
    `${rules.length} rules, ${rules.filter(({ alerts }) => alerts).length} of them alert${missing === 0 ? "" : `, ${missing} no source provides for`}`,
  );
  return EXIT.done;
}

function describeRules(documents: readonly SigmaDocument[]): ListedRule[] {
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

const SHOWN = 6;

function show(terminal: Terminal, rule: ListedRule): void {
  const { id, title, kind, level, alerts, behaviours, logsource, fields, rules, sources, provided } = rule;
  const { paint } = terminal;
  const label = alerts ? paint.strong(level.padEnd(13)) : paint.faint("base         ");
  terminal.line(
    `${printableCut(id, 36).padEnd(36)}  ${label}  ${kind.padEnd(16)}  ${printable(title)}${behaviours.length === 0 ? "" : paint.faint(`  ${behaviours.join(", ")}`)}`,
  );
  const needs = [
    logsource === "" ? `${rules.length} ${rules.length === 1 ? "rule" : "rules"}` : logsource,
    ...(fields.length === 0 ? [] : [few(fields.map(({ field }) => field))]),
  ].join(": ");
  terminal.line(`  ${paint.faint(`needs ${printableCut(needs, 200)}`)}`);
  terminal.line(
    `  ${provided ? paint.faint(`provided by ${sources.length === maps.length ? "every source" : few(sources)}`) : paint.warn("no source provides this log source")}`,
  );
}

function few(names: readonly string[]): string {
  return names.length <= SHOWN
    ? names.join(", ")
    : `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;
}
