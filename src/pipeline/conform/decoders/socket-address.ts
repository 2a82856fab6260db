/** The kernel's `sockaddr` as hexadecimal text -> family, address and port. */

export interface SocketAddress {
  readonly family: "inet" | "inet6" | "local";
  /** Address for inet and inet6 (IPv6 compressed), path for local. */
  readonly address: string;
  readonly port: number | undefined;
}

/** undefined for other families and for text that is too short or not hexadecimal. */
export function readSocketAddress(hex: string): SocketAddress | undefined {
  if (hex.length < 8 || hex.length > 512 || !/^(?:[0-9A-Fa-f]{2})+$/.test(hex)) return undefined;
  const bytes = Buffer.from(hex, "hex");
  // The family is in the byte order of the machine; both orders occur.
  const family = bytes[0] === 0 ? (bytes[1] ?? 0) : (bytes[0] ?? 0);
  if (family === 1) {
    const end = bytes.indexOf(0, 3);
    // An abstract name begins with NUL.
    const path = bytes.subarray(bytes[2] === 0 ? 3 : 2, end === -1 ? bytes.length : end).toString("utf8");
    return path === "" ? undefined : { family: "local", address: bytes[2] === 0 ? `@${path}` : path, port: undefined };
  }
  if (family === 2 && bytes.length >= 8) {
    return { family: "inet", address: `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`, port: bytes.readUInt16BE(2) };
  }
  if (family === 10 && bytes.length >= 24)
    return { family: "inet6", address: ipv6Text(bytes.subarray(8, 24)), port: bytes.readUInt16BE(2) };
  return undefined;
}

const INTERPRETED = /^\{ (?:saddr_)?fam=(inet6?|local) (?:l?addr|path)=(\S{1,255})(?: l?port=(\d{1,5}))? ?\}?$/;

/** The same as `auditd` enriches it: `{ saddr_fam=inet laddr=192.0.2.44 lport=443 }`. */
export function readInterpretedAddress(text: string): SocketAddress | undefined {
  const match = INTERPRETED.exec(text);
  if (match === null) return undefined;
  const [, family, address = "", port] = match;
  return { family: family as SocketAddress["family"], address, port: port === undefined ? undefined : Number(port) };
}

/** RFC 5952; a mapped IPv4 address comes out as IPv4. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at += 1) {
    let end = at;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - at > length) {
      start = at;
      length = end - at;
    }
    if (end > at) at = end;
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  return start === -1 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
