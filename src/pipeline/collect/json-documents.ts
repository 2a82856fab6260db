/** JSON documents -> chunks with one record a line, and the line of the document at which each begins. */
import type { ByteReader } from "./byte-reader.ts";
import type { Chunk, Rejected } from "./chunk.ts";
import type { InputFile } from "./inputs.ts";
import { JsonRecordSplitter } from "./json-records.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
/** Read at once; what it yields is held until taken. */
const PIECE_BYTES = 1 << 16;

export async function* chunkRecords(
  file: InputFile,
  reader: ByteReader,
  nextChunkBytes: () => number,
): AsyncGenerator<Chunk | Rejected, void, undefined> {
  const items: (Chunk | Rejected)[] = [];
  let records = new RecordLines(nextChunkBytes());
  let lastLine = 1;

  const flush = (last: boolean): void => {
    if (records.count > 0 || last) items.push({ file, ...records.toChunk(lastLine), last });
    records = new RecordLines(nextChunkBytes());
  };
  const splitter = new JsonRecordSplitter({
    record(bytes, line) {
      if (records.count > 0 && !records.hasRoomFor(bytes)) flush(false);
      records.add(bytes, line);
      lastLine = line;
    },
    rejected(line, reason, excerpt) {
      items.push({ file, line, reason, excerpt });
    },
  });

  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let ended = false; !ended;) {
    const length = await reader.fill(piece);
    splitter.push(piece.subarray(0, length));
    ended = length < piece.length;
    if (ended) {
      splitter.finish(reader.damage);
      flush(true);
    }
    yield* items.splice(0);
  }
}

/** The lines of a chunk under construction. */
class RecordLines {
  #bytes: Buffer;
  #length = 0;
  readonly #lines: number[] = [];

  constructor(sizeBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(sizeBytes);
  }

  get count(): number {
    return this.#lines.length;
  }

  hasRoomFor(record: Buffer): boolean {
    return this.#length + record.length < this.#bytes.length;
  }

  add(record: Buffer, line: number): void {
    if (!this.hasRoomFor(record)) this.#bytes = Buffer.allocUnsafeSlow(record.length + 1);
    const target = this.#bytes;
    const start = this.#length;
    record.copy(target, start);
    this.#length += record.length;
    // Line ends stand between the tokens of a record, where a space means the same.
    const copy = target.subarray(start, this.#length);
    for (let at = copy.indexOf(NEWLINE); at !== -1; at = copy.indexOf(NEWLINE, at + 1)) {
      copy[at] = SPACE;
      if (copy[at - 1] === CARRIAGE_RETURN) copy[at - 1] = SPACE;
    }
    target[this.#length++] = NEWLINE;
    this.#lines.push(line);
  }

  toChunk(line: number): Pick<Chunk, "bytes" | "firstLine" | "lineNumbers"> {
    return {
      bytes: this.#bytes.subarray(0, this.#length),
      firstLine: this.#lines[0] ?? line,
      lineNumbers: Uint32Array.from(this.#lines),
    };
  }
}
