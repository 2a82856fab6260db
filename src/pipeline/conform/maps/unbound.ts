/**
 * Unbound -> DNS Activity: `log-queries`, `log-replies`, `log-local-actions`, `log-servfail` and response policy zones.
 *
 *     [1774001234] unbound[812:0] info: 10.1.4.17 github.com. A IN
 *     Mar 20 10:07:14 resolver[812:0] reply: 10.1.4.17 github.com. A IN NOERROR 0.000000 1 51
 *     unbound[812]: [812:0] info: bad.example. always_nxdomain 10.1.4.17@46803 bad.example. AAAA IN
 *
 * @see https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { type ConformEnvironment, type DecodedRecord, defineMap } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { monthIndex, parseEpoch, parseIsoTime, withoutYear } from "../decoders/timestamp.ts";
import { dnsServer, normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent } from "../ocsf.ts";

const PRODUCT = { name: "Unbound", vendor_name: "NLnet Labs" } as const;

/** What Unbound itself puts in front: time, identity, process and thread; behind a syslog header the last two alone. */
const OWN_PREFIX =
  /^(?:\[(\d{9,10})\]|([A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2})|(\d{4}-\d{2}-\d{2}T[\d:.]{8,20}(?:Z|[+-]\d{2}:?\d{2})?)) ([A-Za-z0-9_.-]{1,64})\[\d{1,10}:[0-9a-f]{1,8}\] /;
const THREAD = /^\[\d{1,10}:[0-9a-f]{1,8}\] /;
const LEVEL = /^(info|query|reply|notice|warning|error|debug): /;

const NAME_TYPE_CLASS = String.raw`(\S{1,1024}) ([A-Z][A-Z0-9-]{0,23}) (IN|CH|HS|ANY|NONE|CLASS\d{1,5})`;
const QUERY = new RegExp(
  String.raw`^([0-9A-Fa-f.:]{2,45}) ${NAME_TYPE_CLASS}(?: ([A-Z]{2,16}|RCODE\d{1,5}) (\d{1,6}\.\d{1,9}) ([01]) (\d{1,6})\b)?`,
);
const LOCAL = new RegExp(String.raw`^(\S{1,1024}) ([a-z_]{3,24}) ([0-9A-Fa-f.:]{2,45})@(\d{1,5}) ${NAME_TYPE_CLASS}$`);
const POLICY_ZONE = new RegExp(
  String.raw`^rpz: applied (?:\[([^\]\s]{1,255})\] )?(\S{1,1024}) ([a-z0-9-]{3,32}) ([0-9A-Fa-f.:]{2,45})@(\d{1,5}) ${NAME_TYPE_CLASS}`,
);
const SERVFAIL = new RegExp(String.raw`^SERVFAIL <${NAME_TYPE_CLASS}>: (.{0,1024})`);

/** Kinds of local zones that keep an answer from the client or give another one. */
const BLOCKING =
  /^(?:deny|refuse|redirect|always_(?:refuse|nxdomain|nodata|deny|null)|block_a|inform_(?:deny|redirect))$/;

export default defineMap({
  id: "unbound",
  title: "Unbound query, reply and local action log",
  product: PRODUCT,
  reference: "https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html",
  lane: "network",
  exporting:
    "`log-queries: yes`, `log-replies: yes`, `log-local-actions: yes` and `log-time-iso: yes` in " +
    "`unbound.conf`; the lines go to syslog or `logfile`.",
  limits: [
    "Names no user.",
    "Holds no answers, only their response code and size (log-replies).",
    "Lookups over HTTPS or TLS to other resolvers (DoH, DoT) do not appear.",
  ],
  recognise({ syslog, body }) {
    if (syslog !== null && syslog.app !== null) return syslog.app === "unbound" ? 0.96 : THREAD.test(body) ? 0.7 : 0;
    const own = OWN_PREFIX.exec(body);
    if (own === null) return 0;
    return own[4] === "unbound" ? 0.96 : LEVEL.test(body.slice(own[0].length)) ? 0.85 : 0;
  },
  conform(record, environment) {
    const own = OWN_PREFIX.exec(record.body);
    let text = own === null ? record.body.replace(THREAD, "") : record.body.slice(own[0].length);
    const level = LEVEL.exec(text);
    if (level !== null) text = text.slice(level[0].length);
    const time = timeOf(own, record, environment);
    const event = queryEvent(text, time, record) ?? localEvent(text, time, record) ?? failedEvent(text, time, record);
    if (event !== null) return event;
    if (level !== null && (level[1] === "query" || level[1] === "reply"))
      throw new MalformedInputError("Unbound query or reply without its name, type or class");
    if (/^[0-9.]{7,15} \S+\.(?: [A-Z]{1,16})?$/.test(text))
      throw new MalformedInputError("Unbound query cut off before its class");
    return null;
  },
});

function timeOf(own: RegExpExecArray | null, { syslog }: DecodedRecord, environment: ConformEnvironment): number {
  const fallback = syslog?.time ?? environment.fileModifiedTime;
  if (own === null) return fallback;
  const [, epoch, bsd, iso] = own as unknown as (string | undefined)[];
  if (epoch !== undefined) return parseEpoch(epoch) ?? fallback;
  if (iso !== undefined) return parseIsoTime(iso) ?? fallback;
  const month = monthIndex(bsd!);
  if (month === undefined) return fallback;
  const [hour, minute, second] = bsd!.slice(7).split(":").map(Number) as [number, number, number];
  return withoutYear(month, Number(bsd!.slice(4, 6)), hour, minute, second, 0, environment.fileModifiedTime);
}

function queryEvent(text: string, time: number, record: DecodedRecord): OcsfEvent | null {
  const match = QUERY.exec(text);
  if (match === null) return null;
  const [, address, name, type, dnsClass, rcode, seconds, cached, size] = match as unknown as (string | undefined)[];
  const ip = ipAddress(address);
  if (ip === undefined) return null;
  const isReply = rcode !== undefined;
  const duration = isReply ? Math.round(Number(seconds) * 1000) : undefined;
  return createEvent(
    4003,
    isReply ? 2 : 1,
    { product: PRODUCT, time, event_code: isReply ? "reply" : "query" },
    {
      src_endpoint: { ip },
      dst_endpoint: serverOf(record),
      query: { hostname: normaliseHostname(name!), type, class: dnsClass },
      query_time: isReply ? time - duration! : time,
      response_time: isReply ? time : undefined,
      duration,
      ...rcodeOf(rcode),
      unmapped: isReply ? { cached: cached === "1", response_size: Number(size) } : undefined,
    },
  );
}

function localEvent(text: string, time: number, record: DecodedRecord): OcsfEvent | null {
  const local = LOCAL.exec(text);
  const match = local ?? POLICY_ZONE.exec(text);
  if (match === null) return null;
  const [zone, action, address, port, name, type, dnsClass] = match.slice(local === null ? 2 : 1) as string[];
  const ip = ipAddress(address);
  if (ip === undefined) return null;
  const blocked = local === null ? !/passthru|disabled|cname-override/.test(action!) : BLOCKING.test(action!);
  return createEvent(
    4003,
    1,
    { product: PRODUCT, time, event_code: local === null ? "rpz" : "local_action" },
    {
      src_endpoint: { ip, port: portOf(Number(port)) },
      dst_endpoint: serverOf(record),
      query: { hostname: normaliseHostname(name!), type, class: dnsClass },
      query_time: time,
      action_id: blocked ? 2 : 1,
      action: blocked ? "Denied" : "Allowed",
      disposition_id: blocked ? 2 : 1,
      disposition: blocked ? "Blocked" : "Allowed",
      firewall_rule: local === null && match[1] !== undefined ? { name: match[1] } : undefined,
      unmapped: { zone: normaliseHostname(zone!), action },
    },
  );
}

/** `log-servfail` names no client. */
function failedEvent(text: string, time: number, record: DecodedRecord): OcsfEvent | null {
  const match = SERVFAIL.exec(text);
  if (match === null) return null;
  const [, name, type, dnsClass, reason] = match as unknown as string[];
  return createEvent(
    4003,
    2,
    { product: PRODUCT, time, event_code: "servfail" },
    {
      dst_endpoint: serverOf(record),
      query: { hostname: normaliseHostname(name!), type, class: dnsClass },
      response_time: time,
      ...rcodeOf("SERVFAIL"),
      status_id: 2,
      status: "Failure",
      status_detail: reason,
    },
  );
}

function serverOf({ syslog }: DecodedRecord): OcsfEndpoint {
  return dnsServer(syslog?.hostname, "unbound");
}
