/**
 * The syslog header of lines whose message begins with `key=value` or that have more blanks than they should: the syslog reader takes
 * no host name from them, or does not take them for syslog at all.
 */
import { monthIndex, withoutYear } from "../decoders/timestamp.ts";
import type { DecodedRecord } from "../define-map.ts";

const HEADER =
  /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,6})? {1,4}([A-Za-z0-9_.:-]{1,255}) /;

export interface LooseHeader {
  /** ms since 1970 UTC */
  readonly time: number | undefined;
  readonly hostname: string | undefined;
}

/** What the syslog reader found, completed by the line itself. @param referenceMs supplies the year where the line has none */
export function looseHeader({ line, syslog }: DecodedRecord, referenceMs: number): LooseHeader {
  const time = syslog?.time ?? undefined;
  const hostname = syslog?.hostname ?? undefined;
  if (time !== undefined && hostname !== undefined) return { time, hostname };
  const match = HEADER.exec(line);
  const month = match === null ? undefined : monthIndex(match[1]!);
  if (match === null || month === undefined) return { time, hostname };
  const [day, hour, minute, second] = [Number(match[2]), Number(match[4]), Number(match[5]), Number(match[6])];
  const written =
    match[3] === undefined
      ? withoutYear(month, day, hour, minute, second, 0, referenceMs)
      : Date.UTC(Number(match[3]), month, day, hour, minute, second);
  return { time: time ?? written, hostname: hostname ?? match[7] };
}
