/** Records of Netskope's events and alerts API -> HTTP, Network and API Activity. */
import type { JsonObject, OcsfEvent, OcsfFile, OcsfUrl } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { operationActivity } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { byteCount, integer, list, object, property, text, textOf } from "../read-json.ts";
import { NETSKOPE_LEFT, NETSKOPE_VERDICTS } from "../tables/netskope.ts";
import { splitUrl } from "../url.ts";
import { createConnectionEvent } from "./connection-event.ts";
import { loginOf } from "./login.ts";
import { deviceOf, leftOver, policyNamed } from "./objects.ts";
import type { Verdict } from "./verdict.ts";
import { createWebEvent, endpointOf, serverOf } from "./web-event.ts";

const PRODUCT = { name: "Netskope", vendor_name: "Netskope" } as const;

export type NetskopeKind = "page" | "application" | "alert" | "network" | "audit" | "other";

/** What a record is, by `record_type` where the API adds it, else by its type and fields; null when it is none of Netskope's. */
export function netskopeKind(json: JsonObject): NetskopeKind | null {
  const has = (key: string) => Object.hasOwn(json, key);
  if (has("audit_log_event") && text(json, "type") === "admin_audit_logs") return "audit";
  const own =
    count(has, [
      "ccl",
      "ur_normalized",
      "access_method",
      "traffic_type",
      "netskope_pop",
      "nsdeviceuid",
      "appcategory",
      "userkey",
      "organization_unit",
      "app_session_id",
      "browser_session_id",
      "http_transaction_count",
      "src_geoip_src",
      "dst_geoip_src",
      "suppression_key",
    ]) >= 2 ||
    (has("ccl") && has("cci")) ||
    (has("_id") && has("record_type") && has("timestamp"));
  if (!own || !(has("timestamp") || has("_insertion_epoch_timestamp"))) return null;
  const kind = text(json, "record_type") ?? text(json, "event_type");
  if (kind !== undefined && KINDS.has(kind)) return kind as NetskopeKind;
  const type = text(json, "type");
  if (type === "connection" || type === "page") return "page";
  if (type === "network" || has("network_session_id")) return "network";
  if (type === "nspolicy") return "application";
  if (text(json, "alert") === "yes" || has("alert_type")) return "alert";
  return has("url") || has("activity") || has("app") ? "application" : "other";
}

const KINDS: ReadonlySet<string> = new Set(["page", "application", "alert", "network", "audit"]);

function count(has: (key: string) => boolean, keys: readonly string[]): number {
  let found = 0;
  for (const key of keys) if (has(key)) found += 1;
  return found;
}

/**
 * null for records of no activity: of the tenant's infrastructure, and alerts about a state rather than a request.
 * @throws {MalformedInputError} when the record has no readable time
 */
export function netskopeEvent(json: JsonObject, kind: NetskopeKind): OcsfEvent | null {
  const time = parseTime(property(json, "timestamp")) ?? parseTime(property(json, "_insertion_epoch_timestamp"));
  if (time === undefined) throw new MalformedInputError("a Netskope event without a readable time");
  const base: EventBase = { product: PRODUCT, time, uid: text(json, "_id"), event_code: kind };
  switch (kind) {
    case "audit":
      return auditEvent(json, base);
    case "network":
      return networkEvent(json, base);
    case "page":
    case "application":
    case "alert":
      return cloudEvent(json, base, kind);
    case "other":
      return null;
  }
}

/** Use of an application or page: Netskope names the activity (`Upload`, `Share`) where it tells no method. */
function cloudEvent(json: JsonObject, base: EventBase, kind: NetskopeKind): OcsfEvent | null {
  const url = urlOf(json);
  const host = text(json, "dsthost") ?? text(json, "domain") ?? url?.hostname;
  const activity = text(json, "activity");
  if (kind === "alert" && url === undefined && host === undefined && activity === undefined) return null;
  const start = parseTime(property(json, "conn_starttime"));
  const end = parseTime(property(json, "conn_endtime"));
  const seconds = integer(json, "conn_duration");
  const event = createWebEvent(base, {
    client: endpointOf(text(json, "srcip") ?? text(json, "userip"), integer(json, "srcport")),
    server: serverOf(host, text(json, "dstip"), integer(json, "dstport") ?? integer(json, "port") ?? url?.port),
    user: loginOf(text(json, "user") ?? text(json, "userkey") ?? text(json, "ur_normalized")),
    device: deviceOf(text(json, "hostname"), text(json, "nsdeviceuid"), text(json, "os")),
    method: text(json, "http_method") ?? text(json, "req_method"),
    url,
    referrer: text(json, "referer"),
    userAgent: text(json, "useragent"),
    status: integer(json, "http_status") ?? integer(json, "resp_status"),
    contentType: text(json, "resp_content_type"),
    bytesOut: byteCount(json, "client_bytes"),
    bytesIn: byteCount(json, "server_bytes"),
    bytesTotal: byteCount(json, "numbytes"),
    startTime: start,
    endTime: end,
    durationMs: seconds === undefined || seconds < 0 ? undefined : seconds * 1000,
    verdict: verdictOf(text(json, "action")) ?? (kind === "alert" ? "alerted" : undefined),
    policy: policyNamed(text(json, "policy") ?? text(json, "policy_name"), textOf(json, "policy_id")),
    statusDetail: text(json, "alert_name"),
    appName: text(json, "app"),
    file: fileOf(json),
    session: sessionOf(textOf(json, "app_session_id")),
    unmapped: leftOver(json, NETSKOPE_LEFT),
  });
  if (activity !== undefined && event.activity_id === 0) {
    event.activity_id = 99;
    event.activity_name = activity;
    event.type_uid = event.class_uid * 100 + 99;
  }
  return event;
}

/** Netskope writes `host/path` without a scheme. */
function urlOf(json: JsonObject): OcsfUrl | undefined {
  const written = text(json, "url") ?? text(json, "page");
  if (written === undefined) {
    const domain = text(json, "domain");
    return domain === undefined ? undefined : splitUrl(domain);
  }
  const url = splitUrl(written);
  const category = text(json, "category") ?? text(json, "appcategory");
  if (category !== undefined) url.categories = [category];
  return url;
}

function fileOf(json: JsonObject): OcsfFile | undefined {
  const isFile = /file|document/i.test(text(json, "object_type") ?? "");
  const name = text(json, "file_name") ?? text(json, "dlp_file") ?? (isFile ? text(json, "object") : undefined);
  const path = text(json, "file_path");
  if (name === undefined && path === undefined) return undefined;
  const file: OcsfFile = {
    name: name ?? path!.slice(Math.max(path!.lastIndexOf("/"), path!.lastIndexOf("\\")) + 1),
    type_id: 1,
  };
  if (path !== undefined) file.path = path;
  const size = byteCount(json, "file_size");
  if (size !== undefined) file.size = size;
  const sha256 = text(json, "sha256");
  const md5 = text(json, "md5");
  const hashes: NonNullable<OcsfFile["hashes"]> = [];
  if (sha256 !== undefined && /^[0-9A-Fa-f]{64}$/.test(sha256))
    hashes.push({ algorithm_id: 3, algorithm: "SHA-256", value: sha256 });
  if (md5 !== undefined && /^[0-9A-Fa-f]{32}$/.test(md5))
    hashes.push({ algorithm_id: 1, algorithm: "MD5", value: md5 });
  if (hashes.length > 0) file.hashes = hashes;
  return file;
}

function networkEvent(json: JsonObject, base: EventBase): OcsfEvent {
  const verdict = verdictOf(text(json, "action"));
  const seconds = integer(json, "session_duration");
  return createConnectionEvent(base, {
    activityId: verdict === "blocked" ? 5 : 6,
    client: endpointOf(text(json, "srcip") ?? text(json, "userip"), integer(json, "srcport")) ?? {
      svc_name: "unknown",
    },
    server: serverOf(text(json, "dsthost") ?? text(json, "domain"), text(json, "dstip"), integer(json, "dstport")),
    user: loginOf(text(json, "user") ?? text(json, "userkey")),
    device: deviceOf(text(json, "hostname"), text(json, "nsdeviceuid"), text(json, "os")),
    protocol: text(json, "ip_protocol"),
    applicationProtocol: text(json, "protocol")?.toLowerCase(),
    appName: text(json, "app"),
    session: textOf(json, "network_session_id"),
    bytesOut: byteCount(json, "client_bytes"),
    bytesIn: byteCount(json, "server_bytes"),
    bytesTotal: byteCount(json, "numbytes"),
    packetsOut: byteCount(json, "client_packets"),
    packetsIn: byteCount(json, "server_packets"),
    startTime: parseTime(property(json, "start_time")),
    endTime: parseTime(property(json, "end_time")),
    durationMs: seconds === undefined || seconds < 0 ? undefined : seconds * 1000,
    verdict,
    policy: policyNamed(text(json, "policy")),
    unmapped: leftOver(json, NETSKOPE_LEFT),
  });
}

/** What an administrator did in the tenant. */
function auditEvent(json: JsonObject, base: EventBase): OcsfEvent {
  const operation = text(json, "audit_log_event") ?? "unknown";
  const data = list(object(json, "supporting_data"), "data_values");
  const address = data.map((value) => ipAddress(value)).find((ip) => ip !== undefined);
  const failed = /fail|denied|unsuccessful/i.test(operation);
  return createEvent(6003, operationActivity(operation), base, {
    actor: { user: loginOf(text(json, "user") ?? text(json, "ur_normalized")) ?? { name: "unknown" } },
    api: { operation, service: { name: "Netskope" } },
    src_endpoint: address === undefined ? { svc_name: "Netskope" } : { ip: address },
    status_id: failed ? 2 : 1,
    status: failed ? "Failure" : "Success",
    unmapped: leftOver(json, ["supporting_data", "severity_level", "organization_unit", "is_netskope_personnel"]),
  });
}

function verdictOf(action: string | undefined): Verdict | undefined {
  return action === undefined ? undefined : NETSKOPE_VERDICTS.get(action.toLowerCase());
}

function sessionOf(value: string | undefined): string | undefined {
  return value === "0" ? undefined : value;
}
