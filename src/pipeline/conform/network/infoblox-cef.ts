/**
 * Infoblox's CEF -> DNS and DHCP Activity: response policy zone hits of NIOS, and the queries, responses, hits and leases that
 * the Data Connector of BloxOne (Universal DDI, Threat Defense) forwards.
 *
 * @see https://docs.infoblox.com/space/BloxOneThreatDefense/35406922
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import type { CefEvent } from "../decoders/cef.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import type { SyslogHeader } from "../define-map.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { type Verdict, verdictFields } from "../web/verdict.ts";
import { readUser } from "./cisco-place.ts";
import { createDhcp, macAddress } from "./dhcp.ts";
import { endOf, leftOver, port, told } from "./fields.ts";
import { answersOf } from "./infoblox-response.ts";
import { protocolOf } from "./protocols.ts";

/** What a policy did, by the words in the signature or name. */
const VERDICTS: readonly (readonly [RegExp, Verdict])[] = [
  [/PASSTHRU|Allow|Default Action/i, "allowed"],
  [/\bLog\b|Disabled/i, "logged"],
  [/REDIRECT|NXDOMAIN|NODATA|Local-Data|SUBSTITUTE|Block|DROP/i, "blocked"],
];
/** `rpz QNAME NXDOMAIN rewrite name [A] via zone`. */
const REWRITE = /\brpz \S{1,32} \S{1,32} rewrite (\S{1,1024}) \[([A-Z0-9-]{1,24})\] via (\S{1,1024}?)"?$/;

const UNMAPPED = [
  ...[
    "InfobloxDNSView",
    "view",
    "InfobloxDNSQFlags",
    "InfobloxThreatIndicator",
    "InfobloxB1FeedName",
    "InfobloxB1FeedType",
  ],
  ...[
    "InfobloxB1ThreatIndicator",
    "InfobloxB1Network",
    "InfobloxB1PolicyAction",
    "InfobloxB1ConnectionType",
    "CAT",
    "cat",
  ],
  ...["InfobloxLeaseOp", "InfobloxClientID", "InfobloxRangeStart", "InfobloxRangeEnd", "InfobloxSubnet"],
];

/** null for what is neither DNS nor a lease. */
export function infobloxCefEvent(cef: CefEvent, base: EventBase, syslog: SyslogHeader | null): OcsfEvent | null {
  const fields = cef.extension;
  const at = told(fields, "rt", "end", "start");
  const time = (at === undefined ? undefined : parseTime(/^\d+$/.test(at) ? Number(at) : at)) ?? base.time;
  const event: EventBase = { ...base, time, event_code: cef.signature === "" ? cef.name : cef.signature };
  if (/^DHCP/i.test(cef.signature) || /^DHCP/i.test(cef.name)) return leaseEvent(cef, event, syslog);
  const rewrite = REWRITE.exec(told(fields, "msg") ?? "");
  const domain = told(fields, "destinationDnsDomain", "dhost") ?? rewrite?.[1] ?? nameOf(told(fields, "dst"));
  if (domain === undefined) return null;
  const rcode =
    told(fields, "InfobloxDNSRCode") ?? / (NOERROR|NXDOMAIN|SERVFAIL|REFUSED|FORMERR|NOTIMP)$/.exec(cef.name)?.[1];
  const isQuery = /query/i.test(cef.signature) || /^DNS Query/i.test(cef.name);
  const isPolicy = /RPZ|policy|threat/i.test(`${cef.signature} ${cef.name} ${cef.product}`) || rewrite !== null;
  const verdict = isPolicy
    ? verdictOf(`${cef.signature} ${cef.name} ${told(fields, "InfobloxB1PolicyAction", "act") ?? ""}`)
    : undefined;
  const answers = answersOf((told(fields, "msg") ?? "").replace(/^"|"$/g, ""));
  const rule = told(fields, "InfobloxB1PolicyName", "InfobloxRPZ") ?? rewrite?.[3];
  const user = readUser(told(fields, "suser", "InfobloxB1User", "User-Name"));
  return createEvent(4003, isQuery ? 1 : 2, event, {
    actor: user === undefined ? undefined : { user },
    src_endpoint: clientOf(cef),
    dst_endpoint: serverOf(cef, syslog),
    connection_info: connectionOf(told(fields, "proto")),
    query: {
      hostname: normaliseHostname(domain),
      type: told(fields, "InfobloxDNSQType", "qtype") ?? rewrite?.[2],
      class: told(fields, "InfobloxDNSQClass"),
    },
    query_time: isQuery ? time : undefined,
    response_time: isQuery ? undefined : time,
    answers: answers.length === 0 ? undefined : answers,
    ...rcodeOf(rcode),
    ...verdictFields(verdict),
    firewall_rule: verdict === undefined || rule === undefined ? undefined : { name: rule },
    unmapped: leftOver(fields, UNMAPPED),
  });
}

/** The Data Connector puts the name asked for into `dst` where it knows no server. */
function nameOf(text: string | undefined): string | undefined {
  return text === undefined || ipAddress(text) !== undefined ? undefined : text;
}

function verdictOf(text: string): Verdict | undefined {
  return VERDICTS.find(([words]) => words.test(text))?.[1];
}

function clientOf({ extension: fields }: CefEvent): OcsfEndpoint | undefined {
  return endOf({
    ip: ipAddress(told(fields, "src")),
    port: port(fields, "spt"),
    hostname: told(fields, "shost", "InfobloxB1SrcHostName"),
    mac: macAddress(told(fields, "smac")),
  });
}

function serverOf({ extension: fields }: CefEvent, syslog: SyslogHeader | null): OcsfEndpoint {
  const server = endOf({
    ip: ipAddress(told(fields, "dst") ?? told(fields, "dvc")),
    hostname: told(fields, "dvchost", "InfobloxB1OPHName") ?? syslog?.hostname ?? undefined,
  });
  return server ?? { svc_name: "infoblox" };
}

function connectionOf(protocol: string | undefined): OcsfEvent["connection_info"] {
  const known = protocolOf(protocol);
  return known === undefined ? undefined : { ...known, direction_id: 0 };
}

function leaseEvent(cef: CefEvent, base: EventBase, syslog: SyslogHeader | null): OcsfEvent | null {
  const fields = cef.extension;
  const words = `${cef.signature} ${cef.name} ${told(fields, "InfobloxLeaseOp") ?? ""}`;
  const activity = /DELETE|RELEASE|FREE|ABANDON/i.test(words) ? 7 : /EXPIRE/i.test(words) ? 9 : 5;
  const seconds = told(fields, "InfobloxLifetime");
  return createDhcp(
    base,
    {
      activity,
      address: ipAddress(told(fields, "src", "InfobloxIPAddress")),
      mac: macAddress(told(fields, "smac", "InfobloxMAC")),
      hostname: told(fields, "shost", "InfobloxHost"),
      identifier: told(fields, "InfobloxDUID"),
      leaseSeconds: seconds !== undefined && /^\d{1,10}$/.test(seconds) ? Number(seconds) : undefined,
      renewal: /UPDATE|RENEW/i.test(words) ? true : undefined,
    },
    syslog,
  );
}
