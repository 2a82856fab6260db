/** Addresses as logs write them: bare, with a port, in brackets, in a list of proxies. Nothing is looked up. */

/** true for an IPv4 or IPv6 address without port, prefix length or zone. */
export function isIpAddress(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  return text.includes(":") ? isIpv6(text) : isIpv4(text, 0);
}

/**
 * The first address of a value: `10.0.0.1`, `10.0.0.1:443`, `[2001:db8::1]:443`, `fe80::1%eth0`, `10.0.0.1, 10.0.0.2`.
 * undefined when it holds none.
 */
export function ipAddress(value: unknown): string | undefined {
  if (typeof value !== "string" || isName(value)) return undefined;
  if (isIpAddress(value)) return value;
  const first = (value.length > 200 ? value.slice(0, 200) : value).split(",", 1)[0]?.trim() ?? "";
  if (isIpAddress(first)) return first;
  const bracket = first.startsWith("[") ? first.slice(1, first.indexOf("]")) : first;
  const bare = bracket.split("%", 1)[0] ?? "";
  if (isIpAddress(bare)) return bare;
  const colon = first.indexOf(":");
  const host = colon === -1 ? first : first.slice(0, colon);
  return isIpv4(host, 0) ? host : undefined;
}

/** Most values asked are names of hosts: a letter first, and no colon. Says nothing about other text. */
function isName(value: string): boolean {
  const first = value.charCodeAt(0) | 0x20;
  return first >= 0x61 && first <= 0x7a && !value.includes(":");
}

/** A whole number from 0 to 65535, else undefined. */
export function portOf(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : undefined;
}

/** Character by character: every event has addresses, and splitting costs more than all the rest of reading one. */
function isIpv4(text: string, from: number): boolean {
  let octets = 0;
  let value = -1;
  for (let at = from; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 0x2e;
    if (code === 0x2e) {
      if (value < 0) return false;
      octets += 1;
      value = -1;
    } else if (code >= 0x30 && code <= 0x39 && value !== 0) {
      value = (value < 0 ? 0 : value * 10) + code - 0x30;
      if (value > 255) return false;
    } else return false;
  }
  return octets === 4;
}

function isIpv6(text: string): boolean {
  let groups = 0;
  let digits = 0;
  let compressed = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) {
      const doubled = text.charCodeAt(at + 1) === 0x3a;
      if (doubled && compressed) return false;
      if (digits > 0) groups += 1;
      else if (!doubled) return false;
      digits = 0;
      if (doubled) {
        compressed = true;
        at += 1;
      } else if (at === text.length - 1) return false;
    } else if (code === 0x2e) {
      // The last 32 bits may be written as an IPv4 address.
      if (!isIpv4(text, at - digits)) return false;
      groups += 2;
      digits = 0;
      break;
    } else if ((code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66)) {
      digits += 1;
      if (digits > 4) return false;
    } else return false;
  }
  if (digits > 0) groups += 1;
  return compressed ? groups < 8 : groups === 8;
}
