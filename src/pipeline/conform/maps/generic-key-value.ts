/**
 * key=value lines of products without a map of their own: connections and web requests whose ends the line names. What does not
 * name two ends, or a time, stays unknown.
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { readKeyValues, type KeyValueOptions } from "../decoders/key-value.ts";
import { parseEventTime } from "../decoders/event-time.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord, type SyslogHeader } from "../define-map.ts";
import { genericEvent, productOf, sortFields, timeOf } from "../generic/event.ts";
import { address, port, told, type Fields } from "../network/fields.ts";
import { foldKey, KEY_VALUE_NAMES } from "../tables/generic-names.ts";

/** Both ends by the names most products give them; a cheap test before anything is taken apart. */
const SOURCE = /(?:^|[\s,;|])(?:s|src|source|client|remote|c)[-_.]?(?:ip|addr|address)?=["']?[0-9A-Fa-f]{0,4}[:.\d]/i;

/** What CEF and LEEF are to be read by is in their headers. */
const HEADERED = /CEF: {0,2}\d(?:\.\d)?\||LEEF: {0,2}[12](?:\.0)?\|/;
/** A header begins within this many characters of the line. */
const MAX_PREFIX = 1024;

const DELIMITERS: readonly KeyValueOptions[] = [{}, { delimiter: "," }, { delimiter: "|" }, { delimiter: ";" }];

/** What recognition has read of a record, until it is conformed: reading takes far longer than all else. */
const readings = new WeakMap<DecodedRecord, Pairs>();

export default defineMap({
  id: "generic-key-value",
  title: "key=value lines of any product",
  product: { name: "any", vendor_name: "any" },
  reference: "https://pkg.go.dev/github.com/kr/logfmt",
  lane: "network",
  exporting:
    "Any product that writes `key=value` lines with a time, a source and a destination address, over syslog " +
    "or to a file; values with blanks in double quotes.",
  limits: [
    "Best effort: events carry the label `best-effort`; only lines with a time, a source address and a destination are read.",
    "Bytes count for a direction only where their name says whose they are: `bytes_in` and `bytes_out` do not.",
    "The product is the program's name in the syslog header, where there is one.",
  ],
  recognise(record) {
    const { body, json, syslog } = record;
    if (json !== null || body.length > 16_384 || !SOURCE.test(body)) return 0;
    if (HEADERED.test(body.slice(0, MAX_PREFIX))) return 0;
    const pairs = read(body);
    if (pairs === null || !hasTime(pairs.fields, syslog)) return 0;
    readings.set(record, pairs);
    return 0.5;
  },
  conform,
});

function conform(record: DecodedRecord, environment: ConformEnvironment): OcsfEvent | null {
  const { body, syslog } = record;
  const pairs = readings.get(record) ?? read(body);
  // Its fields become the event's.
  readings.delete(record);
  if (pairs === null) throw new MalformedInputError("no key=value line that names a source and a destination");
  const { fields, rest } = pairs;
  const time = timeOf(fields, environment.fileModifiedTime) ?? syslog?.time ?? undefined;
  if (time === undefined) throw new MalformedInputError("key=value line without a readable time");
  const outcome = fields.get("outcome");
  if (outcome !== undefined && /^[1-5]\d\d$/.test(outcome) && !fields.has("status")) {
    fields.set("status", outcome);
    fields.delete("outcome");
  }
  const app = syslog?.app ?? undefined;
  return genericEvent({
    fields,
    title: told(fields, "message") ?? "connection",
    base: { product: productOf(app ?? "", ""), time },
    unmapped: rest,
    sender: syslog?.hostname ?? undefined,
  });
}

interface Pairs {
  readonly fields: Map<string, string>;
  readonly rest: Record<string, unknown>;
}

/** The pairs, by whichever delimiter makes both ends of them; null where none does. */
function read(body: string): Pairs | null {
  for (let at = 0; at < DELIMITERS.length; at += 1) {
    const pairs = sortFields(readKeyValues(body, DELIMITERS[at]), KEY_VALUE_NAMES, foldKey);
    if (namesBothEnds(pairs.fields)) return withDate(pairs);
  }
  return null;
}

function namesBothEnds(fields: Fields): boolean {
  return (
    address(fields, "src") !== undefined &&
    (address(fields, "dst") !== undefined ||
      (port(fields, "dst_port") !== undefined && told(fields, "dst_host") !== undefined) ||
      /^[a-z]{2,10}:\/\//i.test(told(fields, "url") ?? ""))
  );
}

/** `date=2026-03-20 time=10:00:00` */
function withDate(pairs: Pairs): Pairs {
  const date = pairs.rest["date"];
  const time = pairs.fields.get("time");
  if (typeof date === "string" && time !== undefined && /^\d{1,2}:\d{2}:\d{2}/.test(time)) {
    pairs.fields.set("time", `${date} ${time}`);
    delete pairs.rest["date"];
  }
  return pairs;
}

/** Any reference serves: only whether there is a time matters here. */
function hasTime(fields: Fields, syslog: SyslogHeader | null): boolean {
  return (
    timeOf(fields, 0) !== undefined ||
    parseEventTime(told(fields, "time"), 0) !== undefined ||
    (syslog?.time !== undefined && syslog?.time !== null)
  );
}
