/** Lines that come singly -> batches, one offer of a stream at a time, so that they stay in order. */
import type { RecordBatch, SourcePorts } from "../intake.ts";
import { deliver } from "./deliver.ts";
import type { HealthBook } from "./health.ts";

/** What a batch grows to while the one before it is being stored. */
const MAX_BATCH_BYTES = 2 << 20;

export interface GathererOptions {
  readonly stream: string;
  readonly source: string;
  readonly ports: SourcePorts;
  readonly health: HealthBook;
  readonly signal: AbortSignal;
  /** Held bytes from which `isFull` holds. */
  readonly maxHeldBytes: number;
  /** So many bytes were stored: there is room again. */
  readonly onRoom: (bytes: number) => void;
}

export class LineGatherer {
  readonly #options: GathererOptions;
  #waiting: { bytes: Buffer; lines: number }[] = [];
  #heldBytes = 0;
  #nextLine = 1;
  #storing: Promise<void> | null = null;

  constructor(options: GathererOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#heldBytes >= this.#options.maxHeldBytes;
  }

  /** Whether nothing is held. */
  get isEmpty(): boolean {
    return this.#heldBytes === 0;
  }

  /** Whole lines, each ending in a newline. */
  add(bytes: Buffer, lines: number): void {
    if (bytes.length === 0) return;
    this.#waiting.push({ bytes, lines });
    this.#heldBytes += bytes.length;
    this.#storing ??= this.#store().finally(() => {
      this.#storing = null;
    });
  }

  /** Resolves when nothing is held, or the source stops. */
  async settled(): Promise<void> {
    await this.#storing;
  }

  async #store(): Promise<void> {
    const { stream, source, ports, health, signal } = this.#options;
    // What comes in one turn of the event loop is one batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const taken: Buffer[] = [];
      let lines = 0;
      let length = 0;
      while (
        this.#waiting.length > 0 &&
        (taken.length === 0 || length + this.#waiting[0]!.bytes.length <= MAX_BATCH_BYTES)
      ) {
        const next = this.#waiting.shift()!;
        taken.push(next.bytes);
        lines += next.lines;
        length += next.bytes.length;
      }
      const batch: RecordBatch = {
        stream,
        source,
        fileName: "",
        modifiedTime: ports.now(),
        firstLine: this.#nextLine,
        bytes: Buffer.concat(taken),
      };
      this.#nextLine += lines;
      if (await deliver(ports, batch, signal)) health.received += lines;
      else health.dropped += lines;
      this.#heldBytes -= length;
      this.#options.onRoom(length);
    }
  }
}
