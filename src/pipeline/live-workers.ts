/**
 * The workers behind a running pipeline. Every stream has its worker and stays open; what a worker answers comes in the
 * order it was asked. A worker that dies is replaced; a batch that killed it twice is set aside line by line.
 */
import type { Worker } from "node:worker_threads";
import { StoreUnavailableError } from "../model/errors.ts";
import type { RecordBatch } from "./collect/intake.ts";
import type { SpooledBlock } from "./persist/store.ts";
import type { ChunkResult, JudgedBy, ProcessorOptions, RejectedLine } from "./processor.ts";
import { WorkerPool } from "./worker-pool.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/** What became of a batch. */
export interface Work {
  readonly events: number;
  readonly rejected: readonly RejectedLine[];
  /** Rejected lines beyond those listed. */
  readonly rejectedMore: number;
  /** Latest event time, ms; null when there was no event. */
  readonly newestTime: number | null;
  readonly blocks: readonly SpooledBlock[];
  /** Ids of the rules that matched. */
  readonly rules: readonly string[];
  readonly disabled: ChunkResult["disabled"];
  /** Whether the reader may hold some of it back. */
  readonly stateful: boolean;
}

interface OpenStream {
  readonly file: number;
  readonly lane: Lane;
}

interface Lane {
  readonly worker: Worker;
  readonly asked: { resolve: (message: FromWorker) => void; reject: (error: Error) => void }[];
}

/** Streams open at once; of more (peers of a syslog port) the one unused longest is closed. */
const MOST_STREAMS = 2_000;
/** Streams whose header lines are kept, of more those told longest ago are forgotten; and how long they may be together, for each. */
const MOST_PREAMBLES = 2_000;
const MAX_PREAMBLE_CHARACTERS = 64 << 10;
/** Times a batch may end a worker before it is set aside. */
const MOST_DEATHS = 2;

export class LiveWorkers {
  #options: Omit<ProcessorOptions, "name">;
  readonly #lanes: Lane[];
  readonly #streams = new Map<string, OpenStream>();
  readonly #deaths = new Map<string, number>();
  /** Header lines that the reader of a stream was given: in its worker they end with it. */
  readonly #preambles = new Map<string, string>();
  #files = 0;
  #generation = 0;
  #ending = false;

  constructor(count: number, options: Omit<ProcessorOptions, "name">) {
    this.#options = options;
    this.#lanes = Array.from({ length: Math.max(1, count) }, () => this.#startLane());
  }

  #startLane(): Lane {
    const pool = new WorkerPool(1);
    this.#generation += 1;
    pool.configure(this.#options, `live-${this.#generation}`);
    const worker = pool.workers[0] as Worker;
    const lane: Lane = { worker, asked: [] };
    worker.on("message", (message: FromWorker) => lane.asked.shift()?.resolve(message));
    worker.on("error", (error: Error) => this.#replace(lane, error));
    worker.on("exit", () => this.#replace(lane, new Error("a worker thread ended")));
    return lane;
  }

  #replace(lane: Lane, cause: Error): void {
    const index = this.#lanes.indexOf(lane);
    if (index === -1 || this.#ending) return;
    this.#lanes[index] = this.#startLane();
    for (const [stream, { lane: of }] of this.#streams) if (of === lane) this.#streams.delete(stream);
    for (const { reject } of lane.asked.splice(0)) reject(new StoreUnavailableError(cause.message, { cause }));
  }

  #ask(lane: Lane, message: ToWorker, transfer: ArrayBuffer[] = []): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      lane.asked.push({ resolve, reject });
      lane.worker.postMessage(message, transfer);
    });
  }

  /** @throws {StoreUnavailableError} when the worker ended: the batch may be offered again */
  async process(batch: RecordBatch): Promise<Work> {
    const { stream, bytes, firstLine } = batch;
    if ((this.#deaths.get(stream) ?? 0) >= MOST_DEATHS) {
      this.#deaths.delete(stream);
      return setAside(batch);
    }
    const begins = !this.#streams.has(stream);
    const { lane, file } = this.#open(batch);
    try {
      // A reader that begins in the middle needs the header first; what it says of it was said before.
      const preamble = begins ? this.#preambleOf(batch) : null;
      if (preamble !== null) {
        const header = { file, bytes: preamble, firstLine: 0, lineNumbers: null, last: false };
        await this.#ask(lane, { type: "chunk", chunk: header });
      }
      // The bytes are copied, not handed over: what kills a worker is needed once more.
      const chunk = { file, bytes, firstLine, lineNumbers: null, last: false };
      const answer = await this.#ask(lane, { type: "chunk", chunk });
      this.#deaths.delete(stream);
      if (answer.type === "chunk") this.#keepPreamble(stream, answer.result.preamble);
      return workOf(answer);
    } catch (error) {
      this.#deaths.set(stream, (this.#deaths.get(stream) ?? 0) + 1);
      throw error;
    }
  }

  /** What stands at the head of the file, else what an earlier reader of the stream was given; null: nothing. */
  #preambleOf({ stream, preamble }: RecordBatch): Uint8Array | null {
    if (preamble !== undefined && preamble.length > 0) return preamble;
    const kept = this.#preambles.get(stream);
    return kept === undefined ? null : Buffer.from(`${kept}\n`);
  }

  /** @param preamble absent where it is as it was */
  #keepPreamble(stream: string, preamble: string | undefined): void {
    if (preamble === undefined) return;
    this.#preambles.delete(stream);
    if (preamble === "" || preamble.length > MAX_PREAMBLE_CHARACTERS) return;
    const [oldest] = this.#preambles.keys();
    if (this.#preambles.size >= MOST_PREAMBLES && oldest !== undefined) this.#preambles.delete(oldest);
    this.#preambles.set(stream, preamble);
  }

  /** Hands out what the stream's reader holds back. */
  async settle(stream: string): Promise<Work> {
    const open = this.#streams.get(stream);
    if (open === undefined) return NOTHING;
    const chunk = { file: open.file, bytes: new Uint8Array(0), firstLine: 0, lineNumbers: null, last: false };
    return workOf(await this.#ask(open.lane, { type: "chunk", chunk: { ...chunk, settle: true } }));
  }

  /** Lines sent from now on are judged by this. It has been tried: a worker that cannot take it ends, and is replaced. */
  judgeBy(by: JudgedBy): void {
    this.#options = { ...this.#options, ...by };
    for (const { worker } of this.#lanes) worker.postMessage({ type: "judge", by } satisfies ToWorker);
  }

  /** Blocks of all rows so far. */
  async flush(): Promise<SpooledBlock[]> {
    const answers = await Promise.all(this.#lanes.map((lane) => this.#ask(lane, { type: "flush" })));
    return answers.flatMap((answer) => (answer.type === "flushed" ? answer.blocks : []));
  }

  async terminate(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#lanes.map(({ worker }) => worker.terminate()));
  }

  #open({ stream, source, fileName, modifiedTime }: RecordBatch): OpenStream {
    const known = this.#streams.get(stream);
    if (known !== undefined) {
      // Most recently used last.
      this.#streams.delete(stream);
      this.#streams.set(stream, known);
      return known;
    }
    if (this.#streams.size >= MOST_STREAMS) this.#close();
    this.#files += 1;
    const lane = this.#lanes[this.#files % this.#lanes.length] as Lane;
    const open = { file: this.#files, lane };
    lane.worker.postMessage({
      type: "open",
      open: {
        file: open.file,
        source,
        expected: null,
        environment: { fileModifiedTime: modifiedTime, fileName },
      },
    } satisfies ToWorker);
    this.#streams.set(stream, open);
    return open;
  }

  /** The stream unused longest; its reader holds nothing back by now. */
  #close(): void {
    const [oldest] = this.#streams;
    if (oldest === undefined) return;
    const [stream, { file, lane }] = oldest;
    this.#streams.delete(stream);
    const chunk = { file, bytes: new Uint8Array(0), firstLine: 0, lineNumbers: null, last: true };
    void this.#ask(lane, { type: "chunk", chunk }).catch(() => {});
  }
}

const NOTHING: Work = {
  events: 0,
  rejected: [],
  rejectedMore: 0,
  newestTime: null,
  blocks: [],
  rules: [],
  disabled: [],
  stateful: false,
};

function workOf(answer: FromWorker): Work {
  if (answer.type !== "chunk") throw new TypeError("a worker answered out of turn");
  const { matches, ...work } = answer.result;
  return { ...work, rules: Object.keys(matches) };
}

/** Lines that end the worker that reads them are kept as they are, with the reason. */
function setAside({ bytes, firstLine }: RecordBatch): Work {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").split("\n");
  const rejected = lines.flatMap((text, index) =>
    text === ""
      ? []
      : [{ line: firstLine + index, reason: "reading it ended the worker twice", excerpt: text.slice(0, 200) }],
  );
  return { ...NOTHING, rejected };
}
