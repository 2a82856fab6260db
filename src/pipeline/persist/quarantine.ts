/** Lines that could not be read, kept with the reason. */
import { hash } from "node:crypto";
import type { Store } from "./store.ts";

export interface QuarantinedLine {
  readonly file: string;
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
  readonly reason: string;
  readonly excerpt: string;
  /** When it came, ms, for streams whose numbers begin anew with every start: the same line at another time is another row. */
  readonly received?: number | undefined;
}

const BATCH = 5_000;
/** More lines of one file than this say nothing new: they are counted in the summary, not stored. */
const MAX_PER_FILE = 10_000;
/** Files that are counted; connections of strangers are files here too. */
const MAX_COUNTED = 100_000;

export class QuarantineWriter {
  readonly #store: Store;
  readonly #stored = new Map<string, number>();
  #waiting: Record<string, unknown>[] = [];
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(store: Store) {
    this.#store = store;
  }

  add({ file, line, reason, excerpt, received }: QuarantinedLine): void {
    const stored = this.#stored.get(file) ?? 0;
    if (stored >= MAX_PER_FILE) return;
    this.#stored.set(file, stored + 1);
    if (this.#stored.size > MAX_COUNTED) this.#stored.delete(this.#stored.keys().next().value ?? "");
    const text = excerpt.toWellFormed();
    this.#waiting.push({
      uid: hash(
        "sha256",
        `${file}\0${line}\0${reason}\0${text}${received === undefined ? "" : `\0${received}`}`,
        "hex",
      ).slice(0, 32),
      file: file.toWellFormed(),
      line,
      reason: reason.toWellFormed(),
      excerpt: text,
    });
    if (this.#waiting.length % BATCH === 0) this.#write();
  }

  #write(): void {
    const rows = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#writing
      .then(() => this.#store.append("quarantine", rows))
      .catch((error: unknown) => {
        // They are written with the next flush.
        this.#waiting = [...rows, ...this.#waiting];
        this.#failure ??= error;
      });
  }

  /** @throws {StoreUnavailableError} when something could not be written; it stays for the next flush */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) this.#write();
    await this.#writing;
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }
}
