/**
 * Many files -> one stream of chunks in order of event time.
 *
 * Every file is looked into once, for the time of its first record; from then on a file is opened only when the merge has come to that
 * time, and of the open files the one whose next chunk begins earliest gives it. So the order is exact between chunks, not
 * inside them: what comes after must take events as late as a chunk is long.
 *
 * Memory is bounded: chunks shrink as files overlap, so that all that wait stay within MEMORY_BYTES; more than KEPT_OPEN files
 * at a time are opened anew for each read; and where more archives overlap than decoders are affordable, those that begin later wait
 * until an earlier one has ended, which costs order, never lines.
 */
import type { Readable } from "node:stream";
import { type Chunk, isRejected, type Rejected } from "./chunk.ts";
import { DEFAULT_CHUNK_BYTES, openChunks } from "./chunks.ts";
import { type InputFile, STANDARD_INPUT } from "./inputs.ts";
import { readLines } from "./lines.ts";
import { TimeQueue, type Timed } from "./time-queue.ts";

export interface MergeOptions {
  /** When the event of a line happened, ms since 1970 UTC; null when the line does not say. Must not throw. */
  readonly timeOf: (line: string, file: InputFile) => number | null;
  /** How large a chunk may be. Default 1 MiB. */
  readonly chunkBytes?: number;
  /** Read for the path "-"; the process's own by default. */
  readonly standardInput?: Readable;
}

/** Bytes of all chunks that wait for their turn. */
export const MEMORY_BYTES = 64 << 20;
const SMALLEST_CHUNK_BYTES = 4096;
/** How far into a file its first time is looked for; the second where not even one record ends within the first. */
const HEAD_BYTES = [1 << 16, 2 << 20] as const;
const HEADS_AT_ONCE = 8;
/** Lines of a chunk looked at for a time; headers and comments have none. */
const LINES_TRIED = 100;
const KEPT_OPEN = 256;
/** Memory of all decoders, and what one takes: its window, and what it has decoded. */
const DECODERS_BYTES = 192 << 20;
const DECODER_BYTES = { none: 0, gzip: 400 << 10, zstd: 3 << 20 } as const;

/**
 * Yields the chunks of all files. Those whose time cannot be read come first, by name; standard input is opened at once.
 * Of one file the chunks come in its own order.
 */
export async function* mergeByTime(
  files: readonly InputFile[],
  options: MergeOptions,
): AsyncGenerator<Chunk | Rejected, void, undefined> {
  const { timed, untimed } = await orderByFirstTime(files, options);
  for (const file of untimed) yield* openChunks(file, options);

  const merge = new Merge(options);
  let next = 0;
  try {
    for (;;) {
      for (let entry = timed[next]; entry !== undefined && merge.wants(entry); entry = timed[++next]) {
        yield* await merge.open(entry);
      }
      const cursor = merge.takeEarliest();
      if (cursor === undefined) return;
      yield cursor.chunk;
      yield* await merge.advance(cursor);
    }
  } finally {
    await merge.close();
  }
}

interface TimedFile extends Timed {
  readonly file: InputFile;
}

/** An open file and its next chunk. */
interface Cursor extends TimedFile {
  readonly chunks: AsyncGenerator<Chunk | Rejected, void, undefined>;
  readonly chunk: Chunk;
}

class Merge {
  readonly #options: MergeOptions;
  readonly #waiting = new TimeQueue<Cursor>();
  readonly #open = new Set<Cursor["chunks"]>();
  #heldBytes = 0;
  #decoderBytes = 0;

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  /** Whether it is this file's turn to be opened. */
  wants({ file, time }: TimedFile): boolean {
    const earliest = this.#waiting.peek();
    if (earliest === undefined) return true;
    return time <= earliest.time && this.#decoderBytes + DECODER_BYTES[file.compression] <= DECODERS_BYTES;
  }

  /** @returns what was rejected before the first chunk */
  open(entry: TimedFile): Promise<Rejected[]> {
    this.#decoderBytes += DECODER_BYTES[entry.file.compression];
    const chunks = openChunks(entry.file, {
      ...this.#options,
      chunkBytes: () => this.#nextChunkBytes(),
      releaseBetweenReads: this.#open.size >= KEPT_OPEN,
    });
    this.#open.add(chunks);
    return this.#await(entry, chunks);
  }

  takeEarliest(): Cursor | undefined {
    const cursor = this.#waiting.pop();
    if (cursor !== undefined) this.#heldBytes -= cursor.chunk.bytes.buffer.byteLength;
    return cursor;
  }

  /** @returns what was rejected between the chunk just given out and the next */
  async advance(cursor: Cursor): Promise<Rejected[]> {
    if (!cursor.chunk.last) return this.#await(cursor, cursor.chunks);
    this.#decoderBytes -= DECODER_BYTES[cursor.file.compression];
    this.#open.delete(cursor.chunks);
    await cursor.chunks.return();
    return [];
  }

  async close(): Promise<void> {
    for (const chunks of this.#open) await chunks.return();
  }

  async #await({ file, order, time }: TimedFile, chunks: Cursor["chunks"]): Promise<Rejected[]> {
    const rejected: Rejected[] = [];
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true) return rejected;
      if (isRejected(value)) {
        rejected.push(value);
        continue;
      }
      this.#heldBytes += value.bytes.buffer.byteLength;
      this.#waiting.push({ file, order, time: timeOfChunk(value, this.#options) ?? time, chunks, chunk: value });
      return rejected;
    }
  }

  /** A fair share, and never more than half of what is left. */
  #nextChunkBytes(): number {
    const share = MEMORY_BYTES / (this.#waiting.size + 1);
    const left = (MEMORY_BYTES - this.#heldBytes) / 2;
    const most = this.#options.chunkBytes ?? DEFAULT_CHUNK_BYTES;
    return Math.floor(Math.max(Math.min(share, left, most), Math.min(most, SMALLEST_CHUNK_BYTES)));
  }
}

async function orderByFirstTime(
  files: readonly InputFile[],
  options: MergeOptions,
): Promise<{ timed: TimedFile[]; untimed: InputFile[] }> {
  const byName = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const times: (number | null)[] = [];
  let next = 0;
  const look = async (): Promise<void> => {
    for (let order = next++; order < byName.length; order = next++)
      times[order] = await firstTimeOf(byName[order]!, options);
  };
  await Promise.all(Array.from({ length: HEADS_AT_ONCE }, look));

  const timed: TimedFile[] = [];
  const untimed: InputFile[] = [];
  for (const [order, file] of byName.entries()) {
    const time = times[order] ?? null;
    if (time === null) untimed.push(file);
    else timed.push({ file, order, time });
  }
  return { timed: timed.toSorted((a, b) => a.time - b.time || a.order - b.order), untimed };
}

async function firstTimeOf(file: InputFile, options: MergeOptions): Promise<number | null> {
  // It can be read only once, so it is read when the merge begins.
  if (file.path === STANDARD_INPUT) return Number.NEGATIVE_INFINITY;
  for (const limitBytes of HEAD_BYTES) {
    for await (const item of openChunks(file, { chunkBytes: limitBytes, limitBytes })) {
      if (isRejected(item)) continue;
      const time = timeOfChunk(item, options);
      if (time !== null) return time;
      // A whole line and no time: more lines will not help, a longer one might have.
      if (item.bytes.includes(0x0a)) return null;
    }
  }
  return null;
}

/** The time of the first line that has one. */
function timeOfChunk({ bytes, file }: Chunk, { timeOf }: MergeOptions): number | null {
  let time: number | null = null;
  let start = 0;
  for (let tried = 0; tried < LINES_TRIED && start < bytes.length; tried++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    const onLine = (line: string): void => {
      time = timeOf(line, file);
    };
    readLines(bytes.subarray(start, end), onLine, () => {});
    if (time !== null) return time;
    start = end;
  }
  return null;
}
