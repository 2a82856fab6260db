/**
 * Log files as they grow, by path patterns: rotation by renaming and by copying and cutting, archives, files that come and go.
 *
 * A file is what its inode and its first bytes say, not its name. Each is read on from a position that is written down after the
 * lines before it were stored; a file that cannot be read stops no other. Lines of UTF-16 and records of several lines that are no
 * lines of JSON are not followed.
 */
import { open, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { compressionOf } from "../compression.ts";
import { describeReadFailure } from "../inputs.ts";
import type { LiveSource, SourceHealth, SourcePorts } from "../intake.ts";
import { messageOf } from "./deliver.ts";
import { readArchive, readArchiveHead } from "./file-archive.ts";
import { type FileContext, FileFollower } from "./file-follower.ts";
import { beginsLike, type FilePosition, MARK_BYTES, markOf, newPosition, readAt } from "./file-identity.ts";
import { findMoved, originalOf, placeOf, tellGaps } from "./file-origin.ts";
import { FilePositions } from "./file-positions.ts";
import { HealthBook } from "./health.ts";
import { expandPatterns } from "./path-patterns.ts";

export interface FileSourceOptions {
  readonly id: string;
  /** Paths with `*`, `?` and `**`. */
  readonly paths: readonly string[];
  /** Source map; `auto` by default. */
  readonly source?: string;
  /** Where files begin that are there at the very first start. Default beginning. */
  readonly from?: "beginning" | "end";
  /** Between two looks, ms. Default 500. */
  readonly pollMs?: number;
  /** How long a rotated file must not have changed until it counts as complete, and an archive until it is read, ms. Default 5000. */
  readonly quietMs?: number;
}

const MAX_READING = 8;
const MAX_OPEN = 256;
/** How long a copy waits for its original to be cut or to be read past it. */
const COPY_WAIT_MS = 30_000;

interface Seen {
  readonly path: string;
  readonly size: number;
  readonly modifiedTime: number;
}

export function createFileSource(options: FileSourceOptions, ports: SourcePorts): LiveSource {
  return new FileSource(options, ports);
}

class FileSource implements LiveSource {
  readonly id: string;
  readonly #options: FileSourceOptions;
  readonly #context: FileContext;
  readonly #quietMs: number;
  readonly #stopping = new AbortController();
  readonly #followers = new Map<string, FileFollower>();
  /** Files with nothing to read until they change, and since when files are as they are. By inode. */
  readonly #settled = new Map<string, string>();
  readonly #unchanged = new Map<string, { look: string; since: number; first: number }>();
  readonly #archives = new Map<string, Promise<void>>();
  /** Seen at a first start that begins at the end. */
  readonly #skippedArchives = new Set<string>();
  #looking: Promise<void> = Promise.resolve();
  #firstLook = true;
  #firstStart = false;

  constructor(options: FileSourceOptions, ports: SourcePorts) {
    this.id = options.id;
    this.#options = options;
    this.#quietMs = options.quietMs ?? 5_000;
    this.#context = {
      sourceId: options.id,
      source: options.source ?? "auto",
      ports,
      health: new HealthBook(),
      positions: new FilePositions(ports.checkpoints, options.id),
      signal: this.#stopping.signal,
    };
  }

  async start(): Promise<void> {
    const { positions, health } = this.#context;
    this.#firstStart = !(await positions.load());
    health.state = "running";
    this.#looking = this.#keepLooking();
  }

  async stop(): Promise<void> {
    const { health, positions, ports } = this.#context;
    this.#stopping.abort();
    await this.#looking;
    await Promise.allSettled([...this.#archives.values(), ...[...this.#followers.values()].map((one) => one.close())]);
    await positions.save(ports.now()).catch((error: unknown) => {
      ports.log("warn", `${this.id}: positions not written: ${messageOf(error)}`);
    });
    health.state = "stopped";
  }

  health(): SourceHealth {
    return this.#context.health.report();
  }

  async #keepLooking(): Promise<void> {
    const { signal, ports } = this.#context;
    while (!signal.aborted) {
      await this.#look().catch((error: unknown) => ports.log("error", `${this.id}: ${messageOf(error)}`));
      await sleep(this.#options.pollMs ?? 500, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { health, positions, ports } = this.#context;
    const { paths, failures: unlisted } = await expandPatterns(this.#options.paths);
    const failures = new Map(unlisted);
    const seen = await this.#statAll(paths, failures);
    health.keepProblems((subject) => failures.has(subject) || [...seen.values()].some(({ path }) => path === subject));
    for (const [path, error] of failures) health.setProblem(path, `${path}: ${describeReadFailure(error)}`);
    if (this.#firstLook) {
      for (const [position, size] of await findMoved(this.#context, seen))
        this.#follow(position, { path: position.path, size, modifiedTime: 0 }, "moved");
    }

    const atEnd = this.#firstLook && this.#firstStart && this.#options.from === "end";
    if (atEnd) for (const inode of seen.keys()) this.#skippedArchives.add(inode);
    const oldestFirst = [...seen].toSorted(([, one], [, other]) => one.modifiedTime - other.modifiedTime);
    for (const [inode, file] of oldestFirst) {
      if (this.#stopping.signal.aborted) return;
      await this.#guard(file.path, () => this.#lookAt(inode, file));
    }
    for (const [inode, follower] of this.#followers) {
      if (!seen.has(inode)) await this.#guard(follower.position.path, () => this.#lookAfter(follower));
    }
    for (const key of this.#unchanged.keys()) if (!seen.has(key)) this.#unchanged.delete(key);
    for (const key of this.#settled.keys()) if (!seen.has(key)) this.#settled.delete(key);
    tellGaps(this.#context, COPY_WAIT_MS);
    if (this.#firstLook) await positions.save(ports.now()).catch(() => {});
    this.#firstLook = false;
    await this.#closeIdle();
  }

  async #statAll(paths: readonly string[], failures: Map<string, unknown>): Promise<Map<string, Seen>> {
    const seen = new Map<string, Seen>();
    for (const path of paths) {
      try {
        const stats = await stat(path, { bigint: true });
        if (!stats.isFile()) continue;
        const inode = `${stats.dev}:${stats.ino}`;
        const known = this.#followers.get(inode)?.position.path;
        // Of several names of one file the one it was known by
        if (seen.has(inode) && path !== known) continue;
        seen.set(inode, { path, size: Number(stats.size), modifiedTime: Number(stats.mtimeMs) });
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : "";
        if (code !== "ENOENT" && code !== "ENOTDIR") failures.set(path, error);
      }
    }
    return seen;
  }

  async #guard(path: string, run: () => Promise<void>): Promise<void> {
    const { health, ports } = this.#context;
    try {
      await run();
    } catch (error) {
      if (!health.hasProblem(path)) ports.log("warn", `${this.id}: ${path}: ${describeReadFailure(error)}`);
      health.setProblem(path, `${path}: ${describeReadFailure(error)}`);
    }
  }

  async #lookAt(inode: string, file: Seen): Promise<void> {
    const look = `${file.size}:${file.modifiedTime}`;
    const follower = this.#followers.get(inode);
    if (follower !== undefined) return this.#lookAtFollowed(follower, file, look);
    if (file.size === 0 || this.#settled.get(inode) === look || this.#archives.has(inode)) return;
    const now = this.#context.ports.now();
    const before = this.#unchanged.get(inode);
    if (before?.look !== look) this.#unchanged.set(inode, { look, since: now, first: before?.first ?? now });
    const { since, first } = this.#unchanged.get(inode)!;
    const quiet = this.#firstLook ? now - file.modifiedTime >= this.#quietMs : now - since >= this.#quietMs;

    const handle = await open(file.path, "r");
    try {
      const head = await readAt(handle, 0, MARK_BYTES);
      this.#context.health.setProblem(file.path, null);
      if (compressionOf(head.subarray(0, 64), file.path) !== "none") {
        if (quiet) await this.#lookAtArchive(inode, file, look, now - first >= COPY_WAIT_MS);
        return;
      }
      const patience = { quiet, waitedLong: now - first >= COPY_WAIT_MS };
      const atEnd = this.#firstLook && this.#firstStart && this.#options.from === "end";
      const position = await placeOf(
        this.#context,
        this.#followers.values(),
        { ...file, inode, head, handle },
        patience,
        atEnd,
      );
      if (position === "later") return;
      if (position === "settled") this.#settled.set(inode, look);
      else this.#follow(position, file, look);
    } finally {
      await handle.close();
    }
  }

  #follow(position: FilePosition, file: Seen, look: string): void {
    const follower = new FileFollower(this.#context, position);
    this.#context.positions.present.add(position);
    this.#followers.set(position.inode, follower);
    this.#unchanged.delete(position.inode);
    follower.rotated = position.offset > 0 && !this.#firstLook;
    this.#lookAtFollowed(follower, file, look);
  }

  #lookAtFollowed(follower: FileFollower, file: Seen, look: string): void {
    if (follower.position.path !== file.path) {
      follower.position.path = file.path;
      follower.rotated = true;
    }
    const idle = this.#context.ports.now() - follower.changedTime >= this.#quietMs;
    if (follower.lookedAt === look && !(follower.rotated && idle && follower.position.offset < file.size)) return;
    if (follower.reading || this.#readingCount() >= MAX_READING) return;
    const same = follower.lookedAt === look;
    follower.lookedAt = look;
    this.#read(follower, same && follower.rotated && idle);
  }

  #readingCount(): number {
    let count = 0;
    for (const follower of this.#followers.values()) if (follower.reading) count += 1;
    return count;
  }

  #read(follower: FileFollower, finish: boolean): void {
    const { path } = follower.position;
    void this.#guard(path, async () => {
      await (finish ? follower.finish() : follower.readOn());
      this.#context.health.setProblem(path, null);
    }).then(() => {
      if (this.#context.health.hasProblem(path)) follower.lookedAt = "";
    });
  }

  /** A followed file that no pattern names any more: read to its end while it is open, then let go. */
  async #lookAfter(follower: FileFollower): Promise<void> {
    if (follower.reading) return;
    const { positions, ports } = this.#context;
    const stats = await follower.stat();
    if (stats !== null && stats.size !== follower.position.offset) {
      if (stats.size !== follower.position.size) return follower.readOn();
    }
    // A file that was only renamed may still be written until its writer is told to open another.
    const waitMs = stats !== null && stats.nlink > 0 ? Math.max(60_000, this.#quietMs) : this.#quietMs;
    if (stats !== null && ports.now() - follower.changedTime < waitMs) return;
    if (stats !== null) await follower.finish();
    await follower.close();
    this.#followers.delete(follower.position.inode);
    positions.retire(follower.position);
  }

  async #lookAtArchive(inode: string, file: Seen, look: string, waitedLong: boolean): Promise<void> {
    const { positions, ports, health } = this.#context;
    if (positions.past.some((known) => known.inode === inode && known.archivedBytes === file.size))
      return void this.#settled.set(inode, look);
    if (this.#skippedArchives.has(inode)) {
      positions.past.push({ ...newPosition(file.path, inode, ports.now()), archivedBytes: file.size });
      return void this.#settled.set(inode, look);
    }
    const head = await readArchiveHead(file.path);
    const original = originalOf(this.#followers.values(), head);
    if (original !== undefined && !waitedLong) return;
    const known = positions.past.findLast((one) => beginsLike(head, one)) ?? original?.position;
    const position = {
      ...(known ?? newPosition(file.path, inode, ports.now())),
      path: file.path,
      inode,
      archivedBytes: null,
    };
    position.head = markOf(head);
    const reading = this.#guard(file.path, async () => {
      const outcome = await readArchive(this.#context, file.path, position, waitedLong);
      if (outcome !== "damaged") positions.retire(position);
      if (outcome === "read") this.#settled.set(inode, look);
      health.setProblem(file.path, outcome === "damaged" ? `${file.path}: not whole yet, or damaged` : null);
      await positions.save(ports.now()).catch(() => {});
    });
    this.#archives.set(
      inode,
      reading.finally(() => this.#archives.delete(inode)),
    );
  }

  async #closeIdle(): Promise<void> {
    const idle = [...this.#followers.values()].filter((follower) => follower.isOpen && !follower.reading);
    if (idle.length <= MAX_OPEN) return;
    idle.sort((one, other) => one.changedTime - other.changedTime);
    for (const follower of idle.slice(0, idle.length - MAX_OPEN)) await follower.close();
  }
}
