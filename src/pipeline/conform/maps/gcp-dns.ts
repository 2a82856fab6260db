/**
 * Google Cloud DNS query logs -> DNS Activity: questions of machines in a VPC (or through an inbound forwarder), and those that a
 * public zone answered, with the answers.
 *
 * @see https://cloud.google.com/dns/docs/monitoring
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { unmappedRest } from "../api-activity.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { answerData, normaliseHostname, rcodeOf } from "../dns.ts";
import { payloadOf, placeInCloud } from "../network/gcp-log-entry.ts";
import { protocolOf } from "../network/protocols.ts";
import { createEvent } from "../ocsf.ts";
import { integer, list, object, property, text } from "../read-json.ts";

const product = { name: "Cloud DNS", vendor_name: "Google Cloud" } as const;

const PLACED: ReadonlySet<string> = new Set(
  "queryName queryType rdata structuredRdata structured_rdata responseCode protocol sourceIP destinationIP vmInstanceName serverLatency".split(
    " ",
  ),
);

const MAX_ANSWERS = 64;

/** `api.example.<tab>300<tab>IN<tab>a<tab>192.0.2.7`; a list that was too long ends in dots. */
const RECORD = /^(\S{1,255})\t(\d{1,10})\t([A-Za-z]{1,8})\t([A-Za-z0-9]{1,16})\t(.{1,4096})$/;

export default defineMap({
  id: "gcp-dns",
  title: "Google Cloud DNS query logs",
  product,
  reference: "https://cloud.google.com/dns/docs/monitoring",
  lane: "network",
  exporting:
    "A DNS server policy with logging on for every network, logging on public zones; a sink for " +
    '`resource.type="dns_query"` to Cloud Storage or Pub/Sub.',
  limits: [
    "Names no user; the machine only where it asks through its own metadata server.",
    "Answers from the machine's own cache are not logged again; long answers are cut off.",
    "Lookups over HTTPS (DoH) to resolvers outside do not appear.",
  ],
  recognise({ json }) {
    const payload = payloadOf(json);
    return text(payload, "queryName") !== undefined &&
      text(payload, "queryType") !== undefined &&
      (text(payload, "responseCode") !== undefined || text(object(json, "resource"), "type") === "dns_query")
      ? 1
      : 0;
  },
  conform,
});

function conform({ json, syslog }: DecodedRecord, { fileModifiedTime }: ConformEnvironment): OcsfEvent {
  const payload = payloadOf(json);
  const name = text(payload, "queryName");
  if (json === null || payload === undefined || name === undefined)
    throw new MalformedInputError("DNS query log without a queryName");
  const transport = text(payload, "protocol")?.toLowerCase();
  const answers = answersOf(payload);
  const time = parseTime(property(json, "timestamp")) ?? syslog?.time ?? fileModifiedTime;
  const latency = integer(payload, "serverLatency");
  const server = ipAddress(property(payload, "destinationIP"));
  const event = createEvent(
    4003,
    6,
    { product, time, uid: text(json, "insertId") },
    {
      src_endpoint: clientOf(payload),
      dst_endpoint: server === undefined ? { svc_name: "Cloud DNS" } : { ip: server },
      connection_info: transport === undefined ? undefined : { ...protocolOf(transport), direction_id: 0 },
      app_protocol_name: "dns",
      query: { hostname: normaliseHostname(name), type: text(payload, "queryType") },
      query_time: latency === undefined || latency < 0 ? undefined : time - latency,
      response_time: time,
      duration: latency === undefined || latency < 0 ? undefined : latency,
      answers,
      ...rcodeOf(text(payload, "responseCode")),
      unmapped: unmappedRest(payload, PLACED),
    },
  );
  return placeInCloud(event, json, { project: text(payload, "vmProjectId") });
}

/** The machine's name follows the number of its project: `123456789012.ws-017`. */
function clientOf(payload: JsonObject): OcsfEndpoint | undefined {
  const ip = ipAddress(property(payload, "sourceIP"));
  const machine = /^\d{1,20}\.(\S{1,255})$/.exec(text(payload, "vmInstanceName") ?? "")?.[1];
  if (ip === undefined && machine === undefined) return undefined;
  const endpoint: OcsfEndpoint = {};
  if (machine !== undefined) endpoint.hostname = machine.toLowerCase();
  if (ip !== undefined) endpoint.ip = ip;
  return endpoint;
}

function answersOf(payload: JsonObject): OcsfEvent["answers"] {
  const answers: NonNullable<OcsfEvent["answers"]> = [];
  for (const item of [...list(payload, "structuredRdata"), ...list(payload, "structured_rdata")].slice(
    0,
    MAX_ANSWERS,
  )) {
    const rdata = text(item, "rvalue");
    const type = text(item, "type")?.toUpperCase();
    if (rdata !== undefined)
      answers.push({ rdata: answerData(type, rdata), type, class: text(item, "class"), ttl: integer(item, "ttl") });
  }
  if (answers.length > 0) return answers;
  for (const line of (text(payload, "rdata") ?? "").split("\n", MAX_ANSWERS)) {
    const match = RECORD.exec(line);
    if (match === null) continue;
    const type = match[4]!.toUpperCase();
    answers.push({ rdata: answerData(type, match[5]!), type, class: match[3]!.toUpperCase(), ttl: Number(match[2]) });
  }
  return answers.length === 0 ? undefined : answers;
}
