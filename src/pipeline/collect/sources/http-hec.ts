/**
 * Splunk's HTTP Event Collector: event and raw end points, answers and error codes as Splunk gives them. An event is kept as it was
 * sent, envelope and all: its `host` and `time` are read where the text inside has none.
 *
 * @see https://help.splunk.com/en/splunk-enterprise/get-started/get-data-in/ "Troubleshoot HTTP Event Collector"
 */
import type { HttpReply, HttpRequest } from "./http-receiver.ts";
import { retryAfter } from "./http-receiver.ts";
import type { RequestLines } from "./http-offer.ts";
import type { TokenCheck } from "./http-token.ts";
import { ObjectsError, splitObjects } from "./json-objects.ts";

const PATH = /^\/services\/collector(?:\/(event|raw|health|ack))?(?:\/1\.0)?\/?$/;

/** Which end point of HEC a path is; null: none. */
export function hecEndpoint(path: string): "event" | "raw" | "health" | "ack" | null {
  const match = PATH.exec(path);
  return match === null ? null : ((match[1] ?? "event") as "event" | "raw" | "health" | "ack");
}

export function hecReply(status: number, text: string, code: number, more: object = {}): HttpReply {
  return { status, body: { text, code, ...more } };
}

/** Null when the token is right. */
export function hecRefusal(check: TokenCheck): HttpReply | null {
  if (check === "right") return null;
  if (check === "missing") return hecReply(401, "Token is required", 2);
  return check === "malformed" ? hecReply(401, "Invalid authorization", 3) : hecReply(403, "Invalid token", 4);
}

export function hecFailure(status: number, message: string, retryAfterMs: number | null): HttpReply {
  if (status === 503) return { ...hecReply(503, "Server is busy", 9), headers: retryAfter(retryAfterMs) };
  return hecReply(status, status === 400 ? "Invalid data format" : message, 6);
}

/** @returns the refusal of the whole request; null when `lines` holds its events */
export function readHecEvents(
  body: Buffer,
  lines: RequestLines,
  sourceOf: (sourcetype: string) => string,
): HttpReply | null {
  let number = 0;
  const refuse = (text: string, code: number) => hecReply(400, text, code, { "invalid-event-number": number });
  try {
    for (const text of splitObjects(body)) {
      const envelope = parseObject(text);
      if (envelope === null) return refuse("Invalid data format", 6);
      const event = Object.hasOwn(envelope, "event") ? envelope["event"] : undefined;
      if (event === undefined) return refuse("Event field is required", 12);
      if (event === null || event === "") return refuse("Event field cannot be blank", 13);
      const sourcetype = Object.hasOwn(envelope, "sourcetype") ? envelope["sourcetype"] : undefined;
      lines.add(text, typeof sourcetype === "string" ? sourceOf(sourcetype) : "auto");
      number += 1;
    }
  } catch (error) {
    if (!(error instanceof ObjectsError)) throw error;
    return refuse("Invalid data format", 6);
  }
  return number === 0 ? hecReply(400, "No data", 5) : null;
}

/** Ids that one question may name. */
const MAX_ACKS = 100_000;

/**
 * Senders that want to be told when an event was stored get an id with its answer, and ask for it later. As the answer itself means
 * that it is stored, the answer to that is always yes.
 */
export function readHecAck(body: Buffer): HttpReply {
  const asked = parseObject(body);
  const ids = asked !== null && Object.hasOwn(asked, "acks") ? asked["acks"] : null;
  if (!Array.isArray(ids) || ids.length > MAX_ACKS || !ids.every((id) => Number.isSafeInteger(id)))
    return hecReply(400, "Invalid data format", 6);
  return { status: 200, body: { acks: Object.fromEntries(ids.map((id: number) => [String(id), true])) } };
}

/** Whether the sender wants to ask for its events later. */
export function hasChannel({ headers, query }: HttpRequest): boolean {
  const channel = headers["x-splunk-request-channel"] ?? query.get("channel") ?? "";
  return typeof channel === "string" && /^[0-9A-Za-z-]{1,64}$/.test(channel);
}

/** The raw end point: every line is an event. */
export function readHecRaw(
  request: HttpRequest,
  body: Buffer,
  lines: RequestLines,
  sourceOf: (sourcetype: string) => string,
): HttpReply | null {
  const source = sourceOf(request.query.get("sourcetype") ?? "");
  for (const line of linesOf(body)) lines.add(line, source);
  return lines.lines === 0 ? hecReply(400, "No data", 5) : null;
}

/** Without line ends. */
export function* linesOf(body: Buffer): Generator<Buffer> {
  for (let start = 0; start < body.length;) {
    const newline = body.indexOf(0x0a, start);
    const end = newline === -1 ? body.length : newline;
    yield body.subarray(start, end > start && body[end - 1] === 0x0d ? end - 1 : end);
    start = end + 1;
  }
}

/** Null when it is no JSON object. Its keys are a stranger's: ask with Object.hasOwn. */
export function parseObject(text: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
