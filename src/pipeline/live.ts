/**
 * The pipeline while it runs: batches of lines from live sources -> rows on disk -> acknowledgement -> conclusions.
 *
 * Batches that wait are committed together: their lines pass through the workers, the blocks are inserted, and only then
 * are the sources told. What is to be concluded is written down before the rows. Conclusions follow in a loop of their own,
 * so that a long one delays incidents, not intake. What lines are judged by may be exchanged at any time: streams stay open.
 */
import { rmSync } from "node:fs";
import { IntakeBusyError, StoreUnavailableError } from "../model/errors.ts";
import type { Clock } from "../model/ports.ts";
import type { CoverageGap, Intake, RecordBatch, RejectedRecord } from "./collect/intake.ts";
import type { PlanSet } from "./detect/correlate/plans.ts";
import { createDetector } from "./detect/detector.ts";
import { duesOf } from "./ingest.ts";
import { Conclusions } from "./live-conclusions.ts";
import { Pause } from "./live-pause.ts";
import { LiveProgress, Watchdog } from "./live-progress.ts";
import { LiveWorkers, type Work } from "./live-workers.ts";
import { DueBook } from "./persist/due.ts";
import { writeGap } from "./persist/gaps.ts";
import { QuarantineWriter } from "./persist/quarantine.ts";
import type { SpooledBlock, Store } from "./persist/store.ts";
import type { JudgedBy } from "./processor.ts";

export interface LiveOptions extends JudgedBy {
  readonly store: Store;
  readonly clock: Clock;
  /** Threads; one leaves the other core to the engine. */
  readonly workers?: number;
  /** Conclusions are at least so far apart, ms; as long as the last one took, and half a second at most, when left out. */
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
  /** Since when there was something to store and nothing was, ms; 0 when there is nothing. */
  readonly commitStalledMs: number;
  /** The same of conclusions. */
  readonly concludeStalledMs: number;
}

/** What the workers made of a group of batches. */
interface ReadGroup {
  readonly works: readonly Work[];
  readonly blocks: readonly SpooledBlock[];
}

interface Waiting {
  readonly batch: RecordBatch;
  /** Id of the live source. */
  readonly source: string;
  /** Monotonic, ms. */
  readonly offeredAt: number;
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
/** What was missed so close to a story may have been part of it, ms. */
const GAP_REACH_MS = 3_600_000;
/** Where the store is on a disk fuller than this, intake stops: a full disk cannot even be tidied up. */
const RESERVE_BYTES = 256 << 20;
const DISK_CHECK_MS = 2_000;
/**
 * Groups begin so far apart at least, ms: what an insert and the merging of its part cost hardly depends on how many rows there are, so
 * under load few large groups leave the processor to conclusions. What comes after a pause waits for nothing.
 */
const COMMIT_EVERY_MS = 250;

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
  /** Of the batch stored last, ms. */
  #delayMs = 0;
  #problem: string | null = null;
  #planSet: PlanSet;
  readonly progress = new LiveProgress();
  readonly #committing = new Watchdog();
  readonly #conclusions: Conclusions;
  #diskCheckedAt = 0;
  #stopping = false;
  /** Something was rejected that is not on disk yet. */
  #rejections = false;
  readonly #commitPause = new Pause();
  readonly #loop: Promise<void>;

  private constructor(options: LiveOptions, book: DueBook) {
    this.#options = options;
    this.#book = book;
    this.#planSet = planSetOfTried(options);
    const { catalogue, policy, documents, store } = options;
    this.#workers = new LiveWorkers(options.workers ?? 1, {
      catalogue,
      policy,
      documents,
      spoolFolder: store.spoolFolder,
    });
    this.#quarantine = new QuarantineWriter(store);
    this.#conclusions = new Conclusions({
      ...options,
      book,
      planSet: () => this.#planSet,
      progress: this.progress,
      everyMs: options.concludeEveryMs,
      intakeDelayMs: () => this.#delayMs,
    });
    this.#loop = this.#commitLoop();
  }

  /** Takes up what an earlier process left to be concluded. */
  static async start(options: LiveOptions): Promise<LiveEngine> {
    return new LiveEngine(options, await DueBook.open(options.store, options.clock.now()));
  }

  /** What a source is given: batches count as that source's. */
  intakeOf(source: string): Intake {
    const progress = this.progress.of(source);
    return {
      offer: async (batch) => {
        try {
          await this.#offer(batch, source);
        } catch (error) {
          progress.refused += 1;
          throw error;
        }
      },
      reject: (record) => {
        progress.rejected += 1;
        this.reject(record);
      },
      tellGap: (gap) => this.tellGap(gap),
    };
  }

  /**
   * Lines that are read from now on are judged by this; what is stored stays as it was judged.
   * @throws {InvalidRuleError} and everything stays as it is
   */
  judgeBy(by: JudgedBy): void {
    this.#planSet = planSetOfTried(by);
    this.#workers.judgeBy(by);
  }

  offer(batch: RecordBatch): Promise<void> {
    return this.#offer(batch, "");
  }

  #offer(batch: RecordBatch, source: string): Promise<void> {
    if (this.#stopping) return Promise.reject(new IntakeBusyError("shutting down", RETRY_MS));
    if (this.#problem !== null) return Promise.reject(new IntakeBusyError(this.#problem, RETRY_MS));
    if (this.#waitingBytes > 0 && this.#waitingBytes + batch.bytes.length > MAX_WAITING_BYTES)
      return Promise.reject(
        new IntakeBusyError("the store cannot follow what comes in: try again in a second", RETRY_MS),
      );
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, source, offeredAt: performance.now(), resolve, reject });
      this.#waitingBytes += batch.bytes.length;
      this.#committing.begin();
      this.#commitPause.wake();
    });
  }

  reject({ stream, line, reason, excerpt, received }: RejectedRecord): void {
    this.#rejected += 1;
    this.#quarantine.add({ file: stream, line, reason, excerpt, received });
    this.#rejections = true;
    this.#commitPause.wake();
  }

  async tellGap(gap: CoverageGap): Promise<void> {
    await writeGap(this.#options.store, gap, this.#options.clock.now());
    // A source in trouble tells many: they are told together.
    await this.#conclusions.tellAround({ from: gap.from - GAP_REACH_MS, until: gap.until + GAP_REACH_MS });
  }

  status(): LiveStatus {
    return {
      received: this.#received,
      activities: this.#activities,
      rejected: this.#rejected,
      waitingBytes: this.#waitingBytes,
      concludedAt: this.#conclusions.concludedAt,
      problem: this.#problem,
      commitStalledMs: this.#committing.stalledMs,
      concludeStalledMs: this.#conclusions.stalledMs,
    };
  }

  /** Stores what has been offered, concludes, and ends the workers. Sources have stopped by then. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#commitPause.wake();
    await this.#loop;
    await this.#conclusions.stop();
    await this.#workers.terminate();
  }

  /** While one group of batches goes into the store, the workers read the next. */
  async #commitLoop(): Promise<void> {
    let storing: Promise<void> | null = null;
    let taken = Number.NEGATIVE_INFINITY;
    for (;;) {
      await this.#checkDisk();
      const early = taken + COMMIT_EVERY_MS - performance.now();
      if (early > 0 && this.#waitingBytes < MAX_GROUP_BYTES && !this.#stopping) {
        await this.#commitPause.sleep(early);
        continue;
      }
      const group = this.#takeGroup();
      const quiet = this.#quietStreams();
      if (group.length === 0 && quiet.length === 0 && !this.#rejections) {
        if (storing !== null) {
          // Something may have come meanwhile, or be left to settle.
          await Promise.race([storing.then(() => (storing = null)), this.#commitPause.sleep(DISK_CHECK_MS)]);
          continue;
        }
        if (this.#stopping && this.#unsettled.size === 0) break;
        await this.#commitPause.sleep(
          this.#unsettled.size > 0 || this.#problem !== null ? QUIET_MS / 2 : DISK_CHECK_MS,
        );
        continue;
      }
      const begun = (taken = performance.now());
      const read = await this.#read(group, quiet).catch((error: unknown) => this.#giveBack(group, error));
      await storing;
      storing =
        read === null
          ? null
          : this.#store(group, quiet, read)
              .then(() => this.progress.commits.add((performance.now() - begun) / 1000))
              .catch(async (error: unknown) => {
                this.#giveBack([...group, ...this.#takeUnsettled()], error);
                await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
              });
    }
    await this.#quarantine.flush().catch((error: Error) => this.#options.log("error", error.message));
  }

  /** Their sources offer them again. */
  #giveBack(batches: readonly Waiting[], error: unknown): null {
    const cause = error instanceof Error ? error : new Error(String(error));
    for (const { reject } of batches)
      reject(cause instanceof StoreUnavailableError ? cause : new StoreUnavailableError(cause.message, { cause }));
    this.#options.log("error", `nothing of the last batch was stored: ${cause.message}`);
    return null;
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

  /** Lines -> blocks on their way to the store. */
  async #read(group: readonly Waiting[], quiet: readonly string[]): Promise<ReadGroup> {
    const works = await Promise.all([
      ...group.map(({ batch }) => this.#workers.process(batch)),
      ...quiet.map((stream) => this.#workers.settle(stream)),
    ]);
    return { works, blocks: [...works.flatMap(({ blocks }) => blocks), ...(await this.#workers.flush())] };
  }

  /** Everything of the group is on disk when this returns. @throws {StoreUnavailableError} and nothing is acknowledged */
  async #store(group: readonly Waiting[], quiet: readonly string[], { works, blocks }: ReadGroup): Promise<void> {
    const rules = [...new Set(works.flatMap(({ rules: matched }) => matched))];
    try {
      await this.#book.announce(duesOf(blocks, rules));
      for (const block of blocks) await this.#insert(block);
    } finally {
      // Also where only some of the rows are in: concluding once too often changes nothing.
      this.#book.ripen();
      for (const { path } of blocks) rmSync(path, { force: true });
    }
    for (const [index, work] of works.entries()) this.#account(work, group[index]);
    this.#rejections = false;
    await this.#quarantine.flush();

    for (const stream of quiet) this.#acknowledge(stream);
    for (const [index, waiting] of group.entries()) {
      const { stream } = waiting.batch;
      // The batch before is complete now that the next one has been read.
      this.#acknowledge(stream);
      if (works[index]?.stateful === true)
        this.#unsettled.set(stream, { waiting: [waiting], since: performance.now() });
      else this.#resolve(waiting);
    }
    this.#committing.advance(this.#waiting.length > 0);
    this.#conclusions.wake();
  }

  #resolve({ offeredAt, resolve }: Waiting): void {
    this.#delayMs = performance.now() - offeredAt;
    this.progress.stored(offeredAt);
    resolve();
  }

  #acknowledge(stream: string): void {
    const held = this.#unsettled.get(stream);
    this.#unsettled.delete(stream);
    for (const waiting of held?.waiting ?? []) this.#resolve(waiting);
  }

  async #insert(block: SpooledBlock): Promise<void> {
    await this.#options.store.insert(block);
    if (block.table === "activity") this.#activities += block.rows;
  }

  #account(work: Work, waiting: Waiting | undefined): void {
    const { events, rejected, disabled, newestTime } = work;
    const lost = rejected.length + work.rejectedMore;
    this.#received += events + lost;
    this.#rejected += lost;
    // A file's lines have their numbers for good; of others the time they came tells them apart.
    const received = waiting?.batch.fileName === "" ? waiting.batch.modifiedTime : undefined;
    for (const { line, reason, excerpt } of rejected)
      this.#quarantine.add({ file: waiting?.batch.stream ?? "", line, reason, excerpt, received });
    for (const { rule, reason } of disabled) this.#options.log("warn", `rule ${rule} was switched off: ${reason}`);
    if (waiting === undefined) return;
    const progress = this.progress.of(waiting.source);
    progress.events += events;
    progress.rejected += lost;
    progress.bytes += waiting.batch.bytes.length;
    progress.storedAt = this.#options.clock.now();
    if (newestTime === null) return;
    progress.newestTime = Math.max(progress.newestTime ?? 0, newestTime);
    progress.lagMs = Math.max(0, progress.storedAt - newestTime);
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
}

/** Compiles everything a worker would: what a worker would fail on fails here. @throws {InvalidRuleError} */
function planSetOfTried({ documents, policy }: JudgedBy): PlanSet {
  return createDetector(documents, policy).planSet;
}
