/**
 * Events and alerts of Sophos Central in the names of its API, in those of Sophos' SIEM script, and in the script's CEF and key-value
 * forms, under one set of names.
 *
 * @see https://developer.sophos.com/docs/siem-v1/1/routes/events/get
 */
import type { JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseCef } from "../decoders/cef.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseTime } from "../decoders/timestamp.ts";
import type { DecodedRecord } from "../define-map.ts";
import { type Fields, fieldsOfJson, told } from "../network/fields.ts";
import { object, property, text } from "../read-json.ts";

/** Only Sophos Central's types are written so. */
const TYPE = /^Event::[A-Za-z]{2,24}::[A-Za-z0-9:_]{2,80}$/;
const CEF_START = /^(?:CEF: ?)?\d\|sophos\|sophos central\|/i;

export interface SophosRecord {
  readonly type: string;
  /** Behind `Event::Endpoint::`. */
  readonly kind: string;
  /** ms since 1970 UTC */
  readonly time: number;
  readonly fields: Fields;
  /** What a sentence said: `Username`, `Rule names`, `Source path`, …; empty where it is no such sentence. */
  readonly said: ReadonlyMap<string, string>;
  readonly json: JsonObject | null;
}

export function isSophosCentral({ json, body }: DecodedRecord): boolean {
  if (json !== null) {
    const type = text(json, "type");
    return (
      type !== undefined &&
      TYPE.test(type) &&
      (property(json, "customer_id") !== undefined || property(json, "endpoint_id") !== undefined)
    );
  }
  if (CEF_START.test(body)) return true;
  return body.includes('type="Event::') && body.includes('customer_id="');
}

/**
 * @throws {MalformedInputError} without a type or a readable time
 */
export function readSophosRecord(record: DecodedRecord): SophosRecord {
  const fields = fieldsOf(record);
  const type = told(fields, "type");
  if (type === undefined || !TYPE.test(type)) throw new MalformedInputError("Sophos Central record without its type");
  const time =
    parseTime(told(fields, "when")) ??
    parseTime(told(fields, "end")) ??
    parseTime(told(fields, "rt")) ??
    parseTime(told(fields, "created_at"));
  if (time === undefined) throw new MalformedInputError("Sophos Central record without a readable time");
  const { json } = record;
  const sentence = told(fields, "description") ?? told(fields, "name") ?? "";
  return { type, kind: type.split("::").slice(2).join("::"), time, fields, said: partsOf(sentence), json };
}

function fieldsOf({ json, body }: DecodedRecord): Map<string, string> {
  if (json !== null) {
    const fields = fieldsOfJson(json);
    const address = text(object(json, "source_info"), "ip") ?? text(object(object(json, "data"), "source_info"), "ip");
    if (address !== undefined) fields.set("source_info_ip", address);
    return fields;
  }
  if (!CEF_START.test(body)) return readKeyValues(body, { delimiter: ";" });
  const cef = parseCef(body);
  if (cef === null) throw new MalformedInputError("no CEF header of seven fields");
  const fields = new Map(cef.extension);
  if (!fields.has("type")) fields.set("type", cef.signature);
  if (!fields.has("name")) fields.set("name", cef.name);
  if (!fields.has("severity")) fields.set("severity", cef.severity);
  return fields;
}

/** `An ″allow file transfer″ action was taken.  Username: ACME\alice  Rule names: ′Plans′  …`: two blanks between the parts. */
function partsOf(sentence: string): Map<string, string> {
  const parts = new Map<string, string>();
  if (sentence.length > 8_192) return parts;
  for (const part of sentence.split(/ {2,8}/).slice(1, 32)) {
    const colon = part.indexOf(": ");
    if (colon <= 0 || colon > 32) continue;
    const name = part.slice(0, colon).trim();
    if (!parts.has(name))
      parts.set(
        name,
        part
          .slice(colon + 2)
          .replace(/^[′'"]|[′'"]$/g, "")
          .trim(),
      );
  }
  return parts;
}
