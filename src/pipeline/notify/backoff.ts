/** How long to wait before the next attempt. */

const FIRST_MS = 1_000;
const MOST_MS = 15 * 60_000;
/** What a receiver may ask for. */
const MOST_ASKED_MS = 24 * 3_600_000;

/**
 * Doubles with every failure, up to a quarter of an hour, and varies by half of it, so that many senders do not come back at
 * the same time. A receiver that says when to come back is not asked before.
 * @param failures in a row, from 1
 * @param random 0 to 1
 * @returns ms
 */
export function backoffMs(failures: number, random: number, askedMs: number | undefined): number {
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(30, Math.max(0, failures - 1)));
  const own = most / 2 + (most / 2) * random;
  return Math.round(Math.max(own, Math.min(askedMs ?? 0, MOST_ASKED_MS)));
}
