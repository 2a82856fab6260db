/**
 * Sophos Firewall (XG, SFOS: the older and the newer names) and Sophos UTM: firewall and threat records -> Network Activity, web
 * records -> HTTP Activity, sign-ons -> Authentication, leases -> DHCP Activity, administration -> API Activity.
 *
 * @see https://docs.sophos.com/nsg/sophos-firewall/latest/help/en-us/webhelp/onlinehelp/
 */
import type { OcsfEndpoint, OcsfEvent, OcsfUrl } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { address, count, endOf, fieldsOfJson, leftOver, mac, port, told, type Fields } from "../network/fields.ts";
import { looseHeader } from "../network/loose-header.ts";
import { createSession, reporterOf, type Counters } from "../network/session.ts";
import { sophosEvent } from "../network/sophos-events.ts";
import { isSophosUtm, utmEvent } from "../network/sophos-utm.ts";
import type { EventBase } from "../ocsf.ts";
import { zoneAhead } from "../tables/time-zones.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import type { Verdict } from "../web/verdict.ts";

const PRODUCT = { name: "Sophos Firewall", vendor_name: "Sophos" } as const;

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["emergency", 6],
  ["alert", 5],
  ["critical", 5],
  ["error", 4],
  ["warning", 3],
]);

/** log_subtype, action or status, lower case -> what was done. */
const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["allowed", "allowed"],
  ["allow", "allowed"],
  ["clean", "allowed"],
  ["denied", "blocked"],
  ["deny", "blocked"],
  ["blocked", "blocked"],
  ["virus", "blocked"],
  ["drop", "dropped"],
  ["dropped", "dropped"],
  ["reject", "rejected"],
  ["warned", "challenged"],
  ["alert", "alerted"],
  ["detect", "alerted"],
  ["quarantined", "quarantined"],
]);

const LEFT = [
  "log_type",
  "log_component",
  "log_subtype",
  "user_gp",
  "category",
  "http_category",
  "application_category",
  "app_category",
  "application_risk",
  "app_risk",
  "src_country_code",
  "dst_country_code",
  "src_country",
  "dst_country",
  "virus",
  "threatname",
  "signature_msg",
  "upload_file_name",
  "upload_file_type",
  "download_file_name",
  "FTP_direction",
  "filename",
  "from_email_address",
  "to_email_address",
  "hb_health",
  "hb_status",
] as const;

export default defineMap({
  id: "sophos-firewall",
  title: "Sophos Firewall and Sophos UTM",
  product: PRODUCT,
  reference: "https://docs.sophos.com/nsg/sophos-firewall/latest/help/en-us/webhelp/onlinehelp/",
  lane: "network",
  exporting:
    "System services, Log settings: a syslog server with the device standard or central reporting format, and " +
    "firewall, web filter, application and authentication logs ticked; 'Log firewall traffic' on the rules.",
  limits: [
    "Bytes of a connection show when it stops; interim records carry running totals, which are not added up.",
    "A web record counts the bytes of its transaction, which the firewall record of the same connection counts too.",
    "Path and method show only where the firewall decrypts TLS; Sophos UTM counts what came back alone.",
  ],
  recognise({ line, body, json }) {
    if (json !== null)
      return typeof json["log_component"] === "string" &&
        typeof json["log_subtype"] === "string" &&
        json["log_id"] !== undefined
        ? 0.95
        : 0;
    if (body.includes('log_component="') && body.includes("log_id=") && body.includes("log_subtype=")) return 0.97;
    return isSophosUtm(line) ? 0.95 : 0;
  },
  conform(record, { fileModifiedTime }) {
    if (record.json === null && isSophosUtm(record.line))
      return utmEvent({ product: PRODUCT }, record, fileModifiedTime);
    const fields = record.json === null ? readKeyValues(record.body) : fieldsOfJson(record.json);
    const header = looseHeader(record, fileModifiedTime);
    const base: EventBase = {
      product: PRODUCT,
      time: timeOf(fields) ?? header.time ?? unreadable(),
      event_code: told(fields, "log_id"),
      severity_id: SEVERITIES.get(told(fields, "severity", "priority")?.toLowerCase() ?? ""),
    };
    const reporter = reporterOf(header.hostname, told(fields, "device_serial_id", "device_id"));
    return told(fields, "log_type") === "Event"
      ? sophosEvent(base, fields, reporter)
      : sessionEvent(base, fields, reporter);
  },
});

type Reporter = OcsfEvent["metadata"]["reporter"];

function unreadable(): never {
  throw new MalformedInputError("Sophos record without a readable time");
}

/** `timestamp` with its zone, or `date`, `time` and the zone's name. */
function timeOf(fields: Fields): number | undefined {
  const stamp = told(fields, "timestamp");
  const time = stamp === undefined ? undefined : parseIsoTime(stamp);
  if (time !== undefined) return time;
  const local = parseIsoTime(`${told(fields, "date") ?? ""}T${told(fields, "time") ?? ""}`);
  return local === undefined ? undefined : local - (zoneAhead(told(fields, "timezone")) ?? 0);
}

/** null for records of no conversation: system health, wireless, mail without addresses. */
function sessionEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent | null {
  const url = urlOf(fields);
  const source = sourceOf(fields);
  const destination = destinationOf(fields, url);
  if (source === undefined && destination === undefined) return null;
  const verdict =
    VERDICTS.get(told(fields, "log_subtype")?.toLowerCase() ?? "") ??
    VERDICTS.get(told(fields, "action", "status")?.toLowerCase() ?? "");
  const event = told(fields, "con_event", "connevent")?.toLowerCase();
  const counters = countersOf(fields);
  const seconds = count(fields, "duration");
  const refused = verdict === "blocked" || verdict === "dropped" || verdict === "rejected";
  return createSession(base, {
    activityId: refused ? 5 : event === "start" ? 1 : event === "stop" ? 2 : 6,
    source,
    destination,
    user: loginOf(told(fields, "user_name", "user", "login_user")),
    protocol: told(fields, "protocol", "ws_protocol"),
    uid: told(fields, "con_id", "connid"),
    direction: directionOf(fields),
    traffic: event === "interim" ? undefined : counters,
    cumulative: event === "interim" ? counters : undefined,
    durationMs: seconds === undefined || event === "start" ? undefined : seconds * 1000,
    verdict,
    rule: { name: told(fields, "fw_rule_name"), uid: told(fields, "fw_rule_id") },
    policy: told(fields, "web_policy_name", "ips_policy_name", "av_policy_name", "policy_name"),
    appName: told(fields, "app_name", "application_name", "application"),
    request:
      url === undefined
        ? undefined
        : {
            method: told(fields, "http_method", "method"),
            url,
            userAgent: told(fields, "http_user_agent", "user_agent", "useragent"),
            referrer: told(fields, "referer", "http_referer"),
            status: count(fields, "http_status", "status_code", "httpresponsecode", "httpstatus"),
            contentType: told(fields, "content_type", "contenttype"),
          },
    statusDetail: told(fields, "reason"),
    message: told(fields, "message", "signature_msg"),
    reporter,
    unmapped: leftOver(fields, LEFT),
  });
}

function countersOf(fields: Fields): Counters {
  // The web application firewall stands before servers: what it received came from the client.
  if (told(fields, "log_type") === "WAF")
    return { bytesOut: count(fields, "bytesrcv", "bytes_received"), bytesIn: count(fields, "bytessent", "bytes_sent") };
  return {
    bytesOut: count(fields, "bytes_sent", "sent_bytes"),
    bytesIn: count(fields, "bytes_received", "recv_bytes"),
    packetsOut: count(fields, "packets_sent", "sent_pkts"),
    packetsIn: count(fields, "packets_received", "recv_pkts"),
  };
}

function sourceOf(fields: Fields): OcsfEndpoint | undefined {
  return endOf({
    ip: address(fields, "src_ip", "sourceip"),
    port: port(fields, "src_port"),
    mac: mac(fields, "src_mac"),
    zone: told(fields, "src_zone", "srczone"),
    interfaceName: told(fields, "in_interface"),
    translatedIp: address(fields, "src_trans_ip", "tran_src_ip"),
    translatedPort: port(fields, "src_trans_port", "tran_src_port"),
  });
}

function destinationOf(fields: Fields, url: OcsfUrl | undefined): OcsfEndpoint | undefined {
  return endOf({
    ip: address(fields, "dst_ip", "destinationip", "localip"),
    port: port(fields, "dst_port"),
    hostname: told(fields, "domain", "domainname", "website") ?? url?.hostname,
    mac: mac(fields, "dst_mac"),
    zone: told(fields, "dst_zone", "dstzone"),
    interfaceName: told(fields, "out_interface"),
    translatedIp: address(fields, "dst_trans_ip", "tran_dst_ip"),
    translatedPort: port(fields, "dst_trans_port", "tran_dst_port"),
  });
}

/** ATP's `url` is a bare address where it saw no request. */
function urlOf(fields: Fields): OcsfUrl | undefined {
  const text = told(fields, "url");
  if (text === undefined || (!text.includes("/") && told(fields, "log_type") === "ATP")) return undefined;
  const server = told(fields, "server");
  const url = splitUrl(text.startsWith("/") && server !== undefined ? `${server}${text}` : text);
  const category = told(fields, "http_category", "category");
  if (category !== undefined) url.categories = [category];
  return url;
}

function directionOf(fields: Fields): 0 | 1 | 2 | 3 {
  const from = told(fields, "src_zone_type", "srczonetype");
  const to = told(fields, "dst_zone_type", "dstzonetype");
  if (from === "LAN" && to === "WAN") return 2;
  if (from === "WAN" && to !== undefined && to !== "WAN") return 1;
  return from === "LAN" && to === "LAN" ? 3 : 0;
}
