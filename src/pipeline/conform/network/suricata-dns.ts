/**
 * Suricata's `dns` records in their three layouts: version 1 (up to 4.0) writes one record per answer, version 2 (4.1 to 7) a
 * query or an answer with `answers` or `grouped`, version 3 (from 8) `queries` and `answers`.
 *
 * @see https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-dns
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent } from "../ocsf.ts";
import { integer, list, object, property, text } from "../read-json.ts";
import { restOf, sidesOf, type EveRecord } from "./suricata-record.ts";

const READ: ReadonlySet<string> = new Set(
  "version type id rrname rrtype rcode queries query answers answer grouped rdata ttl opcode".split(" "),
);

const MAX_ANSWERS = 64;

export function dnsEvent(record: EveRecord): OcsfEvent {
  const dns = object(record.eve, "dns") ?? object(record.eve, record.type) ?? {};
  // `answer` and `query` as whole objects: the layout of alerts in Suricata 5 to 7.
  const answered = object(dns, "answer");
  const asked = list(dns, "queries")[0] ?? list(dns, "query")[0];
  const body = answered ?? dns;
  const type = text(body, "type") ?? text(asked, "type");
  const isAnswer = type === "answer" || type === "response" || answered !== undefined;
  const name = text(asked, "rrname") ?? text(body, "rrname");
  const answers = isAnswer ? answersOf(body) : undefined;
  return createEvent(4003, isAnswer ? 2 : 1, record.base, {
    ...clientFirst(record, isAnswer),
    connection_info: record.connection,
    query:
      name === undefined
        ? undefined
        : {
            hostname: normaliseHostname(name),
            type: text(asked, "rrtype") ?? text(body, "rrtype"),
            opcode_id: integer(body, "opcode"),
            packet_uid: integer(body, "id") ?? integer(asked, "id"),
          },
    answers,
    ...(isAnswer ? rcodeOf(text(body, "rcode")) : {}),
    ...(isAnswer ? { response_time: record.base.time } : { query_time: record.base.time }),
    unmapped: restOf(record, READ),
  });
}

/** An answer comes from the server, whatever port it uses (5353 and 5355 are the same on both sides). */
function clientFirst(record: EveRecord, isAnswer: boolean): Pick<OcsfEvent, "src_endpoint" | "dst_endpoint"> {
  const { sender, receiver } = record;
  if (sender?.port === receiver?.port && sender?.port !== undefined)
    return isAnswer && !isMulticast(receiver?.ip)
      ? { src_endpoint: receiver, dst_endpoint: sender }
      : { src_endpoint: sender, dst_endpoint: receiver };
  // Over TCP some versions give both records the direction of the connection: the ports tell.
  return sidesOf(record);
}

/** Answers of multicast DNS go to everybody: they have no client. */
function isMulticast(ip: string | undefined): boolean {
  return ip !== undefined && (ip.startsWith("224.0.0.") || ip.startsWith("ff0"));
}

function answersOf(dns: JsonObject): OcsfEvent["answers"] {
  const answers: NonNullable<OcsfEvent["answers"]> = [];
  const detailed = list(dns, "answers");
  for (let index = 0; index < detailed.length && answers.length < MAX_ANSWERS; index += 1) {
    const item = detailed[index];
    const rdata = text(item, "rdata");
    if (rdata !== undefined) answers.push({ type: text(item, "rrtype"), rdata, ttl: integer(item, "ttl") });
  }
  const grouped = object(dns, "grouped");
  if (answers.length === 0 && grouped !== undefined) {
    for (const type of Object.keys(grouped).slice(0, MAX_ANSWERS)) {
      for (const rdata of list(grouped, type).slice(0, MAX_ANSWERS))
        if (typeof rdata === "string" && answers.length < MAX_ANSWERS) answers.push({ type, rdata });
    }
  }
  const single = property(dns, "rdata");
  if (answers.length === 0 && typeof single === "string" && single !== "")
    answers.push({ type: text(dns, "rrtype"), rdata: single, ttl: integer(dns, "ttl") });
  return answers.length === 0 ? undefined : answers;
}
