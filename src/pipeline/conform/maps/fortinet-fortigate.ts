/**
 * FortiOS logs of FortiGate and FortiProxy (5 to 7): traffic -> Network Activity, web filter and other UTM records -> HTTP or
 * Network Activity, DNS filter -> DNS Activity, sign-ons of users, administrators and VPN clients -> Authentication,
 * tunnels -> Tunnel Activity, administration -> API Activity, leases -> DHCP Activity.
 *
 * @see https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference/
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { apiActor, operationActivity, outcomeStatus } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { defineMap } from "../define-map.ts";
import { address, endOf, leftOver, mac, port, told, type Fields } from "../network/fields.ts";
import { fortigateFields, fortigateForm, fortigateTime } from "../network/fortigate-fields.ts";
import { trafficEvent, utmEvent } from "../network/fortigate-traffic.ts";
import { createLogon } from "../network/logon.ts";
import { report, reporterOf } from "../network/session.ts";
import { createTunnel } from "../network/tunnel.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { FORTIGATE_LOGONS } from "../tables/fortigate.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";

const PRODUCT = { name: "FortiGate", vendor_name: "Fortinet" } as const;

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["emergency", 6],
  ["alert", 5],
  ["critical", 5],
  ["error", 4],
  ["warning", 3],
]);

/** How IDS and antivirus rate what they found. */
const THREAT_SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["low", 2],
  ["medium", 3],
  ["high", 4],
  ["critical", 5],
]);

/** The types of UTM records, which older versions and CEF write in the place of `utm`. */
const UTM_TYPES: ReadonlySet<string> = new Set([
  "utm",
  "webfilter",
  "app-ctrl",
  "virus",
  "ips",
  "attack",
  "dlp",
  "dns",
  "ssl",
  "ssh",
  "waf",
  "anomaly",
  "emailfilter",
  "voip",
  "file-filter",
  "icap",
  "casb",
]);

const METHOD = /^[A-Z]{3,10}$/;

const DHCP_ACTIVITIES: ReadonlyMap<string, number> = new Map([
  ["discover", 1],
  ["offer", 2],
  ["request", 3],
  ["decline", 4],
  ["ack", 5],
  ["nak", 6],
  ["release", 7],
  ["inform", 8],
]);

export default defineMap({
  id: "fortinet-fortigate",
  title: "Fortinet FortiGate and FortiProxy",
  product: PRODUCT,
  reference: "https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference/",
  lane: "network",
  exporting:
    "`config log syslogd setting`, `set status enable`, `set mode reliable`, `set format default`; `cef`, " +
    "`csv` and `rfc5424` are read too. Log all sessions in the policies that lead outside, and switch on " +
    "logging of all URLs in the web filter.",
  limits: [
    "Path and method show only where deep inspection opens TLS; otherwise the web filter knows the server's name alone.",
    "A web filter record counts the bytes up to its verdict, shown as cumulative; the session's sum is in the traffic record of the same session id.",
    "Reports of a session that goes on count what came since the last report; without such a delta they add no bytes.",
    "Sessions that a policy does not log leave nothing.",
  ],
  recognise: (record) => (fortigateForm(record) === null ? 0 : 0.97),
  conform(record) {
    const fields = fortigateFields(record, fortigateForm(record) ?? "key-value");
    const type = told(fields, "type")!;
    const isThreat = type !== "traffic" && type !== "event";
    const base: EventBase = {
      product: PRODUCT,
      time: fortigateTime(fields, record),
      event_code: told(fields, "logid"),
      severity_id:
        (isThreat ? THREAT_SEVERITIES.get(told(fields, "severity") ?? "") : undefined) ??
        SEVERITIES.get(told(fields, "level") ?? ""),
    };
    const reporter = reporterOf(told(fields, "devname") ?? record.syslog?.hostname ?? undefined, told(fields, "devid"));
    if (type === "traffic") return trafficEvent(base, fields, reporter);
    return UTM_TYPES.has(type) ? utmEvent(base, fields, reporter) : eventOf(base, fields, reporter);
  },
});

type Reporter = OcsfEvent["metadata"]["reporter"];

/** Event logs: null for what is no activity of anybody (statistics, routing, updates). */
function eventOf(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent | readonly OcsfEvent[] | null {
  const action = told(fields, "action")?.toLowerCase();
  const logon = action === undefined ? undefined : FORTIGATE_LOGONS.get(action);
  if (logon !== undefined)
    return [logonEvent(base, fields, reporter, logon), ...innerEvents(base, fields, reporter, logon)];
  if (told(fields, "subtype") === "vpn") return tunnelEvent(base, fields, reporter);
  if (told(fields, "dhcp_msg") !== undefined) return dhcpEvent(base, fields, reporter);
  if (told(fields, "fctuid") !== undefined && told(fields, "connection_type") !== undefined)
    return clientEvent(base, fields, reporter);
  const user = loginOf(told(fields, "user"));
  const isAdministration = told(fields, "cfgpath", "ui", "path") !== undefined;
  return user !== undefined && isAdministration ? administrationEvent(base, fields, reporter) : null;
}

function logonEvent(base: EventBase, fields: Fields, reporter: Reporter, activity: 1 | 2): OcsfEvent {
  const ip = address(fields, "remip", "srcip", "ip") ?? addressIn(told(fields, "ui", "authproto"));
  return createLogon(base, {
    activity,
    user: personOf(fields, ip),
    service: serviceOf(fields),
    source: endOf({ ip, port: port(fields, "srcport"), hostname: told(fields, "srcname", "source_host") }),
    destination: endOf({ ip: address(fields, "dstip", "locip"), port: port(fields, "dstport") }),
    succeeded: succeeded(fields),
    detail: told(fields, "reason"),
    message: told(fields, "msg"),
    reporter,
    unmapped: leftOver(fields, [
      "subtype",
      "logdesc",
      "action",
      "vd",
      "ui",
      "method",
      "group",
      "profile",
      "authserver",
      "server",
      "tunnelid",
      "tunnelip",
      "tunneltype",
      "vpntunnel",
      "assignip",
    ]),
  });
}

/** While a tunnel is up, the person is behind the address it gives inside too. */
function innerEvents(base: EventBase, fields: Fields, reporter: Reporter, activity: 1 | 2): OcsfEvent[] {
  const inner = address(fields, "tunnelip", "assignip");
  const peer = address(fields, "remip");
  if (inner === undefined || inner === peer || succeeded(fields) === false) return [];
  const events = createTunnel(base, { activity, user: personOf(fields, peer), outer: undefined, inner });
  return events.map((event) => report(event, reporter));
}

function serviceOf(fields: Fields): string {
  const subtype = told(fields, "subtype");
  if (subtype === "vpn")
    return told(fields, "tunneltype")?.startsWith("ssl") === true ? "FortiGate SSL VPN" : "FortiGate VPN";
  return subtype === "system" ? "FortiGate administration" : "FortiGate";
}

/** `status`, else what the action or the description say of failure. */
function succeeded(fields: Fields): boolean | undefined {
  const status = told(fields, "status", "result")?.toLowerCase();
  if (status !== undefined) {
    if (/^(?:success|succeeded|logon|logout|ok)/.test(status)) return true;
    if (/fail|error|deny|denied|timed?-?out/.test(status)) return false;
  }
  const said = `${told(fields, "action") ?? ""} ${told(fields, "logdesc") ?? ""}`.toLowerCase();
  if (/fail|deny|denied|error|lockout/.test(said)) return false;
  return /logon|logged|log ?off|logout|tunnel-|login|success/.test(said) ? true : undefined;
}

/** Whom a gateway lets in: of IPsec the person who signed in inside the tunnel, as `user` is the peer's identity, often its address. */
function personOf(fields: Fields, peer: string | undefined): ReturnType<typeof loginOf> {
  const name = told(fields, "xauthuser", "eapuser") ?? told(fields, "user");
  return name === peer || ipAddress(name) === name ? undefined : loginOf(name);
}

/** `ssh(172.16.200.254)`, `TELNET(10.1.100.11)`. */
function addressIn(text: string | undefined): string | undefined {
  const match = text === undefined ? null : /\(([0-9A-Fa-f.:]{2,45})\)$/.exec(text);
  return match === null ? undefined : ipAddress(match[1]);
}

/** FortiClient registers with the gateway or leaves it: who is at which address, on which machine. */
function clientEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent {
  return createLogon(base, {
    activity: told(fields, "action") === "close" ? 2 : 1,
    user: loginOf(told(fields, "user")),
    service: "FortiClient",
    source: endOf({ ip: address(fields, "ip", "srcip"), hostname: told(fields, "name") }),
    succeeded: succeeded(fields),
    message: told(fields, "msg"),
    reporter,
    unmapped: leftOver(fields, ["subtype", "logdesc", "action", "vd", "connection_type", "fctuid"]),
  });
}

/** Negotiation and upkeep of tunnels, by the peer's address; null without one. */
function tunnelEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent | null {
  const peer = endOf({ ip: address(fields, "remip"), port: port(fields, "remport") });
  if (peer === undefined) return null;
  const user = personOf(fields, peer.ip);
  const event = createEvent(4014, told(fields, "action") === "negotiate" ? 1 : 99, base, {
    actor: user === undefined ? undefined : { user },
    src_endpoint: peer,
    dst_endpoint: endOf({ ip: address(fields, "locip"), port: port(fields, "locport") }),
    ...outcomeStatus(succeeded(fields)),
    status_detail: told(fields, "reason", "result"),
    message: told(fields, "msg"),
    unmapped: leftOver(fields, [
      "subtype",
      "logdesc",
      "action",
      "vd",
      "vpntunnel",
      "tunneltype",
      "tunnelid",
      "tunnelip",
      "cookies",
      "init",
      "mode",
      "role",
      "outintf",
    ]),
  });
  return report(event, reporter);
}

function dhcpEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent | null {
  const client = endOf({
    ip: address(fields, "ip"),
    hostname: told(fields, "hostname"),
    mac: mac(fields, "mac"),
    interfaceName: told(fields, "interface", "srcintf"),
  });
  if (client === undefined) return null;
  const event = createEvent(4004, DHCP_ACTIVITIES.get(told(fields, "dhcp_msg")!.toLowerCase()) ?? 99, base, {
    src_endpoint: client,
    message: told(fields, "msg"),
    unmapped: leftOver(fields, ["subtype", "logdesc", "vd", "lease", "dhcp_msg"]),
  });
  return report(event, reporter);
}

/** What a client of the REST API asked for. */
function requestOf(fields: Fields): OcsfEvent["http_request"] {
  const url = told(fields, "url");
  const method = told(fields, "method");
  if (url === undefined) return undefined;
  return { http_method: method !== undefined && METHOD.test(method) ? method : undefined, url: splitUrl(url) };
}

function administrationEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent {
  const ip = address(fields, "srcip") ?? addressIn(told(fields, "ui"));
  const operation = told(fields, "logdesc") ?? told(fields, "action") ?? "Event";
  const path = told(fields, "cfgpath", "path");
  const method = told(fields, "method");
  const event = createEvent(6003, operationActivity(told(fields, "action") ?? method ?? operation), base, {
    actor: apiActor(loginOf(told(fields, "user"))!),
    src_endpoint: endOf({ ip }) ?? { name: told(fields, "ui") ?? "unknown" },
    api: { operation, service: { name: "FortiGate" } },
    resources: path === undefined ? undefined : [{ name: told(fields, "cfgobj") ?? path, type: path }],
    http_request: requestOf(fields),
    ...outcomeStatus(succeeded(fields)),
    message: told(fields, "msg"),
    unmapped: leftOver(fields, ["subtype", "vd", "ui", "action", "cfgattr", "cfgtid", "status"]),
  });
  return report(event, reporter);
}
