/**
 * The pipeline while it runs: batches of lines from live sources -> rows on disk -> acknowledgement -> conclusions.
 *
 * Batches that wait are committed together: their lines pass through the workers, the blocks are inserted, and only then
 * are the sources told. What is to be concluded is written down before the rows. Conclusions follow in a loop of their own,
 * so that a long one delays incidents, not intake.
 */
import type { Catalogue } from "../model/catalogue.ts";
import { IntakeBusyError, StoreUnavailableError } from "../model/errors.ts";
import type { Policy } from "../model/policy.ts";
import type { Clock } from "../model/ports.ts";
import type { CoverageGap, Intake, RecordBatch, RejectedRecord } from "./collect/intake.ts";
import { conclude } from "./conclude.ts";
import { planSetOf } from "./detect/detector.ts";
import type { SigmaDocument } from "./detect/sigma/index.ts";
import { duesOf } from "./ingest.ts";
import { endpointSources, laneOf } from "./lanes.ts";
import { LiveWorkers, type Work } from "./live-workers.ts";
import { DueBook } from "./persist/due.ts";
import { writeGap } from "./persist/gaps.ts";
import { QuarantineWriter } from "./persist/quarantine.ts";
import type { SpooledBlock, Store } from "./persist/store.ts";

export interface LiveOptions {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly policy: Policy | null;
  readonly documents: readonly SigmaDocument[];
  readonly clock: Clock;
  /** Threads; one leaves the other core to the engine. */
  readonly workers?: number;
  /** Conclusions are at least so far apart, ms. */
  readonly concludeEveryMs?: number;
  /** Free bytes below which nothing more is taken in. */
  readonly reserveBytes?: number;
  /** After every conclusion that changed the store. */
  readonly onConcluded?: () => void;
  readonly log: (level: "info" | "warn" | "error", message: string) => void;
}

export interface LiveStatus {
  readonly received: number;
  readonly activities: number;
  readonly rejected: number;
  readonly waitingBytes: number;
  /** When a conclusion was last finished, ms since 1970; null before the first. */
  readonly concludedAt: number | null;
  /** What keeps it from taking anything in; null when it does. */
  readonly problem: string | null;
}

interface Waiting {
  readonly batch: RecordBatch;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Bytes that may wait before sources are told to come again later. */
const MAX_WAITING_BYTES = 64 << 20;
/** Bytes committed together at most: what has waited longest is not kept longer by what came after. */
const MAX_GROUP_BYTES = 8 << 20;
/** Records of several lines are given up on when nothing more came for this long, ms. */
const QUIET_MS = 500;
const RETRY_MS = 1_000;
/** Where the store is on a disk fuller than this, intake stops: a full disk cannot even be tidied up. */
const RESERVE_BYTES = 256 << 20;
const DISK_CHECK_MS = 2_000;

export class LiveEngine implements Intake {
  readonly #options: LiveOptions;
  readonly #book: DueBook;
  readonly #workers: LiveWorkers;
  readonly #quarantine: QuarantineWriter;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Batches that are stored but for what their reader holds back, by stream. */
  readonly #unsettled = new Map<string, { waiting: Waiting[]; since: number }>();
  #received = 0;
  #activities = 0;
  #rejected = 0;
  #concludedAt: number | null = null;
  #problem: string | null = null;
  #diskCheckedAt = 0;
  #stopping = false;
  /** Something was rejected that is not on disk yet. */
  #rejections = false;
  readonly #commitPause = new Pause();
  readonly #concludePause = new Pause();
  readonly #loops: Promise<unknown>;

  private constructor(options: LiveOptions, book: DueBook) {
    this.#options = options;
    this.#book = book;
    const { catalogue, policy, documents, store } = options;
    this.#workers = new LiveWorkers(options.workers ?? 1, {
      catalogue,
      policy,
      documents,
      spoolFolder: store.spoolFolder,
    });
    this.#quarantine = new QuarantineWriter(store);
    this.#loops = Promise.all([this.#commitLoop(), this.#concludeLoop()]);
  }

  /** Takes up what an earlier process left to be concluded. */
  static async start(options: LiveOptions): Promise<LiveEngine> {
    return new LiveEngine(options, await DueBook.open(options.store, options.clock.now()));
  }

  offer(batch: RecordBatch): Promise<void> {
    if (this.#stopping) return Promise.reject(new IntakeBusyError("shutting down", RETRY_MS));
    if (this.#problem !== null) return Promise.reject(new IntakeBusyError(this.#problem, RETRY_MS));
    if (this.#waitingBytes > 0 && this.#waitingBytes + batch.bytes.length > MAX_WAITING_BYTES)
      return Promise.reject(
        new IntakeBusyError("the store cannot follow what comes in: try again in a second", RETRY_MS),
      );
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#waitingBytes += batch.bytes.length;
      this.#commitPause.wake();
    });
  }

  reject({ stream, line, reason, excerpt }: RejectedRecord): void {
    this.#rejected += 1;
    this.#quarantine.add({ file: stream, line, reason, excerpt });
    this.#rejections = true;
    this.#commitPause.wake();
  }

  tellGap(gap: CoverageGap): Promise<void> {
    return writeGap(this.#options.store, gap, this.#options.clock.now());
  }

  status(): LiveStatus {
    return {
      received: this.#received,
      activities: this.#activities,
      rejected: this.#rejected,
      waitingBytes: this.#waitingBytes,
      concludedAt: this.#concludedAt,
      problem: this.#problem,
    };
  }

  /** Stores what has been offered, concludes, and ends the workers. Sources have stopped by then. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#commitPause.wake();
    this.#concludePause.wake();
    await this.#loops;
    await this.#workers.terminate();
  }

  async #commitLoop(): Promise<void> {
    for (;;) {
      await this.#checkDisk();
      const group = this.#takeGroup();
      const quiet = this.#quietStreams();
      if (group.length === 0 && quiet.length === 0 && !this.#rejections) {
        if (this.#stopping && this.#unsettled.size === 0) break;
        await this.#commitPause.sleep(
          this.#unsettled.size > 0 || this.#problem !== null ? QUIET_MS / 2 : DISK_CHECK_MS,
        );
        continue;
      }
      try {
        await this.#commit(group, quiet);
      } catch (error) {
        const cause = error instanceof Error ? error : new Error(String(error));
        for (const { reject } of [...group, ...this.#takeUnsettled()])
          reject(cause instanceof StoreUnavailableError ? cause : new StoreUnavailableError(cause.message, { cause }));
        this.#options.log("error", `nothing of the last batch was stored: ${cause.message}`);
        await this.#commitPause.sleep(RETRY_MS);
      }
    }
    await this.#quarantine.flush().catch((error: Error) => this.#options.log("error", error.message));
  }

  #takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting) {
      if (group.length > 0 && bytes + waiting.batch.bytes.length > MAX_GROUP_BYTES) break;
      bytes += waiting.batch.bytes.length;
      group.push(waiting);
    }
    this.#waiting = this.#waiting.slice(group.length);
    this.#waitingBytes -= bytes;
    return group;
  }

  #quietStreams(): string[] {
    const now = performance.now();
    return [...this.#unsettled].flatMap(([stream, { since }]) =>
      this.#stopping || now - since >= QUIET_MS ? [stream] : [],
    );
  }

  #takeUnsettled(): Waiting[] {
    const all = [...this.#unsettled.values()].flatMap(({ waiting }) => waiting);
    this.#unsettled.clear();
    return all;
  }

  /** Everything up to here is on disk when this returns. @throws {StoreUnavailableError} and nothing is acknowledged */
  async #commit(group: readonly Waiting[], quiet: readonly string[]): Promise<void> {
    const lines = await Promise.all([
      ...group.map(({ batch }) => this.#workers.process(batch)),
      ...quiet.map((stream) => this.#workers.settle(stream)),
    ]);
    const blocks = [...lines.flatMap(({ blocks: full }) => full), ...(await this.#workers.flush())];
    const rules = [...new Set(lines.flatMap(({ rules: matched }) => matched))];
    await this.#book.add(duesOf(blocks, rules));
    for (const block of blocks) await this.#insert(block);
    for (const [index, work] of lines.entries()) this.#account(work, group[index]?.batch);
    this.#rejections = false;
    await this.#quarantine.flush();

    for (const stream of quiet) this.#acknowledge(stream);
    for (const [index, waiting] of group.entries()) {
      const { stream } = waiting.batch;
      // The batch before is complete now that the next one has been read.
      this.#acknowledge(stream);
      if (lines[index]?.stateful === true)
        this.#unsettled.set(stream, { waiting: [waiting], since: performance.now() });
      else waiting.resolve();
    }
    if (this.#book.waiting) this.#concludePause.wake();
  }

  #acknowledge(stream: string): void {
    const held = this.#unsettled.get(stream);
    this.#unsettled.delete(stream);
    for (const { resolve } of held?.waiting ?? []) resolve();
  }

  async #insert(block: SpooledBlock): Promise<void> {
    await this.#options.store.insert(block);
    if (block.table === "activity") this.#activities += block.rows;
  }

  #account({ events, rejected, disabled }: Work, batch: RecordBatch | undefined): void {
    this.#received += events + rejected.length;
    this.#rejected += rejected.length;
    for (const { line, reason, excerpt } of rejected)
      this.#quarantine.add({ file: batch?.stream ?? "", line, reason, excerpt });
    for (const { rule, reason } of disabled) this.#options.log("warn", `rule ${rule} was switched off: ${reason}`);
  }

  async #checkDisk(): Promise<void> {
    if (performance.now() - this.#diskCheckedAt < DISK_CHECK_MS && this.#diskCheckedAt > 0) return;
    this.#diskCheckedAt = performance.now();
    const free = await this.#options.store.freeBytes();
    const full = free !== null && free < (this.#options.reserveBytes ?? RESERVE_BYTES);
    const before = this.#problem;
    this.#problem = full
      ? `the disk of the store has ${Math.round(free / (1 << 20))} MiB left: make room; nothing is taken in until then`
      : null;
    if (before === null && this.#problem !== null) this.#options.log("error", this.#problem);
    if (before !== null && this.#problem === null) this.#options.log("info", "the disk has room again");
  }

  async #concludeLoop(): Promise<void> {
    const { store, policy, documents, clock, log } = this.#options;
    const planSet = planSetOf(documents, policy);
    let last = Number.NEGATIVE_INFINITY;
    while (!this.#stopping || this.#book.waiting) {
      const pause = last + (this.#options.concludeEveryMs ?? 500) - performance.now();
      if (!this.#book.waiting || (pause > 0 && !this.#stopping)) {
        await this.#concludePause.sleep(this.#book.waiting ? pause : 60_000);
        continue;
      }
      const dues = this.#book.take();
      try {
        for (const due of dues) await conclude(store, { planSet, due, laneOf, endpointSources, now: clock.now() });
        await this.#book.settle();
        this.#concludedAt = clock.now();
        this.#options.onConcluded?.();
      } catch (error) {
        log(
          "error",
          `conclusions failed and will be tried again: ${error instanceof Error ? error.message : String(error)}`,
        );
        if (this.#stopping) return;
        // What was taken is still owed: it is part of the next conclusion.
        await this.#book.add(dues).catch(() => {});
        await this.#concludePause.sleep(5 * RETRY_MS);
      }
      last = performance.now();
    }
  }
}

/** A pause that can be cut short. */
class Pause {
  #end: (() => void) | null = null;

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), Math.max(1, ms));
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.#end?.();
    this.#end = null;
  }
}
