/** One request that a web server or reverse proxy answered -> HTTP Activity: the client is the source, the server the destination. */
import type { OcsfEndpoint, OcsfEvent, OcsfUrl } from "../../../model/activity.ts";
import type { SyslogHeader } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import type { EventBase } from "../ocsf.ts";
import { splitUrl } from "../url.ts";
import type { AccessLine } from "./access-line.ts";
import { loginOf } from "./login.ts";
import { createWebEvent, endpointOf } from "./web-event.ts";

/** What any server's log can tell of a request; sizes in bytes, spans in ms, times in ms since 1970 UTC. */
export interface AccessRecord {
  readonly time: number;
  readonly client: string | undefined;
  readonly clientPort?: number | undefined;
  readonly forwarded?: readonly string[] | undefined;
  readonly user?: string | undefined;
  /** `GET /path HTTP/1.1`, where method and target are not written apart. */
  readonly request?: string | undefined;
  readonly method?: string | undefined;
  /** Path and query, or a whole URL. */
  readonly target?: string | undefined;
  readonly version?: string | undefined;
  readonly scheme?: string | undefined;
  /** With its port, where written. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly serverIp?: string | undefined;
  readonly status: number | undefined;
  /** The response's body alone. */
  readonly bodyBytes?: number | undefined;
  /** Server to client, all of it. */
  readonly bytesIn?: number | undefined;
  /** Client to server, all of it. */
  readonly bytesOut?: number | undefined;
  readonly referrer?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly contentType?: string | undefined;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly uid?: string | undefined;
  readonly tls?: OcsfEvent["tls"] | undefined;
  readonly unmapped?: Record<string, unknown> | undefined;
}

const METHOD = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;
const PROTOCOL = /^(?:HTTP|RTSP|SIP)\/(\d(?:\.\d)?)$/;

/** `METHOD target HTTP/version`; HTTP/0.9 has no version, and a target may hold blanks. null for anything else. */
function splitRequest(line: string): { method: string; target: string; version: string | undefined } | null {
  const first = line.indexOf(" ");
  if (first < 1 || !METHOD.test(line.slice(0, first))) return null;
  const last = line.lastIndexOf(" ");
  const version = last > first ? PROTOCOL.exec(line.slice(last + 1))?.[1] : undefined;
  const target = line.slice(first + 1, version === undefined ? undefined : last);
  return target === "" || target.startsWith(" ") ? null : { method: line.slice(0, first), target, version };
}

export function accessEvent(
  product: EventBase["product"],
  record: AccessRecord,
  syslog: SyslogHeader | null,
): OcsfEvent {
  const line = record.request === undefined ? null : splitRequest(record.request);
  const method = present(record.method) ?? line?.method;
  const target = present(record.target) ?? (line === null || line.target === "-" ? undefined : line.target);
  const host = present(record.host) ?? undefined;
  // The machine that logs, which a syslog header names, need not be called as the site that was asked for.
  const url = target === undefined ? undefined : urlOf(target, method, record, host);
  const server = serverOf(url, host, record, syslog) ?? { svc_name: product.name };
  const event = createWebEvent(
    { product, time: record.time, uid: present(record.uid) },
    {
      client: clientOf(record),
      server,
      user: loginOf(record.user),
      method,
      url,
      version: record.version ?? line?.version,
      referrer: present(record.referrer),
      userAgent: present(record.userAgent),
      forwardedFor: record.forwarded,
      status: record.status,
      contentType: present(record.contentType),
      bytesOut: record.bytesOut,
      bytesIn: record.bytesIn ?? record.bodyBytes,
      startTime: record.startTime,
      endTime: record.endTime,
      durationMs: record.durationMs,
      tls: record.tls,
      unmapped: record.unmapped,
    },
  );
  if (record.bodyBytes !== undefined && event.http_response !== undefined)
    event.http_response.body_length = record.bodyBytes;
  return event;
}

function clientOf({ client, clientPort }: AccessRecord): OcsfEndpoint | undefined {
  const text = present(client);
  if (text === undefined || text.startsWith("unix:")) return undefined;
  const port = /[\]\d]:(\d{1,5})$/.exec(text);
  const written = port !== null && ipAddress(text) !== text ? portOf(Number(port[1])) : undefined;
  const named = port !== null && ipAddress(text) === undefined ? text.slice(0, -port[1]!.length - 1) : text;
  return endpointOf(
    /^[A-Za-z][^:]*:\d{1,5}$/.test(text) ? text.slice(0, text.lastIndexOf(":")) : named,
    written ?? clientPort ?? trailingPort(text),
  );
}

function trailingPort(text: string): number | undefined {
  const match = /^[A-Za-z][^:]*:(\d{1,5})$/.exec(text);
  return match === null ? undefined : portOf(Number(match[1]));
}

/** A target is a path; of a proxy request a whole URL, of CONNECT a host and port. */
function urlOf(
  target: string,
  method: string | undefined,
  record: AccessRecord,
  host: string | undefined,
): OcsfUrl | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]{1,15}:\/\//.test(target) || method?.toUpperCase() === "CONNECT") return splitUrl(target);
  const path = target.startsWith("/") || target === "*" ? target : `/${target}`;
  if (host === undefined || !/^[^\s"<>/\\]{1,260}$/.test(host)) return splitUrl(path);
  const scheme = present(record.scheme)?.toLowerCase();
  const authority = splitUrl(host);
  if (scheme === undefined || !/^[a-z]{2,8}$/.test(scheme)) {
    const url = splitUrl(path);
    if (authority.hostname !== undefined) url.hostname = authority.hostname;
    const port = authority.port ?? record.port;
    if (port !== undefined) url.port = port;
    return url;
  }
  const { port } = record;
  const written = authority.port !== undefined || port === undefined || port === 80 || port === 443;
  return splitUrl(`${scheme}://${host}${written ? "" : `:${port}`}${path === "*" ? "" : path}`);
}

function serverOf(
  url: OcsfUrl | undefined,
  host: string | undefined,
  record: AccessRecord,
  syslog: SyslogHeader | null,
): OcsfEndpoint | undefined {
  const named = host === undefined ? undefined : splitUrl(host);
  const server =
    endpointOf(url?.hostname ?? named?.hostname, url?.port ?? named?.port ?? record.port) ??
    endpointOf(syslog?.hostname ?? undefined, record.port);
  const ip = ipAddress(record.serverIp);
  if (ip === undefined) return server;
  if (server === undefined) return endpointOf(ip, record.port);
  server.ip ??= ip;
  return server;
}

function present(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "-" || text === "_" ? undefined : text;
}

/** The record of a line in an NCSA format; what stands behind the agent is read where its shape tells what it is. */
export function recordOfLine(line: AccessLine): AccessRecord {
  const { rest } = line;
  // Some formats put the time taken between size and referrer.
  const at = rest[0]?.quoted === false && /^\d{1,12}$/.test(rest[0].text) ? 1 : 0;
  const hasPair = rest[at] !== undefined && rest[at + 1]?.quoted === true && rest[at]!.key === undefined;
  const tail = rest.slice(hasPair ? at + 2 : at);
  const isIngress = line.flavour === "nginx-ingress";
  const isIo = line.flavour === "apache-io";
  const [third, fourth] = tail;
  const named = new Map(tail.filter(({ key }) => key !== undefined).map(({ key, text }) => [key!.toLowerCase(), text]));
  const forwarded = line.flavour === "nginx-main" ? third?.text : named.get("x-forwarded-for");
  const seconds = isIngress ? fourth?.text : (named.get("rt") ?? named.get("request_time"));
  const durationMs = spanOf(seconds);
  return {
    time: line.time,
    client: line.client,
    forwarded: present(forwarded) === undefined ? line.forwarded : forwarded!.split(/,\s*/).slice(0, 16),
    user: line.user,
    request: line.request,
    host: line.host ?? named.get("host") ?? named.get("sn"),
    status: line.status,
    bodyBytes: line.flavour === "apache-vhost" ? undefined : line.bytes,
    bytesIn: isIo ? countOf(fourth?.text) : line.flavour === "apache-vhost" ? line.bytes : undefined,
    bytesOut: isIo || isIngress ? countOf(third?.text) : countOf(named.get("request_length")),
    referrer: hasPair ? rest[at]!.text : undefined,
    userAgent: hasPair ? rest[at + 1]!.text : undefined,
    durationMs,
    startTime: durationMs === undefined ? undefined : line.time - durationMs,
    endTime: durationMs === undefined ? undefined : line.time,
    unmapped: unmappedOf(line, tail),
  };
}

function unmappedOf(line: AccessLine, tail: AccessLine["rest"]): Record<string, unknown> | undefined {
  if (line.flavour === "nginx-ingress") {
    const [, , upstream, , address] = tail;
    const shown = { upstream: present(upstream?.text), upstream_addr: present(address?.text) };
    return shown.upstream === undefined && shown.upstream_addr === undefined ? undefined : shown;
  }
  if (tail.length === 0 || line.flavour === "apache-io" || line.flavour === "nginx-main") return undefined;
  return { appended: tail.slice(0, 24).map(({ key, text }) => (key === undefined ? text : `${key}=${text}`)) };
}

/** Seconds with milliseconds -> ms. */
export function spanOf(seconds: string | undefined): number | undefined {
  return seconds !== undefined && /^\d{1,7}(?:\.\d{1,6})?$/.test(seconds)
    ? Math.round(Number(seconds) * 1000)
    : undefined;
}

export function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
