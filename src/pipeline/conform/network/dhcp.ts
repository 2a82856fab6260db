/** What the maps of DHCP servers share: one message about a lease as OCSF DHCP Activity (4004), which ties an address to a host. */
import type { OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { isIpAddress } from "../decoders/ip-address.ts";
import type { SyslogHeader } from "../define-map.ts";
import { createEvent, type EventBase } from "../ocsf.ts";

/** Message types as servers name them (without `DHCP`), DHCPv6's beside their DHCPv4 counterparts -> activity_id. */
export const DHCP_MESSAGES: ReadonlyMap<string, number> = new Map([
  ["DISCOVER", 1],
  ["SOLICIT", 1],
  ["OFFER", 2],
  ["ADVERTISE", 2],
  ["REQUEST", 3],
  ["RENEW", 3],
  ["REBIND", 3],
  ["CONFIRM", 3],
  ["DECLINE", 4],
  ["ACK", 5],
  ["REPLY", 5],
  ["NAK", 6],
  ["RELEASE", 7],
  ["INFORM", 8],
  ["INFORMATION-REQUEST", 8],
  ["EXPIRE", 9],
]);

export interface DhcpMessage {
  /** activity_id of DHCP Activity. */
  readonly activity: number;
  /** The address leased, asked for or given up. */
  readonly address?: string | undefined;
  readonly mac?: string | undefined;
  /** DUID or client identifier, where there is no hardware address. */
  readonly identifier?: string | undefined;
  /** The name the client gives itself. */
  readonly hostname?: string | undefined;
  /** Where the server listens. */
  readonly interfaceName?: string | undefined;
  readonly relay?: string | undefined;
  /** The server's address, where the message names it. */
  readonly server?: string | undefined;
  readonly leaseSeconds?: number | undefined;
  readonly renewal?: boolean | undefined;
  readonly transaction?: string | undefined;
  /** Why it was refused or ignored. */
  readonly detail?: string | undefined;
}

/** null when the message names no client: nothing is tied to anything. */
export function createDhcp(base: EventBase, message: DhcpMessage, syslog: SyslogHeader | null): OcsfEvent | null {
  const client = clientOf(message);
  if (client === null) return null;
  const { activity, leaseSeconds, relay, detail } = message;
  const refused = activity === 6 || detail !== undefined;
  const granted = activity === 5 || activity === 2;
  return createEvent(4004, activity, base, {
    src_endpoint: client,
    dst_endpoint: serverOf(message, syslog),
    relay: relay === undefined ? undefined : { ip: relay, type_id: 0 },
    lease_dur: leaseSeconds !== undefined && Number.isSafeInteger(leaseSeconds) ? leaseSeconds : undefined,
    is_renewal: message.renewal,
    transaction_uid: message.transaction,
    status_id: refused ? 2 : granted ? 1 : undefined,
    status: refused ? "Failure" : granted ? "Success" : undefined,
    status_detail: detail,
  });
}

function clientOf({ address, mac, identifier, hostname }: DhcpMessage): OcsfEndpoint | null {
  const client: OcsfEndpoint = {};
  if (address !== undefined) client.ip = address;
  if (hostname !== undefined && hostname !== "" && hostname !== "*") client.hostname = hostname.toLowerCase();
  const uid = identifier ?? mac;
  // OCSF lets no endpoint consist of a hardware address alone.
  if (uid !== undefined && (client.ip === undefined || identifier !== undefined)) client.uid = uid;
  if (mac !== undefined) client.mac = mac;
  return client.ip === undefined && client.hostname === undefined && client.uid === undefined ? null : client;
}

function serverOf({ server, interfaceName }: DhcpMessage, syslog: SyslogHeader | null): OcsfEndpoint | undefined {
  const endpoint: OcsfEndpoint = {};
  const name = syslog?.hostname?.toLowerCase();
  if (server !== undefined) endpoint.ip = server;
  if (name !== undefined && isIpAddress(name)) endpoint.ip ??= name;
  else if (name !== undefined) endpoint.hostname = name;
  if (interfaceName !== undefined) endpoint.interface_name = interfaceName;
  return endpoint.ip === undefined && endpoint.hostname === undefined && interfaceName === undefined
    ? undefined
    : endpoint;
}

/** A hardware address in lower case with colons; undefined for anything else. */
export function macAddress(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}$/.test(text)
    ? text.toLowerCase().replaceAll("-", ":")
    : undefined;
}
