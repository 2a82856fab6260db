/**
 * Squid access.log -> HTTP Activity: one record per finished request. The native format, the built-in `common` and `combined`
 * formats, which end in Squid's result and hierarchy codes, `key=value` and JSON formats, and any `logformat` that a line
 * `#logformat: …` at the head of the file repeats.
 *
 * @see https://wiki.squid-cache.org/Features/LogFormat
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent, OcsfUrl } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord, type RecordReader } from "../define-map.ts";
import { ipAddress, portOf } from "../decoders/ip-address.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { createEvent, httpActivityId } from "../ocsf.ts";
import { object, textOf } from "../read-json.ts";
import { AMBIGUOUS_SIZES, ECS_PATHS, JSON_KEYS, SPLUNK_KEYS } from "../tables/squid.ts";
import { splitUrl } from "../url.ts";
import { declaresFormat, FormatHeader, type FieldReader } from "../web/format-header.ts";
import { loginOf } from "../web/login.ts";
import { leftOver } from "../web/objects.ts";
import { addressesOf } from "../web/web-event.ts";
import {
  COMMON,
  NATIVE_START,
  readCommon,
  readNative,
  RESULT_AND_HIERARCHY,
  type SquidEntry,
} from "../web/squid-entry.ts";
import { readFields } from "../web/squid-fields.ts";

const PRODUCT = { name: "Squid", vendor_name: "Squid" } as const;

const PAIRS = / (?:vendor_action|logformat|squid_status)=\S/;
/** `TCP_MISS`, `TCP_TUNNEL/200`, `HIER_DIRECT`: words that only Squid's family of proxies writes. */
const RESULT = /^(?:TCP|UDP)_[A-Z_]{2,40}(?:\/\d{3})?$|^HIER_[A-Z_]{2,40}(?:\/\S{1,64})?$/;

export default defineMap({
  id: "squid",
  title: "Squid access.log",
  product: PRODUCT,
  reference: "https://wiki.squid-cache.org/Features/LogFormat",
  lane: "network",
  exporting:
    "`access_log` with the built-in format `squid`, `common` or `combined`; a `logformat` with `%>st` counts " +
    "what was sent. Set `strip_query_terms off`. A format of your own needs a first line `#logformat: ` that " +
    "repeats it.",
  limits: [
    "The built-in formats count no request bytes: what was sent is not visible; a logformat with %>st tells, in tunnels too.",
    "CONNECT hides method and path of what goes through the tunnel.",
    "strip_query_terms, on by default, cuts off what follows the question mark.",
    "A whole number behind the native columns is taken for %>st; of two sizes before the method only the sum is used.",
    "Any other logformat is read below a line `#logformat: …` at the head of the file that repeats it.",
  ],
  recognise({ json, body }) {
    if (json !== null) return isSquidEcs(json) ? 0.97 : isSquidJson(json) ? 0.9 : 0;
    const first = body.charCodeAt(0);
    if (first >= 0x30 && first <= 0x39 && NATIVE_START.test(body)) return 0.97;
    if (first === 0x23) return declaresFormat(body, "squid") ? 0.95 : 0;
    if (PAIRS.test(body) && isPairs(body)) return 0.95;
    return RESULT_AND_HIERARCHY.test(body) && COMMON.test(body) ? 0.95 : 0;
  },
  standsAlone: ({ json, body }) =>
    json === null &&
    body.charCodeAt(0) !== 0x23 &&
    (NATIVE_START.test(body) || PAIRS.test(body) || RESULT_AND_HIERARCHY.test(body)),
  open: () => new SquidReader(),
});

class SquidReader implements RecordReader {
  readonly #format = new FormatHeader("squid");

  push(record: DecodedRecord): readonly OcsfEvent[] {
    if (record.json === null && declaresFormat(record.body, "squid")) {
      this.#format.declare(record);
      return [];
    }
    const entry = this.#entry(record);
    // A connection that ended before a request could be read holds no activity.
    return entry.url.startsWith("error:") ? [] : [eventOf(entry, record)];
  }

  claims(record: DecodedRecord): boolean {
    return this.#format.read(record) !== null;
  }

  preamble(): string {
    return this.#format.preamble;
  }

  flush(): readonly OcsfEvent[] {
    return [];
  }

  #entry(record: DecodedRecord): SquidEntry {
    const { json, body, syslog } = record;
    const fallback = syslog?.time ?? null;
    const declared = this.#format.read(record);
    if (declared !== null) return readFields(declared, fallback);
    if (json !== null)
      return readFields(
        isSquidEcs(json)
          ? byKeys(ECS_PATHS, (path) => textAt(json, path))
          : byKeys(JSON_KEYS, (key) => textOf(json, key)),
        fallback,
      );
    const entry =
      PAIRS.test(body) && isPairs(body) ? readPairs(body, fallback) : (readNative(body) ?? readCommon(body));
    if (entry === null) throw new MalformedInputError("not a line of Squid's native, common or combined format");
    return entry;
  }
}

function isPairs(body: string): boolean {
  return body.includes(" vendor_action=") && (body.includes(" src_ip=") || body.includes(" url="));
}

/** The time stands without a name before the pairs. */
function readPairs(body: string, fallback: number | null): SquidEntry {
  const pairs = readKeyValues(body);
  const stamp = /(?:^|\s)(\d{9,11}\.\d{1,6}) /.exec(body.slice(0, 400))?.[1];
  const read = byKeys(SPLUNK_KEYS, (key) => pairs.get(key));
  return readFields((code) => (code === "ts" ? stamp : read(code)), fallback);
}

function byKeys(names: ReadonlyMap<string, readonly string[]>, text: (key: string) => string | undefined): FieldReader {
  return (code) => {
    const keys = names.get(code);
    if (keys === undefined) return undefined;
    for (const key of keys) {
      const value = text(key);
      if (value !== undefined && value !== "") return value;
    }
    return undefined;
  };
}

/** OPNsense writes Squid's log as JSON under ECS's names; what took how long is in ms all the same. */
function isSquidEcs(json: JsonObject): boolean {
  return textAt(json, "event.dataset") === "squid.access" && textAt(json, "url.original") !== undefined;
}

function textAt(json: JsonObject, path: string): string | undefined {
  const names = path.split(".");
  const last = names.pop()!;
  let at: JsonObject | undefined = json;
  for (const name of names) at = at === undefined ? undefined : object(at, name);
  return at === undefined ? undefined : textOf(at, last);
}

function isSquidJson(json: JsonObject): boolean {
  if (!["url", "uri", "request_url", "request_uri", "http_url"].some((key) => Object.hasOwn(json, key))) return false;
  let words = 0;
  for (const key in json) {
    const value = json[key];
    if (typeof value === "string" && RESULT.test(value) && (words += 1) === 2) return true;
  }
  return words === 1 && ["method", "http_method", "request_method", "verb"].some((key) => Object.hasOwn(json, key));
}

function eventOf(entry: SquidEntry, { syslog, json }: DecodedRecord): OcsfEvent {
  const { time, elapsed, method, status, result } = entry;
  const url = splitUrl(entry.url);
  const bytes = Number.isSafeInteger(entry.bytes) && entry.bytes >= 0 ? entry.bytes : undefined;
  const { bytesOut, bytesTotal } = entry;
  const user = loginOf(entry.user);
  const denied = result.includes("DENIED");
  const client = ipAddress(entry.client);
  const source: OcsfEndpoint = client === undefined ? { hostname: entry.client.toLowerCase() } : { ip: client };
  const clientPort = portOf(entry.clientPort);
  if (clientPort !== undefined) source.port = clientPort;
  const succeeded = status >= 100 && status < 400;
  const forwarded = dashed(entry.forwardedFor);
  const sni = dashed(entry.sni);
  return createEvent(
    4002,
    httpActivityId(method),
    { product: PRODUCT, time },
    {
      start_time: elapsed === undefined || elapsed < 0 ? undefined : time - elapsed,
      end_time: time,
      duration: elapsed === undefined || elapsed < 0 ? undefined : elapsed,
      actor: user === undefined ? undefined : { user },
      src_endpoint: entry.client === "-" ? undefined : source,
      dst_endpoint: destinationOf(url, entry),
      proxy_endpoint: syslog?.hostname ? { hostname: syslog.hostname.toLowerCase() } : undefined,
      http_request: {
        http_method: method === "-" ? undefined : method.toUpperCase(),
        url,
        version: entry.version,
        referrer: dashed(entry.referrer),
        user_agent: dashed(entry.agent),
        x_forwarded_for: addressesOf(forwarded),
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
      traffic: trafficOf(bytes, bytesOut, bytesTotal),
      // OCSF demands a version, which the name in the greeting does not tell.
      tls: sni === undefined ? undefined : { version: "unknown", sni: sni.toLowerCase() },
      unmapped: {
        hierarchy: entry.hierarchy,
        peer: dashed(entry.peer),
        appended: entry.appended,
        ...(json === null ? undefined : leftOver(json, AMBIGUOUS_SIZES)),
      },
    },
  );
}

/** To the client, headers included; from it where the format holds %>st. */
function trafficOf(
  bytesIn: number | undefined,
  bytesOut: number | undefined,
  total: number | undefined,
): OcsfEvent["traffic"] {
  if (bytesOut === undefined && total === undefined) return bytesIn === undefined ? undefined : { bytes_in: bytesIn };
  return {
    bytes: total ?? (bytesIn === undefined ? undefined : bytesIn + bytesOut!),
    bytes_in: bytesIn,
    bytes_out: bytesOut,
  };
}

/** The host asked for; its address where Squid went there itself rather than through another proxy. */
function destinationOf({ hostname, port }: OcsfUrl, entry: SquidEntry): OcsfEndpoint | undefined {
  const { hierarchy, peer, peerPort } = entry;
  const endpoint: OcsfEndpoint = {};
  const literal = ipAddress(hostname);
  // What an intercepted connection goes to is an address; the name in its greeting says more.
  const name = literal === undefined ? hostname : (dashed(entry.sni) ?? dashed(entry.host)?.replace(/:\d{1,5}$/, ""));
  if (name !== undefined && ipAddress(name) === undefined) endpoint.hostname = name.toLowerCase();
  const direct = /(?:DIRECT|ORIGINAL_DST|PINNED)$/.test(hierarchy) ? ipAddress(peer) : undefined;
  const ip = literal ?? direct;
  if (ip !== undefined) endpoint.ip = ip;
  if (endpoint.hostname === undefined && ip === undefined) return undefined;
  const known = port ?? (direct === undefined ? undefined : portOf(peerPort));
  if (known !== undefined) endpoint.port = known;
  return endpoint;
}

function dashed(text: string | undefined): string | undefined {
  return text === undefined || text === "-" || text === "" ? undefined : text;
}
