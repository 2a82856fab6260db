/** What DNS logs of all products share: names, classes and response codes as OCSF writes them. */
import type { OcsfEvent } from "../../model/activity.ts";

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

/** Record type of an answer that is an address, by its look; undefined for any other answer. */
export function addressType(rdata: string): "A" | "AAAA" | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(rdata)) return "A";
  return rdata.includes(":") && /^[0-9A-Fa-f:.]{2,45}$/.test(rdata) ? "AAAA" : undefined;
}
