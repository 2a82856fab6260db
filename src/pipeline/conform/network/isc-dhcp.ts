/**
 * Lines of ISC dhcpd, which Infoblox NIOS also writes with a few words more:
 *
 *     DHCPACK on 10.1.4.17 to 02:00:00:00:00:17 (ws-017) via eth0
 *     DHCPACK on 10.1.4.17 to 02:00:00:00:00:17 (ws-017) via eth1 relay 10.1.0.1 lease-duration 43200 (RENEW) uid 01:02:…
 *     Reply NA: address 2001:db8::17 to client with duid 00:01:… iaid = 17 valid for 43200 seconds
 *
 * @see https://kb.isc.org/docs/isc-dhcp-44-manual-pages-dhcpd
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { ipAddress, isIpAddress } from "../decoders/ip-address.ts";
import { DHCP_MESSAGES, type DhcpMessage, macAddress } from "./dhcp.ts";

const VERB = /^DHCP([A-Z]{3,12})(?= |$)/;
const PARTY = /^ (?:on|for|of|from|to) ([0-9A-Fa-f.:-]{2,64})(?: \(([^()]{1,255})\))?/;
const VIA = /^ via ([^\s:]{1,64}|[0-9A-Fa-f.:]{2,45})(?=[\s:]|$)/;
const RELAY = / relay ([0-9A-Fa-f.:]{2,45})(?= |$)/;
const DURATION = / lease-duration (\d{1,10})(?= |$)/;
const TRANSACTION = / TransID ([0-9A-Fa-f]{1,16})(?=\W|$)/;
const LEASE_V6 =
  /^(Reply|Advertise) (?:NA|TA): address ([0-9A-Fa-f:.]{2,45}) to client with duid ([0-9A-Fa-f:]{2,400}) iaid = -?\d{1,11}(?: static)?(?: valid for (\d{1,10}) seconds)?/;

/** Whether Infoblox's words are in the line: its dhcpd names transactions and durations, ISC's does not. */
export function isInfobloxDhcp(body: string): boolean {
  return body.startsWith("DHCP") && (TRANSACTION.test(body) || DURATION.test(body));
}

/**
 * null for what tells nothing about a lease.
 * @throws {MalformedInputError} when the line is cut off before its client
 */
export function readIscDhcp(body: string): DhcpMessage | null {
  const verb = VERB.exec(body);
  if (verb === null) return readV6(body);
  const activity = DHCP_MESSAGES.get(verb[1]!);
  // DHCPLEASEQUERY and the like ask about others' leases.
  if (activity === undefined) return null;
  let rest = body.slice(verb[0].length);
  let address: string | undefined;
  let mac: string | undefined;
  let hostname: string | undefined;
  let server: string | undefined;
  for (let party = PARTY.exec(rest); party !== null; party = PARTY.exec(rest)) {
    const [whole, who, aside] = party as unknown as [string, string, string | undefined];
    if (isIpAddress(who)) address ??= who;
    else mac ??= macAddress(who);
    if (aside !== undefined) {
      if (isIpAddress(aside)) server ??= aside;
      else if (macAddress(aside) !== undefined) mac ??= macAddress(aside);
      else hostname ??= aside;
    }
    rest = rest.slice(whole.length);
  }
  if (address === undefined && mac === undefined) throw new MalformedInputError("dhcpd message without its client");
  const via = VIA.exec(rest)?.[1];
  const relay = ipAddress(via) ?? ipAddress(RELAY.exec(rest)?.[1]);
  const duration = DURATION.exec(rest)?.[1];
  return {
    activity,
    address,
    mac,
    hostname,
    server,
    relay,
    interfaceName: via === undefined || isIpAddress(via) ? undefined : via,
    leaseSeconds: duration === undefined ? undefined : Number(duration),
    renewal: rest.includes("(RENEW)") ? true : undefined,
    transaction: TRANSACTION.exec(rest)?.[1],
    detail: detailOf(rest, via),
  };
}

/** What follows a colon behind the interface: `network 10.50.0.0/20: no free leases`. */
function detailOf(rest: string, via: string | undefined): string | undefined {
  const from = via === undefined ? 0 : rest.indexOf(via) + via.length;
  const colon = rest.indexOf(": ", from);
  return colon === -1 ? undefined : rest.slice(colon + 2).trim() || undefined;
}

function readV6(body: string): DhcpMessage | null {
  const lease = LEASE_V6.exec(body);
  if (lease === null) return null;
  const [, kind, address, duid, seconds] = lease as unknown as (string | undefined)[];
  return {
    activity: kind === "Reply" ? 5 : 2,
    address: ipAddress(address),
    identifier: duid,
    leaseSeconds: seconds === undefined ? undefined : Number(seconds),
  };
}
