/** Matches of a back-test counted: by day, by subject, and a few of them as examples. */
import type { Match } from "../model/incident.ts";

export interface TalliedMatches {
  /** Matches in the range. */
  readonly matches: number;
  /** Days with any, in order. */
  readonly days: readonly { readonly day: string; readonly matches: number }[];
  /** Who, or what machine or address where nobody is named; the busiest first. */
  readonly subjects: readonly { readonly name: string; readonly matches: number }[];
  readonly destinations: readonly { readonly name: string; readonly matches: number }[];
  /** The latest of each day, the latest first. */
  readonly examples: readonly Match[];
}

const MOST_NAMES = 10;
const MOST_EXAMPLES = 20;
/** Names that are counted at all: more are no subjects, but noise. */
const MOST_COUNTED = 50_000;

export class BacktestTally {
  readonly #range: { readonly from: number; readonly until: number };
  readonly #days = new Map<string, number>();
  readonly #subjects = new Map<string, number>();
  readonly #destinations = new Map<string, number>();
  #examples: Match[] = [];
  #matches = 0;

  /** @param range only matches in it count */
  constructor(range: { readonly from: number; readonly until: number }) {
    this.#range = range;
  }

  /** @param matches in order of time */
  add(matches: readonly Match[]): void {
    for (const match of matches) {
      const { time, actor, host, address, destination } = match;
      if (time < this.#range.from || time >= this.#range.until) continue;
      this.#matches += 1;
      const day = new Date(time).toISOString().slice(0, 10);
      this.#days.set(day, (this.#days.get(day) ?? 0) + 1);
      count(this.#subjects, actor || host || address);
      count(this.#destinations, destination);
      const last = this.#examples.at(-1);
      if (last !== undefined && new Date(last.time).toISOString().startsWith(day)) this.#examples.pop();
      this.#examples.push(match);
      if (this.#examples.length > MOST_EXAMPLES) this.#examples = this.#examples.slice(-MOST_EXAMPLES);
    }
  }

  result(): TalliedMatches {
    return {
      matches: this.#matches,
      days: [...this.#days].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([day, matches]) => ({ day, matches })),
      subjects: busiest(this.#subjects),
      destinations: busiest(this.#destinations),
      examples: this.#examples.toReversed(),
    };
  }
}

function count(names: Map<string, number>, name: string): void {
  if (name === "" || (names.size >= MOST_COUNTED && !names.has(name))) return;
  names.set(name, (names.get(name) ?? 0) + 1);
}

function busiest(names: ReadonlyMap<string, number>): { name: string; matches: number }[] {
  return [...names]
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(([name, matches]) => ({ name, matches }));
}
