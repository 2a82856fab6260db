/**
 * A FortiOS record (FortiGate, FortiProxy) in any of its forms -> its fields under FortiOS's own names, and its time.
 *
 * Forms: `key=value` with quotes (default; FortiOS 3 and 4 have names of their own), the same with commas (csv), CEF, LEEF, a JSON object.
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { parseCef, labelled } from "../decoders/cef.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseLeef } from "../decoders/leef.ts";
import { parseEpoch, parseIsoTime } from "../decoders/timestamp.ts";
import type { DecodedRecord } from "../define-map.ts";
import {
  FORTIGATE_CEF_LABELS,
  FORTIGATE_CEF_NAMES,
  FORTIGATE_LEEF_NAMES,
  FORTIGATE_OLD_NAMES,
} from "../tables/fortigate.ts";
import { zoneAhead } from "../tables/time-zones.ts";
import { fieldsOfJson, renamed, told, type Fields } from "./fields.ts";

const CEF_PREFIX = "FTNTFGT";

const LEEF_PREFIX = "FTNT";

/** How far the clock that stamps a record and the clock that stamps its event may differ. */
const AGREEMENT_MS = 300_000;

/** No zone is further from UTC. */
const FURTHEST_ZONE_MS = 52_200_000;

/** The form a record has; null for one that is not FortiOS's. `old` is `key=value` of FortiOS 3 and 4. */
export type Form = "key-value" | "old" | "cef" | "leef" | "json";

const OLD = /\bdevice_id=\S/;
const OLD_LOG = /\blog_id="?\d/;
/** Sophos writes `device_id`, `log_id` and `log_subtype`. */
const OLD_SUBTYPE = /(?:^|[\s,])subtype=/;

const CEF_HEADER = /\|Fortinet\|(?:Fortigate|FortiGate|FortiOS|FortiProxy)\|/;

export function fortigateForm({ body, json }: DecodedRecord): Form | null {
  if (json !== null) {
    return typeof json["logid"] === "string" &&
      typeof json["type"] === "string" &&
      typeof json["subtype"] === "string" &&
      (json["vd"] !== undefined || json["devid"] !== undefined)
      ? "json"
      : null;
  }
  // A list of records quotes them.
  if (body.charCodeAt(0) === 0x5b) return null;
  if (body.includes("logid=") && body.includes("subtype=") && body.includes("type="))
    return /\b(?:vd|devid|devname|eventtime)=/.test(body) && !body.includes("|Fortinet|")
      ? "key-value"
      : cefOrLeef(body);
  if (body.includes("subtype=") && OLD.test(body) && OLD_LOG.test(body) && OLD_SUBTYPE.test(body)) return "old";
  return cefOrLeef(body);
}

function cefOrLeef(body: string): Form | null {
  const at = body.indexOf("|Fortinet|");
  if (at === -1 || !CEF_HEADER.test(body.slice(at, at + 32))) return null;
  // LEEF is at version 1.0 or 2.0, CEF at 0 or 1; syslog readers may have taken the word before it for a program's name.
  return /[12]\.0$/.test(body.slice(Math.max(0, at - 3), at)) ? "leef" : "cef";
}

/** @throws {MalformedInputError} when the record has no fields */
export function fortigateFields(record: DecodedRecord, form: Form): Fields {
  const fields =
    form === "key-value"
      ? keyValues(record.body)
      : form === "old"
        ? oldFields(record.body)
        : form === "json"
          ? fieldsOfJson(record.json!)
          : form === "cef"
            ? cefFields(record.body)
            : leefFields(record.body);
  if (fields === null || told(fields, "type") === undefined)
    throw new MalformedInputError("FortiOS record without a type");
  return fields;
}

function keyValues(body: string): Fields {
  return readKeyValues(
    body,
    /^(?:date|devname|logver|timestamp|itime)=[^\s,"]{1,64},/.test(body) ? { delimiter: "," } : {},
  );
}

/** FortiWeb puts its version before the date's name. */
const WEB_TIME = /\bv\d{3}[a-z]{0,8}date=(\d{4}-\d{2}-\d{2}) time=(\d{2}:\d{2}:\d{2})/;
/** The offset in force, west of Greenwich positive: `GMTg+7`. */
const WEB_ZONE = /^GMT[a-z]?([+-])(\d{1,2})$/;

/** What was done was `status` then, except in event logs, which have an action and its outcome. */
function oldFields(body: string): Fields {
  const fields = renamed(keyValues(body), FORTIGATE_OLD_NAMES, "");
  const status = fields.get("status");
  if (status !== undefined && !fields.has("action") && fields.get("type") !== "event") fields.set("action", status);
  if (fields.has("httpmethod")) ofFortiWeb(fields, body);
  return fields;
}

/** `none` and `Unknown` stand for nothing there; the time is local, with the zone in words, unless a collector stamped the record. */
function ofFortiWeb(fields: Map<string, string>, body: string): void {
  for (const name of ["referralurl", "user"])
    if (/^(?:none|unknown)$/i.test(fields.get(name) ?? "")) fields.delete(name);
  const written = fields.has("timestamp") ? null : WEB_TIME.exec(body);
  if (written === null) return;
  const zone = WEB_ZONE.exec(fields.get("timezone_dayst") ?? "");
  fields.set("date", written[1]!);
  fields.set("time", written[2]!);
  fields.delete("tz");
  if (zone !== null) fields.set("tz", `${zone[1] === "+" ? "-" : "+"}${zone[2]!.padStart(2, "0")}00`);
}

function cefFields(body: string): Fields | null {
  const cef = parseCef(body);
  if (cef === null) return null;
  const fields = renamed(cef.extension, FORTIGATE_CEF_NAMES, CEF_PREFIX);
  for (const [label, value] of labelled(cef)) {
    const name = FORTIGATE_CEF_LABELS.get(label);
    if (name !== undefined && !fields.has(name)) fields.set(name, value);
  }
  return withType(fields, fields.get("cat") ?? cef.name);
}

function leefFields(body: string): Fields | null {
  const leef = parseLeef(body);
  if (leef === null) return null;
  const fields = renamed(leef.attributes, FORTIGATE_LEEF_NAMES, LEEF_PREFIX);
  return withType(fields, fields.get("cat") ?? leef.eventId);
}

/** CEF's category is `type:subtype`. */
function withType(fields: Map<string, string>, category: string): Fields {
  const colon = category.indexOf(":");
  if (!fields.has("type")) fields.set("type", colon === -1 ? category : category.slice(0, colon));
  if (!fields.has("subtype") && colon !== -1) fields.set("subtype", category.slice(colon + 1).split(" ", 1)[0]!);
  return fields;
}

/**
 * When it happened, ms since 1970 UTC: `eventtime` (s, ms, us or ns by version), unless it contradicts `date`, `time` and `tz`,
 * which carry whole seconds. Without a zone the two may be as far apart as zones are.
 *
 * @throws {MalformedInputError} when the record has no readable time and nor has the syslog header
 */
export function fortigateTime(fields: Fields, { syslog }: DecodedRecord): number {
  const eventTime = parseEpoch(told(fields, "eventtime"));
  const local = parseIsoTime(`${fields.get("date") ?? ""}T${fields.get("time") ?? ""}`);
  const offset = zoneAhead(told(fields, "tz"));
  if (local !== undefined) {
    const written = local - (offset ?? 0);
    if (eventTime === undefined) return written;
    const tolerance = offset === undefined ? FURTHEST_ZONE_MS : AGREEMENT_MS;
    return Math.abs(eventTime - written) <= tolerance ? eventTime : written;
  }
  const time =
    eventTime ??
    parseEpoch(told(fields, "timestamp", "itime")) ??
    parseEpoch(told(fields, "rt", "devTime", "start", "end")) ??
    syslog?.time;
  if (time === undefined || time === null) throw new MalformedInputError("FortiOS record without a readable time");
  return time;
}
