/**
 * Files -> rows in the store: merges the files by event time, spreads their chunks over worker threads, inserts the blocks
 * that come back. Memory is bounded by the chunks and blocks in flight, whatever the size of the input.
 */
import type { Worker } from "node:worker_threads";
import { isRejected, type Chunk, type Rejected } from "./collect/chunks.ts";
import type { InputFile } from "./collect/inputs.ts";
import { mergeByTime } from "./collect/merge.ts";
import { HeadReader } from "./head-reader.ts";
import type { Store, SpooledBlock } from "./persist/store.ts";
import { joinDues, type Due } from "./persist/due.ts";
import { QuarantineWriter } from "./persist/quarantine.ts";
import type { ChunkResult, ProcessorOptions } from "./processor.ts";
import { WorkerPool } from "./worker-pool.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

export interface IngestOptions extends Omit<ProcessorOptions, "spoolFolder" | "name"> {
  readonly store: Store;
  /** A source id for every file, or `auto`. */
  readonly source: string;
  /** Called after every chunk. */
  readonly onProgress?: (progress: IngestProgress) => void;
  /** Worker threads, started while the content was read, and perhaps told already what to work with; as many as cores when left out. */
  readonly workers?: WorkerPool;
}

export interface IngestProgress {
  lines: number;
  bytes: number;
  events: number;
  rejected: number;
  matches: number;
}

export interface IngestSummary extends IngestProgress {
  /** Events by source id. */
  readonly sources: ReadonlyMap<string, number>;
  /** Matches by rule id. */
  readonly matchedRules: ReadonlyMap<string, number>;
  /** What the run has touched, to be concluded. */
  readonly due: readonly Due[];
  /** Event times of the activities, ms; null when there were none. */
  readonly range: { readonly from: number; readonly until: number } | null;
  /** First rejected lines, for showing. */
  readonly rejectedExamples: readonly {
    readonly file: string;
    readonly line: number;
    readonly reason: string;
    readonly excerpt: string;
  }[];
  readonly disabled: readonly { readonly rule: string; readonly reason: string }[];
  readonly files: readonly {
    readonly file: string;
    readonly source: string | null;
    readonly reason: string;
    readonly events: number;
    readonly rejected: number;
  }[];
}

/** Chunks a worker may hold: one in work, one waiting. */
const CHUNKS_PER_WORKER = 4;
/** Blocks waiting for the store; more would only grow the spool. */
const MAX_WAITING_BLOCKS = 4;
/** So many parts are read as they are; beyond, merging them costs less than leaving them. */
const MAX_UNMERGED_BLOCKS = 300;
/** A larger file whose records stand alone is read by all workers. */
const SHARED_FILE_BYTES = 16 << 20;
const MAX_EXAMPLES = 20;

interface Lane {
  readonly worker: Worker;
  inFlight: number;
  /** Size of the files that are this worker's own. */
  assignedBytes: number;
  readonly opened: Set<number>;
}

/**
 * Leaves merges held back, which the caller lets go once it has drawn its conclusions.
 * @throws {StoreUnavailableError} when the store cannot take the rows
 */
export async function ingest(files: readonly InputFile[], options: IngestOptions): Promise<IngestSummary> {
  return new Ingestion(files, options).run();
}

class Ingestion {
  readonly #files: readonly InputFile[];
  readonly #index: ReadonlyMap<InputFile, number>;
  readonly #options: IngestOptions;
  readonly #heads: HeadReader;
  readonly #quarantine: QuarantineWriter;
  readonly #lanes: Lane[] = [];
  readonly #sticky = new Map<number, Lane>();
  readonly #progress: IngestProgress = { lines: 0, bytes: 0, events: 0, rejected: 0, matches: 0 };
  readonly #sources = new Map<string, number>();
  readonly #matchedRules = new Map<string, number>();
  readonly #examples: IngestSummary["rejectedExamples"][number][] = [];
  readonly #disabled = new Map<string, string>();
  readonly #perFile = new Map<number, { events: number; rejected: number }>();
  readonly #blocksDone: SpooledBlock[] = [];
  /** Inserts run one after the other: the engine takes them in turn anyway. */
  #inserts: Promise<void> = Promise.resolve();
  #waitingBlocks = 0;
  /** Inserted so far. */
  #blocks = 0;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(files: readonly InputFile[], options: IngestOptions) {
    this.#files = files;
    this.#index = new Map(files.map((file, index) => [file, index]));
    this.#options = options;
    this.#heads = new HeadReader(options.source);
    this.#quarantine = new QuarantineWriter(options.store);
  }

  async run(): Promise<IngestSummary> {
    const { catalogue, policy, documents, store } = this.#options;
    const pool = this.#options.workers ?? new WorkerPool();
    await store.holdMerges(true);
    try {
      for (const worker of pool.workers) this.#adopt(worker);
      if (!pool.configured) pool.configure({ catalogue, policy, documents, spoolFolder: store.spoolFolder });
      for await (const item of mergeByTime(this.#files, { timeOf: (line, file) => this.#heads.timeOf(line, file) })) {
        if (isRejected(item)) this.#rejectPart(item);
        else await this.#dispatch(item);
        this.#check();
      }
      await this.#until(() => this.#lanes.every(({ inFlight }) => inFlight === 0));
      for (const lane of this.#lanes) {
        lane.inFlight += 1;
        this.#send(lane, { type: "flush" });
      }
      await this.#until(() => this.#lanes.every(({ inFlight }) => inFlight === 0));
      await this.#inserts;
      this.#check();
      await this.#quarantine.flush();
    } finally {
      await pool.terminate();
      await this.#inserts;
    }
    return this.#summary();
  }

  #adopt(worker: Worker): void {
    const lane: Lane = { worker, inFlight: 0, assignedBytes: 0, opened: new Set() };
    worker.on("message", (message: FromWorker) => this.#receive(lane, message));
    worker.on("error", (error: Error) => this.#fail(error));
    this.#lanes.push(lane);
  }

  #send(lane: Lane, message: ToWorker, transfer: ArrayBuffer[] = []): void {
    lane.worker.postMessage(message, transfer);
  }

  async #dispatch(chunk: Chunk): Promise<void> {
    const file = this.#index.get(chunk.file) as number;
    const head = this.#heads.recognition(chunk.file, chunk.bytes);
    const shared = !head.stateful && chunk.lineNumbers === null && chunk.file.sizeBytes >= SHARED_FILE_BYTES;
    const own = this.#stickyLane(file);
    // Code that meets few kinds of records runs faster than code that meets all of them: a file keeps its worker as long
    // as no other is idle.
    const lane = await this.#freeLane(own, shared ? this.#lanes : []);
    if (!lane.opened.has(file)) {
      lane.opened.add(file);
      const { modifiedTime, name } = chunk.file;
      this.#send(lane, {
        type: "open",
        open: {
          file,
          source: this.#options.source,
          expected: head.source,
          environment: { fileModifiedTime: modifiedTime, fileName: name },
        },
      });
    }
    lane.inFlight += 1;
    const { bytes, firstLine, lineNumbers, last } = chunk;
    this.#send(lane, { type: "chunk", chunk: { file, bytes, firstLine, lineNumbers, last } }, [
      bytes.buffer as ArrayBuffer,
    ]);
    if (last) this.#heads.close(chunk.file);
  }

  #stickyLane(file: number): Lane {
    const known = this.#sticky.get(file);
    if (known !== undefined) return known;
    const lane = this.#lanes.toSorted((a, b) => a.assignedBytes - b.assignedBytes)[0] as Lane;
    lane.assignedBytes += this.#files[file]?.sizeBytes ?? 0;
    this.#sticky.set(file, lane);
    return lane;
  }

  /** The file's own worker when it has room, else one of the others that has nothing to do. */
  async #freeLane(own: Lane, others: readonly Lane[]): Promise<Lane> {
    const free = (): Lane | undefined =>
      own.inFlight < CHUNKS_PER_WORKER ? own : others.find(({ inFlight }) => inFlight === 0);
    await this.#until(() => free() !== undefined && this.#waitingBlocks < MAX_WAITING_BLOCKS);
    return free() as Lane;
  }

  /** Waits until the condition holds or something failed. */
  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#check();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  #receive(lane: Lane, message: FromWorker): void {
    lane.inFlight -= 1;
    if (message.type === "chunk") this.#account(message.result);
    for (const block of message.type === "chunk" ? message.result.blocks : message.blocks) this.#insert(block);
    this.#wake?.();
  }

  #insert(block: SpooledBlock): void {
    this.#waitingBlocks += 1;
    this.#blocksDone.push(block);
    this.#inserts = this.#inserts
      .then(() => (this.#failure === null ? this.#options.store.insert(block) : undefined))
      .then(() => {
        this.#blocks += 1;
        return this.#blocks === MAX_UNMERGED_BLOCKS ? this.#options.store.holdMerges(false) : undefined;
      })
      .catch((error: Error) => this.#fail(error))
      .finally(() => {
        this.#waitingBlocks -= 1;
        this.#wake?.();
      });
  }

  #account(result: ChunkResult): void {
    const progress = this.#progress;
    const rejected = result.rejected.length + result.rejectedMore;
    progress.lines += result.lines;
    progress.bytes += result.bytes;
    progress.events += result.events;
    progress.rejected += rejected;
    for (const [source, count] of Object.entries(result.sources))
      this.#sources.set(source, (this.#sources.get(source) ?? 0) + count);
    for (const [rule, count] of Object.entries(result.matches)) {
      progress.matches += count;
      this.#matchedRules.set(rule, (this.#matchedRules.get(rule) ?? 0) + count);
    }
    for (const { rule, reason } of result.disabled) this.#disabled.set(rule, reason);
    const seen = this.#perFile.get(result.file) ?? { events: 0, rejected: 0 };
    this.#perFile.set(result.file, { events: seen.events + result.events, rejected: seen.rejected + rejected });
    const path = (this.#files[result.file] as InputFile).path;
    for (const { line, reason, excerpt } of result.rejected) this.#reject(path, line, reason, excerpt);
    this.#options.onProgress?.(progress);
  }

  #rejectPart({ file, line, reason, excerpt }: Rejected): void {
    this.#progress.rejected += 1;
    const index = this.#index.get(file) as number;
    const seen = this.#perFile.get(index) ?? { events: 0, rejected: 0 };
    this.#perFile.set(index, { ...seen, rejected: seen.rejected + 1 });
    this.#reject(file.path, line, reason, excerpt);
  }

  #reject(file: string, line: number, reason: string, excerpt: string): void {
    if (this.#examples.length < MAX_EXAMPLES) this.#examples.push({ file, line, reason, excerpt });
    this.#quarantine.add({ file, line, reason, excerpt });
  }

  #summary(): IngestSummary {
    return {
      ...this.#progress,
      sources: this.#sources,
      matchedRules: this.#matchedRules,
      due: duesOf(this.#blocksDone, [...this.#matchedRules.keys()]),
      range: rangeOf(this.#blocksDone.filter(({ table }) => table === "activity")),
      rejectedExamples: this.#examples,
      disabled: [...this.#disabled].map(([rule, reason]) => ({ rule, reason })),
      files: this.#files.map((file, index) => ({
        file: file.path,
        ...this.#heads.told(file),
        ...(this.#perFile.get(index) ?? { events: 0, rejected: 0 }),
      })),
    };
  }
}

function rangeOf(blocks: readonly SpooledBlock[]): { from: number; until: number } | null {
  if (blocks.length === 0) return null;
  return {
    from: Math.min(...blocks.map(({ minTime }) => minTime)),
    until: Math.max(...blocks.map(({ maxTime }) => maxTime)),
  };
}

/** What inserted blocks have touched; which of the rules matched when is not kept apart. */
export function duesOf(blocks: readonly SpooledBlock[], rules: readonly string[]): Due[] {
  return joinDues(
    blocks.flatMap(({ table, spans }) =>
      spans.map((span) =>
        table === "activity"
          ? { activities: span, matches: null, rules: [] }
          : { activities: span, matches: span, rules },
      ),
    ),
  );
}
