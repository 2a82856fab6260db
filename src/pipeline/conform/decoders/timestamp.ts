/** Times of logs -> ms since 1970 UTC. Formats without a zone are UTC; formats without a year take it from the file. */

const MONTHS: Readonly<Record<string, number>> = { jan: 0, feb: 1, mar: 2, apr: 3, may: 4, jun: 5, jul: 6, aug: 7, sep: 8, oct: 9, nov: 10, dec: 11 };

const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?$/;

/** ISO 8601 and its common relatives: `T` or blank, comma or point fractions, `Z`, `UTC`, `+0200`. undefined if unreadable. */
export function parseIsoTime(value: string): number | undefined {
  const match = ISO.exec(value.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), ms);
  return utc - zoneOffsetMs(zone);
}

/** `+02:00`, `-0500`, `Z`, `UTC` or undefined -> ms to subtract from local time. */
export function zoneOffsetMs(zone: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? "");
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

/**
 * A number or string that is an epoch in seconds (with or without fraction), ms, us or ns -> ms.
 * The unit follows from the magnitude; values before 1990 or after 2100 are no time.
 */
export function parseEpoch(value: unknown): number | undefined {
  const epoch = typeof value === "number" ? value : typeof value === "string" && /^\d{9,19}(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(epoch)) return undefined;
  for (const perMs of [0.001, 1, 1_000, 1_000_000]) {
    const ms = epoch / perMs;
    // 1774001235.1 s is 1774001235099.9998 ms in doubles: less than half a microsecond is no part of the time.
    if (ms >= 631_152_000_000 && ms < 4_102_444_800_000) return Math.floor(ms + 5e-4);
  }
  return undefined;
}

/** ISO text or an epoch in any unit -> ms. */
export function parseTime(value: unknown): number | undefined {
  const epoch = parseEpoch(value);
  if (epoch !== undefined) return epoch;
  return typeof value === "string" ? parseIsoTime(value) : undefined;
}

const CLF = /^(\d{2})\/([A-Za-z]{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))? ?([+-]\d{4})?$/;

/** The time of common log format, `24/Nov/2026:03:54:50 +0000` -> ms; undefined if unreadable. */
export function parseClfTime(value: string): number | undefined {
  const match = CLF.exec(value);
  const month = match === null ? undefined : monthIndex(match[2]!);
  if (match === null || month === undefined) return undefined;
  const ms = match[7] === undefined ? 0 : Math.floor(Number(`0.${match[7]}`) * 1000 + 1e-6);
  return Date.UTC(Number(match[3]), month, Number(match[1]), Number(match[4]), Number(match[5]), Number(match[6]), ms) - zoneOffsetMs(match[8]);
}

/** Month name (any case, first three letters count) -> 0..11, or undefined. */
export function monthIndex(name: string): number | undefined {
  return MONTHS[name.slice(0, 3).toLowerCase()];
}

/**
 * A time without a year -> ms: the year is that of the reference, or the year before where the result would lie more
 * than a day after it (a December line in a file written in January).
 */
export function withoutYear(month: number, day: number, hour: number, minute: number, second: number, ms: number, referenceMs: number): number {
  const year = new Date(referenceMs).getUTCFullYear();
  const candidate = Date.UTC(year, month, day, hour, minute, second, ms);
  return candidate > referenceMs + 86_400_000 ? Date.UTC(year - 1, month, day, hour, minute, second, ms) : candidate;
}
