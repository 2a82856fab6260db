/**
 * What all types of Suricata EVE records have in common, and the objects (`http`, `tls`) that several types carry.
 *
 * @see https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { unmappedRest } from "../api-activity.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { parseIsoTime, parseTime, zoneOffsetMs } from "../decoders/timestamp.ts";
import { normaliseHostname } from "../dns.ts";
import type { createEvent, EventBase } from "../ocsf.ts";
import { byteCount, integer, object, property, text, textOf } from "../read-json.ts";
import { splitUrl } from "../url.ts";
import { verdictFields } from "../web/verdict.ts";
import { addressesOf } from "../web/web-event.ts";
import { isServerToClient } from "./one-way-flow.ts";
import { protocolOf } from "./protocols.ts";

export type Fields = Parameters<typeof createEvent>[3];

/** One EVE record, read as far as all types have it in common. */
export interface EveRecord {
  readonly eve: JsonObject;
  readonly type: string;
  readonly base: EventBase;
  /** Sender and receiver of the packet the record was written for. */
  readonly sender: OcsfEndpoint | undefined;
  readonly receiver: OcsfEndpoint | undefined;
  readonly connection: NonNullable<OcsfEvent["connection_info"]>;
  readonly application: string | undefined;
}

const PLACED: ReadonlySet<string> = new Set(
  "timestamp flow_id event_type src_ip src_port dest_ip dest_port proto community_id app_proto direction".split(" "),
);

/** The parts that all types share, read. */
export function openRecord(eve: JsonObject, type: string, base: EventBase): EveRecord {
  return {
    eve,
    type,
    base,
    sender: endpointOf(eve, "src_ip", "src_port", "src_mac"),
    receiver: endpointOf(eve, "dest_ip", "dest_port", "dest_mac"),
    connection: connectionOf(eve),
    application: known(text(eve, "app_proto")),
  };
}

/** `2026-03-20T09:15:02.123456+0000`, the one form Suricata writes, the quick way. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length !== 31) return parseTime(value);
  const utc = parseIsoTime(value.slice(0, 26));
  return utc === undefined ? parseTime(value) : utc - zoneOffsetMs(value.slice(26));
}

function known(value: string | undefined): string | undefined {
  return value === "failed" || value === "unknown" ? undefined : value;
}

function endpointOf(eve: JsonObject, address: string, port: string, mac: string): OcsfEndpoint | undefined {
  const ip = ipAddress(property(eve, address));
  if (ip === undefined) return undefined;
  const end: OcsfEndpoint = { ip };
  const number = portOf(integer(eve, port));
  if (number !== undefined) end.port = number;
  const hardware = macOf(object(eve, "ether"), mac);
  if (hardware !== undefined) end.mac = hardware;
  return end;
}

/** Of a packet `src_mac`, of a flow the list `src_macs`: more than one says nothing of the end. */
function macOf(ether: JsonObject | undefined, name: string): string | undefined {
  if (ether === undefined) return undefined;
  const several = property(ether, `${name}s`);
  const value: unknown = Array.isArray(several) && several.length === 1 ? several[0] : property(ether, name);
  return typeof value === "string" && /^(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/.test(value) ? value : undefined;
}

function connectionOf(eve: JsonObject): NonNullable<OcsfEvent["connection_info"]> {
  return {
    uid: textOf(eve, "flow_id"),
    community_uid: text(eve, "community_id"),
    ...protocolOf(text(eve, "proto")),
    direction_id: 0,
  };
}

/** Client and server, from the record's own word for the direction of the packet or else from the ports. */
export function sidesOf({ eve, sender, receiver }: EveRecord): Pick<OcsfEvent, "src_endpoint" | "dst_endpoint"> {
  const direction = text(eve, "direction");
  const reply = direction === undefined ? isServerToClient(sender?.port, receiver?.port) : direction === "to_client";
  return reply ? { src_endpoint: receiver, dst_endpoint: sender } : { src_endpoint: sender, dst_endpoint: receiver };
}

const ETHER_READ: ReadonlySet<string> = new Set(["src_mac", "dest_mac"]);

/** What the record says besides; of the objects that were read what was not read of them. */
export function restOf(record: EveRecord, read: ReadonlySet<string>): Record<string, unknown> | undefined {
  const rest = unmappedRest(record.eve, PLACED);
  leave(rest, record.type, read);
  leave(rest, "ether", ETHER_READ);
  if (record.type === "alert" || record.type === "fileinfo") {
    leave(rest, "http", HTTP_READ);
    leave(rest, "tls", TLS_READ);
  }
  return isEmpty(rest) ? undefined : rest;
}

function leave(rest: Record<string, unknown>, name: string, read: ReadonlySet<string>): void {
  const own = rest[name];
  if (typeof own !== "object" || own === null || Array.isArray(own)) return;
  const left = unmappedRest(own, read);
  if (isEmpty(left)) delete rest[name];
  else rest[name] = left;
}

function isEmpty(rest: object): boolean {
  for (const _key in rest) return false;
  return true;
}

/** `drop`, `reject` or `pass` of a flow in IPS mode. */
export function verdictOf(action: string | undefined): Fields {
  if (action === undefined) return {};
  const passed = action === "pass" || action === "allowed" || action === "accept";
  return verdictFields(passed ? "allowed" : action === "drop" ? "dropped" : "blocked") ?? {};
}

/** Request and response of an `http` object, which alerts and files carry too. */
export function httpParts(
  http: JsonObject,
  server: OcsfEndpoint | undefined,
): Pick<OcsfEvent, "http_request" | "http_response"> {
  const host = text(http, "hostname");
  const target = text(http, "url");
  const code = integer(http, "status");
  const forwarded = text(http, "xff");
  return {
    http_request: {
      http_method: text(http, "http_method")?.toUpperCase(),
      url: urlOf(host, target, integer(http, "http_port") ?? server?.port, text(http, "http_method")),
      user_agent: text(http, "http_user_agent"),
      referrer: text(http, "http_refer"),
      version: text(http, "protocol")?.replace(/^HTTP\//, ""),
      x_forwarded_for: addressesOf(forwarded),
    },
    http_response:
      code === undefined
        ? undefined
        : { code, body_length: byteCount(http, "length"), content_type: text(http, "http_content_type") },
  };
}

function urlOf(
  host: string | undefined,
  target: string | undefined,
  port: number | undefined,
  method: string | undefined,
): OcsfEvent["url"] {
  if (host === undefined && target === undefined) return undefined;
  if (host === undefined || (target !== undefined && (method === "CONNECT" || target.includes("://"))))
    return splitUrl(target!);
  const authority = host.includes(":") && !host.startsWith("[") && host.split(":").length > 2 ? `[${host}]` : host;
  const suffix = port === undefined || port === 80 || authority.includes(":") ? "" : `:${port}`;
  const path = target === undefined ? "/" : target.startsWith("/") ? target : `/${target}`;
  return splitUrl(`http://${authority}${suffix}${path}`);
}

export const HTTP_READ: ReadonlySet<string> = new Set(
  "hostname url http_port http_user_agent http_content_type http_method http_refer protocol status length xff".split(
    " ",
  ),
);

export const TLS_READ: ReadonlySet<string> = new Set(["sni", "version"]);

/** `tls` object -> OCSF tls; `TLS 1.2` -> `1.2`. */
export function tlsOf(tls: JsonObject): NonNullable<OcsfEvent["tls"]> {
  const sni = text(tls, "sni");
  const version = text(tls, "version");
  return {
    sni: sni === undefined ? undefined : normaliseHostname(sni),
    version: version === undefined || version === "UNDETERMINED" ? "unknown" : version.replace(/^TLS ?v?/, ""),
    ja3_hash: md5Of(text(object(tls, "ja3"), "hash")),
    ja3s_hash: md5Of(text(object(tls, "ja3s"), "hash")),
  };
}

function md5Of(value: string | undefined): { algorithm_id: number; algorithm: string; value: string } | undefined {
  return value === undefined ? undefined : { algorithm_id: 1, algorithm: "MD5", value };
}
