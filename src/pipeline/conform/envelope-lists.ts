/** Lists of records: pages of APIs, search results, exports, batches of shippers, tables whose columns are named apart. */
import type { JsonObject } from "../../model/activity.ts";
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
  "messages",
];

/** Lists one level down: search results of Elasticsearch, exports and feeds of Google Security Operations. */
const NESTED_LISTS = [
  ["hits", "hits"],
  ["raw_logs", "entries"],
  ["inline_source", "logs"],
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
  "searchedLogStreams",
  "fields",
  "messages",
  "highlighted",
  "used_indices",
  "statistics",
]);

/** More is no page that a service hands out. */
const MAX_ROWS = 100_000;

/** Every list stands under one of these: most records that no map is sure of have none of them. */
const LISTING_KEYS: ReadonlySet<string> = new Set([
  ...LIST_KEYS,
  ...NESTED_LISTS.map(([outer]) => outer),
  "tables",
  "rows",
  "resourceLogs",
  "streams",
]);

/** The elements of a list envelope; null when the object is none. */
export function listOf(json: JsonObject): readonly unknown[] | null {
  if (!Object.keys(json).some((key) => LISTING_KEYS.has(key))) return null;
  for (const key of LIST_KEYS) {
    const list = property(json, key);
    if (!Array.isArray(list)) continue;
    if (list.every(isObject)) return standsAlone(json, key) ? list : null;
    if (key === "results") return insightsRows(list);
  }
  for (const [outer, inner] of NESTED_LISTS) {
    const list = property(object(json, outer), inner);
    if (Array.isArray(list) && list.every(isObject)) return list;
  }
  return tableRows(json) ?? openTelemetryRecords(json) ?? lokiLines(json);
}

function standsAlone(json: JsonObject, key: string): boolean {
  for (const other of Object.keys(json)) {
    if (other !== key && typeof json[other] === "object" && json[other] !== null && !PAGING_KEYS.has(other))
      return false;
  }
  return true;
}

/** CloudWatch Logs Insights: `[[{"field":"@message","value":"…"},…],…]`. */
function insightsRows(rows: readonly unknown[]): readonly unknown[] | null {
  if (rows.length === 0 || rows.length > MAX_ROWS || !rows.every(Array.isArray)) return null;
  return rows.map((row) =>
    present(Object.fromEntries((row as unknown[]).map((cell) => [text(cell, "field") ?? "", property(cell, "value")]))),
  );
}

/**
 * Splunk's `json_rows` (`{"fields":["_raw",…],"rows":[[…],…]}`) and what Azure Monitor and Kusto answer
 * (`{"tables":[{"columns":[{"name":"RawData"},…],"rows":[[…],…]}]}`).
 */
function tableRows(json: JsonObject): readonly unknown[] | null {
  const tables = property(json, "tables");
  if (Array.isArray(tables)) {
    const all = tables.slice(0, 16).map((table) => rowsOf(property(table, "columns"), property(table, "rows")));
    return all.includes(null) ? null : all.flatMap((rows) => rows ?? []);
  }
  return rowsOf(property(json, "fields"), property(json, "rows"));
}

function rowsOf(columns: unknown, rows: unknown): readonly unknown[] | null {
  if (!Array.isArray(columns) || !Array.isArray(rows) || rows.length > MAX_ROWS || !rows.every(Array.isArray))
    return null;
  const names = columns.map((column) => (typeof column === "string" ? column : (text(column, "name") ?? "")));
  // Own properties whatever their names: `fromEntries` defines them, it does not assign.
  return rows.map((row) => present(Object.fromEntries(names.map((name, index) => [name, (row as unknown[])[index]]))));
}

/** OTLP in JSON: `resourceLogs[].scopeLogs[].logRecords[]`, the resource's host handed to each. */
function openTelemetryRecords(json: JsonObject): readonly unknown[] | null {
  const resources = property(json, "resourceLogs");
  if (!Array.isArray(resources)) return null;
  return resources.flatMap((resource) => {
    const host = attribute(object(resource, "resource"), "host.name");
    const scopes = property(resource, "scopeLogs") ?? property(resource, "instrumentationLibraryLogs");
    return listed(scopes).flatMap((scope) =>
      listed(property(scope, "logRecords")).map((record) =>
        present({
          "@timestamp": property(record, "timeUnixNano") ?? property(record, "observedTimeUnixNano"),
          host,
          body: anyValue(property(record, "body")),
        }),
      ),
    );
  });
}

/** Loki's push and query: `streams[]` or `data.result[]`, each with labels and `[time, line]` pairs. */
function lokiLines(json: JsonObject): readonly unknown[] | null {
  const streams = property(json, "streams") ?? property(object(json, "data"), "result");
  if (!Array.isArray(streams) || !streams.every((stream) => Array.isArray(property(stream, "values")))) return null;
  return streams.flatMap((stream) => {
    const labels = object(stream, "stream");
    const host = text(labels, "host") ?? text(labels, "hostname");
    return listed(property(stream, "values")).map((pair) =>
      present({ "@timestamp": property(pair, "0"), host, line: property(pair, "1") }),
    );
  });
}

function attribute(resource: JsonObject | undefined, key: string): string | undefined {
  for (const entry of listed(property(resource, "attributes")))
    if (text(entry, "key") === key) return text(object(entry, "value"), "stringValue");
  return undefined;
}

/** OTLP's AnyValue: text, or a list of keys and values one level deep. */
function anyValue(value: unknown): unknown {
  const pairs = property(object(value, "kvlistValue"), "values");
  if (!Array.isArray(pairs)) return property(value, "stringValue");
  return present(
    Object.fromEntries(
      pairs.map((pair) => {
        const held = object(pair, "value");
        const plain = ["stringValue", "intValue", "doubleValue", "boolValue"].map((kind) => property(held, kind));
        return [text(pair, "key") ?? "", plain.find((candidate) => candidate !== undefined)] as const;
      }),
    ),
  );
}

/** JSON knows no undefined: a field that is not there has no name either. */
function present(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.values(record).includes(undefined)
    ? Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
    : record;
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
