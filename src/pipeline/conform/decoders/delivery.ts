/**
 * HTTP deliveries as collectors write them, one JSON object a line: `{"headers": {…}, "body": {…}}`, the body an object
 * or a string (JSON, or `payload=` with URL-encoded JSON), and the deliveries that GitHub's API lists
 * (`{"delivered_at", "event", "request": {"headers", "payload"}}`).
 *
 * @see https://docs.github.com/en/rest/repos/webhooks#get-a-delivery-for-a-repository-webhook
 */
import type { JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseJson } from "../decode.ts";
import { object, property } from "../read-json.ts";
import { parseTime } from "./timestamp.ts";

export interface Delivery {
  /** Header names in lower case; the first value where a header came more than once. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: JsonObject;
  /** When the receiver says it came, ms since 1970 UTC; undefined when it does not say. */
  readonly receivedTime: number | undefined;
}

const MAX_HEADERS = 100;

/**
 * The delivery of an envelope, or null when the object is no envelope.
 * @throws {MalformedInputError} when it is one and its body is no JSON object
 */
export function openDelivery(record: JsonObject): Delivery | null {
  const request = object(record, "request") ?? record;
  const headers = object(request, "headers");
  const body = property(request, "body") ?? property(request, "payload");
  if (headers === undefined || body === undefined) return null;
  return {
    headers: headersOf(headers),
    body: bodyOf(body),
    receivedTime: parseTime(
      property(record, "delivered_at") ??
        property(record, "received_at") ??
        property(record, "timestamp") ??
        property(record, "time"),
    ),
  };
}

/** Whether the object is an envelope with this header; does not look into the body. */
export function hasHeader(record: JsonObject, lowerCaseName: string): boolean {
  const headers = object(object(record, "request") ?? record, "headers");
  if (headers === undefined) return false;
  for (const name in headers)
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) return true;
  return false;
}

function headersOf(headers: JsonObject): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const name of Object.keys(headers)) {
    if (out.size >= MAX_HEADERS) break;
    const value: unknown = headers[name];
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === "string") out.set(name.toLowerCase(), first);
    else if (typeof first === "number") out.set(name.toLowerCase(), String(first));
  }
  return out;
}

function bodyOf(body: unknown): JsonObject {
  const value = typeof body === "string" ? parseJson(body.startsWith("payload=") ? formField(body) : body) : body;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new MalformedInputError("the body of the delivery is no JSON object");
}

function formField(body: string): string {
  const encoded = body.slice("payload=".length).split("&", 1)[0] ?? "";
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch (cause) {
    throw new MalformedInputError("the body of the delivery is not URL-encoded", { cause });
  }
}
