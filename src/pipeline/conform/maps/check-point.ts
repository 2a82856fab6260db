/**
 * Check Point gateway and management logs -> Network Activity; with a URL HTTP Activity; sign-ons of users and administrators ->
 * Authentication; what administrators do -> API Activity.
 *
 * @see https://support.checkpoint.com/results/sk/sk144192
 */
import type { OcsfEndpoint, OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, operationActivity, outcomeStatus } from "../api-activity.ts";
import { defineMap } from "../define-map.ts";
import { checkPointFields, checkPointForm, checkPointStamp } from "../network/check-point-fields.ts";
import { checkPointPackets } from "../network/check-point-packets.ts";
import { address, count, endOf, leftOver, mac, port, told, type Fields } from "../network/fields.ts";
import { createLogon } from "../network/logon.ts";
import { createSession, report, reporterOf, type Counters } from "../network/session.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { CHECK_POINT_SEVERITIES, CHECK_POINT_VERDICTS } from "../tables/check-point.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import type { Verdict } from "../web/verdict.ts";

const PRODUCT = { name: "Quantum Security Gateway", vendor_name: "Check Point" } as const;

const LEFT = [
  "product",
  "hll_key",
  "service_id",
  "layer_name",
  "match_id",
  "conn_direction",
  "appi_name",
  "app_category",
  "app_risk",
  "matched_category",
  "primary_category",
  "protection_name",
  "protection_type",
  "malware_action",
  "malware_family",
  "attack",
  "community",
  "icmp",
  "icmp_type",
  "icmp_code",
  "tcp_flags",
  "file_name",
] as const;

const DIRECTIONS: ReadonlyMap<string, 1 | 2 | 3> = new Map([
  ["incoming", 1],
  ["outgoing", 2],
  ["internal", 3],
]);

export default defineMap({
  id: "check-point",
  title: "Check Point Log Exporter",
  product: PRODUCT,
  reference: "https://support.checkpoint.com/results/sk/sk144192",
  lane: "network",
  exporting:
    "`cp_log_export add name sallyport target-server HOST target-port PORT protocol tcp format syslog` on the " +
    "management or log server; `cef`, `leef`, `json` and `splunk` formats are read too. Set the rules' " +
    "tracking to 'Detailed' or 'Extended' with accounting, else no bytes show.",
  limits: [
    "Bytes show only for rules with accounting; updates of a connection carry its loguid, in raw reading not its addresses.",
    "In semi-unified reading every update repeats the totals of its loguid.",
    "Paths show only where HTTPS inspection opens TLS.",
  ],
  recognise: (record) => (checkPointForm(record) === null ? 0 : 0.97),
  conform(record, { fileModifiedTime }) {
    const form = checkPointForm(record);
    if (form === null) throw new MalformedInputError("not a Check Point record");
    const fields = checkPointFields(record, form);
    const { time, hostname } = checkPointStamp(fields, record, fileModifiedTime);
    const base: EventBase = {
      product: PRODUCT,
      time,
      event_code: told(fields, "product"),
      severity_id: CHECK_POINT_SEVERITIES.get(told(fields, "severity")?.toLowerCase() ?? ""),
    };
    const origin = address(fields, "origin");
    const reporter = reporterOf(hostname ?? sicName(told(fields, "originsicname")), undefined, origin);
    const action = told(fields, "action")?.toLowerCase();
    const operation = told(fields, "operation");
    const logon = logonActivity(operation?.toLowerCase() ?? action ?? "", told(fields, "subject"));
    if (logon !== undefined) return logonEvent(base, fields, reporter, logon);
    if (operation !== undefined && told(fields, "administrator") !== undefined)
      return administrationEvent(base, fields, reporter, operation);
    return sessionEvent(base, fields, reporter, action ?? "");
  },
});

type Reporter = OcsfEvent["metadata"]["reporter"];

/** null for what concerns no conversation: updates, policy installation, system messages. */
function sessionEvent(
  base: EventBase,
  fields: Fields,
  reporter: Reporter,
  action: string,
): OcsfEvent | OcsfEvent[] | null {
  const counters = countersOf(fields);
  const isUpdate = counters !== undefined && told(fields, "loguid") !== undefined;
  const url = urlOf(fields);
  // An update of a connection names it by its loguid alone; OCSF wants an end of the conversation.
  const source =
    sourceOf(fields) ?? (isUpdate && address(fields, "dst") === undefined ? { name: "unknown" } : undefined);
  const destination = destinationOf(fields, url);
  const verdict = CHECK_POINT_VERDICTS.get(action);
  if (source === undefined && destination === undefined) return packetEvents(base, fields, reporter, verdict);
  const seconds = elapsed(fields);
  const start = count(fields, "start_time");
  const isRefused = verdict === "dropped" || verdict === "rejected" || verdict === "blocked";
  return createSession(base, {
    activityId: isRefused ? 5 : counters === undefined && verdict === "allowed" ? 1 : 6,
    source,
    destination,
    user: personOf(told(fields, "src_user_name", "user")),
    protocol: told(fields, "proto"),
    uid: told(fields, "loguid"),
    sni: told(fields, "sni")?.toLowerCase(),
    direction: directionOf(fields),
    traffic: counters,
    durationMs: seconds === undefined ? undefined : seconds * 1000,
    startTime: start !== undefined && start > 600_000_000 && start < 5_000_000_000 ? start * 1000 : undefined,
    verdict,
    rule: ruleOf(fields),
    policy: told(fields, "policy", "policy_name", "layer_name"),
    appName: told(fields, "appi_name"),
    service: told(fields, "service_id"),
    request:
      url === undefined
        ? undefined
        : {
            method: told(fields, "method", "http_method"),
            url,
            userAgent: told(fields, "user_agent"),
            referrer: told(fields, "referrer", "referer"),
            status: count(fields, "http_status", "response_code"),
            contentType: told(fields, "content_type"),
          },
    statusDetail: told(fields, "reason", "action_reason", "tcp_packet_out_of_state", "drop_reason"),
    message: told(fields, "message_info", "description"),
    reporter,
    unmapped: leftOver(fields, LEFT),
  });
}

/** Optimized drops: one record lists the packets of many conversations; null when it lists none. */
function packetEvents(
  base: EventBase,
  fields: Fields,
  reporter: Reporter,
  verdict: Verdict | undefined,
): OcsfEvent[] | null {
  const packets = checkPointPackets(told(fields, "packets"));
  if (packets.length === 0) return null;
  return packets.map((packet) =>
    createSession(base, {
      ...packet,
      activityId: 5,
      verdict,
      rule: ruleOf(fields),
      policy: told(fields, "policy", "policy_name", "layer_name"),
      statusDetail: told(fields, "drop_reason", "reason"),
      reporter,
      unmapped: leftOver(fields, LEFT),
    }),
  );
}

function ruleOf(fields: Fields): { name: string | undefined; uid: string | undefined } {
  return {
    name: told(fields, "rule_name", "app_rule_name", "malware_rule_name"),
    uid: told(fields, "rule_uid", "rule"),
  };
}

/** From the client's and the server's point of view: what goes out of the one comes in at the other. */
function countersOf(fields: Fields): Counters | undefined {
  const counters: Counters = {
    bytesOut: count(fields, "client_outbound_bytes", "server_inbound_bytes", "sent_bytes"),
    bytesIn: count(fields, "server_outbound_bytes", "client_inbound_bytes", "received_bytes"),
    bytesTotal: count(fields, "bytes"),
    packetsOut: count(fields, "client_outbound_packets", "server_inbound_packets"),
    packetsIn: count(fields, "server_outbound_packets", "client_inbound_packets"),
  };
  return counters.bytesOut === undefined && counters.bytesIn === undefined && counters.bytesTotal === undefined
    ? undefined
    : counters;
}

function sourceOf(fields: Fields): OcsfEndpoint | undefined {
  return endOf({
    ip: address(fields, "src"),
    port: port(fields, "s_port"),
    hostname: machineOf(told(fields, "src_machine_name", "src_host")),
    mac: mac(fields, "mac_source_address"),
    zone: told(fields, "inzone"),
    interfaceName: told(fields, "ifname"),
    translatedIp: address(fields, "xlatesrc"),
    translatedPort: port(fields, "xlatesport"),
  });
}

function destinationOf(fields: Fields, url: OcsfUrl | undefined): OcsfEndpoint | undefined {
  return endOf({
    ip: address(fields, "dst"),
    port: port(fields, "service"),
    hostname: told(fields, "http_host", "sni") ?? url?.hostname ?? machineOf(told(fields, "dst_machine_name")),
    mac: mac(fields, "mac_destination_address"),
    zone: told(fields, "outzone"),
    translatedIp: address(fields, "xlatedst"),
    translatedPort: port(fields, "xlatedport"),
  });
}

function urlOf(fields: Fields): OcsfUrl | undefined {
  const resource = told(fields, "resource", "url");
  const host = told(fields, "http_host");
  const text = resource ?? (host === undefined ? undefined : `${host}/`);
  if (text === undefined) return undefined;
  const url = splitUrl(resource?.startsWith("/") === true && host !== undefined ? `${host}${resource}` : text);
  const category = told(fields, "matched_category", "app_category");
  if (category !== undefined) url.categories = category.split(/, ?/, 16);
  return url;
}

/** `ws-017@acme.example` is a machine and its domain. */
function machineOf(text: string | undefined): string | undefined {
  const at = text === undefined ? -1 : text.indexOf("@");
  return at > 0 ? text!.slice(0, at) : text;
}

/** `Alice Doe (alice)` is a name and a login. */
function personOf(text: string | undefined): OcsfUser | undefined {
  const match = text === undefined ? null : /^([^()]{1,200}) \(([^()\s]{1,200})\)/.exec(text);
  if (match === null) return loginOf(text);
  const user = loginOf(match[2]);
  return user === undefined ? undefined : { ...user, full_name: match[1]!.trim() };
}

function directionOf(fields: Fields): 0 | 1 | 2 | 3 {
  const stated = DIRECTIONS.get(told(fields, "conn_direction")?.toLowerCase() ?? "");
  if (stated !== undefined) return stated;
  const from = told(fields, "inzone");
  const to = told(fields, "outzone");
  return from === "Internal" && to === "External" ? 2 : from === "External" && to === "Internal" ? 1 : 0;
}

/** Seconds, or `0:05:30`. */
function elapsed(fields: Fields): number | undefined {
  const match = /^(\d{1,5}):(\d{2}):(\d{2})$/.exec(told(fields, "elapsed") ?? "");
  return match === null ? count(fields, "elapsed") : Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

/** `CN=gw-1,O=mgmt.example.abc123`; the management server's own certificate is no name. */
function sicName(name: string | undefined): string | undefined {
  const match = name === undefined ? null : /^cn=([A-Za-z0-9_.-]{1,128}),/i.exec(name);
  return match === null || match[1]!.toLowerCase() === "cp_mgmt" ? undefined : match[1];
}

function logonActivity(operation: string, subject: string | undefined): 1 | 2 | undefined {
  if (/^(?:failed )?log ?in$|^logged in$/.test(operation) || subject === "Administrator Login") return 1;
  return /^log ?out$|^logged out$/.test(operation) || subject === "Administrator Logout" ? 2 : undefined;
}

function logonEvent(base: EventBase, fields: Fields, reporter: Reporter, activity: 1 | 2): OcsfEvent {
  const said = `${told(fields, "auth_status", "audit_status", "login_status", "status") ?? ""} ${told(fields, "operation", "action") ?? ""}`;
  return createLogon(base, {
    activity,
    user: personOf(told(fields, "administrator", "src_user_name", "user")),
    service: told(fields, "product") ?? "Check Point",
    source: endOf({
      ip: address(fields, "client_ip", "src", "office_mode_ip"),
      hostname: machineOf(told(fields, "src_machine_name", "machine", "client_name")),
    }),
    succeeded: !/fail|denied|reject|error/i.test(said),
    detail: told(fields, "reason", "additional_info", "auth_method"),
    message: told(fields, "subject"),
    reporter,
    unmapped: leftOver(fields, [
      "operation",
      "action",
      "auth_method",
      "identity_src",
      "domain_name",
      "session_uid",
      "roles",
    ]),
  });
}

function administrationEvent(base: EventBase, fields: Fields, reporter: Reporter, operation: string): OcsfEvent {
  const object = told(fields, "objectname");
  const status = told(fields, "audit_status");
  const event = createEvent(6003, operationActivity(operation), base, {
    actor: apiActor(personOf(told(fields, "administrator")) ?? {}),
    src_endpoint: endOf({ ip: address(fields, "client_ip"), hostname: told(fields, "machine") }) ?? { name: "unknown" },
    api: { operation, service: { name: told(fields, "product") ?? "Check Point" } },
    resources:
      object === undefined ? undefined : [{ name: object, type: told(fields, "objecttype"), uid: told(fields, "uid") }],
    ...outcomeStatus(status === undefined ? undefined : status === "Success"),
    message: told(fields, "subject"),
    unmapped: leftOver(fields, ["additional_info", "fieldschanges", "domain_name", "session_name", "session_uid"]),
  });
  return report(event, reporter);
}
