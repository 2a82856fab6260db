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

const HOUR_MS = 3_600_000;
/** Spans no further apart than this are concluded together. */
const TOGETHER_MS = 7 * 24 * HOUR_MS;
/** Forged times make many spans: beyond these the nearest are joined. */
const MOST_SPANS = 8;

function merge(a: Due, b: Due): Due {
  return {
    activities: widen(a.activities, b.activities),
    matches: a.matches === null || b.matches === null ? (a.matches ?? b.matches) : widen(a.matches, b.matches),
    rules: [...new Set([...a.rules, ...b.rules])].toSorted(),
  };
}

function widen(a: TimeRange, b: TimeRange): TimeRange {
  return { from: Math.min(a.from, b.from), until: Math.max(a.until, b.until) };
}

/** Spans of time in order, those close to each other as one: an event of last year does not make all of the year due. */
export function joinDues(dues: readonly Due[]): Due[] {
  const joined: Due[] = [];
  for (const due of dues.toSorted((a, b) => a.activities.from - b.activities.from)) {
    const last = joined.at(-1);
    if (last !== undefined && due.activities.from - last.activities.until <= TOGETHER_MS)
      joined[joined.length - 1] = merge(last, due);
    else joined.push(due);
  }
  while (joined.length > MOST_SPANS) {
    const gaps = joined.slice(1).map((due, index) => due.activities.from - (joined[index] as Due).activities.until);
    const nearest = gaps.indexOf(Math.min(...gaps));
    joined.splice(nearest, 2, merge(joined[nearest] as Due, joined[nearest + 1] as Due));
  }
  return joined;
}

/** One per store: what is due, and what is being concluded. */
export class DueBook {
  readonly #store: Store;
  #pending: Due[];
  #running: Due[] = [];
  /** On disk, but of rows that are still being written. */
  #announced: Due[] = [];
  #version: number;
  /** What stands on disk; null before this process wrote anything. */
  #written: { readonly position: string | null; readonly version: number } = { position: null, version: 0 };

  private constructor(store: Store, pending: Due[], version: number) {
    this.#store = store;
    this.#pending = pending;
    this.#version = version;
  }

  /** @param now ms; later than of all processes before */
  static async open(store: Store, now: number): Promise<DueBook> {
    const left = await readCheckpoint(store, NAME);
    return new DueBook(store, left === null ? [] : (JSON.parse(left) as Due[]), now);
  }

  /** Whether anything waits to be concluded. */
  get waiting(): boolean {
    return this.#pending.length > 0;
  }

  /** Comes before the rows: when this returns, the debt is on disk. */
  async add(dues: readonly Due[]): Promise<void> {
    const pending = joinDues([...this.#pending, ...dues]);
    if (JSON.stringify(pending) === JSON.stringify(this.#pending)) return;
    this.#pending = pending;
    await this.#write();
  }

  /**
   * Comes before rows that are written while conclusions run: when this returns, the debt is on disk, and it is not taken before
   * `ripen`. A conclusion that took it earlier would miss the rows and settle it all the same.
   */
  async announce(dues: readonly Due[]): Promise<void> {
    if (dues.length === 0) return;
    this.#announced = joinDues([...this.#announced, ...dues]);
    await this.#write();
  }

  /** The rows of all that was announced are in the store, or some of them. */
  ripen(): void {
    this.#pending = joinDues([...this.#pending, ...this.#announced]);
    this.#announced = [];
  }

  /** What is to be concluded now. It stays on disk until `settle`. */
  take(): readonly Due[] {
    this.#running = joinDues([...this.#running, ...this.#pending]);
    this.#pending = [];
    return this.#running;
  }

  /** What was taken has been concluded. */
  async settle(): Promise<void> {
    this.#running = [];
    await this.#write();
  }

  async #write(): Promise<void> {
    const dues = joinDues([...this.#pending, ...this.#running, ...this.#announced]);
    const position = dues.length === 0 ? "" : JSON.stringify(dues);
    if (position === this.#written.position) return;
    this.#version += 1;
    const version = this.#version;
    await writeCheckpoint(this.#store, NAME, position, version);
    if (version > this.#written.version) this.#written = { position, version };
  }
}
