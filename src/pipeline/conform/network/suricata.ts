/**
 * Suricata EVE records -> OCSF: what Suricata itself writes and what AWS Network Firewall wraps. Layouts of Suricata 3 to 8.
 *
 * @see https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { createEvent, httpActivityId, type EventBase } from "../ocsf.ts";
import { byteCount, object, property, text } from "../read-json.ts";
import { orientFlow } from "./one-way-flow.ts";
import { alertEvent } from "./suricata-alert.ts";
import { dnsEvent } from "./suricata-dns.ts";
import {
  HTTP_READ,
  httpParts,
  openRecord,
  restOf,
  sidesOf,
  timeOf,
  TLS_READ,
  tlsOf,
  verdictOf,
  type EveRecord,
  type Fields,
} from "./suricata-record.ts";

/** Whether the object is an EVE record: 1 certain, 0 not. */
export function recogniseEve(json: JsonObject): number {
  const type = property(json, "event_type");
  if (typeof type !== "string" || !Object.hasOwn(json, "timestamp")) return 0;
  if (type === "stats" || type === "anomaly") return object(json, type) === undefined ? 0 : 1;
  if (Object.hasOwn(json, "src_ip") && Object.hasOwn(json, "dest_ip"))
    return Object.hasOwn(json, "flow_id") || Object.hasOwn(json, "in_iface")
      ? 1
      : Object.hasOwn(json, "proto")
        ? 0.9
        : 0;
  return object(json, type) !== undefined && (Object.hasOwn(json, "flow_id") || Object.hasOwn(json, "pcap_cnt"))
    ? 0.9
    : 0;
}

/**
 * null: counters of the sensor, or a packet without addresses.
 * @throws {MalformedInputError} when the record has no readable type or time
 */
export function conformEve(eve: JsonObject, product: EventBase["product"]): OcsfEvent | null {
  const type = text(eve, "event_type");
  if (type === undefined) throw new MalformedInputError("EVE record without event_type");
  if (type === "stats" || type === "engine") return null;
  const time = timeOf(property(eve, "timestamp"));
  if (time === undefined) throw new MalformedInputError("EVE record without a readable timestamp");
  const record = openRecord(eve, type, { product, time, event_code: type });
  if (record.sender === undefined && record.receiver === undefined) {
    if (type === "anomaly" || type === "arp") return null;
    throw new MalformedInputError("EVE record without an address");
  }
  switch (type) {
    case "flow":
      return flowEvent(record);
    case "netflow":
      return netflowEvent(record);
    case "http":
      return httpEvent(record);
    case "tls":
    case "quic":
      return tlsEvent(record);
    case "dns":
    case "mdns":
    case "llmnr":
      return dnsEvent(record);
    case "ssh":
      return sshEvent(record);
    case "fileinfo":
      return fileEvent(record);
    case "alert":
      return alertEvent(record);
    default:
      return otherEvent(record);
  }
}

const FLOW_READ: ReadonlySet<string> = new Set(
  "pkts_toserver pkts_toclient bytes_toserver bytes_toclient start end age state reason action".split(" "),
);

/** The one record that counts a connection in full: written when it ends. */
function flowEvent(record: EveRecord): OcsfEvent {
  const flow = object(record.eve, "flow");
  const bytes_out = byteCount(flow, "bytes_toserver");
  const bytes_in = byteCount(flow, "bytes_toclient");
  const packets_out = byteCount(flow, "pkts_toserver");
  const packets_in = byteCount(flow, "pkts_toclient");
  const start = timeOf(property(flow, "start"));
  const end = timeOf(property(flow, "end"));
  const state = text(flow, "state");
  const unanswered = record.connection.protocol_name === "tcp" && state === "new" && packets_in === 0;
  return createEvent(4001, unanswered ? 4 : 6, record.base, {
    start_time: start,
    end_time: end,
    duration: start === undefined || end === undefined || end < start ? undefined : end - start,
    src_endpoint: record.sender,
    dst_endpoint: record.receiver,
    connection_info: record.connection,
    app_protocol_name: record.application,
    status_id: unanswered ? 2 : undefined,
    status: unanswered ? "Failure" : undefined,
    status_code: state,
    status_detail: text(flow, "reason"),
    ...verdictOf(text(flow, "action")),
    traffic:
      bytes_out === undefined && bytes_in === undefined
        ? undefined
        : {
            bytes: bytes_out === undefined || bytes_in === undefined ? undefined : bytes_out + bytes_in,
            bytes_in,
            bytes_out,
            packets: packets_out === undefined || packets_in === undefined ? undefined : packets_out + packets_in,
            packets_in,
            packets_out,
          },
    unmapped: restOf(record, FLOW_READ),
  });
}

const NETFLOW_READ: ReadonlySet<string> = new Set("pkts bytes start end age".split(" "));

/** One direction of a connection. */
function netflowEvent(record: EveRecord): OcsfEvent {
  const netflow = object(record.eve, "netflow");
  const tcp = object(record.eve, "tcp");
  const flags = /^[0-9a-f]{1,2}$/i.test(text(tcp, "tcp_flags") ?? "")
    ? parseInt(text(tcp, "tcp_flags")!, 16)
    : undefined;
  const { src_endpoint, dst_endpoint, traffic } = orientFlow({
    sender: record.sender,
    receiver: record.receiver,
    bytes: byteCount(netflow, "bytes"),
    packets: byteCount(netflow, "pkts"),
    // A SYN without ACK stands for the whole record only where the flags are not those of all its packets.
    tcpFlags: flags !== undefined && (flags & 0x12) === 0x02 ? flags : undefined,
  });
  const start = timeOf(property(netflow, "start"));
  const end = timeOf(property(netflow, "end"));
  return createEvent(4001, 6, record.base, {
    src_endpoint,
    dst_endpoint,
    traffic,
    start_time: start,
    end_time: end,
    duration: start === undefined || end === undefined || end < start ? undefined : end - start,
    connection_info: record.connection,
    app_protocol_name: record.application,
    unmapped: restOf(record, NETFLOW_READ),
  });
}

function httpEvent(record: EveRecord): OcsfEvent {
  const http = object(record.eve, "http") ?? {};
  const sides = sidesOf(record);
  const parts = httpParts(http, sides.dst_endpoint);
  const method = parts.http_request?.http_method;
  const code = parts.http_response?.code;
  nameServer(sides, parts, http);
  return createEvent(4002, method === undefined ? 0 : httpActivityId(method), record.base, {
    ...sides,
    ...parts,
    ...outcomeOf(code),
    connection_info: record.connection,
    app_protocol_name: "http",
    unmapped: restOf(record, HTTP_READ),
  });
}

/** The server goes by the name asked for, unless it is a proxy that was asked for another host. */
function nameServer(sides: Pick<OcsfEvent, "dst_endpoint">, { http_request }: HttpParts, http: JsonObject): void {
  const target = text(http, "url");
  const name = http_request?.url?.hostname;
  if (sides.dst_endpoint === undefined || name === undefined || text(http, "hostname") === undefined) return;
  if (target?.includes("://") === true || http_request?.http_method === "CONNECT") return;
  if (ipAddress(name) === undefined) sides.dst_endpoint.hostname = name;
}

type HttpParts = ReturnType<typeof httpParts>;

function outcomeOf(code: number | undefined): Fields {
  if (code === undefined) return {};
  const succeeded = code < 400;
  return {
    status_id: succeeded ? 1 : 2,
    status: succeeded ? "Success" : "Failure",
    status_code: String(code),
  };
}

function tlsEvent(record: EveRecord): OcsfEvent {
  return createEvent(4001, 1, record.base, {
    ...sidesOf(record),
    connection_info: record.connection,
    app_protocol_name: record.type,
    tls: tlsOf(object(record.eve, record.type) ?? {}),
    unmapped: restOf(record, TLS_READ),
  });
}

const NOTHING_READ: ReadonlySet<string> = new Set();

function sshEvent(record: EveRecord): OcsfEvent {
  const ssh = object(record.eve, "ssh");
  const client = object(ssh, "client");
  const server = object(ssh, "server");
  return createEvent(4007, 1, record.base, {
    ...sidesOf(record),
    connection_info: record.connection,
    app_protocol_name: "ssh",
    protocol_ver: text(client, "proto_version") ?? text(server, "proto_version"),
    client_hassh: hasshOf(client),
    server_hassh: hasshOf(server),
    unmapped: restOf(record, NOTHING_READ),
  });
}

function hasshOf(side: JsonObject | undefined): OcsfEvent["client_hassh"] {
  const value = text(object(side, "hassh"), "hash");
  return value === undefined ? undefined : { fingerprint: { algorithm_id: 1, value } };
}

const FILE_READ: ReadonlySet<string> = new Set(["filename", "size", "md5", "sha1", "sha256", "magic"]);

/** The protocol that carried a file -> the class that has a place for it. */
const FILE_CLASSES: ReadonlyMap<string, 4006 | 4008> = new Map([
  ["smb", 4006],
  ["ftp", 4008],
  ["ftp-data", 4008],
]);

/** A file seen in a connection. Where OCSF has no place for it, it stays under `unmapped`. */
function fileEvent(record: EveRecord): OcsfEvent {
  const http = object(record.eve, "http");
  const sides = sidesOf(record);
  const common = { ...sides, connection_info: record.connection, app_protocol_name: record.application };
  if (http !== undefined) {
    const parts = httpParts(http, sides.dst_endpoint);
    nameServer(sides, parts, http);
    const method = parts.http_request?.http_method;
    return createEvent(4002, method === undefined ? 0 : httpActivityId(method), record.base, {
      ...common,
      ...parts,
      ...outcomeOf(parts.http_response?.code),
      file: fileOf(record),
      unmapped: restOf(record, FILE_READ),
    });
  }
  const classUid = FILE_CLASSES.get(record.application ?? "");
  if (classUid === undefined)
    return createEvent(4001, 6, record.base, { ...common, unmapped: restOf(record, NOTHING_READ) });
  const isPut = sides.src_endpoint === record.sender;
  return createEvent(classUid, classUid === 4006 ? 99 : isPut ? 1 : 2, record.base, {
    ...common,
    file: fileOf(record),
    unmapped: restOf(record, FILE_READ),
  });
}

function fileOf({ eve }: EveRecord): OcsfEvent["file"] {
  const info = object(eve, "fileinfo");
  const path = text(info, "filename");
  if (path === undefined) return undefined;
  const hashes = [
    { algorithm_id: 1, algorithm: "MD5", value: text(info, "md5") },
    { algorithm_id: 2, algorithm: "SHA-1", value: text(info, "sha1") },
    { algorithm_id: 3, algorithm: "SHA-256", value: text(info, "sha256") },
  ].filter((hash): hash is typeof hash & { value: string } => hash.value !== undefined);
  return {
    name: path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1) || path,
    path,
    type_id: 1,
    size: byteCount(info, "size"),
    hashes: hashes.length === 0 ? undefined : hashes,
  };
}

/** Application records of other protocols, drops, anomalies. */
function otherEvent(record: EveRecord): OcsfEvent {
  const dropped = record.type === "drop";
  const isApplication = !dropped && record.type !== "anomaly" && object(record.eve, record.type) !== undefined;
  return createEvent(4001, dropped ? 5 : isApplication ? 6 : 99, record.base, {
    ...sidesOf(record),
    ...(dropped ? verdictOf("drop") : {}),
    connection_info: record.connection,
    app_protocol_name: record.application ?? (isApplication ? record.type : undefined),
    unmapped: restOf(record, NOTHING_READ),
  });
}
