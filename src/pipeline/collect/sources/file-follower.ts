/** One log file that grows: reads on from its position, one stretch of whole lines at a time. */
import { open, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { excerptOf } from "../excerpt.ts";
import type { SourcePorts } from "../intake.ts";
import { MAX_LINE_BYTES } from "../line-chunks.ts";
import { deliver, messageOf } from "./deliver.ts";
import { lastHeader, readHeader } from "./file-header.ts";
import { beforeNul, type FilePosition, holds, MARK_BYTES, markOf, newPosition, readAt } from "./file-identity.ts";
import type { FilePositions } from "./file-positions.ts";
import type { HealthBook } from "./health.ts";
import { wholeLines } from "./whole-lines.ts";

/** More than two of the longest lines, so that a stretch is never only half a line that may still be whole. */
const READ_BYTES = 4 << 20;
const TOO_LONG = "a line over 1 MiB";
const NEWLINE = 0x0a;

/** What the files of one source share. */
export interface FileContext {
  readonly sourceId: string;
  readonly source: string;
  readonly ports: SourcePorts;
  readonly health: HealthBook;
  readonly positions: FilePositions;
  readonly signal: AbortSignal;
}

export class FileFollower {
  position: FilePosition;
  /** It lies under another name than it was written under: nothing more will be added to its last line. */
  rotated = false;
  /** When it last grew, ms since 1970 UTC. */
  changedTime: number;
  /** Size and modification time at the last look, so that an unchanged file is not opened. */
  lookedAt = "";
  readonly #context: FileContext;
  readonly #stream: string;
  readonly #fileName: string;
  #handle: FileHandle | null = null;
  #reading: Promise<void> | null = null;
  #headerSent: boolean;
  /** The header that holds at the position, by where it lies. */
  #header: { readonly place: string; readonly lines: Buffer | null } | null = null;
  #modifiedTime: number;
  /** Where to read on inside a line that is too long, and how it begins. */
  #skipped: { at: number; readonly excerpt: string } | null = null;
  /** How far the bytes at the position are known to be NUL. */
  #nulUntil = 0;

  constructor(context: FileContext, position: FilePosition) {
    this.#context = context;
    this.position = position;
    this.changedTime = context.ports.now();
    this.#modifiedTime = this.changedTime;
    this.#stream = `${context.sourceId}:${position.path}@${position.inode}`;
    this.#fileName = basename(position.path);
    this.#headerSent = position.offset === 0;
  }

  get reading(): boolean {
    return this.#reading !== null;
  }

  get isOpen(): boolean {
    return this.#handle !== null;
  }

  /** Reads to the end of the file. Calls while it does are one. Throws what opening and reading throw. */
  readOn(): Promise<void> {
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** Hands out what follows the last newline as a line: no more of it will come. */
  async finish(): Promise<void> {
    await this.readOn();
    const handle = await this.#open();
    const { offset } = this.position;
    const { size } = await handle.stat();
    const bytes = await readAt(handle, offset, Math.min(size - offset, MAX_LINE_BYTES));
    if (bytes.length === 0 || bytes.includes(NEWLINE) || bytes.every((byte) => byte === 0)) return;
    if (size - offset > MAX_LINE_BYTES) this.#reject(excerptOf(bytes.subarray(0, 200)));
    else if (!(await this.#offer(handle, Buffer.concat([bytes, Buffer.of(NEWLINE)]), 1))) return;
    this.#advance(bytes, size - offset, 1);
  }

  /** @returns null when it is closed */
  async stat(): Promise<{ size: number; nlink: number } | null> {
    return this.#handle === null ? null : await this.#handle.stat();
  }

  /** Up to `length` bytes at `offset`. */
  async peek(offset: number, length: number): Promise<Buffer> {
    return readAt(await this.#open(), offset, length);
  }

  async close(): Promise<void> {
    await this.#reading?.catch(() => {});
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle !== null) return this.#handle;
    const handle = await open(this.position.path, "r");
    const { dev, ino } = await handle.stat({ bigint: true });
    if (`${dev}:${ino}` !== this.position.inode) {
      await handle.close();
      throw new Error("another file took its place");
    }
    this.#handle = handle;
    return handle;
  }

  async #readOn(): Promise<void> {
    const handle = await this.#open();
    while (!this.#context.signal.aborted) {
      const { size, mtimeMs } = await handle.stat();
      this.#modifiedTime = Math.floor(mtimeMs);
      if (!(await holds(handle, this.position, size))) this.#startAgain();
      const { position } = this;
      if (size > position.size) this.changedTime = this.#context.ports.now();
      position.size = size;
      if (position.head.length < Math.min(size, MARK_BYTES)) {
        position.head = markOf(beforeNul(await readAt(handle, 0, Math.min(size, MARK_BYTES))));
      }
      if (!(await this.#readStretch(handle, size))) return;
    }
  }

  /** @returns false when there is nothing more to read for now */
  async #readStretch(handle: FileHandle, size: number): Promise<boolean> {
    const { position } = this;
    const from = this.#skipped?.at ?? Math.max(position.offset, this.#nulUntil);
    if (size <= position.offset) return false;
    if (this.#nulUntil > position.offset && (await readAt(handle, position.offset, 1))[0] !== 0) {
      this.#nulUntil = 0;
      return true;
    }
    const bytes = await readAt(handle, from, Math.min(READ_BYTES, size - from));
    if (bytes.length === 0) return false;
    if (this.#skipped !== null) return this.#skipOn(bytes, this.#skipped);
    if (bytes[0] === 0) return this.#skipNul(bytes, from);

    const { stretches, usedBytes } = wholeLines(bytes);
    if (usedBytes === 0) {
      if (bytes.length <= MAX_LINE_BYTES) return false;
      this.#skipped = { at: from + bytes.length, excerpt: excerptOf(bytes.subarray(0, 200)) };
      return true;
    }
    if (!this.#headerSent) {
      const header = await readHeader(handle, position);
      if (header !== null && !(await this.#offer(handle, header, 0, 1))) return false;
      this.#headerSent = true;
    }
    let lines = 0;
    for (const stretch of stretches) {
      if (stretch.kind === "too-long") this.#reject(stretch.excerpt, position.lines + lines + 1);
      else if (!(await this.#offer(handle, stretch.bytes, stretch.lines, position.lines + lines + 1))) return false;
      lines += stretch.kind === "lines" ? stretch.lines : 1;
    }
    this.#advance(bytes.subarray(0, usedBytes), usedBytes, lines);
    return true;
  }

  #skipOn(bytes: Buffer, skipped: { at: number; readonly excerpt: string }): boolean {
    const end = bytes.indexOf(NEWLINE) + 1;
    skipped.at += end === 0 ? bytes.length : end;
    if (end === 0) return true;
    this.#skipped = null;
    this.#reject(skipped.excerpt);
    this.#advance(bytes.subarray(0, end), skipped.at - this.position.offset, 1);
    return true;
  }

  /**
   * A writer that goes on at its old place after its file was cut leaves a hole of NULs before its next line. One that reserves
   * space ahead of itself leaves them at the end, and fills them later.
   */
  #skipNul(bytes: Buffer, from: number): boolean {
    const end = bytes.findIndex((byte) => byte !== 0);
    this.#nulUntil = from + (end === -1 ? bytes.length : end);
    if (end === -1) return this.#nulUntil < this.position.size;
    this.#advance(bytes.subarray(0, end), this.#nulUntil - this.position.offset, 0);
    this.#nulUntil = 0;
    return true;
  }

  #advance(bytes: Buffer, length: number, lines: number): void {
    const { position } = this;
    const start = position.offset + length - bytes.length;
    position.header = lines === 0 ? position.header : lastHeader(bytes, start, position.header);
    position.tail = markOf(bytes.subarray(-MARK_BYTES));
    position.offset += length;
    position.lines += lines;
    position.readTime = this.#context.ports.now();
    const { positions, ports } = this.#context;
    positions.save(ports.now()).catch((error: unknown) => {
      ports.log("warn", `${this.#stream}: position not written: ${messageOf(error)}`);
    });
  }

  /** The file was cut and is written anew. What its old content was stays known: a copy of it may turn up. */
  #startAgain(): void {
    const { positions, ports } = this.#context;
    const old = this.position;
    this.position = newPosition(old.path, old.inode, ports.now());
    positions.retire(old);
    positions.present.add(this.position);
    this.#skipped = null;
    this.#nulUntil = 0;
    this.#headerSent = true;
    this.#header = null;
    ports.log("info", `${old.path}: was cut, reading it from its start`);
  }

  async #offer(
    handle: FileHandle,
    bytes: Uint8Array,
    lines: number,
    firstLine = this.position.lines + 1,
  ): Promise<boolean> {
    const { source, ports, health, signal } = this.#context;
    const about = { stream: this.#stream, source, fileName: this.#fileName, modifiedTime: this.#modifiedTime };
    const batch = { ...about, firstLine, preamble: await this.#preamble(handle), bytes };
    const stored = await deliver(ports, batch, signal);
    if (stored) health.received += lines;
    return stored;
  }

  async #preamble(handle: FileHandle): Promise<Buffer | undefined> {
    const { position } = this;
    if (position.offset === 0) return undefined;
    const place = String(position.header);
    if (this.#header?.place !== place) this.#header = { place, lines: await readHeader(handle, position) };
    return this.#header.lines ?? undefined;
  }

  #reject(excerpt: string, line = this.position.lines + 1): void {
    this.#context.health.dropped += 1;
    this.#context.ports.intake.reject({ stream: this.#stream, line, reason: TOO_LONG, excerpt });
  }
}
