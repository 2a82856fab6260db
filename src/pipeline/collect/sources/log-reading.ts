/** One reading of a span of a log, piece by piece and page by page, and what it proves. */
import { type ApiReply, refusalOf } from "./api-client.ts";
import type { KnownEvent } from "./log-position.ts";
import type { LogEvent, LogKind, LogPage } from "./log-poller.ts";

export interface ReadingState {
  /** Half-open, ms. */
  readonly from: number;
  readonly until: number;
  /** Seen before, and to be seen again; null: there is nothing to be proved. */
  readonly anchor: KnownEvent | null;
  /** A reading that was one page, by its tag: where nothing changed the server need not send it again. */
  readonly whole: { readonly address: string; readonly etag: string } | null;
}

export interface ReadingPorts {
  ask(url: URL, more?: Record<string, string>): Promise<ApiReply>;
  readPage(reply: ApiReply, url: URL): LogPage;
  /** Stores them. */
  offer(events: readonly LogEvent[]): Promise<void>;
  /** The pages of a piece would not add up: some of it may be missing. */
  shifted(from: number, until: number): Promise<void>;
  /** Everything before this time has been read and stored. */
  reach(time: number): Promise<void>;
}

/** `until`: just after the first event that is there again, ms. */
export interface Missed {
  readonly until: number;
  readonly reason: string;
}

/** Events of one time come in any order, and an index may order by another of an event's times: this much of it is no proof, ms. */
const SLACK_MS = 60_000;
/** Times that one piece is read again because pages shifted. */
const MOST_SHIFTS = 3;
/** Pages of one piece: a server that always names a next one is not followed for ever. */
const MOST_PAGES = 100_000;

/** The span has to be read again. */
export class ReadingError extends Error {}

export class LogReading {
  readonly #kind: LogKind;
  readonly #state: ReadingState;
  readonly #ports: ReadingPorts;
  /** The anchor came again; or it did not, and the first event after it came then. */
  #proof: "open" | "proved" | "failed";
  #firstAfter: number | null = null;
  #ended = false;
  resume: string | null = null;
  whole: ReadingState["whole"] = null;

  constructor(kind: LogKind, state: ReadingState, ports: ReadingPorts) {
    this.#kind = kind;
    this.#state = state;
    this.#ports = ports;
    this.#proof = state.anchor === null ? "proved" : "open";
  }

  /** @throws {ReadingError} @throws {PageError} @throws {StoppedError} */
  async run(): Promise<void> {
    const { from, until } = this.#state;
    const sliceMs = this.#kind.sliceMs ?? Number.POSITIVE_INFINITY;
    for (let start = from; start < until; start += sliceMs) {
      const end = Math.min(until, start + sliceMs);
      for (let turn = 1; ; turn += 1) {
        if (await this.#readSlice(start, end)) break;
        if (turn < MOST_SHIFTS) continue;
        await this.#ports.shifted(start, end);
        break;
      }
      // The newest known event lies in the first piece.
      if (this.#proof === "open" && this.#state.anchor !== null && this.#state.anchor.time < end)
        this.#proof = "failed";
      if (end < until) await this.#ports.reach(end);
    }
    this.#ended = true;
    if (this.#proof === "open") this.#proof = "failed";
  }

  /** What was missed, so far as it is known by now. */
  missed(): Missed | "unknown" | null {
    if (this.#proof === "proved") return null;
    if (this.#proof === "open") return "unknown";
    if (this.#firstAfter === null && !this.#ended) return "unknown";
    return {
      until: this.#firstAfter === null ? this.#state.until : this.#firstAfter + 1,
      reason: "the log no longer holds the last event that was read",
    };
  }

  /** @returns false when its pages did not add up */
  async #readSlice(from: number, until: number): Promise<boolean> {
    const first = this.#kind.firstPage(from, until);
    const { whole } = this.#state;
    const known = whole?.address === first.href ? whole.etag : null;
    const ids = new Set<string>();
    let total: number | null = null;
    let url: URL = first;
    for (let page = 1; ; page += 1) {
      const reply = await this.#ports.ask(url, page === 1 && known !== null ? { "if-none-match": known } : {});
      if (reply.status === 304 && known !== null) {
        this.#proof = "proved";
        this.whole = whole;
        return true;
      }
      // A cursor that has expired, or an address that was never right: either way the span begins anew.
      if (reply.status >= 300) {
        this.#kind.refused?.(reply.status);
        throw new ReadingError(refusalOf(url, reply));
      }
      const { events, next, resume, total: counted } = this.#ports.readPage(reply, url);
      total = counted ?? total;
      await this.#take(events);
      for (const { id } of events) ids.add(id);
      if (resume !== null) this.resume = resume;
      if (next === null) {
        const { etag } = reply.headers;
        this.whole = page === 1 && etag !== undefined ? { address: first.href, etag } : null;
        break;
      }
      if (page >= MOST_PAGES || next === url.href) throw new ReadingError(`${url.host} names a next page without end`);
      url = new URL(next, url);
    }
    return total === null || ids.size >= total;
  }

  async #take(events: readonly LogEvent[]): Promise<void> {
    await this.#ports.offer(events);
    const { anchor } = this.#state;
    if (anchor !== null && this.#proof === "open") {
      if (events.some(({ id }) => id === anchor.id)) this.#proof = "proved";
    }
    let last: number | null = null;
    for (const { id, time } of events) {
      if (time === null) continue;
      last = time;
      if (anchor !== null && time >= anchor.time && id !== anchor.id && (this.#firstAfter ?? Infinity) > time)
        this.#firstAfter = time;
    }
    if (this.#kind.order !== "ascending" || last === null) return;
    if (this.#proof === "open" && anchor !== null && last > anchor.time + SLACK_MS) this.#proof = "failed";
    if (this.#proof !== "open") await this.#ports.reach(last);
  }
}
