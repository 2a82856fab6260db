/**
 * Squid access.log -> HTTP Activity: one record per finished request. The native format, and the built-in `common` and
 * `combined` formats, which end in Squid's result and hierarchy codes.
 *
 * @see https://wiki.squid-cache.org/Features/LogFormat
 */
import type { OcsfEndpoint, OcsfEvent, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord } from "../define-map.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseClfTime, parseEpoch } from "../decoders/timestamp.ts";
import { createEvent, httpActivityId } from "../ocsf.ts";
import { splitUrl } from "../url.ts";

const PRODUCT = { name: "Squid", vendor_name: "Squid" } as const;

/**
 * time.ms elapsed client result/status bytes method URL user hierarchy/peer type. A user name may hold blanks, so the
 * last columns are found from the end; log_mime_hdrs appends the headers in brackets.
 */
const NATIVE =
  /^(\d{9,11}\.\d{3}) +(-?\d{1,12}) (\S{1,255}) ([A-Z_]{3,60})\/(\d{3}) (-?\d{1,19}) (\S{1,64}) (\S+) (.+) ([A-Z_]{3,60})\/(\S+) (\S+)(?: \[.*)?$/;

/** What no other log begins with; a line cut off behind it is a broken line of Squid's, not an unknown one. */
const NATIVE_START = /^\d{9,11}\.\d{3} +-?\d{1,12} \S{1,255} [A-Z_]{3,60}\/\d{3} -?\d{1,19} \S{1,64} \S/;

/** client ident user [time] "method URL HTTP/version" status bytes, then in `combined` the referrer and the agent. */
const COMMON =
  /^(\S{1,255}) (\S{1,255}) (.{1,255}?) \[([^\]]{20,40})\] "(\S{1,64}) (\S+) (?:HTTP|NONE|ICY)\/([\d.]{1,8})" (\d{1,3}) (-?\d{1,19})(?= )/;

/** What both end in, and what sets them apart from a web server's logs. */
const RESULT_AND_HIERARCHY = / ([A-Z_]{3,60}):([A-Z_]{3,60})$/;

interface Entry {
  readonly time: number;
  readonly elapsed: number | undefined;
  readonly client: string;
  readonly user: string;
  readonly method: string;
  readonly url: string;
  readonly version: string | undefined;
  readonly status: number;
  readonly bytes: number;
  readonly referrer: string | undefined;
  readonly agent: string | undefined;
  readonly result: string;
  readonly hierarchy: string;
  readonly peer: string | undefined;
  readonly type: string | undefined;
}

export default defineMap({
  id: "squid",
  title: "Squid access.log",
  product: PRODUCT,
  reference: "https://wiki.squid-cache.org/Features/LogFormat",
  lane: "network",
  limits: [
    "Counts no request bytes: what was sent is not visible (a custom logformat with %>st would tell).",
    "CONNECT hides method and path of what goes through the tunnel.",
    "strip_query_terms, on by default, cuts off what follows the question mark.",
  ],
  recognise({ body }) {
    const first = body.charCodeAt(0);
    if (first >= 0x30 && first <= 0x39 && NATIVE_START.test(body)) return 0.97;
    return RESULT_AND_HIERARCHY.test(body) && COMMON.test(body) ? 0.95 : 0;
  },
  conform(record) {
    const entry = readNative(record.body) ?? readCommon(record.body);
    if (entry === null) throw new MalformedInputError("not a line of Squid's native, common or combined format");
    // A connection that ended before a request could be read holds no activity.
    return entry.url.startsWith("error:") ? null : eventOf(entry, record);
  },
});

function readNative(body: string): Entry | null {
  const match = NATIVE.exec(body);
  if (match === null) return null;
  const [, time, elapsed, client, result, status, bytes, method, url, user, hierarchy, peer, type] =
    match as unknown as string[];
  return {
    time: parseEpoch(time) ?? unreadable(time!),
    elapsed: Number(elapsed),
    client: client!,
    user: user!,
    method: method!,
    url: url!,
    version: undefined,
    status: Number(status),
    bytes: Number(bytes),
    referrer: undefined,
    agent: undefined,
    result: result!,
    hierarchy: hierarchy!,
    peer,
    type,
  };
}

function readCommon(body: string): Entry | null {
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
    referrer: dashed(referrer),
    agent: dashed(agent),
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
  throw new MalformedInputError(`Squid time ${JSON.stringify(time)} is unreadable`);
}

function eventOf(entry: Entry, { syslog }: DecodedRecord): OcsfEvent {
  const { time, elapsed, method, status, result } = entry;
  const url = splitUrl(entry.url);
  const bytes = Number.isSafeInteger(entry.bytes) && entry.bytes >= 0 ? entry.bytes : undefined;
  const user = userOf(entry.user);
  const denied = result.includes("DENIED");
  const client = ipAddress(entry.client);
  const succeeded = status >= 100 && status < 400;
  return createEvent(
    4002,
    httpActivityId(method),
    { product: PRODUCT, time },
    {
      start_time: elapsed === undefined || elapsed < 0 ? undefined : time - elapsed,
      end_time: time,
      duration: elapsed === undefined || elapsed < 0 ? undefined : elapsed,
      actor: user === undefined ? undefined : { user },
      src_endpoint: client === undefined ? { hostname: entry.client.toLowerCase() } : { ip: client },
      dst_endpoint: destinationOf(url, entry),
      proxy_endpoint: syslog?.hostname ? { hostname: syslog.hostname.toLowerCase() } : undefined,
      http_request: {
        http_method: method.toUpperCase(),
        url,
        version: entry.version,
        referrer: entry.referrer,
        user_agent: entry.agent,
      },
      http_response: status === 0 ? undefined : { code: status, length: bytes, content_type: dashed(entry.type) },
      action_id: denied ? 2 : 1,
      action: denied ? "Denied" : "Allowed",
      disposition_id: denied ? 2 : 1,
      disposition: denied ? "Blocked" : "Allowed",
      status_id: status === 0 ? undefined : succeeded ? 1 : 2,
      status: status === 0 ? undefined : succeeded ? "Success" : "Failure",
      status_code: status === 0 ? undefined : String(status),
      status_detail: result,
      // To the client, headers included; Squid says nothing of the other direction.
      traffic: bytes === undefined ? undefined : { bytes_in: bytes },
      unmapped: { hierarchy: entry.hierarchy, peer: dashed(entry.peer) },
    },
  );
}

/** The host asked for; its address where Squid went there itself rather than through another proxy. */
function destinationOf({ hostname, port }: OcsfUrl, { hierarchy, peer }: Entry): OcsfEndpoint | undefined {
  const endpoint: OcsfEndpoint = {};
  const literal = ipAddress(hostname);
  if (literal === undefined && hostname !== undefined) endpoint.hostname = hostname;
  const direct = /(?:DIRECT|ORIGINAL_DST|PINNED)$/.test(hierarchy) ? ipAddress(peer) : undefined;
  const ip = literal ?? direct;
  if (ip !== undefined) endpoint.ip = ip;
  if (endpoint.hostname === undefined && ip === undefined) return undefined;
  if (port !== undefined) endpoint.port = port;
  return endpoint;
}

/** `alice`, `ACME\\alice` (the backslash doubled or %5C), `alice@ACME.EXAMPLE`; `-` is nobody. */
function userOf(text: string): OcsfUser | undefined {
  if (text === "-") return undefined;
  const name = decodePercent(text).replace(/\\\\/g, "\\");
  const slash = name.indexOf("\\");
  return slash > 0 && slash < name.length - 1
    ? { name: name.slice(slash + 1), domain: name.slice(0, slash) }
    : { name };
}

function decodePercent(text: string): string {
  if (!/%[0-9A-Fa-f]{2}/.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function dashed(text: string | undefined): string | undefined {
  return text === undefined || text === "-" || text === "" ? undefined : text;
}
