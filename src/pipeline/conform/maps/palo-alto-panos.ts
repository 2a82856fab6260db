/**
 * Palo Alto Networks PAN-OS firewall logs: TRAFFIC, THREAT (with URL, file, data and WildFire), DECRYPTION, GLOBALPROTECT, USERID,
 * AUTHENTICATION, SYSTEM and CONFIG, in CSV of PAN-OS 8 to 11, CEF, LEEF, and the JSON of Strata Logging Service.
 *
 * @see https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseEventTime } from "../decoders/event-time.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { told, type Fields } from "../network/fields.ts";
import { reporterOf } from "../network/session.ts";
import type { EventBase } from "../ocsf.ts";
import { readPanos, recognisePanos } from "../panos/record.ts";
import { decryptionEvent, severityOf, threatEvent, trafficEvent } from "../panos/session.ts";
import {
  authenticationEvent,
  configEvent,
  globalProtectEvent,
  hipMatchEvent,
  systemEvent,
  userIdEvent,
} from "../panos/sign-in.ts";

const PRODUCT = { name: "PAN-OS", vendor_name: "Palo Alto Networks" } as const;

export default defineMap({
  id: "palo-alto-panos",
  title: "Palo Alto Networks PAN-OS",
  product: PRODUCT,
  reference:
    "https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions",
  lane: "network",
  exporting:
    "A syslog server profile and a log forwarding profile with Traffic, Threat, URL, GlobalProtect, " +
    "Authentication and Config logs, attached to the rules that lead outside; the default CSV format, CEF and " +
    "LEEF templates and Cortex Data Lake's JSON are read. Set URL categories of code hosts to alert.",
  limits: [
    "The URL is in THREAT logs of subtype url, the bytes are in TRAFFIC logs of subtype end: only the session's id ties them.",
    "Without decryption a URL log tells the server's name alone, and no method.",
    "URL categories whose action is allow are not logged at all, only alert and stricter ones.",
    "Method, user agent and X-Forwarded-For are only there where the URL filtering profile logs them.",
    "Times without a zone are read as UTC; from PAN-OS 10 on the precise time tells its zone.",
  ],
  recognise: recognisePanos,
  conform,
});

function conform(record: DecodedRecord, environment: ConformEnvironment): OcsfEvent | OcsfEvent[] | null {
  const referenceMs = environment.fileModifiedTime;
  const log = readPanos(record, referenceMs);
  const { fields } = log;
  const sequence = told(fields, "seqno");
  const serial = serialOf(fields);
  const base: EventBase = {
    product: PRODUCT,
    time: timeOf(fields, referenceMs) ?? record.syslog?.time ?? unreadable(),
    // Counted per firewall and type.
    uid:
      sequence === undefined || serial === undefined || !/^\d+$/.test(sequence)
        ? undefined
        : `${serial}:${log.type}:${sequence}`,
    event_code:
      told(fields, "eventid") ?? (/^(?:|0|n\/a)$/.test(log.subtype) ? log.type : `${log.type}/${log.subtype}`),
    severity_id: severityOf(fields),
  };
  const reporter = reporterOf(
    told(fields, "device_name") ?? log.sender ?? record.syslog?.hostname ?? undefined,
    serial,
  );
  switch (log.type) {
    case "TRAFFIC":
      return hasEnds(fields) ? trafficEvent(base, log, reporter) : missing();
    case "THREAT":
      return hasEnds(fields) ? threatEvent(base, log, reporter) : missing();
    case "DECRYPTION":
      return hasEnds(fields) ? decryptionEvent(base, log, reporter) : missing();
    case "GLOBALPROTECT":
      return globalProtectEvent(base, log, reporter);
    case "HIPMATCH":
    case "HIP-MATCH":
      return hipMatchEvent(base, log, reporter);
    case "USERID":
      return userIdEvent(base, log, reporter);
    case "AUTHENTICATION":
      return authenticationEvent(base, log, reporter);
    case "SYSTEM":
      return systemEvent(base, log, reporter);
    case "CONFIG":
      return configEvent(base, log, reporter);
    default:
      return null;
  }
}

/** Firewalls of Prisma Access have none. */
function serialOf(fields: Fields): string | undefined {
  const serial = told(fields, "serial");
  return serial === "no-serial" || serial === "unknown" ? undefined : serial;
}

/** When the log was generated, by the field that tells its zone where there is one; when it was received where that is all. */
function timeOf(fields: Fields, referenceMs: number): number | undefined {
  const generated = parseEventTime(told(fields, "time_generated"), referenceMs);
  const precise = parseEventTime(told(fields, "high_res_timestamp"), referenceMs);
  const received = generated ?? parseEventTime(told(fields, "receive_time"), referenceMs);
  // An unset precise time is 1970 or long past; a zone moves it by less than a day.
  return precise !== undefined && (received === undefined || Math.abs(precise - received) < 86_400_000)
    ? precise
    : received;
}

function hasEnds(fields: Fields): boolean {
  return told(fields, "src") !== undefined || told(fields, "dst") !== undefined;
}

function missing(): never {
  throw new MalformedInputError("PAN-OS session log without addresses");
}

function unreadable(): never {
  throw new MalformedInputError("PAN-OS log without a readable time");
}
