/**
 * A SonicOS record, `key=value` or CEF -> its fields under SonicOS's names. What SonicOS joins with colons (`address:port:interface:name`)
 * is taken apart here.
 *
 * @see https://www.sonicwall.com/techdocs/pdf/sonicos-7-0-0-0-log_events_reference_guide.pdf
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { isIpAddress } from "../decoders/ip-address.ts";
import { labelled, parseCef } from "../decoders/cef.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import type { DecodedRecord } from "../define-map.ts";
import { renamed, told, type Fields } from "./fields.ts";

const CEF_NAMES: ReadonlyMap<string, string> = new Map([
  ["out", "sent"],
  ["in", "rcvd"],
  ["smac", "srcMac"],
  ["dmac", "dstMac"],
  ["suser", "usr"],
  ["susr", "usr"],
  ["act", "fw_action"],
  ["deviceExternalId", "sn"],
  ["dvc", "fw"],
  ["requestClientApplication", "agent"],
  ["sourceTranslatedAddress", "natSrc"],
  ["destinationTranslatedAddress", "natDst"],
  ["snpt", "sourceTranslatedPort"],
  ["dnpt", "destinationTranslatedPort"],
]);

const isCount = (text: string): boolean => /^\d{1,15}$/.test(text);

/** SonicOS 7 writes values where CEF has labels: what they are, and how to tell. */
const VALUES_IN_LABELS: readonly (readonly [label: string, name: string, holds: (text: string) => boolean])[] = [
  ["cs1Label", "natSrc", isIpAddress],
  ["cs2Label", "natDst", isIpAddress],
  ["cs3Label", "srcZone", (text) => text !== ""],
  ["cs4Label", "dstZone", (text) => text !== ""],
  ["cn1Label", "rpkt", isCount],
  ["cn2Label", "spkt", isCount],
  ["cn3Label", "cdur", isCount],
];

const CEF_HEADER = /\|SonicWall\|/i;

const RECORD = /(?:^|[ >])id=\S{1,128} {1,4}sn=\S{1,64} |(?:^|[ >])sn=[0-9A-Fa-f]{12} /;

export function sonicwallForm({ line, body, json }: DecodedRecord): "key-value" | "cef" | null {
  if (json !== null) return null;
  if (body.includes("|Sonic") && CEF_HEADER.test(line)) return "cef";
  return line.includes("sn=") && line.includes(" fw=") && line.includes(" pri=") && RECORD.test(line)
    ? "key-value"
    : null;
}

/** @throws {MalformedInputError} when the record has no fields */
export function sonicwallFields({ line }: DecodedRecord, form: "key-value" | "cef"): Fields {
  // Application names stand in single quotes.
  if (form === "key-value") return readKeyValues(line.replaceAll(/='([^'"]{0,200})'(?= |$)/g, '="$1"'));
  const cef = parseCef(line);
  if (cef === null) throw new MalformedInputError("SonicWall CEF record without a header");
  const fields = renamed(cef.extension, CEF_NAMES);
  for (const [key, value] of fields)
    if (value.length > 1 && value.startsWith('"') && value.endsWith('"')) fields.set(key, value.slice(1, -1));
  valuesInLabels(fields);
  for (const [label, value] of labelled(cef)) if (!fields.has(label)) fields.set(label, value);
  fields.set("m", cef.signature);
  if (!fields.has("msg")) fields.set("msg", cef.name);
  return fields;
}

function valuesInLabels(fields: Map<string, string>): void {
  for (const [label, name, holds] of VALUES_IN_LABELS) {
    const value = fields.get(label);
    if (value === undefined || fields.has(name) || !holds(value)) continue;
    // The rule stands beside the first; all others stand alone.
    if (label === "cs1Label" || !fields.has(label.slice(0, -5))) fields.set(name, value);
  }
  const label = fields.get("cs1Label");
  const rule = fields.get("cs1");
  if (rule !== undefined && !fields.has("rule") && (label === undefined || isIpAddress(label)))
    fields.set("rule", rule);
  const category = /^\d{1,5} Category-"([^"]{1,128})"/.exec(fields.get("reason") ?? "");
  if (category !== null) fields.set("Category", category[1]!);
}

export interface SonicwallEnd {
  readonly ip: string | undefined;
  readonly port: number | undefined;
  readonly interfaceName: string | undefined;
  readonly hostname: string | undefined;
}

/** `10.0.0.3:52379:X0:host`, any part of which may be empty; an IPv6 address stands in a field of its own. */
export function sonicwallEnd(joined: string | undefined, ipv6: string | undefined): SonicwallEnd {
  if (joined === undefined || isIpv6(joined))
    return { ip: joined ?? ipv6, port: undefined, interfaceName: undefined, hostname: undefined };
  const [first, second, third, fourth] = joined.split(":", 5);
  const number = second !== undefined && /^\d{1,5}$/.test(second) ? Number(second) : 0;
  const ip = ipv6 ?? first;
  return {
    ip: ip !== undefined && isIpAddress(ip) && ip !== "0.0.0.0" ? ip : undefined,
    port: number > 0 && number <= 65_535 ? number : undefined,
    interfaceName: third === undefined || third === "" ? undefined : third,
    hostname: fourth === undefined || fourth === "" ? undefined : fourth,
  };
}

function isIpv6(text: string): boolean {
  return text.includes("::") && isIpAddress(text) && !/^::[A-Z]/.test(text);
}

/** The user; SonicOS writes in his place why it knows none. */
export function sonicwallUser(fields: Fields): string | undefined {
  const user = told(fields, "usr", "user");
  return user === undefined || /^unknown\b/i.test(user) ? undefined : user;
}
