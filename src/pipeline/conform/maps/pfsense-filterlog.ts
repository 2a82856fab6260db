/**
 * pfSense's and OPNsense's packet filter log (filterlog) -> Network Activity, one record per packet logged; and sign-ins to
 * their web interface -> Authentication.
 *
 *     rule,subrule,anchor,tracker,interface,reason,action,direction,4,tos,ecn,ttl,id,offset,flags,protocol id,protocol,length,source,destination,…
 *     rule,subrule,anchor,tracker,interface,reason,action,direction,6,class,flow label,hop limit,protocol,protocol id,length,source,destination,…
 *
 * @see https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { type DecodedRecord, defineMap } from "../define-map.ts";
import { splitCsv } from "../decoders/csv.ts";
import { ipAddress, isIpAddress, portOf } from "../decoders/ip-address.ts";
import { createSession, report, reporterOf } from "../network/session.ts";
import { createSignOn } from "../sign-on.ts";
import type { Verdict } from "../web/verdict.ts";

const PRODUCT = { name: "pfSense", vendor_name: "Netgate" } as const;

const START =
  /^\d{0,10},[^,]{0,64},[^,]{0,255},[^,]{0,64},[^,]{1,64},[a-z-]{0,24},[a-z()0-9]{3,16},(?:in|out|in-out),[46],/;
const SIGN_ON =
  /(?:webConfigurator|Web GUI|WebGui) authentication error for (?:user )?'([^']{1,255})' from:? ([0-9A-Fa-f.:]{2,45})|Successful login for user '([^']{1,255})' from:? ([0-9A-Fa-f.:]{2,45})/;

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["pass", "allowed"],
  ["block", "blocked"],
  ["reject", "rejected"],
]);

/** Columns where the two versions of IP differ. */
const V4 = { protocol: 16, length: 17, source: 18, ttl: 11, protocolNumber: 15 } as const;
const V6 = { protocol: 12, length: 14, source: 15, ttl: 11, protocolNumber: 13 } as const;

export default defineMap({
  id: "pfsense-filterlog",
  title: "pfSense and OPNsense filterlog",
  product: PRODUCT,
  reference: "https://docs.netgate.com/pfsense/en/latest/monitoring/logs/raw-filter-format.html",
  lane: "network",
  exporting:
    "Status, System logs, Settings: remote logging with 'Firewall events'; log the rules for outbound " +
    "traffic. OPNsense: Logging, Remote.",
  limits: [
    "One record is one packet, usually the first of a connection: what was sent is not counted.",
    "Names no user and no host, only addresses.",
    "Rules that do not log leave no trace.",
  ],
  recognise({ syslog, body, json }) {
    if (json !== null) return 0;
    if (START.test(body)) return syslog?.app === "filterlog" ? 0.98 : 0.92;
    if (syslog?.app === "filterlog") return 0.9;
    return syslog !== null && body.length < 1_024 && SIGN_ON.test(body) ? 0.9 : 0;
  },
  conform(record, { fileModifiedTime }) {
    const time = record.syslog?.time ?? fileModifiedTime;
    if (START.test(record.body)) return packetEvent(record, time);
    const signOn = record.body.length < 1_024 ? SIGN_ON.exec(record.body) : null;
    if (signOn !== null) return signOnEvent(record, time, signOn);
    if (/^\d{0,10},[^,]{0,64},/.test(record.body))
      throw new MalformedInputError("filterlog record without its columns");
    return null;
  },
});

function packetEvent({ body, syslog }: DecodedRecord, time: number): OcsfEvent {
  const columns = splitCsv(body);
  const at = columns[8] === "4" ? V4 : V6;
  const source = ipAddress(columns[at.source]);
  const destination = ipAddress(columns[at.source + 1]);
  if (source === undefined || destination === undefined)
    throw new MalformedInputError("filterlog record without its addresses");
  const action = columns[6]!;
  const verdict = VERDICTS.get(action);
  // pfSense writes `TCP`, `tcp` and `Options` here; the number is always right.
  const number = columns[at.protocolNumber]!;
  const hasPorts = number === "6" || number === "17" || number === "132";
  const ports = hasPorts ? [columns[at.source + 2], columns[at.source + 3]] : [];
  const tracker = told(columns[3]);
  return createSession(
    { product: PRODUCT, time, event_code: action },
    {
      activityId: verdict === "blocked" || verdict === "rejected" ? 5 : 6,
      source: { ip: source, port: portNumber(ports[0]), interface_name: columns[4]! },
      destination: { ip: destination, port: portNumber(ports[1]) },
      protocol: /^\d{1,3}$/.test(number) ? number : columns[at.protocol],
      traffic: { bytesTotal: countOf(columns[at.length]) },
      verdict,
      rule:
        tracker === undefined && told(columns[0]) === undefined ? undefined : { name: told(columns[0]), uid: tracker },
      reporter: reporterOf(syslog?.hostname ?? undefined),
      unmapped: {
        interface: columns[4],
        direction: columns[7],
        reason: told(columns[5]),
        anchor: told(columns[2]),
        ttl: countOf(columns[at.ttl]),
        tcp_flags: number === "6" ? told(columns[at.source + 5]) : undefined,
        icmp_type: number === "1" || number === "58" ? told(columns[at.source + 2]) : undefined,
      },
    },
  );
}

function signOnEvent({ syslog, body }: DecodedRecord, time: number, match: RegExpExecArray): OcsfEvent {
  const [, failedUser, failedFrom, user, from] = match as unknown as (string | undefined)[];
  const address = failedFrom ?? from!;
  const event = createSignOn(
    { product: PRODUCT, time, event_code: failedUser === undefined ? "login" : "login_error" },
    {
      activity: 1,
      user: { name: failedUser ?? user! },
      service: "webConfigurator",
      source: isIpAddress(address) ? { ip: address } : { hostname: address },
      succeeded: failedUser === undefined,
      message: body,
      unmapped: {},
    },
  );
  return report(event, reporterOf(syslog?.hostname ?? undefined));
}

function told(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

function portNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? portOf(Number(text)) : undefined;
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
