/**
 * A file -> chunks of whole lines, each in a buffer of its own that can be transferred to a worker thread.
 *
 * Never fails: what cannot be read is a Rejected among the chunks, with the number of its line, and the lines around it go on. The
 * last item of every file, an empty or unreadable one too, is a chunk with `last` set, which may hold no bytes.
 */
import type { Readable } from "node:stream";
import { ByteReader } from "./byte-reader.ts";
import { createByteSource } from "./bytes.ts";
import type { Chunk, Rejected } from "./chunk.ts";
import { excerptOf } from "./excerpt.ts";
import type { InputFile } from "./inputs.ts";
import { chunkRecords } from "./json-documents.ts";
import { holdsJsonDocuments } from "./json-shape.ts";
import { chunkLines } from "./line-chunks.ts";
import { shapeOf } from "./shape.ts";

export { type Chunk, isRejected, type Rejected } from "./chunk.ts";

export interface ChunkOptions {
  /** How large chunks should be, asked anew for each; longer lines make larger ones. Default 1 MiB. */
  readonly chunkBytes?: number | (() => number);
  /** Opens the file anew for every read instead of keeping it open. */
  readonly releaseBetweenReads?: boolean;
  /** Reads no further than this, as if the file ended there. */
  readonly limitBytes?: number;
  /** Read for the path "-"; the process's own by default. */
  readonly standardInput?: Readable;
}

export const DEFAULT_CHUNK_BYTES = 1 << 20;
const HEAD_BYTES = 1 << 16;

/** Reads a file from start to end. Stop iterating to close it early. */
export async function* openChunks(
  file: InputFile,
  options: ChunkOptions = {},
): AsyncGenerator<Chunk | Rejected, void, undefined> {
  const chunkBytes = options.chunkBytes ?? DEFAULT_CHUNK_BYTES;
  const nextChunkBytes = typeof chunkBytes === "function" ? chunkBytes : () => chunkBytes;
  const reader = new ByteReader(createByteSource(file, options), options.limitBytes);
  try {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    const raw = head.subarray(0, await reader.fill(head));
    const shape = shapeOf(raw);
    if (shape.kind === "binary") {
      yield { file, line: 0, reason: shape.reason, excerpt: excerptOf(raw.subarray(0, 64)) };
      yield { file, bytes: new Uint8Array(0), firstLine: 1, lineNumbers: null, last: true };
      return;
    }
    const content = raw.subarray(shape.markBytes);
    if (shape.encoding === "utf-8") reader.putBack(content);
    else reader.decodeAs(shape.encoding, content);
    const text = head.subarray(0, await reader.fill(head));
    reader.putBack(text);
    const documents = holdsJsonDocuments(text, text.length < head.length);
    yield* documents ? chunkRecords(file, reader, nextChunkBytes) : chunkLines(file, reader, nextChunkBytes);
  } finally {
    await reader.close();
  }
}
