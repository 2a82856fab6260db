/**
 * What stands before the message where a firewall's line has a header that is no RFC 3164: a time with or without year, zone and
 * fraction, one host or two, and then the message without a program's name.
 *
 *     Mar 20 2026 10:07:14 fw-1 : %ASA-6-302013: …
 *     Mar 20 10:07:14 gate-1 gate-1 [WAN_LOCAL-D-4000] IN=eth8 …
 */
import { monthIndex, parseIsoTime, withoutYear, zoneOffsetMs } from "../decoders/timestamp.ts";

const BSD_TIME =
  /^(?:<\d{1,3}>)?:? ?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?: ([A-Z]{3,4}|[+-]\d{2}:?\d{2})(?=[ :]))?/;
const ISO_TIME = /^(?:<\d{1,3}>)?(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?)/;
const HOST = /^:? {1,2}([A-Za-z0-9_.:-]{0,254}[A-Za-z0-9_-])(?=:? )/;
/** Abbreviations that mean one offset, in minutes; those of several places (`IST`) are not among them. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ["EST", -300],
  ["EDT", -240],
  ["CST", -360],
  ["CDT", -300],
  ["MST", -420],
  ["MDT", -360],
  ["PST", -480],
  ["PDT", -420],
  ["AKST", -540],
  ["AKDT", -480],
  ["WEST", 60],
  ["CET", 60],
  ["CEST", 120],
  ["EET", 120],
  ["EEST", 180],
  ["MSK", 180],
  ["JST", 540],
  ["AEST", 600],
  ["AEDT", 660],
  ["NZST", 720],
  ["NZDT", 780],
]);
const PRIORITY = /^<\d{1,3}>/;
const BETWEEN = /^[ :]{0,4}/;

export interface BareHeader {
  /** ms since 1970 UTC; undefined when there is none. */
  readonly time: number | undefined;
  /** The first host named; undefined when none is. */
  readonly hostname: string | undefined;
}

/**
 * Reads the header that ends where the message begins. Anything in between that is neither time nor host is passed over.
 *
 * @param text all that stands before the message
 * @param referenceMs supplies the year for times without one
 */
export function readBareHeader(text: string, referenceMs: number): BareHeader {
  const bsd = BSD_TIME.exec(text);
  const iso = bsd === null ? ISO_TIME.exec(text) : null;
  const time = bsd !== null ? bsdTime(bsd, referenceMs) : iso === null ? undefined : parseIsoTime(iso[1]!);
  const stamped = bsd?.[0].length ?? iso?.[0].length;
  const rest = stamped === undefined ? ` ${text.replace(PRIORITY, "").replace(BETWEEN, "")}` : text.slice(stamped);
  return { time, hostname: HOST.exec(rest)?.[1] };
}

function bsdTime(match: RegExpExecArray, referenceMs: number): number | undefined {
  const [, monthName, day, year, hour, minute, second, fraction, zone] = match as unknown as (string | undefined)[];
  const month = monthIndex(monthName!);
  if (month === undefined) return undefined;
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  const offset = zone === undefined ? 0 : (ZONES.get(zone) ?? 0) * 60_000 || zoneOffsetMs(zone);
  const clock = [Number(hour), Number(minute), Number(second)] as const;
  return (
    (year === undefined
      ? withoutYear(month, Number(day), ...clock, ms, referenceMs)
      : Date.UTC(Number(year), month, Number(day), ...clock, ms)) - offset
  );
}
