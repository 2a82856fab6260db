/**
 * What ASA and FTD write of connections beside building, tearing down and denying them: flows that units of a cluster hold for one
 * another (302022 to 302027), connections that H.323 announces (302004, 302012, 302033), flows given to the network card (8050xx), TLS with the firewall itself (7250xx), and the addresses that
 * people open through WebVPN (716003, 716004).
 *
 * @see https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html
 */
import { splitUrl } from "../url.ts";
import { MAPPED, PLACE, readDuration, readPlace, readUser } from "./cisco-place.ts";
import type { Session } from "./session.ts";

type Reader = (text: string) => Session | null;

const STUB = new RegExp(
  String.raw`^(Built|Teardown) (?:[{}A-Za-z|/]{1,40} {1,2})?stub (TCP|UDP|ICMP) connection for ${PLACE}${MAPPED} to ${PLACE}${MAPPED}(?: duration ([\d:]{5,12}) forwarded bytes (\d{1,16})(?: (.{1,200}))?)?`,
);
const OFFLOAD = new RegExp(
  String.raw`^(?:Offloaded )?(TCP|UDP) Flow (?:is no longer offloaded )?for connection (\d{1,12}) from ${PLACE}${MAPPED} to ${PLACE}${MAPPED}`,
);
const ANNOUNCED = new RegExp(
  String.raw`^Pre-allocated? (?:[A-Za-z0-9.]{2,12} ){1,4}(?:back)?connection for faddr ${PLACE} to laddr ${PLACE}`,
  "i",
);
const HANDSHAKE = new RegExp(
  String.raw`^(?:Starting SSL handshake|Device completed SSL handshake|SSL session|Device selects trust-point \S{1,128}) (?:with|for) (client|server) ${PLACE}(?: to ${PLACE})?(?: for (\S{3,12}) session)?( terminated)?\.?$`,
);
const WEBVPN =
  /^Group (?:<([^<>]{0,255})>|(\S{1,255})) User (?:<([^<>]{0,255})>|(\S{1,255})) IP (?:<([^<>]{2,64})>|(\S{2,64})) WebVPN access (GRANTED|DENIED)(?: to specified location)?: "?([^"\s]{1,2048})"?/;

/** What one unit forwards for another is in the owner's own record of the connection too: it adds nothing to the sum. */
const stub: Reader = (text) => {
  const match = STUB.exec(text);
  if (match === null) return null;
  const [, verb, protocol, first, firstMapped, second, secondMapped, duration, bytes, reason] = match as unknown as (
    | string
    | undefined
  )[];
  return {
    activityId: verb === "Built" ? 1 : 2,
    source: readPlace(first!, firstMapped)?.endpoint,
    destination: readPlace(second!, secondMapped)?.endpoint,
    user: readPlace(first!)?.user,
    protocol,
    durationMs: readDuration(duration),
    cumulative: bytes === undefined ? undefined : { bytesTotal: Number(bytes) },
    statusDetail: reason,
  };
};

const offload: Reader = (text) => {
  const match = OFFLOAD.exec(text);
  if (match === null) return null;
  const [, protocol, uid, first, firstMapped, second, secondMapped] = match as unknown as (string | undefined)[];
  return {
    activityId: 6,
    source: readPlace(first!, firstMapped)?.endpoint,
    destination: readPlace(second!, secondMapped)?.endpoint,
    user: readPlace(first!)?.user,
    protocol,
    uid,
    statusDetail: text.slice(0, 200),
  };
};

/** There is no connection yet: the foreign end is named first, then the local one. */
const announced: Reader = (text) => {
  const match = ANNOUNCED.exec(text);
  if (match === null) return null;
  return {
    activityId: 6,
    source: readPlace(match[1]!)?.endpoint,
    destination: readPlace(match[2]!)?.endpoint,
    protocol: / (?:TCP|UDP) /.exec(text)?.[0]?.trim(),
    service: "h323",
    statusDetail: text.slice(0, 200),
  };
};

/** The peer is named first: as a client it began the connection, as a server the firewall did. */
const handshake: Reader = (text) => {
  const match = HANDSHAKE.exec(text);
  if (match === null) return null;
  const [, side, first, second, , ended] = match as unknown as (string | undefined)[];
  const peer = readPlace(first!.replace(/\.$/, ""))?.endpoint;
  const own = second === undefined ? undefined : readPlace(second.replace(/\.$/, ""))?.endpoint;
  const [source, destination] = side === "client" ? [peer, own] : [own, peer];
  return {
    activityId: ended !== undefined ? 2 : text.startsWith("Starting") ? 1 : 6,
    source,
    destination,
    protocol: "tcp",
    service: "ssl",
    statusDetail: text.slice(0, 200),
  };
};

const webVpnAccess: Reader = (text) => {
  const match = WEBVPN.exec(text);
  if (match === null) return null;
  const [, , , quoted, plain, address, plainAddress, outcome, target] = match as unknown as (string | undefined)[];
  const url = splitUrl(target!);
  const granted = outcome === "GRANTED";
  return {
    activityId: granted ? 6 : 5,
    source: readPlace((address ?? plainAddress)!)?.endpoint,
    destination: url.hostname === undefined ? undefined : readPlace(url.hostname)?.endpoint,
    user: readUser(quoted ?? plain),
    verdict: granted ? "allowed" : "blocked",
    service: "webvpn",
    request: { url },
    unmapped: { group: match[1] ?? match[2] },
  };
};

/** Message number -> how it is read. */
export const SESSION_READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...["302022", "302023", "302024", "302025", "302026", "302027"].map((code) => [code, stub] as const),
  ...["302004", "302012", "302033"].map((code) => [code, announced] as const),
  ["805001", offload],
  ["805002", offload],
  ...["725001", "725002", "725007", "725016"].map((code) => [code, handshake] as const),
  ["716003", webVpnAccess],
  ["716004", webVpnAccess],
]);
