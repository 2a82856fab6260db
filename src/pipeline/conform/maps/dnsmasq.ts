/**
 * dnsmasq's query log (`log-queries`, `log-queries=extra`) -> DNS Activity: queries of clients and the answers given to them.
 *
 * Input: `query[A] name from 10.1.4.17`, `reply name is 192.0.2.1`; the extra form puts `serial client/port` in front.
 * What dnsmasq asks its upstream servers (`forwarded`, `dnssec-query`) is no activity of a client.
 *
 * @see https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { addressType, dnsServer, normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent } from "../ocsf.ts";
import { DNS_TYPES } from "../tables/dns-types.ts";

const PRODUCT = { name: "dnsmasq", vendor_name: "Simon Kelley" } as const;

const EXTRA = /^(\d{1,10}) ([0-9A-Fa-f.:]{2,45})\/(\d{1,5}) /;
const QUERY = /^(?:query|auth)\[([A-Za-z0-9=-]{1,24})\] (.{1,1024}) from ([0-9A-Fa-f.:%a-z]{2,64})$/;
/** Where the answer came from: upstream, cache, configuration, a hosts file, a lease, or a block list (Pi-hole). */
const ANSWER =
  /^(reply|cached|cached-stale|config|special domain|DHCP|\/\S{1,255}|(?:gravity|regex|exactly) (?:blocked|blacklisted|denied)(?: \(CNAME\))?) (\S.{0,1023}) is (.{1,1024})$/;
const NO_ANSWER = /^(NXDOMAIN|NODATA(?:-IPv[46])?|SERVFAIL|REFUSED|FORMERR|NOTIMP|duplicate)\b/;

export default defineMap({
  id: "dnsmasq",
  title: "dnsmasq query log",
  product: PRODUCT,
  reference: "https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html",
  lane: "network",
  exporting:
    "`log-queries=extra` in `dnsmasq.conf`: only with `extra` an answer names its client. The lines go to " +
    "syslog, or to `log-facility=/path`.",
  limits: [
    "Names no user.",
    "Without log-queries=extra an answer does not say whom it went to.",
    "Lookups over HTTPS or TLS (DoH, DoT) do not appear.",
  ],
  recognise({ syslog, body }) {
    if (syslog !== null && syslog.app !== null) return syslog.app === "dnsmasq" ? 0.97 : 0;
    return QUERY.test(body.replace(EXTRA, "")) ? 0.85 : 0;
  },
  conform(record, { fileModifiedTime }) {
    const time = record.syslog?.time ?? fileModifiedTime;
    const extra = EXTRA.exec(record.body);
    const message = extra === null ? record.body : record.body.slice(extra[0].length);
    const query = QUERY.exec(message);
    if (query !== null) return queryEvent(record, time, extra, query);
    const answer = ANSWER.exec(message);
    if (answer !== null) return answerEvent(record, time, extra, answer);
    if (/^(?:query|reply)\b/.test(message))
      throw new MalformedInputError("dnsmasq query or reply without its name or address");
    return null;
  },
});

function queryEvent(
  record: DecodedRecord,
  time: number,
  extra: RegExpExecArray | null,
  [, type, name, address]: RegExpExecArray,
): OcsfEvent {
  const ip = ipAddress(address);
  if (ip === undefined) throw new MalformedInputError(`dnsmasq client ${JSON.stringify(address)} is no address`);
  return createEvent(
    4003,
    1,
    { product: PRODUCT, time, event_code: "query" },
    {
      src_endpoint: clientOf(extra) ?? { ip },
      dst_endpoint: serverOf(record),
      query: { hostname: normaliseHostname(name!), type: typeNamed(type!) },
      query_time: time,
      unmapped: serialOf(extra),
    },
  );
}

/** Types it has no name for are numbers: `type=65`. */
function typeNamed(type: string): string {
  return type.startsWith("type=") ? (DNS_TYPES.get(Number(type.slice(5))) ?? type) : type;
}

function answerEvent(
  record: DecodedRecord,
  time: number,
  extra: RegExpExecArray | null,
  [, origin, name, value]: RegExpExecArray,
): OcsfEvent {
  const code = NO_ANSWER.exec(value!)?.[1];
  // Pi-hole up to version 4 answered from lists of hosts.
  const blocked = /^(?:gravity|regex|exactly|\/\S{0,200}\/(?:gravity|black)\.list$)/.test(origin!);
  return createEvent(
    4003,
    2,
    { product: PRODUCT, time, event_code: origin!.startsWith("/") ? "hosts" : origin! },
    {
      src_endpoint: clientOf(extra),
      dst_endpoint: serverOf(record),
      // `reply error is SERVFAIL` names the failure, not what was asked.
      query: name === "error" ? undefined : { hostname: normaliseHostname(name!) },
      answers:
        code === undefined
          ? [{ rdata: value!, type: addressType(value!) ?? /^<([A-Z0-9]{1,16})>$/.exec(value!)?.[1] }]
          : undefined,
      ...rcodeOf(code === undefined || code.startsWith("NODATA") ? 0 : code),
      response_time: time,
      action_id: blocked ? 2 : undefined,
      action: blocked ? "Denied" : undefined,
      disposition_id: blocked ? 2 : undefined,
      disposition: blocked ? "Blocked" : undefined,
      unmapped: serialOf(extra),
    },
  );
}

function clientOf(extra: RegExpExecArray | null): OcsfEndpoint | undefined {
  const ip = ipAddress(extra?.[2]);
  return ip === undefined ? undefined : { ip, port: portOf(Number(extra![3])) };
}

/** The server is the machine that logs; a log without host names leaves only its kind. */
function serverOf({ syslog }: DecodedRecord): OcsfEndpoint {
  return dnsServer(syslog?.hostname, "dnsmasq");
}

/** The serial number joins the lines of one query. */
function serialOf(extra: RegExpExecArray | null): Record<string, unknown> | undefined {
  return extra === null ? undefined : { serial: Number(extra[1]) };
}
