/**
 * The fields of a firewall's record, read as text whatever the form they came in (key=value, CEF, LEEF, JSON): every reader treats
 * a value of the wrong kind, and the words by which vendors say "nothing", as absent.
 */
import type { JsonObject, OcsfEndpoint } from "../../../model/activity.ts";
import { isIpAddress } from "../decoders/ip-address.ts";

/** Names as the vendor's own format has them -> values as written. */
export type Fields = ReadonlyMap<string, string>;

const MAX_FIELDS = 512;

/** What firewalls write where there is nothing to say. */
const NOTHING = /^(?:-|n\/a|\(null\)|null|undefined)$/i;
const LONGEST_NOTHING = 9;

/** The value of the first of the names that has one, without blanks around it. */
export function told(fields: Fields, ...names: readonly string[]): string | undefined {
  for (let at = 0; at < names.length; at += 1) {
    const value = fields.get(names[at]!);
    if (value === undefined || value === "") continue;
    const bare = value.charCodeAt(0) <= BLANK || value.charCodeAt(value.length - 1) <= BLANK ? value.trim() : value;
    if (bare === "" || (bare.length <= LONGEST_NOTHING && opensNothing(bare.charCodeAt(0)) && NOTHING.test(bare)))
      continue;
    return bare;
  }
  return undefined;
}

const BLANK = 0x20;

/** `-`, `(`, `n`, `u`: every field is asked, and most are told. */
function opensNothing(code: number): boolean {
  return code === 0x2d || code === 0x28 || code === 0x6e || code === 0x4e || code === 0x75 || code === 0x55;
}

/** A whole number from 0, of the first of the names that has a value. */
export function count(fields: Fields, ...names: readonly string[]): number | undefined {
  const value = told(fields, ...names);
  if (value === undefined || value.length > 16 || !/^\d+$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A port from 1; firewalls write 0 where a protocol has none. */
export function port(fields: Fields, ...names: readonly string[]): number | undefined {
  const value = count(fields, ...names);
  return value !== undefined && value >= 1 && value <= 65_535 ? value : undefined;
}

/** An address; the unspecified ones, which stand for none, are absent. */
export function address(fields: Fields, ...names: readonly string[]): string | undefined {
  const value = told(fields, ...names);
  return value !== undefined && isIpAddress(value) && value !== "0.0.0.0" && value !== "::" ? value : undefined;
}

const MAC = /^[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}$/;

/** A MAC address; the one of all zeros stands for none. */
export function mac(fields: Fields, ...names: readonly string[]): string | undefined {
  const value = told(fields, ...names);
  return value !== undefined && MAC.test(value) && !/^(?:00[:-]?){6}$/.test(value) ? value : undefined;
}

/** The named fields that have a value, for `unmapped`; undefined when none has. */
export function leftOver(fields: Fields, names: readonly string[]): Record<string, unknown> | undefined {
  let left: Record<string, unknown> | undefined;
  for (let at = 0; at < names.length; at += 1) {
    const value = told(fields, names[at]!);
    if (value === undefined) continue;
    left ??= {};
    left[names[at]!] = value;
  }
  return left;
}

/** The plain values of a JSON object as text; lists and objects in it are left out. */
export function fieldsOfJson(json: JsonObject): Map<string, string> {
  const fields = new Map<string, string>();
  for (const key of Object.keys(json)) {
    const value = json[key];
    if (typeof value === "string") fields.set(key, value);
    else if (typeof value === "number" || typeof value === "boolean") fields.set(key, String(value));
    if (fields.size >= MAX_FIELDS) break;
  }
  return fields;
}

/** The same fields under the vendor's own names, where a form renames some: `names` maps the form's name to the vendor's. */
export function renamed(fields: Fields, names: ReadonlyMap<string, string>, prefix = ""): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of fields) {
    const name = names.get(key) ?? (prefix !== "" && key.startsWith(prefix) ? key.slice(prefix.length) : key);
    if (!out.has(name)) out.set(name, value);
  }
  return out;
}

/** An end of a session from what is known of it; undefined when neither address nor name is: a port alone is nobody. */
export function endOf(end: {
  readonly ip: string | undefined;
  readonly port?: number | undefined;
  readonly hostname?: string | undefined;
  readonly mac?: string | undefined;
  readonly zone?: string | undefined;
  readonly interfaceName?: string | undefined;
  readonly translatedIp?: string | undefined;
  readonly translatedPort?: number | undefined;
}): OcsfEndpoint | undefined {
  const { ip, translatedIp, translatedPort } = end;
  // Some products repeat the address where they have no name.
  const hostname = end.hostname === undefined || isIpAddress(end.hostname) ? undefined : end.hostname;
  if (ip === undefined && hostname === undefined) return undefined;
  const endpoint: OcsfEndpoint = {};
  if (ip !== undefined) endpoint.ip = ip;
  if (hostname !== undefined) endpoint.hostname = hostnameOf(hostname);
  if (end.port !== undefined) endpoint.port = end.port;
  if (end.mac !== undefined) endpoint.mac = end.mac;
  if (end.zone !== undefined) endpoint.zone = end.zone;
  if (end.interfaceName !== undefined) endpoint.interface_name = end.interfaceName;
  if (
    translatedIp !== undefined &&
    (translatedIp !== ip || (translatedPort !== undefined && translatedPort !== end.port))
  ) {
    endpoint.proxy_endpoint = { ip: translatedIp };
    if (translatedPort !== undefined) endpoint.proxy_endpoint.port = translatedPort;
  }
  return endpoint;
}

/** Lower case, without the dot at the end. */
export function hostnameOf(text: string): string {
  const end = text.length > 1 && text.endsWith(".") ? text.length - 1 : text.length;
  return text.slice(0, end).toLowerCase();
}
