/** The parts of an ECS event as OCSF's objects. */
import type { JsonObject, OcsfDevice, OcsfEndpoint, OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { emailAddress } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { ecsDevice, ecsEndpoint, ecsUser } from "../endpoint/ecs-objects.ts";
import { protocolOf } from "../network/protocols.ts";
import { reporterOf } from "../network/session.ts";
import type { EventBase } from "../ocsf.ts";
import { byteCount, integer, object, property, text, textOf } from "../read-json.ts";
import { splitUrl } from "../url.ts";
import { productOf } from "./event.ts";

/** What is not worth keeping under `unmapped`: it has been read, or tells of the shipper alone. */
export const READ: ReadonlySet<string> = new Set(
  "@timestamp @version source destination client server user host url http user_agent dns tls observer ecs agent network message input log tags data_stream elastic_agent related".split(
    " ",
  ),
);

export interface EcsSubject {
  readonly json: JsonObject;
  readonly base: EventBase;
  readonly action: string | undefined;
  readonly types: readonly unknown[];
  readonly src: OcsfEndpoint | undefined;
  readonly dst: OcsfEndpoint | undefined;
  readonly user: OcsfUser | undefined;
  readonly device: OcsfDevice | undefined;
  /** undefined: the event does not tell. */
  readonly succeeded: boolean | undefined;
}

/** @throws {MalformedInputError} where the time is unreadable */
export function subjectOf(json: JsonObject, product: EventBase["product"]): EcsSubject {
  const event = object(json, "event");
  const time =
    parseTime(property(json, "@timestamp")) ??
    parseTime(property(event, "created")) ??
    parseTime(property(event, "start"));
  if (time === undefined) throw new MalformedInputError("ECS event without a readable @timestamp");
  const action = firstText(property(event, "action"));
  const outcome = text(event, "outcome");
  const severity = integer(event, "severity");
  return {
    json,
    base: {
      product,
      time,
      uid: text(event, "id"),
      event_code: textOf(event, "code") ?? action,
      severity_id:
        severity !== undefined && severity >= 1 && severity <= 5 && text(event, "kind") === "alert"
          ? severity
          : undefined,
    },
    action,
    types: asList(property(event, "type")),
    src: ecsEndpoint(object(json, "source")) ?? ecsEndpoint(object(json, "client")),
    dst: ecsEndpoint(object(json, "destination")) ?? ecsEndpoint(object(json, "server")),
    user:
      userOf(object(json, "user")) ??
      userOf(object(object(json, "source"), "user")) ??
      userOf(object(object(json, "client"), "user")),
    device: machineOf(json),
    succeeded: outcome === "success" ? true : outcome === "failure" ? false : undefined,
  };
}

const DIRECTIONS: ReadonlyMap<string, readonly [number, string]> = new Map([
  ["ingress", [1, "Inbound"]],
  ["inbound", [1, "Inbound"]],
  ["egress", [2, "Outbound"]],
  ["outbound", [2, "Outbound"]],
  ["internal", [3, "Lateral"]],
]);

/** In ECS the source is the client, or else `http` counts what was sent: that is client to server. */
export function trafficOf(json: JsonObject): OcsfEvent["traffic"] {
  const [source, destination, network] = [object(json, "source"), object(json, "destination"), object(json, "network")];
  const http = object(json, "http");
  const out =
    byteCount(source, "bytes") ??
    byteCount(object(json, "client"), "bytes") ??
    byteCount(object(http, "request"), "bytes");
  const back =
    byteCount(destination, "bytes") ??
    byteCount(object(json, "server"), "bytes") ??
    byteCount(object(http, "response"), "bytes");
  const total = byteCount(network, "bytes") ?? (out !== undefined && back !== undefined ? out + back : undefined);
  const [packetsOut, packetsIn] = [byteCount(source, "packets"), byteCount(destination, "packets")];
  if ((out ?? back ?? total ?? packetsOut ?? packetsIn) === undefined) return undefined;
  return {
    bytes: total,
    bytes_in: back,
    bytes_out: out,
    packets: byteCount(network, "packets"),
    packets_in: packetsIn,
    packets_out: packetsOut,
  };
}

export function connectionInfo(json: JsonObject): OcsfEvent["connection_info"] {
  const network = object(json, "network");
  const protocol = protocolOf(textOf(network, "iana_number") ?? text(network, "transport"));
  const direction = DIRECTIONS.get(text(network, "direction") ?? "");
  const community = text(network, "community_id");
  if (protocol === undefined && direction === undefined && community === undefined) return undefined;
  return { ...protocol, direction_id: direction?.[0] ?? 0, direction: direction?.[1], community_uid: community };
}

export function agentOf(json: JsonObject): { user_agent: string } | undefined {
  const agent = text(object(json, "user_agent"), "original");
  return agent === undefined ? undefined : { user_agent: agent };
}

export function userOf(source: JsonObject | undefined): OcsfUser | undefined {
  const user = ecsUser(source);
  const mail = emailAddress(user?.email_addr ?? user?.name) ?? emailAddress(text(source, "email"));
  if (user === undefined) return mail === undefined ? undefined : { name: mail, email_addr: mail };
  delete user.email_addr;
  if (mail !== undefined) user.email_addr = mail;
  return user;
}

/** The machine that acted; where something observed, `host` may be the observer, and is left to it. */
function machineOf(json: JsonObject): OcsfDevice | undefined {
  const host = object(json, "host");
  if (host === undefined || object(json, "observer") !== undefined) return undefined;
  const device = ecsDevice(json);
  return device.hostname === undefined && device.uid === undefined && device.ip === undefined ? undefined : device;
}

export function observerOf(json: JsonObject): OcsfEvent["metadata"]["reporter"] {
  const observer = object(json, "observer");
  const ip = firstText(property(observer, "ip"));
  return reporterOf(text(observer, "hostname") ?? text(observer, "name"), text(observer, "serial_number"), ip);
}

export function urlOf(json: JsonObject): OcsfUrl | undefined {
  const source = object(json, "url");
  if (source === undefined) return undefined;
  const whole = text(source, "original") ?? text(source, "full");
  const url: OcsfUrl = whole === undefined ? {} : splitUrl(whole);
  url.hostname ??= text(source, "domain")?.toLowerCase();
  url.path ??= text(source, "path");
  url.query_string ??= text(source, "query");
  url.scheme ??= text(source, "scheme");
  const port = integer(source, "port");
  if (url.port === undefined && port !== undefined && port > 0 && port <= 65_535) url.port = port;
  if (url.url_string === undefined && url.hostname !== undefined) {
    const scheme = url.scheme === undefined ? "" : `${url.scheme}://`;
    const query = url.query_string === undefined ? "" : `?${url.query_string}`;
    url.url_string = `${scheme}${url.hostname}${url.port === undefined ? "" : `:${url.port}`}${url.path ?? ""}${query}`;
  }
  return (url.url_string ?? url.path) === undefined ? undefined : url;
}

export function serverOf(dst: OcsfEndpoint | undefined, url: OcsfUrl | undefined): OcsfEndpoint | undefined {
  if (url?.hostname === undefined || dst?.hostname !== undefined) return dst;
  return dst === undefined
    ? { hostname: url.hostname, port: url.port }
    : dst.ip === url.hostname
      ? dst
      : { ...dst, hostname: url.hostname };
}

/** Who wrote it, as the record says: the observer, else the integration that read it. */
export function ecsProduct(json: JsonObject): EventBase["product"] {
  const observer = object(json, "observer");
  const event = object(json, "event");
  const dataset = text(event, "dataset") ?? text(event, "module") ?? text(event, "provider");
  return productOf(
    text(observer, "product") ?? dataset ?? text(observer, "type") ?? "",
    text(observer, "vendor") ?? "",
  );
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, 32) : value === undefined ? [] : [value];
}

function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" && first !== "" ? first : undefined;
}
