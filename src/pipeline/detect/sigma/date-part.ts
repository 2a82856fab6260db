/**
 * Parts of a date, for the modifiers `minute hour day week month year`.
 *
 * Dates are read as they are written: no time zone is applied, as the specification says. Numbers are times since 1970 in
 * seconds or, from 100,000,000,000 on, milliseconds, UTC.
 */

export const DATE_PARTS = ["minute", "hour", "day", "week", "month", "year"] as const;
export type DatePart = (typeof DATE_PARTS)[number];

const WRITTEN = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2}))?/;
const DIGITS = /^-?\d{1,16}(?:\.\d{1,9})?$/;
const DAY = 86_400_000;

/** The part of a written date or of a number; null when the value is no date. */
export function datePart(part: DatePart, value: string): number | null {
  const written = WRITTEN.exec(value);
  if (written !== null) {
    const [year = 0, month = 0, day = 0, hour, minute] = written
      .slice(1)
      .map((digits) => (digits === undefined ? undefined : Number(digits)));
    if (month < 1 || month > 12 || day < 1 || day > 31) return null;
    if (part === "year") return year;
    if (part === "month") return month;
    if (part === "day") return day;
    if (part === "hour") return hour ?? null;
    if (part === "minute") return minute ?? null;
    return isoWeek(Date.UTC(year, month - 1, day));
  }
  if (!DIGITS.test(value)) return null;
  const number = Number(value);
  const date = new Date(Math.abs(number) < 100_000_000_000 ? number * 1000 : number);
  if (Number.isNaN(date.getTime())) return null;
  switch (part) {
    case "minute":
      return date.getUTCMinutes();
    case "hour":
      return date.getUTCHours();
    case "day":
      return date.getUTCDate();
    case "week":
      return isoWeek(date.getTime());
    case "month":
      return date.getUTCMonth() + 1;
    case "year":
      return date.getUTCFullYear();
  }
}

/** ISO 8601 week of a time in ms: the week that holds the day's Thursday. */
function isoWeek(time: number): number {
  const day = Math.floor(time / DAY);
  const weekday = (((day + 3) % 7) + 7) % 7;
  const thursday = (day - weekday + 3) * DAY;
  const start = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.floor((thursday - start) / (7 * DAY)) + 1;
}
