/** One run of a zlib decoder, pulled: its output is taken before more input is given, so it never runs ahead. */
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from "node:zlib";

export type DecoderState =
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  /** Wants `feed` or `finish`. */
  | { readonly kind: "hungry" }
  /** Reached the end of what it can decode; `consumedBytes` says where. */
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly reason: string; readonly cutOff: boolean };

/** Decoded bytes per step of the engine. */
const OUTPUT_BYTES = 131_072;

export class Decoder {
  readonly #engine: Gunzip | ZstdDecompress;
  #fedBytes = 0;
  #writing = false;
  #finishing = false;
  #ended = false;
  #error: Error | null = null;
  #wake: () => void = () => {};

  constructor(compression: "gzip" | "zstd") {
    const options = { chunkSize: OUTPUT_BYTES };
    this.#engine = compression === "gzip" ? createGunzip(options) : createZstdDecompress(options);
    this.#engine.on("readable", () => this.#wake());
    this.#engine.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
    this.#engine.on("error", (error) => {
      this.#error = error;
      this.#wake();
    });
  }

  /** Input bytes decoded so far. */
  get consumedBytes(): number {
    return this.#engine.bytesWritten;
  }

  feed(piece: Uint8Array): void {
    this.#fedBytes += piece.length;
    this.#writing = true;
    this.#engine.write(piece, () => {
      this.#writing = false;
      this.#wake();
    });
  }

  /** No more input comes. */
  finish(): void {
    this.#finishing = true;
    this.#engine.end();
  }

  async take(): Promise<DecoderState> {
    for (;;) {
      const bytes: unknown = this.#engine.read();
      if (bytes instanceof Uint8Array) return { kind: "output", bytes };
      if (this.#error !== null) return { kind: "failed", reason: this.#error.message, cutOff: this.#finishing };
      if (this.#ended) return { kind: "ended" };
      // An engine that left input alone has ended and is about to say so.
      if (!this.#writing && !this.#finishing && this.consumedBytes === this.#fedBytes) return { kind: "hungry" };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#engine.destroy();
  }
}
