/**
 * What one receiver is still to be told. One attempt at a time; what is told of an incident keeps its order; a notice that the
 * receiver chokes on does not hold up those of other incidents. Receivers know nothing of each other.
 */
import { hash } from "node:crypto";
import type { Clock } from "../../model/ports.ts";
import type { Notice, Outbox, OutboxEntry } from "../../model/notification.ts";
import { printableCut } from "../../model/printable.ts";
import { backoffMs } from "./backoff.ts";
import { outdated } from "./held.ts";
import { Pause } from "./pause.ts";
import type { Outcome, Receiver } from "./receiver.ts";

export type Log = (level: "info" | "warn" | "error", message: string) => void;

export interface QueueOptions {
  readonly id: string;
  readonly type: string;
  readonly receiver: Receiver;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** 0 to 1 */
  readonly random: () => number;
  readonly log: Log;
  /** Undelivered for so long, a notice is given up, ms. */
  readonly giveUpAfterMs: number;
  readonly sent: number;
  readonly failed: number;
  /** Given up before, newest first. */
  readonly dead: readonly OutboxEntry[];
}

export interface ReceiverStatus {
  readonly id: string;
  readonly type: string;
  /** Notices it has. */
  readonly sent: number;
  /** Notices given up. */
  readonly failed: number;
  readonly waiting: number;
  /** Of the last attempt; null when that went well. */
  readonly last_error: string | null;
  /** ms since 1970 UTC; null before the first. */
  readonly last_sent: number | null;
  /** The newest of those given up, newest first. */
  readonly given_up: readonly {
    readonly incident: string;
    readonly change: string;
    /** When there was something to tell, ms since 1970 UTC. */
    readonly time: number;
    readonly answer: string;
  }[];
}

interface Waiting {
  entry: OutboxEntry;
  /** It may have arrived already. */
  again: boolean;
  /** Not before, ms since 1970 UTC. */
  notBefore: number;
}

/** At most so many notices make one digest. */
const MOST_TOGETHER = 100;
/** A receiver has this long for one attempt, whatever it does meanwhile. */
const ATTEMPT_MS = 90_000;
/** The longest wait without a look at the clock. */
const LOOK_MS = 1_000;
const MAX_ERROR = 300;
/** Shown in the status. */
const MOST_GIVEN_UP = 20;

export class ReceiverQueue {
  readonly #options: QueueOptions;
  #waiting: Waiting[] = [];
  #sent: number;
  #failed: number;
  #lastError: string | null = null;
  #lastSent: number | null = null;
  #givenUp: readonly OutboxEntry[];
  #failures = 0;
  /** The receiver is left alone until then, ms since 1970 UTC. */
  #closedUntil = 0;
  /** When to stop, by the process's own clock; null while running. */
  #deadline: number | null = null;
  readonly #pause = new Pause();
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#sent = options.sent;
    this.#failed = options.failed;
    this.#givenUp = options.dead.slice(0, MOST_GIVEN_UP);
    this.#running = this.#run();
  }

  /** @param again an earlier process may have sent them */
  add(entries: readonly OutboxEntry[], again: boolean): void {
    for (const entry of entries) this.#waiting.push({ entry, again, notBefore: entry.due });
    this.wake();
  }

  wake(): void {
    this.#pause.wake();
  }

  status(): ReceiverStatus {
    return {
      id: this.#options.id,
      type: this.#options.type,
      sent: this.#sent,
      failed: this.#failed,
      waiting: this.#waiting.length,
      last_error: this.#lastError,
      last_sent: this.#lastSent,
      given_up: this.#givenUp.map(({ incident, change, created, answer }) => ({
        incident,
        change,
        time: created,
        answer,
      })),
    };
  }

  /** Sends what is due and goes well at once, for at most so long; the rest waits for the next process. */
  async close(withinMs: number): Promise<void> {
    this.#deadline = performance.now() + withinMs;
    const timer = setTimeout(() => this.#stopped.abort(new Error("stopping")), withinMs);
    this.wake();
    await this.#running;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    for (;;) {
      const together = this.#next();
      if (this.#deadline !== null && (together.length === 0 || performance.now() >= this.#deadline)) return;
      if (together.length === 0) await this.#pause.sleep(this.#waiting.length === 0 ? 60_000 : LOOK_MS);
      else
        await this.#send(together).catch(async (error: Error) => {
          // The store failed: what was sent is in memory as sent, the rest is tried again.
          this.#options.log("error", `receiver ${this.#options.id}: ${error.message}`);
          await this.#pause.sleep(LOOK_MS);
        });
    }
  }

  /** The notice to go out now, with those that go with it; none when none may. */
  #next(): readonly Waiting[] {
    const now = this.#options.clock.now();
    if (now < this.#closedUntil) return [];
    const passed = new Set<string>();
    let first: Waiting | null = null;
    for (const waiting of this.#waiting) {
      const { thread, batch, attempts } = waiting.entry;
      const may = waiting.notBefore <= now && !passed.has(thread);
      // What failed least comes first: what the receiver chokes on does not keep it from the rest.
      if (may && (first === null || attempts < first.entry.attempts)) first = waiting;
      // Of one story the order stays; what a digest holds back does not hold up what may go at once.
      if (may || batch === "") passed.add(thread);
      if (first?.entry.attempts === 0) break;
    }
    if (first === null) return [];
    const { batch } = first.entry;
    if (batch === "" || this.#options.receiver.deliverDigest === undefined) return [first];
    return this.#waiting
      .filter(({ entry, notBefore }) => entry.batch === batch && notBefore <= now)
      .slice(0, MOST_TOGETHER);
  }

  async #send(together: readonly Waiting[]): Promise<void> {
    const { outbox, clock, log, id } = this.#options;
    const stored = await outbox.notices(together.map(({ entry }) => entry));
    const known = new Set(stored.map(({ delivery }) => delivery));
    const there = together.filter(({ entry }) => known.has(entry.delivery));
    if (there.length < together.length) this.#remove(together.filter(({ entry }) => !known.has(entry.delivery)));
    const found = await this.#stillNews(there, stored);
    if (found.length === 0) return;
    const going = new Set(found.map(({ entry }) => entry.delivery));
    const outcome = await this.#attempt(
      found,
      stored.filter(({ delivery }) => going.has(delivery)),
    );
    const now = clock.now();
    const answer = printableCut(outcome.answer, MAX_ERROR);
    const reference = outcome.result === "delivered" ? (outcome.reference ?? "") : "";
    const given = outcome.result === "failed" && found.some(({ entry }) => this.#isTooOld(entry, now));
    const state = outcome.result === "delivered" ? "sent" : outcome.result === "refused" || given ? "dead" : "waiting";
    const entries = found.map(({ entry }) => ({
      ...entry,
      state,
      answer,
      reference: reference === "" ? entry.reference : reference,
      attempts: entry.attempts + 1,
      version: entry.version + 1,
    })) satisfies OutboxEntry[];

    if (outcome.result === "failed") {
      this.#failures += 1;
      const wait = backoffMs(this.#failures, this.#options.random(), outcome.retryAfterMs);
      this.#closedUntil = now + wait;
      for (const [index, waiting] of found.entries()) {
        waiting.entry = entries[index] ?? waiting.entry;
        waiting.again = true;
        waiting.notBefore = now + wait;
      }
      if (this.#failures === 1) log("warn", `receiver ${id} cannot be reached: ${answer}`);
    } else {
      if (this.#failures > 0 && outcome.result === "delivered") log("info", `receiver ${id} can be reached again`);
      this.#failures = 0;
      this.#closedUntil = 0;
    }
    this.#lastError = outcome.result === "delivered" ? null : answer;
    if (state !== "waiting") this.#remove(found);
    await this.#mark(entries);
    if (state === "sent") {
      this.#sent += found.length;
      this.#lastSent = now;
    } else if (state === "dead") {
      this.#failed += found.length;
      this.#givenUp = [...entries, ...this.#givenUp].slice(0, MOST_GIVEN_UP);
      const what = found.length === 1 ? "an incident" : `${found.length} incidents`;
      log("error", `receiver ${id} was not told of ${what}: ${answer}`);
    }
  }

  async #attempt(found: readonly Waiting[], notices: readonly Notice[]): Promise<Outcome> {
    const { receiver, outbox, id } = this.#options;
    const [first] = notices;
    const [entry] = found;
    if (first === undefined || entry === undefined) return { result: "refused", answer: "there is nothing to send" };
    const timeout = AbortSignal.timeout(ATTEMPT_MS);
    const signal = AbortSignal.any([this.#stopped.signal, timeout]);
    const again = found.some((waiting) => waiting.again);
    try {
      if (entry.entry.batch !== "" && receiver.deliverDigest !== undefined) {
        // Bound to what it holds: the same notices are the same delivery.
        const delivery = hash("sha256", JSON.stringify(notices.map((notice) => notice.delivery)), "hex").slice(0, 32);
        return await receiver.deliverDigest(notices, { delivery, again, reference: "", signal });
      }
      const about = first.change === "new" ? [] : [first.thread, first.incident.uid];
      const earlier = (await outbox.entriesAbout(about)).filter(({ receiver: of }) => of === id);
      const reference = earlier.find((each) => each.reference !== "")?.reference ?? "";
      return await receiver.deliver(first, { delivery: first.delivery, again, reference, signal });
    } catch (error) {
      if (timeout.aborted) return { result: "failed", answer: `not done within ${ATTEMPT_MS / 1000} s` };
      return { result: "failed", answer: explain(error) };
    }
  }

  /** Drops what is no news any more; @returns the rest */
  async #stillNews(waiting: readonly Waiting[], notices: readonly Notice[]): Promise<readonly Waiting[]> {
    const { outbox, id } = this.#options;
    const entries = waiting.map(({ entry }) => entry);
    // What goes out at once is news.
    if (!entries.some(({ batch, change, attempts }) => attempts === 0 && (batch !== "" || change === "closed")))
      return waiting;
    const closed = await outbox.closedOf([...new Set(entries.map(({ incident }) => incident))]);
    if (closed.size === 0) return waiting;
    const threads = notices.flatMap(({ thread, merged }) => [thread, ...merged]);
    const about = await outbox.entriesAbout([...new Set([...threads, ...entries.map(({ incident }) => incident)])]);
    const told = about.filter(({ receiver }) => receiver === id);
    const dropped = outdated(entries, notices, { told, closed });
    if (dropped.size === 0) return waiting;
    this.#remove(waiting.filter(({ entry }) => dropped.has(entry)));
    await this.#mark([...dropped].map((entry) => ({ ...entry, state: "dropped", version: entry.version + 1 })));
    return waiting.filter(({ entry }) => !dropped.has(entry));
  }

  /** Until it is on disk: what was sent is not to be sent again. */
  async #mark(entries: readonly OutboxEntry[]): Promise<void> {
    for (;;) {
      try {
        await this.#options.outbox.update(entries);
        return;
      } catch (error) {
        this.#options.log(
          "error",
          `receiver ${this.#options.id}: what it was told is not noted yet: ${explain(error)}`,
        );
        if (this.#stopped.signal.aborted) return;
        await this.#pause.sleep(LOOK_MS);
      }
    }
  }

  #isTooOld({ created, due }: OutboxEntry, now: number): boolean {
    return now - Math.max(created, due) > this.#options.giveUpAfterMs;
  }

  #remove(gone: readonly Waiting[]): void {
    const set = new Set(gone);
    this.#waiting = this.#waiting.filter((waiting) => !set.has(waiting));
  }
}

/** Why there was no answer, with what lies behind it where that says more. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  const own = error.message === "" ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
  return inner instanceof Error && !own.includes(inner.message) ? `${own} (${inner.message})` : own;
}
