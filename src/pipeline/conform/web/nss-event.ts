/** Records of Zscaler's NSS feeds -> HTTP, Network, DNS and tunnel events. */
import type { OcsfDevice, OcsfEndpoint, OcsfEvent, OcsfUrl } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { addressType, normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import type { NssField } from "../tables/zscaler.ts";
import { splitUrl } from "../url.ts";
import { createConnectionEvent } from "./connection-event.ts";
import { decodePercent, loginOf } from "./login.ts";
import type { NssRecord } from "./nss-record.ts";
import { parseNssTime } from "./nss-time.ts";
import { deviceOf, policyNamed } from "./objects.ts";
import { verdictFields, type Verdict } from "./verdict.ts";
import { createWebEvent, endpointOf, serverOf } from "./web-event.ts";

const PRODUCT = { name: "Internet Access", vendor_name: "Zscaler" } as const;

/**
 * null for a feed that is no traffic.
 * @param fallback the time of the syslog header, for templates without one
 * @throws {MalformedInputError} when a record of traffic has no readable time, or a lookup no name
 */
export function nssEvent(record: NssRecord, fallback: number | null, referenceMs: number): OcsfEvent | null {
  if (record.feed === "other") return null;
  const base: EventBase = {
    product: PRODUCT,
    time: timeOf(record, fallback, referenceMs),
    uid: record.get("recordId"),
    event_code: record.feed,
  };
  switch (record.feed) {
    case "web":
      return webEvent(record, base);
    case "firewall":
      return firewallEvent(record, base);
    case "dns":
      return dnsEvent(record, base);
    case "tunnel":
      return tunnelEvent(record, base);
  }
}

function timeOf(record: NssRecord, fallback: number | null, referenceMs: number): number {
  const written = record.get("time");
  const time = written === undefined ? undefined : parseNssTime(written, record.get("zone"), referenceMs);
  const epoch = time ?? parseNssTime(record.get("epoch") ?? "", undefined, referenceMs) ?? fallback ?? undefined;
  if (epoch === undefined) throw new MalformedInputError(`an NSS record without a readable time`);
  return epoch;
}

function webEvent(record: NssRecord, base: EventBase): OcsfEvent {
  const protocol = record.get("protocol")?.toUpperCase();
  const url = urlOf(record, protocol);
  const host = record.get("host") ?? url?.hostname;
  const name = uploadOf(record);
  const category = record.get("category");
  if (url !== undefined && category !== undefined) url.categories = [category];
  return createWebEvent(base, {
    client: clientOf(record),
    server: serverOf(host, record.get("serverIp"), port(record, "serverPort") ?? url?.port),
    user: loginOf(record.get("user")),
    device: machineOf(record),
    method: record.get("method"),
    url,
    version: /^\d(?:\.\d)?$/.exec(record.get("version") ?? "")?.[0],
    referrer: record.get("referrer") ?? fromBase64(record.get("referrerBase64")),
    userAgent: record.get("agent"),
    status: count(record, "status"),
    contentType: record.get("contentType"),
    bytesOut: count(record, "requestSize"),
    bytesIn: count(record, "responseSize"),
    bytesTotal: count(record, "totalSize"),
    verdict: verdictOf(record.get("action")),
    policy: policyNamed(label(record, "rule")),
    statusDetail: record.get("reason"),
    appName: label(record, "app"),
    file: name,
    unmapped: unmapped({ protocol, publicIp: specified(record.get("publicIp")) }),
  });
}

/** NSS writes `host/path` without a scheme; a tunnel's is `host:port`. */
function urlOf(record: NssRecord, protocol: string | undefined): OcsfUrl | undefined {
  const written = record.get("url") ?? fromBase64(record.get("urlBase64")) ?? record.get("host");
  if (written === undefined) return undefined;
  const isTunnel = record.get("method")?.toUpperCase() === "CONNECT";
  if (/^[A-Za-z][A-Za-z0-9+.-]{1,15}:\/\//.test(written)) return splitUrl(written);
  if (isTunnel) return splitUrl(written.endsWith("/") ? written.slice(0, -1) : written);
  const scheme = protocol === "HTTPS" ? "https" : protocol === "HTTP" ? "http" : protocol === "FTP" ? "ftp" : undefined;
  return splitUrl(scheme === undefined ? written : `${scheme}://${written}`);
}

function uploadOf(record: NssRecord): OcsfEvent["file"] {
  const name = record.get("uploadName");
  if (name === undefined) return undefined;
  const sha256 = record.get("sha256");
  return sha256 !== undefined && /^[0-9A-Fa-f]{64}$/.test(sha256)
    ? { name, type_id: 1, hashes: [{ algorithm_id: 3, algorithm: "SHA-256", value: sha256 }] }
    : { name, type_id: 1 };
}

function firewallEvent(record: NssRecord, base: EventBase): OcsfEvent {
  const verdict = verdictOf(record.get("action"));
  const translated = specified(record.get("natClientIp"));
  const client = clientOf(record) ?? endpointOf(translated, port(record, "clientPort")) ?? { name: "unknown" };
  if (translated !== undefined && client.ip !== translated) client.proxy_endpoint = { ip: translated };
  const duration = count(record, "duration");
  const denied = verdict === "dropped" || verdict === "blocked" || verdict === "reset";
  return createConnectionEvent(base, {
    activityId: denied ? 5 : 6,
    client,
    server:
      serverOf(record.get("host"), record.get("serverIp"), port(record, "serverPort")) ??
      endpointOf(record.get("serverIp"), port(record, "serverPort")),
    user: loginOf(record.get("user")),
    device: machineOf(record),
    protocol: record.get("protocol"),
    applicationProtocol: record.get("service")?.toLowerCase(),
    appName: label(record, "app"),
    bytesOut: count(record, "outBytes"),
    bytesIn: count(record, "inBytes"),
    count: count(record, "sessions") === 0 ? undefined : count(record, "sessions"),
    startTime: duration === undefined ? undefined : base.time - duration,
    endTime: duration === undefined ? undefined : base.time,
    durationMs: duration,
    verdict,
    firewallRule: policyNamed(label(record, "rule")),
    unmapped: unmapped({ action: record.get("action"), tunnelType: record.get("tunnelType") }),
  });
}

/** What Zscaler calls a record's type: `A record`, `AAAA`. */
function dnsEvent(record: NssRecord, base: EventBase): OcsfEvent {
  const name = record.get("query");
  if (name === undefined) throw new MalformedInputError("an NSS DNS record without a name");
  const response = record.get("response");
  const code = RCODE.test(response ?? "")
    ? response
    : RCODE.test(record.get("dnsError") ?? "")
      ? record.get("dnsError")
      : undefined;
  const answer = response === undefined || response === code || response === "EMPTY_RESP" ? undefined : response;
  const verdict =
    stricter(verdictOf(record.get("requestAction")), verdictOf(record.get("responseAction"))) ??
    verdictOf(record.get("action"));
  const control = verdictFields(verdict);
  const user = loginOf(record.get("user"));
  const rule = policyNamed(label(record, "requestRule"));
  const responseTime = count(record, "duration");
  return createEvent(4003, response === undefined && code === undefined ? 1 : 6, base, {
    actor: user === undefined ? undefined : { user },
    device: machineOf(record),
    src_endpoint: clientOf(record),
    dst_endpoint: endpointOf(record.get("serverIp"), port(record, "serverPort")) ?? { svc_name: "Zscaler DNS" },
    query: {
      hostname: normaliseHostname(name),
      type: record
        .get("queryType")
        ?.replace(/ record$/i, "")
        .toUpperCase(),
    },
    answers:
      answer === undefined
        ? undefined
        : answer
            .split(/[;|,]\s*/)
            .filter((rdata) => rdata !== "")
            .slice(0, 64)
            .map((rdata) => ({ rdata, type: addressType(rdata) })),
    ...rcodeOf(code ?? (answer === undefined ? undefined : "NOERROR")),
    duration: responseTime,
    ...control,
    policy: control === undefined ? undefined : rule,
    app_name: label(record, "app"),
    connection_info: dnsProtocol(record.get("protocol")),
    unmapped: unmapped({ category: record.get("category"), dnsError: record.get("dnsError") }),
  });
}

const RCODE = /^(?:NOERROR|NXDOMAIN|SERVFAIL|REFUSED|FORMERR|NOTIMP|NOTAUTH|YXDOMAIN|NOTZONE)$/;

function dnsProtocol(name: string | undefined): OcsfEvent["connection_info"] {
  const lower = name?.toLowerCase();
  const number = lower === "udp" ? 17 : lower === "tcp" ? 6 : undefined;
  return lower === undefined
    ? undefined
    : { direction_id: 0, protocol_name: lower, ...(number === undefined ? {} : { protocol_num: number }) };
}

/** GRE and IPsec tunnels of a site to Zscaler: their counters sum up what the other feeds tell by session, so they are no traffic of their own. */
function tunnelEvent(record: NssRecord, base: EventBase): OcsfEvent {
  const event = record.get("tunnelEvent");
  return createConnectionEvent(base, {
    activityId: /is up/i.test(event ?? "") ? 1 : /is down/i.test(event ?? "") ? 2 : 6,
    client: endpointOf(record.get("tunnelSource"), port(record, "tunnelSourcePort")),
    server: endpointOf(record.get("tunnelDestination"), port(record, "tunnelDestinationPort")) ?? {
      svc_name: "Zscaler tunnel",
    },
    user: ipAddress(record.get("user")) === undefined ? loginOf(record.get("user")) : undefined,
    protocol: /^gre/i.test(record.get("tunnelType") ?? "") ? "gre" : undefined,
    statusDetail: event,
    unmapped: unmapped({
      recordType: record.get("tunnelRecord"),
      tunnelType: record.get("tunnelType"),
      sent: record.get("sent"),
      received: record.get("received"),
    }),
  });
}

function clientOf(record: NssRecord): OcsfEndpoint | undefined {
  return endpointOf(specified(record.get("clientIp")) ?? specified(record.get("publicIp")), port(record, "clientPort"));
}

/** 0.0.0.0 stands for a client whose address did not come with the traffic. */
function specified(address: string | undefined): string | undefined {
  return address === "0.0.0.0" || address === "::" ? undefined : ipAddress(address);
}

/** The device's name stands in its own field, or before the colon of the name it is enrolled by. */
function machineOf(record: NssRecord): OcsfDevice | undefined {
  const enrolled = label(record, "deviceName");
  const host = label(record, "deviceHost") ?? enrolled?.split(":", 1)[0];
  return deviceOf(host, undefined, record.get("deviceOs"));
}

/** `Allowed`, `Blocked`, `Allow due to insufficient app data`, `REQ_ALLOW`, `Drop`, `Block/Reset`. */
function verdictOf(action: string | undefined): Verdict | undefined {
  if (action === undefined) return undefined;
  const text = action.toLowerCase().replace(/^re[qs]_/, "");
  if (text.startsWith("allow") || text.startsWith("caution") || text.startsWith("bypass")) return "allowed";
  if (text.startsWith("drop") || text === "block/drop" || text === "block drop") return "dropped";
  if (text.startsWith("reset") || text === "block/reset" || text === "block reset") return "reset";
  if (text.startsWith("isolat")) return "isolated";
  if (text.startsWith("quarantine")) return "quarantined";
  return /^(?:block|den)/.test(text) ? "blocked" : undefined;
}

function stricter(request: Verdict | undefined, response: Verdict | undefined): Verdict | undefined {
  return request === undefined || request === "allowed" ? (response ?? request) : request;
}

/** Rule and application names are written percent-encoded by most templates. */
function label(record: NssRecord, field: NssField): string | undefined {
  const value = record.get(field);
  return value === undefined ? undefined : decodePercent(value);
}

function count(record: NssRecord, field: NssField): number | undefined {
  const value = record.get(field);
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** 0 stands for none. */
function port(record: NssRecord, field: NssField): number | undefined {
  const value = count(record, field);
  return value === 0 ? undefined : value;
}

function fromBase64(value: string | undefined): string | undefined {
  if (value === undefined || value.length > 65_536 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return undefined;
  try {
    const bytes = atob(value.replaceAll("-", "+").replaceAll("_", "/"));
    return bytes === "" ? undefined : bytes;
  } catch {
    return undefined;
  }
}

function unmapped(fields: Record<string, string | undefined>): Record<string, unknown> | undefined {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : Object.fromEntries(present);
}
