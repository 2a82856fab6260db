/**
 * Lines of web servers in NCSA's formats and what has been made of them -> their parts. nginx, Apache, Traefik and many others
 * write `client ident user [time] "request" status bytes`, with a virtual host before it and anything behind it.
 *
 * @see https://httpd.apache.org/docs/2.4/logs.html#accesslog
 * @see https://nginx.org/en/docs/http/ngx_http_log_module.html
 */
import { ipAddress } from "../decoders/ip-address.ts";
import { parseClfTime } from "../decoders/timestamp.ts";

export interface AccessLine {
  /** Virtual host as written, with its port. */
  readonly host: string | undefined;
  readonly client: string;
  /** Addresses of a list that stands in the client's place: X-Forwarded-For and the client's own. */
  readonly forwarded: readonly string[];
  readonly user: string | undefined;
  /** ms since 1970 UTC */
  readonly time: number;
  /** The request line, escapes undone; empty or `-` where none came. */
  readonly request: string;
  readonly status: number | undefined;
  readonly bytes: number | undefined;
  /** What stands behind the size. */
  readonly rest: readonly RestToken[];
  readonly flavour: AccessFlavour;
}

export interface RestToken {
  readonly text: string;
  readonly quoted: boolean;
  /** `rt` of `rt=0.001`. */
  readonly key?: string;
}

/** What the parts behind the size tell of the server. */
export type AccessFlavour =
  | "common"
  | "combined"
  | "nginx-main"
  | "nginx-ingress"
  | "nginx-named"
  | "apache-io"
  | "apache-vhost"
  | "traefik"
  | "haproxy"
  | "squid"
  | "other";

const TIME = /^\[((?:0[1-9]|[12]\d|3[01])\/[A-Za-z]{3}\/\d{4}:\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?: [+-]\d{4})?)\] "/;
const SQUID_END = /^(?:TCP|UDP|NONE|TAG)[A-Z_]*:[A-Z_]{3,40}$/;

/** The line read last: whose it is, is asked before it is conformed. */
let lastBody = "";
let lastLine: AccessLine | null = null;

/** null when the line is no access log's. Never throws. */
export function parseAccessLine(body: string): AccessLine | null {
  if (body !== lastBody) {
    lastLine = readLine(body);
    lastBody = body;
  }
  return lastLine;
}

function readLine(body: string): AccessLine | null {
  const open = body.indexOf(" [");
  if (open < 1 || open > 2_048) return null;
  const stamp = TIME.exec(body.slice(open + 1, open + 48));
  const time = stamp === null ? undefined : parseClfTime(stamp[1]!);
  if (stamp === null || time === undefined) return null;
  const start = open + 1 + stamp[0].length;
  const close = requestEnd(body, start);
  if (close === -1) return null;
  const numbers = / (\d{3}|-|0) (-?\d{1,19}|-)(?= |$)/y;
  numbers.lastIndex = close + 1;
  const counted = numbers.exec(body);
  if (counted === null) return null;
  const who = readPrefix(body.slice(0, open));
  if (who === null) return null;
  const rest = restTokens(body, numbers.lastIndex);
  const status = Number(counted[1]);
  return {
    ...who,
    time,
    request: undoEscapes(body.slice(start, close)),
    status: status >= 100 ? status : undefined,
    bytes: /^\d{1,15}$/.test(counted[2]!) ? Number(counted[2]) : undefined,
    rest,
    flavour: flavourOf(rest, who.host),
  };
}

/** The quote that ends the request: unescaped, and followed by a status. */
function requestEnd(body: string, start: number): number {
  for (let at = body.indexOf('"', start); at !== -1; at = body.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (at - backslashes > start && body.charCodeAt(at - backslashes - 1) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 1) continue;
    const next = body.slice(at + 1, at + 6);
    if (/^ (?:\d{3} |- |0 )/.test(next)) return at;
  }
  return -1;
}

/** What nearly every line begins with. */
const PLAIN_PREFIX = /^([^\s",]+) - (\S+)$/;

/** `client - user`, `host client - user`, `host:port "a, b" c - user`. The user's name may hold blanks. */
function readPrefix(prefix: string): Pick<AccessLine, "host" | "client" | "forwarded" | "user"> | null {
  const plain = PLAIN_PREFIX.exec(prefix);
  if (plain !== null) {
    const [, client, user] = plain as unknown as [string, string, string];
    return { host: undefined, client, forwarded: [], user: user === "-" ? undefined : undoEscapes(user) };
  }
  const tokens = prefix.split(" ").filter((token) => token !== "");
  if (tokens.length === 0 || tokens.length > 64) return null;
  let ident = tokens.indexOf("-", 1);
  if (ident === -1) ident = tokens.length >= 4 && /[.:]/.test(tokens[1]!) ? 2 : 1;
  const hosts = tokens
    .slice(0, ident)
    .map((token) => token.replace(/^"|[",]+$/g, ""))
    .filter((token) => token !== "");
  const user = tokens.slice(ident + 1).join(" ");
  if (hosts.length === 0) return null;
  const [first, ...others] = hosts as [string, ...string[]];
  // A list without a host in front: `10.0.0.1, 10.0.0.2 - -`.
  const isList = tokens[0]!.endsWith(",");
  const clients = others.length === 0 ? [first] : isList ? hosts : others;
  return {
    host: others.length === 0 || isList ? undefined : first,
    client: clients.find((client) => isPublic(client)) ?? clients[0]!,
    forwarded: clients.length > 1 ? clients : [],
    user: user === "" || user === "-" ? undefined : undoEscapes(user),
  };
}

function isPublic(text: string): boolean {
  const ip = ipAddress(text);
  return ip !== undefined && !/^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|::1$|f[cde])/i.test(ip);
}

const MAX_TOKENS = 64;

/** Quoted, bracketed and bare words; `key="value"` too. */
function restTokens(body: string, from: number): RestToken[] {
  const tokens: RestToken[] = [];
  let at = from;
  while (at < body.length && tokens.length < MAX_TOKENS) {
    if (body.charCodeAt(at) === 0x20) {
      at += 1;
      continue;
    }
    KEY.lastIndex = at;
    const named = KEY.exec(body);
    const key = named === null ? undefined : named[1]!;
    if (named !== null) at += named[0].length;
    const opening = body.charAt(at);
    let end: number;
    if (opening === '"') {
      end = quoteEnd(body, at + 1);
      tokens.push(token(undoEscapes(body.slice(at + 1, end)), true, key));
      at = end + 1;
      continue;
    }
    if (opening === "[") {
      end = body.indexOf("]", at);
      if (end === -1) end = body.length;
      tokens.push(token(body.slice(at + 1, end), true, key));
      at = end + 1;
      continue;
    }
    end = body.indexOf(" ", at);
    if (end === -1) end = body.length;
    tokens.push(token(body.slice(at, end), false, key));
    at = end;
  }
  return tokens;
}

const KEY = /([A-Za-z][A-Za-z0-9_-]{0,38})=(?=["\d.-])/y;

function token(text: string, quoted: boolean, key: string | undefined): RestToken {
  return key === undefined ? { text, quoted } : { text, quoted, key };
}

/** An unescaped quote before a blank or the end; agents that hold bare quotes are read whole. */
function quoteEnd(body: string, from: number): number {
  for (let at = body.indexOf('"', from); at !== -1; at = body.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (at - backslashes > from && body.charCodeAt(at - backslashes - 1) === 0x5c) backslashes += 1;
    const next = body.charCodeAt(at + 1);
    if (backslashes % 2 === 0 && (at + 1 >= body.length || next === 0x20)) return at;
  }
  return body.length;
}

const UTF8 = new TextDecoder();

/** Undoes `\x22` byte by byte (nginx, Apache), `\"` and `\\` (Apache). */
export function undoEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/(?:\\x[0-9A-Fa-f]{2})+|\\(["\\])/g, (run: string, character: string | undefined) =>
    character === undefined
      ? UTF8.decode(Uint8Array.from(run.slice(2).split("\\x"), (byte) => Number.parseInt(byte, 16)))
      : character,
  );
}

function flavourOf(rest: readonly RestToken[], host: string | undefined): AccessFlavour {
  const last = rest.at(-1);
  if (last !== undefined && !last.quoted && SQUID_END.test(last.text)) return "squid";
  if (rest.length === 0) return "common";
  const [first, second, third, fourth] = rest;
  const isDuration = last !== undefined && !last.quoted && /^\d{1,10}ms$/.test(last.text);
  if (isDuration && rest.length >= 5) return "traefik";
  if (first!.key !== undefined || (first!.quoted !== true && first!.text !== "-")) return "other";
  if (rest.some(({ text }) => /^[-A-Za-z]{4}$/.test(text) && text.includes("--")) && rest.length >= 15)
    return "haproxy";
  if (second === undefined) return "other";
  if (rest.length === 2) return host !== undefined && /:\d{1,5}$/.test(host) ? "apache-vhost" : "combined";
  if (rest.slice(2).every(({ key }) => key !== undefined)) return "nginx-named";
  if (rest.length === 3) return third!.quoted ? "nginx-main" : "other";
  if (isCount(third) && fourth?.quoted === false && /^\d{1,7}\.\d{3}$/.test(fourth.text)) return "nginx-ingress";
  return rest.length === 4 && isCount(third) && isCount(fourth) ? "apache-io" : "other";
}

function isCount(token: RestToken | undefined): boolean {
  return token !== undefined && !token.quoted && token.key === undefined && /^\d{1,15}$/.test(token.text);
}
