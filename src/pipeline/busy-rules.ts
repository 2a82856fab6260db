/**
 * Rules with so many matches of the groups in question that they are not copied into memory to be judged: they are judged from the
 * match table. Which it is changes how a correlation is judged, never what is concluded.
 */

/** The copies lie in memory, and busy groups add to a day's matches for as long as the day lasts. */
const MOST = 50_000;
/** Counting the matches of a busy rule costs as much as judging them: who was busy a moment ago is taken to be so still, ms. */
const REMEMBERED_MS = 60_000;

export interface BusyRulesOptions {
  /** Matches of one rule that are copied at most. */
  readonly most?: number | undefined;
  /** Monotonic, ms. */
  readonly clock?: () => number;
}

export class BusyRules {
  readonly #most: number;
  readonly #clock: () => number;
  /** Until when they are taken to be busy, by rule id. */
  readonly #until = new Map<string, number>();

  constructor({ most = MOST, clock = () => performance.now() }: BusyRulesOptions = {}) {
    this.#most = most;
    this.#clock = clock;
  }

  /** Those found busy lately, which need not be counted. */
  known(): ReadonlySet<string> {
    const now = this.#clock();
    for (const [rule, until] of this.#until) if (until <= now) this.#until.delete(rule);
    return new Set(this.#until.keys());
  }

  /** @returns those of the counted rules that are busy */
  find(counts: readonly { readonly rule: string; readonly matches: string | number }[]): ReadonlySet<string> {
    const sums = new Map<string, number>();
    for (const { rule, matches } of counts) sums.set(rule, (sums.get(rule) ?? 0) + Number(matches));
    const busy = new Set([...sums].flatMap(([rule, sum]) => (sum > this.#most ? [rule] : [])));
    for (const rule of busy) this.#until.set(rule, this.#clock() + REMEMBERED_MS);
    return busy;
  }
}
