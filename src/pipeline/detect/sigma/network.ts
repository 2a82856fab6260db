/** IP addresses and CIDR networks as sixteen bytes; IPv4 is `::ffff:a.b.c.d`, so that mapped addresses are equal to it. */

export interface Network {
  readonly bytes: Uint8Array;
  /** Of the 128 bits. */
  readonly prefix: number;
}

/** A network like `10.0.0.0/8`, `fe80::/10` or a single address; host bits may be set. null: not in CIDR notation. */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const bytes = parseAddress(address);
  if (bytes === null) return null;
  const v4 = !address.includes(":");
  const width = v4 ? 32 : 128;
  if (slash < 0) return { bytes, prefix: 128 };
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > width) return null;
  return { bytes, prefix: Number(length) + (v4 ? 96 : 0) };
}

export function networkContains({ bytes, prefix }: Network, address: Uint8Array): boolean {
  const whole = prefix >> 3;
  for (let index = 0; index < whole; index++) if (bytes[index] !== address[index]) return false;
  const rest = prefix & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return ((bytes[whole] ?? 0) & mask) === ((address[whole] ?? 0) & mask);
}

/** Sixteen bytes of an address; null for anything else. A zone (`%eth0`) and brackets are ignored. */
export function parseAddress(text: string): Uint8Array | null {
  if (text.length > 64) return null;
  let address = text.trim();
  if (address.startsWith("[") && address.endsWith("]")) address = address.slice(1, -1);
  if (!address.includes(":")) {
    const bytes = new Uint8Array(16);
    bytes[10] = bytes[11] = 0xff;
    return readV4(address, bytes, 12) ? bytes : null;
  }
  const zone = address.indexOf("%");
  return parseV6(zone < 0 ? address : address.slice(0, zone));
}

function parseV6(address: string): Uint8Array | null {
  const bytes = new Uint8Array(16);
  const halves = address.split("::");
  if (halves.length > 2) return null;
  const head = readGroups(halves[0] ?? "");
  const tail = halves.length === 2 ? readGroups(halves[1] ?? "") : [];
  if (head === null || tail === null) return null;
  const length = head.length + tail.length;
  if (halves.length === 2 ? length > 14 : length !== 16) return null;
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** Colon-separated groups as bytes; the last may be an IPv4 address. */
function readGroups(text: string): number[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  if (groups.length > 8) return null;
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (index === groups.length - 1 && group.includes(".")) {
      const quad = new Uint8Array(4);
      if (!readV4(group, quad, 0)) return null;
      bytes.push(...quad);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function readV4(text: string, bytes: Uint8Array, at: number): boolean {
  let value = -1;
  let index = 0;
  for (let position = 0; position <= text.length; position++) {
    const code = position < text.length ? text.charCodeAt(position) : 46;
    if (code === 46) {
      if (value < 0 || index > 3) return false;
      bytes[at + index++] = value;
      value = -1;
    } else if (code >= 48 && code <= 57) {
      value = (value < 0 ? 0 : value * 10) + code - 48;
      if (value > 255) return false;
    } else {
      return false;
    }
  }
  return index === 4;
}
