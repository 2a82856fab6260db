/**
 * Text of lines -> chunks. Reads straight into the buffer of the next chunk; only the beginning of the line that a buffer ends in
 * is copied, into the buffer after it.
 */
import type { ByteReader } from "./byte-reader.ts";
import type { Chunk, Rejected } from "./chunk.ts";
import { excerptOf } from "./excerpt.ts";
import type { InputFile } from "./inputs.ts";

/** A longer line is rejected, and skipped without being held. */
export const MAX_LINE_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const TOO_LONG = "a line over 1 MiB";

export async function* chunkLines(
  file: InputFile,
  reader: ByteReader,
  nextChunkBytes: () => number,
): AsyncGenerator<Chunk | Rejected, void, undefined> {
  const chunkAt = (bytes: Uint8Array, firstLine: number, last: boolean): Chunk => ({
    file,
    bytes,
    firstLine,
    lineNumbers: null,
    last,
  });
  let line = 1;
  let carry: Buffer = Buffer.alloc(0);
  /** Beginning of an over-long line whose end has not come yet. */
  let skipped: string | null = null;

  for (;;) {
    const buffer = Buffer.allocUnsafeSlow(carry.length + Math.max(1, nextChunkBytes(), carry.length));
    carry.copy(buffer);
    const filled = carry.length + (await reader.fill(buffer.subarray(carry.length)));
    const ended = filled < buffer.length;
    const items: (Chunk | Rejected)[] = [];

    let start = 0;
    if (skipped !== null) {
      const newline = buffer.subarray(0, filled).indexOf(NEWLINE);
      if (newline === -1 && !ended) {
        carry = Buffer.alloc(0);
        continue;
      }
      items.push({ file, line, reason: TOO_LONG, excerpt: skipped });
      skipped = null;
      line++;
      start = newline === -1 ? filled : newline + 1;
    }

    const wholeEnd = Math.max(start, buffer.subarray(0, filled).lastIndexOf(NEWLINE) + 1);
    // A line without its newline is whole at the end of a file, but not where an archive was cut off.
    const end = ended && reader.damage === null ? filled : wholeEnd;
    for (;;) {
      const long = longLineIn(buffer, start, end);
      const until = long ?? end;
      if (until > start) {
        const bytes = start === 0 ? buffer.subarray(0, until) : new Uint8Array(buffer.subarray(start, until));
        items.push(chunkAt(bytes, line, false));
        line += countLines(buffer, start, until);
      }
      if (long === null) break;
      const newline = buffer.indexOf(NEWLINE, long);
      start = newline === -1 || newline >= end ? end : newline + 1;
      items.push({ file, line, reason: TOO_LONG, excerpt: excerptOf(buffer.subarray(long, long + 200)) });
      line++;
    }

    const rest = buffer.subarray(end, filled);
    if (ended) {
      if (reader.damage !== null)
        items.push({ file, line, reason: reader.damage, excerpt: excerptOf(rest.subarray(0, 200)) });
      const last = items.at(-1);
      if (last !== undefined && "bytes" in last) items[items.length - 1] = { ...last, last: true };
      else items.push(chunkAt(new Uint8Array(0), line, true));
      yield* items;
      return;
    }
    if (rest.length > MAX_LINE_BYTES) {
      skipped = excerptOf(rest.subarray(0, 200));
      carry = Buffer.alloc(0);
    } else {
      // A copy: the buffer is the consumer's as soon as its chunk is handed over.
      carry = Buffer.from(rest);
    }
    yield* items;
  }
}

/** Start of the first line over the limit in bytes that begin at a line's start; null when there is none. */
function longLineIn(buffer: Buffer, start: number, end: number): number | null {
  let from = start;
  // Jumps from the last newline within reach to the next: at most one search for each MiB.
  while (end - from > MAX_LINE_BYTES) {
    const newline = buffer.lastIndexOf(NEWLINE, from + MAX_LINE_BYTES);
    if (newline < from) return from;
    from = newline + 1;
  }
  return null;
}

function countLines(buffer: Buffer, start: number, end: number): number {
  let count = 0;
  let from = start;
  while (from < end) {
    const newline = buffer.indexOf(NEWLINE, from);
    count++;
    if (newline === -1 || newline >= end) break;
    from = newline + 1;
  }
  return count;
}
