/**
 * What ASA and FTD write of connections: built and torn down (302xxx), translated (305xxx), denied or permitted (106xxx, 313xxx,
 * 710xxx and others), addresses asked for (304xxx) and the botnet filter (338xxx).
 *
 * Of a connection the message names the foreign end first, whoever began it: `outbound` says that the second end did. A teardown
 * does not say who began; there the side with the port of a service is taken for the server.
 */
import type { OcsfEndpoint, OcsfUser } from "../../../model/activity.ts";
import { splitUrl } from "../url.ts";
import type { Verdict } from "../web/verdict.ts";
import { MAPPED, PLACE, type Place, readDuration, readPlace, readUser } from "./cisco-place.ts";
import { isServerToClient } from "./one-way-flow.ts";
import type { Session } from "./session.ts";

type Reader = (text: string) => Session | null;

const BUILT = new RegExp(
  String.raw`^(?:Built|Pre-allocated) (?:(inbound|outbound) )?(?:Probe )?([A-Za-z0-9]{2,10}) (?:state-bypass )?connection (\d{1,12}) (?:for|from) ${PLACE}${MAPPED}(\([^()]{1,255}\))? to ${PLACE}${MAPPED}(\([^()]{1,255}\))?(?: ?\(([^()]{1,255})\))?`,
);
const TEARDOWN = new RegExp(
  String.raw`^Teardown (?:Probe )?([A-Za-z0-9]{2,10}) (?:state-bypass )?connection (\d{1,12}) (?:for|from) ${PLACE}(?: (\S{1,128}))? to ${PLACE}(?: (\S{1,128}))? duration ([\d:]{5,12}) bytes (\d{1,16})(?: ([A-Za-z][^()]{1,200}?))?(?: from ([^\s()]{1,64}))?(?: \(([^()]{1,255})\))?$`,
);
const ICMP = new RegExp(
  String.raw`^(Built|Teardown) (?:(inbound|outbound) )?ICMP connection (?:(?:\d{1,12} )?for )?faddr ${PLACE} gaddr ${PLACE} laddr ${PLACE}(?: \(([^()]{1,255})\))?(?: type (\d{1,3}) code (\d{1,3}))?`,
);
const TRANSLATION = new RegExp(
  String.raw`^(Built|Teardown) (?:dynamic|static) ([A-Za-z0-9]{2,10}|portmap) translation from ${PLACE}(?: \(([^()]{1,255})\))? to ${PLACE}(?: duration ([\d:]{5,12}))?`,
);
const ACCESS_GROUP = new RegExp(
  String.raw`^Deny (?:inbound )?(?:protocol )?(\S{1,32}) src ${PLACE} dst ${PLACE}(?: ?\([^()]{1,64}\))?(?: type \d{1,3}, code \d{1,3},)?(?: by access-group "?([^"\s]{0,255})"?)?`,
);
const ACCESS_LIST = new RegExp(
  String.raw`^access-list (\S{1,255}) (permitted|denied|est-allowed) (\S{1,32}) (?:for user '?([^'\s]{1,255})'? )?([^\s/]{1,64})\/(\S{1,255}?)\((\d{1,5})\)(?:\(([^()]{1,255})\))? -> ([^\s/]{1,64})\/(\S{1,255}?)\((\d{1,5})\)(?:\(([^()]{1,255})\))?(?: hit-cnt (\d{1,9}))?`,
);
/** 106001, -6, -7, -12, -15, -16, -17, -20, -21, -22; 710002, -3, -5, -6; 419002, 434002, 500004, 110002, 305013 and their like. */
const FROM_TO = new RegExp(
  String.raw`\b(?:from|src|for) (?:laddr )?${PLACE}(?: on interface \S{1,64}| \([^()\s]{2,64}\))? (?:to|dst) (?!device\b|drop\b|bypass\b|locate\b)${PLACE}`,
);
const ICMP_FROM = /^Denied (?:IPv6-)?ICMP type=(\d{1,3}), code=(\d{1,3}) from (\S{2,64}) on interface (\S{1,64})/;
const PROTOCOL = /\b(TCP|UDP|ICMP|IPv6-ICMP|SCTP|GRE|ESP|IGMP|VRRP)\b/i;
const URL_ACCESSED =
  /^(?:([^\s@()]{1,255})@)?([^\s@()]{2,255})(?:\(([^()]{1,255})\))? Accessed (?:JAVA )?URL (?:([^\s@:]{1,255})@)?(.{2,4096})$/;
const URL_DENIED = /^Access denied URL (\S{1,4096}) SRC (\S{2,255}) DEST (\S{2,255})(?: on interface (\S{1,64}))?/;
const BOTNET = new RegExp(
  String.raw`^Dynamic Filter (permitted|monitored|dropped) (?:black|white|grey|gray) ?listed (\S{2,10}) traffic from ${PLACE}${MAPPED} to ${PLACE}${MAPPED}, (source|destination) \S{2,255} resolved from (\S{1,10}) list: ([^\s,]{1,255})`,
);
const FTP = new RegExp(
  String.raw`^FTP connection from ${PLACE} to ${PLACE}, user (\S{1,255}) (Stored|Retrieved) file (.{1,1024})`,
);

const built: Reader = (text) => {
  const match = BUILT.exec(text);
  if (match === null) return null;
  const [, way, protocol, uid, first, firstMapped, firstUser, second, secondMapped, secondUser, idfw] =
    match as unknown as (string | undefined)[];
  const one = place(first!, firstMapped, firstUser);
  const two = place(second!, secondMapped, secondUser);
  const turned = way === "outbound";
  return {
    activityId: 1,
    ...ends(one, two, turned, idfw),
    protocol: protocolName(protocol),
    uid,
    direction: way === "inbound" ? 1 : turned ? 2 : 0,
  };
};

const teardown: Reader = (text) => {
  const match = TEARDOWN.exec(text);
  if (match === null) return null;
  const [, protocol, uid, first, firstUser, second, secondUser, duration, bytes, reason, , idfw] = match as unknown as (
    | string
    | undefined
  )[];
  const one = place(first!, undefined, firstUser);
  const two = place(second!, undefined, secondUser);
  return {
    activityId: reason !== undefined && /\bReset\b/.test(reason) ? 3 : 2,
    ...ends(one, two, isServerToClient(one?.endpoint.port, two?.endpoint.port), idfw),
    protocol: protocolName(protocol),
    uid,
    durationMs: readDuration(duration),
    // Both ways together: what was sent does not show.
    traffic: { bytesTotal: Number(bytes) },
    statusDetail: reason,
  };
};

const icmp: Reader = (text) => {
  const match = ICMP.exec(text);
  if (match === null) return null;
  const [, verb, way, foreign, global, local, idfw, type] = match as unknown as (string | undefined)[];
  // Whoever began carries the identifier of the echo; the other end has a zero.
  const identifier = (text: string) => Number(/\/(\d{1,6})(?:\(|$)/.exec(text)?.[1] ?? 0);
  const turned = way === undefined ? identifier(foreign!) === 0 && identifier(local!) !== 0 : way === "outbound";
  const withoutPort = (text: string) => text.replace(/\/\d{1,6}(?=\(|$)/, "");
  const { source, destination, user } = ends(
    readPlace(withoutPort(foreign!)),
    place(withoutPort(local!), withoutPort(global!)),
    turned,
    idfw,
  );
  return {
    activityId: verb === "Built" ? 1 : 2,
    source,
    destination,
    user,
    protocol: "icmp",
    direction: way === undefined ? 0 : turned ? 2 : 1,
    unmapped: type === undefined ? undefined : { icmp_type: Number(type) },
  };
};

const translation: Reader = (text) => {
  const match = TRANSLATION.exec(text);
  if (match === null) return null;
  const [, verb, protocol, real, , mapped, duration] = match as unknown as (string | undefined)[];
  const from = readPlace(real!);
  const to = readPlace(mapped!);
  if (from === null) return null;
  const endpoint: OcsfEndpoint = { ...from.endpoint };
  if (to?.endpoint.ip !== undefined) endpoint.proxy_endpoint = { ip: to.endpoint.ip };
  if (endpoint.proxy_endpoint !== undefined && to?.endpoint.port !== undefined)
    endpoint.proxy_endpoint.port = to.endpoint.port;
  return {
    activityId: 99,
    source: endpoint,
    destination: undefined,
    user: from.user,
    protocol: protocolName(protocol),
    durationMs: readDuration(duration),
    statusDetail: `${verb!} translation`,
  };
};

const accessGroup: Reader = (text) => {
  const match = ACCESS_GROUP.exec(text);
  if (match === null) return denied(text);
  const [, protocol, from, to, rule] = match as unknown as (string | undefined)[];
  return refused(readPlace(from!), readPlace(to!), protocol, "blocked", rule);
};

const accessList: Reader = (text) => {
  const match = ACCESS_LIST.exec(text);
  if (match === null) return null;
  const [, rule, verb, protocol, named, from, source, sourcePort, sourceUser, to, destination, destinationPort] =
    match as unknown as (string | undefined)[];
  const allowed = verb !== "denied";
  const hits = Number(match[13] ?? 1);
  const one = readPlace(`${from!}:${source!}/${sourcePort!}${sourceUser === undefined ? "" : `(${sourceUser})`}`);
  const two = readPlace(`${to!}:${destination!}/${destinationPort!}`);
  return {
    ...refused(one, two, protocol, allowed ? "allowed" : "blocked", rule),
    activityId: allowed ? 6 : 5,
    user: readUser(named) ?? one?.user,
    unmapped: hits > 1 ? { hit_count: hits } : undefined,
  };
};

/** Messages that say of one packet or attempt that it was not let through. */
const denied: Reader = (text) => {
  const match = FROM_TO.exec(text);
  if (match === null) return icmpDenied(text);
  // 313004 ends the address with a colon.
  return refused(readPlace(match[1]!), readPlace(match[2]!.replace(/:$/, "")), PROTOCOL.exec(text)?.[1], "blocked");
};

const icmpDenied: Reader = (text) => {
  const match = ICMP_FROM.exec(text);
  if (match === null) return null;
  const from = readPlace(match[3]!);
  return refused(from, null, text.startsWith("Denied IPv6") ? "ipv6-icmp" : "icmp", "blocked");
};

const permitted: Reader = (text) => {
  const match = FROM_TO.exec(text);
  if (match === null) return null;
  const session = refused(readPlace(match[1]!), readPlace(match[2]!), PROTOCOL.exec(text)?.[1], "allowed");
  return { ...session, activityId: 1 };
};

/** Odd traffic that passes all the same. */
const noticed: Reader = (text) => {
  const match = FROM_TO.exec(text);
  if (match === null) return null;
  return {
    activityId: 6,
    ...ends(readPlace(match[1]!), readPlace(match[2]!), false),
    protocol: PROTOCOL.exec(text)?.[1],
    statusDetail: text.slice(0, 200),
  };
};

const urlAccessed: Reader = (text) => {
  const match = URL_ACCESSED.exec(text);
  if (match === null) return null;
  const [, plainUser, client, user, , target] = match as unknown as (string | undefined)[];
  const from = readPlace(client!);
  // The server's address, then the URL: `203.0.113.22:http://…`, `203.0.113.22:/path`.
  const colon = target!.startsWith("[")
    ? target!.indexOf("]:") + 1
    : /^[0-9A-Fa-f:]*::?[0-9A-Fa-f:]*:(?=[h/])/.test(target!)
      ? target!.search(/:(?=[a-z]{1,8}:\/\/|\/)/)
      : target!.indexOf(":");
  if (from === null || colon < 1) return null;
  const server = readPlace(target!.slice(0, colon));
  const address = target!.slice(colon + 1);
  const url = splitUrl(
    address.startsWith("/") && server?.endpoint !== undefined ? `http://${hostOf(server.endpoint)}${address}` : address,
  );
  const destination: OcsfEndpoint = { ...server?.endpoint };
  if (url.hostname !== undefined && url.hostname !== destination.ip) destination.hostname = url.hostname;
  if (url.port !== undefined) destination.port = url.port;
  return {
    activityId: 6,
    source: from.endpoint,
    destination,
    user: readUser(user) ?? readUser(plainUser),
    request: { url },
    verdict: "allowed",
  };
};

const urlDenied: Reader = (text) => {
  const match = URL_DENIED.exec(text);
  if (match === null) return null;
  const url = splitUrl(match[1]!);
  const { source, destination } = ends(readPlace(match[2]!), readPlace(match[3]!), false);
  if (destination !== undefined && url.hostname !== undefined && url.hostname !== destination.ip)
    destination.hostname = url.hostname;
  return { activityId: 5, source, destination, request: { url }, verdict: "blocked" };
};

const botnet: Reader = (text) => {
  const match = BOTNET.exec(text);
  if (match === null) return null;
  const [, verb, protocol, from, fromMapped, to, toMapped, side, , name] = match as unknown as (string | undefined)[];
  const session = ends(place(from!, fromMapped), place(to!, toMapped), false);
  const listed = side === "destination" ? session.destination : session.source;
  if (listed !== undefined && /^[A-Za-z0-9.-]{1,255}[A-Za-z]$/.test(name!)) listed.hostname = name!.toLowerCase();
  return {
    activityId: verb === "dropped" ? 5 : 6,
    ...session,
    protocol,
    verdict: verb === "dropped" ? "dropped" : verb === "permitted" ? "allowed" : "alerted",
    ruleCategory: /\bcategory: ([^,]{1,64})/.exec(text)?.[1]?.trim(),
  };
};

const ftp: Reader = (text) => {
  const match = FTP.exec(text);
  if (match === null) return null;
  const session = ends(readPlace(match[1]!), readPlace(match[2]!), false);
  return {
    activityId: 6,
    ...session,
    user: readUser(match[3]),
    protocol: "tcp",
    service: "ftp",
    statusDetail: match[4],
    unmapped: { file: match[5] },
  };
};

/** Message number -> how it is read. */
export const CONNECTION_READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...["302013", "302015", "302017", "302035", "302037", "302303", "302305"].map((code) => [code, built] as const),
  ...["302014", "302016", "302018", "302036", "302038", "302304", "302306"].map((code) => [code, teardown] as const),
  ["302020", icmp],
  ["302021", icmp],
  ...["305009", "305010", "305011", "305012"].map((code) => [code, translation] as const),
  ...["106010", "106014", "106023"].map((code) => [code, accessGroup] as const),
  ...["106100", "106102", "106103"].map((code) => [code, accessList] as const),
  ...["106001", "106002", "106006", "106007", "106011", "106012", "106013", "106015", "106016", "106017"].map(
    (code) => [code, denied] as const,
  ),
  ...["106020", "106021", "106022", "106026", "106027", "305005", "305006", "305013", "313001", "313004"].map(
    (code) => [code, denied] as const,
  ),
  ...["313005", "313008", "313009", "434002", "507003", "710003", "710005", "710006", "733102", "109008"].map(
    (code) => [code, denied] as const,
  ),
  ["710002", permitted],
  ...["110002", "110003", "419002", "434004", "500004"].map((code) => [code, noticed] as const),
  ["303002", ftp],
  ["304001", urlAccessed],
  ["304002", urlDenied],
  ...["338001", "338002", "338003", "338004", "338005", "338006", "338007", "338008"].map(
    (code) => [code, botnet] as const,
  ),
  ...["338101", "338102", "338103", "338104", "338201", "338202", "338203", "338204"].map(
    (code) => [code, botnet] as const,
  ),
]);

function place(text: string, mapped?: string, user?: string): Place | null {
  const read = readPlace(text, mapped);
  return read === null || user === undefined
    ? read
    : { endpoint: read.endpoint, user: readUser(user.replace(/^\(|\)$/g, "")) ?? read.user };
}

/** Source, destination and the user behind the source, or the one named alone. */
function ends(
  first: Place | null,
  second: Place | null,
  turned: boolean,
  named?: string,
): { source: OcsfEndpoint | undefined; destination: OcsfEndpoint | undefined; user: OcsfUser | undefined } {
  const [source, destination] = turned ? [second, first] : [first, second];
  return {
    source: source?.endpoint,
    destination: destination?.endpoint,
    user: source?.user ?? readUser(named),
  };
}

function refused(
  from: Place | null,
  to: Place | null,
  protocol: string | undefined,
  verdict: Verdict,
  rule?: string,
): Session {
  return {
    activityId: verdict === "allowed" ? 6 : 5,
    ...ends(from, to, false),
    protocol: protocolName(protocol),
    verdict,
    rule: rule === undefined || rule === "" ? undefined : { name: rule },
  };
}

function hostOf({ hostname, ip }: OcsfEndpoint): string {
  return hostname ?? (ip?.includes(":") === true ? `[${ip}]` : (ip ?? ""));
}

/** `IP` is no protocol on top of IP. */
function protocolName(text: string | undefined): string | undefined {
  return text === undefined || /^ip$/i.test(text) ? undefined : text;
}
