/**
 * A byte source made easy to read to its end: bytes may be put back, other encodings become UTF-8, and damage is an end with a
 * reason instead of an exception.
 */
import { TextDecoder } from "node:util";
import { type ByteSource, DamagedInputError } from "./byte-source.ts";
import type { Encoding } from "./shape.ts";

export class ByteReader {
  readonly #source: ByteSource;
  #pending: Uint8Array = new Uint8Array(0);
  #ended = false;
  #damage: string | null = null;
  #decoder: TextDecoder | null = null;
  #leftBytes: number;

  /** @param limitBytes where the input counts as ended, before any decoding of text */
  constructor(source: ByteSource, limitBytes = Number.POSITIVE_INFINITY) {
    this.#source = source;
    this.#leftBytes = limitBytes;
  }

  /** Why the bytes ended before their time; null when they did not. Known once `fill` came back short. */
  get damage(): string | null {
    return this.#damage;
  }

  /** Fills the whole of `into` unless the input ends first. */
  async fill(into: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      if (this.#pending.length > 0) {
        const taken = this.#pending.subarray(0, into.length - filled);
        into.set(taken, filled);
        this.#pending = this.#pending.subarray(taken.length);
        filled += taken.length;
      } else if (this.#ended) {
        break;
      } else if (this.#decoder === null) {
        filled += await this.#pull(into.subarray(filled));
      } else {
        await this.#transcode(this.#decoder);
      }
    }
    return filled;
  }

  /** Makes `bytes` come first again. */
  putBack(bytes: Uint8Array): void {
    this.#pending = Buffer.concat([bytes, this.#pending]);
  }

  /** Reads what is still to come, `bytes` put back before it, as `encoding`. */
  decodeAs(encoding: Exclude<Encoding, "utf-8">, bytes: Uint8Array): void {
    // Half a pair of surrogates becomes U+FFFD: the rest of its line is worth more than its exactness.
    this.#decoder = new TextDecoder(encoding);
    this.#pending = Buffer.from(this.#decoder.decode(bytes, { stream: true }));
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async #transcode(decoder: TextDecoder): Promise<void> {
    const piece = Buffer.allocUnsafe(65_536);
    const length = await this.#pull(piece);
    this.#pending = Buffer.from(decoder.decode(piece.subarray(0, length), { stream: !this.#ended }));
  }

  async #pull(into: Uint8Array): Promise<number> {
    try {
      const length = this.#leftBytes === 0 ? 0 : await this.#source.read(into.subarray(0, this.#leftBytes));
      this.#leftBytes -= length;
      if (length === 0) this.#ended = true;
      return length;
    } catch (error) {
      if (!(error instanceof DamagedInputError)) throw error;
      this.#ended = true;
      this.#damage = error.message;
      return 0;
    }
  }
}
