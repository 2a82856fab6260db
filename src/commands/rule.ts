/** `rule list`: every rule with what it needs, which sources provide that, and what it finds. */
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { printable, printableCut } from "../model/printable.ts";
import { maps } from "../pipeline/conform/index.ts";
import { parseRuleFiles } from "../pipeline/detect/detector.ts";
import { describeRules, type ListedRule } from "../pipeline/rule-catalogue.ts";
import { EXIT } from "./exit-codes.ts";
import { csvRow } from "./output.ts";
import type { Terminal } from "./terminal.ts";

export type ListFormat = "table" | "json" | "ndjson" | "csv";

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
