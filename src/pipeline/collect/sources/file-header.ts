/**
 * Headers of log files: the lines that tell the columns. A reader that begins in the middle of a file needs them first, so what is
 * remembered of a file includes where its last header lies.
 */
import type { FileHandle } from "node:fs/promises";
import { type FilePosition, readAt } from "./file-identity.ts";

const HASH = 0x23;
const NEWLINE = 0x0a;
const MAX_HEADER_BYTES = 1 << 16;
const LINE_THEN_HASH = Buffer.from("\n#");

/**
 * The place of the last run of lines that begin with `#`, after `bytes` (whole lines) were read at `offset`.
 * Zeek's `#close` is no header.
 */
export function lastHeader(bytes: Buffer, offset: number, before: FilePosition["header"]): FilePosition["header"] {
  let last = bytes.lastIndexOf(LINE_THEN_HASH) + 1;
  if (last === 0 && bytes[0] !== HASH) return before;
  const until = bytes.indexOf(NEWLINE, last) + 1;
  if (last === 0 || bytes.subarray(last, until).toString("latin1").startsWith("#close")) {
    if (bytes[last] !== HASH || bytes.subarray(last, last + 6).toString("latin1") === "#close") return before;
  }
  while (last > 0) {
    const previous = bytes.lastIndexOf(NEWLINE, last - 2) + 1;
    if (bytes[previous] !== HASH) break;
    last = previous;
  }
  const from = offset + last;
  // A header may lie in two stretches.
  if (last === 0 && before !== null && before[1] === offset) return [before[0], offset + until];
  return [from, offset + until];
}

/** The header that holds where a file is read on, as lines; null when there is none. */
export async function readHeader(handle: FileHandle, { header, offset }: FilePosition): Promise<Buffer | null> {
  if (header !== null) {
    const [from, until] = header;
    if (until <= from || until > offset || until - from > MAX_HEADER_BYTES) return null;
    return readAt(handle, from, until - from);
  }
  const start = await readAt(handle, 0, Math.min(offset, MAX_HEADER_BYTES));
  const end = start.indexOf(NEWLINE) + 1;
  const line = start.subarray(0, end);
  return isColumnNames(line.toString("latin1").trim()) ? line : null;
}

/** A row of at least four names and nothing that looks like a value: `Receive Time,Serial #,Type,…`. */
function isColumnNames(line: string): boolean {
  for (const delimiter of [",", "\t", ";", "|"]) {
    const names = line.split(delimiter);
    if (names.length >= 4 && names.every((name) => /^"?[A-Za-z_@][\w .()/#@:-]{0,63}"?$/.test(name.trim()))) {
      // Values of a row are rarely all free of figures; names of columns mostly are.
      return names.filter((name) => /\d/.test(name)).length * 4 <= names.length;
    }
  }
  return false;
}
