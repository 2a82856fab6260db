/**
 * Cisco Secure Web Appliance (WSA, IronPort) access logs -> HTTP Activity: Squid-like lines with ACL decision tag and scanning
 * verdicts, and the W3C log that its `#Fields` describes; traffic monitor logs (L4TM) -> Network Activity.
 *
 *     1774001234.818 1303 10.1.4.17 TCP_MISS/200 46578 GET http://www.example.com/ "ACME\alice@AD" DIRECT/www.example.com text/html DEFAULT_CASE_12-Staff-Id-NONE-NONE-NONE-DefaultGroup <"IW_comp",6.5,…> -
 *
 * @see https://www.cisco.com/c/en/us/td/docs/security/wsa/wsa-15-0/user-guide/swa-userguide-15-0/m-monitoring-troubleshooting.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { type DecodedRecord, defineMap, type RecordReader } from "../define-map.ts";
import { elffColumns, splitElff } from "../decoders/elff.ts";
import { portOf } from "../decoders/ip-address.ts";
import { parseEpoch, parseTime } from "../decoders/timestamp.ts";
import { readTrafficMonitor, trafficMonitorEvent } from "../network/wsa-traffic-monitor.ts";
import { WSA, type WsaEntry, wsaEvent } from "../network/wsa.ts";

const PREFIX = /^(?:(?:Info|Warning|Debug): )?/;
const ENTRY =
  /^(\d{9,11}\.\d{1,3}) +(-?\d{1,12}) (\S{1,255}) ([A-Z_]{3,60})\/(\d{1,3}) (-?\d{1,19}) (\S{1,64}) (\S+) ("[^"]{0,512}"|\S{1,512}) ([A-Z_]{3,60})\/(\S{0,512}) (\S{1,255})(?: (?:CMF|DCF|ERR):\S{1,64}){0,6} ([A-Z][A-Z0-9_]{2,64}-\S{1,1024})(?: (?:<|&lt;)([^>&]{1,4096}(?:&(?!gt;)[^>&]{0,4096}){0,64})(?:>|&gt;)?)?(?: (.{0,8192}))?/;
const START = /^\d{9,11}\.\d{1,3} +-?\d{1,12} \S{1,255} [A-Z_]{3,60}\/\d{1,3} -?\d{1,19} \S{1,64} \S/;
/** Decision, then at least five policy groups: no other proxy writes that. */
const TAG = / [A-Z][A-Z0-9_]{2,64}(-[^\s<]{5,1024})(?= <| &lt;| -|$)/;
const AGENT = /"([A-Za-z][A-Za-z0-9 ._-]{0,64}\/\d[^"]{0,2048})"/;

export default defineMap({
  id: "cisco-wsa",
  title: "Cisco Secure Web Appliance access logs",
  product: WSA,
  reference:
    "https://www.cisco.com/c/en/us/td/docs/security/wsa/wsa-15-0/user-guide/swa-userguide-15-0/m-monitoring-troubleshooting.html",
  lane: "network",
  exporting:
    "System administration, Log subscriptions: an `accesslogs` subscription (Squid style) pushed over syslog, " +
    "FTP or SCP, or a `W3C` one with `cs-bytes`, `cs-username`, `s-ip` and `cs-url` selected; `trafmonlogs` are read too.",
  limits: [
    "Counts no request bytes unless the log subscription adds them (W3C field cs-bytes).",
    "CONNECT hides method and path of what goes through the tunnel when HTTPS is not decrypted.",
  ],
  recognise({ body }) {
    const text = body.replace(PREFIX, "");
    if (text.charCodeAt(0) === 0x23) return isWsaHeader(elffColumns(text)) ? 0.97 : 0;
    return (START.test(text) && hasTag(text)) || readTrafficMonitor(text) !== null ? 0.99 : 0;
  },
  standsAlone: ({ body }) => {
    const text = body.replace(PREFIX, "");
    return START.test(text) || readTrafficMonitor(text) !== null;
  },
  open: () => new WsaReader(),
});

function hasTag(text: string): boolean {
  const groups = TAG.exec(text)?.[1];
  return groups !== undefined && groups.split("-", 7).length >= 6;
}

function isWsaHeader(columns: readonly string[] | null): boolean {
  return columns !== null && (columns.includes("x-acltag") || columns.includes("x-resultcode-httpstatus"));
}

class WsaReader implements RecordReader {
  #columns: readonly string[] | null = null;
  #header = "";

  push(record: DecodedRecord): readonly OcsfEvent[] {
    const { body, syslog } = record;
    // By syslog each line of the table has the subscription's level ahead, the header too.
    const text = body.replace(PREFIX, "");
    if (text.charCodeAt(0) === 0x23) {
      const columns = elffColumns(text);
      if (columns !== null) {
        this.#columns = columns;
        this.#header = text;
      }
      return [];
    }
    const hostname = syslog?.hostname ?? undefined;
    const monitored = readTrafficMonitor(text);
    if (monitored !== null) return [trafficMonitorEvent(monitored, hostname)];
    const isLine = this.#columns === null || (START.test(text) && hasTag(text));
    return [wsaEvent(isLine ? readLine(text, hostname) : readRow(this.#columns!, text, hostname))];
  }

  claims({ body }: DecodedRecord): boolean {
    if (this.#columns === null) return false;
    const text = body.replace(PREFIX, "");
    if (text.charCodeAt(0) === 0x23) return !/^#(?:Version|Software)/i.test(text);
    // A row of another length may be another product's line, which that product recognises by itself.
    return /^\d/.test(text) && splitElff(text).length === this.#columns.length;
  }

  preamble(): string {
    return this.#header;
  }

  flush(): readonly OcsfEvent[] {
    return [];
  }
}

/** @throws {MalformedInputError} when the line is cut off before its decision tag */
function readLine(text: string, hostname: string | undefined): WsaEntry {
  const match = ENTRY.exec(text);
  if (match === null) throw new MalformedInputError("access log line without its decision tag");
  const [
    ,
    stamp,
    elapsed,
    client,
    result,
    status,
    bytes,
    method,
    url,
    user,
    hierarchy,
    server,
    type,
    tag,
    verdict,
    rest,
  ] = match as unknown as (string | undefined)[];
  return {
    time: parseEpoch(stamp) ?? unreadable(stamp!),
    elapsedMs: count(elapsed),
    client: client!,
    result: result!,
    status: Number(status),
    bytesIn: count(bytes),
    method: method!,
    url: url!,
    user,
    hierarchy,
    server,
    type,
    tag,
    verdict,
    userAgent: rest === undefined ? undefined : AGENT.exec(rest)?.[1],
    hostname,
  };
}

/** @throws {MalformedInputError} when time, client or URL is missing */
function readRow(columns: readonly string[], line: string, hostname: string | undefined): WsaEntry {
  const values = splitElff(line);
  const fields = new Map<string, string>();
  for (let at = 0; at < columns.length && at < values.length; at += 1)
    if (values[at] !== "-") fields.set(columns[at]!.toLowerCase(), values[at]!);
  const field = (...names: readonly string[]) =>
    names.map((name) => fields.get(name)).find((value) => value !== undefined);
  const stamp = field("timestamp", "x-timestamp");
  const date = field("date");
  const time =
    stamp === undefined
      ? date === undefined
        ? undefined
        : parseTime(`${date} ${field("time") ?? ""}`)
      : parseTime(stamp);
  const client = field("c-ip", "x-c-ip", "c-a-ip", "c-dns");
  const url = field("cs-url", "cs-uri");
  if (time === undefined || client === undefined || url === undefined)
    throw new MalformedInputError("W3C row without its time, client or URL");
  const [result, status] = (field("x-resultcode-httpstatus") ?? "").split("/", 2);
  return {
    time,
    elapsedMs: count(field("x-elapsed-time", "time-taken")),
    client,
    clientPort: portOf(count(field("c-port"))),
    result: field("x-result-code", "s-action") ?? result ?? "",
    status: count(field("sc-http-status", "sc-status") ?? status) ?? 0,
    bytesIn: count(field("sc-bytes")),
    bytesOut: count(field("cs-bytes")),
    method: field("cs-method") ?? "-",
    url,
    user: field("cs-username", "cs-auth-user"),
    hierarchy: field("s-hierarchy"),
    server: field("s-hostname", "s-computername"),
    serverIp: field("s-ip", "r-ip"),
    type: field("cs-mime-type", "sc-mime-type"),
    tag: field("x-acltag"),
    verdict: field("x-scanverdict", "x-result-verdict")?.replace(/^<|>$/g, ""),
    userAgent: field("cs(user-agent)", "x-user-agent"),
    referrer: field("cs(referer)"),
    hostname,
  };
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function unreadable(time: string): never {
  throw new MalformedInputError(`access log time ${JSON.stringify(time)} is unreadable`);
}
