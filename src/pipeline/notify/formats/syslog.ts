/** Syslog headers: RFC 5424 with structured data, and RFC 3164 before CEF and LEEF, whose readers expect it. */
import type { Severity } from "../../../model/incident.ts";
import type { Notice } from "../../../model/notification.ts";
import { printableCut } from "../../../model/printable.ts";
import { titleOf } from "../facts.ts";

export const FACILITIES = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "clock",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;

export type Facility = (typeof FACILITIES)[number];

export interface SyslogHeader {
  readonly facility: Facility;
  readonly hostname: string;
  /** When it is sent, ms since 1970 UTC. */
  readonly time: number;
}

const LEVEL: Readonly<Record<Severity, number>> = { informational: 6, low: 5, medium: 4, high: 3, critical: 2 };
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The enterprise number is the one set aside for documentation (RFC 5612): the product has none of its own. */
const SD_ID = "sallyport@32473";
const MAX_VALUE = 1_023;
const MAX_MESSAGE = 512;

const priority = (facility: Facility, severity: Severity): number => FACILITIES.indexOf(facility) * 8 + LEVEL[severity];

/** A name of the header: printable ASCII without blanks. */
const headerName = (name: string): string => name.replaceAll(/[^\x21-\x7e]/g, "").slice(0, 255) || "-";

/** @see https://www.rfc-editor.org/rfc/rfc5424 */
export function rfc5424Message(notice: Notice, link: string | null, header: SyslogHeader): string {
  const { incident } = notice;
  const parameters: (readonly [string, string | number | null | undefined])[] = [
    ["incident", incident.uid],
    ["change", notice.change],
    ["severity", incident.severity],
    ["riskScore", incident.risk_score],
    ["firstTime", new Date(incident.first_time).toISOString()],
    ["lastTime", new Date(incident.last_time).toISOString()],
    ["actors", incident.actors.join(",")],
    ["hosts", incident.hosts.join(",")],
    ["addresses", incident.addresses.join(",")],
    ["destinations", incident.destinations.join(",")],
    ["bytesOut", incident.bytes_out],
    ["behaviours", incident.behaviours.join(",")],
    ["attack", incident.attack.join(",")],
    ["url", link],
    ["delivery", notice.delivery],
  ];
  const data = parameters
    .flatMap(([name, value]) =>
      value === null || value === undefined || value === ""
        ? []
        : [`${name}="${escapeParameter(printableCut(String(value), MAX_VALUE))}"`],
    )
    .join(" ");
  const time = new Date(header.time).toISOString();
  const start = `<${priority(header.facility, incident.severity)}>1 ${time} ${headerName(header.hostname)} sallyport - incident`;
  return `${start} [${SD_ID} ${data}] \ufeff${titleOf(notice, MAX_MESSAGE)}`;
}

function escapeParameter(text: string): string {
  return text.replaceAll(/[\\"\]]/g, "\\$&");
}

/** `<132>Mar 20 09:46:40 host MESSAGE`, in UTC. @see https://www.rfc-editor.org/rfc/rfc3164 */
export function rfc3164Message(severity: Severity, message: string, header: SyslogHeader): string {
  const time = new Date(header.time);
  const day = String(time.getUTCDate()).padStart(2, " ");
  const at = `${MONTHS[time.getUTCMonth()] ?? "Jan"} ${day} ${time.toISOString().slice(11, 19)}`;
  return `<${priority(header.facility, severity)}>${at} ${headerName(header.hostname)} ${message}`;
}
