/**
 * Objects of an S3 bucket, read as they come: gzip, zstd or plain; lines, JSON arrays, or documents with their records in a list.
 *
 * Keys need not follow time, so a bucket is listed, and what was not read yet is: the list begins at the first key that was put there
 * within the look-back, and once an hour at the beginning, in case keys are of no order. An object counts as read when all of it is
 * stored; a restart reads again what was under way, and nothing else.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
import { openChunks, isRejected, type Rejected } from "../chunks.ts";
import type { InputFile } from "../inputs.ts";
import type { LiveSource, SourceHealth, SourcePorts } from "../intake.ts";
import { ApiConnectionError, type PollClock, StoppedError, systemClock } from "./api-client.ts";
import { deliver, messageOf } from "./deliver.ts";
import { HealthBook } from "./health.ts";
import { S3Client, type S3ClientOptions, S3RefusalError } from "./s3-client.ts";
import type { S3Object } from "./s3-listing.ts";
import { S3Memory } from "./s3-memory.ts";

export interface S3SourceOptions extends S3ClientOptions {
  readonly id: string;
  /** Source map; `auto` by default. */
  readonly source?: string | undefined;
  /** Only keys that begin so. */
  readonly prefix?: string | undefined;
  /** Only keys that end so, such as `.json.gz`. */
  readonly suffix?: string | undefined;
  /** Default 60 s. */
  readonly pollMs?: number | undefined;
  /** How far back the very first reading goes, ms. Default 7 days. */
  readonly sinceMs?: number | undefined;
  /** For how long an object may have been on its way when it turns up: longer than any upload takes, ms. Default 3 days, at most 7. */
  readonly lookBackMs?: number | undefined;
  /** How often the whole of the prefix is listed, ms. Default an hour. */
  readonly listAllMs?: number | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
/** Objects being read at a time. */
const READING = 4;
/** Unread objects of one list; the oldest of more. */
const MAX_UNREAD = 100_000;
const MAX_PAGES = 1_000_000;
/** No lifecycle rule deletes anything sooner. */
const SHORTEST_LIFE_MS = 12 * HOUR_MS;
const MAX_REJECTED = 1_000;
/** Refusals that will not change: archived, gone, or with no address. */
const FINAL: ReadonlySet<string> = new Set(["NoSuchKey", "InvalidObjectState", "KeyIsNoAddress"]);

/** @throws {InvalidConfigError} */
export function createS3Source(options: S3SourceOptions, ports: SourcePorts, clock?: PollClock): LiveSource {
  return new S3Source(options, ports, clock ?? systemClock(ports.now));
}

class S3Source implements LiveSource {
  readonly id: string;
  readonly #options: S3SourceOptions;
  readonly #ports: SourcePorts;
  readonly #clock: PollClock;
  readonly #client: S3Client;
  readonly #memory: S3Memory;
  readonly #health = new HealthBook();
  readonly #stopping = new AbortController();
  /** Chunks of an object that are stored, should the rest of it have to be asked for again. */
  readonly #progress = new Map<string, number>();
  #running: Promise<void> = Promise.resolve();
  #startAfter = "";
  #listedAll = Number.NEGATIVE_INFINITY;

  constructor(options: S3SourceOptions, ports: SourcePorts, clock: PollClock) {
    this.id = options.id;
    this.#options = options;
    this.#ports = ports;
    this.#clock = clock;
    this.#client = new S3Client(options);
    this.#memory = new S3Memory(ports.checkpoints, options.id);
  }

  async start(): Promise<void> {
    this.#options.credentials();
    await this.#memory.load();
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
      try {
        await this.#readOn();
        this.#tell("bucket", null);
      } catch (error) {
        if (error instanceof StoppedError || signal.aborted) return;
        this.#tell("bucket", `${this.#client.host}: ${messageOf(error)}`);
      }
      await this.#clock.sleep(this.#options.pollMs ?? 60_000, signal);
    }
  }

  async #readOn(): Promise<void> {
    const { sinceMs = 7 * DAY_MS, lookBackMs = 3 * DAY_MS, listAllMs = HOUR_MS } = this.#options;
    const now = this.#clock.now();
    const { head } = this.#memory;
    if (head === null) await this.#memory.move({ horizon: now - sinceMs, completeTo: now - sinceMs, newest: null });
    const all = now - this.#listedAll >= listAllMs;
    const { unread, low, anchorSeen, oldest, cut } = await this.#list(all ? "" : this.#startAfter, now - lookBackMs);
    if (all && head?.newest != null && !anchorSeen && now - head.completeTo > SHORTEST_LIFE_MS)
      await this.#tellGap(head.completeTo, oldest ?? now, "objects were deleted before they were read");
    const whole = await this.#readAll(unread, all ? lookBackMs : null);
    if (!whole || cut) return;
    // The server's clock gave the objects their times.
    const serverNow = now + Math.min(0, this.#client.skewMs);
    this.#health.readUpTo = serverNow;
    if (!all) return;
    const newest = this.#memory.head?.newest ?? null;
    const horizon = Math.max(this.#memory.head?.horizon ?? 0, serverNow - lookBackMs);
    await this.#memory.move({ horizon, completeTo: serverNow, newest });
    this.#listedAll = now;
    // Shorter by a character it comes before that key, which is listed again.
    this.#startAfter = low === null ? "" : low.slice(0, -1);
  }

  /** `low`: the first key of those put there since `recent`; `oldest`: when the first of those not read was. */
  async #list(
    startAfter: string,
    recent: number,
  ): Promise<{ unread: S3Object[]; low: string | null; anchorSeen: boolean; oldest: number | null; cut: boolean }> {
    const { prefix = "", suffix = "" } = this.#options;
    const newest = this.#memory.head?.newest;
    const context = {
      clock: this.#clock,
      signal: this.#stopping.signal,
      tell: (problem: string | null) => this.#tell("api", problem),
    };
    let unread: S3Object[] = [];
    let low: string | null = null;
    let anchorSeen = false;
    let cut = false;
    let token: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const listing = await this.#client.list({ prefix, startAfter, token }, context);
      if (listing === null) throw new Error("it answers with something that is no list of objects");
      for (const object of listing.objects) {
        if (object.key === newest?.key) anchorSeen = true;
        if (object.modified >= recent && (low === null || object.key < low)) low = object.key;
        // A key that ends in a slash is how consoles make a folder.
        if (object.key.endsWith("/") || !object.key.endsWith(suffix) || object.sizeBytes === 0) continue;
        if (!this.#memory.has(object)) unread.push(object);
      }
      if (unread.length > 2 * MAX_UNREAD) {
        unread = unread.toSorted(byTime).slice(0, MAX_UNREAD);
        cut = true;
      }
      if (listing.next === null) break;
      token = listing.next;
    }
    unread.sort(byTime);
    return { unread, low, anchorSeen, oldest: unread[0]?.modified ?? null, cut };
  }

  /**
   * Oldest first, a few at a time.
   * @param lookBackMs null where not the whole of the prefix was listed: older objects may be there
   * @returns whether all of them are stored
   */
  async #readAll(unread: readonly S3Object[], lookBackMs: number | null): Promise<boolean> {
    const left = new Set(unread);
    let next = 0;
    let whole = true;
    const work = async (): Promise<void> => {
      for (let object = unread[next++]; object !== undefined; object = unread[next++]) {
        if (this.#stopping.signal.aborted) throw new StoppedError("stopped");
        if (await this.#read(object)) left.delete(object);
        else whole = false;
      }
    };
    await Promise.all(Array.from({ length: Math.min(READING, unread.length) }, work));
    this.#health.keepProblems(
      (subject) => !subject.startsWith("object ") || [...left].some(({ key }) => subject === `object ${key}`),
    );
    const [first] = left;
    const before = this.#memory.head;
    const newest = unread.findLast((object) => !left.has(object));
    if (before === null || newest === undefined) return whole;
    await this.#memory.move({
      ...before,
      horizon:
        lookBackMs === null
          ? before.horizon
          : Math.max(before.horizon, Math.min(first?.modified ?? Infinity, newest.modified) - lookBackMs),
      newest:
        before.newest === null || newest.modified >= before.newest.modified
          ? { key: newest.key, modified: newest.modified }
          : before.newest,
    });
    return whole;
  }

  /** @returns whether it is done with; one that cannot be read for now stops no other */
  async #read(object: S3Object): Promise<boolean> {
    const subject = `object ${object.key}`;
    try {
      await this.#store(object);
    } catch (error) {
      if (error instanceof StoppedError || this.#stopping.signal.aborted) throw new StoppedError("stopped");
      if (!(error instanceof S3RefusalError) || !FINAL.has(error.code)) {
        this.#tell(subject, `${object.key.slice(0, 200)}: ${messageOf(error)}`);
        return false;
      }
      this.#health.dropped += 1;
      const reason = `${object.key.slice(0, 200)} could not be read (${error.code}): its events lie at the end of this span or before`;
      await this.#tellGap(object.modified - HOUR_MS, object.modified + 1, reason);
    }
    await this.#memory.add(object);
    return true;
  }

  async #store(object: S3Object): Promise<void> {
    const { signal } = this.#stopping;
    const body = await this.#client.open(object.key, this.#clock.now(), signal);
    const name = object.key.slice(object.key.lastIndexOf("/") + 1).replace(/\.(?:gz|gzip|zst|zstd)$/i, "");
    const { modified: modifiedTime, sizeBytes } = object;
    const file: InputFile = { path: "-", name, modifiedTime, sizeBytes, compression: "none" };
    const stream = `${this.id}:${object.key}`;
    const about = { stream, source: this.#options.source ?? "auto", fileName: name, modifiedTime };
    const progressKey = `${object.key}\0${object.etag}`;
    const stored = this.#progress.get(progressKey) ?? 0;
    const rejected: Rejected[] = [];
    let chunks = 0;
    try {
      for await (const item of openChunks(file, { standardInput: body, chunkBytes: CHUNK_BYTES })) {
        if (isRejected(item)) {
          if (rejected.length < MAX_REJECTED) rejected.push(item);
          continue;
        }
        // Where the connection broke the chunk is shorter than it will be next time.
        if (body.errored !== null || (body.destroyed && !body.complete)) break;
        if (item.bytes.length === 0) continue;
        chunks += 1;
        if (chunks <= stored) continue;
        const bytes = item.bytes.at(-1) === NEWLINE ? item.bytes : Buffer.concat([item.bytes, Buffer.of(NEWLINE)]);
        const batch = { ...about, firstLine: item.firstLine, bytes };
        if (!(await deliver(this.#ports, batch, signal))) throw new StoppedError("stopped");
        this.#health.received += item.lineNumbers?.length ?? countLines(bytes);
        this.#progress.set(progressKey, chunks);
      }
    } finally {
      body.destroy();
    }
    if (!body.complete) throw new ApiConnectionError("the object ended early");
    for (const { line, reason, excerpt } of rejected) this.#ports.intake.reject({ stream, line, reason, excerpt });
    this.#health.dropped += rejected.length;
    this.#progress.delete(progressKey);
  }

  async #tellGap(from: number, until: number, reason: string): Promise<void> {
    const source = this.#options.source === "auto" ? "" : (this.#options.source ?? "");
    await this.#ports.intake.tellGap({ collector: this.id, source, from, until, reason });
    this.#health.addGap(from, until, reason);
    this.#ports.log("error", `${this.id}: events may be missing: ${reason}`);
  }

  #tell(subject: string, problem: string | null): void {
    if (problem !== null && !this.#health.hasProblem(subject)) this.#ports.log("warn", `${this.id}: ${problem}`);
    this.#health.setProblem(subject, problem);
  }
}

function byTime(one: S3Object, other: S3Object): number {
  return one.modified - other.modified || (one.key < other.key ? -1 : 1);
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
