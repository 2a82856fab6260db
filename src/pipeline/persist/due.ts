/**
 * What the store holds that nothing has been concluded from yet. Written down before the rows are, so that a process that
 * ends in between leaves a note of what the next one owes.
 */
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import type { Store } from "./store.ts";

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
}

export interface Due {
  /** Event times of activities. */
  readonly activities: TimeRange;
  /** Event times of matches; null when there are none. */
  readonly matches: TimeRange | null;
  /** Ids of the event rules that matched. */
  readonly rules: readonly string[];
}

const NAME = "conclude";

export function mergeDue(a: Due | null, b: Due | null): Due | null {
  if (a === null || b === null) return a ?? b;
  return {
    activities: widen(a.activities, b.activities),
    matches: a.matches === null || b.matches === null ? (a.matches ?? b.matches) : widen(a.matches, b.matches),
    rules: [...new Set([...a.rules, ...b.rules])],
  };
}

function widen(a: TimeRange, b: TimeRange): TimeRange {
  return { from: Math.min(a.from, b.from), until: Math.max(a.until, b.until) };
}

/** True when adding `b` to `a` changes nothing. */
function covers(a: Due | null, b: Due): boolean {
  return a !== null && JSON.stringify(mergeDue(a, b)) === JSON.stringify(a);
}

/** One per store: what is due, and what is being concluded. */
export class DueBook {
  readonly #store: Store;
  #pending: Due | null;
  #running: Due | null = null;
  #version: number;

  private constructor(store: Store, pending: Due | null, version: number) {
    this.#store = store;
    this.#pending = pending;
    this.#version = version;
  }

  /** @param now ms; later than of all processes before */
  static async open(store: Store, now: number): Promise<DueBook> {
    const left = await readCheckpoint(store, NAME);
    return new DueBook(store, left === null ? null : (JSON.parse(left) as Due), now);
  }

  get pending(): Due | null {
    return this.#pending;
  }

  /** Comes before the rows: when this returns, the debt is on disk. */
  async add(due: Due): Promise<void> {
    if (covers(this.#pending, due)) return;
    this.#pending = mergeDue(this.#pending, due);
    await this.#write();
  }

  /** What is to be concluded now; null when nothing is. It stays on disk until `settle`. */
  take(): Due | null {
    this.#running = mergeDue(this.#running, this.#pending);
    this.#pending = null;
    return this.#running;
  }

  /** What was taken has been concluded. */
  async settle(): Promise<void> {
    this.#running = null;
    await this.#write();
  }

  async #write(): Promise<void> {
    const due = mergeDue(this.#pending, this.#running);
    this.#version += 1;
    await writeCheckpoint(this.#store, NAME, due === null ? "" : JSON.stringify(due), this.#version);
  }
}
