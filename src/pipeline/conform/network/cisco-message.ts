/**
 * The frame of ASA and FTD messages, which stands behind headers of many kinds:
 *
 *     <166>Mar 20 2026 10:07:14 fw-1 : %ASA-6-302013: Built inbound TCP connection …
 *     Mar 20 10:07:14 fw-1 %FTD-1-430003: EventPriority: Low, …
 *     <166>:Mar 20 10:07:14 UTC: %FTD--6-852002: …, %ASA-session-5-106100: …, %FTD<Up>-4-313005: …
 *
 * @see https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import type { DecodedRecord } from "../define-map.ts";
import { readBareHeader } from "./bare-header.ts";
import { reporterOf } from "./session.ts";

/** `FDT` is how some published lines spell FTD. */
const TAG = /%(ASA|FTD|FDT|FWSM|PIX|NGIPS)(?:<[^<>\s]{1,16}>)?-(?:[a-z]{1,16}-|-)?([0-7])-(\d{5,7})(?::|(?= ))/;

/** Headers are short; what names a message later in a line is text. */
const MAX_HEAD = 400;

export interface CiscoMessage {
  readonly product: "ASA" | "FTD" | "FWSM" | "PIX" | "NGIPS";
  /** Syslog severity as written. */
  readonly severity: number;
  /** Six digits, for instance `302013`. */
  readonly code: string;
  readonly text: string;
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly reporter: OcsfEvent["metadata"]["reporter"];
}

/** The message's number; null when the line is none. */
export function ciscoCode({ line, body, json }: DecodedRecord): string | null {
  if (json !== null) return null;
  const at = body.indexOf("%");
  if (at === -1 || at > MAX_HEAD) return null;
  return (TAG.exec(body.length > 600 ? body.slice(0, 600) : body) ?? TAG.exec(line.slice(0, MAX_HEAD)))?.[3] ?? null;
}

/** null when the line is no such message. */
export function readCiscoMessage(record: DecodedRecord, fileModifiedTime: number): CiscoMessage | null {
  const { body, syslog } = record;
  const match = TAG.exec(body);
  if (match === null || match.index > MAX_HEAD) return null;
  const at = record.line.lastIndexOf(match[0], MAX_HEAD);
  const head = record.line.slice(0, Math.max(0, at));
  const bare = readBareHeader(innermost(head), fileModifiedTime);
  // A name without a program behind it is taken for the program's by readers of syslog.
  const named = syslog?.hostname ?? (syslog?.time === null || isProgram(syslog?.app) ? null : syslog?.app);
  return {
    product: match[1] === "FDT" ? "FTD" : (match[1] as CiscoMessage["product"]),
    severity: Number(match[2]),
    code: match[3]!,
    text: withoutBlankNames(body.slice(match.index + match[0].length).trim()),
    time: bare.time ?? syslog?.time ?? fileModifiedTime,
    reporter: reporterOf(bare.hostname ?? named ?? undefined),
  };
}

/** The firewall's own end, `identity` since, is the one name of an interface that holds blanks. */
function withoutBlankNames(text: string): string {
  return text.includes("NP Identity Ifc:") ? text.replaceAll("NP Identity Ifc:", "identity:") : text;
}

/** Relays put their own header before the device's. */
function innermost(head: string): string {
  const at = head.lastIndexOf("<");
  return at > 0 && /^<\d{1,3}>/.test(head.slice(at)) ? head.slice(at) : head;
}

function isProgram(app: string | null | undefined): boolean {
  return app === null || app === undefined || /^(?:Cisco)?(?:ASA|FTD|SFIMS)$|^docker$/i.test(app);
}

/** Syslog severity -> OCSF severity_id. */
export function ciscoSeverity(severity: number): number {
  return severity <= 1 ? 5 : severity === 2 ? 4 : severity === 3 ? 3 : severity === 4 ? 2 : 1;
}
