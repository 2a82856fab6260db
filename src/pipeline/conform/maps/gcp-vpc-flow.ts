/**
 * Google Cloud VPC flow logs -> Network Activity. A record counts one direction of a connection, sampled and scaled up; where
 * both machines belong to the organisation's networks, each of them reports it, and only the sender's report is counted.
 *
 * @see https://cloud.google.com/vpc/docs/about-flow-logs-records
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { unmappedRest } from "../api-activity.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord } from "../define-map.ts";
import { flowDirection, orientFlow } from "../network/one-way-flow.ts";
import { endOfConnection, payloadOf, placeInCloud } from "../network/gcp-log-entry.ts";
import { protocolOf } from "../network/protocols.ts";
import { createEvent } from "../ocsf.ts";
import { byteCount, object, property, text, textOf } from "../read-json.ts";

const product = { name: "VPC Flow Logs", vendor_name: "Google Cloud" } as const;

const PLACED: ReadonlySet<string> = new Set("connection bytes_sent packets_sent start_time end_time".split(" "));

export default defineMap({
  id: "gcp-vpc-flow",
  title: "Google Cloud VPC flow logs",
  product,
  reference: "https://cloud.google.com/vpc/docs/about-flow-logs-records",
  lane: "network",
  exporting:
    "Flow logs on every subnet that leads outside, with all metadata and a sample rate of 1; a sink for " +
    '`logName:"vpc_flows"` to Cloud Storage or Pub/Sub.',
  limits: [
    "Packets are sampled: small flows may be missing, and bytes are an estimate.",
    "Knows addresses and machine names only: no users, no requests, no server names.",
    "Which side is the client follows from the ports.",
    "Between two machines of the organisation only the sender's report is counted: with flow logs off in its network, the bytes are missing.",
  ],
  recognise({ json }) {
    const connection = object(payloadOf(json), "connection");
    if (connection === undefined || !Object.hasOwn(connection, "src_ip") || !Object.hasOwn(connection, "dest_ip"))
      return 0;
    const log = text(json, "logName");
    if (log !== undefined) return /(?:vpc_flows|networkmanagement\.googleapis\.com)/.test(log) ? 1 : 0;
    const payload = payloadOf(json);
    return property(payload, "reporter") !== undefined && property(payload, "bytes_sent") !== undefined ? 1 : 0;
  },
  conform,
});

function conform({ json, syslog }: DecodedRecord, { fileModifiedTime }: ConformEnvironment): OcsfEvent {
  const payload = payloadOf(json);
  const connection = object(payload, "connection");
  if (json === null || payload === undefined || connection === undefined)
    throw new MalformedInputError("no VPC flow record");
  const sender = endpointOf(connection, payload, "src");
  const receiver = endpointOf(connection, payload, "dest");
  if (sender === undefined && receiver === undefined) throw new MalformedInputError("VPC flow without an address");
  const repeated = isRepeated(payload);
  const { src_endpoint, dst_endpoint, traffic, isReply } = orientFlow({
    sender,
    receiver,
    bytes: byteCount(payload, "bytes_sent"),
    packets: byteCount(payload, "packets_sent"),
  });
  const start = parseTime(property(payload, "start_time"));
  const end = parseTime(property(payload, "end_time"));
  const ownSide = object(payload, text(payload, "reporter") === "DEST" ? "dest_instance" : "src_instance");
  const unmapped = unmappedRest(payload, PLACED);
  if (repeated && traffic !== undefined) {
    unmapped["bytes_sent"] = byteCount(payload, "bytes_sent");
    unmapped["packets_sent"] = byteCount(payload, "packets_sent");
  }
  const event = createEvent(
    4001,
    6,
    {
      product,
      time: parseTime(property(json, "timestamp")) ?? end ?? start ?? syslog?.time ?? fileModifiedTime,
      uid: text(json, "insertId"),
    },
    {
      start_time: start,
      end_time: end,
      duration: start === undefined || end === undefined || end < start ? undefined : end - start,
      src_endpoint,
      dst_endpoint,
      connection_info: {
        ...protocolOf(textOf(connection, "protocol")),
        ...flowDirection(directionOf(payload), isReply),
      },
      traffic: repeated ? undefined : traffic,
      unmapped,
    },
  );
  return placeInCloud(event, json, { region: text(ownSide, "region"), project: text(ownSide, "project_id") });
}

/** A report of what another reporter, nearer to the sender or the machine itself, has reported too. */
function isRepeated(payload: JsonObject): boolean {
  const reporter = text(payload, "reporter");
  if (reporter === "SRC_GATEWAY") return object(payload, "dest_instance") !== undefined;
  return (reporter === "DEST" || reporter === "DEST_GATEWAY") && object(payload, "src_vpc") !== undefined;
}

function directionOf(payload: JsonObject): "inbound" | "outbound" | "lateral" | undefined {
  const fromOwn = object(payload, "src_instance") !== undefined;
  const toOwn = object(payload, "dest_instance") !== undefined;
  if (fromOwn && toOwn) return "lateral";
  return fromOwn ? "outbound" : toOwn ? "inbound" : undefined;
}

function endpointOf(connection: JsonObject, payload: JsonObject, side: "src" | "dest"): OcsfEndpoint | undefined {
  return endOfConnection(connection, side, object(payload, `${side}_instance`), object(payload, `${side}_location`));
}
