/**
 * Kea's DHCP servers -> DHCP Activity: the leases log and the legal log.
 *
 *     2026-03-20 10:07:14.229 INFO  [kea-dhcp4.leases/617.1401346] DHCP4_LEASE_ALLOC [hwtype=1 02:00:00:00:00:17], cid=[…], tid=0xa9f404c6: lease 10.1.4.17 has been allocated for 4000 seconds
 *     2026-03-20 10:07:14 UTC Address: 10.1.4.17 has been assigned for 0 hrs 10 mins 0 secs to a device with hardware address: hwtype=1 02:00:00:00:00:17
 *
 * @see https://kea.readthedocs.io/en/latest/kea-messages.html
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime } from "../decoders/timestamp.ts";
import { createDhcp, type DhcpMessage, macAddress } from "../network/dhcp.ts";

const PRODUCT = { name: "Kea", vendor_name: "ISC" } as const;

const OWN_TIME = /^(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(?: (?!INFO|WARN)[A-Z]{3,4})? /;
const LOGGER =
  /^(?:FATAL|ERROR|WARN|INFO|DEBUG) {1,2}(?:\[([\w.-]{1,64})(?:\/[\d.]{1,48}|\.0x[0-9A-Fa-f.x]{1,32})?\] )?/;
const CODE = /^([A-Z][A-Z0-9_]{3,64}) /;
const LEGAL =
  /^Address: ([0-9A-Fa-f.:]{2,45}) has been (assigned|renewed|released)\b(?: for (\d{1,6}) hrs? (\d{1,4}) mins? (\d{1,4}) secs?)?/;

/** Message ids that say something of a lease -> activity_id; several versions' names. */
const ACTIVITIES: ReadonlyMap<string, number> = new Map([
  ["DHCP4_LEASE_ADVERT", 2],
  ["DHCP4_LEASE_OFFER", 2],
  ["DHCP4_LEASE_ALLOC", 5],
  ["DHCP4_LEASE_REUSE", 5],
  ["DHCP4_LEASE_RENEW", 5],
  ["DHCP4_RELEASE", 7],
  ["DHCP4_DECLINE_LEASE", 4],
  ["DHCP4_DECLINE", 4],
  ["DHCP6_LEASE_ADVERT", 2],
  ["DHCP6_LEASE_ALLOC", 5],
  ["DHCP6_LEASE_REUSE", 5],
  ["DHCP6_LEASE_RENEW", 5],
  ["DHCP6_RELEASE_NA", 7],
  ["DHCP6_DECLINE_LEASE", 4],
  ["ALLOC_ENGINE_V4_LEASE_RECLAIM", 9],
  ["ALLOC_ENGINE_V6_LEASE_RECLAIM", 9],
]);

export default defineMap({
  id: "kea-dhcp",
  title: "Kea DHCP log",
  product: PRODUCT,
  reference: "https://kea.readthedocs.io/en/latest/kea-messages.html",
  lane: "network",
  exporting:
    "A logger for `kea-dhcp4` and `kea-dhcp6` at INFO with a file or syslog output, and the legal log hook " +
    "(`libdhcp_legal_log.so`) for who held which address.",
  limits: [
    "Says which host holds an address, not what it does with it.",
    "Names no host unless the legal log or a reservation does.",
    "Its times have no zone and are read as UTC.",
  ],
  recognise({ syslog, body }) {
    if (syslog !== null && (syslog.app === "kea-dhcp4" || syslog.app === "kea-dhcp6")) return 0.97;
    const rest = body.replace(OWN_TIME, "");
    const logger = LOGGER.exec(rest)?.[1];
    if (logger !== undefined) return logger.startsWith("kea-dhcp") ? 0.95 : 0;
    return LEGAL.test(rest) && rest.includes(" device with hardware address: hwtype=") ? 0.93 : 0;
  },
  conform({ syslog, body }, { fileModifiedTime }) {
    const own = OWN_TIME.exec(body);
    let rest = own === null ? body : body.slice(own[0].length);
    const time = (own === null ? undefined : parseIsoTime(own[1]!)) ?? syslog?.time ?? fileModifiedTime;
    rest = rest.replace(LOGGER, "");
    const code = CODE.exec(rest)?.[1];
    const message = code === undefined ? readLegal(rest) : readLease(code, rest);
    return message === null
      ? null
      : createDhcp({ product: PRODUCT, time, event_code: code ?? "legal_log" }, message, syslog);
  },
});

function readLease(code: string, text: string): DhcpMessage | null {
  const activity = ACTIVITIES.get(code);
  if (activity === undefined) return null;
  const address = ipAddress(
    /\b(?:lease|address|addr)(?: for address)? ([0-9A-Fa-f.:]{2,45})(?=[\s,]|$)/.exec(text)?.[1],
  );
  if (address === undefined) throw new MalformedInputError("Kea lease message without its address");
  const seconds = /\bfor (\d{1,10}) seconds\b/.exec(text)?.[1];
  return {
    activity,
    address,
    mac: macAddress(/\bhwtype=\d{1,3} ([0-9A-Fa-f:]{17})(?=[\],\s])/.exec(text)?.[1]),
    identifier: /\bduid=\[?([0-9A-Fa-f:]{8,400})/.exec(text)?.[1],
    transaction: /\btid=(0x[0-9A-Fa-f]{1,8})/.exec(text)?.[1],
    leaseSeconds: seconds === undefined ? undefined : Number(seconds),
    renewal: code.endsWith("_RENEW") ? true : undefined,
  };
}

function readLegal(text: string): DhcpMessage | null {
  const match = LEGAL.exec(text);
  if (match === null) return null;
  const [, address, verb, hours, minutes, seconds] = match as unknown as (string | undefined)[];
  return {
    activity: verb === "released" ? 7 : 5,
    address: ipAddress(address),
    mac: macAddress(/\bhardware address: hwtype=\d{1,3} ([0-9A-Fa-f:]{17})/.exec(text)?.[1]),
    identifier: /\bDUID: ([0-9A-Fa-f:]{8,400})/.exec(text)?.[1],
    relay: ipAddress(/\brelay at address: ([0-9A-Fa-f.:]{2,45})/.exec(text)?.[1]),
    leaseSeconds: hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds),
    renewal: verb === "renewed" ? true : undefined,
  };
}
