/** What the stages need from the world. Adapters implement these; tests hand in fakes. */

/** Time, injected so that every golden file is the same bytes on every run. */
export interface Clock {
  /** ms since 1970, UTC */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
