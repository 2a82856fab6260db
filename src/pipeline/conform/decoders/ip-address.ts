/** Addresses as logs write them: bare, with a port, in brackets, in a list of proxies. Nothing is looked up. */

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]{2,45}$/;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;

/** true for an IPv4 or IPv6 address without port, prefix length or zone. */
export function isIpAddress(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  return text.includes(":") ? isIpv6(text) : IPV4.test(text);
}

/**
 * The first address of a value: `10.0.0.1`, `10.0.0.1:443`, `[2001:db8::1]:443`, `fe80::1%eth0`, `10.0.0.1, 10.0.0.2`.
 * undefined when it holds none.
 */
export function ipAddress(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (isIpAddress(value)) return value;
  const first = (value.length > 200 ? value.slice(0, 200) : value).split(",", 1)[0]?.trim() ?? "";
  if (isIpAddress(first)) return first;
  const bracket = first.startsWith("[") ? first.slice(1, first.indexOf("]")) : first;
  const bare = bracket.split("%", 1)[0] ?? "";
  if (isIpAddress(bare)) return bare;
  const colon = first.indexOf(":");
  const host = colon === -1 ? first : first.slice(0, colon);
  return IPV4.test(host) ? host : undefined;
}

/** A whole number from 0 to 65535, else undefined. */
export function portOf(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : undefined;
}

function isIpv6(text: string): boolean {
  if (!IPV6_CHARACTERS.test(text)) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  let count = 0;
  for (let half = 0; half < halves.length; half += 1) {
    const side = halves[half] ?? "";
    if (side === "") continue;
    const groups = side.split(":");
    for (let at = 0; at < groups.length; at += 1) {
      const group = groups[at] ?? "";
      const lastOfAll = half === halves.length - 1 && at === groups.length - 1;
      if (GROUP.test(group)) count += 1;
      else if (lastOfAll && IPV4.test(group)) count += 2;
      else return false;
    }
  }
  return halves.length === 2 ? count < 8 : count === 8;
}
