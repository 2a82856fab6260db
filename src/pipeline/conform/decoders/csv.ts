/**
 * One line of delimited text -> its columns.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
import { MalformedInputError } from "../../../model/errors.ts";

/** No log of a security product has more; PAN-OS, the widest, has 117. */
const MAX_COLUMNS = 512;

const QUOTE = 0x22;

/**
 * The columns of a line without its line end. A column that begins with `"` ends at the next single `"`; a doubled one
 * inside stands for itself, and what follows the closing quote belongs to the column. Quotes further inside a column
 * are text. Without a closing quote (a line cut off by syslog) the column reaches to the end of the line.
 *
 * @param delimiter one character
 * @throws {MalformedInputError} on more than 512 columns
 */
export function splitCsv(line: string, delimiter = ","): string[] {
  const columns: string[] = [];
  // No quote right behind a delimiter means that nothing is quoted; most lines are such.
  const quoted = line.charCodeAt(0) === QUOTE || line.includes(`${delimiter}"`);
  let at = 0;
  for (;;) {
    if (columns.length === MAX_COLUMNS) throw new MalformedInputError(`more than ${MAX_COLUMNS} columns`);
    if (quoted && line.charCodeAt(at) === QUOTE) {
      const { value, end } = readQuoted(line, at + 1);
      const next = line.indexOf(delimiter, end);
      columns.push(
        next === end || end >= line.length ? value : value + line.slice(end, next === -1 ? undefined : next),
      );
      if (next === -1) return columns;
      at = next + 1;
      continue;
    }
    const next = line.indexOf(delimiter, at);
    if (next === -1) {
      columns.push(at === 0 ? line : line.slice(at));
      return columns;
    }
    columns.push(line.slice(at, next));
    at = next + 1;
  }
}

/** The value that begins behind an opening quote, and the place behind its closing one. */
function readQuoted(line: string, from: number): { value: string; end: number } {
  let value = "";
  let at = from;
  for (;;) {
    const quote = line.indexOf('"', at);
    if (quote === -1) return { value: value + line.slice(at), end: line.length };
    value += line.slice(at, quote);
    if (line.charCodeAt(quote + 1) !== QUOTE) return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}
