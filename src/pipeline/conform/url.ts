/** URLs of logs, taken apart as written: nothing is resolved, decoded or normalised except the case of the host. */
import type { OcsfUrl } from "../../model/activity.ts";

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]{0,31}):\/\//;

/** The ports a scheme implies, for `url.port` where the text has none. */
const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http", 80],
  ["https", 443],
  ["ws", 80],
  ["wss", 443],
  ["ftp", 21],
  ["ssh", 22],
  ["git", 9418],
]);

/**
 * `scheme://user@host:port/path?query`, `host:port` (the target of CONNECT) or a bare `/path?query`.
 * Credentials in the authority are left out of every part but `url_string`, where the source wrote them.
 */
export function splitUrl(text: string): OcsfUrl {
  const url: OcsfUrl = { url_string: text };
  const scheme = SCHEME.exec(text);
  let at = 0;
  if (scheme !== null) {
    url.scheme = scheme[1]!.toLowerCase();
    at = scheme[0].length;
  }
  if (scheme !== null || text.charCodeAt(0) !== 0x2f) {
    let end = at;
    while (end < text.length && !isAuthorityEnd(text.charCodeAt(end))) end += 1;
    readAuthority(text.slice(at, end), url);
    at = end;
  }
  if (url.port === undefined && url.scheme !== undefined) {
    const port = DEFAULT_PORTS.get(url.scheme);
    if (port !== undefined) url.port = port;
  }
  const fragment = text.indexOf("#", at);
  const stop = fragment === -1 ? text.length : fragment;
  const query = text.indexOf("?", at);
  const pathEnd = query === -1 || query > stop ? stop : query;
  if (pathEnd > at) url.path = text.slice(at, pathEnd);
  if (pathEnd < stop && pathEnd + 1 < stop) url.query_string = text.slice(pathEnd + 1, stop);
  return url;
}

/**
 * The target of a request to a server whose name, if known, is told apart: `/path?query`.
 * @param hostname undefined where the log does not tell it
 */
export function urlOfTarget(target: string, hostname: string | undefined): OcsfUrl {
  const mark = target.indexOf("?");
  return {
    hostname,
    path: mark === -1 ? target : target.slice(0, mark),
    query_string: mark === -1 ? undefined : target.slice(mark + 1),
  };
}

function isAuthorityEnd(code: number): boolean {
  return code === 0x2f || code === 0x3f || code === 0x23;
}

function readAuthority(authority: string, url: OcsfUrl): void {
  const user = authority.lastIndexOf("@");
  let host = user === -1 ? authority : authority.slice(user + 1);
  const colon = host.lastIndexOf(":");
  // The last colon of `[::1]` or of a bare IPv6 address opens no port.
  if (
    colon !== -1 &&
    (host.charCodeAt(0) === 0x5b ? host.charCodeAt(colon - 1) === 0x5d : host.indexOf(":") === colon)
  ) {
    const port = host.slice(colon + 1);
    if (/^\d{1,5}$/.test(port) && Number(port) <= 65_535) url.port = Number(port);
    host = host.slice(0, colon);
  }
  if (host.startsWith("[") && host.endsWith("]")) host = host.slice(1, -1);
  if (host.endsWith(".") && host.length > 1) host = host.slice(0, -1);
  if (host !== "") url.hostname = host.toLowerCase();
}
