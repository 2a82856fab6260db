/**
 * SonicWall SonicOS logs (default and enhanced syslog, ArcSight CEF) -> Network Activity; web records HTTP Activity; sign-ons
 * Authentication; configuration API Activity.
 *
 * @see https://www.sonicwall.com/techdocs/pdf/sonicos-7-0-0-0-log_events_reference_guide.pdf
 */
import type { OcsfEndpoint, OcsfEvent, OcsfUrl } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, operationActivity } from "../api-activity.ts";
import { parseIsoTime, parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { address, count, endOf, leftOver, mac, port, told, type Fields } from "../network/fields.ts";
import { createLogon } from "../network/logon.ts";
import { looseHeader } from "../network/loose-header.ts";
import { createSession, report, reporterOf, type Counters } from "../network/session.ts";
import { sonicwallEnd, sonicwallFields, sonicwallForm, sonicwallUser } from "../network/sonicwall-fields.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import type { Verdict } from "../web/verdict.ts";

const PRODUCT = { name: "SonicOS", vendor_name: "SonicWall" } as const;

/** The number of the message that opens a connection: its bytes are the first packet's, which the closing message counts too. */
const OPENED = "98";
/** `Web site hit`: its bytes are those of a request in a connection whose closing message counts them again. */
const WEB_SITE_HIT = "97";
const CLOSED: ReadonlySet<string> = new Set(["537", "1153"]);
const CONFIGURATION: ReadonlySet<string> = new Set(["1382", "1383", "1336"]);

/** `op` of web records. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ["1", "GET"],
  ["2", "POST"],
  ["3", "HEAD"],
]);

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["0", 6],
  ["1", 5],
  ["2", 5],
  ["3", 4],
  ["4", 3],
]);

const LEFT = [
  "c",
  "gcat",
  "app",
  "appcat",
  "sess",
  "note",
  "Category",
  "code",
  "ipscat",
  "ipspri",
  "sid",
  "vpnpolicy",
  "type",
  "dpi",
  "n",
] as const;

export default defineMap({
  id: "sonicwall",
  title: "SonicWall SonicOS",
  product: PRODUCT,
  reference: "https://www.sonicwall.com/techdocs/pdf/sonicos-7-0-0-0-log_events_reference_guide.pdf",
  lane: "network",
  exporting:
    "Device, Log, Syslog: the enhanced syslog or ArcSight format, with 'Display UTC time' on; in the log " +
    "settings set connection closed and web site access to syslog.",
  limits: [
    "Bytes show when a connection closes; those that a web site hit tells are among them and stand apart.",
    "Paths of HTTPS requests show only with DPI-SSL.",
    "Without UTC time stamps in the log settings the firewall's local time is read as UTC.",
  ],
  recognise: (record) => (sonicwallForm(record) === null ? 0 : 0.96),
  conform(record, { fileModifiedTime }) {
    const form = sonicwallForm(record) ?? "key-value";
    const fields = sonicwallFields(record, form);
    const header = looseHeader(record, fileModifiedTime);
    // Its CEF leaves the time to the syslog header, which collectors take off.
    const time = timeOf(fields) ?? header.time ?? (form === "cef" ? fileModifiedTime : undefined);
    if (time === undefined) throw new MalformedInputError("SonicWall record without a readable time");
    const base: EventBase = {
      product: PRODUCT,
      time,
      event_code: told(fields, "m"),
      severity_id: SEVERITIES.get(told(fields, "pri") ?? ""),
    };
    const id = told(fields, "id");
    const reporter = reporterOf(
      id === undefined || id === "firewall" ? header.hostname : id,
      told(fields, "sn"),
      address(fields, "fw"),
    );
    const message = told(fields, "msg") ?? "";
    const code = told(fields, "m") ?? "";
    if (/\b(?:log ?in|log ?out|logged (?:in|out|off)|log ?off|authentication)\b/i.test(message))
      return logonEvent(base, fields, reporter, message);
    if (CONFIGURATION.has(code) && sonicwallUser(fields) !== undefined)
      return configurationEvent(base, fields, reporter, message);
    return sessionEvent(base, fields, reporter, code, message);
  },
});

type Reporter = OcsfEvent["metadata"]["reporter"];

/** `2022-02-22 18:24:30 UTC`, or without the zone; CEF's `rt`. */
function timeOf(fields: Fields): number | undefined {
  const text = told(fields, "time");
  return (text === undefined ? undefined : parseIsoTime(text)) ?? parseTime(told(fields, "rt"));
}

/** null for messages about no conversation. */
function sessionEvent(
  base: EventBase,
  fields: Fields,
  reporter: Reporter,
  code: string,
  message: string,
): OcsfEvent | null {
  const url = urlOf(fields);
  const source = sourceOf(fields);
  const destination = destinationOf(fields, url);
  if (source === undefined && destination === undefined) return null;
  const verdict = verdictOf(fields, message);
  const [transport, service] = (told(fields, "proto") ?? "").split("/", 2);
  const counters: Counters = {
    bytesOut: count(fields, "sent"),
    bytesIn: count(fields, "rcvd"),
    packetsOut: count(fields, "spkt"),
    packetsIn: count(fields, "rpkt"),
  };
  const isCountedAgain = code === OPENED || code === WEB_SITE_HIT;
  const user = sonicwallUser(fields);
  return createSession(base, {
    activityId: verdict === "allowed" ? (code === OPENED ? 1 : CLOSED.has(code) ? 2 : 6) : 5,
    source,
    destination,
    user: user === undefined ? undefined : loginOf(user),
    protocol: transport === "" ? undefined : transport,
    traffic: isCountedAgain ? undefined : counters,
    cumulative: isCountedAgain ? counters : undefined,
    durationMs: count(fields, "cdur"),
    verdict,
    rule: { name: told(fields, "rule"), uid: told(fields, "uuid") },
    policy: told(fields, "af_policy", "vpnpolicy"),
    appName: told(fields, "appName"),
    service: service === undefined || /^\d*$/.test(service) ? undefined : service,
    request:
      url === undefined
        ? undefined
        : {
            method: METHODS.get(told(fields, "op") ?? "") ?? told(fields, "requestMethod"),
            url,
            userAgent: told(fields, "agent"),
            referrer: told(fields, "referer"),
            status: count(fields, "result"),
          },
    statusDetail: told(fields, "note"),
    message: message === "" ? undefined : message,
    reporter,
    unmapped: leftOver(fields, LEFT),
  });
}

function verdictOf(fields: Fields, message: string): Verdict {
  const action = told(fields, "fw_action")?.toLowerCase();
  if (action === "drop" || action === "dropped") return "dropped";
  if (/\bdropped\b/i.test(message)) return "dropped";
  return /\b(?:denied|blocked|prevention alert|rejected)\b/i.test(message) ? "blocked" : "allowed";
}

function sourceOf(fields: Fields): OcsfEndpoint | undefined {
  const { ip, port: number, interfaceName, hostname } = sonicwallEnd(told(fields, "src"), address(fields, "srcV6"));
  const translated = sonicwallEnd(told(fields, "natSrc"), address(fields, "natSrcV6"));
  return endOf({
    ip,
    port: number ?? port(fields, "spt", "srcPort"),
    hostname: hostname ?? told(fields, "shost", "srcname"),
    mac: mac(fields, "srcMac"),
    zone: told(fields, "srcZone"),
    interfaceName: interfaceName ?? told(fields, "deviceInboundInterface"),
    translatedIp: translated.ip,
    translatedPort: translated.port ?? port(fields, "sourceTranslatedPort"),
  });
}

function destinationOf(fields: Fields, url: OcsfUrl | undefined): OcsfEndpoint | undefined {
  const { ip, port: number, interfaceName, hostname } = sonicwallEnd(told(fields, "dst"), address(fields, "dstV6"));
  const translated = sonicwallEnd(told(fields, "natDst"), address(fields, "natDstV6"));
  return endOf({
    ip,
    port: number ?? port(fields, "dpt", "dstPort"),
    hostname: url?.hostname ?? told(fields, "dstname", "dhost") ?? hostname,
    mac: mac(fields, "dstMac"),
    zone: told(fields, "dstZone"),
    interfaceName: interfaceName ?? told(fields, "deviceOutboundInterface"),
    translatedIp: translated.ip,
    translatedPort: translated.port ?? port(fields, "destinationTranslatedPort"),
  });
}

/** Web records name the host asked for and, as `arg`, the path. */
function urlOf(fields: Fields): OcsfUrl | undefined {
  const request = told(fields, "request");
  const host = told(fields, "dstname");
  const argument = fields.get("arg");
  if (request === undefined && (host === undefined || argument === undefined)) return undefined;
  const service = (told(fields, "proto") ?? "").split("/", 2)[1];
  const scheme = service === "https" || service === "http" ? `${service}://` : "";
  const path = argument === undefined || argument === "" ? "/" : argument.startsWith("/") ? argument : `/${argument}`;
  const url = splitUrl(
    request === undefined ? `${scheme}${host!}${path}` : request.includes("://") ? request : `${scheme}${request}`,
  );
  const category = told(fields, "Category");
  if (category !== undefined) url.categories = [category];
  return url;
}

function logonEvent(base: EventBase, fields: Fields, reporter: Reporter, message: string): OcsfEvent {
  const user = sonicwallUser(fields);
  return createLogon(base, {
    activity: /log ?out|logged (?:out|off)|log ?off/i.test(message) ? 2 : 1,
    user: user === undefined ? undefined : loginOf(user),
    service: /administrator/i.test(message)
      ? "SonicWall administration"
      : /vpn/i.test(message)
        ? "SonicWall VPN"
        : "SonicWall",
    source: sourceOf(fields),
    succeeded: /denied|fail|bad|incorrect|invalid|unknown|lock/i.test(message)
      ? false
      : /allowed|success|logged|log ?out/i.test(message)
        ? true
        : undefined,
    detail: told(fields, "note"),
    message,
    reporter,
    unmapped: leftOver(fields, ["sess", "c", "gcat", "dur"]),
  });
}

function configurationEvent(base: EventBase, fields: Fields, reporter: Reporter, message: string): OcsfEvent {
  const event = createEvent(6003, operationActivity("changed"), base, {
    actor: apiActor(loginOf(sonicwallUser(fields)) ?? {}),
    src_endpoint: sourceOf(fields) ?? { name: "unknown" },
    api: { operation: "configuration.change", service: { name: "SonicOS" } },
    status_id: /succeeded/i.test(message) ? 1 : /failed/i.test(message) ? 2 : undefined,
    status: /succeeded/i.test(message) ? "Success" : /failed/i.test(message) ? "Failure" : undefined,
    message,
    unmapped: leftOver(fields, ["sess", "auditId", "oldValue", "newValue", "userMode"]),
  });
  return report(event, reporter);
}
