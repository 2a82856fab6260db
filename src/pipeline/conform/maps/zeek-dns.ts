/**
 * Zeek dns.log -> DNS Activity: one record per query with the reply it got, if any.
 *
 * @see https://docs.zeek.org/en/master/logs/dns.html
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { defineMap } from "../define-map.ts";
import {
  connectionOf,
  countOf,
  endpointsOf,
  intervalOf,
  openZeek,
  recogniseZeek,
  UnmappedColumns,
  ZEEK,
  type ZeekTime,
} from "../decoders/zeek.ts";
import { addressType, normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent } from "../ocsf.ts";
import { finite, list, text } from "../read-json.ts";

const UNMAPPED = new UnmappedColumns(
  "proto",
  "trans_id",
  "rtt",
  "query",
  "qclass",
  "qclass_name",
  "qtype",
  "qtype_name",
  "rcode",
  "rcode_name",
  "answers",
  "TTLs",
  "opcode",
  "opcode_name",
);

/** Zeek's class names -> the mnemonics of DNS. */
const CLASS_NAMES: ReadonlyMap<string, string> = new Map([
  ["C_INTERNET", "IN"],
  ["C_CHAOS", "CH"],
  ["C_HESIOD", "HS"],
  ["C_NONE", "NONE"],
  ["C_ANY", "ANY"],
]);

export default defineMap({
  id: "zeek-dns",
  title: "Zeek dns.log",
  product: ZEEK,
  reference: "https://docs.zeek.org/en/master/logs/dns.html",
  lane: "network",
  exporting:
    "TSV with its header lines is the default; `@load policy/tuning/json-logs` writes JSON, which is read " +
    "too. `dns.log` is on by default.",
  limits: [
    "Lookups over TLS or HTTPS (DoT, DoH) do not appear.",
    "Names no user; behind a forwarding resolver the client is the resolver.",
  ],
  recognise: (record) => recogniseZeek("dns", record, (has) => has("trans_id") || (has("query") && has("rejected"))),
  standsAlone: (record) => record.json !== null,
  open: (environment) => openZeek(environment, conform),
});

function conform(row: JsonObject, { ms: time }: ZeekTime): OcsfEvent {
  const rtt = intervalOf(row, "rtt");
  const answers = answersOf(row);
  const code = rcodeOf(countOf(row, "rcode") ?? text(row, "rcode_name"));
  const answered = answers !== undefined || code.rcode_id !== undefined;
  const queryName = text(row, "query");
  return createEvent(
    4003,
    answered ? 6 : 1,
    { product: ZEEK, time, event_code: "dns" },
    {
      ...endpointsOf(row),
      connection_info: connectionOf(row, text(row, "proto")?.toLowerCase()),
      query: queryName === undefined ? undefined : queryOf(row, queryName),
      query_time: time,
      answers,
      ...code,
      response_time: rtt === undefined ? undefined : time + rtt,
      duration: rtt,
      unmapped: UNMAPPED.of(row),
    },
  );
}

function queryOf(row: JsonObject, hostname: string): OcsfEvent["query"] {
  const className = text(row, "qclass_name");
  const opcode = countOf(row, "opcode");
  return {
    hostname: normaliseHostname(hostname),
    type: text(row, "qtype_name"),
    class: className === undefined ? undefined : (CLASS_NAMES.get(className) ?? className),
    packet_uid: countOf(row, "trans_id"),
    opcode_id: opcode === undefined ? undefined : opcode <= 6 ? opcode : 99,
  };
}

function answersOf(row: JsonObject): OcsfEvent["answers"] {
  const answers = list(row, "answers");
  if (answers.length === 0) return undefined;
  const ttls = list(row, "TTLs");
  const read: NonNullable<OcsfEvent["answers"]> = [];
  for (let index = 0; index < answers.length; index += 1) {
    const rdata = answers[index];
    if (typeof rdata !== "string" || rdata === "") continue;
    const seconds = finite(ttls[index]);
    read.push({ rdata, type: addressType(rdata), ttl: seconds === undefined ? undefined : Math.trunc(seconds) });
  }
  return read;
}
