/** A row of a web proxy's extended log file -> HTTP Activity. */
import type { OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseClfTime, parseIsoTime, parseTime } from "../decoders/timestamp.ts";
import type { EventBase } from "../ocsf.ts";
import type { ElffField } from "../tables/elff.ts";
import { splitUrl } from "../url.ts";
import type { ElffRecord } from "./elff-record.ts";
import { decodePercent, loginOf } from "./login.ts";
import { deviceOf, policyNamed } from "./objects.ts";
import type { Verdict } from "./verdict.ts";
import { createWebEvent, endpointOf, serverOf } from "./web-event.ts";

/**
 * @param fallback the time of a syslog header, for rows without one
 * @param sIp whose address s-ip is: the proxy's (Blue Coat), or the server's (Netskope)
 * @throws {MalformedInputError} when no time can be read
 */
export function elffEvent(
  record: ElffRecord,
  product: EventBase["product"],
  fallback: number | null,
  sIp: "proxy" | "server" = "proxy",
): OcsfEvent {
  const get = (field: ElffField) => record.get(field);
  const end = timeOf(record) ?? fallback;
  if (end === null) throw new MalformedInputError("a proxy's row without a readable time");
  const url = urlOf(record);
  const taken = count(get("timeTaken"));
  const categories = get("categories");
  if (url !== undefined && categories !== undefined && !/^(?:unavailable|none)$/i.test(categories))
    url.categories = categories.split(";").slice(0, 32);
  const version = get("tlsVersion");
  const operation = get("operation");
  const event = createWebEvent(
    { product, time: end, uid: get("transaction") },
    {
      client: endpointOf(get("clientIp"), count(get("clientPort"))),
      server: serverOf(
        url?.hostname,
        get("serverIp") ?? (sIp === "server" ? get("proxyIp") : undefined),
        count(get("serverPort")) ?? url?.port,
      ),
      proxy: sIp === "proxy" ? proxyOf(record) : endpointOf(get("proxyName")),
      user: userOf(get("user")),
      device: deviceOf(get("deviceName"), undefined, get("deviceOs")),
      method: get("method"),
      url,
      version: /(\d(?:\.\d)?)$/.exec(get("version") ?? "")?.[1],
      referrer: get("referrer"),
      userAgent: get("agent"),
      forwardedFor: get("forwardedFor") === undefined ? undefined : [get("forwardedFor")!],
      status: count(get("status")),
      contentType: get("contentType") === undefined ? undefined : decodePercent(get("contentType")!),
      bytesOut: count(get("bytesOut")),
      bytesIn: count(get("bytesIn")),
      bytesTotal: count(get("bytesTotal")),
      startTime: taken === undefined ? undefined : end - taken,
      endTime: end,
      durationMs: taken,
      verdict: verdictOf(record),
      policy: policyNamed(get("policy")),
      statusDetail: get("exception") ?? get("action") ?? get("error"),
      appName: get("app"),
      file: get("object") === undefined ? undefined : { name: get("object")!, type_id: 1 },
      tls:
        get("sni") === undefined
          ? undefined
          : {
              version: version ?? "unknown",
              sni: get("sni")!.toLowerCase(),
              ...(get("tlsCipher") === undefined ? {} : { cipher: get("tlsCipher")! }),
            },
      session: get("session") === "0" ? undefined : get("session"),
      unmapped: leftOver(record),
    },
  );
  // What is done inside an application says more than the method it takes.
  if (operation !== undefined && event.activity_id === 0) {
    event.activity_id = 99;
    event.activity_name = operation;
    event.type_uid = event.class_uid * 100 + 99;
  }
  return event;
}

function timeOf(record: ElffRecord): number | undefined {
  const [date, time] = [record.get("date"), record.get("time")];
  if (date !== undefined && time !== undefined) {
    const both = parseIsoTime(`${date} ${time}`);
    if (both !== undefined) return both;
  }
  const local = record.get("localTime");
  return (
    parseTime(record.get("epoch")) ??
    parseTime(time) ??
    (local === undefined ? undefined : parseClfTime(local.replace(/^\[|\]$/g, "")))
  );
}

/** Schemes of what is no request but a connection handed through. */
const TUNNELS: ReadonlySet<string> = new Set(["tcp", "ssl", "tunnel", "socks", "socks5", "-"]);

/** The request's URL put together from its columns; of a tunnel only where it leads. */
function urlOf(record: ElffRecord): OcsfUrl | undefined {
  const written = record.get("host") ?? record.get("sni");
  const host = written === undefined || /[\s"<>/\\]/.test(written) ? undefined : written;
  const scheme = record.get("scheme")?.toLowerCase();
  const port = count(record.get("port"));
  const isTunnel = (scheme !== undefined && TUNNELS.has(scheme)) || record.get("method")?.toUpperCase() === "CONNECT";
  if (isTunnel && host !== undefined)
    return splitUrl(port === undefined || port === 0 ? host : `${bracketed(host)}:${port}`);
  const whole = record.get("url");
  if (whole !== undefined && /^[A-Za-z][A-Za-z0-9+.-]{0,15}:\/\//.test(whole)) return splitUrl(whole);
  const uri = record.get("uri");
  if (host === undefined) return uri === undefined ? undefined : splitUrl(uri);
  if (uri !== undefined && /^[A-Za-z][A-Za-z0-9+.-]{0,15}:\/\//.test(uri)) return splitUrl(uri);
  const query = record.get("query");
  const path = record.get("path");
  const target =
    uri ??
    `${path ?? ""}${query === undefined || path?.includes("?") === true ? "" : query.startsWith("?") ? query : `?${query}`}`;
  const implied = port === undefined || port === 0 || DEFAULT_PORTS.get(scheme ?? "") === port;
  const authority = implied ? bracketed(host) : `${bracketed(host)}:${port}`;
  return splitUrl(`${scheme === undefined ? "" : `${scheme}://`}${authority}${target === "*" ? "" : target}`);
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http", 80],
  ["https", 443],
  ["ftp", 21],
]);

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") && ipAddress(host) === host ? `[${host}]` : host;
}

function proxyOf(record: ElffRecord): OcsfEvent["proxy_endpoint"] {
  const proxy = endpointOf(record.get("proxyName")) ?? endpointOf(record.get("proxyIp"));
  const ip = ipAddress(record.get("proxyIp"));
  if (proxy !== undefined && ip !== undefined) proxy.ip = ip;
  return proxy;
}

/** A login, or the distinguished name that cs-userdn holds. */
function userOf(text: string | undefined): OcsfUser | undefined {
  const named = text === undefined ? null : /^cn=((?:[^,\\]|\\.){1,200})(?:,|$)/i.exec(text);
  return named === null ? loginOf(text) : { name: named[1]!.replace(/\\(.)/g, "$1"), uid: text! };
}

function verdictOf(record: ElffRecord): Verdict | undefined {
  const policy = record.get("policyAction")?.toLowerCase();
  if (policy !== undefined) return NETSKOPE_ACTIONS.get(policy);
  const filter = record.get("filterResult");
  const action = record.get("action");
  if (filter === "DENIED" || action?.includes("DENIED") === true) return "blocked";
  if (action?.includes("ISOLATION") === true) return "isolated";
  return filter === undefined && action === undefined ? undefined : "allowed";
}

const NETSKOPE_ACTIONS: ReadonlyMap<string, Verdict> = new Map([
  ["allow", "allowed"],
  ["bypass", "allowed"],
  ["block", "blocked"],
  ["deny", "blocked"],
  ["alert", "alerted"],
  ["useralert", "alerted"],
  ["quarantine", "quarantined"],
  ["isolate", "isolated"],
]);

const LEFT: readonly ElffField[] = [
  "groups",
  "action",
  "filterResult",
  "virus",
  "operation",
  "instance",
  "localIp",
  "supplier",
  "error",
];

function leftOver(record: ElffRecord): Record<string, unknown> | undefined {
  let left: Record<string, unknown> | undefined;
  for (const field of LEFT) {
    const value = record.get(field);
    if (value === undefined) continue;
    left ??= {};
    left[field] = value;
  }
  return left;
}

function count(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
