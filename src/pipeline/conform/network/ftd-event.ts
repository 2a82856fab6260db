/**
 * FTD's security events -> OCSF: connections at their beginning (430002) and end (430003), intrusions (430001), files (430004)
 * and malware (430005). The text is `Key: value, Key: value`; values hold commas and colons of their own.
 *
 * @see https://www.cisco.com/c/en/us/td/docs/security/firepower/Syslogs/b_fptd_syslog_guide/security-event-syslog-messages.html
 */
import type { OcsfEndpoint, OcsfEvent, OcsfFile, OcsfUrl } from "../../../model/activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { splitUrl } from "../url.ts";
import { type Verdict, verdictFields } from "../web/verdict.ts";
import type { CiscoMessage } from "./cisco-message.ts";
import { readUser } from "./cisco-place.ts";
import { address, count, endOf, type Fields, leftOver, port, told } from "./fields.ts";
import { createSession, report, type Session } from "./session.ts";

const MAX_KEY_LENGTH = 64;
const COMMA = 0x2c;
const BLANK = 0x20;
const MAX_PAIRS = 256;

const VERDICTS: readonly (readonly [RegExp, Verdict])[] = [
  [/reset/i, "reset"],
  [/interactive/i, "challenged"],
  [/block|drop|not found|sinkhole|reject/i, "blocked"],
  [/allow|trust|fastpath|pass/i, "allowed"],
  [/monitor|detect|lookup/i, "logged"],
];

/** How the product writes record types and response codes out. */
const RECORD_TYPES: ReadonlyMap<string, string> = new Map([
  ["a host address", "A"],
  ["ip6 address", "AAAA"],
  ["the canonical name for an alias", "CNAME"],
  ["a domain name pointer", "PTR"],
  ["mail exchange", "MX"],
  ["text strings", "TXT"],
  ["an authoritative name server", "NS"],
  ["marks the start of a zone of authority", "SOA"],
  ["server selection", "SRV"],
  ["naming authority pointer", "NAPTR"],
  ["a request for all records the server/cache has available", "ANY"],
]);
const RESPONSES: ReadonlyMap<string, string> = new Map([
  ["no error", "NOERROR"],
  ["format error", "FORMERR"],
  ["server failure", "SERVFAIL"],
  ["non-existent domain", "NXDOMAIN"],
  ["not implemented", "NOTIMP"],
  ["query refused", "REFUSED"],
]);

const UNMAPPED = [
  ...[
    "IngressInterface",
    "EgressInterface",
    "IngressZone",
    "EgressZone",
    "AccessControlRuleReason",
    "Prefilter Policy",
  ],
  ...[
    "ICMPType",
    "ICMPCode",
    "ClientVersion",
    "NAPPolicy",
    "URLReputation",
    "FileCount",
    "IPSCount",
    "Endpoint Profile",
  ],
  ...[
    "SSLActualAction",
    "SSLVersion",
    "SSLCipherSuite",
    "SSLServerCertStatus",
    "IPReputationSICategory",
    "URLSICategory",
  ],
  ...["DNSSICategory", "FileDirection", "FileAction", "FilePolicy", "SHA_Disposition", "ThreatScore", "DNS_TTL"],
];

/** The pairs of an event; a key is a capitalised word or two behind `, ` and before a colon. */
export function readFtdFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let key = "";
  let from = 0;
  for (let at = text.indexOf(":"); at !== -1 && fields.size < MAX_PAIRS; at = text.indexOf(":", at + 1)) {
    const start = keyStart(text, from, at);
    if (start === -1) continue;
    if (key !== "" && !fields.has(key)) fields.set(key, text.slice(from, Math.max(from, start - 2)).trim());
    key = text.slice(start, at);
    from = at + 1;
  }
  if (key !== "" && !fields.has(key)) fields.set(key, text.slice(from).trim());
  return fields;
}

/** Where the key that ends before `end` begins; -1 when what stands there is text. */
function keyStart(text: string, from: number, end: number): number {
  const least = Math.max(0, end - MAX_KEY_LENGTH);
  let at = end;
  while (at > least && isKeyCharacter(text.charCodeAt(at - 1))) at -= 1;
  if (at < from || (at !== 0 && text.charCodeAt(at - 1) !== COMMA)) return -1;
  // The blank behind the comma was read as part of the key.
  const start = text.charCodeAt(at) === BLANK ? at + 1 : at;
  const first = text.charCodeAt(start);
  return start < end && first >= 0x41 && first <= 0x5a ? start : -1;
}

/** Letters, digits, `_`, and the blank between two words. */
function isKeyCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === BLANK
  );
}

/** null when the event names neither end of a connection. */
export function ftdEvent(message: CiscoMessage, fields: Fields, base: EventBase): OcsfEvent | null {
  const session = sessionOf(message, fields);
  if (session.source === undefined && session.destination === undefined) return null;
  if (message.code === "430001") return intrusionEvent(message, fields, base, session);
  if (told(fields, "DNSQuery") !== undefined && (message.code === "430002" || message.code === "430003"))
    return dnsEvent(fields, base, session);
  return createSession(base, session);
}

function sessionOf({ code, reporter, time }: CiscoMessage, fields: Fields): Session {
  const request = requestOf(fields);
  const verdict = verdictOf(told(fields, "AccessControlRuleAction", "FileAction", "InlineResult"));
  const refused = verdict === "blocked" || verdict === "reset";
  const ended = code === "430003";
  const seconds = count(fields, "ConnectionDuration");
  const first = told(fields, "FirstPacketSecond");
  const last = told(fields, "LastPacketSecond");
  const counters = {
    bytesOut: count(fields, "InitiatorBytes"),
    bytesIn: count(fields, "ResponderBytes"),
    packetsOut: count(fields, "InitiatorPackets"),
    packetsIn: count(fields, "ResponderPackets"),
  };
  const host = hostOf(told(fields, "ReferencedHost", "SSLServerName"));
  return {
    activityId: refused ? 5 : code === "430002" ? 1 : ended ? 2 : 6,
    source: endOf({
      ip: address(fields, "SrcIP", "InitiatorIP"),
      port: port(fields, "SrcPort", "InitiatorPort"),
      zone: told(fields, "IngressZone"),
      interfaceName: told(fields, "IngressInterface"),
      translatedIp: address(fields, "NAT_InitiatorIP"),
      translatedPort: port(fields, "NAT_InitiatorPort"),
    }),
    destination: endOf({
      ip: address(fields, "DstIP", "ResponderIP"),
      port: port(fields, "DstPort", "ResponderPort"),
      hostname: host ?? request?.url?.hostname,
      zone: told(fields, "EgressZone"),
      interfaceName: told(fields, "EgressInterface"),
      translatedIp: address(fields, "NAT_ResponderIP"),
      translatedPort: port(fields, "NAT_ResponderPort"),
    }),
    user: readUser(told(fields, "User")),
    protocol: told(fields, "Protocol"),
    uid: uidOf(fields),
    // What the beginning counts, the end counts again.
    traffic: ended ? counters : undefined,
    cumulative: code === "430002" ? counters : undefined,
    durationMs: ended && seconds !== undefined ? seconds * 1000 : undefined,
    startTime: first === undefined ? undefined : parseIsoTime(first),
    endTime: (last === undefined ? undefined : parseIsoTime(last)) ?? (ended ? time : undefined),
    verdict,
    rule: ruleOf(fields),
    ruleCategory: told(fields, "URLCategory"),
    policy: told(fields, "ACPolicy", "IntrusionPolicy", "FilePolicy"),
    appName: told(fields, "WebApplication", "Client"),
    service: told(fields, "ApplicationProtocol"),
    request,
    sni: hostOf(told(fields, "SSLServerName")),
    file: fileOf(fields),
    reporter: reporter ?? reporterByUid(fields),
    statusDetail: told(fields, "AccessControlRuleReason"),
    unmapped: leftOver(fields, UNMAPPED),
  };
}

function requestOf(fields: Fields): Session["request"] {
  const target = told(fields, "URL", "URI");
  const agent = told(fields, "UserAgent");
  const status = count(fields, "HTTPResponse");
  if (target === undefined && agent === undefined && status === undefined) return undefined;
  return {
    method: told(fields, "HTTPMethod"),
    url: target === undefined ? undefined : urlOf(target, told(fields, "ReferencedHost")),
    userAgent: agent,
    referrer: told(fields, "HTTPReferer", "HTTP_Referer", "HTTPReferrer"),
    status,
    forwardedFor: forwardedOf(fields),
  };
}

function urlOf(text: string, host: string | undefined): OcsfUrl {
  return splitUrl(text.startsWith("/") && host !== undefined ? `http://${host}${text}` : text);
}

function forwardedOf(fields: Fields): string[] | undefined {
  const original = address(fields, "OriginalClientSrcIP");
  return original === undefined ? undefined : [original];
}

function hostOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const { hostname } = splitUrl(text);
  return hostname === undefined || ipAddress(hostname) !== undefined ? undefined : hostname;
}

function verdictOf(action: string | undefined): Verdict | undefined {
  return action === undefined ? undefined : VERDICTS.find(([words]) => words.test(action))?.[1];
}

function ruleOf(fields: Fields): Session["rule"] {
  const name = told(fields, "AccessControlRuleName", "TunnelOrPrefilterRuleName", "Tunnel or Prefilter Rule");
  return name === undefined ? undefined : { name };
}

/** The device's own number of a connection is unique only with the instance that gave it. */
function uidOf(fields: Fields): string | undefined {
  const connection = told(fields, "ConnectionID");
  const instance = told(fields, "InstanceID");
  return connection === undefined || instance === undefined ? connection : `${instance}-${connection}`;
}

function reporterByUid(fields: Fields): Session["reporter"] {
  const uid = told(fields, "DeviceUUID");
  return uid === undefined ? undefined : { uid };
}

function fileOf(fields: Fields): OcsfFile | undefined {
  const name = told(fields, "FileName");
  if (name === undefined) return undefined;
  const sha256 = told(fields, "FileSHA256");
  const file: OcsfFile = { name, type_id: 1 };
  const size = count(fields, "FileSize");
  if (size !== undefined) file.size = size;
  if (sha256 !== undefined && /^[0-9A-Fa-f]{64}$/.test(sha256))
    file.hashes = [{ algorithm_id: 3, algorithm: "SHA-256", value: sha256.toLowerCase() }];
  return file;
}

function dnsEvent(fields: Fields, base: EventBase, session: Session): OcsfEvent {
  const type = told(fields, "DNSRecordType");
  const response = told(fields, "DNSResponseType");
  const plain = createSession(base, { ...session, request: undefined });
  const { src_endpoint, dst_endpoint, connection_info, traffic, cumulative_traffic, actor } = plain;
  return report(
    createEvent(4003, response === undefined ? 1 : 6, base, {
      start_time: plain.start_time,
      end_time: plain.end_time,
      duration: plain.duration,
      actor,
      src_endpoint,
      dst_endpoint: withoutName(dst_endpoint),
      connection_info,
      query: {
        hostname: normaliseHostname(told(fields, "DNSQuery")!),
        type: type === undefined ? undefined : (RECORD_TYPES.get(type.toLowerCase()) ?? type),
      },
      query_time: plain.start_time ?? base.time,
      ...rcodeOf(response === undefined ? undefined : (RESPONSES.get(response.toLowerCase()) ?? response)),
      action_id: plain.action_id,
      action: plain.action,
      disposition_id: plain.disposition_id,
      disposition: plain.disposition,
      firewall_rule: plain.firewall_rule,
      policy: plain.policy,
      app_protocol_name: plain.app_protocol_name,
      traffic,
      cumulative_traffic,
      status_detail: plain.status_detail,
      unmapped: plain.unmapped,
    }),
    session.reporter,
  );
}

/** The name asked for is not the resolver's. */
function withoutName(endpoint: OcsfEndpoint | undefined): OcsfEndpoint | undefined {
  if (endpoint?.hostname === undefined || endpoint.ip === undefined) return endpoint;
  const { hostname: _asked, ...rest } = endpoint;
  return rest;
}

const PRIORITIES: readonly number[] = [1, 4, 3, 2];

function intrusionEvent(message: CiscoMessage, fields: Fields, base: EventBase, session: Session): OcsfEvent {
  const sid = told(fields, "SID");
  const gid = told(fields, "GID");
  const title = (told(fields, "Message") ?? `signature ${sid ?? "unknown"}`).replace(/^"|"$/g, "");
  const category = told(fields, "Classification");
  const uid = sid === undefined ? title : `${gid ?? "1"}:${sid}`;
  return report(
    createEvent(
      2004,
      1,
      { ...base, severity_id: PRIORITIES[count(fields, "Priority") ?? 0] ?? 1 },
      {
        message: title,
        is_alert: true,
        finding_info: {
          title,
          uid: [uid, session.uid ?? session.source?.ip ?? "-", base.time].join(":"),
          types: category === undefined ? undefined : [category],
          analytic: { name: title, uid, type_id: 1, type: "Rule", category, version: told(fields, "Revision") },
        },
        ...verdictFields(verdictOf(told(fields, "InlineResult")) ?? "alerted"),
        firewall_rule: session.rule?.name === undefined ? undefined : { name: session.rule.name },
        policy: session.policy === undefined ? undefined : { name: session.policy },
        evidences: [
          {
            src_endpoint: session.source,
            dst_endpoint: session.destination,
            actor: session.user === undefined ? undefined : { user: session.user },
          },
        ],
        unmapped: leftOver(fields, [...UNMAPPED, "User", "IntrusionPolicy"]),
      },
    ),
    message.reporter ?? session.reporter,
  );
}
