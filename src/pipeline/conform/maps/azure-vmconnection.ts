/**
 * Azure Monitor's VMConnection table (VM insights) -> Network Activity with the program that talked: one row per process and
 * connection and minute.
 *
 * @see https://learn.microsoft.com/azure/azure-monitor/reference/tables/vmconnection
 */
import type { OcsfEndpoint } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { defineMap } from "../define-map.ts";
import { endpointActivity, leftover } from "../endpoint/endpoint-activity.ts";
import { deviceOf, endpointOf, portOf, processOf } from "../endpoint/objects.ts";
import { protocolOf } from "../network/protocols.ts";
import { byteCount, list, property, text } from "../read-json.ts";

const product = { name: "Azure Monitor VM insights", vendor_name: "Microsoft" } as const;

const READ: ReadonlySet<string> = new Set(
  "TimeGenerated Computer Direction ProcessName Process SourceIp DestinationIp DestinationPort Protocol RemoteIp BytesSent BytesReceived ConnectionId Type RemoteDnsCanonicalNames".split(
    " ",
  ),
);

export default defineMap({
  id: "azure-vmconnection",
  title: "Azure VM insights connections (VMConnection)",
  product,
  reference: "https://learn.microsoft.com/azure/azure-monitor/reference/tables/vmconnection",
  lane: "endpoint",
  exporting:
    "VM insights with the Dependency agent; export the table VMConnection from Log Analytics (data export " +
    "rule, or a query saved as JSON).",
  limits: [
    "A row sums up a minute of a program's connections to one port.",
    "Names the program, not its command line, and no user.",
    "The client's port is not recorded.",
  ],
  recognise({ json }) {
    if (json === null) return 0;
    if (text(json, "Type") === "VMConnection") return 1;
    return Object.hasOwn(json, "LinksEstablished") &&
      Object.hasOwn(json, "BytesSent") &&
      Object.hasOwn(json, "Computer")
      ? 1
      : 0;
  },
  conform({ json, syslog }, { fileModifiedTime }) {
    if (json === null) throw new MalformedInputError("no VMConnection row");
    const inbound = text(json, "Direction") === "inbound";
    const source = endpointOf(ipAddress(property(json, "SourceIp")), undefined);
    const destination: OcsfEndpoint | undefined = endpointOf(
      ipAddress(property(json, "DestinationIp")),
      portOf(property(json, "DestinationPort")),
      inbound ? undefined : remoteName(list(json, "RemoteDnsCanonicalNames")),
    );
    if (source === undefined && destination === undefined)
      throw new MalformedInputError("VMConnection row without an address");
    // Sent and received are the machine's view; the client is the remote side of an inbound connection.
    const sent = byteCount(json, "BytesSent");
    const received = byteCount(json, "BytesReceived");
    const [bytes_out, bytes_in] = inbound ? [received, sent] : [sent, received];
    const name = text(json, "ProcessName");
    return endpointActivity(
      {
        base: {
          product,
          time: parseTime(property(json, "TimeGenerated")) ?? syslog?.time ?? fileModifiedTime,
          event_code: "VMConnection",
        },
        device: deviceOf(text(json, "Computer"), undefined, { uid: text(json, "AgentId") }),
        unmapped: leftover(json, READ),
      },
      4001,
      6,
      {
        actor: { process: processOf({ name, uid: text(json, "Process") }) },
        src_endpoint: source,
        dst_endpoint: destination,
        connection_info: {
          ...protocolOf(text(json, "Protocol")),
          uid: text(json, "ConnectionId"),
          direction_id: inbound ? 1 : 2,
          direction: inbound ? "Inbound" : "Outbound",
        },
        traffic: bytes_out === undefined && bytes_in === undefined ? undefined : { bytes_in, bytes_out },
      },
    );
  },
});

function remoteName(names: readonly unknown[]): string | undefined {
  const [first] = names;
  return typeof first === "string" && first !== "" ? first.toLowerCase() : undefined;
}
