/** Wall clocks: what time it is somewhere, and when it will be some time there. Days of 23 and 25 hours are right. */

export interface LocalTime {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
  /** Minutes since midnight, as the clock shows them. */
  readonly minutes: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      calendar: "iso8601",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(timezone, format);
  }
  return format;
}

export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** @param time ms since 1970 UTC */
export function localTime(time: number, timezone: string): LocalTime {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    minutes: part("hour") * 60 + part("minute"),
  };
}

/**
 * When the clock shows this, ms since 1970 UTC: the first time where it shows it twice; where it skips it, as long after midnight
 * as without the skip. Minutes may exceed a day.
 */
export function instantOf({ year, month, day, minutes }: LocalTime, timezone: string): number {
  const wanted = Date.UTC(year, month - 1, day) + minutes * 60_000;
  const offsets = [-86_400_000, 86_400_000].map((around) => offsetAt(wanted + around, timezone));
  const candidates = offsets.map((offset) => wanted - offset).toSorted((a, b) => a - b);
  const exact = candidates.find((time) => time + offsetAt(time, timezone) === wanted);
  return exact ?? candidates.at(-1) ?? wanted;
}

/** How far the clock there is ahead of UTC, ms. */
function offsetAt(time: number, timezone: string): number {
  const { year, month, day, minutes } = localTime(time, timezone);
  return Date.UTC(year, month - 1, day) + minutes * 60_000 - Math.floor(time / 60_000) * 60_000;
}

/** 0 is Sunday. */
export function weekday({ year, month, day }: LocalTime): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** The same wall time, so many days later. */
export function plusDays({ year, month, day, minutes }: LocalTime, days: number): LocalTime {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), minutes };
}
