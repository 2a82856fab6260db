/**
 * NIOS's response log: one line per answer, with the records it held.
 *
 *     07-Apr-2026 08:08:10.043 client 10.1.4.17#57398: UDP: query: a.example IN A response: NOERROR +ED a.example. 28800 IN A 192.0.2.1;
 *     infoblox-responses: 14-Apr-2026 16:17:20.046 client 10.1.4.17#57738: view 12: TCP: query: a.example IN A response: REFUSED -
 *
 * @see https://docs.infoblox.com/space/nios85/35816694/Capturing+DNS+Queries+and+Responses
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { monthIndex } from "../decoders/timestamp.ts";
import { answerData, dnsServer, normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent, type EventBase } from "../ocsf.ts";

const RESPONSE =
  /^(?:infoblox-responses: )?(?:(\d{2})-([A-Z][a-z]{2})-(\d{4}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))? )?client (?:@0x[0-9A-Fa-f]{1,16} )?([0-9A-Fa-f.:%a-z]{2,64})#(\d{1,5}):?(?: \([^()]{1,1024}\):)?(?: view ([^\s:]{1,255}):)? (UDP|TCP|DoT|DoH): query: (\S{1,1024}) ([A-Z0-9]{2,16}) ([A-Z0-9-]{1,24}) response: ([A-Z]{2,16}|\d{1,5}) (\S{1,16})(?: (.{1,16384}))?$/;
const RECORD = /^(\S{1,1024}) (\d{1,10}) ([A-Z0-9]{2,16}) ([A-Z0-9-]{1,24}) (\S.{0,4096})$/;
/** Texts hold semicolons too: only one before an owner, a time to live and a class parts records. */
const BETWEEN_RECORDS = /; ?(?=\S{1,1024} \d{1,10} (?:IN|CH|HS) )/;
const MAX_ANSWERS = 64;

/** Whether the line is one of responses, cut off or not; cheap. */
export function isInfobloxResponse(body: string): boolean {
  if (body.startsWith("infoblox-responses: ")) return true;
  const at = body.indexOf("P: query: ");
  return (
    at > 0 &&
    at < 400 &&
    /\bclient \S{3,90}#\d{1,5}:?(?: view [^\s:]{1,255}:)? (?:UDP|TCP): query: /.test(body.slice(0, at + 10))
  );
}

/** @throws {MalformedInputError} when the line is cut off before its response code */
export function responseEvent(base: EventBase, body: string, server: string | null | undefined): OcsfEvent {
  const match = RESPONSE.exec(body);
  const ip = ipAddress(match?.[8]);
  if (match === null || ip === undefined) throw new MalformedInputError("NIOS response without its client or its code");
  const [
    ,
    day,
    month,
    year,
    hour,
    minute,
    second,
    ms,
    ,
    port,
    view,
    transport,
    name,
    dnsClass,
    type,
    rcode,
    flags,
    records,
  ] = match as unknown as (string | undefined)[];
  const index = month === undefined ? undefined : monthIndex(month);
  const time =
    index === undefined
      ? base.time
      : Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second), Number(ms ?? 0));
  const udp = transport === "UDP";
  const answers = records === undefined ? undefined : answersOf(records);
  return createEvent(
    4003,
    2,
    { ...base, time, event_code: "response" },
    {
      src_endpoint: { ip, port: portOf(Number(port)) },
      dst_endpoint: dnsServer(server, "infoblox"),
      connection_info: { direction_id: 0, protocol_name: udp ? "udp" : "tcp", protocol_num: udp ? 17 : 6 },
      query: { hostname: normaliseHostname(name!), type, class: dnsClass },
      answers: answers === undefined || answers.length === 0 ? undefined : answers,
      ...rcodeOf(rcode),
      response_time: time,
      unmapped: { flags, view },
    },
  );
}

/** `name ttl class type data; name ttl class type data;` */
export function answersOf(text: string): NonNullable<OcsfEvent["answers"]> {
  const answers: NonNullable<OcsfEvent["answers"]> = [];
  for (const part of text.split(BETWEEN_RECORDS, MAX_ANSWERS)) {
    const match = RECORD.exec(part.trim().replace(/;$/, ""));
    if (match === null) continue;
    const [, , ttl, dnsClass, type, rdata] = match as unknown as string[];
    answers.push({ rdata: answerData(type, rdata!), type: type!, class: dnsClass!, ttl: Number(ttl) });
  }
  return answers;
}
