/**
 * Security logs of Juniper SRX, structured (stream mode) and as text (event mode): RT_FLOW and AppTrack sessions -> Network
 * Activity, RT_UTM web filter -> HTTP Activity, antivirus, IDP, screens and ATP -> Network Activity with what was done.
 *
 * @see https://apps.juniper.net/syslog-explorer/
 */
import type { OcsfEndpoint, OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { defineMap, type DecodedRecord } from "../define-map.ts";
import { address, count, endOf, leftOver, port, told, type Fields } from "../network/fields.ts";
import { looseHeader, type LooseHeader } from "../network/loose-header.ts";
import { createSession, reporterOf, type Counters, type Session } from "../network/session.ts";
import { holdsSrxRecord, readSrx } from "../network/srx-fields.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import type { Verdict } from "../web/verdict.ts";

const PRODUCT = { name: "SRX", vendor_name: "Juniper" } as const;

/** What stands where nothing was recognised. */
const UNKNOWN: ReadonlySet<string> = new Set([
  "unknown",
  "none",
  "unknown-user",
  "unauthenticated-user",
  "service_idp",
]);

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["INFO", 1],
  ["LOW", 2],
  ["MINOR", 2],
  ["MEDIUM", 3],
  ["MAJOR", 3],
  ["HIGH", 4],
  ["CRITICAL", 5],
]);

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["permit", "allowed"],
  ["permitted", "allowed"],
  ["accept", "allowed"],
  ["none", "alerted"],
  ["block", "blocked"],
  ["blocked", "blocked"],
  ["deny", "blocked"],
  ["drop", "dropped"],
  ["drop_packet", "dropped"],
  ["dropped", "dropped"],
  ["close", "reset"],
  ["close_client", "reset"],
  ["close_server", "reset"],
]);

/** A header whose time the syslog reader did not take: a relay stood before it. */
const STRUCTURED_TIME = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})?) (\S{1,255}) RT_/;

const LONGEST_HEADER = 600;

const LEFT = [
  "application",
  "application-category",
  "application-risk",
  "roles",
  "encrypted",
  "src-nat-rule-name",
  "dst-nat-rule-name",
  "attack-name",
  "malware-info",
  "name",
  "filename",
  "file-name",
  "sample-sha256",
  "category",
  "sub-category",
  "message-type",
] as const;

export default defineMap({
  id: "juniper-srx",
  title: "Juniper SRX security logs",
  product: PRODUCT,
  reference: "https://apps.juniper.net/syslog-explorer/",
  lane: "network",
  exporting:
    "`set security log mode stream` with `format sd-syslog` to a host, `then log session-close` on the " +
    "policies that lead outside, and web filter logging; unstructured syslog is read too.",
  limits: [
    "Bytes show only when a session closes.",
    "Volume updates of AppTrack carry running totals, which are not added up.",
    "With session-close and AppTrack logging both on, a session's bytes appear in two records of the same session id.",
    "Names of servers show only in web filter logs.",
  ],
  recognise: ({ line, json }) => (json === null && holdsSrxRecord(line) ? 0.97 : 0),
  conform(record, { fileModifiedTime }) {
    const srx = readSrx(record.line);
    if (srx === null) throw new MalformedInputError("not a record of a Junos security log");
    const header = headerOf(record, fileModifiedTime);
    const time = header.time ?? (record.line.startsWith("RT_") ? fileModifiedTime : undefined);
    if (time === undefined) throw new MalformedInputError("Junos record without a readable time");
    return eventOf(srx.name, srx.fields, header, time);
  },
});

/** By the header nearest to the record. */
function headerOf(record: DecodedRecord, fileModifiedTime: number): LooseHeader {
  const structured = STRUCTURED_TIME.exec(record.line.slice(0, LONGEST_HEADER));
  return structured === null
    ? looseHeader(record, fileModifiedTime)
    : { time: parseIsoTime(structured[1]!), hostname: structured[2]! };
}

function eventOf(name: string, fields: Fields, { hostname }: LooseHeader, time: number): OcsfEvent {
  const base = {
    product: PRODUCT,
    time,
    event_code: name,
    severity_id: SEVERITIES.get(told(fields, "threat-severity") ?? ""),
  };
  const seconds = count(fields, "elapsed-time");
  const counters = countersOf(fields);
  const verdict = verdictOf(name, fields);
  const isUpdate = name === "APPTRACK_SESSION_VOL_UPDATE";
  return createSession(base, {
    activityId: activityOf(name, fields, verdict),
    source: sourceOf(name, fields),
    destination: destinationOf(fields),
    user: userOf(fields),
    protocol: told(fields, "protocol-id", "protocol-name"),
    uid: told(fields, "session-id-32", "session-id"),
    direction: 0,
    traffic: isUpdate ? undefined : counters,
    cumulative: isUpdate ? counters : undefined,
    durationMs: seconds === undefined || counters === undefined ? undefined : seconds * 1000,
    verdict,
    rule: { name: told(fields, "rule-name", "policy-name"), uid: undefined },
    policy:
      told(fields, "profile", "profile-name") ?? (fields.has("rule-name") ? told(fields, "policy-name") : undefined),
    appName: known(told(fields, "nested-application")) ?? known(told(fields, "application", "application-name")),
    service: serviceOf(fields),
    request: requestOf(name, fields),
    statusDetail: told(fields, "reason", "error-message", "attack-name", "malware-info"),
    reporter: reporterOf(hostname),
    unmapped: leftOver(fields, LEFT),
  });
}

function activityOf(name: string, fields: Fields, verdict: Verdict | undefined): Session["activityId"] {
  if (name.endsWith("_CREATE")) return 1;
  if (name.endsWith("_DENY")) return 5;
  if (name.endsWith("_SESSION_CLOSE")) return /\bRST\b/.test(told(fields, "reason") ?? "") ? 3 : 2;
  return verdict === "blocked" || verdict === "dropped" ? 5 : 6;
}

function verdictOf(name: string, fields: Fields): Verdict | undefined {
  if (name.endsWith("_SESSION_DENY")) return "blocked";
  if (name.startsWith("RT_FLOW_SESSION") || name.startsWith("APPTRACK_SESSION")) return "allowed";
  const stated = VERDICTS.get(told(fields, "action")?.toLowerCase() ?? "");
  if (stated !== undefined) return stated;
  if (name.includes("PERMITTED")) return "allowed";
  if (name.includes("BLOCKED")) return "blocked";
  if (name.includes("DROP")) return "dropped";
  return name.startsWith("AV_VIRUS_DETECTED") ? "blocked" : undefined;
}

function countersOf(fields: Fields): Counters | undefined {
  const counters: Counters = {
    bytesOut: count(fields, "bytes-from-client"),
    bytesIn: count(fields, "bytes-from-server"),
    packetsOut: count(fields, "packets-from-client"),
    packetsIn: count(fields, "packets-from-server"),
  };
  return counters.bytesOut === undefined && counters.bytesIn === undefined ? undefined : counters;
}

function sourceOf(name: string, fields: Fields): OcsfEndpoint | undefined {
  return endOf({
    ip: address(fields, "source-address", "client-ip"),
    port: port(fields, "source-port"),
    // Of a client that ATP judges; elsewhere it is the server's.
    hostname: name.startsWith("AAMW_") && name.endsWith("_EVENT_LOG") ? told(fields, "hostname") : undefined,
    zone: told(fields, "source-zone-name", "source-zone"),
    interfaceName: told(fields, "packet-incoming-interface", "source-interface-name"),
    translatedIp: address(fields, "nat-source-address"),
    translatedPort: port(fields, "nat-source-port"),
  });
}

function destinationOf(fields: Fields): OcsfEndpoint | undefined {
  return endOf({
    ip: address(fields, "destination-address"),
    port: port(fields, "destination-port"),
    hostname: fields.has("obj") ? told(fields, "url") : told(fields, "http-host"),
    zone: told(fields, "destination-zone-name", "destination-zone"),
    interfaceName: told(fields, "destination-interface-name"),
    translatedIp: address(fields, "nat-destination-address"),
    translatedPort: port(fields, "nat-destination-port"),
  });
}

function userOf(fields: Fields): OcsfUser | undefined {
  const user = told(fields, "username");
  return user === undefined || UNKNOWN.has(user.toLowerCase()) ? undefined : loginOf(user);
}

function known(text: string | undefined): string | undefined {
  return text === undefined || UNKNOWN.has(text.toLowerCase()) ? undefined : text;
}

/** `junos-https` -> `https`. */
function serviceOf(fields: Fields): string | undefined {
  const service = known(told(fields, "service-name", "protocol"));
  return service?.startsWith("junos-") === true ? service.slice(6) : service;
}

/** Web filter: `url` is the host, `obj` the path. Others tell of the host asked for. */
function requestOf(name: string, fields: Fields): Session["request"] {
  const host = name.startsWith("WEBFILTER") ? told(fields, "url") : told(fields, "http-host");
  if (host === undefined) return undefined;
  const path = told(fields, "obj") ?? "/";
  const number = port(fields, "destination-port");
  const scheme = number === 443 ? "https" : number === 80 ? "http" : undefined;
  const url: OcsfUrl = splitUrl(
    scheme === undefined ? `${host}${path}` : `${scheme}://${host}${path.startsWith("/") ? path : `/${path}`}`,
  );
  const category = known(told(fields, "category"));
  if (category !== undefined) url.categories = [category];
  return { url };
}
