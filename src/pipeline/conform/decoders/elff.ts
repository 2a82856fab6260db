/**
 * W3C Extended Log File Format: `#Fields:` names the columns of the lines below it. Blue Coat and IIS part them with
 * blanks, Microsoft's older proxies with tabs.
 *
 * @see https://www.w3.org/TR/WD-logfile.html
 */
import { MalformedInputError } from "../../../model/errors.ts";

const MAX_COLUMNS = 512;

const QUOTE = 0x22;
const TAB = 0x09;
const BLANK = 0x20;

/** The names of a `#Fields:` line, as written (`cs(User-Agent)`, `x-exception-id`); null for any other line. */
export function elffColumns(line: string): readonly string[] | null {
  if (line.charCodeAt(0) !== 0x23 || line.length > 65_536 || !/^#\s?fields:/i.test(line.slice(0, 9))) return null;
  const names = line
    .slice(line.indexOf(":") + 1)
    .split(/\s+/)
    .filter((name) => name !== "");
  return names.length === 0 || names.length > MAX_COLUMNS ? null : names;
}

/**
 * The values of a line, `-` kept. The first blank or tab outside quotes is the delimiter; blanks in a row are one, a tab after
 * a tab is an empty value. A value that begins with `"` ends at the `"` before a delimiter; a doubled one stands for itself.
 *
 * @throws {MalformedInputError} on more than 512 values
 */
export function splitElff(line: string): string[] {
  const values: string[] = [];
  const end = lengthWithoutEnd(line);
  let delimiter = 0;
  let closable = true;
  let at = 0;
  while (at <= end) {
    if (delimiter !== TAB) while (at < end && line.charCodeAt(at) === BLANK) at += 1;
    if (at === end && delimiter !== TAB) break;
    if (values.length === MAX_COLUMNS) throw new MalformedInputError(`more than ${MAX_COLUMNS} columns`);
    let stop = -1;
    if (closable && line.charCodeAt(at) === QUOTE) {
      stop = closingQuote(line, at + 1, end);
      closable = stop !== -1;
    }
    if (stop !== -1) {
      const value = line.slice(at + 1, stop);
      values.push(value.includes('""') ? value.replaceAll('""', '"') : value);
      stop += 1;
    } else {
      stop = at;
      while (stop < end && !isDelimiter(line.charCodeAt(stop), delimiter)) stop += 1;
      values.push(line.slice(at, stop));
    }
    if (delimiter === 0 && stop < end) delimiter = line.charCodeAt(stop);
    at = stop + 1;
  }
  return values;
}

/** A quote that a delimiter or the end follows; a doubled one only where it is no empty value's end. */
function closingQuote(line: string, from: number, end: number): number {
  for (let at = line.indexOf('"', from); at !== -1 && at < end; at = line.indexOf('"', at + 1)) {
    const next = line.charCodeAt(at + 1);
    if (next === QUOTE && at + 1 < end) at += 1;
    else if (at + 1 >= end || next === BLANK || next === TAB) return at;
  }
  return -1;
}

function isDelimiter(code: number, delimiter: number): boolean {
  return delimiter === 0 ? code === BLANK || code === TAB : code === delimiter;
}

/** A carriage return at the end is none of the last value. */
function lengthWithoutEnd(line: string): number {
  let end = line.length;
  while (end > 0 && (line.charCodeAt(end - 1) === 0x0d || line.charCodeAt(end - 1) === 0x0a)) end -= 1;
  return end;
}
