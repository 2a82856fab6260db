/**
 * What the network sees of one connection: the resolver's log, Zeek at the office's uplink, and the proxy where there is
 * one. A machine's egress decides how much of a request shows.
 */
import { isInternal, type Host } from "../company.ts";
import { laneOfLog, type LogPath } from "../log-book.ts";
import type { Office } from "../profile.ts";
import type { Random } from "../random.ts";
import type { Server } from "../servers.ts";
import type { World } from "../world.ts";
import { bindLine } from "../writers/bind.ts";
import { dnsmasqLines } from "../writers/dnsmasq.ts";
import { squidLine, type SquidRecord } from "../writers/squid.ts";
import { zeekJsonLine, zeekTsvLine, zeekUid, type ZeekPath, type ZeekRecord } from "../writers/zeek.ts";
import { noteConnection, noteLookup, type Process } from "./endpoint.ts";

export interface Request {
  readonly method: string;
  /** Path with query, as in the request line. */
  readonly path: string;
  readonly status?: number;
  /** Body bytes from client to server. */
  readonly sent?: number;
  /** Body bytes from server to client. */
  readonly received?: number;
  readonly type?: string;
  /** Wait before this request, ms. */
  readonly after?: number;
}

interface Exchange {
  /** Start, ms since 1970 UTC. */
  readonly time: number;
  readonly host: Host;
  /** Account name the proxy knows; null where nobody is signed in. */
  readonly user: string | null;
  /** The program that connects, where the endpoint should log it. */
  readonly process: Process | null;
  readonly server: Server;
  readonly requests: readonly Request[];
  readonly userAgent?: string;
  /** false: the program has the address and asks no resolver. */
  readonly resolves?: boolean;
  readonly random: Random;
}

/**
 * How the machine's traffic leaves. A story that is told to some logs only is told by a machine which those logs see: of an
 * inspecting proxy, or of a sensor that no proxy hides it from.
 */
function egressOf(world: World, host: Host): Host["egress"] {
  const { lanes } = world.book;
  if (lanes === null) return host.egress;
  if (lanes.has("url")) return "inspected";
  return lanes.has("sni") || lanes.has("flow") || lanes.has("dns") ? "direct" : host.egress;
}

/** Bytes a millisecond that an office's uplink carries for one client. */
const UPSTREAM = 6_000;
const DOWNSTREAM = 25_000;

/** One TLS connection with its requests; returns when it ends. */
export function overTls(world: World, exchange: Exchange): number {
  const { host, server, random } = exchange;
  const opened = resolve(world, exchange);
  const { sent, received, ends, finished } = schedule(exchange.requests, opened + random.int(20, 90));
  const duration = finished - opened + random.int(50, 2_500);
  const proxied = egressOf(world, host) === "tunnelled";
  const peer = proxied
    ? { ip: world.company.sites[host.office].proxy, port: 3128 }
    : { ip: server.ip, port: server.port };
  const port = random.int(32_768, 60_999);
  const uid = zeekUid(random);
  const identity = {
    ts: opened / 1000,
    uid,
    "id.orig_h": host.ip,
    "id.orig_p": port,
    "id.resp_h": peer.ip,
    "id.resp_p": peer.port,
  };
  noteConnection(world, {
    time: opened + 3,
    host,
    process: exchange.process,
    ip: peer.ip,
    name: server.name,
    port: peer.port,
    sourcePort: port,
  });
  zeek(
    world,
    host.office,
    "conn",
    opened,
    conn(identity, proxied ? "http,ssl" : "ssl", duration, sent + 1_450, received + 4_900, random),
  );
  zeek(world, host.office, "ssl", opened, {
    ...identity,
    version: "TLSv13",
    cipher: "TLS_AES_128_GCM_SHA256",
    curve: "x25519",
    server_name: server.name,
    resumed: random.chance(0.2),
    established: true,
    ssl_history: "CsiI",
  });
  if (proxied) zeek(world, host.office, "http", opened, proxyRequest(identity, server));
  proxy(world, exchange, { opened, duration, received, ends });
  return opened + duration;
}

/** One unencrypted HTTP exchange, a Zeek http record a request; returns when it ends. */
export function overHttp(world: World, exchange: Exchange): number {
  const { host, server, random } = exchange;
  const opened = resolve(world, exchange);
  const { sent, received, ends, finished } = schedule(exchange.requests, opened + random.int(5, 40));
  const port = random.int(32_768, 60_999);
  const identity = {
    ts: opened / 1000,
    uid: zeekUid(random),
    "id.orig_h": host.ip,
    "id.orig_p": port,
    "id.resp_h": server.ip,
    "id.resp_p": server.port,
  };
  noteConnection(world, {
    time: opened + 3,
    host,
    process: exchange.process,
    ip: server.ip,
    name: server.name,
    port: server.port,
    sourcePort: port,
  });
  zeek(
    world,
    host.office,
    "conn",
    opened,
    conn(identity, "http", finished - opened + 30, sent + 380, received + 420, random),
  );
  exchange.requests.forEach((request, index) => {
    const ended = ends[index] as number;
    zeek(world, host.office, "http", ended, {
      ...identity,
      ts: ended / 1000,
      trans_depth: index + 1,
      method: request.method,
      host: server.port === 80 ? server.name : `${server.name}:${server.port}`,
      uri: request.path,
      version: "1.1",
      user_agent: exchange.userAgent,
      request_body_len: request.sent ?? 0,
      response_body_len: request.received ?? 0,
      status_code: request.status ?? 200,
      status_msg: (request.status ?? 200) === 200 ? "OK" : "Created",
      tags: [],
      ...(request.sent === undefined ? {} : { orig_fuids: [zeekUid(random, "F")] }),
      resp_fuids: [zeekUid(random, "F")],
      resp_mime_types: [request.type ?? "text/plain"],
    });
  });
  return finished + 30;
}

/** One SSH connection: Zeek tells its size, nobody its content. Returns when it ends. */
export function overSsh(
  world: World,
  exchange: Omit<Exchange, "requests"> & { readonly sent: number; readonly received: number },
): number {
  const { host, server, random } = exchange;
  const opened = resolve(world, exchange);
  const duration = Math.round(exchange.sent / UPSTREAM + exchange.received / DOWNSTREAM) + random.int(700, 2_400);
  const port = random.int(32_768, 60_999);
  const identity = {
    ts: opened / 1000,
    uid: zeekUid(random),
    "id.orig_h": host.ip,
    "id.orig_p": port,
    "id.resp_h": server.ip,
    "id.resp_p": server.port,
  };
  noteConnection(world, {
    time: opened + 3,
    host,
    process: exchange.process,
    ip: server.ip,
    name: server.name,
    port: server.port,
    sourcePort: port,
  });
  zeek(
    world,
    host.office,
    "conn",
    opened,
    conn(identity, "ssh", duration, exchange.sent + 3_100, exchange.received + 3_600, random),
  );
  return opened + duration;
}

function resolve(
  world: World,
  exchange: Pick<Exchange, "time" | "host" | "server" | "process" | "resolves" | "random">,
): number {
  if (exchange.resolves === false) return exchange.time;
  const { host, server, random } = exchange;
  const site = world.company.sites[host.office];
  // behind an explicit proxy only the proxy resolves names
  const asker = egressOf(world, host) === "tunnelled" ? site.proxy : host.ip;
  const key = `${asker} ${server.name}`;
  const known = world.resolved.get(key);
  if (known !== undefined && known.from <= exchange.time && exchange.time < known.until) return exchange.time;
  const lifetime = random.int(60, 900);
  world.resolved.set(key, { from: exchange.time, until: exchange.time + lifetime * 1000 });
  const rtt = random.int(1, 45);
  const port = random.int(32_768, 60_999);
  if (host.office === "head") {
    const record = {
      time: exchange.time,
      server: site.gateway,
      client: asker,
      name: server.name,
      type: "A",
      answers: [server.ip],
      cached: rtt < 8,
    } as const;
    world.book.add("dns/dnsmasq.log", exchange.time, () => dnsmasqLines(record));
  } else {
    const record = {
      time: exchange.time,
      client: asker,
      port,
      object: `7f65${random.hex(8)}`,
      name: server.name,
      type: "A",
      server: site.resolver,
    } as const;
    world.book.add("dns/bind-query.log", exchange.time, () => [bindLine(record)]);
  }
  zeek(world, host.office, "dns", exchange.time, {
    ts: exchange.time / 1000,
    uid: zeekUid(random),
    "id.orig_h": asker,
    "id.orig_p": port,
    "id.resp_h": site.resolver,
    "id.resp_p": 53,
    proto: "udp",
    trans_id: random.int(1, 65_535),
    rtt: rtt / 1000 + random.int(0, 999) / 1_000_000,
    query: server.name,
    qclass: 1,
    qclass_name: "C_INTERNET",
    qtype: 1,
    qtype_name: "A",
    rcode: 0,
    rcode_name: "NOERROR",
    AA: false,
    TC: false,
    RD: true,
    RA: true,
    Z: 0,
    answers: [server.ip],
    TTLs: [lifetime],
    rejected: false,
  });
  if (asker === host.ip)
    noteLookup(world, {
      time: exchange.time + rtt,
      host,
      process: exchange.process,
      name: server.name,
      answer: server.ip,
    });
  return exchange.time + rtt;
}

/** When each request ends and what all of them carried. */
function schedule(
  requests: readonly Request[],
  from: number,
): { sent: number; received: number; ends: number[]; finished: number } {
  let clock = from;
  let sent = 0;
  let received = 0;
  const ends = requests.map((request) => {
    sent += (request.sent ?? 0) + 240;
    received += (request.received ?? 0) + 310;
    clock +=
      (request.after ?? 0) + 35 + Math.round((request.sent ?? 0) / UPSTREAM + (request.received ?? 0) / DOWNSTREAM);
    return clock;
  });
  return { sent, received, ends, finished: clock };
}

function proxy(
  world: World,
  exchange: Exchange,
  timing: { opened: number; duration: number; received: number; ends: readonly number[] },
): void {
  const { host, server, user } = exchange;
  const egress = egressOf(world, host);
  if (egress === "direct" || isInternal(server.ip)) return;
  const log: LogPath = host.office === "head" ? "proxy/head-access.log" : "proxy/branch-access.log";
  // a tunnel shows the name of its server and no more
  const write = (record: SquidRecord): void =>
    world.book.add(log, record.time, () => [squidLine(record)], record.method === "CONNECT" ? "sni" : "url");
  const closed = timing.opened + timing.duration;
  if (egress === "tunnelled" || egress === "spliced") {
    const hierarchy = `${egress === "tunnelled" ? "HIER_DIRECT" : "ORIGINAL_DST"}/${server.ip}`;
    write({
      time: closed,
      elapsed: timing.duration,
      client: host.ip,
      result: "TCP_TUNNEL/200",
      bytes: timing.received + 4_900,
      method: "CONNECT",
      url: `${server.name}:${server.port}`,
      user,
      hierarchy,
      contentType: null,
    });
    return;
  }
  write({
    time: timing.opened + 15,
    elapsed: 12,
    client: host.ip,
    result: "NONE_NONE/200",
    bytes: 0,
    method: "CONNECT",
    url: `${server.ip}:${server.port}`,
    user,
    hierarchy: `ORIGINAL_DST/${server.ip}`,
    contentType: null,
  });
  exchange.requests.forEach((request, index) => {
    const time = timing.ends[index] as number;
    const elapsed = time - (index === 0 ? timing.opened : (timing.ends[index - 1] as number)) - (request.after ?? 0);
    write({
      time,
      elapsed: Math.max(1, elapsed),
      client: host.ip,
      result: `TCP_MISS/${request.status ?? 200}`,
      bytes: (request.received ?? 0) + 310,
      method: request.method,
      url: `https://${server.name}${request.path}`,
      user,
      hierarchy: `ORIGINAL_DST/${server.ip}`,
      contentType: request.type ?? "text/html",
    });
  });
}

type Identity = Pick<ZeekRecord, "ts" | "uid"> & {
  readonly "id.orig_h": string;
  readonly "id.orig_p": number;
  readonly "id.resp_h": string;
  readonly "id.resp_p": number;
};

function conn(
  identity: Identity,
  service: string,
  durationMs: number,
  sent: number,
  received: number,
  random: Random,
): ZeekRecord {
  const packetsOut = Math.ceil(sent / 1_400) + Math.ceil(received / 28_000) + 5;
  const packetsIn = Math.ceil(received / 1_400) + Math.ceil(sent / 28_000) + 4;
  const reset = random.chance(0.07);
  return {
    ...identity,
    proto: "tcp",
    service,
    duration: durationMs / 1000 + random.int(0, 999) / 1_000_000,
    orig_bytes: sent,
    resp_bytes: received,
    conn_state: reset ? "RSTO" : "SF",
    local_orig: true,
    local_resp: isInternal(identity["id.resp_h"]),
    missed_bytes: 0,
    history: reset ? "ShADadFR" : "ShADadFf",
    orig_pkts: packetsOut,
    orig_ip_bytes: sent + packetsOut * 52,
    resp_pkts: packetsIn,
    resp_ip_bytes: received + packetsIn * 52,
  };
}

/** The CONNECT request that Zeek reads on the way to an explicit proxy. */
function proxyRequest(identity: Identity, server: Server): ZeekRecord {
  return {
    ...identity,
    trans_depth: 1,
    method: "CONNECT",
    host: `${server.name}:${server.port}`,
    uri: `${server.name}:${server.port}`,
    version: "1.1",
    request_body_len: 0,
    response_body_len: 0,
    status_code: 200,
    status_msg: "Connection established",
    tags: [],
  };
}

/** Berlin's sensor writes JSON, Lisbon's tab-separated values. */
function zeek(world: World, office: Office, path: ZeekPath, time: number, record: ZeekRecord): void {
  const lines = () => [office === "head" ? zeekJsonLine(path, record) : zeekTsvLine(path, record)];
  const log = `zeek/${office}/${path}.log` as const;
  world.book.add(log, time, lines, record["method"] === "CONNECT" ? "sni" : laneOfLog(log));
}
