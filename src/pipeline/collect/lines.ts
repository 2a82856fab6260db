/**
 * The bytes of a chunk -> its lines as strings. Pure; runs inside the worker threads.
 *
 * Lines end in \n or \r\n. A chunk that is clean as a whole, which most are, is checked once; otherwise each line is checked
 * on its own, so that one bad line costs one line.
 */
import { isUtf8 } from "node:buffer";
import { excerptOf } from "./excerpt.ts";

export const INVALID_UTF8 = "invalid UTF-8";
export const NUL_BYTE = "NUL byte in a line of text";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Hands over every line of the chunk, in order, without its line end and without a byte-order mark. `index` counts the lines
 * of the chunk from 0, empty ones included, though these are not handed over.
 *
 * @returns how many lines the chunk has, so that the caller can go on counting
 */
export function readLines(
  bytes: Uint8Array,
  onLine: (line: string, index: number) => void,
  onRejected: (index: number, reason: string, excerpt: string) => void,
): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const clean = isUtf8(buffer) && buffer.indexOf(0) === -1;
  let index = 0;

  for (let start = 0; start < buffer.length; index++) {
    const newline = buffer.indexOf(NEWLINE, start);
    const next = newline === -1 ? buffer.length : newline + 1;
    let end = newline === -1 ? buffer.length : newline;
    if (end > start && buffer[end - 1] === CARRIAGE_RETURN) end--;
    if (buffer[start] === 0xef && buffer[start + 1] === 0xbb && buffer[start + 2] === 0xbf) start += 3;

    if (end > start) {
      if (clean) onLine(buffer.toString("utf8", start, end), index);
      else readDoubtfulLine(buffer.subarray(start, end), index, onLine, onRejected);
    }
    start = next;
  }
  return index;
}

function readDoubtfulLine(
  line: Buffer,
  index: number,
  onLine: (line: string, index: number) => void,
  onRejected: (index: number, reason: string, excerpt: string) => void,
): void {
  if (line.indexOf(0) !== -1) onRejected(index, NUL_BYTE, excerptOf(line));
  else if (!isUtf8(line)) onRejected(index, INVALID_UTF8, excerptOf(line));
  else onLine(line.toString("utf8"), index);
}
