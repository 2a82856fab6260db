/** Events of a log that is asked for -> batches, without those that are known already; known from then on. */
import { excerptOf } from "../excerpt.ts";
import type { SourcePorts } from "../intake.ts";
import { MAX_LINE_BYTES } from "../line-chunks.ts";
import { type PollClock, StoppedError } from "./api-client.ts";
import { deliver } from "./deliver.ts";
import type { HealthBook } from "./health.ts";
import type { LogEvent } from "./log-poller.ts";
import type { LogPosition } from "./log-position.ts";

const BATCH_BYTES = 2 << 20;

export interface LogOfferOptions {
  /** Source map of the lines. */
  readonly source: string;
  readonly ports: SourcePorts;
  readonly clock: PollClock;
  readonly health: HealthBook;
  readonly position: LogPosition;
  readonly signal: AbortSignal;
}

export class LogOffer {
  readonly #id: string;
  readonly #options: LogOfferOptions;
  #line = 0;
  /** By how much the latest of those offered since `startLate` came after what had been read, ms. */
  #lateMs = 0;
  #complete = 0;

  constructor(id: string, options: LogOfferOptions) {
    this.#id = id;
    this.#options = options;
  }

  /** @param complete everything before this has been read, ms: what is fresh and older came late */
  startLate(complete: number): void {
    this.#complete = complete;
    this.#lateMs = 0;
  }

  get lateMs(): number {
    return this.#lateMs;
  }

  /** Resolves when all of them are stored. @throws {StoppedError} */
  async offer(events: readonly LogEvent[]): Promise<void> {
    const { source, ports, clock, health, position, signal } = this.#options;
    const fresh = this.#fresh(events);
    for (let at = 0; at < fresh.length;) {
      const start = at;
      for (let bytes = 0; at < fresh.length && (at === start || bytes < BATCH_BYTES); at += 1)
        bytes += fresh[at]!.line.length;
      const taken = fresh.slice(start, at);
      const batch = {
        stream: this.#id,
        source,
        fileName: "",
        modifiedTime: clock.now(),
        firstLine: this.#line + 1,
        bytes: Buffer.from(taken.map(({ line }) => `${line}\n`).join("")),
      };
      if (!(await deliver(ports, batch, signal))) throw new StoppedError("stopped");
      this.#line += taken.length;
      health.received += taken.length;
      for (const { id, time } of taken) {
        position.add(id, time);
        if (time !== null) this.#lateMs = Math.max(this.#lateMs, this.#complete - time);
      }
    }
  }

  #fresh(events: readonly LogEvent[]): LogEvent[] {
    const fresh: LogEvent[] = [];
    const ids = new Set<string>();
    for (const event of events) {
      if (this.#options.position.knows(event.id) || ids.has(event.id)) continue;
      ids.add(event.id);
      if (event.line.length <= MAX_LINE_BYTES) fresh.push(event);
      else this.#reject(event);
    }
    return fresh;
  }

  #reject({ id, time, line }: LogEvent): void {
    const { health, position, ports, clock } = this.#options;
    this.#line += 1;
    health.dropped += 1;
    position.add(id, time);
    const excerpt = excerptOf(Buffer.from(line.slice(0, 200)));
    const about = { stream: this.#id, line: this.#line, received: clock.now() };
    ports.intake.reject({ ...about, reason: "an event over 1 MiB", excerpt });
  }
}
