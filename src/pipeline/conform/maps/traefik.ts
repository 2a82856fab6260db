/**
 * Traefik access log -> HTTP Activity: the JSON format, and the common format with Traefik's own columns at its end (number of
 * the request, router, service, duration).
 *
 * @see https://doc.traefik.io/traefik/observability/access-logs/
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { byteCount, durationMs, integer, property, text } from "../read-json.ts";
import { accessEvent, recordOfLine } from "../web/access-event.ts";
import { parseAccessLine } from "../web/access-line.ts";
import { leftOver } from "../web/objects.ts";

const PRODUCT = { name: "Traefik", vendor_name: "Traefik Labs" } as const;
const NANOSECONDS = 1e-6;

export default defineMap({
  id: "traefik",
  title: "Traefik access log",
  product: PRODUCT,
  reference: "https://doc.traefik.io/traefik/observability/access-logs/",
  lane: "network",
  exporting:
    "`accessLog: { format: json }`, and `fields.headers.names.User-Agent: keep`, `Referer: keep`; the common " +
    "format is read too.",
  limits: [
    "Sizes are those of the bodies, without headers.",
    "User agent and referrer show in JSON only where the headers are kept (accesslog.fields.headers).",
    "The common format does not name the virtual host and counts no request bytes.",
  ],
  recognise({ json, body }) {
    if (json !== null) {
      const has = (name: string) => Object.hasOwn(json, name);
      return has("DownstreamStatus") && (has("RequestPath") || has("RequestMethod")) ? 0.97 : 0;
    }
    return body.endsWith("ms") && parseAccessLine(body)?.flavour === "traefik" ? 0.95 : 0;
  },
  conform({ json, body, syslog }) {
    if (json !== null) return accessEvent(PRODUCT, recordOf(json), syslog);
    const line = parseAccessLine(body);
    if (line === null) throw new MalformedInputError("not a line of Traefik's common format");
    const record = recordOfLine(line);
    const milliseconds = Number(/^(\d{1,10})ms$/.exec(line.rest.at(-1)?.text ?? "")?.[1] ?? Number.NaN);
    const [router, service] = line.rest.slice(-3, -1).map(({ text: name }) => name);
    const event: OcsfEvent = accessEvent(
      PRODUCT,
      {
        ...record,
        referrer: line.rest[0]?.text,
        userAgent: line.rest[1]?.text,
        durationMs: Number.isNaN(milliseconds) ? undefined : milliseconds,
        unmapped: { router, service },
      },
      syslog,
    );
    return event;
  },
});

function recordOf(json: JsonObject): Parameters<typeof accessEvent>[1] {
  const time =
    parseTime(property(json, "StartUTC")) ??
    parseTime(property(json, "StartLocal")) ??
    parseTime(property(json, "time"));
  if (time === undefined) throw new MalformedInputError("a request of Traefik without a readable time");
  const span = durationMs(json, "Duration", NANOSECONDS);
  const version = text(json, "TLSVersion");
  const cipher = text(json, "TLSCipher");
  const forwarded = text(json, "request_X-Forwarded-For");
  return {
    time,
    client: text(json, "ClientHost") ?? text(json, "ClientAddr"),
    clientPort: integer(json, "ClientPort"),
    forwarded: forwarded?.split(/,\s*/).slice(0, 16),
    user: text(json, "ClientUsername"),
    method: text(json, "RequestMethod"),
    target: text(json, "RequestPath"),
    version: /(\d(?:\.\d)?)$/.exec(text(json, "RequestProtocol") ?? "")?.[1],
    scheme: text(json, "RequestScheme"),
    host: text(json, "RequestHost") ?? text(json, "RequestAddr"),
    port: integer(json, "RequestPort"),
    status: integer(json, "DownstreamStatus"),
    bodyBytes: byteCount(json, "DownstreamContentSize"),
    bytesOut: byteCount(json, "RequestContentSize"),
    referrer: text(json, "request_Referer") ?? text(json, "RequestRefererHeader"),
    userAgent: text(json, "request_User-Agent") ?? text(json, "RequestUserAgentHeader"),
    contentType: text(json, "downstream_Content-Type") ?? text(json, "origin_Content-Type"),
    startTime: time,
    endTime: span === undefined ? undefined : time + span,
    durationMs: span,
    tls: version === undefined ? undefined : { version, ...(cipher === undefined ? {} : { cipher }) },
    unmapped: leftOver(json, ["RouterName", "ServiceName", "ServiceAddr", "entryPointName", "TraceId", "OriginStatus"]),
  };
}
