/** Variables of nginx, by the names that formats and JSON templates give them -> a request. */
import { MalformedInputError } from "../../../model/errors.ts";
import { parseClfTime, parseTime } from "../decoders/timestamp.ts";
import { countOf, spanOf, type AccessRecord } from "./access-event.ts";
import type { FieldReader } from "./format-header.ts";

/** Names that only nginx's variables have; four of them in an object make it a request of nginx. */
const OWN = [
  ...["remote_addr", "remote_user", "time_local", "time_iso8601", "body_bytes_sent", "bytes_sent", "request_time"],
  ...["request_length", "http_user_agent", "http_referer", "http_referrer", "upstream_addr", "upstream_response_time"],
  ...["request_method", "request_uri", "http_x_forwarded_for", "http_host", "server_protocol", "upstream_status"],
];

export function countNginxNames(has: (name: string) => boolean): number {
  let count = 0;
  for (let index = 0; index < OWN.length; index += 1) if (has(OWN[index]!)) count += 1;
  return count;
}

/**
 * @param get the value of a name, `-` and empty included
 * @param fallback the time of a syslog header or wrapper
 * @throws {MalformedInputError} when no time can be read
 */
export function nginxRecord(get: FieldReader, fallback: number | null): AccessRecord {
  const first = (...names: string[]): string | undefined => {
    for (const name of names) {
      const value = get(name);
      if (value !== undefined && value !== "" && value !== "-") return value;
    }
    return undefined;
  };
  const time =
    timeOf(first("time_iso8601", "msec", "time_local", "@timestamp", "timestamp", "time", "ts", "date")) ?? fallback;
  if (time === null) throw new MalformedInputError("a request of nginx without a readable time");
  const durationMs = spanOf(first("request_time", "duration", "request_duration"));
  const host = first("host", "http_host", "vhost", "server_name", "domain");
  const version = /(\d(?:\.\d)?)$/.exec(first("server_protocol", "protocol", "http_version") ?? "")?.[1];
  const tls = first("ssl_protocol");
  const uri = first("request_uri", "uri", "url", "path", "document_uri");
  const args = first("args", "query_string");
  const forwarded = first("http_x_forwarded_for", "x_forwarded_for", "x-forward-for", "proxy_add_x_forwarded_for");
  const cipher = first("ssl_cipher");
  return {
    time,
    client: first("remote_addr", "remote_ip", "client_ip", "client", "clientip", "realip_remote_addr"),
    clientPort: countOf(first("remote_port")),
    forwarded: forwarded === undefined ? undefined : forwarded.split(/,\s*/).slice(0, 16),
    user: first("remote_user", "user"),
    request: first("request"),
    method: first("request_method", "method"),
    target: uri === undefined || args === undefined || uri.includes("?") ? uri : `${uri}?${args}`,
    version,
    scheme: first("scheme", "http_x_forwarded_proto", "x_forwarded_proto"),
    host,
    port: countOf(first("server_port")),
    serverIp: first("server_addr"),
    status: countOf(first("status", "status_code", "response_code")),
    bodyBytes: countOf(first("body_bytes_sent")),
    bytesIn: countOf(first("bytes_sent", "bytes", "size")),
    bytesOut: countOf(first("request_length")),
    referrer: first("http_referer", "http_referrer", "referer", "referrer"),
    userAgent: first("http_user_agent", "user_agent", "agent", "useragent"),
    contentType: first("sent_http_content_type"),
    startTime: durationMs === undefined ? undefined : time - durationMs,
    endTime: durationMs === undefined ? undefined : time,
    durationMs,
    tls: tls === undefined ? undefined : { version: tls, ...(cipher === undefined ? {} : { cipher }) },
    unmapped: unmappedOf({
      upstream_addr: first("upstream_addr", "upstream"),
      upstream_status: first("upstream_status"),
      request_id: first("request_id", "req_id"),
    }),
  };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (parseTime(text) ?? parseClfTime(text.replace(/^\[|\]$/g, "")));
}

function unmappedOf(fields: Record<string, string | undefined>): Record<string, unknown> | undefined {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : Object.fromEntries(present);
}
