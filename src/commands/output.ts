/** Records -> ndjson, CSV, SARIF. */
import type { Incident } from "../model/incident.ts";

/**
 * One CSV cell, RFC 4180 quoted. A cell that a spreadsheet would run as a formula gets an apostrophe before it.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvCell(value: unknown): string {
  const raw =
    value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  const text = typeof value === "number" ? raw : /^[=+\-@\t\r\0\n]/.test(raw) ? `'${raw}` : raw;
  return /[",\r\n\0]/.test(text) ? `"${text.replaceAll("\0", "").replaceAll('"', '""')}"` : text;
}

export function csvRow(values: readonly unknown[]): string {
  return `${values.map(csvCell).join(",")}\r\n`;
}

const CSV_COLUMNS = [
  "uid",
  "severity",
  "risk_score",
  "title",
  "first_time",
  "last_time",
  "actors",
  "hosts",
  "addresses",
  "destinations",
  "bytes_out",
  "behaviours",
  "analytics",
  "attack",
] as const;

export function incidentsAsCsv(incidents: readonly Incident[]): string {
  const time = (ms: number): string => new Date(ms).toISOString();
  const rows = incidents.map((incident) =>
    csvRow(
      CSV_COLUMNS.map((name) => {
        if (name === "first_time" || name === "last_time") return time(incident[name]);
        const value = incident[name];
        return Array.isArray(value) ? value.join(" ") : value;
      }),
    ),
  );
  return csvRow(CSV_COLUMNS) + rows.join("");
}

const LEVELS = { informational: "note", low: "note", medium: "warning", high: "error", critical: "error" } as const;

/** @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
export function incidentsAsSarif(incidents: readonly Incident[], version: string): string {
  const rules = new Map(incidents.flatMap(({ findings }) => findings.map(({ rule, title }) => [rule, title] as const)));
  const ids = [...rules.keys()].toSorted();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "sallyport",
            version,
            rules: ids.map((id) => ({ id, shortDescription: { text: rules.get(id) ?? id } })),
          },
        },
        results: incidents.map((incident) => {
          const ruleId =
            incident.reasons[0] === undefined
              ? ""
              : (incident.findings.find(({ uid }) => uid === incident.reasons[0]?.finding)?.rule ?? "");
          return {
            ruleId,
            ruleIndex: ids.indexOf(ruleId),
            level: LEVELS[incident.severity],
            message: {
              text: [incident.title, ...incident.reasons.map(({ text, points }) => `+${points} ${text}`)].join("\n"),
            },
            partialFingerprints: { incidentUid: incident.uid },
            locations: [
              {
                logicalLocations: incident.destinations
                  .slice(0, 20)
                  .map((name) => ({ fullyQualifiedName: name, kind: "resource" })),
              },
            ],
            properties: {
              risk_score: incident.risk_score,
              behaviours: incident.behaviours,
              attack: incident.attack,
              actors: incident.actors,
              first_time: incident.first_time,
              last_time: incident.last_time,
            },
          };
        }),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
