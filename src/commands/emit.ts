/** What `scan` prints on standard output. */
import type { Catalogue } from "../model/catalogue.ts";
import type { Incident, Match } from "../model/incident.ts";
import { UsageError } from "../model/errors.ts";
import type { Policy } from "../model/policy.ts";
import { printableCut } from "../model/printable.ts";
import { readActivities } from "../pipeline/activities.ts";
import { toDetectionFinding } from "../pipeline/detect/detection-finding.ts";
import { MATCH_COLUMNS } from "../pipeline/persist/columns.ts";
import { readFindings } from "../pipeline/persist/findings.ts";
import type { Store } from "../pipeline/persist/store.ts";
import { csvRow, incidentsAsCsv, incidentsAsSarif } from "./output.ts";
import { formatTime, showIncident } from "./show-incident.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

export type OutputFormat = "table" | "ndjson" | "csv" | "sarif";

interface TimeRange {
  readonly from: number;
  readonly until: number;
}

export async function emitIncidents(
  terminal: Terminal,
  incidents: readonly Incident[],
  output: OutputFormat,
): Promise<void> {
  switch (output) {
    case "ndjson":
      for (const incident of incidents) await terminal.write(`${JSON.stringify(incident)}\n`);
      return;
    case "csv":
      return terminal.write(incidentsAsCsv(incidents));
    case "sarif":
      return terminal.write(incidentsAsSarif(incidents, VERSION));
    case "table":
      if (incidents.length === 0) terminal.line("No incidents.");
      incidents.forEach((incident, index) => {
        if (index > 0) terminal.line();
        showIncident(terminal, incident);
      });
  }
}

export async function emitFindings(
  terminal: Terminal,
  store: Store,
  range: TimeRange | null,
  output: OutputFormat,
): Promise<void> {
  const findings = range === null ? [] : await readFindings(store, range);
  await emitRows(
    terminal,
    output,
    findings.map((finding) => ({
      record: toDetectionFinding(finding),
      cells: [formatTime(finding.time), finding.severity, finding.rule, finding.reason, finding.destinations.join(" ")],
    })),
    ["time", "severity", "rule", "reason", "destinations"],
  );
}

const MATCH_HEADER = ["time", "rule", "actor", "host", "destination", "activity"];

export async function emitMatches(
  terminal: Terminal,
  store: Store,
  range: TimeRange | null,
  output: OutputFormat,
): Promise<void> {
  if (range === null) return emitRows(terminal, output, [], []);
  const batches = store.stream<
    Record<string, unknown> & {
      time: string;
      rule: string;
      actor: string;
      host: string;
      destination: string;
      activity_uid: string;
    }
  >(
    `SELECT rule, toUnixTimestamp64Milli(at) AS time, * EXCEPT (rule, at)
     FROM (
       SELECT ${MATCH_COLUMNS.map(({ name }) => (name === "time" ? "time AS at" : name)).join(", ")} FROM match FINAL
       WHERE time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
     )
     ORDER BY at, rule, activity_uid
     SETTINGS output_format_json_quote_64bit_integers = 0`,
    { from: Math.floor(range.from), until: Math.ceil(range.until) },
  );
  let first = true;
  for await (const batch of batches) {
    await emitRows(
      terminal,
      output,
      batch.map((record) => ({
        record,
        cells: [
          formatTime(Number(record.time)),
          record.rule,
          record.actor,
          record.host,
          record.destination,
          record.activity_uid,
        ],
      })),
      first ? MATCH_HEADER : [],
    );
    first = false;
  }
}

/** Matches that are not in the store, in the form of `emitMatches`. @param header whether a form with a header line begins here */
export async function emitMatchRows(
  terminal: Terminal,
  output: OutputFormat,
  matches: readonly Match[],
  header: boolean,
): Promise<void> {
  await emitRows(
    terminal,
    output,
    matches.map((match) => ({
      record: match,
      cells: [formatTime(match.time), match.rule, match.actor, match.host, match.destination, match.activity_uid],
    })),
    header ? MATCH_HEADER : [],
  );
}

export async function emitActivities(
  terminal: Terminal,
  store: Store,
  range: TimeRange | null,
  content: { catalogue: Catalogue; policy: Policy | null },
  output: OutputFormat,
): Promise<void> {
  if (range === null) return;
  let first = true;
  for await (const batch of readActivities(store, range, content)) {
    await emitRows(
      terminal,
      output,
      batch.map((event) => ({
        record: event,
        cells: [
          formatTime(event.time),
          event.class_name,
          event.activity_name,
          event.metadata.product.name,
          event.raw_data,
        ],
      })),
      first ? ["time", "class", "activity", "product", "raw_data"] : [],
    );
    first = false;
  }
}

async function emitRows(
  terminal: Terminal,
  output: OutputFormat,
  rows: readonly { record: unknown; cells: readonly unknown[] }[],
  header: readonly string[],
): Promise<void> {
  switch (output) {
    case "ndjson":
      if (rows.length > 0) await terminal.write(rows.map(({ record }) => `${JSON.stringify(record)}\n`).join(""));
      return;
    case "csv":
      return terminal.write(
        (header.length > 0 ? csvRow(header) : "") + rows.map(({ cells }) => csvRow(cells)).join(""),
      );
    case "sarif":
      throw new UsageError("-o sarif is for incidents; use ndjson or csv");
    case "table":
      for (const { cells } of rows)
        terminal.line(
          printableCut(cells.filter((cell) => cell !== "" && cell !== undefined).join("  "), terminal.width),
        );
  }
}
