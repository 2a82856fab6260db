/**
 * Lines of Squid's access.log -> entries: the native format (also with a request size or headers behind its columns), the
 * built-in `common` and `combined` formats.
 *
 * @see https://wiki.squid-cache.org/Features/LogFormat
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { parseClfTime, parseEpoch } from "../decoders/timestamp.ts";

export interface SquidEntry {
  /** ms since 1970 UTC */
  readonly time: number;
  /** ms */
  readonly elapsed: number | undefined;
  readonly client: string;
  readonly clientPort?: number | undefined;
  readonly user: string;
  readonly method: string;
  readonly url: string;
  readonly version: string | undefined;
  readonly status: number;
  /** To the client, headers included. */
  readonly bytes: number;
  /** From the client, headers included; with CONNECT what went through the tunnel too. */
  readonly bytesOut?: number | undefined;
  /** Both, where the log has only that. */
  readonly bytesTotal?: number | undefined;
  readonly referrer: string | undefined;
  readonly agent: string | undefined;
  readonly result: string;
  readonly hierarchy: string;
  readonly peer: string | undefined;
  readonly peerPort?: number | undefined;
  readonly type: string | undefined;
  readonly host?: string | undefined;
  readonly sni?: string | undefined;
  readonly forwardedFor?: string | undefined;
  /** Columns behind the native ones whose meaning does not show. */
  readonly appended?: string | undefined;
}

/**
 * time.ms elapsed client result/status bytes method URL user hierarchy/peer type. A user name may hold blanks, so the
 * last columns are found behind it, from the longest name down; log_mime_hdrs appends the headers in brackets.
 */
const NATIVE =
  /^(\d{9,11}\.\d{3}) +(-?\d{1,12}) (\S{1,255}) ([A-Z_]{3,60})\/(\d{3}) (-?\d{1,19}) (\S{1,64}) (\S+) (.{1,255}) ([A-Z_]{3,60})\/(\S+) (\S+)(?: \[.*)?$/;

/** The same with something behind: `%>st`, `"%{User-Agent}>h"`. A user with blanks is not looked for here. */
const APPENDED =
  /^(\d{9,11}\.\d{3}) +(-?\d{1,12}) (\S{1,255}) ([A-Z_]{3,60})\/(\d{3}) (-?\d{1,19}) (\S{1,64}) (\S+) (\S{1,255}) ([A-Z_]{3,60})\/(\S+) (\S+) (.+)$/;

/**
 * `%ts.%03tu %6tr %>a %>p %Ss/%03>Hs %<st %>st %<sh %>sh %<bs %rm %ru %rv %[un %Sh/%<a %<p %mt %err_code %err_detail
 * "%{Referer}>h" "%{User-Agent}>h" "%{Host}>h" "%{X-Forwarded-For}>h" …`: the long format log shippers ask for.
 */
const LONG =
  /^(\d{9,11}\.\d{3}) +(-?\d{1,12}) (\S{1,255}) (\d{1,5}|-) ([A-Z_]{3,60})\/(\d{3}) (\d{1,19}) (\d{1,19}) (\d{1,19}|-) (\d{1,19}|-) (\d{1,19}|-) (\S{1,64}) (\S+) (\S{1,8}) (\S{1,255}) ([A-Z_]{3,60})\/(\S+) (\d{1,5}|-) (\S+) \S+ \S+ "([^"]*)" "([^"]*)" "([^"]*)" "([^"]*)"(?: "([^"]*)")?/;

/** Two sizes before the method: which of them went out does not show. */
const TWO_SIZES =
  /^(\d{9,11}\.\d{3}) +(-?\d{1,12}) (\S{1,255}) ([A-Z_]{3,60})\/(\d{3}) (\d{1,15}) (\d{1,15}) ([A-Z][A-Z-]{1,32}) (\S+) (.{1,255}) ([A-Z_]{3,60})\/(\S+) (\S+)(?: \[.*)?$/;

/** What no other log begins with; a line cut off behind it is a broken line of Squid's, not an unknown one. */
export const NATIVE_START =
  /^\d{9,11}\.\d{3} +-?\d{1,12} \S{1,255} (?:(?:\d{1,5}|-) )?[A-Z_]{3,60}\/\d{3} -?\d{1,19} \S{1,64} \S/;

/** client ident user [time] "method URL HTTP/version" status bytes, then in `combined` the referrer and the agent. */
export const COMMON =
  /^(\S{1,255}) (\S{1,255}) (.{1,255}?) \[([^\]]{20,40})\] "(\S{1,64}) (\S+) (?:HTTP|NONE|ICY)\/([\d.]{1,8})" (\d{1,3}) (-?\d{1,19})(?= )/;

/** What both end in, and what sets them apart from a web server's logs. */
export const RESULT_AND_HIERARCHY = / ([A-Z_]{3,60}):([A-Z_]{3,60})$/;

export function readNative(body: string): SquidEntry | null {
  const match = NATIVE.exec(body);
  // A user name with blanks would swallow what is appended: no address follows the hierarchy then.
  if (match !== null && !/[A-Z_]{3,60}\/\S+ /.test(match[9]!)) {
    const [, time, elapsed, client, result, status, bytes, method, url, user, hierarchy, peer, type] =
      match as unknown as string[];
    if (method !== undefined && !/^\d+$/.test(method))
      return native(time!, elapsed!, client!, result!, status!, bytes!, method, url!, user!, hierarchy!, peer, type);
  }
  return readLong(body) ?? readTwoSizes(body) ?? readAppended(body);
}

function native(
  time: string,
  elapsed: string,
  client: string,
  result: string,
  status: string,
  bytes: string,
  method: string,
  url: string,
  user: string,
  hierarchy: string,
  peer: string | undefined,
  type: string | undefined,
): SquidEntry {
  return {
    time: parseEpoch(time) ?? unreadable(time),
    elapsed: Number(elapsed),
    client,
    user: user.length > 2 && user.startsWith('"') && user.endsWith('"') ? user.slice(1, -1) : user,
    method,
    url,
    version: undefined,
    status: Number(status),
    bytes: Number(bytes),
    referrer: undefined,
    agent: undefined,
    result,
    hierarchy,
    peer,
    type,
  };
}

/** One whole number behind the columns is the request's size; quoted texts are the agent, or referrer and agent. */
function readAppended(body: string): SquidEntry | null {
  const match = APPENDED.exec(body);
  if (match === null) return null;
  const [, time, elapsed, client, result, status, bytes, method, url, user, hierarchy, peer, type, tail] =
    match as unknown as string[];
  const entry = native(
    time!,
    elapsed!,
    client!,
    result!,
    status!,
    bytes!,
    method!,
    url!,
    user!,
    hierarchy!,
    peer,
    type,
  );
  const size = /^(\d{1,15})(?= "|$)/.exec(tail!)?.[1];
  const quoted = [...tail!.matchAll(/"((?:[^"\\]|\\.){0,4096})"/g)].map(([, text]) =>
    text!.replace(/\\(["\\])/g, "$1"),
  );
  const rest = size === undefined ? tail! : tail!.slice(size.length).trim();
  return {
    ...entry,
    bytesOut: size === undefined ? undefined : Number(size),
    referrer: quoted.length === 2 ? quoted[0] : undefined,
    agent: quoted.length === 2 ? quoted[1] : quoted.length === 1 ? quoted[0] : undefined,
    appended: rest === "" ? undefined : rest.slice(0, 1_024),
  };
}

function readLong(body: string): SquidEntry | null {
  const match = LONG.exec(body);
  if (match === null) return null;
  const [
    ,
    time,
    elapsed,
    client,
    clientPort,
    result,
    status,
    bytes,
    sent,
    ,
    ,
    ,
    method,
    url,
    version,
    user,
    hierarchy,
    peer,
    peerPort,
    type,
    referrer,
    agent,
    host,
    forwarded,
    sni,
  ] = match as unknown as string[];
  return {
    ...native(time!, elapsed!, client!, result!, status!, bytes!, method!, url!, user!, hierarchy!, peer, type),
    clientPort: count(clientPort),
    bytesOut: Number(sent),
    version: version === "-" ? undefined : version,
    peerPort: count(peerPort),
    referrer,
    agent,
    host,
    forwardedFor: forwarded,
    sni,
  };
}

function readTwoSizes(body: string): SquidEntry | null {
  const match = TWO_SIZES.exec(body);
  if (match === null) return null;
  const [, time, elapsed, client, result, status, first, second, method, url, user, hierarchy, peer, type] =
    match as unknown as string[];
  return {
    ...native(time!, elapsed!, client!, result!, status!, "-1", method!, url!, user!, hierarchy!, peer, type),
    bytesTotal: Number(first) + Number(second),
  };
}

export function readCommon(body: string): SquidEntry | null {
  const match = COMMON.exec(body);
  const codes = RESULT_AND_HIERARCHY.exec(body);
  if (match === null || codes === null) return null;
  const [whole, client, , user, time, method, url, version, status, bytes] = match as unknown as string[];
  const { referrer, agent } = readQuoted(body.slice(whole!.length + 1, codes.index));
  return {
    time: parseClfTime(time!) ?? unreadable(time!),
    elapsed: undefined,
    client: client!,
    user: user!,
    method: method!,
    url: url!,
    version,
    status: Number(status),
    bytes: Number(bytes),
    referrer,
    agent,
    result: codes[1]!,
    hierarchy: codes[2]!,
    peer: undefined,
    type: undefined,
  };
}

/** `"referrer" "agent"`: quotes inside are not escaped, so only the first `" "` parts them. */
function readQuoted(text: string): { referrer?: string; agent?: string } {
  const middle = text.indexOf('" "');
  if (middle < 0 || !text.startsWith('"') || !text.endsWith('"')) return {};
  return { referrer: text.slice(1, middle), agent: text.slice(middle + 3, -1) };
}

function unreadable(time: string): never {
  throw new MalformedInputError(`Squid time ${JSON.stringify(time.slice(0, 60))} is unreadable`);
}

export function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
