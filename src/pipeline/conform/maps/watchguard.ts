/**
 * WatchGuard Firebox (Fireware) logs: traffic of packet filters and proxies -> Network Activity, requests the HTTP proxies saw -> HTTP
 * Activity, lookups -> DNS Activity, sign-ons -> Authentication.
 *
 *     … firewall: msg_id="3000-0148" Allow 1-Trusted 0-External 52 tcp 20 127 10.0.1.2 203.0.113.7 62443 80 offset 8 S … (HTTP-00)
 *     … http-proxy[2861]: msg_id="1AFF-0024" Allow 1-Trusted 0-External tcp 10.0.1.2 203.0.113.7 64425 80 msg="HTTP request" … (HTTP-proxy-00)
 *
 * @see https://www.watchguard.com/help/docs/fireware/12/en-US/log_catalog/
 */
import type { OcsfEndpoint, OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { normaliseHostname } from "../dns.ts";
import { address, count, endOf, leftOver, port, told, type Fields } from "../network/fields.ts";
import { createLogon } from "../network/logon.ts";
import { looseHeader, type LooseHeader } from "../network/loose-header.ts";
import { createSession, report, reporterOf, requireEnd, type Session } from "../network/session.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import { verdictFields, type Verdict } from "../web/verdict.ts";

const PRODUCT = { name: "Firebox", vendor_name: "WatchGuard" } as const;

const MESSAGE_ID = /msg_id="([0-9A-Fa-f]{4}-[0-9A-Fa-f]{4})"/;

/** The serial number, and the time in UTC that Fireware puts behind the header. */
const STAMP =
  / ([0-9A-Z]{10,16}) (?:\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\) )?(?:\S{1,64} )?[A-Za-z0-9_.-]{2,40}(?:\[\d{1,10}\])?: msg_id=/;

const ISO_HEADER =
  /^(?:<\d{1,3}>)?(?:1 )?(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})?)(?: (?!(?:Allow|Deny) )([A-Za-z0-9_.:-]{1,255}))? /;

/** disposition, interfaces, length, protocol, header length and TTL, addresses, ports (for ICMP type and code). */
const TRAFFIC =
  /^ ?(Allow|Deny|Drop|Block) (\S.{0,120}?) (?:\d{1,5} )?([a-z][a-z0-9-]{1,15}|\d{1,3}) (?:\d{1,3} \d{1,3} )?([0-9A-Fa-f.:]{3,45}) ([0-9A-Fa-f.:]{3,45}) (\d{1,5}) (\d{1,5})(?= |$)/;

/** Traffic Monitor's order: disposition, addresses, service/protocol, ports, interfaces. */
const MONITOR =
  / (Allow|Deny) ([0-9A-Fa-f.:]{3,45}) ([0-9A-Fa-f.:]{3,45}) ([a-z0-9.-]{1,40})\/([a-z0-9-]{2,12}) (\d{1,5}) (\d{1,5}) (\S{1,64}) (\S{1,64}) /;

const POLICY = /\(([^()]{1,128})\)\s*$/;

const LOGON =
  /\b(?:Authentication of (.{1,60}) user \[?([^\][\s]{1,200})\]? from ([0-9A-Fa-f.:]{3,45}) was (accepted|rejected)(?:, (.{1,200}))?|(.{1,60}) user \[?([^\][\s]{1,200})\]? from ([0-9A-Fa-f.:]{3,45}) log(?:ged)? ?(in|out|off))/;

const LEFT = [
  "proxy_act",
  "app_cat_name",
  "cat_name",
  "app_beh_name",
  "cats",
  "reputation",
  "signature_name",
  "virus",
  "dlp_sensor",
  "dlp_rule",
  "md5",
  "geo_src",
  "geo_dst",
  "filename",
  "file_name",
  "content_type",
] as const;

export default defineMap({
  id: "watchguard",
  title: "WatchGuard Firebox",
  product: PRODUCT,
  reference: "https://www.watchguard.com/help/docs/fireware/12/en-US/log_catalog/",
  lane: "network",
  exporting:
    "Setup, Logging: a syslog server in the format IBM LEEF or Syslog; tick 'Send a log message' (and, for " +
    "reports, 'for each connection') on the policies that lead outside.",
  limits: [
    "Bytes show only in the record of a connection's end and in requests, which are counted in both where both are logged.",
    "The HTTPS proxy knows the server's name alone unless content inspection is on.",
  ],
  recognise: ({ line, json }) => (json === null && line.includes("msg_id=") && MESSAGE_ID.test(line) ? 0.96 : 0),
  conform(record, { fileModifiedTime }) {
    const { line } = record;
    const id = MESSAGE_ID.exec(line);
    if (id === null) throw new MalformedInputError("Firebox record without a message id");
    const stamp = STAMP.exec(line);
    const header = headerOf(line, looseHeader(record, fileModifiedTime));
    const time = (stamp?.[2] === undefined ? undefined : parseIsoTime(stamp[2])) ?? header.time;
    if (time === undefined) throw new MalformedInputError("Firebox record without a readable time");
    const base: EventBase = { product: PRODUCT, time, event_code: id[1]! };
    const reporter = reporterOf(header.hostname, stamp?.[1]);
    const text = line.slice(id.index + id[0].length);
    const flow = readFlow(line, text);
    if (flow === null) {
      if (/^ ?(?:Allow|Deny) /.test(text)) throw new MalformedInputError("Firebox traffic record cut off");
      return logonEvent(base, text, reporter);
    }
    return told(flow.fields, "question") !== undefined
      ? dnsEvent(base, flow, reporter)
      : sessionEvent(base, flow, reporter);
  },
});

type Reporter = OcsfEvent["metadata"]["reporter"];

interface Flow {
  readonly verdict: Verdict;
  readonly protocol: string;
  readonly service: string | undefined;
  readonly source: OcsfEndpoint | undefined;
  readonly destination: OcsfEndpoint | undefined;
  readonly policy: string | undefined;
  readonly fields: Fields;
}

function headerOf(line: string, loose: LooseHeader): LooseHeader {
  const iso = ISO_HEADER.exec(line);
  return {
    time: loose.time ?? (iso === null ? undefined : parseIsoTime(iso[1]!)),
    hostname: loose.hostname ?? iso?.[2],
  };
}

/** null for a record of no traffic. */
function readFlow(line: string, text: string): Flow | null {
  const match = TRAFFIC.exec(text);
  if (match !== null) {
    const [whole, disposition, interfaces, protocol, source, destination, from, to] = match as unknown as string[];
    const fields = readKeyValues(text.slice(whole!.length));
    return flowOf(
      fields,
      disposition!,
      protocol!,
      undefined,
      [source!, from!],
      [destination!, to!],
      interfaces!.split(" "),
      POLICY.exec(text)?.[1],
    );
  }
  const monitor = MONITOR.exec(line);
  if (monitor !== null) {
    const [whole, disposition, source, destination, service, protocol, from, to, inside, outside] =
      monitor as unknown as string[];
    const rest = line.slice(monitor.index + whole!.length);
    return flowOf(
      readKeyValues(rest),
      disposition!,
      protocol!,
      service,
      [source!, from!],
      [destination!, to!],
      [inside!, outside!],
      /\(([^()]{1,128})\)/.exec(rest)?.[1],
    );
  }
  const fields = readKeyValues(text);
  if (!fields.has("src_ip") || !fields.has("dst_ip")) return null;
  return flowOf(
    fields,
    told(fields, "action") ?? "Allow",
    told(fields, "proto", "protocol") ?? "",
    undefined,
    [told(fields, "src_ip") ?? "", told(fields, "src_port") ?? ""],
    [told(fields, "dst_ip") ?? "", told(fields, "dst_port") ?? ""],
    [told(fields, "src_intf") ?? "", told(fields, "dst_intf") ?? ""],
    told(fields, "policy"),
  );
}

function flowOf(
  fields: Fields,
  disposition: string,
  protocol: string,
  service: string | undefined,
  [sourceIp, sourcePort]: readonly [string, string],
  [destinationIp, destinationPort]: readonly [string, string],
  interfaces: readonly string[],
  policy: string | undefined,
): Flow {
  const hasPorts = protocol !== "icmp" && protocol !== "icmpv6";
  // Names of interfaces may hold blanks; then it does not show where the first ends.
  const [inside, outside] = interfaces.length === 2 ? interfaces : [];
  const dropped = /^ProxyDrop/.test(told(fields, "msg") ?? "");
  return {
    verdict: /^allow/i.test(disposition) ? "allowed" : dropped || /^drop/i.test(disposition) ? "dropped" : "blocked",
    protocol,
    service,
    source: endOf({
      ip: ipAddress(sourceIp),
      port: hasPorts ? portFrom(sourcePort) : undefined,
      interfaceName: inside === "" ? undefined : inside,
      translatedIp: address(fields, "src_ip_nat"),
      translatedPort: port(fields, "src_port_nat"),
    }),
    destination: endOf({
      ip: ipAddress(destinationIp),
      port: hasPorts ? portFrom(destinationPort) : undefined,
      hostname: told(fields, "dstname", "sni", "host", "cn"),
      interfaceName: outside === "" ? undefined : outside,
      translatedIp: address(fields, "dst_ip_nat", "srv_ip"),
      translatedPort: port(fields, "dst_port_nat", "srv_port"),
    }),
    policy,
    fields,
  };
}

function portFrom(text: string): number | undefined {
  const number = Number(text);
  return Number.isInteger(number) && number >= 1 && number <= 65_535 ? number : undefined;
}

function sessionEvent(base: EventBase, flow: Flow, reporter: Reporter): OcsfEvent {
  const { fields, verdict } = flow;
  const seconds = /^(\d{1,7}(?:\.\d{1,6})?)/.exec(told(fields, "duration", "elapsed_time") ?? "");
  const bytesOut = count(fields, "sent_bytes");
  const request = requestOf(flow);
  return createSession(base, {
    activityId: verdict !== "allowed" ? 5 : told(fields, "duration") !== undefined ? 2 : bytesOut === undefined ? 1 : 6,
    source: flow.source,
    destination: flow.destination,
    user: userOf(told(fields, "src_user", "user")),
    protocol: flow.protocol,
    sni: told(fields, "sni")?.toLowerCase(),
    traffic: {
      bytesOut,
      bytesIn: count(fields, "rcvd_bytes"),
      packetsOut: count(fields, "sent_pkts"),
      packetsIn: count(fields, "rcvd_pkts"),
    },
    durationMs: seconds === null ? undefined : Math.round(Number(seconds[1]) * 1000),
    verdict,
    rule: { name: flow.policy, uid: undefined },
    policy: told(fields, "proxy_act"),
    appName: told(fields, "app_name"),
    service: flow.service,
    request,
    statusDetail: told(fields, "msg"),
    reporter,
    unmapped: leftOver(fields, LEFT),
  });
}

/** A request shows by its operation or its path; a name alone is only where the connection went. */
function requestOf({ fields, destination }: Flow): Session["request"] {
  const host = told(fields, "dstname", "host");
  const path = told(fields, "arg", "path");
  const operation = told(fields, "op", "method");
  if (host === undefined || (path === undefined && operation === undefined)) return undefined;
  const tunnel = operation === "CONNECT" && path === undefined;
  const scheme = destination?.port === 443 ? "https://" : destination?.port === 80 ? "http://" : "";
  const url: OcsfUrl = splitUrl(tunnel ? `${host}:${destination?.port ?? 443}` : `${scheme}${host}${path ?? "/"}`);
  const category = told(fields, "cats");
  if (category !== undefined) url.categories = [category];
  return { method: operation, url, userAgent: told(fields, "user_agent"), contentType: told(fields, "content_type") };
}

function dnsEvent(base: EventBase, flow: Flow, reporter: Reporter): OcsfEvent {
  requireEnd(flow);
  const user = userOf(told(flow.fields, "src_user"));
  const event = createEvent(4003, 1, base, {
    actor: user === undefined ? undefined : { user },
    src_endpoint: flow.source,
    dst_endpoint: flow.destination,
    query: {
      hostname: normaliseHostname(told(flow.fields, "question")!),
      type: told(flow.fields, "record_type"),
    },
    ...verdictFields(flow.verdict),
    firewall_rule: flow.policy === undefined ? undefined : { name: flow.policy },
    unmapped: leftOver(flow.fields, LEFT),
  });
  return report(event, reporter);
}

/** null for notices of other kinds. */
function logonEvent(base: EventBase, text: string, reporter: Reporter): OcsfEvent | null {
  const match = LOGON.exec(text);
  if (match === null) return null;
  const [, authenticated, login, from, outcome, reason, kind, person, address_, way] = match;
  return createLogon(base, {
    activity: way === "out" || way === "off" ? 2 : 1,
    user: userOf(login ?? person),
    service: `Firebox ${(authenticated ?? kind ?? "").trim().replace(/^an? /, "")}`.trim(),
    source: endOf({ ip: ipAddress(from ?? address_) }),
    succeeded: outcome === undefined || outcome === "accepted",
    detail: reason,
    message: text.trim().slice(0, 500),
    reporter,
  });
}

/** `bob@Firebox-DB` is a login and where it was checked; `bob@acme.example` an address. */
function userOf(text: string | undefined): OcsfUser | undefined {
  const user = loginOf(text);
  if (user?.name === undefined || user.email_addr !== undefined || user.domain !== undefined) return user;
  const at = user.name.indexOf("@");
  return at > 0 && at < user.name.length - 1 ? { name: user.name.slice(0, at), domain: user.name.slice(at + 1) } : user;
}
