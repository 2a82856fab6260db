/** Standard input as a row of bytes, decompressed when it begins like an archive. */
import type { Readable } from "node:stream";
import { createArchiveSource } from "./archives.ts";
import { type ByteSource, DamagedInputError, type PositionedReader } from "./byte-source.ts";
import { compressionOf } from "./compression.ts";
import { describeReadFailure } from "./inputs.ts";

export function createStandardInputSource(stream: Readable): ByteSource {
  return new StandardInputSource(stream);
}

class StandardInputSource implements ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array | string>;
  #rest: Uint8Array = new Uint8Array(0);
  #inner: ByteSource | null = null;

  constructor(stream: Readable) {
    this.#pieces = stream.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  }

  async read(into: Uint8Array): Promise<number> {
    this.#inner ??= await this.#recognise();
    return this.#inner.read(into);
  }

  async close(): Promise<void> {
    await this.#inner?.close();
    await this.#pieces.return?.();
  }

  async #recognise(): Promise<ByteSource> {
    while (this.#rest.length < 4 && (await this.#pull()));
    const compression = compressionOf(this.#rest);
    if (compression === "none") return { read: (into) => this.#readRaw(into), close: async () => {} };
    return createArchiveSource(compression, new TailReader((into) => this.#readRaw(into)));
  }

  async #readRaw(into: Uint8Array): Promise<number> {
    if (this.#rest.length === 0 && !(await this.#pull())) return 0;
    const length = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return length;
  }

  /** Adds the next non-empty piece to the rest; false at the end. */
  async #pull(): Promise<boolean> {
    for (;;) {
      const next = await this.#pieces.next().catch((cause: unknown) => {
        throw new DamagedInputError(describeReadFailure(cause), { cause });
      });
      if (next.done === true) return false;
      const piece = typeof next.value === "string" ? Buffer.from(next.value) : next.value;
      if (piece.length === 0) continue;
      this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
      return true;
    }
  }
}

/** Keeps the last bytes of a stream, which is as far back as an archive goes when one of its frames ends. */
class TailReader implements PositionedReader {
  static readonly #KEPT = 1 << 18;
  readonly forwardOnly = true;
  readonly #next: (into: Uint8Array) => Promise<number>;
  #tail: Buffer = Buffer.alloc(0);
  #tailOffset = 0;

  constructor(next: (into: Uint8Array) => Promise<number>) {
    this.#next = next;
  }

  async readAt(into: Uint8Array, offset: number): Promise<number> {
    if (offset < this.#tailOffset) throw new DamagedInputError("standard input cannot be read again");
    while (offset >= this.#tailOffset + this.#tail.length) {
      const piece = Buffer.allocUnsafe(1 << 16);
      const length = await this.#next(piece);
      if (length === 0) return 0;
      const kept = this.#tail.subarray(Math.max(0, this.#tail.length - TailReader.#KEPT));
      this.#tailOffset += this.#tail.length - kept.length;
      this.#tail = Buffer.concat([kept, piece.subarray(0, length)]);
    }
    return this.#tail.copy(into, 0, offset - this.#tailOffset);
  }

  async close(): Promise<void> {}
}
