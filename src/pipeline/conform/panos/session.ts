/**
 * TRAFFIC, THREAT and DECRYPTION logs -> Network Activity, HTTP Activity where a request or web transfer shows, DNS Activity
 * where a lookup does. Threats too are told as what happened on the network, marked as alerts, so that each has its two
 * ends, user and session. Every log of a session carries its id as `connection_info.uid`: the URL stands in one log, the bytes in another.
 */
import type { OcsfEvent, OcsfFile, OcsfUrl } from "../../../model/activity.ts";
import { isIpAddress } from "../decoders/ip-address.ts";
import { normaliseHostname } from "../dns.ts";
import { address, count, endOf, leftOver, mac, port, told, type Fields } from "../network/fields.ts";
import { createSession, report, type Counters, type Session } from "../network/session.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { PANOS_SEVERITIES, PANOS_VERDICTS } from "../tables/panos-actions.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import { parseEventTime } from "../decoders/event-time.ts";
import type { PanosRecord } from "./record.ts";

type Reporter = OcsfEvent["metadata"]["reporter"];

export function severityOf(fields: Fields): number | undefined {
  return PANOS_SEVERITIES.get(told(fields, "severity")?.toLowerCase() ?? "");
}

const LEFT = [
  "subtype",
  "vsys",
  "logset",
  "category",
  "srcloc",
  "dstloc",
  "direction",
  "threatid",
  "thr_category",
  "xff",
  "xff_ip",
  "url_category_list",
  "category_of_app",
  "subcategory_of_app",
  "action_source",
  "tunnel",
  "dynusergroup_name",
  "filetype",
  "sender",
  "recipient",
  "subject",
  "proxy_type",
] as const;

const LEFT_UNFORWARDED = LEFT.filter((name) => name !== "xff_ip");

/** `start` tells of a session that goes on, `end`, `drop` and `deny` of one that is over: only those add to the sums. */
export function trafficEvent(base: EventBase, record: PanosRecord, reporter: Reporter): OcsfEvent {
  const { fields, subtype } = record;
  const counters: Counters = {
    bytesOut: count(fields, "bytes_sent"),
    bytesIn: count(fields, "bytes_received"),
    bytesTotal: count(fields, "bytes"),
    packetsOut: count(fields, "pkts_sent"),
    packetsIn: count(fields, "pkts_received"),
  };
  const starts = subtype === "start";
  const seconds = count(fields, "elapsed");
  const startTime = startOf(fields, base.time);
  return createSession(base, {
    ...sessionOf(fields, reporter),
    activityId: starts ? 1 : endingOf(subtype, told(fields, "session_end_reason")),
    startTime: startTime ?? (starts ? base.time : undefined),
    durationMs: starts || seconds === undefined ? undefined : seconds * 1000,
    traffic: starts ? undefined : counters,
    cumulative: starts ? counters : undefined,
    statusDetail: told(fields, "session_end_reason"),
  });
}

/** Written without a zone, as the time of the log is: what that is off by, this is too. */
function startOf(fields: Fields, time: number): number | undefined {
  const start = parseEventTime(told(fields, "start"), time);
  const generated = parseEventTime(told(fields, "time_generated"), time);
  if (start === undefined || generated === undefined) return start;
  return start - Math.round((generated - time) / QUARTER_HOUR) * QUARTER_HOUR;
}

const QUARTER_HOUR = 900_000;

function endingOf(subtype: string, reason: string | undefined): Session["activityId"] {
  if (subtype === "drop" || subtype === "deny" || reason === "policy-deny" || reason === "threat") return 5;
  return reason !== undefined && reason.startsWith("tcp-rst") ? 3 : 2;
}

/** URL, file and data filtering, and what the threat engines found. */
export function threatEvent(base: EventBase, record: PanosRecord, reporter: Reporter): OcsfEvent {
  const { fields, subtype } = record;
  const misc = told(fields, "misc");
  const session = sessionOf(fields, reporter);
  const threat = subtype === "url" ? undefined : threatName(told(fields, "threatid"));
  const common: Session = { ...session, activityId: 6, message: threat, statusDetail: told(fields, "reason") };

  if (
    subtype === "spyware" &&
    misc !== undefined &&
    (session.appName?.startsWith("dns") ?? false) &&
    !misc.includes("/")
  )
    return alert(lookupEvent(base, common, misc));

  const url = urlOf(subtype, fields, misc);
  const file =
    url !== undefined && subtype !== "file" && subtype !== "data" && !subtype.startsWith("wildfire")
      ? undefined
      : fileOf(subtype, fields, misc);
  const method = told(fields, "http_method");
  const isWeb =
    url !== undefined ||
    (method !== undefined && method !== "unknown") ||
    (file !== undefined && isWebTransfer(fields));
  if (!isWeb) {
    const event = createSession(
      base,
      file === undefined ? common : { ...common, unmapped: { ...common.unmapped, file } },
    );
    return subtype === "file" ? event : alert(event);
  }
  const destination = session.destination;
  const event = createSession(base, {
    ...common,
    destination:
      destination === undefined || url?.hostname === undefined || isIpAddress(url.hostname)
        ? destination
        : { ...destination, hostname: url.hostname },
    request: {
      method: method === "unknown" ? undefined : method,
      url,
      userAgent: told(fields, "user_agent"),
      referrer: told(fields, "referer"),
      forwardedFor: forwardedFor(fields),
      version: /^[1-9]/.test(told(fields, "http2_connection") ?? "") ? "2" : undefined,
      contentType: told(fields, "contenttype"),
    },
    file,
  });
  return subtype === "url" || subtype === "file" ? event : alert(event);
}

/** The handshake of a session that is, or might have been, decrypted: its name where TLS hides the rest. */
export function decryptionEvent(base: EventBase, { fields }: PanosRecord, reporter: Reporter): OcsfEvent {
  const session = sessionOf(fields, reporter);
  const sni = told(fields, "sni")?.toLowerCase();
  const version = told(fields, "tls_version");
  const name = sni ?? told(fields, "cn");
  const event = createSession(base, {
    ...session,
    activityId: 6,
    destination:
      session.destination === undefined || name === undefined || name.includes("*")
        ? session.destination
        : { ...session.destination, hostname: normaliseHostname(name) },
    message: told(fields, "error"),
  });
  if (version !== undefined)
    event.tls = { sni, version: version.replace(/^TLSv?/i, ""), cipher: told(fields, "tls_enc") };
  return event;
}

function sessionOf(fields: Fields, reporter: Reporter): Session {
  const action = told(fields, "action")?.toLowerCase();
  return {
    activityId: 6,
    source: endOf({
      ip: address(fields, "src"),
      port: port(fields, "sport"),
      hostname: told(fields, "src_host"),
      mac: mac(fields, "src_mac"),
      zone: told(fields, "from"),
      interfaceName: told(fields, "inbound_if"),
      translatedIp: address(fields, "natsrc"),
      translatedPort: port(fields, "natsport"),
    }),
    destination: endOf({
      ip: address(fields, "dst"),
      port: port(fields, "dport"),
      hostname: told(fields, "dst_host"),
      zone: told(fields, "to"),
      interfaceName: told(fields, "outbound_if"),
      translatedIp: address(fields, "natdst"),
      translatedPort: port(fields, "natdport"),
    }),
    user: userOf(told(fields, "srcuser")),
    protocol: told(fields, "proto"),
    uid: sessionId(fields),
    verdict: action === undefined ? undefined : PANOS_VERDICTS.get(action),
    rule: { name: told(fields, "rule"), uid: told(fields, "rule_uuid") },
    appName: told(fields, "app"),
    reporter,
    unmapped: leftOver(fields, told(fields, "xff_ip") === "0.0.0.0" ? LEFT_UNFORWARDED : LEFT),
  };
}

/** Dropped before a session came to be: 0. */
function sessionId(fields: Fields): string | undefined {
  const id = told(fields, "sessionid");
  return id === "0" ? undefined : id;
}

/** A proxy's firewall may write the header of the forwarded address where the user belongs. */
function userOf(text: string | undefined): ReturnType<typeof loginOf> {
  return text === undefined || text.startsWith("x-fwd-for:") ? undefined : loginOf(text);
}

function forwardedFor(fields: Fields): string[] | undefined {
  const user = told(fields, "srcuser");
  const header =
    address(fields, "xff_ip") ??
    told(fields, "xff") ??
    (user?.startsWith("x-fwd-for:") === true ? user.slice(10) : undefined);
  const list = header
    ?.split(",", 10)
    .map((part) => part.trim())
    .filter((part) => isIpAddress(part));
  return list === undefined || list.length === 0 ? undefined : list;
}

/** `Name(12345)`, `(9999)`, `12345` -> the name. */
function threatName(threatId: string | undefined): string | undefined {
  if (threatId === undefined) return undefined;
  const open = threatId.lastIndexOf("(");
  const name = open === -1 ? threatId : threatId.slice(0, open).trim();
  return name === "" ? undefined : name;
}

/** PAN-OS writes URLs without a scheme; of threats `misc` is a URL where it has a path, else a file. */
function urlOf(subtype: string, fields: Fields, misc: string | undefined): OcsfUrl | undefined {
  const text =
    subtype === "url" ||
    ((subtype === "virus" || subtype === "ml-virus" || subtype === "vulnerability" || subtype === "spyware") &&
      misc?.includes("/"))
      ? misc
      : told(fields, "file_url");
  if (text === undefined) return undefined;
  const url = splitUrl(text);
  // PAN-OS writes `-/` where it saw no name.
  if (url.hostname === "-") delete url.hostname;
  const categories = (told(fields, "url_category_list") ?? told(fields, "category"))
    ?.split(",", 20)
    .map((category) => category.trim())
    .filter((category) => category !== "" && category !== "any");
  if (categories !== undefined && categories.length > 0) url.categories = categories;
  return url;
}

function fileOf(subtype: string, fields: Fields, misc: string | undefined): OcsfFile | undefined {
  if (misc === undefined || subtype === "url" || subtype === "scan" || subtype === "flood") return undefined;
  if (subtype !== "file" && subtype !== "data" && !/\.[A-Za-z0-9]{1,10}$/.test(misc)) return undefined;
  const slash = Math.max(misc.lastIndexOf("/"), misc.lastIndexOf("\\"));
  const file: OcsfFile = { name: slash === -1 || slash === misc.length - 1 ? misc : misc.slice(slash + 1), type_id: 1 };
  if (slash !== -1) file.path = misc;
  const digest = told(fields, "filedigest");
  if (digest !== undefined && /^[0-9A-Fa-f]{64}$/.test(digest))
    file.hashes = [{ algorithm_id: 3, algorithm: "SHA-256", value: digest.toLowerCase() }];
  return file;
}

const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 3128, 8000, 8080, 8443]);

function isWebTransfer(fields: Fields): boolean {
  const app = told(fields, "app");
  return app === "web-browsing" || app === "ssl" || app === "http-proxy" || WEB_PORTS.has(port(fields, "dport") ?? 0);
}

function lookupEvent(base: EventBase, session: Session, name: string): OcsfEvent {
  const event = createSession(base, session);
  return report(
    createEvent(4003, 1, base, {
      message: event.message,
      actor: event.actor,
      src_endpoint: event.src_endpoint,
      dst_endpoint: event.dst_endpoint,
      connection_info: event.connection_info,
      app_name: event.app_name,
      action_id: event.action_id,
      action: event.action,
      disposition_id: event.disposition_id,
      disposition: event.disposition,
      firewall_rule: event.firewall_rule,
      query: { hostname: normaliseHostname(name) },
      unmapped: event.unmapped,
    }),
    session.reporter,
  );
}

/** Where the source does not say what was done, the event has no security control that could alert. */
function alert(event: OcsfEvent): OcsfEvent {
  if (event.action_id !== undefined || event.disposition_id !== undefined) event.is_alert = true;
  return event;
}
