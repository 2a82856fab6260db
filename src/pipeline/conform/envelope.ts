/**
 * Envelopes: what shippers and APIs put around records. Lists (`[…]`, `{"Records":[…]}`, `{"value":[…]}`) hold records of
 * equal rank; wrappers (Filebeat, Logstash, Splunk HEC, Docker, journald) hold one record as text or object.
 */
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "../../model/activity.ts";
import { MalformedInputError } from "../../model/errors.ts";
import { decode, parseJson } from "./decode.ts";
import type { DecodedRecord, SyslogHeader } from "./define-map.ts";
import { filled, headerOf } from "./envelope-header.ts";
import { isObject, listOf } from "./envelope-lists.ts";
import { object, property } from "./read-json.ts";

/** Where wrappers keep the line they took, most specific first. */
const TEXT_KEYS = [
  "full_message",
  "full_log",
  "message",
  "log",
  "_raw",
  "MESSAGE",
  "line",
  "event",
  "@message",
  "textPayload",
  "SyslogMessage",
  "RawData",
  "raw_event",
  "log_text",
  "utf8_payload",
  "short_message",
  "msg",
  "MSG",
  "Message",
  "raw",
  "raw_log",
  "body",
  "value",
  "payload",
  "data",
];

/** Where they keep it in base64: Security Operations, Kinesis, Pub/Sub, IoT Hub, QRadar. */
const BASE64_KEYS = ["raw_log", "rawLog", "data", "Body", "body", "payload"];

/** Fields of the Elastic Common Schema's `event`. */
const ECS_EVENT_KEYS = ["category", "kind", "dataset"];

/** Where wrappers keep the record as an object. */
const OBJECT_KEYS = [
  "event",
  "_source",
  "fields",
  "result",
  "detail",
  "message",
  "log",
  "jsonPayload",
  "data",
  "body",
  "content",
  "properties",
  "kinesis",
  "awslogs",
  "map",
];

/** Most records that no map is sure of wrap nothing: one look at their own keys saves some sixty at keys they have not. */
const WRAPPING_KEYS: ReadonlySet<string> = new Set([...TEXT_KEYS, ...BASE64_KEYS, ...OBJECT_KEYS]);

/** A header behind a header, without a priority between: a relay took the line for the message of another program. */
const SECOND_HEADER =
  /^(?:[A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d{2}:\d{2}:\d{2} |\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\S{0,16} )/;

/** A larger text in base64 is no line of a log, and no batch that CloudWatch hands on. */
const MAX_BASE64 = 1 << 20;
/** What a batch may become unpacked, in bytes; one that becomes more is not read. */
const MAX_UNPACKED = 1 << 24;

/**
 * The elements of a list envelope, each a record of its own with its JSON as its line; null when the record is none.
 * @throws {MalformedInputError} when a line begins like a JSON array and is none
 */
export function unwrapList(record: DecodedRecord): DecodedRecord[] | null {
  if (record.json !== null) {
    const list = listOf(record.json);
    return list === null ? null : list.map((item) => elementOf(item, record.syslog));
  }
  if (/^\s*\[\s*[{\]]/.test(record.body)) {
    const items = parseJson(record.body);
    return Array.isArray(items) ? items.map((item: unknown) => elementOf(item, record.syslog)) : null;
  }
  return forwarded(record);
}

/** Fluent Bit's and Fluentd's `[time, {…}]`, `[tag, time, {…}]` and `[[time, {…}], {…}]`: the record stands last. */
function forwarded({ body, syslog }: DecodedRecord): DecodedRecord[] | null {
  if (!/^\[(?:\[|\d{9}|"[\w.*-]{1,128}", ?\d)/.test(body) || !/\}\s*\]\s*$/.test(body)) return null;
  const items = parseJson(body);
  const last: unknown = Array.isArray(items) && items.length <= 3 ? items.at(-1) : undefined;
  return isObject(last) ? [elementOf(last, syslog)] : null;
}

function elementOf(item: unknown, syslog: SyslogHeader | null): DecodedRecord {
  const line = JSON.stringify(item);
  return { line, syslog, body: line, json: isObject(item) ? (item as JsonObject) : null };
}

/** Whether the text may hold a line of another program behind a header that is not its own. */
export function wrapsText({ body, syslog, json }: DecodedRecord): boolean {
  return json === null && syslog !== null && SECOND_HEADER.test(body);
}

/**
 * What the record may be a wrapper of, likeliest first, each decoded when it is asked for. A guess: it counts only when some
 * source recognises it. The wrapper's host and time stand in for a syslog header where the wrapped line has none.
 */
export function* unwrapCandidates(record: DecodedRecord, referenceMs: number): Generator<DecodedRecord, void> {
  const { json } = record;
  if (json === null) {
    const inner = wrapsText(record) ? tryDecode(record.body, referenceMs) : null;
    if (inner !== null) yield { ...inner, syslog: filled(inner.syslog, record.syslog) };
    return;
  }
  const keys = Object.keys(json);
  const present = keys.filter((key) => WRAPPING_KEYS.has(key));
  if (present.length === 0 && keys.length !== 1) return;
  let header: SyslogHeader | null | undefined;
  const around = (): SyslogHeader | null => (header ??= filled(record.syslog, headerOf(json)));
  for (const line of textsOf(json, present)) {
    const inner = tryDecode(withoutEnd(line), referenceMs);
    if (inner !== null) yield { ...inner, syslog: filled(inner.syslog, around()) };
  }
  for (const key of OBJECT_KEYS) {
    if (!present.includes(key)) continue;
    const value = property(json, key);
    if (isObject(value) && (key !== "event" || !describesEvent(json))) yield elementOf(value, around());
  }
  const raw = property(object(json, "result"), "_raw");
  const inner = typeof raw === "string" && raw !== "" ? tryDecode(raw, referenceMs) : null;
  if (inner !== null) yield { ...inner, syslog: filled(inner.syslog, around()) };
  const only = onlyValue(json);
  if (isObject(only)) yield elementOf(only, around());
}

/** Without the line ends behind it. A regular expression would look from each of many line ends within the text anew. */
function withoutEnd(line: string): string {
  let end = line.length;
  while (end > 0 && (line.charCodeAt(end - 1) === 0x0a || line.charCodeAt(end - 1) === 0x0d)) end -= 1;
  return line.slice(0, end);
}

/** @param present those of the record's keys that wrappers use */
function* textsOf(json: JsonObject, present: readonly string[]): Generator<string, void> {
  const original = property(object(json, "event"), "original");
  if (isText(original)) yield original;
  for (const key of TEXT_KEYS) {
    if (!present.includes(key)) continue;
    const value = property(json, key);
    const line: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (isText(line)) yield line;
  }
  const bytes = bytesAsText(property(json, "MESSAGE"));
  if (isText(bytes)) yield bytes;
  for (const key of BASE64_KEYS) {
    if (!present.includes(key)) continue;
    const line = base64AsText(property(json, key));
    if (isText(line)) yield line;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** `{"conn":{…}}`: the name of the log around its record, as Zeek's Kafka writer tags it. */
function onlyValue(json: JsonObject): unknown {
  const keys = Object.keys(json);
  return keys.length === 1 && !OBJECT_KEYS.includes(keys[0]!) ? json[keys[0]!] : undefined;
}

/** In the Elastic Common Schema `event` describes the record: it is none. */
function describesEvent(json: JsonObject): boolean {
  if (property(json, "@timestamp") === undefined) return false;
  const event = object(json, "event");
  return event !== undefined && ECS_EVENT_KEYS.some((key) => property(event, key) !== undefined);
}

const MAX_JOURNAL_BYTES = 1 << 20;
const utf8 = new TextDecoder("utf-8");
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** Text with control characters or broken UTF-8 stands in the journal's JSON as a list of its bytes. */
function bytesAsText(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length > MAX_JOURNAL_BYTES) return undefined;
  const bytes = new Uint8Array(value.length);
  for (let at = 0; at < value.length; at += 1) {
    const byte: unknown = value[at];
    if (typeof byte !== "number" || !Number.isInteger(byte) || byte < 0 || byte > 255) return undefined;
    bytes[at] = byte;
  }
  return utf8.decode(bytes);
}

/** undefined for what is no base64, or base64 of something that is no text; CloudWatch's batches are packed with gzip besides. */
function base64AsText(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length < 16 || value.length > MAX_BASE64) return undefined;
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return undefined;
  try {
    const bytes = Buffer.from(value, "base64");
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return strictUtf8.decode(isPacked ? gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED }) : bytes);
  } catch {
    return undefined;
  }
}

function tryDecode(line: string, referenceMs: number): DecodedRecord | null {
  try {
    return decode(line, referenceMs);
  } catch (error) {
    if (error instanceof MalformedInputError) return null;
    throw error;
  }
}
