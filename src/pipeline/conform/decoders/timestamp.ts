/** Times of logs -> ms since 1970 UTC. Formats without a zone are UTC; formats without a year take it from the file. */

const MONTHS: Readonly<Record<string, number>> = {
  jan: 0,
  feb: 1,
  mar: 2,
  apr: 3,
  may: 4,
  jun: 5,
  jul: 6,
  aug: 7,
  sep: 8,
  oct: 9,
  nov: 10,
  dec: 11,
};

const ISO = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?$/;

/** ISO 8601 and its common relatives: `T` or blank, comma or point fractions, `Z`, `UTC`, `+0200`. undefined if unreadable. */
export function parseIsoTime(value: string): number | undefined {
  return plainIsoTime(value) ?? anyIsoTime(value);
}

/** The usual `2026-03-20T09:15:02.123Z`, with a blank for the T or without fraction or Z, a few times as fast; undefined for others. */
function plainIsoTime(value: string): number | undefined {
  const end = value.endsWith("Z") ? value.length - 1 : value.length;
  const separator = value.charCodeAt(10);
  if (end < 19 || end > 29 || (separator !== 0x54 && separator !== 0x20)) return undefined;
  if (
    value.charCodeAt(4) !== 0x2d ||
    value.charCodeAt(7) !== 0x2d ||
    value.charCodeAt(13) !== 0x3a ||
    value.charCodeAt(16) !== 0x3a
  )
    return undefined;
  let ms = 0;
  if (end > 19) {
    if (value.charCodeAt(19) !== 0x2e || end === 20 || digits(value, 20, end) < 0) return undefined;
    ms = end >= 23 ? digits(value, 20, 23) : digits(value, 20, end) * 10 ** (23 - end);
  }
  const [year, month, day] = [digits(value, 0, 4), digits(value, 5, 7), digits(value, 8, 10)];
  const [hour, minute, second] = [digits(value, 11, 13), digits(value, 14, 16), digits(value, 17, 19)];
  if ((year | month | day | hour | minute | second | ms) < 0 || !isCalendarTime(month, day, hour, minute, second))
    return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** A leap second and the 24:00 of ISO 8601 are times. */
function isCalendarTime(month: number, day: number, hour: number, minute: number, second: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 24 && minute <= 59 && second <= 60;
}

/** A number in decimal digits; negative when another character is among them. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function anyIsoTime(value: string): number | undefined {
  const match = ISO.exec(value.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  if (!isCalendarTime(Number(month), Number(day), Number(hour), Number(minute), Number(second))) return undefined;
  const ms = fractionMs(fraction);
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), ms);
  return utc - zoneOffsetMs(zone);
}

/** The digits behind the point of a second -> whole ms; 0 without any. */
export function fractionMs(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 3).padEnd(3, "0"));
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
  const epoch =
    typeof value === "number"
      ? value
      : typeof value === "string" && /^\d{9,19}(?:\.\d+)?$/.test(value)
        ? Number(value)
        : Number.NaN;
  return toMs(epoch * 1_000) ?? toMs(epoch) ?? toMs(epoch / 1_000) ?? toMs(epoch / 1_000_000);
}

function toMs(ms: number): number | undefined {
  // 1774001235.1 s is 1774001235099.9998 ms in doubles: less than half a microsecond is no part of the time.
  return ms >= 631_152_000_000 && ms < 4_102_444_800_000 ? Math.floor(ms + 5e-4) : undefined;
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
  const ms = fractionMs(match[7]);
  return (
    Date.UTC(Number(match[3]), month, Number(match[1]), Number(match[4]), Number(match[5]), Number(match[6]), ms) -
    zoneOffsetMs(match[8])
  );
}

const US =
  /^(\d{1,2})\/(\d{1,2})\/(\d{4}),? (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?: ?([AaPp])[Mm])? ?(Z|UTC|[+-]\d{2}:?\d{2})?$/;

/** Month first, with or without AM and PM: `3/20/2026 9:15:02 AM`, `03/20/2026 21:15:02 +01:00` -> ms; undefined if unreadable. */
export function parseUsTime(value: string): number | undefined {
  const match = US.exec(value);
  if (match === null) return undefined;
  const [month, day, year, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const half = match[8]?.toLowerCase();
  if (!isCalendarTime(month, day, hour, minute, second) || (half !== undefined && (hour === 0 || hour > 12)))
    return undefined;
  const hours = half === undefined ? hour : (hour % 12) + (half === "p" ? 12 : 0);
  return Date.UTC(year, month - 1, day, hours, minute, second, fractionMs(match[7])) - zoneOffsetMs(match[9]);
}

/** Month name (any case, first three letters count) -> 0..11, or undefined. */
export function monthIndex(name: string): number | undefined {
  return MONTHS[name.slice(0, 3).toLowerCase()];
}

/**
 * A time without a year -> ms: the year is that of the reference, or the year before where the result would lie more
 * than a day after it (a December line in a file written in January).
 */
export function withoutYear(
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
  referenceMs: number,
): number {
  const year = new Date(referenceMs).getUTCFullYear();
  const candidate = Date.UTC(year, month, day, hour, minute, second, ms);
  return candidate > referenceMs + 86_400_000 ? Date.UTC(year - 1, month, day, hour, minute, second, ms) : candidate;
}
