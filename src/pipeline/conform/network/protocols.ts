/** IP protocols by number and name, as IANA writes them. */

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, "hopopt"],
  [1, "icmp"],
  [2, "igmp"],
  [4, "ipv4"],
  [6, "tcp"],
  [8, "egp"],
  [17, "udp"],
  [27, "rdp"],
  [41, "ipv6"],
  [46, "rsvp"],
  [47, "gre"],
  [50, "esp"],
  [51, "ah"],
  [58, "ipv6-icmp"],
  [88, "eigrp"],
  [89, "ospfigp"],
  [94, "ipip"],
  [103, "pim"],
  [112, "vrrp"],
  [115, "l2tp"],
  [132, "sctp"],
  [136, "udplite"],
]);

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...[...NAMES].map(([number, name]) => [name, number] as const),
  ["icmpv6", 58],
  ["icmp6", 58],
  ["icmp-v6", 58],
  ["ipv6icmp", 58],
  ["ospf", 89],
]);

/** `6`, `TCP`, `icmp6` -> name and number; a name without a number stands alone; undefined for what is neither. */
export function protocolOf(
  text: string | undefined,
): { readonly protocol_name?: string; readonly protocol_num?: number } | undefined {
  if (text === undefined || text.length > 20) return undefined;
  if (/^\d{1,3}$/.test(text)) {
    const number = Number(text);
    if (number > 255) return undefined;
    const name = NAMES.get(number);
    return name === undefined ? { protocol_num: number } : { protocol_name: name, protocol_num: number };
  }
  const lower = text.toLowerCase();
  const number = NUMBERS.get(lower);
  if (number !== undefined) return { protocol_name: NAMES.get(number)!, protocol_num: number };
  return /^[a-z][a-z0-9+-]*$/.test(lower) ? { protocol_name: lower } : undefined;
}
