/**
 * Envelopes: what shippers and APIs put around records. Lists (`[…]`, `{"Records":[…]}`, `{"value":[…]}`) hold records of
 * equal rank; wrappers (Filebeat, Logstash, Splunk HEC, Docker, journald) hold one record as text or object.
 */
import type { JsonObject } from "../../model/activity.ts";
import { MalformedInputError } from "../../model/errors.ts";
import { decode, parseJson } from "./decode.ts";
import type { DecodedRecord, SyslogHeader } from "./define-map.ts";
import { parseTime } from "./decoders/timestamp.ts";
import { object, property, text } from "./read-json.ts";

/** Names under which APIs and exporters put the list of records. */
const LIST_KEYS = [
  "Records",
  "records",
  "value",
  "events",
  "logEvents",
  "logs",
  "items",
  "entries",
  "results",
  "data",
  "activities",
  "auditEvents",
];

/** Lists one level down: search results of Elasticsearch, and the exports of Google Security Operations. */
const NESTED_LISTS = [
  ["hits", "hits"],
  ["raw_logs", "entries"],
] as const;

/** What may stand beside such a list without making the whole a record of its own; besides plain values. */
const PAGING_KEYS: ReadonlySet<string> = new Set([
  "meta",
  "metadata",
  "links",
  "_links",
  "page",
  "pagination",
  "paging",
  "cursor",
  "subscriptionFilters",
]);

/** Where wrappers keep the line they took, most specific first. */
const TEXT_KEYS = [
  "message",
  "log",
  "_raw",
  "MESSAGE",
  "line",
  "event",
  "@message",
  "textPayload",
  "SyslogMessage",
  "msg",
  "data",
];

/** Fields of the Elastic Common Schema's `event`. */
const ECS_EVENT_KEYS = ["category", "kind", "dataset"];

/** Where wrappers keep the record as an object. */
const OBJECT_KEYS = ["event", "_source", "result", "detail", "message", "log", "jsonPayload", "data"];

/**
 * The elements of a list envelope, each a record of its own with its JSON as its line; null when the record is none.
 * @throws {MalformedInputError} when a line begins like a JSON array and is none
 */
export function unwrapList(record: DecodedRecord): DecodedRecord[] | null {
  if (record.json !== null) {
    const list = listOf(record.json);
    return list === null ? null : list.map((item) => elementOf(item, record.syslog));
  }
  if (!/^\s*\[\s*[{\]]/.test(record.body)) return null;
  const items = parseJson(record.body);
  return Array.isArray(items) ? items.map((item: unknown) => elementOf(item, record.syslog)) : null;
}

function listOf(json: JsonObject): readonly unknown[] | null {
  for (const key of LIST_KEYS) {
    const list = property(json, key);
    if (!Array.isArray(list) || !list.every(isObject)) continue;
    for (const other of Object.keys(json)) {
      if (other !== key && typeof json[other] === "object" && json[other] !== null && !PAGING_KEYS.has(other))
        return null;
    }
    return list;
  }
  for (const [outer, inner] of NESTED_LISTS) {
    const list = property(object(json, outer), inner);
    if (Array.isArray(list) && list.every(isObject)) return list;
  }
  return null;
}

function elementOf(item: unknown, syslog: SyslogHeader | null): DecodedRecord {
  const line = JSON.stringify(item);
  return { line, syslog, body: line, json: isObject(item) ? (item as JsonObject) : null };
}

/**
 * What the record may be a wrapper of, likeliest first. A guess: it counts only when some source recognises it.
 * The wrapper's host and time stand in for a syslog header where the wrapped line has none.
 */
export function unwrapCandidates(record: DecodedRecord, referenceMs: number): DecodedRecord[] {
  const { json } = record;
  if (json === null) return [];
  const candidates: DecodedRecord[] = [];
  const syslog = record.syslog ?? headerOf(json);
  const addText = (value: unknown) => {
    if (typeof value !== "string" || value === "") return;
    const inner = tryDecode(value.replace(/[\r\n]+$/, ""), referenceMs);
    if (inner !== null) candidates.push(inner.syslog === null ? { ...inner, syslog } : inner);
  };
  const addObject = (value: unknown) => {
    if (isObject(value)) candidates.push(elementOf(value, syslog));
  };
  addText(property(object(json, "event"), "original"));
  for (const key of TEXT_KEYS) addText(property(json, key));
  addText(journalText(property(json, "MESSAGE")));
  for (const key of OBJECT_KEYS) if (key !== "event" || !describesEvent(json)) addObject(property(json, key));
  addText(property(object(json, "result"), "_raw"));
  return candidates;
}

/** In the Elastic Common Schema `event` describes the record: it is none. */
function describesEvent(json: JsonObject): boolean {
  if (property(json, "@timestamp") === undefined) return false;
  const event = object(json, "event");
  return event !== undefined && ECS_EVENT_KEYS.some((key) => property(event, key) !== undefined);
}

function headerOf(json: JsonObject): SyslogHeader {
  const agent = object(json, "host");
  const hostname =
    text(json, "host") ??
    text(agent, "hostname") ??
    text(agent, "name") ??
    text(json, "hostname") ??
    text(json, "_HOSTNAME") ??
    text(json, "HostName") ??
    text(json, "Computer") ??
    null;
  const time =
    parseTime(property(json, "@timestamp")) ??
    parseTime(property(json, "time")) ??
    parseTime(property(json, "EventTime")) ??
    journalTime(json) ??
    null;
  return {
    time,
    hostname,
    app: text(json, "SYSLOG_IDENTIFIER") ?? text(json, "_COMM") ?? null,
    pid: text(json, "SYSLOG_PID") ?? text(json, "_PID") ?? null,
    priority: null,
  };
}

/**
 * `journalctl -o json` counts microseconds since 1970: when the sender wrote the entry, where it told, else when the journal took it.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html
 */
function journalTime(json: JsonObject): number | undefined {
  return parseTime(property(json, "_SOURCE_REALTIME_TIMESTAMP")) ?? parseTime(property(json, "__REALTIME_TIMESTAMP"));
}

const MAX_JOURNAL_BYTES = 1 << 20;
const utf8 = new TextDecoder("utf-8");

/** Text with control characters or broken UTF-8 stands in the journal's JSON as a list of its bytes. */
function journalText(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length > MAX_JOURNAL_BYTES) return undefined;
  const bytes = new Uint8Array(value.length);
  for (let at = 0; at < value.length; at += 1) {
    const byte: unknown = value[at];
    if (typeof byte !== "number" || !Number.isInteger(byte) || byte < 0 || byte > 255) return undefined;
    bytes[at] = byte;
  }
  return utf8.decode(bytes);
}

function tryDecode(line: string, referenceMs: number): DecodedRecord | null {
  try {
    return decode(line, referenceMs);
  } catch (error) {
    if (error instanceof MalformedInputError) return null;
    throw error;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
