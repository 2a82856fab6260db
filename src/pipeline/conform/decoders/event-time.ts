/** Times as CEF and LEEF senders write them -> ms since 1970 UTC. */
import { fractionMs, monthIndex, parseIsoTime, parseTime, withoutYear, zoneOffsetMs } from "./timestamp.ts";

/** `Mar 01 2021 20:48:21`, `Mar 01 2021 20:48:21.123 GMT`, `Mar 01 20:48:21`. */
const NAMED =
  /^([A-Z][a-z]{2}) {1,2}(\d{1,2})(?:,? (\d{4}))? (\d{2}):(\d{2}):(\d{2})(?:[.:](\d{1,9}))?(?: ([A-Z]{1,5}|[+-]\d{2}:?\d{2}))?$/;

/** `2018/11/30 16:09:07`, `2018-11-30 16:09:07`, `9/16/19 10:00` as spreadsheets leave it. */
const SLASHED = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?$/;
const SPREADSHEET = /^(\d{1,2})\/(\d{1,2})\/(\d{2}) (\d{1,2}):(\d{2})$/;

/**
 * Epochs, ISO 8601, the written dates of CEF and LEEF, and PAN-OS's own; without a zone, or with a name for one, UTC.
 * undefined for what is no time.
 *
 * @param referenceMs supplies the year where the time has none
 */
export function parseEventTime(value: string | undefined, referenceMs: number): number | undefined {
  if (value === undefined || value.length > 40) return undefined;
  // The digits of ISO 8601 but for two slashes: nothing needs to be taken apart twice.
  if (value.length === 19 && value.charCodeAt(4) === 0x2f && value.charCodeAt(7) === 0x2f)
    return parseIsoTime(`${value.slice(0, 4)}-${value.slice(5, 7)}-${value.slice(8)}`);
  const slashed = SLASHED.exec(value);
  if (slashed !== null) {
    const [, year, month, day, hour, minute, second, fraction] = slashed;
    return utc(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), fraction);
  }
  const named = NAMED.exec(value);
  if (named !== null) {
    const [, name, day, year, hour, minute, second, fraction, zone] = named;
    const month = monthIndex(name!);
    if (month === undefined) return undefined;
    if (year === undefined) {
      return (
        withoutYear(
          month,
          Number(day),
          Number(hour),
          Number(minute),
          Number(second),
          fractionMs(fraction),
          referenceMs,
        ) - zoneOffsetMs(zone)
      );
    }
    const time = utc(Number(year), month, Number(day), Number(hour), Number(minute), Number(second), fraction);
    return time === undefined ? undefined : time - zoneOffsetMs(zone);
  }
  const spreadsheet = SPREADSHEET.exec(value);
  if (spreadsheet !== null) {
    const [, month, day, year, hour, minute] = spreadsheet;
    return utc(2000 + Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), 0, undefined);
  }
  return parseTime(value);
}

function utc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  fraction: string | undefined,
): number | undefined {
  if (month < 0 || month > 11 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return undefined;
  return Date.UTC(year, month, day, hour, minute, second, fractionMs(fraction));
}
