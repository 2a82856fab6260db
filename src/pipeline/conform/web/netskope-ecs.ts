/** Netskope events as Cloud Exchange maps them to the Elastic Common Schema -> the names of Netskope's own API. */
import type { Json, JsonObject } from "../../../model/activity.ts";
import { object, property, text } from "../read-json.ts";

/** Path in the ECS record -> the API's name. */
const PATHS: readonly (readonly [string, readonly string[]])[] = [
  ["timestamp", ["@timestamp"]],
  ["_id", ["event", "id"]],
  ["action", ["event", "action"]],
  ["srcip", ["source", "ip"]],
  ["srcport", ["source", "port"]],
  ["dstip", ["destination", "ip"]],
  ["dstport", ["destination", "port"]],
  ["client_bytes", ["client", "bytes"]],
  ["client_packets", ["client", "packets"]],
  ["server_bytes", ["server", "bytes"]],
  ["server_packets", ["server", "packets"]],
  ["useragent", ["user_agent", "original"]],
  ["os", ["user_agent", "os", "name"]],
  ["user", ["user", "email", "1"]],
  ["hostname", ["host", "hostname"]],
  ["protocol", ["network", "protocol"]],
  ["file_path", ["file", "path"]],
  ["file_size", ["file", "size"]],
  ["md5", ["file", "hash", "md5"]],
  ["sha256", ["file", "hash", "sha256"]],
  ["record_type", ["netskope", "events", "event_type"]],
  ["access_method", ["netskope", "events", "access_method"]],
  ["traffic_type", ["netskope", "events", "traffic", "type"]],
  ["activity", ["netskope", "events", "activity", "name"]],
  ["app", ["netskope", "events", "app", "name"]],
  ["appcategory", ["netskope", "events", "app", "category"]],
  ["alert", ["netskope", "events", "alert", "is_present"]],
  ["alert_name", ["netskope", "events", "alert", "name"]],
  ["alert_type", ["netskope", "events", "alert", "type"]],
  ["ccl", ["netskope", "events", "ccl"]],
  ["cci", ["netskope", "events", "cci"]],
  ["instance_id", ["netskope", "events", "instance", "id"]],
  ["object", ["netskope", "events", "object", "name"]],
  ["object_type", ["netskope", "events", "object", "type"]],
  ["organization_unit", ["netskope", "events", "organization_unit"]],
  ["policy", ["netskope", "events", "policy", "name"]],
  ["site", ["netskope", "events", "site"]],
  ["type", ["netskope", "events", "type"]],
  ["url", ["netskope", "events", "url"]],
  ["page", ["netskope", "events", "page"]],
  ["domain", ["netskope", "events", "domain"]],
  ["ip_protocol", ["netskope", "events", "ip", "protocol"]],
  ["numbytes", ["netskope", "events", "numbytes"]],
  ["userip", ["netskope", "events", "user", "ip"]],
  ["conn_duration", ["netskope", "events", "connection", "duration"]],
  ["conn_starttime", ["netskope", "events", "connection", "start_time"]],
  ["conn_endtime", ["netskope", "events", "connection", "end_time"]],
  ["resp_content_type", ["netskope", "events", "response", "content", "type"]],
  ["audit_log_event", ["netskope", "events", "audit", "log", "event"]],
];

/** null when the record is no such mapping. */
export function netskopeOfEcs(json: JsonObject): JsonObject | null {
  if (text(object(object(json, "netskope"), "events"), "event_type") === undefined) return null;
  const own = Object.create(null) as Record<string, Json>;
  for (const [name, path] of PATHS) {
    let value: unknown = json;
    for (const key of path) value = property(value, key);
    // Cloud Exchange writes the word where there is nothing.
    if (value !== undefined && value !== null && value !== "null" && value !== "unknown") own[name] = value as Json;
  }
  return own;
}
