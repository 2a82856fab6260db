/**
 * A Check Point record in any form of its exporters -> its fields under Check Point's names, its time and its gateway.
 *
 *     syslog    … CheckPoint 1930 - [action:"Accept"; src:"10.0.0.1"; …]
 *     older     … [Fields@1.3.6.1.4.1.2620 src="10.0.0.1" svc="443" …]   and   Action="accept" src="10.0.0.1" …
 *     splunk    time=1557767758|hostname=gw|product=Firewall|action=Accept|…
 *     LEA       loc=2302|filename=fw.log|…|time=26Sep2017 20:18:31|action=accept|orig=10.0.0.1|…
 *     CEF, LEEF, JSON
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { labelled, parseCef } from "../decoders/cef.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseLeef } from "../decoders/leef.ts";
import { monthIndex, parseEpoch, parseIsoTime } from "../decoders/timestamp.ts";
import type { DecodedRecord } from "../define-map.ts";
import {
  CHECK_POINT_CEF_LABELS,
  CHECK_POINT_CEF_NAMES,
  CHECK_POINT_LEEF_NAMES,
  CHECK_POINT_OLD_NAMES,
} from "../tables/check-point.ts";
import { looseHeader } from "./loose-header.ts";
import { fieldsOfJson, renamed, told, type Fields } from "./fields.ts";

type Form = "list" | "structured" | "equals" | "bars" | "cef" | "leef" | "json";

const LIST = /\bCheckPoint \S{1,32} (?:- )?\[/;
/** What the syslog reader did not take: `2018-03-21 17:25:25 gw CheckPoint 13752 - [`. */
const HEADER =
  /(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(Z|[+-]{1,2}\d{1,2}:\d{2})? (\S{1,255}) (?:CheckPoint|CP-GW) /;

export function checkPointForm({ line, body, json }: DecodedRecord): Form | null {
  if (json !== null)
    return typeof json["loguid"] === "string" && (json["origin"] !== undefined || json["product"] !== undefined)
      ? "json"
      : null;
  const bar = line.indexOf("|Check Point|");
  if (bar !== -1) return /[12]\.0$/.test(line.slice(Math.max(0, bar - 3), bar)) ? "leef" : "cef";
  if (line.includes('loguid:"{0x') || (line.includes("CheckPoint ") && LIST.test(line))) return "list";
  if (line.includes("[Fields@1.3.6.1.4.1.2620")) return "structured";
  if (/^(?:time=\d{9,13}\|hostname=|loc=\d{1,12}\|filename=)/.test(body)) return "bars";
  return body.includes('="VPN-1 & FireWall-1"') ? "equals" : null;
}

/** @throws {MalformedInputError} when the record has no fields */
export function checkPointFields(record: DecodedRecord, form: Form): Fields {
  const fields = fieldsOf(record, form);
  if (fields === null || fields.size < 2) throw new MalformedInputError("Check Point record without fields");
  return fields;
}

function fieldsOf({ line, body, json }: DecodedRecord, form: Form): Fields | null {
  switch (form) {
    case "json":
      return fieldsOfJson(json!);
    case "list":
      return listFields(line.slice(line.indexOf("[") + 1));
    case "structured": {
      const at = line.indexOf("[Fields@");
      return renamed(readKeyValues(line.slice(line.indexOf(" ", at) + 1)), CHECK_POINT_OLD_NAMES);
    }
    case "equals":
      return renamed(readKeyValues(body), CHECK_POINT_OLD_NAMES);
    case "bars":
      return renamed(readKeyValues(body.replaceAll("\\=", "="), { delimiter: "|" }), CHECK_POINT_OLD_NAMES);
    case "cef":
      return cefFields(line);
    case "leef": {
      const leef = parseLeef(line);
      if (leef === null) return null;
      const fields = renamed(leef.attributes, CHECK_POINT_LEEF_NAMES);
      // The event's id is what was done.
      if (!fields.has("action") && /^[A-Za-z ]{3,20}$/.test(leef.eventId)) fields.set("action", leef.eventId);
      if (!fields.has("product")) fields.set("product", leef.product);
      return fields;
    }
  }
}

/** `key:"value"; ` pairs; a list of values has two colons. */
function listFields(text: string): Fields {
  const fields = readKeyValues(text, { separator: ":", delimiter: ";" });
  for (const [key, value] of fields) {
    if (value.startsWith(':"')) fields.set(key, value.slice(2).replace(/"\]?$/, ""));
  }
  return fields;
}

function cefFields(line: string): Fields | null {
  const cef = parseCef(line);
  if (cef === null) return null;
  const fields = renamed(cef.extension, CHECK_POINT_CEF_NAMES);
  for (const [label, value] of labelled(cef)) {
    const name = CHECK_POINT_CEF_LABELS.get(label);
    if (name !== undefined && !fields.has(name)) fields.set(name, value);
  }
  if (!fields.has("product")) fields.set("product", cef.product);
  if (!fields.has("severity")) fields.set("severity", cef.severity);
  return fields;
}

export interface Stamp {
  /** ms since 1970 UTC */
  readonly time: number;
  readonly hostname: string | undefined;
}

/**
 * The record's own `time` (s or ms, ISO, `26Sep2017 20:18:31`), else that of its header.
 *
 * @param referenceMs supplies the year where a header has none
 * @throws {MalformedInputError} when none is readable
 */
export function checkPointStamp(fields: Fields, record: DecodedRecord, referenceMs: number): Stamp {
  const header = HEADER.exec(record.line);
  const loose = looseHeader(record, referenceMs);
  const written = told(fields, "time", "creation_time");
  const time =
    (written === undefined ? undefined : (parseEpoch(written) ?? parseIsoTime(written) ?? parseLeaTime(written))) ??
    (header === null ? undefined : parseIsoTime(`${header[1]!}${zoneOf(header[2])}`)) ??
    loose.time;
  if (time === undefined) throw new MalformedInputError("Check Point record without a readable time");
  return { time, hostname: told(fields, "hostname") ?? header?.[3] ?? loose.hostname };
}

/** `--5:00`, as R77 writes it, is `-05:00`. */
function zoneOf(zone: string | undefined): string {
  const match = zone === undefined ? null : /^([+-]){1,2}(\d{1,2}):(\d{2})$/.exec(zone);
  return match === null ? "Z" : `${match[1]!}${match[2]!.padStart(2, "0")}:${match[3]!}`;
}

function parseLeaTime(text: string): number | undefined {
  const match = /^ ?(\d{1,2})([A-Z][a-z]{2})(\d{4}) {1,2}(\d{1,2}):(\d{2}):(\d{2})$/.exec(text);
  const month = match === null ? undefined : monthIndex(match[2]!);
  if (match === null || month === undefined) return undefined;
  return Date.UTC(Number(match[3]), month, Number(match[1]), Number(match[4]), Number(match[5]), Number(match[6]));
}
