/**
 * Stormshield Network Security audit logs (WELF `key=value`) -> Network Activity; web records HTTP Activity; sign-ons Authentication;
 * commands of administrators API Activity.
 *
 * @see https://documentation.stormshield.eu/SNS/v4/en/Content/Description_of_Audit_logs/Getting_started.htm
 */
import type { OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { apiActor, operationActivity, outcomeStatus } from "../api-activity.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { address, count, endOf, leftOver, mac, port, told, type Fields } from "../network/fields.ts";
import { createLogon } from "../network/logon.ts";
import { looseHeader } from "../network/loose-header.ts";
import { createSession, report, reporterOf } from "../network/session.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { zoneAhead } from "../tables/time-zones.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import type { Verdict } from "../web/verdict.ts";

const PRODUCT = { name: "Stormshield Network Security", vendor_name: "Stormshield" } as const;

const RECORD = /(?:^|[ >])id=firewall time="\d{4}-/;

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["0", 6],
  ["1", 5],
  ["2", 5],
  ["3", 4],
  ["4", 3],
]);

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["pass", "allowed"],
  ["block", "blocked"],
  ["blocked", "blocked"],
  ["reset", "reset"],
  ["log", "logged"],
]);

/** Logs of a session's end. */
const SESSIONS: ReadonlySet<string> = new Set(["connection", "plugin", "web", "ftp", "smtp", "pop3", "ssl"]);

const LEFT = [
  "logtype",
  "class",
  "classification",
  "alarmid",
  "cat_site",
  "ruleid",
  "dstcountry",
  "dstportname",
  "origdst",
  "origdstport",
  "virus",
  "filename",
  "clientappid",
  "serverappid",
  "rulename",
  "icmptype",
  "icmpcode",
  "repeat",
  "risk",
] as const;

export default defineMap({
  id: "stormshield",
  title: "Stormshield Network Security",
  product: PRODUCT,
  reference: "https://documentation.stormshield.eu/SNS/v4/en/Content/Description_of_Audit_logs/Getting_started.htm",
  lane: "network",
  exporting:
    "Notifications, Logs, Syslog: profile in format legacy or RFC 5424, with connections, filter policy, " +
    "plugins, web and authentication ticked.",
  limits: [
    "Bytes show in the connection and plugin logs, when a connection ends; the filter log has none.",
    "A web record counts the bytes of its connection, which the connection log may count too.",
    "Paths of HTTPS requests show only where the SSL proxy opens them.",
  ],
  recognise: ({ line, json }) =>
    json === null &&
    line.includes("id=firewall time=") &&
    line.includes(" fw=") &&
    RECORD.test(line) &&
    /\b(?:tz|startime)=/.test(line)
      ? 0.96
      : 0,
  conform(record, { fileModifiedTime }) {
    const { line } = record;
    const fields = readKeyValues(line.slice(Math.max(0, line.indexOf("id=firewall"))));
    const local = parseIsoTime(told(fields, "time") ?? "");
    if (local === undefined) throw new MalformedInputError("Stormshield record without a readable time");
    const type = told(fields, "logtype");
    const base: EventBase = {
      product: PRODUCT,
      time: local - (zoneAhead(told(fields, "tz")) ?? 0),
      event_code: told(fields, "alarmid") ?? type,
      severity_id: SEVERITIES.get(told(fields, "pri") ?? ""),
    };
    const reporter = reporterOf(looseHeader(record, fileModifiedTime).hostname, told(fields, "fw"));
    if (
      type === "auth" ||
      type === "xvpn" ||
      (type === undefined && told(fields, "confid") !== undefined && told(fields, "dst") === undefined)
    )
      return logonEvent(base, fields, reporter);
    if (type === "server") return administrationEvent(base, fields, reporter);
    return sessionEvent(base, fields, reporter, type);
  },
});

type Reporter = OcsfEvent["metadata"]["reporter"];

/** null for counters, system messages and what else names no address. */
function sessionEvent(base: EventBase, fields: Fields, reporter: Reporter, type: string | undefined): OcsfEvent | null {
  const source = endOf({
    ip: address(fields, "src"),
    port: port(fields, "srcport"),
    hostname: told(fields, "srcname"),
    mac: mac(fields, "srcmac"),
    interfaceName: told(fields, "srcifname", "srcif"),
    translatedIp: address(fields, "modsrc"),
    translatedPort: port(fields, "modsrcport"),
  });
  const destination = endOf({
    ip: address(fields, "dst"),
    port: port(fields, "dstport"),
    hostname: told(fields, "dstname"),
    interfaceName: told(fields, "dstifname", "dstif"),
  });
  if (source === undefined && destination === undefined) return null;
  const bytesOut = count(fields, "sent");
  const verdict = VERDICTS.get(told(fields, "action")?.toLowerCase() ?? "");
  const refused = verdict === "blocked" || verdict === "reset";
  const seconds = /^\d{1,8}(?:\.\d{1,6})?$/.exec(told(fields, "duration") ?? "");
  const url = urlOf(fields);
  const service = told(fields, "proto");
  return createSession(base, {
    activityId: refused
      ? 5
      : type === "filter"
        ? 1
        : type !== undefined && SESSIONS.has(type) && bytesOut !== undefined
          ? 2
          : 6,
    source,
    destination,
    user: userOf(fields),
    protocol: told(fields, "ipproto"),
    traffic: { bytesOut, bytesIn: count(fields, "rcvd") },
    durationMs: seconds === null ? undefined : Math.round(Number(seconds[0]) * 1000),
    verdict,
    rule: { name: told(fields, "rulename"), uid: told(fields, "ruleid") },
    appName: told(fields, "serverappid", "clientappid"),
    service,
    request: url === undefined ? undefined : { method: told(fields, "op"), url, status: count(fields, "result") },
    message: told(fields, "msg"),
    reporter,
    unmapped: leftOver(fields, LEFT),
  });
}

function urlOf(fields: Fields): OcsfUrl | undefined {
  const operation = told(fields, "op");
  const path = told(fields, "arg");
  const host = told(fields, "dstname") ?? address(fields, "dst");
  if (operation === undefined || host === undefined || !/^[A-Z]{3,10}$/.test(operation)) return undefined;
  const service = told(fields, "proto");
  const scheme = service === "http" || service === "https" ? `${service}://` : service === "ssl" ? "https://" : "";
  const url = splitUrl(
    path?.includes("://") === true
      ? path
      : `${scheme}${host}${path === undefined ? "/" : path.startsWith("/") ? path : `/${path}`}`,
  );
  const category = told(fields, "cat_site");
  if (category !== undefined) url.categories = [category.replace(/^\{|\}$/g, "")];
  return url;
}

function userOf(fields: Fields): OcsfUser | undefined {
  const user = loginOf(told(fields, "user"));
  const domain = told(fields, "domain");
  return user === undefined || domain === undefined || user.domain !== undefined ? user : { ...user, domain };
}

function logonEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent {
  const message = told(fields, "msg") ?? "";
  const error = told(fields, "error");
  return createLogon(base, {
    activity: /log(?:ged)? ?(?:out|off)|closed|disconnect/i.test(message) ? 2 : 1,
    user: userOf(fields),
    service: told(fields, "logtype") === "xvpn" ? "Stormshield SSL VPN" : "Stormshield",
    source: endOf({ ip: address(fields, "src"), hostname: told(fields, "srcname") }),
    succeeded: error === undefined ? undefined : error === "0",
    message: message === "" ? undefined : message,
    reporter,
    unmapped: leftOver(fields, ["logtype", "method", "totp", "usergroup", "agentid", "localnet", "ruleid"]),
  });
}

function administrationEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent | null {
  const user = loginOf(told(fields, "user"));
  const message = told(fields, "msg");
  if (user === undefined || message === undefined) return null;
  const event = createEvent(6003, operationActivity(message), base, {
    actor: apiActor(user),
    src_endpoint: endOf({ ip: address(fields, "address", "src") }) ?? { name: "unknown" },
    api: { operation: message.slice(0, 200), service: { name: PRODUCT.name } },
    ...outcomeStatus(told(fields, "error") === undefined ? undefined : told(fields, "error") === "0"),
    unmapped: leftOver(fields, ["logtype", "sessionid"]),
  });
  return report(event, reporter);
}
