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
  /** The same closer: the parts of both ranges that something new lies in, in order. The ranges themselves where left out. */
  readonly parts?: { readonly activities: readonly TimeRange[]; readonly matches: readonly TimeRange[] };
  /** Left by a process that ended in between: what it had done already does not show, so everything of the span is judged again. */
  readonly thorough?: boolean;
}

const NAME = "conclude";

const HOUR_MS = 3_600_000;
/** Spans no further apart than this are concluded together. */
const TOGETHER_MS = 7 * 24 * HOUR_MS;
/** Forged times make many spans: beyond these the nearest are joined. */
const MOST_SPANS = 8;
/** Parts of a span no further apart than this are one. */
const CLOSE_MS = 60_000;
const MOST_PARTS = 48;
/** What is written down goes to limits of so many ms, so that what comes next is owed already. */
const AHEAD_MS = 5 * 60_000;
/** So long more may be written down than is owed, ms. */
const SHRINK_MS = 10_000;

/** @param dues at least one */
function merge(dues: readonly Due[]): Due {
  const [only] = dues;
  if (dues.length === 1) return only as Due;
  const parts = dues.map(partsOf);
  const activities = joinRanges(parts.flatMap((each) => each.activities));
  const matches = joinRanges(parts.flatMap((each) => each.matches));
  // Dues of one run share one list of rules.
  const rules = new Set([...new Set(dues.map((due) => due.rules))].flat());
  return {
    activities: hull(activities) as TimeRange,
    matches: hull(matches),
    rules: [...rules].toSorted(),
    parts: { activities, matches },
    ...(dues.some(({ thorough }) => thorough) ? { thorough: true } : {}),
  };
}

/** @see Due.parts */
export function partsOf({ activities, matches, parts }: Due): NonNullable<Due["parts"]> {
  return parts ?? { activities: [activities], matches: matches === null ? [] : [matches] };
}

/** @param ranges in order and apart */
function hull(ranges: readonly TimeRange[]): TimeRange | null {
  const [first, last] = [ranges[0], ranges.at(-1)];
  return first === undefined || last === undefined ? null : { from: first.from, until: last.until };
}

/** In order, those close together as one; of many the nearest are joined. */
function joinRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const sorted = joinCloser(
    ranges.toSorted((x, y) => x.from - y.from),
    CLOSE_MS,
  );
  if (sorted.length <= MOST_PARTS) return sorted;
  const gaps = sorted.slice(1).map(({ from }, index) => from - (sorted[index] as TimeRange).until);
  return joinCloser(sorted, gaps.toSorted((x, y) => y - x)[MOST_PARTS - 1] ?? 0);
}

function joinCloser(sorted: readonly TimeRange[], gap: number): TimeRange[] {
  const joined: { from: number; until: number }[] = [];
  for (const { from, until } of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && from - last.until <= gap) last.until = Math.max(last.until, until);
    else joined.push({ from, until });
  }
  return joined;
}

/** Spans of time in order, those close to each other as one: an event of last year does not make all of the year due. */
export function joinDues(dues: readonly Due[]): Due[] {
  const sorted = dues.toSorted((a, b) => a.activities.from - b.activities.from);
  const groups = groupCloser(sorted, TOGETHER_MS);
  if (groups.length <= MOST_SPANS) return groups.map(merge);
  const gaps: number[] = [];
  let until = Number.POSITIVE_INFINITY;
  for (const { activities } of sorted) {
    gaps.push(activities.from - until);
    until = Math.max(until === Number.POSITIVE_INFINITY ? 0 : until, activities.until);
  }
  return groupCloser(sorted, gaps.toSorted((x, y) => y - x)[MOST_SPANS - 1] ?? TOGETHER_MS).map(merge);
}

function groupCloser(sorted: readonly Due[], gap: number): Due[][] {
  const groups: Due[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const due of sorted) {
    const { from, until } = due.activities;
    if (groups.length > 0 && from - end <= gap) groups.at(-1)?.push(due);
    else groups.push([due]);
    end = Math.max(end, until);
  }
  return groups;
}

/** The same, to be concluded from everything in its span: whoever began with it did not come to an end. */
export function thoroughly(due: Due): Due {
  return { ...due, thorough: true };
}

/** One per store: what is due, and what is being concluded. */
export class DueBook {
  readonly #store: Store;
  #pending: Due[];
  #running: Due[] = [];
  /** On disk, but of rows that are still being written. */
  #announced: Due[] = [];
  #version: number;
  /** What stands on disk, or will when `#writing` is done; null when that is not known. */
  #noted: readonly Due[] | null = null;
  #notedAt = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(store: Store, pending: Due[], version: number) {
    this.#store = store;
    this.#pending = pending;
    this.#version = version;
  }

  /** @param now ms; later than of all processes before */
  static async open(store: Store, now: number): Promise<DueBook> {
    const left = await readCheckpoint(store, NAME);
    const dues = left === null ? [] : (JSON.parse(left) as Due[]);
    return new DueBook(store, dues.map(thoroughly), now);
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
    await this.#note();
  }

  /**
   * Comes before rows that are written while conclusions run: when this returns, the debt is on disk, and it is not taken before
   * `ripen`. A conclusion that took it earlier would miss the rows and settle it all the same.
   */
  async announce(dues: readonly Due[]): Promise<void> {
    if (dues.length === 0) return;
    this.#announced = joinDues([...this.#announced, ...dues]);
    await this.#note();
  }

  /** The rows of all that was announced are in the store, or some of them. */
  ripen(): void {
    this.#pending = joinDues([...this.#pending, ...this.#announced]);
    this.#announced = [];
  }

  /** What is to be concluded now. It stays on disk until `settle`; what was taken before and not settled comes again, thoroughly. */
  take(): readonly Due[] {
    this.#running = joinDues([...this.#running.map(thoroughly), ...this.#pending]);
    this.#pending = [];
    return this.#running;
  }

  /** What was taken has been concluded. */
  async settle(): Promise<void> {
    this.#running = [];
    const owed = this.#owed();
    // More than is owed may stand on disk for a while: concluding it again changes nothing.
    const outdated = owed.length === 0 ? this.#noted?.length !== 0 : performance.now() - this.#notedAt > SHRINK_MS;
    if (outdated) await this.#write(owed.map(ahead));
  }

  #owed(): Due[] {
    return joinDues([...this.#pending, ...this.#running, ...this.#announced]);
  }

  /** When this returns, all that is owed is on disk. Under load it mostly is already: what is written reaches ahead. */
  async #note(): Promise<void> {
    const owed = this.#owed();
    const noted = this.#noted;
    if (noted !== null && owed.every((due) => noted.some((each) => covers(each, due)))) await this.#writing;
    else await this.#write(owed.map(ahead));
  }

  #write(dues: readonly Due[]): Promise<void> {
    this.#noted = dues;
    this.#notedAt = performance.now();
    this.#version += 1;
    const version = this.#version;
    const position = dues.length === 0 ? "" : JSON.stringify(dues);
    this.#writing = this.#writing
      .catch(() => {})
      .then(() => writeCheckpoint(this.#store, NAME, position, version))
      .catch((error: unknown) => {
        this.#noted = null;
        throw error;
      });
    return this.#writing;
  }
}

/** As it is written down: to the next limits of a few minutes, whole spans without their parts. */
function ahead({ parts: _parts, ...due }: Due): Due {
  return { ...due, activities: farther(due.activities), matches: due.matches === null ? null : farther(due.matches) };
}

function farther({ from, until }: TimeRange): TimeRange {
  return { from: Math.floor(from / AHEAD_MS) * AHEAD_MS, until: (Math.ceil(until / AHEAD_MS) + 1) * AHEAD_MS };
}

function covers(noted: Due, { activities, matches, rules, thorough }: Due): boolean {
  const known = new Set(noted.rules);
  return (
    within(activities, noted.activities) &&
    (matches === null || (noted.matches !== null && within(matches, noted.matches))) &&
    rules.every((rule) => known.has(rule)) &&
    (thorough !== true || noted.thorough === true)
  );
}

function within(range: TimeRange, outer: TimeRange): boolean {
  return range.from >= outer.from && range.until <= outer.until;
}
