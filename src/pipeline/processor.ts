/**
 * What happens to a chunk of lines, in order: lines -> events -> context -> matches -> blocks for the store. Runs in the
 * worker threads; holds no state beyond the streams that are open and the rows not yet spooled.
 */
import { hash } from "node:crypto";
import { closeSync, openSync, writevSync } from "node:fs";
import { join } from "node:path";
import type { Activity, OcsfEvent } from "../model/activity.ts";
import type { Catalogue } from "../model/catalogue.ts";
import type { Policy } from "../model/policy.ts";
import { readLines } from "./collect/lines.ts";
import { createContextBuilder } from "./conform/context/index.ts";
import type { ConformEnvironment, SourceMap } from "./conform/define-map.ts";
import { openStream, type StreamReader } from "./conform/index.ts";
import { createDetector, type Detector } from "./detect/detector.ts";
import type { SigmaDocument } from "./detect/sigma/index.ts";
import { createActivityWriter, createMatchWriter, type RowWriter } from "./persist/columns.ts";
import type { SpooledBlock } from "./persist/store.ts";

/** What events are given as context and asked by rules; may be another after a reload. */
export interface JudgedBy {
  readonly catalogue: Catalogue;
  readonly policy: Policy | null;
  readonly documents: readonly SigmaDocument[];
}

export interface ProcessorOptions extends JudgedBy {
  /** Folder of the store where blocks are written. */
  readonly spoolFolder: string;
  /** Distinguishes the block files of workers. */
  readonly name: string;
}

export interface OpenFile {
  readonly file: number;
  readonly source: string;
  /** What the head of the file was recognised as; asked first. */
  readonly expected: string | null;
  readonly environment: ConformEnvironment;
}

export interface LineChunk {
  readonly file: number;
  readonly bytes: Uint8Array;
  readonly firstLine: number;
  readonly lineNumbers: Uint32Array | null;
  readonly last: boolean;
  /** Nothing more comes for now: what the reader holds back is handed out, and the stream stays open. */
  readonly settle?: boolean;
}

export interface RejectedLine {
  readonly line: number;
  readonly reason: string;
  readonly excerpt: string;
}

/** What became of one chunk. */
export interface ChunkResult {
  readonly file: number;
  readonly lines: number;
  readonly bytes: number;
  readonly events: number;
  /** Whether the reader may hold back records of the chunk until the next one comes. */
  readonly stateful: boolean;
  /** Header lines in force after the chunk, joined by line ends; absent while they are those of the chunk before. */
  readonly preamble?: string;
  readonly rejected: readonly RejectedLine[];
  /** Rejected lines beyond those listed. */
  readonly rejectedMore: number;
  readonly sources: Readonly<Record<string, number>>;
  readonly blocks: readonly SpooledBlock[];
  /** Matches by rule id. */
  readonly matches: Readonly<Record<string, number>>;
  /** Latest event time, ms; null when there was no event. */
  readonly newestTime: number | null;
  /** Rules switched off while matching, with the reason. */
  readonly disabled: readonly { readonly rule: string; readonly reason: string }[];
}

const BLOCK_ROWS = 60_000;
const BLOCK_BYTES = 48 << 20;
const MAX_REJECTED_PER_CHUNK = 1_000;
/** What is new is told by parts of this length, ms; see due.ts. */
const SLOT_MS = 300_000;
/** DateTime64(3) holds 1900 to 2299; a log from before 1970 or after 2100 has a broken clock. */
const MAX_TIME = 4_102_444_800_000;

export class Processor {
  readonly #options: ProcessorOptions;
  #context: (event: OcsfEvent) => Activity["context"];
  #detector: Detector;
  readonly #streams = new Map<number, StreamReader>();
  /** Header lines as last told, by file; those without any are absent. */
  readonly #preambles = new Map<number, string>();
  readonly #activities = new Table("activity", createActivityWriter());
  readonly #matches = new Table("match", createMatchWriter());
  #blocks = 0;
  #tally = new Tally();

  constructor(options: ProcessorOptions) {
    this.#options = options;
    this.#context = createContextBuilder(options.catalogue, options.policy);
    this.#detector = createDetector(options.documents, options.policy);
  }

  /** From the next chunk on events are judged by this; streams stay open, with what their readers know. @throws {InvalidRuleError} */
  judgeBy({ catalogue, policy, documents }: JudgedBy): void {
    const detector = createDetector(documents, policy);
    this.#context = createContextBuilder(catalogue, policy);
    this.#detector = detector;
  }

  open({ file, source, expected, environment }: OpenFile): void {
    this.#streams.set(
      file,
      openStream({
        source,
        expected,
        environment,
        emit: (event, map, line, preamble, hashed) => this.#take(event, map, line, preamble, hashed),
        reject: (line, error, text) => this.#tally.reject(line, error.message, text),
      }),
    );
  }

  process(chunk: LineChunk): ChunkResult {
    const stream = this.#streams.get(chunk.file);
    if (stream === undefined) throw new RangeError(`file ${chunk.file} is not open`);
    this.#tally = new Tally();
    const lineOf = (index: number): number => chunk.lineNumbers?.[index] ?? chunk.firstLine + index;
    const lines = readLines(
      chunk.bytes,
      (line, index) => stream.push(line, lineOf(index)),
      (index, reason, excerpt) => this.#tally.reject(lineOf(index), reason, excerpt),
    );
    const { preamble } = stream;
    const known = this.#preambles.get(chunk.file) ?? "";
    if (preamble !== known) this.#preambles.set(chunk.file, preamble);
    if (chunk.last) {
      stream.flush();
      this.#streams.delete(chunk.file);
      this.#preambles.delete(chunk.file);
    } else if (chunk.settle === true) stream.flush();
    const blocks = [
      ...(this.#activities.full ? [this.#spool(this.#activities)] : []),
      ...(this.#matches.full ? [this.#spool(this.#matches)] : []),
    ];
    return {
      file: chunk.file,
      lines,
      bytes: chunk.bytes.length,
      stateful: stream.stateful,
      ...(preamble === known ? {} : { preamble }),
      blocks,
      ...this.#tally.result(),
      disabled: this.#detector.takeDisabled(),
    };
  }

  /** Spools what is left; the processor stays usable. */
  flush(): SpooledBlock[] {
    return [
      ...(this.#activities.rows > 0 ? [this.#spool(this.#activities)] : []),
      ...(this.#matches.rows > 0 ? [this.#spool(this.#matches)] : []),
    ];
  }

  #take(event: OcsfEvent, map: SourceMap, line: number, preamble: string, hashed: boolean): void {
    const { time } = event;
    if (!Number.isSafeInteger(time) || time < 0 || time >= MAX_TIME) {
      this.#tally.reject(line, `the event's time ${String(time)} is not between 1970 and 2100`, event.raw_data ?? "");
      return;
    }
    const activity: Activity = { source: map.id, event, context: this.#context(event) };
    const uid = event.metadata.uid ?? "";
    // A content hash is spread well, and no two sources share a line.
    const id = hashed || isHash(uid) ? uid : rowId(map.id, uid);
    this.#activities.add({ id, activity, preamble }, time);
    for (const match of this.#detector.match(activity, map.lane)) {
      this.#matches.add(match, time);
      this.#tally.match(match.rule);
    }
    this.#tally.event(map.id, time);
  }

  #spool<Row>(table: Table<Row>): SpooledBlock {
    this.#blocks += 1;
    return table.spool(join(this.#options.spoolFolder, `${this.#options.name}-${this.#blocks}-${table.name}.native`));
  }
}

/** 128 bits in hex, as the conform stage makes them for events without an id of their own. */
const CONTENT_UID = /^[0-9a-f]{32}$/;

function isHash(uid: string): boolean {
  return uid.length === 32 && CONTENT_UID.test(uid);
}

/** Stands for source and uid: the key that makes writing twice add nothing. */
function rowId(source: string, uid: string): string {
  return hash("sha256", `${source}\0${uid}`, "hex").slice(0, 32);
}

class Table<Row> {
  readonly name: SpooledBlock["table"];
  readonly #writer: RowWriter<Row>;
  #minTime = Number.POSITIVE_INFINITY;
  #maxTime = 0;
  #slots = new Map<number, { from: number; until: number }>();
  #slot = -1;
  #span: { from: number; until: number } | undefined;

  constructor(name: SpooledBlock["table"], writer: RowWriter<Row>) {
    this.name = name;
    this.#writer = writer;
  }

  get rows(): number {
    return this.#writer.rows;
  }

  get full(): boolean {
    return this.#writer.rows >= BLOCK_ROWS || this.#writer.byteLength >= BLOCK_BYTES;
  }

  add(row: Row, time: number): void {
    this.#writer.add(row);
    if (time < this.#minTime) this.#minTime = time;
    if (time > this.#maxTime) this.#maxTime = time;
    // The last slot again, most of the time.
    const slot = Math.floor(time / SLOT_MS);
    const span = slot === this.#slot ? this.#span : this.#slots.get(slot);
    this.#slot = slot;
    this.#span = span;
    if (span === undefined) this.#slots.set(slot, (this.#span = { from: time, until: time + 1 }));
    else if (time < span.from) span.from = time;
    else if (time >= span.until) span.until = time + 1;
  }

  spool(path: string): SpooledBlock {
    const block = {
      table: this.name,
      path,
      rows: this.#writer.rows,
      minTime: this.#minTime,
      maxTime: this.#maxTime,
      spans: [...this.#slots.values()].toSorted((a, b) => a.from - b.from),
    };
    const descriptor = openSync(path, "w", 0o600);
    try {
      this.#writer.finish((parts) => writeAll(descriptor, parts));
    } finally {
      closeSync(descriptor);
    }
    this.#minTime = Number.POSITIVE_INFINITY;
    this.#maxTime = 0;
    this.#slots = new Map();
    this.#slot = -1;
    return block;
  }
}

/** writev may write less than asked for. */
function writeAll(descriptor: number, parts: readonly Buffer[]): void {
  let rest = parts.filter(({ length }) => length > 0);
  while (rest.length > 0) {
    let written = writevSync(descriptor, rest.slice(0, 512));
    while (rest.length > 0 && written >= (rest[0] as Buffer).length) {
      written -= (rest[0] as Buffer).length;
      rest = rest.slice(1);
    }
    if (written > 0) rest = [(rest[0] as Buffer).subarray(written), ...rest.slice(1)];
  }
}

class Tally {
  #events = 0;
  #rejectedMore = 0;
  #newestTime = -1;
  readonly #rejected: RejectedLine[] = [];
  readonly #sources = new Map<string, number>();
  readonly #matches = new Map<string, number>();

  event(source: string, time: number): void {
    this.#events += 1;
    if (time > this.#newestTime) this.#newestTime = time;
    this.#sources.set(source, (this.#sources.get(source) ?? 0) + 1);
  }

  match(rule: string): void {
    this.#matches.set(rule, (this.#matches.get(rule) ?? 0) + 1);
  }

  reject(line: number, reason: string, text: string): void {
    if (this.#rejected.length < MAX_REJECTED_PER_CHUNK)
      this.#rejected.push({ line, reason: reason.slice(0, 300), excerpt: text.slice(0, 200) });
    else this.#rejectedMore += 1;
  }

  result(): Pick<ChunkResult, "events" | "rejected" | "rejectedMore" | "sources" | "matches" | "newestTime"> {
    return {
      events: this.#events,
      rejected: this.#rejected,
      rejectedMore: this.#rejectedMore,
      newestTime: this.#newestTime < 0 ? null : this.#newestTime,
      sources: Object.fromEntries(this.#sources),
      matches: Object.fromEntries(this.#matches),
    };
  }
}
