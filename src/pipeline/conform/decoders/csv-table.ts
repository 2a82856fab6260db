/** Rows of a CSV file below their header row -> objects by the header's names, for exports that hold what an API's JSON does. */
import type { JsonObject } from "../../../model/activity.ts";
import { splitCsv } from "./csv.ts";

/** The names of a header row; undefined unless all the wanted are among them. */
export function csvHeader(line: string, wanted: readonly string[]): readonly string[] | undefined {
  // asked of every line there is: a header row has neither digits nor blanks to begin with
  if (line.length > 8192 || !/^\uFEFF?"?[A-Za-z]/.test(line) || !wanted.every((name) => line.includes(name)))
    return undefined;
  const names = splitCsv(line.replace(/^\uFEFF/, "").trimEnd()).map((name) => name.trim());
  return wanted.every((name) => names.includes(name)) ? names : undefined;
}

/**
 * Cells that are empty are absent. `__proto__` sets nothing.
 *
 * @returns null where the row has another number of cells than the header
 * @throws {MalformedInputError} on more than 512 columns
 */
export function csvRow(line: string, names: readonly string[]): JsonObject | null {
  const cells = splitCsv(line.trimEnd());
  if (cells.length !== names.length) return null;
  const row = Object.create(null) as Record<string, unknown>;
  for (let at = 0; at < names.length; at += 1) if (cells[at] !== "") row[names[at]!] = cells[at];
  return row as JsonObject;
}
