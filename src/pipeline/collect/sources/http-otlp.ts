/**
 * Log records of OpenTelemetry over HTTP with JSON. A record becomes a line that holds its body, its time and its host.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
import { parseObject } from "./http-hec.ts";
import type { RequestLines } from "./http-offer.ts";

const MAX_DEPTH = 32;

/** @returns how many records it held and how many of them say nothing; null: no export request */
export function readOtlp(body: Buffer, lines: RequestLines): { records: number; rejected: number } | null {
  const request = parseObject(body);
  if (request === null || !Object.hasOwn(request, "resourceLogs")) return null;
  let records = 0;
  let rejected = 0;
  for (const resourceLogs of listOf(request, "resourceLogs")) {
    const host = hostOf(listOf(own(resourceLogs, "resource"), "attributes"));
    for (const scope of [...listOf(resourceLogs, "scopeLogs"), ...listOf(resourceLogs, "instrumentationLibraryLogs")]) {
      for (const record of listOf(scope, "logRecords")) {
        records += 1;
        const line = lineOf(record, host);
        if (line === null) rejected += 1;
        else lines.add(Buffer.from(line), "auto");
      }
    }
  }
  return { records, rejected };
}

function lineOf(record: unknown, host: string | undefined): string | null {
  const attributes = mapOf(listOf(record, "attributes"), 0);
  const body = valueOf(own(record, "body"), 0);
  const time = timeOf(own(record, "timeUnixNano")) ?? timeOf(own(record, "observedTimeUnixNano"));
  const about = { ...(time === undefined ? {} : { "@timestamp": time }), ...(host === undefined ? {} : { host }) };
  if (typeof body === "string" && body !== "") return JSON.stringify({ ...about, message: body });
  if (typeof body === "object" && body !== null) return JSON.stringify({ ...about, _source: body });
  if (attributes.size === 0) return null;
  return JSON.stringify({ ...about, _source: fromMap(attributes) });
}

/** Nanoseconds, as text or number, to ISO 8601. */
function timeOf(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value);
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const milliseconds = Number(BigInt(text) / 1_000_000n);
  return milliseconds > 0 && milliseconds < 8.64e15 ? new Date(milliseconds).toISOString() : undefined;
}

function hostOf(attributes: readonly unknown[]): string | undefined {
  const values = mapOf(attributes, 0);
  const host = values.get("host.name") ?? values.get("k8s.node.name");
  return typeof host === "string" ? host : undefined;
}

function valueOf(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  for (const key of ["stringValue", "boolValue", "doubleValue", "bytesValue"]) {
    const found = own(value, key);
    if (found !== undefined) return found;
  }
  const integer = own(value, "intValue");
  if (integer !== undefined) return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
  const array = own(value, "arrayValue");
  if (array !== undefined) return listOf(array, "values").map((item) => valueOf(item, depth + 1));
  const list = own(value, "kvlistValue");
  return list === undefined ? null : fromMap(mapOf(listOf(list, "values"), depth + 1));
}

function mapOf(pairs: readonly unknown[], depth: number): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (const pair of pairs) {
    const key = own(pair, "key");
    if (typeof key === "string") map.set(key, valueOf(own(pair, "value"), depth));
  }
  return map;
}

/** Own properties only, `__proto__` too. */
function fromMap(map: ReadonlyMap<string, unknown>): object {
  return Object.fromEntries(map);
}

function own(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = own(value, key);
  return Array.isArray(list) ? list : [];
}
