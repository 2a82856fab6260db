/**
 * Conclusions while events come in: one after the other, over a connection of their own, so that a long one delays incidents and
 * not intake.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../model/ports.ts";
import { BusyRules } from "./busy-rules.ts";
import { conclude } from "./conclude.ts";
import type { PlanSet } from "./detect/correlate/plans.ts";
import { KnownValues } from "./known-values.ts";
import { endpointSources, laneOf } from "./lanes.ts";
import { Pause } from "./live-pause.ts";
import { Watchdog, type LiveProgress } from "./live-progress.ts";
import type { DueBook } from "./persist/due.ts";
import type { Store } from "./persist/store.ts";
import { inTurn, tellIncidents } from "./tell-incidents.ts";

export interface ConclusionsOptions {
  readonly store: Store;
  readonly book: DueBook;
  readonly planSet: () => PlanSet;
  readonly clock: Clock;
  readonly progress: LiveProgress;
  /** Conclusions are at least so far apart, ms; when left out, as long as the last one took, and half a second at most while intake follows. */
  readonly everyMs?: number;
  /** How long what was stored last had to wait for it, ms. */
  readonly intakeDelayMs: () => number;
  readonly onConcluded?: () => void;
  readonly log: (level: "info" | "warn" | "error", message: string) => void;
}

const RETRY_MS = 5_000;
const LONGEST_REST_MS = 500;
/** Where storing takes longer than this, intake is behind: whoever sends is held up. */
const BEHIND_MS = 1_000;
const GAP_PAUSE_MS = 250;

export class Conclusions {
  readonly #options: ConclusionsOptions;
  readonly #store: Store;
  readonly #pause = new Pause();
  readonly #watchdog = new Watchdog();
  readonly #memory = { busy: new BusyRules(), values: new KnownValues() };
  /** Spans whose incidents are to be told anew. */
  readonly #spans: { readonly from: number; readonly until: number }[] = [];
  #telling: Promise<void> | null = null;
  /** The telling that began last. */
  #told: Promise<void> = Promise.resolve();
  #concludedAt: number | null = null;
  #stopping = false;
  readonly #loop: Promise<void>;

  constructor(options: ConclusionsOptions) {
    this.#options = options;
    this.#store = options.store.beside();
    if (options.book.waiting) this.#watchdog.begin();
    this.#loop = this.#run();
  }

  /** When one was last finished, ms since 1970; null before the first. */
  get concludedAt(): number | null {
    return this.#concludedAt;
  }

  /** Since when there was something to conclude and nothing was, ms. */
  get stalledMs(): number {
    return this.#watchdog.stalledMs;
  }

  /** The book may have something. */
  wake(): void {
    if (!this.#options.book.waiting) return;
    this.#watchdog.begin();
    this.#pause.wake();
  }

  /** Incidents of the span are told anew; what comes close together is told together. */
  async tellAround(span: { readonly from: number; readonly until: number }): Promise<void> {
    this.#spans.push(span);
    if (this.#telling === null) this.#told = this.#telling = sleep(GAP_PAUSE_MS).then(() => this.#tell());
    await this.#telling;
  }

  /** Concludes what is due and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pause.wake();
    await this.#loop;
    await this.#told.catch(() => {});
    await this.#store.close();
  }

  async #tell(): Promise<void> {
    const { clock, onConcluded } = this.#options;
    this.#telling = null;
    const spans = this.#spans.splice(0);
    await inTurn(this.#store, () => tellIncidents(this.#store, spans, { laneOf, now: clock.now() }));
    onConcluded?.();
  }

  async #run(): Promise<void> {
    const { book, everyMs, intakeDelayMs, log } = this.#options;
    let last = Number.NEGATIVE_INFINITY;
    /** At most half of the time goes into conclusions while they are short, and while intake needs the processor. */
    let restMs = 0;
    while (!this.#stopping || book.waiting) {
      const pause = last + (everyMs ?? restMs) - performance.now();
      if (!book.waiting || (pause > 0 && !this.#stopping)) {
        await this.#pause.sleep(book.waiting ? pause : 60_000);
        continue;
      }
      const begun = performance.now();
      try {
        await this.#conclude();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log("error", `conclusions failed and will be tried again: ${message}`);
        if (this.#stopping) return;
        await sleep(RETRY_MS);
      }
      last = performance.now();
      restMs = Math.min(intakeDelayMs() > BEHIND_MS ? Number.POSITIVE_INFINITY : LONGEST_REST_MS, last - begun);
    }
  }

  async #conclude(): Promise<void> {
    const { book, planSet, clock, progress, onConcluded } = this.#options;
    const dues = book.take();
    const concluded = progress.concluding();
    try {
      const plans = planSet();
      for (const due of dues)
        await conclude(this.#store, {
          planSet: plans,
          due,
          laneOf,
          endpointSources,
          now: clock.now(),
          memory: this.#memory,
        });
      await book.settle();
    } catch (error) {
      // What was taken is still owed: it is part of the next conclusion.
      await book.add(dues).catch(() => {});
      throw error;
    }
    concluded();
    this.#watchdog.advance(book.waiting);
    this.#concludedAt = clock.now();
    onConcluded?.();
  }
}
