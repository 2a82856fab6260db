/**
 * A PAN-OS log in any of its forms (CSV, CEF, LEEF, JSON) -> its fields under the names of PAN-OS's own log variables.
 */
import type { JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseCef, type CefEvent } from "../decoders/cef.ts";
import { splitCsv } from "../decoders/csv.ts";
import { parseEventTime } from "../decoders/event-time.ts";
import { parseLeef, type LeefEvent } from "../decoders/leef.ts";
import type { DecodedRecord } from "../define-map.ts";
import { fieldsOfJson, told, type Fields } from "../network/fields.ts";
import { property, text } from "../read-json.ts";
import { PANOS_COLUMNS } from "../tables/panos-columns.ts";
import { PANOS_CEF, PANOS_NAMES, STRATA_CEF } from "../tables/panos-names.ts";

export interface PanosRecord {
  /** `TRAFFIC`, `THREAT`, `SYSTEM` …, upper case. */
  readonly type: string;
  /** `end`, `url`, `auth` …, lower case; empty where there is none. */
  readonly subtype: string;
  readonly fields: Fields;
  /** The firewall's name where the fields have none: what stands before the log in its line. */
  readonly sender: string | undefined;
}

const TYPES = [...PANOS_COLUMNS.keys()].join("|");

/**
 * A counter or `1`, the time of receipt, the serial number and the type, at the beginning or behind a syslog header. What
 * stands before it is no part of the log.
 */
const CSV_START = new RegExp(
  String.raw`(?:^|[\s:])\d{0,20},(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,18}Z?|\d{1,2}/\d{1,2}/\d\d \d{1,2}:\d\d),[^,\s]{0,64},(${TYPES}),`,
);

/** A log begins within this many characters of its line. */
const MAX_HEADER = 512;

const VENDOR = "Palo Alto Networks";
const VENDOR_MARK = `|${VENDOR}|`;
const CEF_PRODUCTS: ReadonlySet<string> = new Set(["PAN-OS", "LF"]);
const LEEF_PRODUCTS: ReadonlySet<string> = new Set(["PAN-OS Syslog Integration", "Next Generation Firewall", "PAN-OS"]);

/** Types that the logging service spells otherwise than the firewall. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["AUTH", "AUTHENTICATION"],
  ["URL", "THREAT"],
  ["FILE", "THREAT"],
  ["USER-ID", "USERID"],
]);

/** `end` and `start` are types (of tunnels) as well as subtypes. */
const TEMPLATE_TYPES: ReadonlySet<string> = new Set(
  [...PANOS_COLUMNS.keys()].filter((type) => type !== "START" && type !== "END"),
);

const JSON_TYPES: ReadonlySet<string> = new Set([...PANOS_COLUMNS.keys(), ...ALIASES.keys()]);

/** Subtypes of THREAT, which CEF templates put in the header or in `cat`. */
const THREATS: ReadonlySet<string> = new Set(
  "url virus spyware vulnerability file data wildfire wildfire-virus ml-virus flood packet scan resource dns-c2".split(
    " ",
  ),
);

/** 0 to 1: how sure it is that the record is one of these. Never throws. */
export function recognisePanos({ body, json }: DecodedRecord): number {
  if (json !== null) {
    const type = text(json, "LogType");
    return type !== undefined &&
      JSON_TYPES.has(type.toUpperCase()) &&
      (property(json, "DeviceSN") !== undefined || property(json, "LogSourceID") !== undefined)
      ? 1
      : 0;
  }
  const head = body.length > MAX_HEADER ? body.slice(0, MAX_HEADER) : body;
  if (head.includes(VENDOR_MARK)) {
    if (CEF_PRODUCTS.has(productOf(head, "CEF:")) || LEEF_PRODUCTS.has(productOf(head, "LEEF:"))) return 0.97;
  }
  return head.includes(",") && CSV_START.test(head) ? 0.97 : 0;
}

/** The product behind this vendor in a header; empty where it is another's. */
function productOf(head: string, prefix: string): string {
  const mark = head.indexOf(VENDOR_MARK);
  const before = head.slice(Math.max(0, mark - 12), mark);
  if (!before.includes(prefix) && !/^ ?\d(?:\.\d)?$/.test(before)) return "";
  const start = mark + VENDOR_MARK.length;
  const end = head.indexOf("|", start);
  return end === -1 ? "" : head.slice(start, end);
}

/** @throws {MalformedInputError} when the record is none of the forms */
export function readPanos({ body, json }: DecodedRecord, referenceMs: number): PanosRecord {
  if (json !== null) return fromJson(json);
  if (body.lastIndexOf(VENDOR_MARK, MAX_HEADER) !== -1) {
    const leef = parseLeef(body);
    if (leef !== null && leef.vendor === VENDOR) return fromLeef(leef);
    const cef = parseCef(body);
    if (cef !== null && cef.vendor === VENDOR) return fromCef(cef);
  }
  const start = CSV_START.exec(body.length > MAX_HEADER ? body.slice(0, MAX_HEADER) : body);
  if (start === null) throw new MalformedInputError("no PAN-OS log in CSV, CEF, LEEF or JSON");
  return fromCsv(body, start.index, start[1]!, referenceMs);
}

function fromCsv(body: string, index: number, type: string, referenceMs: number): PanosRecord {
  const start = index === 0 ? 0 : index + 1;
  let row = start === 0 ? body : body.slice(start);
  // SD-WAN's link switches are a list in braces whose commas part no columns.
  if (type === "TRAFFIC" && row.includes("{")) row = row.replace(/\{[^{}"]*\}/g, (list) => list.replaceAll(",", ";"));
  const values = splitCsv(row);
  const names = PANOS_COLUMNS.get(type)!;
  const fields = new Map<string, string>();
  const known = Math.min(values.length, names.length);
  for (let at = 1; at < known; at += 1) {
    const value = values[at]!;
    if (value !== "" && names[at] !== "-") fields.set(names[at]!, value);
  }
  const precise = preciseTime(values, fields.get("time_generated"), referenceMs);
  if (precise !== undefined) fields.set("high_res_timestamp", precise);
  if (known < 9 || parseEventTime(fields.get("time_generated"), referenceMs) === undefined) {
    throw new MalformedInputError("PAN-OS log cut off before its columns");
  }
  return {
    type,
    subtype: subtypeOf(fields),
    fields,
    sender: senderOf(body, start),
  };
}

/** The word before the log, which is the firewall's name where it is no time of day. */
function senderOf(body: string, start: number): string | undefined {
  if (start === 0) return undefined;
  const word = /([A-Za-z0-9_.:-]{1,255}?):?(?: -)?$/.exec(body.slice(Math.max(0, start - 260), start - 1))?.[1];
  return word === undefined || /^[\d:.]*:[\d:.]*$/.test(word) ? undefined : word;
}

/**
 * From 10.0 on a column holds the time with its zone and ms; which one depends on the version. It is the one whose wall clock is that of
 * the time without a zone.
 */
function preciseTime(
  values: readonly string[],
  generated: string | undefined,
  referenceMs: number,
): string | undefined {
  const wallClock = parseEventTime(generated, referenceMs);
  if (wallClock === undefined) return undefined;
  for (let at = values.length - 1; at > 12; at -= 1) {
    const value = values[at]!;
    if (value.length < 20 || value.length > 35 || value.charCodeAt(10) !== 0x54) continue;
    const own = parseEventTime(`${value.slice(0, 19)}Z`, referenceMs);
    if (own !== undefined && Math.abs(own - wallClock) <= 60_000) return value;
  }
  return undefined;
}

function fromCef(cef: CefEvent): PanosRecord {
  const isForwarder = cef.product === "LF";
  const fields = canonical(cef.extension, isForwarder ? STRATA_CEF : PANOS_CEF);
  // The firewalls' template has the type behind the subtype, the logging service before it.
  const isTemplate = !isForwarder && TEMPLATE_TYPES.has(cef.name.toUpperCase());
  const [type, other] = isTemplate ? [cef.name, cef.signature] : [cef.signature, cef.name];
  const category = told(cef.extension, "cat");
  let subtype = other.toLowerCase();
  if (type.toUpperCase() === "THREAT" && !isForwarder) {
    if (!THREATS.has(subtype) && category !== undefined && THREATS.has(category.toLowerCase())) {
      fields.set("threatid", other);
      subtype = category.toLowerCase();
    } else if (category !== undefined && !fields.has("threatid")) fields.set("threatid", category);
  }
  const domain = told(cef.extension, "sntdom");
  const user = fields.get("srcuser");
  if (domain !== undefined && user !== undefined && !/[\\@]/.test(user)) fields.set("srcuser", `${domain}\\${user}`);
  if (!fields.has("severity") && type.toUpperCase() !== "TRAFFIC") fields.set("severity", cef.severity);
  return { type: typeOf(type), subtype, fields, sender: undefined };
}

function fromLeef(leef: LeefEvent): PanosRecord {
  const fields = canonical(leef.attributes, PANOS_NAMES);
  const type = fields.get("type") ?? told(leef.attributes, "cat") ?? "";
  // Of sessions the header's event id is the action; of threats the threat's id, of system logs the event's.
  if (type.toUpperCase() === "TRAFFIC") {
    const action = told(leef.attributes, "action", "Action") ?? leef.eventId;
    fields.set("action", action);
  } else {
    const action = told(leef.attributes, "action");
    if (action !== undefined) fields.set("action", action);
    if (!fields.has("threatid")) fields.set("threatid", leef.eventId);
    if (!fields.has("eventid")) fields.set("eventid", leef.eventId);
  }
  return { type: typeOf(type), subtype: subtypeOf(fields), fields, sender: undefined };
}

function fromJson(json: JsonObject): PanosRecord {
  const fields = canonical(fieldsOfJson(json), PANOS_NAMES);
  const type = fields.get("type") ?? "";
  const spelled = type.toUpperCase();
  const subtype =
    fields.get("subtype")?.toLowerCase() ?? (ALIASES.get(spelled) === "THREAT" ? spelled.toLowerCase() : "");
  return { type: typeOf(type), subtype, fields, sender: undefined };
}

/** Types without subtypes have a 0 there. */
function subtypeOf(fields: Fields): string {
  const subtype = fields.get("subtype")?.toLowerCase() ?? "";
  return subtype === "0" ? "" : subtype;
}

function typeOf(text: string): string {
  const type = text.toUpperCase();
  const known = ALIASES.get(type) ?? type;
  if (!PANOS_COLUMNS.has(known))
    throw new MalformedInputError(`PAN-OS log of unknown type ${JSON.stringify(text.slice(0, 40))}`);
  return known;
}

/** Under PAN-OS's own names, which a form may also use itself; what is empty counts as absent. */
function canonical(source: Fields, names: ReadonlyMap<string, string>): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [key, value] of source) {
    if (value === "") continue;
    const name = names.get(key) ?? key;
    // PAN-OS puts some variables in quotes whatever the template.
    if (!fields.has(name)) fields.set(name, value.charCodeAt(0) === QUOTE ? unquoted(value) : value);
  }
  return fields;
}

const QUOTE = 0x22;

function unquoted(value: string): string {
  return /^"[^"]*"$/.test(value) ? value.slice(1, -1) : value;
}
