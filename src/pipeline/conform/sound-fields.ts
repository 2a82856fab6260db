/**
 * What a damaged record can make of an event, whatever its map: addresses that are none, ports and counts out of range, ends and
 * evidence of which nothing is known. OCSF allows none of it, and nothing of it is worth keeping.
 */
import type { OcsfEndpoint, OcsfEvent } from "../../model/activity.ts";
import { isIpAddress, portOf } from "./decoders/ip-address.ts";

export type EventFields = Omit<
  Partial<OcsfEvent>,
  "class_uid" | "category_uid" | "type_uid" | "activity_id" | "time" | "metadata"
>;

/** The same fields where nothing is wrong with them, which is the rule; a copy without what is wrong otherwise. */
export function soundFields(fields: EventFields): EventFields {
  return isSound(fields) ? fields : repaired(fields);
}

/** Runs for every event, so it builds nothing. */
function isSound({ src_endpoint, dst_endpoint, traffic, cumulative_traffic, query, evidences }: EventFields): boolean {
  return (
    evidences === undefined &&
    (src_endpoint === undefined || soundEndpoint(src_endpoint) === src_endpoint) &&
    (dst_endpoint === undefined || soundEndpoint(dst_endpoint) === dst_endpoint) &&
    (traffic === undefined || areSound(traffic)) &&
    (cumulative_traffic === undefined || areSound(cumulative_traffic)) &&
    (query?.packet_uid === undefined || portOf(query.packet_uid) !== undefined)
  );
}

function repaired(fields: EventFields): EventFields {
  let sound = fields;
  const replace = (part: EventFields) => {
    sound = { ...sound, ...part };
  };
  const source = soundEndpoint(fields.src_endpoint);
  if (source !== fields.src_endpoint) replace({ src_endpoint: source });
  const destination = soundEndpoint(fields.dst_endpoint);
  if (destination !== fields.dst_endpoint) replace({ dst_endpoint: destination });
  const traffic = soundCounts(fields.traffic);
  if (traffic !== fields.traffic) replace({ traffic });
  const cumulative = soundCounts(fields.cumulative_traffic);
  if (cumulative !== fields.cumulative_traffic) replace({ cumulative_traffic: cumulative });
  const packet = fields.query?.packet_uid;
  // DNS numbers its messages with sixteen bits.
  if (packet !== undefined && portOf(packet) === undefined)
    replace({ query: { ...fields.query!, packet_uid: undefined } });
  if (fields.evidences !== undefined) {
    const evidences = fields.evidences.flatMap(soundEvidence);
    replace({ evidences: evidences.length === 0 ? undefined : evidences });
  }
  return sound;
}

function soundEndpoint<E extends OcsfEndpoint | undefined>(endpoint: E): E | undefined {
  if (endpoint === undefined) return undefined;
  const { port } = endpoint;
  const ip = unmapped(endpoint.ip);
  const isAddress = ip === undefined || isAddressOrZoned(ip);
  const isPort = port === undefined || portOf(port) !== undefined;
  if (isAddress && isPort && ip === endpoint.ip && isSomebody(endpoint)) return endpoint;
  const rest = { ...endpoint, ip: isAddress ? ip : undefined, port: isPort ? port : undefined };
  return isSomebody(rest) ? rest : undefined;
}

/** Dual-stack sockets write `::ffff:10.1.4.17` for the host that every other source knows as 10.1.4.17. */
function unmapped(ip: string | undefined): string | undefined {
  if (ip === undefined || ip.charCodeAt(0) !== 0x3a) return ip;
  return /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(ip)?.[1] ?? ip;
}

/** OCSF too lets a link-local address carry its zone. */
function isAddressOrZoned(text: string): boolean {
  if (isIpAddress(text)) return true;
  const zone = text.indexOf("%");
  return zone !== -1 && isIpAddress(text.slice(0, zone));
}

/** A port, a zone or a MAC address alone are nobody. */
function isSomebody(endpoint: OcsfEndpoint): boolean {
  return (
    endpoint.ip !== undefined ||
    endpoint.hostname !== undefined ||
    endpoint.name !== undefined ||
    endpoint.uid !== undefined ||
    endpoint.svc_name !== undefined ||
    endpoint.domain !== undefined ||
    endpoint.instance_uid !== undefined ||
    endpoint.interface_name !== undefined
  );
}

const COUNTS = ["bytes", "bytes_in", "bytes_out", "packets", "packets_in", "packets_out"] as const;

/** Whether every count that is there is one, and at least one is. */
function areSound(traffic: NonNullable<OcsfEvent["traffic"]>): boolean {
  const { bytes, bytes_in, bytes_out, packets, packets_in, packets_out } = traffic;
  return (
    isCountOrNone(bytes) &&
    isCountOrNone(bytes_in) &&
    isCountOrNone(bytes_out) &&
    isCountOrNone(packets) &&
    isCountOrNone(packets_in) &&
    isCountOrNone(packets_out) &&
    (bytes ?? bytes_in ?? bytes_out ?? packets ?? packets_in ?? packets_out) !== undefined
  );
}

function isCountOrNone(count: number | undefined): boolean {
  return count === undefined || (Number.isSafeInteger(count) && count >= 0);
}

function soundCounts(traffic: OcsfEvent["traffic"]): OcsfEvent["traffic"] {
  if (traffic === undefined) return undefined;
  let sound = traffic;
  let known = false;
  for (const name of COUNTS) {
    const count = traffic[name];
    if (count === undefined) continue;
    if (Number.isSafeInteger(count) && count >= 0) known = true;
    else sound = { ...sound, [name]: undefined };
  }
  return known ? sound : undefined;
}

type Evidence = NonNullable<OcsfEvent["evidences"]>[number];

function soundEvidence(evidence: Evidence): readonly Evidence[] {
  const sound: Evidence = {
    ...evidence,
    src_endpoint: soundEndpoint(evidence.src_endpoint),
    dst_endpoint: soundEndpoint(evidence.dst_endpoint),
  };
  const told = Object.entries(sound).some(([name, value]) => value !== undefined && !BESIDE_EVIDENCE.has(name));
  return told ? [sound] : [];
}

/** What OCSF does not count as evidence by itself. */
const BESIDE_EVIDENCE: ReadonlySet<string> = new Set([
  "http_request",
  "http_response",
  "tls",
  "name",
  "uid",
  "verdict",
]);
