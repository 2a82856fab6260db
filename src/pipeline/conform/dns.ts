/** What DNS logs of all products share: names, classes and response codes as OCSF writes them. */
import type { OcsfEndpoint, OcsfEvent } from "../../model/activity.ts";
import { isIpAddress } from "./decoders/ip-address.ts";

/** rcode_id -> its caption in OCSF 1.8.0. */
const RCODES: ReadonlyMap<number, string> = new Map([
  [0, "NoError"],
  [1, "FormError"],
  [2, "ServError"],
  [3, "NXDomain"],
  [4, "NotImp"],
  [5, "Refused"],
  [6, "YXDomain"],
  [7, "YXRRSet"],
  [8, "NXRRSet"],
  [9, "NotAuth"],
  [10, "NotZone"],
  [11, "DSOTYPENI"],
  [16, "BADSIG_VERS"],
  [17, "BADKEY"],
  [18, "BADTIME"],
  [19, "BADMODE"],
  [20, "BADNAME"],
  [21, "BADALG"],
  [22, "BADTRUNC"],
  [23, "BADCOOKIE"],
]);

/** Mnemonics as servers write them, upper case -> rcode_id. */
const RCODE_NAMES: ReadonlyMap<string, number> = new Map([
  ...[...RCODES].map(([id, name]) => [name.toUpperCase(), id] as const),
  ["FORMERR", 1],
  ["SERVFAIL", 2],
  ["BADVERS", 16],
  ["BADSIG", 16],
]);

/** `rcode` and `rcode_id` of a code, a mnemonic, or both; empty for what is neither. A code OCSF has no caption for is 99. */
export function rcodeOf(value: number | string | undefined): Pick<OcsfEvent, "rcode" | "rcode_id"> {
  if (value === undefined) return {};
  const id = typeof value === "number" ? value : RCODE_NAMES.get(value.toUpperCase());
  const caption = id === undefined ? undefined : RCODES.get(id);
  return caption === undefined ? { rcode: String(value), rcode_id: 99 } : { rcode: caption, rcode_id: id! };
}

/** Lower case, without the trailing dot; the root stays `.`. */
export function normaliseHostname(name: string): string {
  const end = name.length > 1 && name.charCodeAt(name.length - 1) === 0x2e ? name.length - 1 : name.length;
  return (end === name.length ? name : name.slice(0, end)).toLowerCase();
}

/**
 * The server, which is the machine that logs: `named` as its syslog header says, an address where a relay knows no name.
 *
 * @param kind stands for a server that no header names
 * @param ip the address that the record itself tells
 */
export function dnsServer(named: string | null | undefined, kind: string, ip?: string): OcsfEndpoint {
  const server: OcsfEndpoint = {};
  if (ip !== undefined) server.ip = ip;
  if (named) {
    if (!isIpAddress(named)) server.hostname = named.toLowerCase();
    else server.ip ??= named;
  }
  return server.ip === undefined && server.hostname === undefined ? { svc_name: kind } : server;
}

/** An answer's data: a name in the form of names, anything else as it is. */
export function answerData(type: string | undefined, rdata: string): string {
  return type !== undefined && NAME_TYPES.has(type) ? normaliseHostname(rdata) : rdata;
}

/** Types whose data is one name. */
const NAME_TYPES: ReadonlySet<string> = new Set(["CNAME", "DNAME", "NS", "PTR"]);

/** Record type of an answer that is an address, by its look; undefined for any other answer. */
export function addressType(rdata: string): "A" | "AAAA" | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(rdata)) return "A";
  return rdata.includes(":") && /^[0-9A-Fa-f:.]{2,45}$/.test(rdata) ? "AAAA" : undefined;
}
