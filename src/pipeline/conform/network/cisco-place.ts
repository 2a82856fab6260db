/** Ends of connections and users as ASA and FTD write them: `outside:203.0.113.22/443(LOCAL\alice, 123)`. */
import type { OcsfEndpoint, OcsfUser } from "../../../model/activity.ts";
import { ipAddress, isIpAddress, portOf } from "../decoders/ip-address.ts";
import { loginOf } from "../web/login.ts";

/** One end in a message: interface, address, port, and the user behind it; for building expressions. */
export const PLACE = String.raw`([^\s()]{2,400}(?:\([^()]{1,255}\))?|\([^()\s]{2,64}\))`;

/** The address (and port) that stands for an end on the other side of NAT. */
export const MAPPED = String.raw`(?: ?\(([^()\s]{2,260})\))?`;

export interface Place {
  readonly endpoint: OcsfEndpoint;
  readonly user: OcsfUser | undefined;
}

/** null when there is neither address nor name. */
export function readPlace(text: string, mapped?: string): Place | null {
  const paren = text.startsWith("(") ? -1 : text.indexOf("(");
  const bare = (paren === -1 ? text.replace(/^\(|\)$/g, "") : text.slice(0, paren)).replace(/,$/, "");
  const endpoint: OcsfEndpoint = {};
  const { address, port } = splitPort(bare);
  let host = address;
  if (!isIpAddress(host)) {
    const colon = host.indexOf(":");
    if (colon > 0) {
      endpoint.interface_name = host.slice(0, colon);
      host = host.slice(colon + 1);
    }
  }
  if (host === "" || host === "unknown") return null;
  const ip = ipAddress(host);
  if (ip === undefined) endpoint.hostname = host.toLowerCase();
  else endpoint.ip = ip;
  if (port !== undefined) endpoint.port = port;
  if (mapped !== undefined) addMapped(endpoint, mapped);
  return { endpoint, user: paren === -1 ? undefined : readUser(text.slice(paren + 1, -1)) };
}

function addMapped(endpoint: OcsfEndpoint, mapped: string): void {
  const { address, port } = splitPort(mapped);
  const ip = ipAddress(address);
  if (ip === undefined || (ip === endpoint.ip && (port === undefined || port === endpoint.port))) return;
  endpoint.proxy_endpoint = port === undefined ? { ip } : { ip, port };
}

function splitPort(text: string): { address: string; port: number | undefined } {
  const slash = text.lastIndexOf("/");
  if (slash === -1) return { address: text, port: undefined };
  const digits = text.slice(slash + 1);
  return { address: text.slice(0, slash), port: /^\d{1,5}$/.test(digits) ? portOf(Number(digits)) : undefined };
}

/**
 * `LOCAL\alice`, `LOCAL\ACME\alice`, `ACME\alice, 123`, `alice@acme.example`, quoted or in angle brackets. Nobody stands behind
 * masked names, security group tags (`123:name`) and peers of site-to-site tunnels, whose name is their address.
 */
export function readUser(text: string | undefined): OcsfUser | undefined {
  if (text === undefined) return undefined;
  let name = text.trim().replace(/^["'<]|[">']$/g, "");
  name = name.replace(/, \d{1,6}(?::[^,]{0,64})?$/, "").replace(/^LOCAL\\+/, "");
  if (name === "" || /^\*+$/.test(name) || isIpAddress(name) || /^(?:\d{1,6}(?::|$)|type \d)/.test(name))
    return undefined;
  if (/^(?:Unknown|No Authentication Required|No Authentication|Not Found|Pending|N\/A|-)$/i.test(name))
    return undefined;
  const slash = name.indexOf("\\");
  if (slash > 0 && slash < name.length - 1)
    return { name: name.slice(slash + 1).replace(/^\\+/, ""), domain: name.slice(0, slash) };
  return loginOf(name);
}

/** `1:02:03`, `92:24:20`, `1d:24h:00m:00s`, `0h:32m:16s` -> ms. */
export function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const clock = /^(\d{1,6}):(\d{2}):(\d{2})$/.exec(text);
  if (clock !== null) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])) * 1000;
  const units = /^(?:(\d{1,5})d:?)?\s?(\d{1,6})h:?\s?(\d{1,2})m:?\s?(\d{1,2})s$/.exec(text);
  if (units === null) return undefined;
  const [, days, hours, minutes, seconds] = units;
  return (Number(days ?? 0) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}
