/**
 * Technitium DNS Server -> DNS Activity: its log with queries and the JSON of its log exporter; sign-ins to its console ->
 * Authentication.
 *
 *     [2026-03-20 10:07:14 UTC] [10.1.4.17:12345] [UDP] QNAME: github.com; QTYPE: A; QCLASS: IN; RCODE: NoError; ANSWER: [203.0.113.22]
 *
 * @see https://technitium.com/dns/help.html
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { parseIsoTime, parseTime } from "../decoders/timestamp.ts";
import { addressType, normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { integer, list, number, object, property, text } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";

const PRODUCT = { name: "Technitium DNS Server", vendor_name: "Technitium" } as const;

const LINE =
  /^\[(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) (?:UTC|Local)\] \[(\[?[0-9A-Fa-f.:%]{2,64}\]?:\d{1,5})\] (.{1,8192})$/;
const QUERY =
  /^\[([A-Za-z]{2,8})\] QNAME: ([^;]{1,1024}); QTYPE: ([A-Za-z0-9-]{1,24}); QCLASS: ([A-Za-z0-9]{1,16})(?:; RCODE: ([A-Za-z0-9]{2,24})(?:; ANSWER: \[(.{0,4096})\])?)?/;
const REFUSED = /(?:DnsWebServiceException|Exception): Invalid username or password for user: (\S{1,255})/;
const SIGNED_IN = /^\[([^\]]{1,255})\] User logged in\b/;
const MAX_ANSWERS = 64;

export default defineMap({
  id: "technitium",
  title: "Technitium DNS Server log and log exporter",
  product: PRODUCT,
  reference: "https://technitium.com/dns/help.html",
  lane: "network",
  exporting: "Settings, Logging: log to file, with 'Log all queries'; the Log Exporter app's JSON is read too.",
  limits: ["Names no user of a lookup.", "Times marked Local are read as UTC."],
  recognise({ json, body }) {
    if (json !== null)
      return Object.hasOwn(json, "clientIp") && Object.hasOwn(json, "question") && Object.hasOwn(json, "rCode")
        ? 0.9
        : 0;
    const line = LINE.exec(body);
    if (line === null) return 0;
    const message = line[3]!;
    return QUERY.test(message) || message.startsWith("DnsServerCore.") || SIGNED_IN.test(message) ? 0.95 : 0.6;
  },
  conform({ json, body }, { fileModifiedTime }) {
    if (json !== null) return exportedEvent(json, fileModifiedTime);
    const line = LINE.exec(body);
    if (line === null) throw new MalformedInputError("no line of Technitium's log");
    const [, stamp, client, message] = line as unknown as [string, string, string, string];
    const base: EventBase = { product: PRODUCT, time: parseIsoTime(stamp) ?? fileModifiedTime };
    const query = QUERY.exec(message);
    if (query !== null) return queryEvent(base, client, query);
    if (/^\[(?:UDP|TCP|TLS|HTTPS|QUIC)\] QNAME:/i.test(message))
      throw new MalformedInputError("Technitium query cut off");
    return signOnEvent(base, client, message);
  },
});

function queryEvent(base: EventBase, client: string, match: RegExpExecArray): OcsfEvent {
  const [, protocol, name, type, dnsClass, rcode, answer] = match as unknown as (string | undefined)[];
  const answers = (answer ?? "")
    .split(", ", MAX_ANSWERS)
    .map((rdata) => rdata.trim())
    .filter((rdata) => rdata !== "")
    .map((rdata) => ({ rdata, type: addressType(rdata) }));
  return createEvent(
    4003,
    rcode === undefined ? 1 : 6,
    { ...base, event_code: "query" },
    {
      src_endpoint: clientOf(client),
      dst_endpoint: { svc_name: "technitium" },
      connection_info: connectionOf(protocol!),
      query: { hostname: normaliseHostname(name!), type: type!, class: dnsClass! },
      query_time: base.time,
      answers: answers.length === 0 ? undefined : answers,
      ...rcodeOf(codeOf(rcode)),
    },
  );
}

function exportedEvent(json: JsonObject, fileModifiedTime: number): OcsfEvent {
  const question = object(json, "question");
  const name = text(question, "questionName") ?? text(question, "name");
  const ip = ipAddress(property(json, "clientIp"));
  if (name === undefined || ip === undefined)
    throw new MalformedInputError("Technitium record without its client or the name asked for");
  const time = parseTime(property(json, "timestamp")) ?? fileModifiedTime;
  const port = portOf(integer(json, "clientPort"));
  const rtt = number(json, "responseRtt");
  const answers = list(json, "answers")
    .slice(0, MAX_ANSWERS)
    .flatMap((answer) => {
      const rdata = text(answer, "recordData");
      return rdata === undefined
        ? []
        : [
            {
              rdata,
              type: text(answer, "recordType"),
              class: text(answer, "recordClass"),
              ttl: integer(answer, "recordTtl"),
            },
          ];
    });
  const blocked = text(json, "responseType")?.includes("Blocked") === true;
  return createEvent(
    4003,
    6,
    { product: PRODUCT, time, event_code: text(json, "responseType") },
    {
      src_endpoint: port === undefined ? { ip } : { ip, port },
      dst_endpoint: { svc_name: "technitium" },
      connection_info: connectionOf(text(json, "protocol") ?? "Udp"),
      query: {
        hostname: normaliseHostname(name),
        type: text(question, "questionType"),
        class: text(question, "questionClass"),
      },
      query_time: time,
      duration: rtt === undefined || rtt < 0 ? undefined : Math.round(rtt),
      answers: answers.length === 0 ? undefined : answers,
      ...rcodeOf(codeOf(text(json, "rCode"))),
      action_id: blocked ? 2 : 1,
      action: blocked ? "Denied" : "Allowed",
      disposition_id: blocked ? 2 : 1,
      disposition: blocked ? "Blocked" : "Allowed",
    },
  );
}

/** Technitium writes codes out: `NxDomain`, `ServerFailure`. */
function codeOf(text: string | undefined): string | undefined {
  if (text === "ServerFailure") return "SERVFAIL";
  if (text === "FormatError") return "FORMERR";
  return text === "NotImplemented" ? "NOTIMP" : text;
}

function signOnEvent(base: EventBase, client: string, message: string): OcsfEvent | null {
  const refused = REFUSED.exec(message);
  const signedIn = refused === null ? SIGNED_IN.exec(message) : null;
  if (refused === null && signedIn === null) return null;
  return createSignOn(
    { ...base, event_code: refused === null ? "login" : "login_failed" },
    {
      activity: 1,
      user: { name: (refused ?? signedIn)![1]! },
      service: "Technitium DNS Server",
      source: clientOf(client),
      succeeded: refused === null,
      message,
      unmapped: {},
    },
  );
}

function clientOf(text: string): OcsfEndpoint {
  const ip = ipAddress(text);
  const port = portOf(Number(/:(\d{1,5})$/.exec(text)?.[1]));
  if (ip === undefined) throw new MalformedInputError(`Technitium client ${JSON.stringify(text)} is no address`);
  return port === undefined ? { ip } : { ip, port };
}

function connectionOf(protocol: string): OcsfEvent["connection_info"] {
  const udp = /^(?:udp|quic)/i.test(protocol);
  return { direction_id: 0, protocol_name: udp ? "udp" : "tcp", protocol_num: udp ? 17 : 6 };
}
