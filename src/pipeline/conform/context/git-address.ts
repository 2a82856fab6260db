/**
 * Addresses as git, curl and log files write them, taken apart without resolving or trusting anything:
 * `https://user:token@host:443/owner/name.git`, `git@host:owner/name`, `ssh://…`, `git+ssh://…`.
 */
import { domainToASCII } from "node:url";

export interface GitAddress {
  /** Lower case; `ssh` for the scp-like form. */
  readonly scheme: string;
  /** Lower case, without trailing dot and brackets, internationalised names in punycode. */
  readonly host: string;
  readonly port: number | null;
  /** Begins with `/` or is empty. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

/** Longer text is no address. */
const MAX_LENGTH = 8192;
const SCHEME = /^([a-z][a-z0-9+.-]{0,24}):\/\//i;
const HOST = /^[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?$/;

/** @returns null for what has no scheme or no host */
export function parseUrl(text: string): GitAddress | null {
  if (text.length > MAX_LENGTH) return null;
  const scheme = SCHEME.exec(text);
  if (scheme === null) return null;
  const start = scheme[0].length;
  let end = start;
  while (end < text.length && !endsAuthority(text.charCodeAt(end))) end += 1;
  return build(scheme[1] ?? "", text.slice(start, end), text.slice(end));
}

/** Also `[user@]host:path`, which git reads as SSH when no slash stands before the colon. */
export function parseGitAddress(text: string): GitAddress | null {
  const url = parseUrl(text);
  if (url !== null || text.length > MAX_LENGTH) return url;
  const colon = text.indexOf(":");
  if (colon < 1) return null;
  const authority = text.slice(0, colon);
  const path = text.slice(colon + 1);
  // A single letter before the colon is a Windows drive; `::` is a remote helper.
  if (
    /[/\\\s]/.test(authority) ||
    (!authority.includes("@") && (authority.length === 1 || !authority.includes("."))) ||
    path.startsWith(":") ||
    path === ""
  )
    return null;
  return build("ssh", authority, path.startsWith("/") ? path : `/${path}`);
}

/** `host/owner/name` without a scheme, as curl accepts it. */
export function parseBareUrl(text: string): GitAddress | null {
  const slash = text.search(/[/?#]/);
  const authority = slash === -1 ? text : text.slice(0, slash);
  if (!authority.includes(".")) return null;
  return text.length > MAX_LENGTH ? null : build("http", authority, slash === -1 ? "" : text.slice(slash));
}

function build(scheme: string, authority: string, rest: string): GitAddress | null {
  let name = authority.slice(authority.lastIndexOf("@") + 1);
  let port: number | null = null;
  const colon = name.lastIndexOf(":");
  if (colon !== -1 && !name.endsWith("]") && (name.startsWith("[") || name.indexOf(":") === colon)) {
    const digits = name.slice(colon + 1);
    if (/^\d{1,5}$/.test(digits)) port = Number(digits);
    else if (digits !== "") return null;
    name = name.slice(0, colon);
  }
  const host = normaliseHost(name);
  if (host === null) return null;

  const fragment = rest.indexOf("#");
  const withoutFragment = fragment === -1 ? rest : rest.slice(0, fragment);
  const question = withoutFragment.indexOf("?");
  return {
    scheme: scheme.toLowerCase(),
    host,
    port,
    path: (question === -1 ? withoutFragment : withoutFragment.slice(0, question)).replaceAll("\\", "/"),
    query: question === -1 ? "" : withoutFragment.slice(question + 1),
  };
}

/** @returns null for what is no host name and no address */
export function normaliseHost(text: string): string | null {
  if (text === "" || text.length > 253 + 2) return null;
  let host = text.toLowerCase();
  if (host.startsWith("[") && host.endsWith("]")) host = host.slice(1, -1);
  if (host.includes(":")) return /^[0-9a-f:.]{2,45}$/.test(host) ? host : null;
  if (host.endsWith(".")) host = host.slice(0, -1);
  if (HOST.test(host)) return host;
  const ascii = /\P{ASCII}/u.test(host) ? domainToASCII(host) : "";
  return HOST.test(ascii) ? ascii : null;
}

function endsAuthority(code: number): boolean {
  // slash, backslash (browsers read it as a slash), question mark, hash
  return code === 0x2f || code === 0x5c || code === 0x3f || code === 0x23;
}

const MAX_PATH = 2048;
const MAX_SEGMENTS = 32;

/** Lower-case segments, percent-decoded where that gives a plain name; empty ones and `.` are left out, `..` goes up. */
export function pathSegments(path: string): string[] {
  const segments: string[] = [];
  for (const raw of path
    .slice(0, MAX_PATH)
    .toLowerCase()
    .split("/", MAX_SEGMENTS * 2)) {
    if (raw === "" || raw === ".") continue;
    const segment = raw.includes("%") ? decodeSegment(raw) : raw;
    if (segment === "..") segments.pop();
    else if (segments.length < MAX_SEGMENTS) segments.push(segment);
  }
  return segments;
}

/** Decodes to printable ASCII or not at all, so that a name stays one word. */
function decodeSegment(segment: string): string {
  try {
    const decoded = decodeURIComponent(segment).toLowerCase();
    return /^[\x21-\x7e]+$/.test(decoded) ? decoded : segment;
  } catch {
    return segment;
  }
}
