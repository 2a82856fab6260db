/**
 * A gzip or zstd file, decompressed as it is read.
 *
 * Node's decoders drop what they had decoded of the piece of input in which they meet an error, and its zstd decoder stops
 * in silence after the first frame when the next begins in the same piece. Both would lose good lines, so here
 * - a decoder that ended before its input did is followed by a new one at the place it reached;
 * - a decoder that failed is run again from the start of the archive, what was handed over already is dropped, and the
 *   piece that failed is fed in ever smaller pieces, down to single bytes: all that can be decoded before the damage is.
 *
 * A decoder works only as far as its output is taken, so memory is bounded whatever the ratio of the archive.
 */
import { type ByteSource, DamagedInputError, type PositionedReader } from "./byte-source.ts";
import { Decoder } from "./decoder.ts";

/** Sizes of the pieces fed to a decoder: the first until it fails, the others to find the place. */
const PIECE_BYTES = [65_536, 512, 1] as const;

export function createArchiveSource(compression: "gzip" | "zstd", stored: PositionedReader): ByteSource {
  return new ArchiveSource(compression, stored);
}

/** A part of the archive fed in pieces of one size, from `offset` to where the next stretch begins. */
interface Stretch {
  readonly offset: number;
  readonly pieceBytes: number;
}

class ArchiveSource implements ByteSource {
  readonly #compression: "gzip" | "zstd";
  readonly #stored: PositionedReader;
  #stretches: Stretch[];
  #decoder: Decoder;
  /** Where in the archive the present decoder began, the piece last fed began, and the next one begins. */
  #decoderStart = 0;
  #pieceStart = 0;
  #offset = 0;
  #output: Uint8Array = new Uint8Array(0);
  #deliveredBytes = 0;
  /** Decoded bytes handed over before the decoder was started again. */
  #dropBytes = 0;

  constructor(compression: "gzip" | "zstd", stored: PositionedReader) {
    this.#compression = compression;
    this.#stored = stored;
    this.#decoder = new Decoder(compression);
    // What cannot be read again is fed in small pieces from the start.
    this.#stretches = [{ offset: 0, pieceBytes: PIECE_BYTES[stored.forwardOnly ? 1 : 0] }];
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#output.length === 0) {
      const output = await this.#decode();
      if (output === null) return 0;
      const dropped = Math.min(this.#dropBytes, output.length);
      this.#dropBytes -= dropped;
      this.#output = output.subarray(dropped);
    }
    const length = Math.min(into.length, this.#output.length);
    into.set(this.#output.subarray(0, length));
    this.#output = this.#output.subarray(length);
    this.#deliveredBytes += length;
    return length;
  }

  async close(): Promise<void> {
    this.#decoder.close();
    await this.#stored.close();
  }

  /** The next decoded bytes; null at the end of the archive. */
  async #decode(): Promise<Uint8Array | null> {
    for (;;) {
      const state = await this.#decoder.take();
      if (state.kind === "output") return state.bytes;
      if (state.kind === "hungry") await this.#feed();
      else if (state.kind === "failed") this.#startAgain(state.reason, state.cutOff);
      else if (!(await this.#nextFrame())) return null;
    }
  }

  async #feed(): Promise<void> {
    const { pieceBytes } = this.#stretches.findLast(({ offset }) => offset <= this.#offset)!;
    const next = this.#stretches.find(({ offset }) => offset > this.#offset);
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, (next?.offset ?? Infinity) - this.#offset));
    const length = await this.#stored.readAt(piece, this.#offset);
    this.#pieceStart = this.#offset;
    this.#offset += length;
    if (length === 0) this.#decoder.finish();
    else this.#decoder.feed(piece.subarray(0, length));
  }

  /** Goes on where a decoder ended; false when nothing but padding follows. */
  async #nextFrame(): Promise<boolean> {
    const end = this.#decoderStart + this.#decoder.consumedBytes;
    if (!(await this.#hasContent(end))) return false;
    this.#restart(end);
    return true;
  }

  async #hasContent(from: number): Promise<boolean> {
    const piece = Buffer.allocUnsafe(PIECE_BYTES[0]);
    for (let offset = from; ;) {
      const length = await this.#stored.readAt(piece, offset);
      if (length === 0) return false;
      if (piece.subarray(0, length).some((byte) => byte !== 0)) return true;
      offset += length;
    }
  }

  /** @throws {DamagedInputError} when everything before the damage has been had */
  #startAgain(reason: string, cutOff: boolean): void {
    if (cutOff) throw new DamagedInputError(`the ${this.#compression} archive is cut off: ${reason}`);
    const { pieceBytes } = this.#stretches.at(-1)!;
    const finer = PIECE_BYTES.find((size) => size < pieceBytes);
    if (finer === undefined || this.#stored.forwardOnly) {
      throw new DamagedInputError(`the ${this.#compression} archive is damaged at byte ${this.#pieceStart}: ${reason}`);
    }
    this.#stretches.push({ offset: this.#pieceStart, pieceBytes: finer });
    this.#dropBytes = this.#deliveredBytes;
    this.#restart(0);
  }

  #restart(offset: number): void {
    this.#decoder.close();
    this.#decoder = new Decoder(this.#compression);
    this.#decoderStart = offset;
    this.#offset = offset;
  }
}
