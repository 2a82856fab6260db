/** `rule list`: every rule with what it needs and what it finds. */
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { printable, printableCut } from "../model/printable.ts";
import { parseRuleFiles } from "../pipeline/detect/detector.ts";
import { buildPlans } from "../pipeline/detect/correlate/plans.ts";
import type { OutputFormat } from "./emit.ts";
import { EXIT } from "./exit-codes.ts";
import { csvRow } from "./output.ts";
import type { Terminal } from "./terminal.ts";

export async function listRules(
  terminal: Terminal,
  paths: readonly string[],
  { output }: { output: OutputFormat },
): Promise<number> {
  const documents = parseRuleFiles([...loadRules([DETECTIONS]), ...loadRules(paths)]);
  const { plans } = buildPlans(documents);
  const concluding = new Map(
    [...plans.values()].flatMap(({ conclusion, ...plan }) =>
      conclusion === null ? [] : [[conclusion.rule, { ...plan, conclusion }] as const],
    ),
  );
  const rows = documents.flatMap((document) => {
    if (document.kind === "filter") return [];
    const plan = concluding.get(document.id);
    return [
      {
        id: document.id,
        title: document.title,
        kind: document.kind === "rule" ? "event" : document.type,
        level: document.level ?? "medium",
        alerts: plan !== undefined,
        behaviours: plan?.conclusion.behaviours ?? [],
        attack: plan?.conclusion.attack ?? [],
        logsource:
          document.kind === "rule"
            ? [document.logsource.product, document.logsource.category, document.logsource.service]
                .filter((part) => part !== null)
                .join("/")
            : "",
        file: document.place.file,
      },
    ];
  });
  if (output === "ndjson") for (const row of rows) await terminal.write(`${JSON.stringify(row)}\n`);
  else if (output === "csv") {
    await terminal.write(csvRow(Object.keys(rows[0] ?? { id: "" })));
    for (const row of rows)
      await terminal.write(csvRow(Object.values(row).map((value) => (Array.isArray(value) ? value.join(" ") : value))));
  } else {
    for (const { id, title, kind, level, alerts, behaviours } of rows) {
      const label = alerts ? terminal.paint.strong(level.padEnd(13)) : terminal.paint.faint("base         ");
      terminal.line(
        `${printableCut(id, 36).padEnd(36)}  ${label}  ${kind.padEnd(16)}  ${printable(title)}${behaviours.length === 0 ? "" : terminal.paint.faint(`  ${behaviours.join(", ")}`)}`,
      );
    }
    terminal.note(`${rows.length} rules, ${rows.filter(({ alerts }) => alerts).length} of them alert`);
  }
  return EXIT.done;
}
