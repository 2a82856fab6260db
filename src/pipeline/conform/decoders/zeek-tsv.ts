/**
 * Zeek's ASCII writer: `#`-lines describe the columns of the rows below them, and may do so anew at any point.
 *
 * @see https://docs.zeek.org/en/master/log-formats.html
 */
import type { Json, JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";

const HEADER = /^#(separator|set_separator|empty_field|unset_field|path|open|close|fields|types)(?=[^A-Za-z_])/;

/** Columns a header may name; Zeek's own logs have at most a few dozen. */
const MAX_COLUMNS = 1_000;

/** The keyword of a header line, or null when the line is none. */
export function zeekHeader(line: string): string | null {
  return line.charCodeAt(0) === 0x23 ? (HEADER.exec(line)?.[1] ?? null) : null;
}

/** The log a `#path` line names (`conn`), or null. */
export function zeekPath(line: string): string | null {
  if (zeekHeader(line) !== "path") return null;
  const path = line.slice("#path".length).replace(/^(?:\\x09|[^A-Za-z0-9_-])+/, "");
  return path === "" ? null : path;
}

/** The columns of one log as far as its header has been read. */
export class ZeekTable {
  #separator = "\t";
  #setSeparator = ",";
  #empty = "(empty)";
  #unset = "-";
  #fields: readonly string[] | null = null;
  #types: readonly string[] = [];
  /** Header lines in force, by keyword. */
  readonly #header = new Map<string, string>();
  #preamble: string | null = null;

  /** The header lines that a row needs to be read again, joined by line ends; empty before the first header. */
  get preamble(): string {
    this.#preamble ??= [...this.#header.values()].join("\n");
    return this.#preamble;
  }

  /** Whether the line can be a row below the header read last. A tab says so; other separators occur in any text. */
  isRow(line: string): boolean {
    const fields = this.#fields;
    if (fields === null || fields.length === 1 || line.charCodeAt(0) === 0x23) return false;
    return this.#separator === "\t" ? line.includes("\t") : line.split(this.#separator).length === fields.length;
  }

  /**
   * The row as an object without prototype: unset fields are absent, sets and vectors are arrays, booleans are booleans,
   * everything else is text. null for a header line.
   * @throws {MalformedInputError} when there is no header yet or the row has another number of columns
   */
  read(line: string): JsonObject | null {
    const keyword = zeekHeader(line);
    if (keyword !== null) {
      this.#readHeader(keyword, line);
      return null;
    }
    if (line.charCodeAt(0) === 0x23) return null;
    const fields = this.#fields;
    if (fields === null) throw new MalformedInputError("Zeek row without a #fields header before it");
    const cells = line.split(this.#separator);
    if (cells.length !== fields.length)
      throw new MalformedInputError(`Zeek row has ${cells.length} columns, its header ${fields.length}`);
    const row: Record<string, Json> = Object.create(null) as Record<string, Json>;
    for (let index = 0; index < cells.length; index += 1) {
      const cell = cells[index]!;
      if (cell !== this.#unset) row[fields[index]!] = this.#value(cell, this.#types[index] ?? "string");
    }
    return row;
  }

  #readHeader(keyword: string, line: string): void {
    if (keyword !== "open" && keyword !== "close") {
      if (keyword === "separator") this.#header.clear();
      this.#header.set(keyword, line);
      this.#preamble = null;
    }
    const rest = line.slice(keyword.length + 1);
    switch (keyword) {
      case "separator":
        this.#separator = unescape(rest.trimStart()) || "\t";
        this.#fields = null;
        return;
      case "set_separator":
        this.#setSeparator = this.#argument(rest) || ",";
        return;
      case "empty_field":
        this.#empty = this.#argument(rest);
        return;
      case "unset_field":
        this.#unset = this.#argument(rest);
        return;
      case "path":
        this.#fields = null;
        return;
      case "fields": {
        const fields = this.#argument(rest).split(this.#separator);
        if (fields.length > MAX_COLUMNS)
          throw new MalformedInputError(`Zeek header names ${fields.length} columns, more than ${MAX_COLUMNS}`);
        this.#fields = fields;
        this.#types = [];
        return;
      }
      case "types":
        this.#types = this.#argument(rest).split(this.#separator);
        return;
    }
  }

  #argument(rest: string): string {
    return rest.startsWith(this.#separator) ? rest.slice(this.#separator.length) : rest.trimStart();
  }

  #value(cell: string, type: string): Json {
    if (type.startsWith("set[") || type.startsWith("vector[")) {
      return cell === this.#empty ? [] : cell.split(this.#setSeparator).map(unescape);
    }
    if (type === "bool") return cell === "T" || cell === "1";
    if (cell === this.#empty) return "";
    return unescape(cell);
  }
}

/** `\x09` -> tab. Bytes beyond ASCII stay as written: alone they are no text. */
function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\x([0-7][0-9A-Fa-f])|\\\\/g, (_whole, hex: string | undefined) =>
    hex === undefined ? "\\" : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
