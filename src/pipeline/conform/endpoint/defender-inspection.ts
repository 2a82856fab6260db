/** What Defender's network inspection saw inside connections: HTTP requests, TLS names, DNS questions (`AdditionalFields`). */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseJson } from "../decode.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { addressType, rcodeOf } from "../dns.ts";
import { httpActivityId } from "../ocsf.ts";
import { list, number, object, property, text } from "../read-json.ts";
import { endpointActivity, type EndpointSubject } from "./endpoint-activity.ts";
import { portOf } from "./objects.ts";

/** undefined when the action is none of an inspection. */
export function conformInspection(
  action: string,
  row: JsonObject,
  subject: EndpointSubject,
  actor: OcsfEvent["actor"],
): OcsfEvent | undefined {
  if (
    action !== "HttpConnectionInspected" &&
    action !== "SslConnectionInspected" &&
    action !== "DnsConnectionInspected" &&
    action !== "DnsQueryResponse"
  )
    return undefined;
  const fields = additionalFields(row);
  const local = ipAddress(property(row, "LocalIP"));
  const remote = ipAddress(property(row, "RemoteIP"));
  const inbound = /^in/i.test(text(fields, "direction") ?? "");
  const here = local === undefined ? undefined : { ip: local, port: portOf(property(row, "LocalPort")) };
  const there = { ip: remote, port: portOf(property(row, "RemotePort")) };
  if (action === "DnsConnectionInspected" || action === "DnsQueryResponse") {
    return lookup(fields, subject, { actor, here, there: remote === undefined ? undefined : there });
  }
  const name = action === "HttpConnectionInspected" ? text(fields, "host") : text(fields, "server_name");
  const hostname = name?.replace(/:\d{1,5}$/, "");
  if (remote === undefined && hostname === undefined) throw new MalformedInputError(`${action} without a destination`);
  const ends = {
    src_endpoint: inbound ? there : here,
    dst_endpoint: inbound ? (here ?? { hostname }) : { ...there, hostname },
  };
  const info = { direction_id: inbound ? 1 : 2, direction: inbound ? "Inbound" : "Outbound", protocol_name: "tcp" };
  if (action === "SslConnectionInspected") {
    return endpointActivity(subject, 4001, 1, {
      actor,
      ...ends,
      connection_info: info,
      tls: hostname === undefined ? undefined : { sni: hostname, version: text(fields, "version") ?? "" },
    });
  }
  const method = text(fields, "method") ?? "";
  const uri = text(fields, "uri");
  const status = number(fields, "status_code");
  return endpointActivity(subject, 4002, method === "" ? 0 : httpActivityId(method), {
    actor,
    ...ends,
    connection_info: info,
    http_request: {
      http_method: method === "" ? undefined : method,
      url:
        hostname === undefined && uri === undefined
          ? undefined
          : { url_string: `${hostname ?? ""}${uri ?? ""}`, hostname, path: uri?.split("?", 1)[0] },
      user_agent: text(fields, "user_agent"),
      body_length: count(fields, "request_body_len"),
    },
    http_response: status === undefined ? undefined : { code: status, body_length: count(fields, "response_body_len") },
  });
}

function lookup(
  fields: JsonObject | undefined,
  subject: EndpointSubject,
  {
    actor,
    here,
    there,
  }: { actor: OcsfEvent["actor"]; here: OcsfEvent["src_endpoint"]; there: OcsfEvent["dst_endpoint"] },
): OcsfEvent {
  const hostname = text(fields, "query") ?? text(fields, "DnsQueryString");
  if (hostname === undefined) throw new MalformedInputError("inspected lookup without a name");
  const answers = answersOf(fields).map((rdata) => ({ type: addressType(rdata), rdata }));
  const self = subject.device.hostname;
  return endpointActivity(subject, 4003, 1, {
    actor,
    query: { hostname, type: text(fields, "qtype_name") },
    answers: answers.length === 0 ? undefined : answers.slice(0, 64),
    ...rcodeOf(text(fields, "rcode_name")),
    src_endpoint: here ?? (self === undefined ? { name: "unknown" } : { hostname: self }),
    dst_endpoint: there,
  });
}

/** A list, or the JSON text of one, which is picked apart by its quotes: a text cut off still tells its whole answers. */
function answersOf(fields: JsonObject | undefined): string[] {
  const written = text(fields, "answers");
  if (written !== undefined) return [...written.matchAll(/"([^"\\]{1,1024})"/g)].map((match) => match[1]!);
  return list(fields, "answers").flatMap((answer) => (typeof answer === "string" && answer !== "" ? [answer] : []));
}

/** An object in exports, JSON text in tables. */
export function additionalFields(row: JsonObject): JsonObject | undefined {
  const value = text(row, "AdditionalFields");
  if (value === undefined) return object(row, "AdditionalFields");
  const parsed = value.startsWith("{") ? parseJson(value) : undefined;
  return object({ parsed: parsed as never }, "parsed");
}

function count(fields: JsonObject | undefined, name: string): number | undefined {
  const value = number(fields, name);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
