/** Fields of Apache's LogFormat, as the decoder of formats names them -> a request. */
import { MalformedInputError } from "../../../model/errors.ts";
import { parseClfTime, parseTime } from "../decoders/timestamp.ts";
import { countOf, spanOf, type AccessRecord } from "./access-event.ts";
import type { FieldReader } from "./format-header.ts";

/**
 * @param get the value of a field, `-` included
 * @param fallback the time of a syslog header or wrapper
 * @throws {MalformedInputError} when no time can be read
 */
export function apacheRecord(get: FieldReader, fallback: number | null): AccessRecord {
  const first = (...names: string[]): string | undefined => {
    for (const name of names) {
      const value = get(name);
      if (value !== undefined && value !== "" && value !== "-") return value;
    }
    return undefined;
  };
  const time =
    timeOf(first("t", "{sec}t", "{msec}t", "{usec}t", "{begin:usec}t", "{begin:msec}t", ...ISO_TIMES)) ?? fallback;
  if (time === null) throw new MalformedInputError("a request of Apache without a readable time");
  const microseconds = countOf(first("D", "{us}T"));
  const milliseconds = countOf(first("{ms}T"));
  const durationMs =
    microseconds === undefined ? (milliseconds ?? spanOf(first("T", "{s}T"))) : Math.round(microseconds / 1000);
  const path = first("U");
  const query = get("q");
  const tls = first("{SSL_PROTOCOL}x");
  const cipher = first("{SSL_CIPHER}x");
  const forwarded = first("{X-Forwarded-For}i", "{x-forwarded-for}i");
  return {
    time,
    client: first("a", "{c}a", "h"),
    clientPort: countOf(first("{remote}p")),
    forwarded: forwarded === undefined ? undefined : forwarded.split(/,\s*/).slice(0, 16),
    user: first("u", ">u"),
    request: first("r", "<r"),
    method: first("m"),
    target: path === undefined ? undefined : `${path}${query === undefined || query === "-" ? "" : query}`,
    version: /(\d(?:\.\d)?)$/.exec(first("H") ?? "")?.[1],
    scheme: tls === undefined ? undefined : "https",
    host: first("{Host}i", "{host}i", "v", "V"),
    port: countOf(first("p", "{canonical}p", "{local}p")),
    serverIp: first("A"),
    status: countOf(first(">s", "s", "<s")),
    bodyBytes: countOf(first("b", "B")),
    bytesIn: countOf(first("O")),
    bytesOut: countOf(first("I")),
    referrer: first("{Referer}i", "{referer}i"),
    userAgent: first("{User-Agent}i", "{User-agent}i", "{user-agent}i"),
    contentType: first("{Content-Type}o"),
    // The time is that of the request's arrival.
    startTime: durationMs === undefined ? undefined : time,
    endTime: durationMs === undefined ? undefined : time + durationMs,
    durationMs,
    tls: tls === undefined ? undefined : { version: tls, ...(cipher === undefined ? {} : { cipher }) },
    uid: first("{UNIQUE_ID}e"),
  };
}

const ISO_TIMES = [
  "{%Y-%m-%dT%H:%M:%S%z}t",
  "{%Y-%m-%dT%T%z}t",
  "{%FT%T%z}t",
  "{%Y-%m-%d %H:%M:%S}t",
  "{%d/%b/%Y:%H:%M:%S %z}t",
];

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : (parseTime(text) ?? parseClfTime(text.replace(/^\[|\]$/g, "")));
}

/** Keys of JSON templates in use for Apache -> fields of LogFormat. */
const JSON_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["t", ["time", "timestamp", "@timestamp", "date"]],
  ["a", ["remoteIP", "remote_ip", "client", "clientip", "remote_addr", "remoteAddr", "remote_host", "remoteHost"]],
  ["u", ["user", "remote_user", "remoteUser", "auth"]],
  ["m", ["method", "request_method", "requestMethod", "verb"]],
  ["U", ["request", "uri", "path", "request_uri", "requestURI"]],
  ["q", ["query", "query_string", "queryString"]],
  ["H", ["protocol", "request_protocol", "httpversion"]],
  [">s", ["status", "response", "code"]],
  ["b", ["bytes", "size", "response_size"]],
  ["O", ["bytes_sent", "bytesOut", "bytes_out"]],
  ["I", ["bytes_received", "bytesIn", "bytes_in"]],
  ["D", ["duration", "response_time_us", "durationUs"]],
  ["{Referer}i", ["referer", "referrer"]],
  ["{User-Agent}i", ["userAgent", "user_agent", "agent", "useragent"]],
  ["{Host}i", ["host", "vhost", "virtual_host", "server_name", "serverName"]],
  ["{X-Forwarded-For}i", ["x_forwarded_for", "xForwardedFor", "forwarded_for"]],
]);

/** Reads an object with such keys. */
export function apacheFieldsOf(text: (key: string) => string | undefined): FieldReader {
  return (field) => {
    const keys = JSON_KEYS.get(field);
    if (keys === undefined) return undefined;
    for (const key of keys) {
      const value = text(key);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}
