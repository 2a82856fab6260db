/** The positions of all files of one source, as one checkpoint. */
import type { Checkpoints } from "../intake.ts";
import type { FilePosition, Mark } from "./file-identity.ts";

/** How long a file that is gone is remembered, so that its archive is known when it turns up. */
const REMEMBERED_MS = 14 * 86_400_000;
const MAX_REMEMBERED = 2_000;

export class FilePositions {
  readonly #checkpoints: Checkpoints;
  readonly #name: string;
  /** Files that are gone, or were not found yet, newest last. */
  past: FilePosition[] = [];
  readonly present = new Set<FilePosition>();
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  constructor(checkpoints: Checkpoints, sourceId: string) {
    this.#checkpoints = checkpoints;
    this.#name = `file:${sourceId}`;
  }

  /** @returns false when nothing was ever written: the first start */
  async load(): Promise<boolean> {
    const text = await this.#checkpoints.read(this.#name);
    if (text === null) return false;
    this.past = readPositions(text);
    return true;
  }

  /** The file is no longer followed; its position stays known. */
  retire(position: FilePosition): void {
    this.present.delete(position);
    this.past.push(position);
  }

  /** A file of the past is followed (again). */
  revive(position: FilePosition): void {
    const at = this.past.indexOf(position);
    if (at !== -1) this.past.splice(at, 1);
    this.present.add(position);
  }

  /** Resolves when the positions as they are now have been written; calls that come together are one write. */
  save(now: number): Promise<void> {
    this.#next ??= this.#begin(now);
    return this.#next;
  }

  async #begin(now: number): Promise<void> {
    await this.#running.catch(() => {});
    this.#next = null;
    this.#running = this.#write(now);
    await this.#running;
  }

  async #write(now: number): Promise<void> {
    this.past = this.past.filter(({ readTime }) => now - readTime < REMEMBERED_MS).slice(-MAX_REMEMBERED);
    await this.#checkpoints.write(this.#name, JSON.stringify({ files: [...this.past, ...this.present] }));
  }
}

/** What cannot be understood is left out: the file is then read from its start, and the store drops what it has. */
function readPositions(text: string): FilePosition[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const files: unknown = typeof value === "object" && value !== null && "files" in value ? value.files : null;
  return Array.isArray(files) ? files.filter(isPosition) : [];
}

function isPosition(value: unknown): value is FilePosition {
  if (typeof value !== "object" || value === null) return false;
  const position = value as Partial<Record<keyof FilePosition, unknown>>;
  const counts = [position.offset, position.lines, position.size, position.readTime];
  return (
    typeof position.path === "string" &&
    typeof position.inode === "string" &&
    counts.every((count) => Number.isSafeInteger(count) && Number(count) >= 0) &&
    isMark(position.head) &&
    isMark(position.tail) &&
    (position.header === null || (Array.isArray(position.header) && position.header.every(Number.isSafeInteger)))
  );
}

function isMark(value: unknown): value is Mark {
  return (
    typeof value === "object" &&
    value !== null &&
    "length" in value &&
    "digest" in value &&
    Number.isSafeInteger(value.length) &&
    typeof value.digest === "string"
  );
}
