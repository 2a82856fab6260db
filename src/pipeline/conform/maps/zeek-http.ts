/**
 * Zeek http.log -> HTTP Activity: one record per request seen in clear text.
 *
 * @see https://docs.zeek.org/en/master/logs/http.html
 */
import type { JsonObject, OcsfEvent, OcsfUrl } from "../../../model/activity.ts";
import { defineMap } from "../define-map.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import {
  connectionOf,
  countOf,
  endpointsOf,
  openZeek,
  recogniseZeek,
  UnmappedColumns,
  ZEEK,
  type ZeekTime,
} from "../decoders/zeek.ts";
import { createEvent, httpActivityId } from "../ocsf.ts";
import { list, text } from "../read-json.ts";
import { splitUrl } from "../url.ts";

/** `password` is among them so that it reaches no output but the line itself. */
const UNMAPPED = new UnmappedColumns(
  "method",
  "host",
  "uri",
  "referrer",
  "version",
  "user_agent",
  "request_body_len",
  "response_body_len",
  "status_code",
  "status_msg",
  "username",
  "password",
  "proxied",
);

export default defineMap({
  id: "zeek-http",
  title: "Zeek http.log",
  product: ZEEK,
  reference: "https://docs.zeek.org/en/master/logs/http.html",
  lane: "network",
  exporting:
    "TSV with its header lines is the default; `@load policy/tuning/json-logs` writes JSON, which is read " +
    "too. `http.log` is on by default; an inspecting proxy's decrypted copy shows the requests inside TLS.",
  limits: [
    "Sees clear-text HTTP only: HTTPS appears in ssl.log.",
    "Byte counts are of message bodies, without headers.",
    "The host is what the client's Host header claims.",
  ],
  recognise: (record) => recogniseZeek("http", record, (has) => has("trans_depth") || (has("method") && has("uri"))),
  standsAlone: (record) => record.json !== null,
  open: (environment) => openZeek(environment, conform),
});

function conform(row: JsonObject, { ms: time }: ZeekTime): OcsfEvent {
  const { src_endpoint, dst_endpoint } = endpointsOf(row);
  const method = text(row, "method");
  const proxied = isProxyRequest(method, text(row, "uri"));
  const url = urlOf(row, proxied, dst_endpoint?.port);
  // The responder of a proxy request is the proxy, not the host asked for.
  if (!proxied && dst_endpoint !== undefined && url?.hostname !== undefined && url.hostname !== dst_endpoint.ip)
    dst_endpoint.hostname = url.hostname;
  const code = countOf(row, "status_code");
  const user = text(row, "username");
  const bytes_out = countOf(row, "request_body_len");
  const bytes_in = countOf(row, "response_body_len");
  return createEvent(
    4002,
    method === undefined ? 0 : httpActivityId(method),
    { product: ZEEK, time, event_code: "http" },
    {
      src_endpoint,
      dst_endpoint,
      actor: user === undefined ? undefined : { user: { name: user } },
      connection_info: connectionOf(row, "tcp"),
      http_request: {
        http_method: method?.toUpperCase(),
        url,
        user_agent: text(row, "user_agent"),
        referrer: text(row, "referrer"),
        version: text(row, "version"),
        body_length: bytes_out,
        x_forwarded_for: forwardedFor(row),
      },
      http_response: code === undefined ? undefined : { code, message: text(row, "status_msg"), body_length: bytes_in },
      status_id: code === undefined ? undefined : code < 400 ? 1 : 2,
      status: code === undefined ? undefined : code < 400 ? "Success" : "Failure",
      status_code: code === undefined ? undefined : String(code),
      // What goes through a tunnel is in no body length.
      traffic:
        method?.toUpperCase() === "CONNECT" || (bytes_out === undefined && bytes_in === undefined)
          ? undefined
          : { bytes_in, bytes_out },
      unmapped: UNMAPPED.of(row),
    },
  );
}

/** A whole URL or `host:port` (CONNECT) as the request target, instead of a path. */
function isProxyRequest(method: string | undefined, uri: string | undefined): boolean {
  return uri !== undefined && (method?.toUpperCase() === "CONNECT" || /^[A-Za-z][A-Za-z0-9+.-]{0,31}:\/\//.test(uri));
}

function urlOf(row: JsonObject, proxied: boolean, port: number | undefined): OcsfUrl | undefined {
  const host = text(row, "host");
  const uri = text(row, "uri");
  if (uri === undefined && host === undefined) return undefined;
  if (uri !== undefined && (host === undefined || proxied)) return splitUrl(uri);
  const authority = host!.includes(":") && !host!.startsWith("[") ? `[${host}]` : host;
  const suffix = port === undefined || port === 80 || port === 443 ? "" : `:${port}`;
  const path = uri === undefined ? "/" : uri.startsWith("/") ? uri : `/${uri}`;
  return splitUrl(`${port === 443 ? "https" : "http"}://${authority}${suffix}${path}`);
}

/** `proxied` holds headers as `X-FORWARDED-FOR -> 192.0.2.7`. */
function forwardedFor(row: JsonObject): string[] | undefined {
  const addresses = list(row, "proxied").flatMap((header) => {
    const match = typeof header === "string" ? /^X-FORWARDED-FOR -> (.{1,200})$/i.exec(header) : null;
    return match === null ? [] : match[1]!.split(",").flatMap((part) => ipAddress(part.trim()) ?? []);
  });
  return addresses.length === 0 ? undefined : addresses;
}
