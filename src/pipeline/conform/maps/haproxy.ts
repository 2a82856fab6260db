/**
 * HAProxy -> HTTP Activity for the HTTP, HTTPS and CLF log formats, Network Activity for the TCP format, for refused
 * handshakes and for the default "Connect from … to …" line; JSON formats that keep HAProxy's own words are read too.
 *
 * @see https://docs.haproxy.org/3.0/configuration.html#8.2
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord } from "../define-map.ts";
import { parseClfTime, parseTime } from "../decoders/timestamp.ts";
import { integer, property, textOf } from "../read-json.ts";
import { accessEvent, recordOfLine } from "../web/access-event.ts";
import { parseAccessLine } from "../web/access-line.ts";
import { createConnectionEvent } from "../web/connection-event.ts";
import { parseHaproxyLine, type HaproxyLine } from "../web/haproxy-line.ts";
import { verdictFields } from "../web/verdict.ts";
import { endpointOf } from "../web/web-event.ts";

const PRODUCT = { name: "HAProxy", vendor_name: "HAProxy" } as const;

const PROGRAM = /^(?:\S{1,255} )?haproxy\[\d{1,10}\]: /;
const CONNECT = /^Connect from (\S{1,64}):(\d{1,5}) to (\S{1,64}):(\d{1,5}) \((\S{1,128})\/(TCP|HTTP)\)$/;
const REFUSED = /^(\S{1,64}):(\d{1,5}) \[([^\]]{20,30})\] (\S{1,128})\/(\S{1,64}): (\S.{0,255})$/;

export default defineMap({
  id: "haproxy",
  title: "HAProxy log",
  product: PRODUCT,
  reference: "https://docs.haproxy.org/3.0/configuration.html#8.2",
  lane: "network",
  exporting:
    "`option httplog` or `httpslog` for HTTP, `tcplog` for TCP, and `log HOST:PORT local0`; add `capture " +
    "request header Host len 128`, and `%U` in a format of your own.",
  limits: [
    "Counts the bytes to the client only: what was sent shows only in a format with %U.",
    "The host name asked for shows only where the Host header is captured, in HTTP/2 requests, or as SNI in the HTTPS format.",
    "Names the server behind it, not its address.",
    "Times are local to the machine and carry no zone: they are read as UTC.",
  ],
  recognise({ json, body, syslog }) {
    if (json !== null) return isHaproxyJson(json) ? 0.85 : 0;
    const text = body.replace(PROGRAM, "");
    const own = syslog?.app === "haproxy" || text.length !== body.length;
    if (text.includes(" [") && parseHaproxyLine(text) !== null) return own ? 0.98 : 0.93;
    if (CONNECT.test(text)) return own ? 0.97 : 0.85;
    if (own) return REFUSED.test(text) ? 0.97 : 0.7;
    return text.includes("----") && parseAccessLine(text)?.flavour === "haproxy" ? 0.9 : 0;
  },
  conform(record) {
    const { json, syslog } = record;
    if (json !== null) return jsonEvent(record);
    const body = record.body.replace(PROGRAM, "");
    const line = parseHaproxyLine(body);
    if (line !== null) return line.status === null ? connectionEvent(line, record) : requestEvent(line, record);
    const connect = CONNECT.exec(body);
    if (connect !== null) return openEvent(connect, record);
    const refused = REFUSED.exec(body);
    if (refused !== null) return refusedEvent(refused);
    const access = parseAccessLine(body);
    if (access !== null) {
      const read = recordOfLine(access);
      return accessEvent(PRODUCT, { ...read, bodyBytes: undefined, bytesIn: access.bytes }, syslog);
    }
    if (/^\S{1,64}:\d{1,5} \[/.test(body)) throw new MalformedInputError("a line of HAProxy that is cut off");
    // What the program says of itself: started, reloaded, a server is down.
    return null;
  },
});

function requestEvent(line: HaproxyLine, { syslog }: DecodedRecord): OcsfEvent {
  const event = accessEvent(
    PRODUCT,
    {
      time: line.time,
      client: line.client,
      clientPort: line.clientPort,
      request: line.request === "<BADREQ>" ? undefined : line.request,
      scheme: line.frontend.endsWith("~") ? "https" : undefined,
      host: line.host ?? line.sni,
      status: line.status ?? undefined,
      bytesIn: line.bytes,
      userAgent: line.agent,
      startTime: line.time,
      endTime: line.totalMs === undefined ? undefined : line.time + line.totalMs,
      durationMs: line.totalMs,
      tls:
        line.tlsVersion === undefined
          ? undefined
          : {
              version: line.tlsVersion,
              ...(line.sni === undefined ? {} : { sni: line.sni }),
              ...(line.tlsCipher === undefined ? {} : { cipher: line.tlsCipher }),
            },
      unmapped: unmappedOf(line),
    },
    syslog,
  );
  event.status_detail = line.termination;
  return control(event, line);
}

function connectionEvent(line: HaproxyLine, { syslog }: DecodedRecord): OcsfEvent {
  const event = createConnectionEvent(
    { product: PRODUCT, time: line.time },
    {
      activityId: 6,
      client: endpointOf(line.client, line.clientPort),
      server: endpointOf(syslog?.hostname ?? undefined) ?? { svc_name: line.frontend },
      protocol: "tcp",
      bytesIn: line.bytes,
      startTime: line.time,
      endTime: line.totalMs === undefined ? undefined : line.time + line.totalMs,
      durationMs: line.totalMs,
      statusDetail: line.termination,
      unmapped: unmappedOf(line),
    },
  );
  return control(event, line);
}

/** P: the proxy itself ended it, by a rule or a limit. */
function control(event: OcsfEvent, { termination }: HaproxyLine): OcsfEvent {
  if (!termination.startsWith("P")) return event;
  Object.assign(event, verdictFields("blocked"));
  event.metadata.profiles = [...(event.metadata.profiles ?? []), "security_control"];
  return event;
}

function unmappedOf(line: HaproxyLine): Record<string, unknown> {
  const shown: Record<string, unknown> = { frontend: line.frontend, backend: line.backend, server: line.server };
  if (line.captured.length > 0) shown["captured"] = line.captured;
  return shown;
}

function openEvent(match: RegExpExecArray, { syslog }: DecodedRecord): OcsfEvent {
  const [, client, clientPort, server, serverPort, frontend] = match as unknown as string[];
  if (syslog?.time === null || syslog?.time === undefined)
    throw new MalformedInputError("a connection of HAProxy without a time: it stands in the syslog header");
  return createConnectionEvent(
    { product: PRODUCT, time: syslog.time },
    {
      activityId: 1,
      client: endpointOf(client, Number(clientPort)),
      server: endpointOf(server, Number(serverPort)),
      protocol: "tcp",
      unmapped: { frontend },
    },
  );
}

function refusedEvent(match: RegExpExecArray): OcsfEvent {
  const [, client, port, stamp, frontend, , message] = match as unknown as string[];
  const time = parseClfTime(stamp!);
  if (time === undefined) throw new MalformedInputError("HAProxy time is unreadable");
  return createConnectionEvent(
    { product: PRODUCT, time },
    {
      activityId: 4,
      client: endpointOf(client, Number(port)) ?? { name: "unknown" },
      server: { svc_name: frontend! },
      protocol: "tcp",
      statusDetail: message,
      unmapped: { frontend },
    },
  );
}

const FRONTEND_KEYS = ["frontend_name", "frontend", "fe_name"];
const BACKEND_KEYS = ["backend_name", "backend", "be_name"];

function isHaproxyJson(json: object): boolean {
  const has = (...names: string[]) => names.some((name) => Object.hasOwn(json, name));
  return (
    has(...FRONTEND_KEYS) &&
    has(...BACKEND_KEYS) &&
    has("bytes_read", "bytes_uploaded", "termination_state", "status_code", "captured_request_headers")
  );
}

/** HAProxy has no JSON format of its own: these are the words its documentation uses for the fields. */
function jsonEvent({ json, syslog }: DecodedRecord): OcsfEvent {
  const first = (...names: string[]) =>
    names.map((name) => textOf(json, name)).find((value) => value !== undefined && value !== "-");
  const stamp = first("time", "timestamp", "@timestamp", "accept_date", "date_time", "request_date", "time_date_ISO");
  const time = (stamp === undefined ? undefined : (parseTime(stamp) ?? parseClfTime(stamp))) ?? syslog?.time ?? null;
  if (time === null) throw new MalformedInputError("a request of HAProxy without a readable time");
  const total = [property(json, "Ta"), property(json, "total_time"), property(json, "Tt")]
    .map(Number)
    .find((ms) => Number.isSafeInteger(ms) && ms >= 0);
  return accessEvent(
    PRODUCT,
    {
      time,
      client: first("client_ip", "client_addr", "src", "client"),
      clientPort: integer(json, "client_port") ?? integer(json, "src_port"),
      request: first("http_request", "request", "http_request_line"),
      method: first("method", "http_method", "request_method"),
      target: first("uri", "path", "request_uri", "http_path"),
      host: first("host", "http_host", "sni", "req_host"),
      status: integer(json, "status_code") ?? integer(json, "status"),
      bytesIn: integer(json, "bytes_read"),
      bytesOut: integer(json, "bytes_uploaded"),
      userAgent: first("user_agent", "http_user_agent", "userAgent"),
      durationMs: total,
      unmapped: {
        frontend: first(...FRONTEND_KEYS),
        backend: first(...BACKEND_KEYS),
        server: first("server_name", "server"),
      },
    },
    syslog,
  );
}
