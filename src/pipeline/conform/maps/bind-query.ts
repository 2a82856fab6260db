/**
 * BIND 9's query log and what it says of refused and failed queries -> DNS Activity.
 *
 * Input: `client @0x… 10.1.4.17#56256 (name): view internal: query: name IN A +E(0)K (10.1.0.53)`, with BIND's own time,
 * category and severity in front where the channel prints them, or behind a syslog header. The text of `dnstap-read` too.
 *
 * @see https://bind9.readthedocs.io/en/latest/reference.html#logging-block-grammar
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { monthIndex, parseIsoTime } from "../decoders/timestamp.ts";
import { dnsServer, normaliseHostname, rcodeOf } from "../dns.ts";
import { readDnstapLine, type DnstapLine } from "../network/dnstap-line.ts";
import { isInfobloxResponse } from "../network/infoblox-response.ts";
import { protocolOf } from "../network/protocols.ts";
import { createEvent } from "../ocsf.ts";

const PRODUCT = { name: "BIND", vendor_name: "ISC" } as const;

const OWN_TIME = /^(\d{2})-([A-Z][a-z]{2})-(\d{4}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))? /;
const ISO_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?) /;
const DNSTAP = /^\d{2}-[A-Z][a-z]{2}-\d{4} [\d:.]{8,15} [SCARFTU][QR] \S{1,51} (?:->|<-) /;
const CATEGORY = /^([a-z-]{3,32}): /;
const SEVERITY = /^(debug \d{1,3}|info|notice|warning|error|critical): /;
const CLIENT =
  /^client (?:@0x[0-9A-Fa-f]{1,16} )?([0-9A-Fa-f.:%a-z]{2,64})#(\d{1,5})(?:\/key \S+)?(?: \((.{1,1024}?)\))?: (?:view ([^\s:]{1,255}): )?/;

const QUERY = /^query: (\S{1,1024}) ([A-Z0-9]{2,16}) ([A-Z0-9-]{1,24}) (\S{1,32})(?: \(([0-9A-Fa-f.:%a-z]{2,64})\))?/;
const RESPONSE =
  /^response: (\S{1,1024}) ([A-Z0-9]{2,16}) ([A-Z0-9-]{1,24}) ([A-Z]{2,16})(?: \S{1,32} \(([0-9A-Fa-f.:%a-z]{2,64})\))?/;
const DENIED =
  /^(query|zone transfer|update|notify)(?: \(cache\))? '(.{1,1024})\/([A-Z0-9-]{1,24})\/([A-Z0-9]{2,16})' denied/;
const FAILED =
  /^query failed \(([A-Za-z]{2,32}|[a-z ]{2,64})\) for (.{1,1024})\/([A-Z0-9]{2,16})\/([A-Z0-9-]{1,24}) at /;
/** Versions before 9.11 leave class and type out. */
const REWRITTEN =
  /^(?:disabled )?rpz ([A-Z-]{2,16}) ([A-Za-z-]{2,32}) rewrite (\S{1,1024}?)(?:\/([A-Z0-9-]{1,24})\/([A-Z0-9]{2,16}))?(?: \[([A-Z0-9-]{1,24})\])? via /;
/** Of `named` with a plug-in that asks for another name, as in NIOS. */
const RENAMED = /^rewriting query name '([^'\n]{1,1024})' to '([^'\n]{1,1024})', type ([A-Z0-9-]{1,24})/;

export default defineMap({
  id: "bind-query",
  title: "BIND 9 query log",
  product: PRODUCT,
  reference: "https://bind9.readthedocs.io/en/latest/reference.html#logging-block-grammar",
  lane: "network",
  exporting:
    "`rndc querylog on`, or a `logging` block that sends the category `queries` to a channel with `print-time " +
    "yes`; add the categories `security` and `query-errors` for what was refused or failed.",
  limits: [
    "Names no user.",
    "The query log holds no answers.",
    "Lookups over HTTPS or TLS to other resolvers (DoH, DoT) do not appear.",
  ],
  recognise({ syslog, body, json }) {
    // Wrappers quote the line, a few characters in.
    if (json !== null || body.charCodeAt(0) === 0x5b) return 0;
    // NIOS runs a BIND of its own making.
    if (body.startsWith("CEF:") || isInfobloxResponse(body)) return 0;
    if (syslog !== null && syslog.app === "named") return 0.95;
    const at = body.indexOf("client ");
    if (at >= 0 && at < 100 && CLIENT.test(at === 0 ? body : body.slice(at))) return 0.93;
    if (DNSTAP.test(body)) return 0.93;
    return OWN_TIME.test(body) && CATEGORY.test(body.slice(25)) && SEVERITY.test(body.slice(body.indexOf(": ") + 2))
      ? 0.8
      : 0;
  },
  conform(record, { fileModifiedTime }) {
    const { body, syslog } = record;
    const stamp = takeTime(body);
    const tap = DNSTAP.test(body) ? readDnstapLine(body.slice(stamp.length)) : null;
    if (tap !== null) return tapEvent(tap, stamp.time ?? fileModifiedTime);
    const rest = body.slice(stamp.length).replace(CATEGORY, "").replace(SEVERITY, "");
    const client = CLIENT.exec(rest);
    if (client === null) {
      if (/^client\b/.test(rest)) throw new MalformedInputError("BIND line without a client address");
      return null;
    }
    // With print-time no and no syslog the file's own time is all there is.
    return eventOf(record, stamp.time ?? syslog?.time ?? fileModifiedTime, client, rest.slice(client[0].length));
  },
});

function takeTime(text: string): { time: number | undefined; length: number } {
  const own = OWN_TIME.exec(text);
  if (own !== null) {
    const [whole, day, month, year, hour, minute, second, ms] = own;
    const index = monthIndex(month!);
    if (index === undefined) throw new MalformedInputError(`BIND time ${JSON.stringify(whole)} is unreadable`);
    return {
      time: Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second), Number(ms ?? 0)),
      length: whole.length,
    };
  }
  const iso = ISO_TIME.exec(text);
  return iso === null ? { time: undefined, length: 0 } : { time: parseIsoTime(iso[1]!), length: iso[0].length };
}

/** What the message says of a query; null for messages about anything else. */
interface Message {
  readonly code: string;
  readonly activity: 1 | 2;
  readonly name: string;
  readonly class: string | undefined;
  readonly type: string | undefined;
  readonly rcode?: string;
  readonly denied?: boolean;
  readonly server?: string | undefined;
  readonly unmapped?: Record<string, unknown>;
}

function readMessage(text: string): Message | null {
  const query = QUERY.exec(text);
  if (query !== null)
    return {
      code: "query",
      activity: 1,
      name: query[1]!,
      class: query[2]!,
      type: query[3]!,
      server: query[5],
      unmapped: { flags: query[4] },
    };
  const denied = DENIED.exec(text);
  if (denied !== null)
    return {
      code: denied[1]!,
      activity: 1,
      name: denied[2]!,
      type: denied[3]!,
      class: denied[4]!,
      rcode: "REFUSED",
      denied: true,
    };
  const failed = FAILED.exec(text);
  if (failed !== null)
    return {
      code: "query failed",
      activity: 2,
      name: failed[2]!,
      class: failed[3]!,
      type: failed[4]!,
      rcode: failed[1] === "failure" ? "SERVFAIL" : failed[1]!,
    };
  const response = RESPONSE.exec(text);
  if (response !== null)
    return {
      code: "response",
      activity: 2,
      name: response[1]!,
      class: response[2]!,
      type: response[3]!,
      rcode: response[4]!,
      server: response[5],
    };
  const renamed = RENAMED.exec(text);
  if (renamed !== null)
    return {
      code: "rewriting query name",
      activity: 1,
      name: renamed[1]!,
      type: renamed[3]!,
      class: undefined,
      unmapped: { rewritten_to: renamed[2] },
    };
  const rewritten = REWRITTEN.exec(text);
  if (rewritten === null) return null;
  const [, trigger, policy, name, type, className, bracketed] = rewritten as unknown as (string | undefined)[];
  return {
    code: "rpz",
    activity: 2,
    name: name!,
    type: type ?? bracketed,
    class: className,
    denied: policy !== "PASSTHRU" && !text.startsWith("disabled"),
    unmapped: { trigger, policy },
  };
}

function tapEvent(tap: DnstapLine, time: number): OcsfEvent {
  if (tap.client === undefined && tap.server === undefined)
    throw new MalformedInputError("dnstap line without an address");
  return createEvent(
    4003,
    tap.isResponse ? 2 : 1,
    { product: PRODUCT, time, event_code: tap.code },
    {
      src_endpoint: tap.client,
      dst_endpoint: tap.server,
      connection_info: { ...protocolOf(tap.transport), direction_id: 0 },
      query: { hostname: normaliseHostname(tap.name), type: tap.type, class: tap.class },
      query_time: tap.isResponse ? undefined : time,
      response_time: tap.isResponse ? time : undefined,
    },
  );
}

function eventOf(
  { syslog }: DecodedRecord,
  time: number,
  [, address, port, , view]: RegExpExecArray,
  text: string,
): OcsfEvent | null {
  const message = readMessage(text);
  if (message === null) {
    if (text.startsWith("query: ")) throw new MalformedInputError("BIND query without its class or type");
    return null;
  }
  const ip = ipAddress(address);
  if (ip === undefined) throw new MalformedInputError(`BIND client ${JSON.stringify(address)} is no address`);
  const server = ipAddress(message.server);
  const named = syslog?.app === "named" ? syslog.hostname : null;
  const { denied } = message;
  return createEvent(
    4003,
    message.activity,
    { product: PRODUCT, time, event_code: message.code },
    {
      src_endpoint: { ip, port: portOf(Number(port)) },
      dst_endpoint: server === undefined && !named ? undefined : dnsServer(named, "named", server),
      query: { hostname: normaliseHostname(message.name), type: message.type, class: message.class },
      query_time: message.activity === 1 ? time : undefined,
      response_time: message.activity === 2 ? time : undefined,
      ...rcodeOf(message.rcode),
      action_id: denied === undefined ? undefined : denied ? 2 : 1,
      action: denied === undefined ? undefined : denied ? "Denied" : "Allowed",
      disposition_id: denied === undefined ? undefined : denied ? 2 : 1,
      disposition: denied === undefined ? undefined : denied ? "Blocked" : "Allowed",
      unmapped: view === undefined ? message.unmapped : { ...message.unmapped, view },
    },
  );
}
