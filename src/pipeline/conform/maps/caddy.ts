/**
 * Caddy's JSON access log -> HTTP Activity: one object per request, `msg` "handled request".
 *
 * @see https://caddyserver.com/docs/logging
 */
import type { JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { byteCount, durationMs, integer, list, object, property, text } from "../read-json.ts";
import { accessEvent, type AccessRecord } from "../web/access-event.ts";

const PRODUCT = { name: "Caddy", vendor_name: "Caddy" } as const;

/** Names of TLS versions and suites that Caddy writes as their numbers. */
const TLS_VERSIONS: ReadonlyMap<number, string> = new Map([
  [769, "1.0"],
  [770, "1.1"],
  [771, "1.2"],
  [772, "1.3"],
]);

export default defineMap({
  id: "caddy",
  title: "Caddy access log",
  product: PRODUCT,
  reference: "https://caddyserver.com/docs/logging",
  lane: "network",
  exporting:
    "`log` in the site's block: the default encoder writes JSON to standard error or, with `output file`, to " +
    "a file.",
  limits: [
    "Sizes are those of the bodies, without headers.",
    "Credentials and cookies are left out of the log unless asked for.",
  ],
  recognise({ json }) {
    if (json === null) return 0;
    const request = object(json, "request");
    if (request === undefined || !Object.hasOwn(request, "uri") || !Object.hasOwn(request, "proto")) return 0;
    return text(json, "logger")?.startsWith("http.log.access") === true || text(json, "msg") === "handled request"
      ? 0.97
      : 0;
  },
  conform({ json, syslog }) {
    if (json === null) throw new MalformedInputError("not a JSON object");
    return accessEvent(PRODUCT, recordOf(json), syslog);
  },
});

function recordOf(json: JsonObject): AccessRecord {
  const request = object(json, "request");
  const time = parseTime(property(json, "ts"));
  if (request === undefined || time === undefined)
    throw new MalformedInputError("a request of Caddy without request or readable time");
  const headers = object(request, "headers");
  const header = (name: string) => {
    const value = list(headers, name)[0];
    return typeof value === "string" ? value : undefined;
  };
  const tls = object(request, "tls");
  const version = TLS_VERSIONS.get(integer(tls, "version") ?? 0);
  const sni = text(tls, "server_name");
  const span = durationMs(json, "duration", 1_000);
  const contentType = list(object(json, "resp_headers"), "Content-Type")[0];
  const forwarded = header("X-Forwarded-For");
  return {
    time,
    client: text(request, "client_ip") ?? text(request, "remote_ip") ?? text(request, "remote_addr"),
    clientPort: integer(request, "remote_port"),
    forwarded: forwarded?.split(/,\s*/).slice(0, 16),
    user: text(json, "user_id"),
    method: text(request, "method"),
    target: text(request, "uri"),
    version: /(\d(?:\.\d)?)$/.exec(text(request, "proto") ?? "")?.[1],
    scheme: tls === undefined ? "http" : "https",
    host: text(request, "host"),
    status: integer(json, "status"),
    bodyBytes: byteCount(json, "size"),
    bytesOut: byteCount(json, "bytes_read"),
    referrer: header("Referer"),
    userAgent: header("User-Agent"),
    contentType: typeof contentType === "string" ? contentType : undefined,
    startTime: span === undefined ? undefined : time - span,
    endTime: time,
    durationMs: span,
    tls: version === undefined ? undefined : { version, ...(sni === undefined ? {} : { sni }) },
  };
}
