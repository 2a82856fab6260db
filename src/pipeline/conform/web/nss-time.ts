/** Times as Zscaler's NSS templates write them -> ms since 1970 UTC. */
import { monthIndex, parseTime, withoutYear, zoneOffsetMs } from "../decoders/timestamp.ts";

/** `Fri Dec 31 07:07:07 2021`, `Mon Oct 02 16:21:40 UTC 2017`, `May 29 1:52:07 2017`, `Oct 12 2020 07:19:01 GMT`, `Oct 12 07:19:01`. */
const NAMED =
  /^(?:[A-Z][a-z]{2},? +)?([A-Z][a-z]{2}) +(\d{1,2}),?(?: +(\d{4}|\d{2}))? +(\d{1,2}):(\d{2}):(\d{2})(?: +([A-Z]{2,5}|[+-]\d{4}))?(?: +(\d{4}))?$/;

/** Zones an NSS feed can be set to whose abbreviation means one offset alone. */
const ZONES: ReadonlyMap<string, string> = new Map([
  ["EST", "-0500"],
  ["EDT", "-0400"],
  ["CDT", "-0500"],
  ["MST", "-0700"],
  ["MDT", "-0600"],
  ["PST", "-0800"],
  ["PDT", "-0700"],
  ["CET", "+0100"],
  ["CEST", "+0200"],
  ["EET", "+0200"],
  ["EEST", "+0300"],
  ["JST", "+0900"],
  ["AEST", "+1000"],
  ["AEDT", "+1100"],
]);

/**
 * @param zone what the record says of its zone; GMT, UTC and unknown abbreviations are UTC
 * @param referenceMs supplies the year where the time has none
 */
export function parseNssTime(value: string, zone: string | undefined, referenceMs: number): number | undefined {
  const match = NAMED.exec(value);
  if (match === null) {
    const time = parseTime(value);
    return time === undefined || /[Z\d]\d*[+-]\d{2}:?\d{2}$|Z$/i.test(value) ? time : time - offsetOf(zone);
  }
  const [, name, day, yearBefore, hour, minute, second, ownZone, yearAfter] = match;
  const month = monthIndex(name!);
  const year = yearAfter ?? yearBefore;
  if (month === undefined || Number(day) > 31 || Number(hour) > 23) return undefined;
  const [d, h, m, s] = [Number(day), Number(hour), Number(minute), Number(second)];
  const time =
    year === undefined
      ? withoutYear(month, d, h, m, s, 0, referenceMs)
      : Date.UTC(year.length === 2 ? 2000 + Number(year) : Number(year), month, d, h, m, s);
  return time - offsetOf(ownZone ?? zone);
}

function offsetOf(zone: string | undefined): number {
  return zone === undefined ? 0 : zoneOffsetMs(ZONES.get(zone) ?? zone);
}
