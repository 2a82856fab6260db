/** Addresses: normal form, and membership in ranges. */
import ipaddr from "ipaddr.js";
import { BoundedCache } from "./bounded-cache.ts";

const CACHED = 20_000;
const normal = new BoundedCache<string>(CACHED);

/** IPv6 compressed and without zone, IPv4 in IPv6 as IPv4; anything else as it is, lower case. */
export function normaliseAddress(text: string): string {
  if (!text.includes(":")) return text;
  const known = normal.get(text);
  if (known !== undefined) return known;
  const zone = text.indexOf("%");
  const address = zone === -1 ? text : text.slice(0, zone);
  return normal.set(text, ipaddr.IPv6.isValid(address) ? ipaddr.process(address).toString() : text.toLowerCase());
}

interface Range<Value> {
  readonly first: number;
  readonly last: number;
  readonly value: Value;
}

/** Ranges with a value each; of ranges within each other the narrowest answers. */
export class AddressRanges<Value> {
  /** By first address; pieces of the line that do not overlap, built on the first question. */
  #pieces: Range<Value>[] | null = null;
  readonly #v4: Range<Value>[] = [];
  readonly #v6: { readonly network: ipaddr.IPv6; readonly bits: number; readonly value: Value }[] = [];
  readonly #cache = new BoundedCache<{ readonly value: Value | null }>(CACHED);

  /** @throws {Error} when the text is neither an address nor a range in CIDR form */
  add(cidr: string, value: Value): void {
    const [network, bits] = cidr.includes("/") ? ipaddr.parseCIDR(cidr) : singleAddress(cidr);
    if (network instanceof ipaddr.IPv6) this.#v6.push({ network, bits, value });
    else {
      const size = 2 ** (32 - bits);
      const start = Math.floor(toNumber(network.octets) / size) * size;
      this.#v4.push({ first: start, last: start + size - 1, value });
      this.#pieces = null;
    }
  }

  get isEmpty(): boolean {
    return this.#v4.length === 0 && this.#v6.length === 0;
  }

  /** @param address in normal form */
  find(address: string): Value | null {
    const number = parseIpv4(address);
    if (number !== null) return this.#findV4(number);
    if (this.#v6.length === 0 || !address.includes(":")) return null;
    const known = this.#cache.get(address);
    if (known !== undefined) return known.value;
    return this.#cache.set(address, { value: this.#findV6(address) }).value;
  }

  #findV4(number: number): Value | null {
    const pieces = (this.#pieces ??= disjoint(this.#v4));
    let low = 0;
    let high = pieces.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const piece = pieces[middle];
      if (piece === undefined) return null;
      if (number < piece.first) high = middle - 1;
      else if (number > piece.last) low = middle + 1;
      else return piece.value;
    }
    return null;
  }

  #findV6(address: string): Value | null {
    if (!ipaddr.IPv6.isValid(address)) return null;
    const parsed = ipaddr.IPv6.parse(address);
    let best: { readonly bits: number; readonly value: Value } | null = null;
    for (const range of this.#v6)
      if ((best === null || range.bits > best.bits) && parsed.match(range.network, range.bits)) best = range;
    return best?.value ?? null;
  }
}

/** CIDR ranges either lie within each other or apart, so cutting wide ones where narrow ones begin and end leaves a sorted line. */
function disjoint<Value>(ranges: readonly Range<Value>[]): Range<Value>[] {
  const edges = [...new Set(ranges.flatMap(({ first, last }) => [first, last + 1]))].toSorted((a, b) => a - b);
  const pieces: Range<Value>[] = [];
  for (let index = 0; index + 1 < edges.length; index += 1) {
    const first = edges[index] ?? 0;
    const last = (edges[index + 1] ?? 0) - 1;
    let best: Range<Value> | null = null;
    for (const range of ranges) {
      if (
        range.first <= first &&
        last <= range.last &&
        (best === null || range.last - range.first < best.last - best.first)
      )
        best = range;
    }
    if (best !== null) pieces.push({ first, last, value: best.value });
  }
  return pieces;
}

function singleAddress(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const address = ipaddr.process(text);
  return [address, address instanceof ipaddr.IPv6 ? 128 : 32];
}

function toNumber(octets: readonly number[]): number {
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** Four decimal octets only: what ipaddr.js also takes (octal, one number) is no address a log writes. */
function parseIpv4(text: string): number | null {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      if (octet === -1) return null;
      value = value * 256 + octet;
      octet = -1;
      dots += 1;
    } else if (code >= 0x30 && code <= 0x39) {
      octet = (octet === -1 ? 0 : octet * 10) + code - 0x30;
      if (octet > 255) return null;
    } else return null;
  }
  return dots === 3 && octet !== -1 ? value * 256 + octet : null;
}
