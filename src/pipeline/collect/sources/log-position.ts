/**
 * How far a log that is asked for has been read: the newest events seen, by which the next reading proves that it goes on where the
 * last one ended, and the time up to which everything was read.
 */
import type { Checkpoints } from "../intake.ts";

/** What is remembered of an event. */
export interface KnownEvent {
  readonly id: string;
  /** ms since 1970 UTC. */
  readonly time: number;
}

interface Written {
  readonly version: 1;
  readonly completeTo: number;
  readonly newest: readonly (readonly [id: string, time: number])[];
  readonly cursor: string | null;
}

/** Newest events that are written down: one is enough for a proof, more of them survive one that is taken back. */
const WRITTEN = 20;
/** Ids kept in memory, so that what is read again is not offered again. */
const MAX_KNOWN = 50_000;
const MAX_ID_LENGTH = 256;
/** A log that was quiet for longer is not read from its last event on. */
const MAX_REACH_MS = 7 * 86_400_000;

export class LogPosition {
  readonly #checkpoints: Checkpoints;
  readonly #name: string;
  readonly #known = new Map<string, number>();
  /** Newest first. */
  #newest: readonly KnownEvent[] = [];
  /** Everything up to here was read, ms; null before the first reading. */
  completeTo: number | null = null;
  /** Where the vendor's own cursor stands, for logs that have one. */
  cursor: string | null = null;
  #written = "";

  constructor(checkpoints: Checkpoints, sourceId: string) {
    this.#checkpoints = checkpoints;
    this.#name = `log:${sourceId}`;
  }

  async load(): Promise<void> {
    const text = await this.#checkpoints.read(this.#name);
    if (text === null) return;
    const { completeTo, newest, cursor } = JSON.parse(text) as Written;
    this.completeTo = completeTo;
    this.cursor = cursor;
    for (const [id, time] of newest) this.#known.set(id, time);
    this.#newest = newest.map(([id, time]) => ({ id, time }));
    this.#written = text;
  }

  knows(id: string): boolean {
    return this.#known.has(id.slice(0, MAX_ID_LENGTH));
  }

  /** @param time null for an event that does not tell: it is not offered again, and proves nothing */
  add(id: string, time: number | null): void {
    this.#known.set(id.slice(0, MAX_ID_LENGTH), time ?? Number.NEGATIVE_INFINITY);
  }

  /** Where reading begins so that the newest event comes again, and what came late. @param cap no clock says more than this */
  windowStart(overlapMs: number, cap: number): number {
    const complete = Math.min(this.completeTo ?? cap, cap);
    const newest = this.#newest[0]?.time ?? complete;
    return Math.max(Math.min(newest, complete), complete - MAX_REACH_MS) - overlapMs;
  }

  /** The newest event that a reading of this span has to meet; null: there is none. */
  anchorIn(from: number, until: number): KnownEvent | null {
    return this.#newest.find(({ time }) => time >= from && time < until) ?? null;
  }

  /** What lies before `from` will not come again. */
  forgetBefore(from: number): void {
    for (const [id, time] of this.#known) if (time < from) this.#known.delete(id);
    for (const id of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(id);
    }
  }

  /** Everything that was added counts from now on: the next reading has to meet the newest of it. */
  async save(): Promise<void> {
    const candidates = new Map([...this.#newest.map(({ id, time }) => [id, time] as const), ...this.#known]);
    const newest = [...candidates]
      .filter(([, time]) => Number.isFinite(time))
      .toSorted(([, one], [, other]) => other - one)
      .slice(0, WRITTEN);
    this.#newest = newest.map(([id, time]) => ({ id, time }));
    const written: Written = { version: 1, completeTo: this.completeTo ?? 0, newest, cursor: this.cursor };
    const text = JSON.stringify(written);
    if (text === this.#written) return;
    await this.#checkpoints.write(this.#name, text);
    this.#written = text;
  }
}
