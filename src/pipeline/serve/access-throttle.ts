/** Slows down who guesses: by account and address together, by address, and by account, each with pauses that double. */

interface Failures {
  count: number;
  /** No further attempt before, ms. */
  until: number;
  last: number;
}

interface Limit {
  /** Attempts without any pause. */
  readonly free: number;
  readonly longestMs: number;
}

/**
 * An account that many addresses try at is slowed down by seconds only: otherwise anybody could lock anybody out.
 */
const LIMITS = {
  pair: { free: 5, longestMs: 15 * 60_000 },
  address: { free: 30, longestMs: 15 * 60_000 },
  account: { free: 50, longestMs: 5_000 },
} as const satisfies Readonly<Record<string, Limit>>;

const FORGET_MS = 60 * 60_000;
/** Remembered at most; those whose last failure is longest ago go first. */
const MOST = 20_000;

export class SignInThrottle {
  readonly #failures = new Map<string, Failures>();
  readonly #now: () => number;

  /** @param now ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Counts an attempt before its outcome is known, so that many at once are not one.
   * @returns 0, or how many ms to wait: then it is not counted and must not be made
   */
  attempt(account: string, address: string): number {
    const now = this.#now();
    const keys = keysOf(account, address);
    const wait = Math.max(0, ...keys.map(([, key]) => (this.#failures.get(key)?.until ?? 0) - now));
    if (wait > 0) return wait;
    for (const [limit, key] of keys) {
      const known = this.#failures.get(key);
      const count = known === undefined || now - known.last > FORGET_MS ? 1 : known.count + 1;
      const over = count - LIMITS[limit].free;
      const pause = over < 0 ? 0 : Math.min(LIMITS[limit].longestMs, 1_000 * 2 ** Math.min(over, 20));
      this.#failures.delete(key);
      this.#failures.set(key, { count, until: pause === 0 ? 0 : now + pause, last: now });
    }
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= MOST) break;
      this.#failures.delete(key);
    }
    return 0;
  }

  /** The attempt was right: the account may try again from this address without a pause. */
  succeeded(account: string, address: string): void {
    for (const [limit, key] of keysOf(account, address)) {
      const known = this.#failures.get(key);
      if (known === undefined) continue;
      // An address that knows one password may still be guessing at others.
      if (limit === "pair" || known.count <= 1) this.#failures.delete(key);
      else this.#failures.set(key, { ...known, count: known.count - 1, until: 0 });
    }
  }
}

function keysOf(account: string, address: string): readonly (readonly [keyof typeof LIMITS, string])[] {
  const name = account.toLowerCase().slice(0, 100);
  // A network of IPv6 belongs to one customer.
  const from = address.includes(":") && !address.includes(".") ? address.split(":").slice(0, 4).join(":") : address;
  return [
    ["pair", `p ${from} ${name}`],
    ["address", `a ${from}`],
    ["account", `n ${name}`],
  ];
}
