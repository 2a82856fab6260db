/** Lines of one request -> batches by source map, offered in turn; resolves when all are stored. */
import type { Intake, SourcePorts } from "../intake.ts";
import { excerptOf } from "../excerpt.ts";
import { MAX_LINE_BYTES } from "../line-chunks.ts";
import type { HealthBook } from "./health.ts";

const BATCH_BYTES = 2 << 20;
const NEWLINE = Buffer.from("\n");
const MAX_STREAMS = 10_000;

export interface OfferContext {
  readonly sourceId: string;
  readonly ports: SourcePorts;
  readonly health: HealthBook;
  /** Lines so far, by stream. */
  readonly lineNumbers: Map<string, number>;
}

interface Pending {
  readonly source: string;
  readonly pieces: Buffer[];
  bytes: number;
  lines: number;
}

export class RequestLines {
  readonly #context: OfferContext;
  readonly #peer: string;
  readonly #batches: Pending[] = [];
  /** The batch that grows, by source map. */
  readonly #open = new Map<string, Pending>();
  readonly #rejected: Parameters<Intake["reject"]>[0][] = [];
  lines = 0;

  constructor(context: OfferContext, peer: string) {
    this.#context = context;
    this.#peer = peer;
  }

  /** One line without its end. Blank ones fall away; over-long ones go to quarantine. */
  add(line: Buffer, source: string): void {
    if (line.length === 0) return;
    if (line.length > MAX_LINE_BYTES) return this.reject("a line over 1 MiB", line, source);
    let batch = this.#open.get(source);
    if (batch === undefined || batch.bytes > BATCH_BYTES) {
      batch = { source, pieces: [], bytes: 0, lines: 0 };
      this.#batches.push(batch);
      this.#open.set(source, batch);
    }
    batch.pieces.push(line, NEWLINE);
    batch.bytes += line.length + 1;
    batch.lines += 1;
    this.lines += 1;
  }

  reject(reason: string, line: Buffer, source = "auto"): void {
    const excerpt = excerptOf(line.subarray(0, 200));
    this.#rejected.push({
      stream: this.#streamOf(source),
      line: this.lines + 1,
      reason,
      excerpt,
      received: this.#context.ports.now(),
    });
  }

  /** @throws {IntakeBusyError} @throws {StoreUnavailableError} */
  async offer(): Promise<void> {
    const { ports, health, lineNumbers } = this.#context;
    for (const record of this.#rejected) ports.intake.reject(record);
    health.dropped += this.#rejected.length;
    for (const { source, pieces, lines } of this.#batches) {
      const stream = this.#streamOf(source);
      const firstLine = (lineNumbers.get(stream) ?? 0) + 1;
      lineNumbers.delete(stream);
      lineNumbers.set(stream, firstLine + lines - 1);
      // Senders may have as many addresses as they like.
      if (lineNumbers.size > MAX_STREAMS) lineNumbers.delete(lineNumbers.keys().next().value!);
      const about = { stream, source, fileName: "", modifiedTime: ports.now() };
      await ports.intake.offer({ ...about, firstLine, bytes: new Uint8Array(Buffer.concat(pieces)) });
      health.received += lines;
    }
  }

  #streamOf(source: string): string {
    const { sourceId } = this.#context;
    return source === "auto" ? `${sourceId}:${this.#peer}` : `${sourceId}:${this.#peer}/${source}`;
  }
}
