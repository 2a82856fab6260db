/**
 * As much of Elasticsearch as shippers (Filebeat, Logstash, Vector, Fluent Bit) need to deliver documents with `_bulk`.
 *
 * @see https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
import { linesOf, parseObject } from "./http-hec.ts";
import type { RequestLines } from "./http-offer.ts";
import { type HttpReply, retryAfter } from "./http-receiver.ts";

/** Elastic's own clients refuse to speak to a server without it. */
export const ELASTIC_HEADERS = { "x-elastic-product": "Elasticsearch" };
const ACTIONS: ReadonlySet<string> = new Set(["create", "index", "update", "delete"]);

export function isBulk(path: string): boolean {
  return /^(?:\/[^/]{1,255})?\/_bulk\/?$/.test(path);
}

export function elasticFailure(status: number, message: string, retryAfterMs: number | null): HttpReply {
  const type =
    status === 503
      ? "unavailable_shards_exception"
      : status === 401 || status === 403
        ? "security_exception"
        : "illegal_argument_exception";
  const reason = { type, reason: message };
  const body = { error: { root_cause: [reason], ...reason }, status };
  return { status, body, headers: { ...ELASTIC_HEADERS, ...retryAfter(retryAfterMs) } };
}

/** What shippers ask before they deliver; null: none of it. */
export function elasticAnswer(method: string, path: string): HttpReply | null {
  const say = (body: unknown): HttpReply => ({ status: 200, body, headers: ELASTIC_HEADERS });
  if (method === "GET" || method === "HEAD") {
    if (path === "/") return say(SERVER);
    if (path === "/_license")
      return say({ license: { uid: "sallyport", type: "basic", mode: "basic", status: "active" } });
    if (path === "/_xpack")
      return say({ license: SERVER_LICENSE, features: { ilm: { available: false, enabled: false } } });
    if (path === "/_cluster/health") return say({ cluster_name: "sallyport", status: "green", timed_out: false });
    if (path.startsWith("/_nodes")) return say({ cluster_name: "sallyport", nodes: {} });
  }
  // Templates, policies and pipelines for an index there is none of: whatever a shipper sets up is in place.
  if (/^\/_(?:index_template|template|component_template|ilm\/policy|data_stream|ingest\/pipeline)(?:\/|$)/.test(path))
    return say({ acknowledged: true });
  return null;
}

const SERVER_LICENSE = { uid: "sallyport", type: "basic", mode: "basic", status: "active" };
const SERVER = {
  name: "sallyport",
  cluster_name: "sallyport",
  cluster_uuid: "c2FsbHlwb3J0LWludGFrZQ",
  version: {
    number: "8.17.0",
    build_flavor: "default",
    build_type: "tar",
    build_hash: "0000000000000000000000000000000000000000",
    build_date: "2025-01-01T00:00:00.000Z",
    build_snapshot: false,
    lucene_version: "9.12.0",
    minimum_wire_compatibility_version: "7.17.0",
    minimum_index_compatibility_version: "7.0.0",
  },
  tagline: "You Know, for Search",
};

interface Item {
  readonly action: string;
  readonly index: string;
  readonly id: string | null;
  readonly problem: string | null;
}

/** @returns a refusal of the whole, or the answer to give once `lines` is stored */
export function readBulk(body: Buffer, lines: RequestLines, index: string): HttpReply {
  const items: Item[] = [];
  let number = 0;
  let awaited: Omit<Item, "problem"> | null = null;
  for (const line of linesOf(body)) {
    number += 1;
    if (line.length === 0) continue;
    if (awaited === null) {
      const action = readAction(line, index);
      if (action === null)
        return elasticFailure(
          400,
          `Malformed action/metadata line [${number}], expected create, index, update or delete`,
          null,
        );
      if (action.action === "delete") items.push({ ...action, problem: "documents are not deleted here" });
      else awaited = action;
      continue;
    }
    items.push({ ...awaited, problem: takeDocument(line, awaited.action, lines) });
    awaited = null;
  }
  if (awaited !== null)
    return elasticFailure(
      400,
      "The bulk request must be terminated by a newline [\\n], and its last action has no document",
      null,
    );
  if (items.length === 0) return elasticFailure(400, "request body is required", null);
  const errors = items.some(({ problem }) => problem !== null);
  return { status: 200, body: { took: 0, errors, items: items.map(describe) }, headers: ELASTIC_HEADERS };
}

function readAction(line: Buffer, index: string): Omit<Item, "problem"> | null {
  const value = parseObject(line);
  const [action = "", ...more] = value === null ? [] : Object.keys(value);
  if (value === null || more.length > 0 || !ACTIONS.has(action)) return null;
  const about: unknown = value[action];
  const text = (key: string): string | null => {
    const found: unknown =
      typeof about === "object" && about !== null && Object.hasOwn(about, key) ? Reflect.get(about, key) : null;
    return typeof found === "string" ? found.slice(0, 512) : null;
  };
  return { action, index: text("_index") ?? index, id: text("_id") };
}

/** @returns what is wrong with it, for the item's answer */
function takeDocument(line: Buffer, action: string, lines: RequestLines): string | null {
  const value = parseObject(line);
  if (value === null) {
    lines.reject("no JSON object in a bulk request", line);
    return "failed to parse: the document is no JSON object";
  }
  if (action !== "update") lines.add(line, "auto");
  else if (Object.hasOwn(value, "doc")) lines.add(Buffer.from(JSON.stringify(value["doc"])), "auto");
  else return "an update without doc";
  return null;
}

function describe({ action, index, id, problem }: Item, number: number): unknown {
  const about = { _index: index, _id: id ?? String(number) };
  const result =
    problem === null
      ? {
          _version: 1,
          result: "created",
          _shards: { total: 1, successful: 1, failed: 0 },
          _seq_no: number,
          _primary_term: 1,
          status: 201,
        }
      : { status: 400, error: { type: "document_parsing_exception", reason: problem } };
  return { [action]: { ...about, ...result } };
}
