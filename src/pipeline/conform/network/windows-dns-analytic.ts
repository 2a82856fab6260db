/**
 * Analytic events of the Windows DNS server's provider (256 to 268) -> DNS Activity: queries received, responses sent, and what
 * the server asks others for its clients.
 *
 * @see https://learn.microsoft.com/windows-server/networking/dns/dns-logging-and-diagnostics
 */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { readDnsMessage } from "../decoders/dns-message.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import type { WindowsEvent, WindowsHeader } from "../decoders/windows-event.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { number, textOf } from "../read-json.ts";
import { DNS_TYPES } from "../tables/dns-types.ts";

/** Event id -> activity, and whether the other end is the client or a server asked. */
const EVENTS: ReadonlyMap<number, { readonly activity: 1 | 2; readonly upstream: boolean; readonly failed?: true }> =
  new Map([
    [256, { activity: 1, upstream: false }],
    [257, { activity: 2, upstream: false }],
    [258, { activity: 2, upstream: false, failed: true }],
    [259, { activity: 1, upstream: false, failed: true }],
    [260, { activity: 1, upstream: true }],
    [261, { activity: 2, upstream: true }],
    [262, { activity: 2, upstream: true, failed: true }],
  ]);

const PROVIDER = "Microsoft-Windows-DNSServer";
const MAX_PACKET = 8_192;

export function isDnsAnalytic({ provider, channel, eventId }: WindowsHeader): boolean {
  return (provider === PROVIDER || channel === "Microsoft-Windows-DNSServer/Analytical") && EVENTS.has(eventId);
}

/** @throws {MalformedInputError} when the event has no readable time or names neither question nor end */
export function dnsAnalyticEvent(event: WindowsEvent, product: EventBase["product"]): OcsfEvent {
  const { data, eventId, time } = event;
  const kind = EVENTS.get(eventId)!;
  if (time === undefined) throw new MalformedInputError("DNS analytic event without a readable time");
  const name = textOf(data, "QNAME");
  const other = ipAddress(textOf(data, "Source") ?? textOf(data, "Destination"));
  if (name === undefined || other === undefined)
    throw new MalformedInputError("DNS analytic event without its question or its other end");
  const port = portOf(number(data, "Port"));
  const far: OcsfEndpoint = port === undefined || port === 0 ? { ip: other } : { ip: other, port };
  const near = serverOf(event);
  const packet = kind.activity === 2 ? packetOf(textOf(data, "PacketData")) : null;
  const type = number(data, "QTYPE");
  const tcp = textOf(data, "TCP") === "1";
  const policy = textOf(data, "PolicyName");
  return createEvent(
    4003,
    kind.activity,
    { product, time, event_code: String(eventId), uid: event.recordId },
    {
      src_endpoint: kind.upstream ? near : far,
      dst_endpoint: kind.upstream ? far : near,
      connection_info: { direction_id: 0, protocol_name: tcp ? "tcp" : "udp", protocol_num: tcp ? 6 : 17 },
      query: {
        hostname: normaliseHostname(name),
        type: type === undefined ? undefined : (DNS_TYPES.get(type) ?? `TYPE${type}`),
        packet_uid: number(data, "XID"),
      },
      query_time: kind.activity === 1 ? time : undefined,
      response_time: kind.activity === 2 ? time : undefined,
      answers: packet === null || packet.answers.length === 0 ? undefined : packet.answers,
      ...(kind.activity === 2 ? rcodeOf(number(data, "RCODE") ?? packet?.rcode) : {}),
      status_id: kind.failed === true ? 2 : undefined,
      status: kind.failed === true ? "Failure" : undefined,
      status_detail: kind.failed === true ? textOf(data, "Reason") : undefined,
      unmapped: { zone: textOf(data, "Zone"), policy: policy === "NULL" ? undefined : policy },
    },
  );
}

function serverOf({ data, computer }: WindowsEvent): OcsfEndpoint {
  const endpoint: OcsfEndpoint = {};
  const ip = ipAddress(textOf(data, "InterfaceIP"));
  if (ip !== undefined && ip !== "0.0.0.0" && ip !== "::") endpoint.ip = ip;
  if (computer !== undefined) endpoint.hostname = computer.toLowerCase();
  if (endpoint.ip === undefined && computer === undefined) endpoint.svc_name = "Windows DNS";
  return endpoint;
}

/** `0x0007818000010001…`. */
function packetOf(hex: string | undefined): ReturnType<typeof readDnsMessage> {
  if (hex === undefined || hex.length > MAX_PACKET * 2 || !/^(?:0x)?(?:[0-9A-Fa-f]{2}){12,}$/.test(hex)) return null;
  return readDnsMessage(Buffer.from(hex.startsWith("0x") ? hex.slice(2) : hex, "hex"));
}
