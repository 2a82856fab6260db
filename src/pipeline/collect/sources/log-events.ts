/** A JSON array out of an API's answer -> events with their names and times. */
import { hash } from "node:crypto";
import type { ApiReply } from "./api-client.ts";
import { type LogEvent, PageError } from "./log-poller.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * @param timeOf of the event's own properties, ms since 1970 UTC, or a text in ISO 8601
 * @throws {PageError} when the body is no JSON array: an answer of something in between is no empty log
 */
export function readEvents(
  { body }: ApiReply,
  host: string,
  idOf: (event: Fields) => unknown,
  timeOf: (event: Fields) => unknown,
): LogEvent[] {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    value = null;
  }
  if (!Array.isArray(value)) throw new PageError(`${host} answers with something that is no list of events`);
  return value.map((event: unknown) => {
    const fields = typeof event === "object" && event !== null ? (event as Fields) : {};
    const line = toLine(event);
    const id = idOf(fields);
    const named = (typeof id === "string" && id !== "") || typeof id === "number";
    return { id: named ? String(id) : hash("sha256", line, "hex"), time: toTime(timeOf(fields)), line };
  });
}

/** An event that is nested too deep to be written is stored as what it is: not readable. */
function toLine(event: unknown): string {
  try {
    return JSON.stringify(event);
  } catch {
    return '"an event that is nested too deep"';
  }
}

function toTime(value: unknown): number | null {
  const time = typeof value === "string" ? Date.parse(value) : value;
  return typeof time === "number" && Number.isFinite(time) && time > 0 ? Math.floor(time) : null;
}

/** An own property; undefined where there is none. */
export function own(event: Fields, key: string): unknown {
  return Object.hasOwn(event, key) ? event[key] : undefined;
}

/** ms -> `2026-03-20T09:00:00Z`, the second it lies in. */
export function isoSeconds(ms: number): string {
  return new Date(Math.max(0, ms)).toISOString().replace(/\.\d{3}Z$/, "Z");
}
