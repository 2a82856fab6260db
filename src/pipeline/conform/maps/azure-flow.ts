/**
 * Azure Network Watcher flow logs, of network security groups (versions 1 and 2) and of virtual networks (version 4) -> Network
 * Activity: one record holds a minute of one network card's flows, as comma-separated tuples nested under rules.
 *
 * Source and destination are already client and server. Counters are of the time since the flow's last tuple, so they add up.
 *
 * @see https://learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview
 * @see https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { contentUid } from "../content-uid.ts";
import { defineMap, type DecodedRecord } from "../define-map.ts";
import { protocolOf } from "../network/protocols.ts";
import { createEvent } from "../ocsf.ts";
import { list, object, text } from "../read-json.ts";
import { verdictFields } from "../web/verdict.ts";

const product = { name: "Network Watcher", vendor_name: "Microsoft Azure" } as const;

/** A record of one hour of a busy card stays below. */
const MAX_TUPLES = 100_000;

export default defineMap({
  id: "azure-flow",
  title: "Azure flow logs (network security groups and virtual networks)",
  product,
  reference: "https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview",
  lane: "network",
  exporting:
    "Network Watcher, Flow logs: of the virtual network, or version 2 of a security group's, to a storage " +
    "account; the `PT1H.json` blobs are read as they are.",
  limits: [
    "Knows addresses only: no names, no users, no requests.",
    "Version 1 of the security group logs counts no bytes.",
    "A flow between two logged networks is in the logs of both, with its bytes.",
  ],
  recognise({ json }) {
    if (json === null) return 0;
    const category = text(json, "category");
    if (category === "NetworkSecurityGroupFlowEvent")
      return list(object(json, "properties"), "flows").length > 0 ? 1 : 0.8;
    return category === "FlowLogFlowEvent" || object(json, "flowRecords") !== undefined ? 1 : 0;
  },
  standsAlone: () => true,
  open: () => ({ push: conform, flush: () => [] }),
});

/** What a record says of all its tuples. */
interface FlowLog {
  readonly uid: string | undefined;
  readonly resource: string | undefined;
}

/** A tuple that cannot be read costs only itself. */
function conform({ json }: DecodedRecord): (OcsfEvent | MalformedInputError)[] {
  if (json === null) throw new MalformedInputError("no flow log record");
  const virtual = object(json, "flowRecords");
  const properties = object(json, "properties");
  const flows = list(virtual ?? properties, "flows");
  if (virtual === undefined && properties === undefined) throw new MalformedInputError("flow log record without flows");
  const log = {
    uid: text(json, "flowLogGUID") ?? text(json, "systemId"),
    resource: text(json, "targetResourceID") ?? text(json, "resourceId"),
  };
  const events: (OcsfEvent | MalformedInputError)[] = [];
  const records: (() => string)[] = [];
  for (const flow of flows) {
    const names = virtual === undefined ? "flows" : "flowGroups";
    for (const group of list(flow, names)) {
      const rule = text(group, "rule") ?? text(flow, "rule");
      const mac = macOf(text(group, "mac") ?? text(json, "macAddress"));
      for (const tuple of list(group, "flowTuples")) {
        if (typeof tuple !== "string" || events.length === MAX_TUPLES) continue;
        events.push(eventOf(tuple, rule, mac, log));
        records.push(() => {
          const alone = [{ ...(flow as JsonObject), [names]: [{ ...(group as JsonObject), flowTuples: [tuple] }] }];
          return JSON.stringify(
            virtual === undefined
              ? { ...json, properties: { ...properties, flows: alone } }
              : { ...json, flowRecords: { ...virtual, flows: alone } },
          );
        });
      }
    }
  }
  if (events.length > 1) {
    for (const [index, event] of events.entries())
      if (!(event instanceof MalformedInputError)) ownRecord(event, records[index]!());
  }
  return events;
}

/** The record with this tuple alone: with the whole of it each event would carry all the others. */
function ownRecord(event: OcsfEvent, record: string): void {
  event.raw_data = record;
  event.metadata.uid = contentUid(record);
}

/** `0022487BC205` -> `00:22:48:7B:C2:05` */
function macOf(value: string | undefined): string | undefined {
  return value !== undefined && /^[0-9A-Fa-f]{12}$/.test(value)
    ? value.toUpperCase().replace(/..(?=.)/g, "$&:")
    : undefined;
}

interface Tuple {
  readonly time: number;
  readonly src: string;
  readonly dst: string;
  readonly srcPort: string;
  readonly dstPort: string;
  readonly protocol: string;
  /** I inbound, O outbound */
  readonly direction: string;
  /** B begin, C continuing, E end, D denied */
  readonly state: string;
  readonly encryption: string | undefined;
  readonly denied: boolean;
  /** Packets and bytes to the destination, then back; empty where not counted. */
  readonly counters: readonly (string | undefined)[];
}

/**
 * Security groups: `seconds,src,dst,sport,dport,T|U,I|O,A|D[,B|C|E,packets,bytes,packets back,bytes back]`;
 * virtual networks: `ms,src,dst,sport,dport,IANA,I|O,B|C|E|D,encryption,packets,bytes,packets back,bytes back`.
 */
function readTuple(text: string): Tuple | null {
  const cells = text.split(",", 16);
  const [seconds, src, dst, srcPort, dstPort, protocol, direction, decision, state] = cells;
  const time = parseTime(seconds);
  if (time === undefined || src === undefined || dst === undefined || direction === undefined || decision === undefined)
    return null;
  const common = { time, src, dst, srcPort: srcPort!, dstPort: dstPort!, protocol: protocol!, direction };
  // Security groups write letters for protocols, virtual networks numbers.
  return /^\d+$/.test(protocol!)
    ? { ...common, state: decision, encryption: state, denied: decision === "D", counters: cells.slice(9, 13) }
    : { ...common, state: state ?? "", encryption: undefined, denied: decision === "D", counters: cells.slice(9, 13) };
}

const PROTOCOL_LETTERS: ReadonlyMap<string, string> = new Map([
  ["T", "tcp"],
  ["U", "udp"],
  ["I", "icmp"],
]);

/** begin, end; what continues is traffic */
const ACTIVITIES: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["E", 2],
]);

function eventOf(
  text: string,
  rule: string | undefined,
  mac: string | undefined,
  log: FlowLog,
): OcsfEvent | MalformedInputError {
  const tuple = readTuple(text);
  if (tuple === null) return new MalformedInputError(`unreadable flow tuple ${JSON.stringify(text.slice(0, 80))}`);
  const [packets_out, bytes_out, packets_in, bytes_in] = tuple.counters.map(countOf);
  const counted = bytes_out !== undefined || bytes_in !== undefined;
  const inbound = tuple.direction === "I";
  const source = endpointOf(tuple.src, tuple.srcPort, inbound ? undefined : mac);
  const destination = endpointOf(tuple.dst, tuple.dstPort, inbound ? mac : undefined);
  if (source === undefined && destination === undefined)
    return new MalformedInputError(`flow tuple without an address ${JSON.stringify(text.slice(0, 80))}`);
  const subscription = /^\/subscriptions\/([^/]{1,64})/i.exec(log.resource ?? "")?.[1];
  const event = createEvent(
    4001,
    tuple.denied ? 5 : (ACTIVITIES.get(tuple.state) ?? 6),
    { product, time: tuple.time, event_code: tuple.state === "" ? undefined : tuple.state },
    {
      src_endpoint: source,
      dst_endpoint: destination,
      connection_info: {
        ...protocolOf(PROTOCOL_LETTERS.get(tuple.protocol) ?? tuple.protocol),
        direction_id: inbound ? 1 : 2,
        direction: inbound ? "Inbound" : "Outbound",
      },
      ...verdictFields(tuple.denied ? "blocked" : "allowed"),
      firewall_rule: rule === undefined ? undefined : { name: rule },
      traffic: counted
        ? {
            bytes: sumOf(bytes_in, bytes_out),
            bytes_in,
            bytes_out,
            packets: sumOf(packets_in, packets_out),
            packets_in,
            packets_out,
          }
        : undefined,
      cloud: { provider: "Azure", account: subscription === undefined ? undefined : { uid: subscription } },
      unmapped: {
        flow_log: log.uid,
        resource_id: log.resource,
        encryption: tuple.encryption,
      },
    },
  );
  event.metadata.profiles = [...(event.metadata.profiles ?? []), "cloud"];
  return event;
}

function endpointOf(address: string, portText: string, mac: string | undefined): OcsfEndpoint | undefined {
  const ip = ipAddress(address);
  if (ip === undefined) return undefined;
  const port = portOf(/^\d{1,5}$/.test(portText) ? Number(portText) : undefined);
  return { ip, port, mac };
}

function countOf(cell: string | undefined): number | undefined {
  return cell !== undefined && /^\d{1,15}$/.test(cell) ? Number(cell) : undefined;
}

/** undefined unless both are known. */
function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
