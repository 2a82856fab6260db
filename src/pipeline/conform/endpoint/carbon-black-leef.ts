/**
 * Carbon Black EDR's event forwarder with LEEF output -> the record its JSON output would hold.
 *
 *     LEEF:1.0|CB|CB|7.8|ingress.event.netconn|cb_server=…<tab>…
 *
 * @see https://developer.carbonblack.com/reference/enterprise-response/event-forwarder/
 */
import type { JsonObject } from "../../../model/activity.ts";
import { parseLeef } from "../decoders/leef.ts";

const HEADER = /^(?:LEEF:)? ?1\.0\|CB\|CB\|/;
const PREFIXED = /^[^|]{1,200}LEEF:1\.0\|CB\|CB\|/;
/** Attributes that are not text in JSON, and are read as what they are. */
const NUMERIC =
  /^(?:alert_severity|severity|report_score|feed_id|watchlist_id|timestamp|event_timestamp|sensor_id|pid|child_pid|process_pid|parent_pid|protocol|local_port|remote_port|port|proxy_port)$/;
const NESTED = /^(?:docs|ioc_attr|highlights|observed_filename|endpoint|group)$/;
const MAX_NESTED = 65_536;

/** Whether a body, with or without the program's name that a syslog reader takes `LEEF` for, begins such an event. */
export function isEdrLeef(body: string, app: string | null | undefined): boolean {
  if (app === "LEEF") return HEADER.test(body);
  // asked of every line there is: whatever stands before the header is short
  return body.startsWith("LEEF:1.0|CB|CB|") || PREFIXED.test(body);
}

/** null where there is no LEEF header of Carbon Black. */
export function edrLeef(body: string): JsonObject | null {
  const leef = parseLeef(body);
  if (leef === null || leef.vendor !== "CB") return null;
  const json = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of leef.attributes) {
    if (value === "" || value === "None" || value === "<nil>") continue;
    json[key] = valueOf(key, value);
  }
  json["type"] ??= leef.eventId;
  json["cb_server"] ??= "unknown";
  // QRadar's names for the ends of a connection stand beside the forwarder's own, or in their place
  const inbound = json["direction"] === "inbound";
  for (const [own, outward, inward] of [
    ["local_ip", "src", "dst"],
    ["remote_ip", "dst", "src"],
    ["local_port", "srcPort", "dstPort"],
    ["remote_port", "dstPort", "srcPort"],
  ] as const)
    json[own] ??= leef.attributes.get(inbound ? inward : outward);
  json["protocol"] ??= leef.attributes.get("proto");
  for (const name of ["src", "dst", "srcPort", "dstPort", "proto"]) delete json[name];
  for (const name of ["local_ip", "remote_ip", "local_port", "remote_port", "protocol"])
    if (json[name] === undefined) delete json[name];
  return json as JsonObject;
}

function valueOf(key: string, value: string): unknown {
  if (NUMERIC.test(key) && /^-?\d{1,15}(?:\.\d{1,9})?$/.test(value)) return Number(value);
  if (value === "true" || value === "false") return value === "true";
  if (NESTED.test(key) && /^[[{]/.test(value) && value.length <= MAX_NESTED) {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
  return value;
}
