/**
 * AWS VPC and transit gateway flow logs -> Network Activity. A record counts one direction of a connection over a minute or ten:
 * the way to the server counts as `bytes_out`, the way back, with its ends turned round, as `bytes_in`.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord, type RecordReader } from "../define-map.ts";
import { flowDirection, orientFlow } from "../network/one-way-flow.ts";
import { protocolOf } from "../network/protocols.ts";
import { headerColumns, readObject, readRow, rowFormat, type FlowFields } from "../network/vpc-flow-record.ts";
import { createEvent } from "../ocsf.ts";
import { property, text } from "../read-json.ts";
import { verdictFields } from "../web/verdict.ts";

const product = { name: "VPC Flow Logs", vendor_name: "AWS" } as const;

const PLACED: ReadonlySet<string> = new Set(
  "srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status account-id region pkt-srcaddr pkt-dstaddr version".split(
    " ",
  ),
);

export default defineMap({
  id: "aws-vpc-flow",
  title: "AWS VPC flow logs",
  product,
  reference: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html",
  lane: "network",
  exporting:
    "Flow logs of the VPC to S3 or CloudWatch Logs as text. Take a custom format with `flow-direction`, " +
    "`tcp-flags`, `pkt-srcaddr`, `pkt-dstaddr` and `instance-id`, and an aggregation interval of one minute; " +
    "keep the header line of the files.",
  limits: [
    "Knows addresses only: no names, no users, no requests.",
    "A record covers up to ten minutes and one direction; which side is the client follows from flags and ports.",
    "Where flow logs cover both an instance and its NAT gateway, the gateway's record repeats the instance's bytes.",
    "Parquet files have to be exported as JSON or text first.",
    "DNS to Amazon's resolver, instance metadata, DHCP and mirrored traffic are not recorded.",
  ],
  recognise({ body, json }) {
    if (json !== null) return recogniseObject(json);
    return rowFormat(body) !== null ? 0.97 : headerColumns(body) !== null ? 1 : 0;
  },
  standsAlone: ({ json, body }) => json !== null || rowFormat(body) !== null,
  open,
});

function recogniseObject(json: NonNullable<DecodedRecord["json"]>): number {
  if (text(json, "p_log_type") === "AWS.VPCFlow") return 1;
  const has = (...names: readonly string[]) => names.some((name) => Object.hasOwn(json, name));
  if (!has("srcaddr", "srcAddr", "src_addr") || !has("dstaddr", "dstAddr", "dst_addr")) return 0;
  if (has("interface-id", "interface_id", "interfaceId", "log-status", "log_status", "logStatus")) return 1;
  return has("vpcId", "vpc_id", "vpc-id") && has("flowDirection", "flow_direction", "dstPort", "dstport") ? 0.9 : 0;
}

function open(environment: ConformEnvironment): RecordReader {
  let columns: readonly string[] | null = null;
  let header = "";
  return {
    push(record) {
      const { json, body } = record;
      if (json !== null) return conform(readObject(json), record, environment, property(json, "p_event_time"));
      const named = headerColumns(body);
      if (named !== null) {
        columns = named;
        header = body;
        return [];
      }
      const row = body.trimEnd();
      const fields = (columns === null ? null : readRow(row, columns)) ?? readRow(row, rowFormat(row) ?? []);
      if (fields === null) throw new MalformedInputError("no flow log record of the format that its header names");
      return conform(fields, record, environment);
    },
    claims: ({ json, body }) =>
      json === null && columns !== null && body.split(" ", columns.length + 1).length === columns.length,
    preamble: () => header,
    flush: () => [],
  };
}

function conform(
  fields: FlowFields,
  { syslog }: DecodedRecord,
  { fileModifiedTime }: ConformEnvironment,
  received?: unknown,
): OcsfEvent[] {
  const sender = endpointOf(fields, "srcaddr", "pkt-srcaddr", "srcport");
  const receiver = endpointOf(fields, "dstaddr", "pkt-dstaddr", "dstport");
  // NODATA: nothing flowed. SKIPDATA: something may have, but was not recorded.
  if (sender === undefined && receiver === undefined) return [];
  const start = parseTime(fields.get("start"));
  const end = parseTime(fields.get("end"));
  const flags = count(fields, "tcp-flags");
  const { src_endpoint, dst_endpoint, traffic, isReply } = orientFlow({
    sender,
    receiver,
    bytes: count(fields, "bytes"),
    packets: count(fields, "packets"),
    tcpFlags: flags,
  });
  const direction = fields.get("flow-direction");
  const denied = fields.get("action") === "REJECT";
  const account = fields.get("account-id");
  const event = createEvent(
    4001,
    denied ? 5 : 6,
    { product, time: end ?? start ?? parseTime(received) ?? syslog?.time ?? fileModifiedTime },
    {
      start_time: start,
      end_time: end,
      duration: start === undefined || end === undefined || end < start ? undefined : end - start,
      src_endpoint,
      dst_endpoint,
      connection_info: {
        ...protocolOf(fields.get("protocol")),
        tcp_flags: flags,
        ...flowDirection(
          direction === "ingress" ? "inbound" : direction === "egress" ? "outbound" : undefined,
          isReply,
        ),
      },
      ...verdictFields(fields.get("action") === "ACCEPT" ? "allowed" : denied ? "blocked" : undefined),
      status_code: fields.get("log-status"),
      traffic,
      cloud: {
        provider: "AWS",
        region: fields.get("region"),
        account: account === undefined || account === "unknown" ? undefined : { uid: account },
      },
      unmapped: unmappedOf(fields),
    },
  );
  event.metadata.profiles = [...(event.metadata.profiles ?? []), "cloud"];
  return [event];
}

/** Behind a NAT gateway or load balancer the packet's own address tells who it was; the interface's stays beside it. */
function endpointOf(
  fields: FlowFields,
  address: string,
  packetAddress: string,
  portName: string,
): OcsfEndpoint | undefined {
  const atInterface = ipAddress(fields.get(address));
  const ip = ipAddress(fields.get(packetAddress)) ?? atInterface;
  if (ip === undefined) return undefined;
  const port = portOf(count(fields, portName));
  return port === undefined ? { ip } : { ip, port };
}

function count(fields: FlowFields, name: string): number | undefined {
  const value = fields.get(name);
  if (value === undefined || !/^\d{1,16}$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Addresses of the interface only where the packet's own differ from them. */
function unmappedOf(fields: FlowFields): Record<string, unknown> | undefined {
  let unmapped: Record<string, unknown> | undefined;
  for (const [name, value] of fields) {
    const isInterface = name === "srcaddr" || name === "dstaddr";
    if (isInterface ? (fields.get(`pkt-${name}`) ?? value) === value : PLACED.has(name)) continue;
    unmapped ??= {};
    unmapped[name] = value;
  }
  return unmapped;
}
