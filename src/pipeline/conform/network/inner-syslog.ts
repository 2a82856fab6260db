/**
 * Program and host of a line whose syslog header is more than RFC 3164 has: relays put the sender's name or address beside
 * their own (`Mar 20 10:07:14 grid.example 10.1.0.53 named[812]: …`).
 */
import type { DecodedRecord, SyslogHeader } from "../define-map.ts";

const TWO_HOSTS = /^([A-Za-z0-9_.:-]{1,255}) ([A-Za-z0-9_.:-]{1,255}) ([A-Za-z0-9_./-]{1,64})(?:\[(\d{1,10})\])?: /;

export interface InnerSyslog {
  readonly header: SyslogHeader | null;
  /** Program; null when the header names none. */
  readonly app: string | null;
  readonly body: string;
}

/** The header as it was read, or with the program and the host found in the body; the name is preferred to the address. */
export function innerSyslog(record: DecodedRecord): InnerSyslog {
  const { syslog, body } = record;
  if (syslog === null || syslog.app !== null) return { header: syslog, app: syslog?.app ?? null, body };
  const match = TWO_HOSTS.exec(body);
  if (match === null) return { header: syslog, app: null, body };
  const [whole, first, second, app, pid] = match as unknown as [string, string, string, string, string | undefined];
  const hostname = /[A-Za-z]/.test(first) && !first.includes(":") ? first : second;
  return { header: { ...syslog, hostname, app, pid: pid ?? null }, app, body: body.slice(whole.length) };
}
