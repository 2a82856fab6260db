/**
 * Windows DNS server -> DNS Activity: its debug log (`dns.log`, with or without details) and its analytic events.
 *
 * @see https://learn.microsoft.com/windows-server/networking/dns/dns-logging-and-diagnostics
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { type ConformEnvironment, type DecodedRecord, defineMap, type RecordReader } from "../define-map.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { readWindowsEvent, windowsHeader } from "../decoders/windows-event.ts";
import { dnsServer, rcodeOf } from "../dns.ts";
import { DNS_SERVER } from "../endpoint/windows-channels.ts";
import { dnsAnalyticEvent, isDnsAnalytic } from "../network/windows-dns-analytic.ts";
import { isPacketLine, readDnsPacket } from "../network/windows-dns-debug.ts";
import { createEvent } from "../ocsf.ts";

const PRODUCT = DNS_SERVER;

/** What stands above the packets, and between them where details are written. */
const HEADER =
  /^(?:DNS Server log file creation at|Log file wrap at|Message logging key \(for packets|\s+Field #\s+Information)/;
const OTHER_CONTEXT =
  /^\d{1,4}[./-]\d{1,2}[./-]\d{1,4} .{5,24} [0-9A-Fa-f]{3,8} (?:EVENT|DSPOLL|DSWRITE|LOOKUP|Note:|PACKET) /;

export default defineMap({
  id: "windows-dns",
  title: "Windows DNS server debug log and analytic events",
  product: PRODUCT,
  reference: "https://learn.microsoft.com/windows-server/networking/dns/dns-logging-and-diagnostics",
  lane: "network",
  exporting:
    "The debug log (DNS manager, Properties, Debug logging: queries, incoming, UDP and TCP, details off), or " +
    "the channel Microsoft-Windows-DNSServer/Analytical collected with its event XML or winlogbeat.",
  limits: [
    "Names no user.",
    "The debug log's date follows the server's locale and is local time: it is read as UTC, the month first only with AM and PM.",
    "Answers show only in analytic events.",
    "What the server asks others on behalf of its clients appears as its own questions.",
  ],
  recognise(record) {
    if (record.json !== null || record.body.includes("<Event")) {
      const header = windowsHeader(record);
      return header !== null && isDnsAnalytic(header) ? 1 : 0;
    }
    if (isPacketLine(record.body)) return 0.97;
    return HEADER.test(record.body) ? 0.9 : OTHER_CONTEXT.test(record.body) ? 0.8 : 0;
  },
  standsAlone: (record) => record.json !== null || isPacketLine(record.body) || record.body.includes("</Event>"),
  open: (environment) => new DnsReader(environment),
});

class DnsReader implements RecordReader {
  readonly #environment: ConformEnvironment;

  constructor(environment: ConformEnvironment) {
    this.#environment = environment;
  }

  push(record: DecodedRecord): readonly OcsfEvent[] {
    if (record.json !== null || record.body.includes("<Event")) {
      const event = readWindowsEvent(record);
      if (event === null || !isDnsAnalytic(event)) throw new MalformedInputError("no DNS analytic event");
      return [dnsAnalyticEvent(event, PRODUCT)];
    }
    if (isPacketLine(record.body)) return [packetEvent(record, this.#environment)];
    if (/ PACKET +(?:[0-9A-Fa-f]{8,16} +)?(?:UDP|TCP) /.test(record.body))
      throw new MalformedInputError("DNS debug packet cut off before its name");
    return [];
  }

  /** Details below a packet are indented or name its parts; they say nothing that the packet's line does not. */
  claims({ json, body }: DecodedRecord): boolean {
    return json === null && /^(?:\s|(?:UDP|TCP) (?:question|response) info|Message:)/.test(body);
  }

  flush(): readonly OcsfEvent[] {
    return [];
  }
}

function packetEvent(record: DecodedRecord, { fileModifiedTime }: ConformEnvironment): OcsfEvent {
  const packet = readDnsPacket(record.body)!;
  const ip = ipAddress(packet.remote);
  if (ip === undefined)
    throw new MalformedInputError(`DNS packet's remote end ${JSON.stringify(packet.remote)} is no address`);
  const time = packet.time ?? record.syslog?.time ?? fileModifiedTime;
  const { isResponse, received } = packet;
  const server = dnsServer(record.syslog?.hostname, "Windows DNS");
  // Received queries and sent responses are a client's; the others are between this server and another.
  const isClients = received !== isResponse;
  const udp = packet.protocol === "UDP";
  return createEvent(
    4003,
    isResponse ? 2 : 1,
    { product: PRODUCT, time, event_code: `${received ? "Rcv" : "Snd"} ${packet.opcode}` },
    {
      src_endpoint: isClients ? { ip } : server,
      dst_endpoint: isClients ? server : { ip },
      connection_info: { direction_id: 0, protocol_name: udp ? "udp" : "tcp", protocol_num: udp ? 17 : 6 },
      query: { hostname: packet.name, type: packet.type, packet_uid: packet.id },
      query_time: isResponse ? undefined : time,
      response_time: isResponse ? time : undefined,
      ...(isResponse ? rcodeOf(packet.rcode) : {}),
    },
  );
}
