/**
 * Which addresses notifications may be sent to. Checked when the connection is made, on the address it goes to: what a
 * name resolved to a moment ago says nothing.
 *
 * Never: link-local (cloud metadata at 169.254.169.254), metadata addresses elsewhere, unspecified, multicast, broadcast
 * and reserved. Loopback and private ranges: where the configuration names such an address itself, or allows them.
 * IPv6 addresses that carry an IPv4 one are judged by that.
 */
import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { callbackify } from "node:util";
import ipaddr from "ipaddr.js";

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface GuardOptions {
  /** Loopback and private addresses may be names' too. */
  readonly allowPrivate: boolean;
  /** Hosts as the configuration writes them. */
  readonly named: readonly string[];
  /** For tests. */
  readonly resolve?: Resolve | undefined;
}

export class ForbiddenAddressError extends Error {
  override get name(): string {
    return "ForbiddenAddressError";
  }
}

/** Instance metadata of clouds that is not link-local. */
const METADATA: ReadonlySet<string> = new Set([
  "fd00:ec2::254",
  "fd20:ce::254",
  "100.100.100.200",
  "192.0.0.192",
  "168.63.129.16",
]);

const PRIVATE: ReadonlySet<string> = new Set(["loopback", "private", "uniqueLocal", "carrierGradeNat"]);

/** `public`, `private` (loopback and private ranges), or why nothing may go there. */
export function judgeAddress(address: string): "public" | "private" | { readonly never: string } {
  if (!ipaddr.isValid(address)) return { never: "is no address" };
  const parsed = ipaddr.parse(address);
  const carried = parsed.kind() === "ipv6" ? carriedAddress(parsed as ipaddr.IPv6) : null;
  if (carried !== null) return judgeAddress(carried);
  if (METADATA.has(withoutZone(parsed.toString()))) return { never: "hands out a cloud's metadata" };
  const range: string = parsed.range();
  if (range === "unicast") return "public";
  if (PRIVATE.has(range)) return "private";
  return { never: range === "linkLocal" ? "is link-local" : `is ${range}` };
}

const withoutZone = (address: string): string => address.split("%")[0] ?? address;

/** The IPv4 address inside a mapped, compatible, NAT64 or 6to4 one. */
function carriedAddress(address: ipaddr.IPv6): string | null {
  const parts = address.parts;
  const ipv4 = (high: number, low: number): string => [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  const at = (index: number): number => parts[index] ?? 0;
  if (address.isIPv4MappedAddress()) return ipv4(at(6), at(7));
  if (at(0) === 0x64 && at(1) === 0xff9b) return ipv4(at(6), at(7));
  if (at(0) === 0x2002) return ipv4(at(1), at(2));
  const compatible = parts.slice(0, 6).every((part) => part === 0) && (at(6) !== 0 || at(7) > 1);
  return compatible ? ipv4(at(6), at(7)) : null;
}

const resolveWithSystem: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });

export class Guard {
  readonly #allowPrivate: boolean;
  readonly #named: ReadonlySet<string>;
  readonly #resolve: Resolve;

  constructor({ allowPrivate, named, resolve = resolveWithSystem }: GuardOptions) {
    this.#allowPrivate = allowPrivate;
    this.#named = new Set(named.map(bareHost));
    this.#resolve = resolve;
  }

  /**
   * The addresses a connection to the host may go to.
   * @throws {ForbiddenAddressError} when any of its addresses must not be reached: such a name is not to be trusted at all
   */
  async addressesOf(host: string): Promise<readonly LookupAddress[]> {
    const name = bareHost(host);
    const family = isIP(withoutZone(name));
    const addresses = family === 0 ? await this.#resolve(name) : [{ address: name, family }];
    if (addresses.length === 0) throw new Error(`${name} has no address`);
    const named = this.#named.has(name) && (family !== 0 || name === "localhost");
    for (const { address } of addresses) {
      const verdict = judgeAddress(address);
      if (typeof verdict === "object")
        throw new ForbiddenAddressError(`${describe(name, address)} ${verdict.never}: nothing is sent there`);
      if (verdict === "private" && !named && !this.#allowPrivate)
        throw new ForbiddenAddressError(
          `${describe(name, address)} is a private address: write the address itself, or allow_private: true`,
        );
    }
    return addresses;
  }

  /** For `net`, `tls` and `http`: they connect to what this returns and to nothing else. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    callbackify((host: string) => this.addressesOf(host))(hostname, (error, addresses) => {
      if (error !== null) return callback(error, "", 0);
      const wanted = FAMILIES.get(options.family ?? 0) ?? 0;
      const usable = wanted === 0 ? addresses : addresses.filter(({ family }) => family === wanted);
      const [first] = usable;
      if (first === undefined) return callback(new Error(`${hostname} has no address of this family`), "", 0);
      return options.all === true ? callback(null, [...usable]) : callback(null, first.address, first.family);
    });
  };
}

const FAMILIES: ReadonlyMap<string | number, number> = new Map<string | number, number>([
  [4, 4],
  ["IPv4", 4],
  [6, 6],
  ["IPv6", 6],
]);

function describe(name: string, address: string): string {
  return name === address ? address : `${name} (${address})`;
}

/** Lower case, without the brackets of IPv6 and the last dot. */
export function bareHost(host: string): string {
  const lower = host.toLowerCase();
  const bare = lower.startsWith("[") && lower.endsWith("]") ? lower.slice(1, -1) : lower;
  return bare.length > 1 && bare.endsWith(".") ? bare.slice(0, -1) : bare;
}
