/** Lists as JSON, CSV and NDJSON. */
import type { Page } from "./contract.ts";

export type ListFormat = "json" | "csv" | "ndjson";

export const MEDIA_TYPES: Readonly<Record<ListFormat, string>> = {
  json: "application/json; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
  ndjson: "application/x-ndjson; charset=utf-8",
};

/** What an Accept header asks for; JSON where it names none of the others first. */
export function formatOf(accept: string | undefined): ListFormat {
  for (const part of (accept ?? "").slice(0, 500).split(",")) {
    const type = part.split(";", 1)[0]?.trim().toLowerCase();
    if (type === "text/csv") return "csv";
    if (type === "application/x-ndjson" || type === "application/ndjson") return "ndjson";
    if (type === "application/json") return "json";
  }
  return "json";
}

export function renderList(page: Page<object>, format: ListFormat, columns: readonly string[]): string {
  if (format === "json") return JSON.stringify(page);
  if (format === "ndjson") return page.items.map((item) => `${JSON.stringify(item)}\n`).join("");
  return [columns, ...page.items.map((item) => columns.map((name) => cellValue(name, item)))].map(csvRow).join("");
}

/** Rows of a table whose columns are known with the answer only. */
export function renderTable(
  {
    columns,
    rows,
  }: { readonly columns: readonly { readonly name: string }[]; readonly rows: readonly (readonly unknown[])[] },
  format: "csv" | "ndjson",
): string {
  const names = columns.map(({ name }) => name);
  if (format === "csv") return [names, ...rows].map(csvRow).join("");
  return rows
    .map(
      (row) => `{${names.map((name, at) => `${JSON.stringify(name)}:${JSON.stringify(row[at] ?? null)}`).join(",")}}\n`,
    )
    .join("");
}

function cellValue(name: string, item: object): unknown {
  const value: unknown = Object.hasOwn(item, name) ? (item as Record<string, unknown>)[name] : null;
  if (typeof value === "number" && (name === "time" || name.endsWith("_time"))) return new Date(value).toISOString();
  return Array.isArray(value) ? value.map(String).join(" ") : value;
}

function csvRow(values: readonly unknown[]): string {
  return `${values.map(csvCell).join(",")}\r\n`;
}

/**
 * One cell, RFC 4180 quoted. A cell that a spreadsheet would run as a formula gets an apostrophe before it.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const raw = typeof value === "string" ? value : JSON.stringify(value);
  const text = /^[\s\0]*[=+\-@\t\r\0\n\uff0b\uff0d\uff1d\uff20]/.test(raw.slice(0, 100)) ? `'${raw}` : raw;
  return /[",\r\n\0]/.test(text) ? `"${text.replaceAll("\0", "").replaceAll('"', '""')}"` : text;
}
