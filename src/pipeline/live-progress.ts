/** What the running pipeline has done, for `/status`, `/readyz` and `/metrics`. */

/** Counts of values by upper bound, as Prometheus has them. */
export class Histogram {
  readonly bounds: readonly number[];
  /** How many values are at most the bound of the same index. */
  readonly counts: number[];
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    for (const [index, bound] of this.bounds.entries())
      if (value <= bound) this.counts[index] = (this.counts[index] ?? 0) + 1;
  }
}

/** What came of what one source handed over, since the start. */
export interface SourceProgress {
  /** Events in the store, those included that were there already. */
  events: number;
  rejected: number;
  bytes: number;
  /** Batches that were refused or failed, to be offered again. */
  refused: number;
  /** Time of the newest event, ms since 1970; null before the first. */
  newestTime: number | null;
  /** When the last batch was stored, ms since 1970. */
  storedAt: number | null;
  /** Of that batch: from its newest event to its being stored, ms. */
  lagMs: number | null;
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60];

export class LiveProgress {
  /** Seconds. */
  readonly commits = new Histogram(SECONDS);
  readonly conclusions = new Histogram(SECONDS);
  /** From a batch's being handed over to what it led to being in the store, seconds. */
  readonly visible = new Histogram(SECONDS);
  readonly #sources = new Map<string, SourceProgress>();
  /** When batches that nothing has been concluded from were handed over, monotonic ms. */
  #unseen: number[] = [];

  of(source: string): SourceProgress {
    let progress = this.#sources.get(source);
    if (progress === undefined) {
      progress = { events: 0, rejected: 0, bytes: 0, refused: 0, newestTime: null, storedAt: null, lagMs: null };
      this.#sources.set(source, progress);
    }
    return progress;
  }

  get sources(): ReadonlyMap<string, Readonly<SourceProgress>> {
    return this.#sources;
  }

  /** @param offeredAt monotonic ms */
  stored(offeredAt: number): void {
    this.#unseen.push(offeredAt);
  }

  /** What was stored until now is about to be concluded; the function is called when that is done. */
  concluding(): () => void {
    const unseen = this.#unseen;
    this.#unseen = [];
    const begun = performance.now();
    return () => {
      const now = performance.now();
      this.conclusions.add((now - begun) / 1000);
      for (const offeredAt of unseen) this.visible.add((now - offeredAt) / 1000);
    };
  }
}

/** A loop that should get on: since when it has work and finished none. */
export class Watchdog {
  #since: number | null = null;

  /** Called whenever there may be work. */
  begin(): void {
    this.#since ??= performance.now();
  }

  /** Called when some work was finished. @param more whether there is more of it */
  advance(more: boolean): void {
    this.#since = more ? performance.now() : null;
  }

  /** ms without getting on; 0 when there is nothing to do. */
  get stalledMs(): number {
    return this.#since === null ? 0 : performance.now() - this.#since;
  }
}
