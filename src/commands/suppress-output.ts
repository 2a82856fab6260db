/** Suppressions and their previews as table, JSON, NDJSON, CSV. */
import type { Severity } from "../model/incident.ts";
import { printable, printableCut } from "../model/printable.ts";
import { describeScope, type SuppressionScope, type SuppressionSpan } from "../model/suppression.ts";
import type { ListedSuppression } from "../pipeline/suppressing.ts";
import type { PreviewedIncident, SeverityCounts, SuppressionPreview } from "../pipeline/suppression-preview.ts";
import { csvRow } from "./output.ts";
import { formatTime, paintSeverity } from "./show-incident.ts";
import type { Terminal } from "./terminal.ts";

export type SuppressFormat = "table" | "json" | "ndjson" | "csv";

/** The worst first. */
const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low", "informational"];
const SHOWN = 50;

export async function emitSuppressions(
  terminal: Terminal,
  rows: readonly ListedSuppression[],
  output: SuppressFormat,
): Promise<void> {
  switch (output) {
    case "json":
      return terminal.write(`${JSON.stringify(rows, null, 2)}\n`);
    case "ndjson":
      for (const row of rows) await terminal.write(`${JSON.stringify(row)}\n`);
      return;
    case "csv":
      return terminal.write(
        [LIST_COLUMNS, ...rows.map((row) => LIST_COLUMNS.map((name) => cell(name, row)))].map(csvRow).join(""),
      );
    case "table":
      if (rows.length === 0) terminal.line("No suppressions.");
      for (const row of rows) showSuppression(terminal, row);
  }
}

const LIST_COLUMNS = [
  "uid",
  "state",
  "kind",
  "rule",
  "user",
  "host",
  "address",
  "destination",
  "reason",
  "owner",
  "created",
  "from",
  "until",
  "ended_time",
  "ended_by",
  "findings",
  "finding_severities",
  "last_time",
] as const satisfies readonly (keyof ListedSuppression)[];

function cell(name: (typeof LIST_COLUMNS)[number], row: ListedSuppression): unknown {
  const value = row[name];
  if (name === "finding_severities") return severities(row.finding_severities);
  return typeof value === "number" && name !== "findings" ? new Date(value).toISOString() : value;
}

export function showSuppression(terminal: Terminal, row: ListedSuppression): void {
  const { paint } = terminal;
  const state = row.state === "active" ? paint.strong("active   ") : paint.faint(row.state.padEnd(9));
  terminal.line(`${row.uid.slice(0, 8)}  ${state}  ${printable(describeScope(row))}`);
  terminal.line(`  ${printable(row.reason)} ${paint.faint(`(${printable(row.owner)})`)}`);
  const span =
    row.from === null ? `until ${formatTime(row.until)}` : `${formatTime(row.from)} to ${formatTime(row.until)}`;
  const ended =
    row.ended_by === null ? "" : `, ${row.state === "withdrawn" ? "withdrawn" : "ended"} by ${printable(row.ended_by)}`;
  terminal.line(
    `  ${paint.faint(`${span}${ended}`)}  hides ${plural(row.findings, "finding")}${row.findings === 0 ? "" : `: ${painted(terminal, row.finding_severities)}`}`,
  );
}

/** The whole of a preview. JSON holds all; NDJSON and CSV a row an incident, and the counts on standard error. */
export async function emitPreview(
  terminal: Terminal,
  scope: SuppressionScope,
  span: SuppressionSpan,
  preview: SuppressionPreview,
  output: SuppressFormat,
): Promise<void> {
  switch (output) {
    case "json":
      return terminal.write(`${JSON.stringify({ scope, ...span, ...preview }, null, 2)}\n`);
    case "ndjson":
      for (const incident of preview.incidents) await terminal.write(`${JSON.stringify(incident)}\n`);
      return tellPreview(terminal, preview, "would hide");
    case "csv":
      await terminal.write(
        [
          PREVIEW_COLUMNS,
          ...preview.incidents.map((incident) => PREVIEW_COLUMNS.map((name) => previewCell(name, incident))),
        ]
          .map(csvRow)
          .join(""),
      );
      return tellPreview(terminal, preview, "would hide");
    case "table":
      showPreview(terminal, scope, span, preview);
  }
}

const PREVIEW_COLUMNS = [
  "uid",
  "effect",
  "severity",
  "risk_score",
  "new_severity",
  "new_risk_score",
  "title",
  "new_title",
  "findings",
  "covered",
  "first_time",
  "last_time",
  "state",
  "disposition",
] as const satisfies readonly (keyof PreviewedIncident)[];

function previewCell(name: (typeof PREVIEW_COLUMNS)[number], incident: PreviewedIncident): unknown {
  return name === "first_time" || name === "last_time" ? new Date(incident[name]).toISOString() : incident[name];
}

function showPreview(
  terminal: Terminal,
  scope: SuppressionScope,
  span: SuppressionSpan,
  preview: SuppressionPreview,
): void {
  const { paint } = terminal;
  const { findings, finding_severities, covered_already, vanishing, vanishing_severities, dropping, incidents } =
    preview;
  terminal.line(`${paint.strong(printable(describeScope(scope)))}, until ${formatTime(span.until)}`);
  terminal.line(
    `  would hide ${plural(findings, "finding")}${findings === 0 ? "" : `: ${painted(terminal, finding_severities)}`}${covered_already === 0 ? "" : paint.faint(` (${covered_already} more are hidden already)`)}`,
  );
  if (preview.first_time !== null && preview.last_time !== null)
    terminal.line(paint.faint(`  from ${formatTime(preview.first_time)} to ${formatTime(preview.last_time)}`));
  terminal.line(
    `  ${plural(vanishing, "incident")} would vanish${vanishing === 0 ? "" : `: ${painted(terminal, vanishing_severities)}`}`,
  );
  list(
    terminal,
    incidents.filter(({ effect }) => effect === "vanishes"),
  );
  terminal.line(`  ${plural(dropping, "incident")} would drop`);
  list(
    terminal,
    incidents.filter(({ effect }) => effect === "drops"),
  );
  if (preview.confirmed > 0)
    terminal.line(paint.bad(`  ${preview.confirmed} of them were confirmed by people: narrow it`));
}

function list(terminal: Terminal, incidents: readonly PreviewedIncident[]): void {
  const { paint } = terminal;
  for (const incident of incidents.slice(0, SHOWN)) {
    const left = incident.new_risk_score === null ? "" : ` → ${incident.new_risk_score} ${incident.new_severity}`;
    const judged = incident.disposition === null ? "" : paint.faint(` [${incident.disposition}]`);
    terminal.line(
      `    ${incident.uid.slice(0, 8)}  ${coloured(terminal, incident.severity, `${incident.risk_score} ${incident.severity}`)}${left}  ${printableCut(incident.title, 160)}${judged}`,
    );
  }
  if (incidents.length > SHOWN) terminal.line(paint.faint(`    and ${incidents.length - SHOWN} more: -o ndjson`));
}

/** The counts in one line on standard error; what is critical stands out. */
export function tellPreview(terminal: Terminal, preview: SuppressionPreview, hides: string): void {
  const { findings, finding_severities, vanishing, vanishing_severities, dropping, confirmed } = preview;
  terminal.note(
    `${hides} ${plural(findings, "finding")}${findings === 0 ? "" : ` (${severities(finding_severities)})`}: ${plural(vanishing, "incident")} gone${vanishing === 0 ? "" : ` (${severities(vanishing_severities)})`}, ${dropping} lower`,
  );
  if (vanishing_severities.critical > 0)
    terminal.note(terminal.notePaint.bad(`${plural(vanishing_severities.critical, "critical incident")} among them`));
  if (confirmed > 0) terminal.note(terminal.notePaint.bad(`${confirmed} of them were confirmed by people`));
}

const plural = (n: number, noun: string): string => `${n} ${n === 1 ? noun : `${noun}s`}`;

function severities(counts: SeverityCounts): string {
  return SEVERITIES.flatMap((severity) => (counts[severity] === 0 ? [] : [`${counts[severity]} ${severity}`])).join(
    ", ",
  );
}

function painted(terminal: Terminal, counts: SeverityCounts): string {
  return SEVERITIES.flatMap((severity) =>
    counts[severity] === 0 ? [] : [coloured(terminal, severity, `${counts[severity]} ${severity}`)],
  ).join(", ");
}

function coloured({ paint }: Terminal, severity: Severity, text: string): string {
  return paintSeverity(paint, severity)(text);
}
