/** FortiOS traffic and UTM records -> sessions, web requests and lookups. */
import type { OcsfEndpoint, OcsfEvent, OcsfFile, OcsfUrl } from "../../../model/activity.ts";
import { addressType, normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { FORTIGATE_TRAFFIC_ACTIVITIES, FORTIGATE_VERDICTS } from "../tables/fortigate.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import { addressesOf } from "../web/web-event.ts";
import { verdictFields } from "../web/verdict.ts";
import { address, count, endOf, leftOver, mac, port, told, type Fields } from "./fields.ts";
import { createSession, report, requireEnd, type Counters, type Session } from "./session.ts";

/** Answers of one lookup are kept up to here. */
const MAX_ANSWERS = 64;

const TRAFFIC_LEFT = [
  "subtype",
  "vd",
  "srcintfrole",
  "dstintfrole",
  "appcat",
  "apprisk",
  "utmaction",
  "group",
  "dstinetsvc",
  "dstcountry",
  "vpn",
] as const;
const UTM_LEFT = [
  "subtype",
  "eventtype",
  "vd",
  "appcat",
  "apprisk",
  "group",
  "attack",
  "virus",
  "dlpextra",
  "filteridx",
  "filtertype",
  "ref",
  "login",
  "channeltype",
  "scertcname",
  "crlevel",
  "filename",
] as const;

type Reporter = OcsfEvent["metadata"]["reporter"];

/** Forward, local, multicast, sniffer: one record per session at its end, and in between for sessions that last. */
export function trafficEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent {
  const action = told(fields, "action")?.toLowerCase() ?? "";
  const seconds = count(fields, "duration");
  const { traffic, cumulative } = countersOf(fields);
  const hostname = told(fields, "hostname");
  return createSession(base, {
    ...sessionOf(fields, reporter),
    activityId: FORTIGATE_TRAFFIC_ACTIVITIES.get(action) ?? 6,
    destination: destinationOf(fields, told(fields, "dstname") ?? hostname),
    durationMs: seconds === undefined ? undefined : seconds * 1000,
    traffic,
    cumulative,
    verdict: FORTIGATE_VERDICTS.get(action),
    // FortiWeb's, which are of requests.
    request: told(fields, "httpmethod") === undefined ? undefined : requestOf(fields, urlOf(fields, hostname)),
    statusDetail: told(fields, "action"),
    message: told(fields, "msg"),
    unmapped: leftOver(fields, TRAFFIC_LEFT),
  });
}

/**
 * Sessions of more than two minutes are reported in between (log id 20): `sentbyte` counts from the session's beginning,
 * `sentdelta` since the last report; the last report of such a session carries both too. So the deltas, where there are any, are
 * what adds up. A report in between that has none adds nothing.
 */
function countersOf(fields: Fields): { traffic?: Counters; cumulative?: Counters } {
  const totals: Counters = {
    bytesOut: count(fields, "sentbyte"),
    bytesIn: count(fields, "rcvdbyte"),
    packetsOut: count(fields, "sentpkt"),
    packetsIn: count(fields, "rcvdpkt"),
  };
  const sent = count(fields, "sentdelta");
  const received = count(fields, "rcvddelta");
  if (sent !== undefined || received !== undefined)
    return { traffic: { bytesOut: sent, bytesIn: received }, cumulative: totals };
  return told(fields, "logid")?.endsWith("000020") === true ? { cumulative: totals } : { traffic: totals };
}

/** Web filter, application control, antivirus, IPS, DLP and the others. Lookups are events of their own. */
export function utmEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent {
  if (told(fields, "subtype") === "dns" && told(fields, "qname") !== undefined) return dnsEvent(base, fields, reporter);
  const hostname = told(fields, "hostname");
  const url = urlOf(fields, hostname);
  const verdict = FORTIGATE_VERDICTS.get(told(fields, "action")?.toLowerCase() ?? "");
  const denied = verdictFields(verdict)?.action_id === 2;
  return createSession(base, {
    ...sessionOf(fields, reporter),
    activityId: denied ? 5 : 6,
    destination: destinationOf(fields, hostname ?? url?.hostname),
    // Of the session up to here: its traffic record counts the same bytes.
    cumulative: { bytesOut: count(fields, "sentbyte"), bytesIn: count(fields, "rcvdbyte") },
    verdict,
    request: requestOf(fields, url),
    file: fileOf(fields),
    policy: told(fields, "profile", "applist"),
    ruleCategory: told(fields, "catdesc"),
    statusDetail: told(fields, "reason", "eventtype"),
    message: told(fields, "msg"),
    unmapped: leftOver(fields, UTM_LEFT),
  });
}

function requestOf(fields: Fields, url: OcsfUrl | undefined): Session["request"] {
  if (url === undefined) return undefined;
  const raw = rawData(told(fields, "rawdata"));
  return {
    method: told(fields, "httpmethod") ?? raw.get("method"),
    url,
    userAgent: told(fields, "agent") ?? raw.get("user-agent"),
    referrer: told(fields, "referralurl"),
    forwardedFor: addressesOf(told(fields, "forwardedfor")),
    status: count(fields, "httpcode"),
    contentType: told(fields, "contenttype") ?? raw.get("response-content-type"),
  };
}

function dnsEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent {
  const isResponse = told(fields, "eventtype") !== "dns-query";
  const control = verdictFields(FORTIGATE_VERDICTS.get(told(fields, "action")?.toLowerCase() ?? ""));
  const answers = (told(fields, "ipaddr") ?? "")
    .split(/[,;]\s*/, MAX_ANSWERS)
    .flatMap((rdata) => (addressType(rdata) === undefined ? [] : [{ rdata, type: addressType(rdata)! }]));
  const session = sessionOf(fields, reporter);
  const destination = destinationOf(fields, undefined);
  requireEnd({ source: session.source, destination });
  const event = createEvent(4003, isResponse ? 2 : 1, base, {
    actor: session.user === undefined ? undefined : { user: session.user },
    src_endpoint: session.source,
    dst_endpoint: destination,
    query: {
      hostname: normaliseHostname(told(fields, "qname")!),
      type: told(fields, "qtype"),
      class: told(fields, "qclass"),
      packet_uid: count(fields, "xid"),
    },
    answers: answers.length === 0 ? undefined : answers,
    ...rcodeOf(count(fields, "rcode")),
    ...control,
    policy:
      control === undefined || told(fields, "profile") === undefined ? undefined : { name: told(fields, "profile")! },
    connection_info:
      session.uid === undefined
        ? undefined
        : { uid: session.uid, direction_id: 0, protocol_name: "udp", protocol_num: 17 },
    message: told(fields, "msg"),
    unmapped: leftOver(fields, ["subtype", "eventtype", "vd", "catdesc", "policyid", "sscname"]),
  });
  return report(event, reporter);
}

/** What every record of a session has. */
function sessionOf(
  fields: Fields,
  reporter: Reporter,
): Pick<Session, "source" | "user" | "protocol" | "uid" | "direction" | "rule" | "appName" | "service" | "reporter"> {
  const service = told(fields, "service");
  return {
    source: endOf({
      ip: address(fields, "srcip"),
      port: port(fields, "srcport", "src_port"),
      hostname: told(fields, "srcname", "srchost"),
      mac: mac(fields, "srcmac"),
      interfaceName: told(fields, "srcintf", "src_int"),
      translatedIp: address(fields, "transip"),
      translatedPort: port(fields, "transport"),
    }),
    user: loginOf(told(fields, "user", "unauthuser")),
    protocol: told(fields, "proto"),
    uid: told(fields, "sessionid", "session_id"),
    direction: directionOf(fields),
    rule: { name: told(fields, "policyname"), uid: told(fields, "policyid", "policy_id") },
    appName: told(fields, "app"),
    service: service === undefined || service.includes("/") ? undefined : service,
    reporter,
  };
}

function destinationOf(fields: Fields, hostname: string | undefined): OcsfEndpoint | undefined {
  return endOf({
    ip: address(fields, "dstip"),
    port: port(fields, "dstport", "dst_port"),
    hostname,
    mac: mac(fields, "dstmac"),
    interfaceName: told(fields, "dstintf", "dst_int"),
    translatedIp: address(fields, "tranip"),
    translatedPort: port(fields, "tranport"),
  });
}

/** By the roles of the interfaces; a UTM record's own `direction` is that of the content. */
function directionOf(fields: Fields): 0 | 1 | 2 | 3 {
  const from = told(fields, "srcintfrole");
  const to = told(fields, "dstintfrole");
  if (from === "lan" && to === "wan") return 2;
  if (from === "wan" && (to === "lan" || to === "dmz")) return 1;
  if (from === "lan" && to === "lan") return 3;
  const stated = told(fields, "direction", "dir");
  return stated === "outgoing" || stated === "outbound" ? 2 : stated === "incoming" || stated === "inbound" ? 1 : 0;
}

/** `url` is a path below `hostname`, or a whole address. */
function urlOf(fields: Fields, hostname: string | undefined): OcsfUrl | undefined {
  const text = told(fields, "url");
  if (text === undefined && hostname === undefined) return undefined;
  if (text !== undefined && !text.startsWith("/")) return categorised(splitUrl(text), fields);
  if (hostname === undefined) return categorised({ url_string: text!, path: text! }, fields);
  const service = told(fields, "service")?.split("/", 1)[0]!.toUpperCase();
  const scheme = service === "HTTP" ? "http" : service === "HTTPS" || service === "SSL" ? "https" : undefined;
  const number = port(fields, "dstport");
  const usual = scheme === "http" ? 80 : 443;
  const authority =
    scheme === undefined || number === undefined || number === usual ? hostname : `${hostname}:${number}`;
  return categorised(
    splitUrl(scheme === undefined ? `${authority}${text ?? ""}` : `${scheme}://${authority}${text ?? "/"}`),
    fields,
  );
}

function categorised(url: OcsfUrl, fields: Fields): OcsfUrl {
  const category = told(fields, "catdesc");
  if (category !== undefined) url.categories = [category];
  return url;
}

/** `Method=GET|User-Agent=…|Response-Content-Type=…`: names in lower case. */
function rawData(text: string | undefined): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  if (text === undefined) return out;
  for (const part of text.split("|", 32)) {
    const equals = part.indexOf("=");
    if (equals > 0) out.set(part.slice(0, equals).toLowerCase(), part.slice(equals + 1));
  }
  return out;
}

function fileOf(fields: Fields): OcsfFile | undefined {
  const name = told(fields, "filename");
  if (name === undefined) return undefined;
  const file: OcsfFile = { name, type_id: 1 };
  const size = count(fields, "filesize");
  const hash = told(fields, "analyticscksum", "filehash");
  if (size !== undefined) file.size = size;
  if (hash !== undefined && /^[0-9a-f]{64}$/i.test(hash))
    file.hashes = [{ algorithm_id: 3, algorithm: "SHA-256", value: hash }];
  return file;
}
