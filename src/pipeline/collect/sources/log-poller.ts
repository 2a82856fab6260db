/**
 * A log behind an API, asked for again and again. Every reading begins before the end of the one before it and has to meet the newest
 * event that was seen then; where it does not, the span between is told as a gap. Positions move on only after what was read is stored.
 */
import type { LiveSource, SourceHealth, SourcePorts } from "../intake.ts";
import {
  type ApiClient,
  type ApiContext,
  type ApiReply,
  type PollClock,
  refusalOf,
  StoppedError,
  systemClock,
} from "./api-client.ts";
import { messageOf } from "./deliver.ts";
import { HealthBook } from "./health.ts";
import { LogOffer } from "./log-offer.ts";
import { LogPosition } from "./log-position.ts";
import { LogReading, type Missed } from "./log-reading.ts";
import { serverTime } from "./rate-limits.ts";

export interface LogEvent {
  /** The vendor's name of the event; a hash where it has none. */
  readonly id: string;
  /** ms since 1970 UTC; null where it does not tell. */
  readonly time: number | null;
  /** As one line of JSON. */
  readonly line: string;
}

export interface LogPage {
  readonly events: readonly LogEvent[];
  /** Address of the next page; null at the end. */
  readonly next: string | null;
  /** Address by which the next reading goes on; null for logs without such. */
  readonly resume: string | null;
  /** Events of the whole span as the server counts them; null where it does not. */
  readonly total: number | null;
}

/** A 2xx whose body is not what the API promises. */
export class PageError extends Error {}

/** What is peculiar to one log. */
export interface LogKind {
  /** Source map of its lines. */
  readonly source: string;
  /** How far a reading begins before the end of the one before: events come late. */
  readonly overlapMs: number;
  /** A longer span is asked for in pieces; null: it is asked for at once, without an end. */
  readonly sliceMs: number | null;
  /** `ascending`: by time, for certain. `descending`, or `any`: a span has to be read to its end. */
  readonly order: "ascending" | "descending" | "any";
  /** What is kept for how long. */
  readonly retention: readonly { readonly ms: number; readonly reason: string }[];
  /** With a cursor of the vendor's a reading that proves it is made so often; null: every reading does. */
  readonly proveEveryMs: number | null;
  /** Where a span begins to be read; half-open, ms. */
  firstPage(from: number, until: number): URL;
  /** @throws {PageError} */
  readPage(reply: ApiReply, url: URL): LogPage;
  headers(): Record<string, string>;
  /** The API does not answer to what was asked: it may be asked differently next time. */
  refused?(status: number): void;
}

export interface LogPollerOptions {
  readonly id: string;
  readonly pollMs: number;
  /** How far back the very first reading goes, ms. */
  readonly sinceMs: number;
}

/** Half-open, ms. */
interface Gap {
  readonly from: number;
  readonly until: number;
  readonly reason: string;
}

/** What a reading may have missed. */
interface Span {
  /** Where it would begin. */
  readonly from: number;
  /** What the vendor has thrown away meanwhile. */
  readonly expired: Gap[];
  settled: boolean;
}

/** A problem that lasts is tried again at most so often. */
const RETRY_MS = 15_000;
/** Readings in a row that miss what was seen before, until it is believed to be gone. */
const MOST_DOUBTS = 3;
/** Ids are kept for so long before the begin of a reading: where a log is ordered by arrival, older events come again too. */
const KEPT_MS = 3_600_000;
const WIDEST_OVERLAP_MS = 12 * 3_600_000;
const MAX_SKEW_MS = 5 * 60_000;

export class LogPoller implements LiveSource {
  readonly id: string;
  readonly #options: LogPollerOptions;
  readonly #kind: LogKind;
  readonly #client: ApiClient;
  readonly #ports: SourcePorts;
  readonly #clock: PollClock;
  readonly #health = new HealthBook();
  readonly #stopping = new AbortController();
  readonly #position: LogPosition;
  readonly #offer: LogOffer;
  readonly #open: () => void;
  readonly #context: ApiContext;
  #running: Promise<void> = Promise.resolve();
  #provedAt = Number.NEGATIVE_INFINITY;
  #doubts = 0;
  /** How far a reading begins before the end of the one before; grows with how late events come. */
  #overlapMs: number;
  /** The server's clock at its last answer. */
  #serverTime: number | null = null;
  /** The whole of the last reading, where it was one page, by its tag. */
  #whole: { readonly address: string; readonly etag: string } | null = null;

  /** @param open reads secrets. @throws {InvalidConfigError} `start` does */
  constructor(
    options: LogPollerOptions,
    { kind, client, open }: { kind: LogKind; client: ApiClient; open: () => void },
    ports: SourcePorts,
    clock: PollClock = systemClock(ports.now),
  ) {
    this.id = options.id;
    this.#options = options;
    this.#kind = kind;
    this.#client = client;
    this.#open = open;
    this.#overlapMs = kind.overlapMs;
    this.#ports = ports;
    this.#clock = clock;
    this.#position = new LogPosition(ports.checkpoints, options.id);
    this.#offer = new LogOffer(options.id, {
      source: kind.source,
      ports,
      clock,
      health: this.#health,
      position: this.#position,
      signal: this.#stopping.signal,
    });
    this.#context = {
      clock,
      signal: this.#stopping.signal,
      tell: (problem) => this.#tell("api", problem),
      headers: () => kind.headers(),
    };
  }

  async start(): Promise<void> {
    this.#open();
    await this.#position.load();
    this.#health.state = "running";
    this.#running = this.#keepReading();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#client.close();
    this.#health.state = "stopped";
  }

  health(): SourceHealth {
    return this.#health.report(this.#clock.now());
  }

  async #keepReading(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let waitMs = this.#options.pollMs;
      try {
        await this.#readOn();
        this.#tell("reading", null);
      } catch (error) {
        if (error instanceof StoppedError || signal.aborted) return;
        this.#tell("reading", messageOf(error));
        waitMs = Math.min(waitMs, RETRY_MS);
      }
      await this.#clock.sleep(waitMs, signal);
    }
  }

  async #readOn(): Promise<void> {
    const { proveEveryMs } = this.#kind;
    const goesOn = proveEveryMs !== null && this.#position.cursor !== null;
    // Before the cursor moves on: it has to be met where it stands.
    if (!goesOn || this.#clock.now() - this.#provedAt >= proveEveryMs) await this.#readWindow(goesOn);
    if (goesOn && !(await this.#resume())) await this.#readWindow(false);
    this.#position.forgetBefore(this.#position.windowStart(this.#overlapMs, this.#clock.now()) - KEPT_MS);
  }

  /** Goes on at the vendor's cursor. @returns false when it is refused */
  async #resume(): Promise<boolean> {
    const position = this.#position;
    for (let address = position.cursor; address !== null;) {
      const url = new URL(address);
      const now = this.#clock.now();
      const reply = await this.#ask(url);
      if (reply.status >= 300) {
        this.#ports.log("warn", `${this.id}: ${refusalOf(url, reply)}; reading again from before the last event`);
        position.cursor = null;
        return false;
      }
      const { events, resume } = this.#readPage(reply, url);
      await this.#offer.offer(events);
      if (resume !== null) position.cursor = resume;
      // The end of the log as of this answer.
      const ended = events.length === 0 || resume === null || resume === address;
      if (ended) this.#complete(Math.min(now, this.#serverTime ?? now));
      await position.save();
      address = ended ? null : resume;
    }
    return true;
  }

  /**
   * Reads from before the newest known event, which has to come again, up to now.
   * @param goesOn leaves the cursor where it is
   */
  async #readWindow(goesOn: boolean): Promise<void> {
    const position = this.#position;
    const overlapMs = this.#overlapMs;
    const now = this.#clock.now();
    const until = now + 1;
    const cap = Math.min(now, this.#serverTime ?? now);
    const firstTime = position.completeTo === null;
    position.completeTo ??= now - this.#options.sinceMs;
    const complete = Math.min(position.completeTo, cap);
    const from = firstTime ? complete : position.windowStart(overlapMs, cap);
    const span: Span = { from: firstTime ? from : Math.max(from, complete - overlapMs), expired: [], settled: false };
    if (!firstTime)
      for (const { ms, reason } of this.#kind.retention)
        if (complete < cap - ms) span.expired.push({ from: span.from, until: cap - ms, reason });
    const horizon = Math.max(0, ...span.expired.map((gap) => gap.until));
    const anchor = position.anchorIn(Math.max(from, horizon), until);

    this.#offer.startLate(firstTime ? 0 : complete);
    const reading = new LogReading(
      this.#kind,
      { from, until, anchor, whole: this.#whole },
      {
        ask: (url, more) => this.#ask(url, more),
        readPage: (reply, url) => this.#readPage(reply, url),
        offer: (events) => this.#offer.offer(events),
        shifted: (start, end) =>
          this.#tellGap({ from: start, until: end, reason: "the pages of the log shifted while they were read" }),
        reach: async (time) => {
          // Until it is known what was missed, the position stays: a restart has to find it out again.
          if (!(await this.#settle(reading.missed(), span))) return;
          this.#complete(Math.max(position.completeTo ?? 0, Math.min(time, now, this.#serverTime ?? now)));
          await position.save();
        },
      },
    );
    await reading.run();
    this.#widen();
    // Told apart from what was missed: a page without the event that has to come again must not count as unchanged next time.
    this.#whole = null;
    if (!(await this.#settle(reading.missed(), span))) return;
    this.#whole = reading.whole;
    this.#provedAt = this.#clock.now();
    if (!goesOn) position.cursor = reading.resume;
    this.#complete(Math.min(now, this.#serverTime ?? now));
    await position.save();
  }

  /** Events that come later than half of what is allowed for: there may be later ones. */
  #widen(): void {
    if (this.#offer.lateMs <= this.#overlapMs / 2) return;
    const widest = Math.min(WIDEST_OVERLAP_MS, (this.#kind.sliceMs ?? Number.POSITIVE_INFINITY) / 2);
    const wider = Math.max(this.#overlapMs, Math.min(widest, 2 * this.#offer.lateMs));
    if (wider === this.#overlapMs) return;
    const minutes = (ms: number): number => Math.ceil(ms / 60_000);
    this.#overlapMs = wider;
    const told = `${this.id}: events come up to ${minutes(this.#offer.lateMs)} minutes late`;
    this.#ports.log("info", `${told}: every reading begins ${minutes(wider)} minutes earlier from now on`);
  }

  /** Tells what was missed. @returns whether the position may move on */
  async #settle(missed: Missed | "unknown" | null, span: Span): Promise<boolean> {
    if (span.settled) return true;
    if (missed === "unknown") return false;
    if (missed !== null) {
      this.#doubts += 1;
      // What is asked for is an index that may lag behind itself.
      if (this.#doubts < MOST_DOUBTS) throw new Error(`${missed.reason}: reading it again`);
      span.expired.push({ from: span.from, ...missed });
    }
    for (const gap of span.expired) await this.#tellGap(gap);
    this.#doubts = 0;
    span.settled = true;
    return true;
  }

  async #tellGap(gap: Gap): Promise<void> {
    await this.#ports.intake.tellGap({ collector: this.id, source: this.#kind.source, ...gap });
    this.#health.addGap(gap.from, gap.until, gap.reason);
    const span = `${new Date(gap.from).toISOString()} to ${new Date(gap.until).toISOString()}`;
    this.#ports.log("error", `${this.id}: events of ${span} may be missing: ${gap.reason}`);
  }

  #complete(time: number): void {
    this.#position.completeTo = time;
    this.#health.readUpTo = time;
  }

  async #ask(url: URL, more: Record<string, string> = {}): Promise<ApiReply> {
    const reply = await this.#client.ask(url, this.#context, more);
    this.#serverTime = serverTime(reply.headers) ?? this.#serverTime;
    const skew = this.#serverTime === null ? 0 : Math.abs(this.#serverTime - this.#clock.now());
    const minutes = Math.round(skew / 60_000);
    this.#tell(
      "clock",
      skew > MAX_SKEW_MS ? `the clock here and that of ${url.host} differ by ${minutes} minutes` : null,
    );
    return reply;
  }

  #readPage(reply: ApiReply, url: URL): LogPage {
    const page = this.#kind.readPage(reply, url);
    for (const address of [page.next, page.resume])
      if (address !== null && !this.#client.owns(address))
        throw new PageError(`${url.host} names a next page on another host`);
    return page;
  }

  #tell(subject: string, problem: string | null): void {
    if (problem !== null && !this.#health.hasProblem(subject)) this.#ports.log("warn", `${this.id}: ${problem}`);
    this.#health.setProblem(subject, problem);
  }
}
