/**
 * AdGuard Home -> DNS Activity: its query log (`querylog.json`), and sign-ins to its console -> Authentication.
 *
 * The answer is the DNS message in base64; the response code and the records come from there.
 *
 * @see https://github.com/AdguardTeam/AdGuardHome/wiki/Configuration#query-log
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { readDnsMessage } from "../decoders/dns-message.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { parseIsoTime, parseTime } from "../decoders/timestamp.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent } from "../ocsf.ts";
import { boolean, integer, list, number, object, property, text } from "../read-json.ts";
import { createSignOn } from "../sign-on.ts";
import { type Verdict, verdictFields } from "../web/verdict.ts";

const PRODUCT = { name: "AdGuard Home", vendor_name: "AdGuard" } as const;

const LINE =
  /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?) (?:\d{1,10}#\d{1,10} )?\[(?:info|error|debug)\] (.{1,2048})$/;
const FAILED =
  /^(?:POST|GET) (\S{1,255}) \/control\/login: (?:from ip ([0-9A-Fa-f.:]{2,45}): )?(invalid username or password.{0,64})/;
const SIGNED_IN = /^auth: user "([^"]{1,255})" successfully logged in from ip "?([0-9A-Fa-f.:]{2,45})/;
const MAX_ANSWER = 16_384;

/** `Result.Reason`. */
const REASONS: readonly string[] = [
  ...["NotFilteredNotFound", "NotFilteredAllowList", "NotFilteredError", "FilteredBlockList", "FilteredSafeBrowsing"],
  ...["FilteredParental", "FilteredInvalid", "FilteredSafeSearch", "FilteredBlockedService", "Rewritten"],
  ...["RewrittenAutoHosts", "RewrittenRule"],
];

/** `CP` -> transport; DNS over HTTPS, TLS and QUIC are seen as lookups like all others. */
const TRANSPORTS: ReadonlyMap<string, readonly [name: string, number: number]> = new Map([
  ["", ["udp", 17]],
  ["doh", ["tcp", 6]],
  ["dot", ["tcp", 6]],
  ["doq", ["udp", 17]],
  ["dnscrypt", ["udp", 17]],
]);

export default defineMap({
  id: "adguard-home",
  title: "AdGuard Home query log and sign-ins",
  product: PRODUCT,
  reference: "https://github.com/AdguardTeam/AdGuardHome/wiki/Configuration#query-log",
  lane: "network",
  exporting:
    "The query log is `querylog.json` in AdGuard Home's data folder: switch it on under general settings, " +
    "with anonymising of clients off. Sign-ins are in the program's own log (`log.file`, or the journal).",
  limits: ["Names no user, only addresses and client ids.", "Clients may be anonymised by its settings."],
  recognise({ json, body }) {
    if (json !== null)
      return Object.hasOwn(json, "QH") &&
        Object.hasOwn(json, "T") &&
        (Object.hasOwn(json, "QT") || Object.hasOwn(json, "IP"))
        ? 0.95
        : 0;
    const line = LINE.exec(body);
    return line !== null && (FAILED.test(line[5]!) || SIGNED_IN.test(line[5]!)) ? 0.93 : 0;
  },
  conform({ json, body, syslog }, { fileModifiedTime }) {
    if (json !== null) return queryEvent(json, fileModifiedTime);
    const line = LINE.exec(body);
    if (line === null) throw new MalformedInputError("no line of AdGuard Home's log");
    const time = parseIsoTime(`${line[1]!}-${line[2]!}-${line[3]!}T${line[4]!}`) ?? syslog?.time ?? fileModifiedTime;
    return signOnEvent(line[5]!, time);
  },
});

function queryEvent(json: JsonObject, fileModifiedTime: number): OcsfEvent {
  const name = text(json, "QH");
  const ip = ipAddress(property(json, "IP"));
  if (name === undefined) throw new MalformedInputError("AdGuard Home record without the name asked for");
  const time = parseTime(property(json, "T")) ?? fileModifiedTime;
  const client = text(json, "CID");
  const result = object(json, "Result");
  const reason = integer(result, "Reason") ?? 0;
  const encoded = text(json, "Answer");
  const answer =
    encoded === undefined || encoded.length > MAX_ANSWER ? null : readDnsMessage(Buffer.from(encoded, "base64"));
  const [transport, transportNumber] = TRANSPORTS.get(text(json, "CP") ?? "") ?? ["udp", 17];
  const elapsed = number(json, "Elapsed");
  const duration = elapsed === undefined || elapsed < 0 ? undefined : Math.round(elapsed / 1e6);
  const rule = text(list(result, "Rules")[0], "Text") ?? text(result, "Rule");
  const verdict: Verdict = boolean(result, "IsFiltered") === true ? "blocked" : "allowed";
  return createEvent(
    4003,
    answer === null ? 1 : 6,
    { product: PRODUCT, time, event_code: REASONS[reason] },
    {
      src_endpoint: ip === undefined && client === undefined ? { svc_name: "unknown" } : { ip, uid: client },
      dst_endpoint: { svc_name: "adguard-home" },
      connection_info: { direction_id: 0, protocol_name: transport, protocol_num: transportNumber },
      query: { hostname: normaliseHostname(name), type: text(json, "QT"), class: text(json, "QC") },
      query_time: time,
      response_time: answer === null || duration === undefined ? undefined : time + duration,
      duration,
      answers: answer === null || answer.answers.length === 0 ? undefined : answer.answers,
      ...rcodeOf(answer?.rcode),
      ...verdictFields(verdict),
      firewall_rule: rule === undefined ? undefined : { name: rule },
      unmapped: {
        client_protocol: text(json, "CP"),
        upstream: text(json, "Upstream"),
        cached: boolean(json, "Cached"),
      },
    },
  );
}

function signOnEvent(message: string, time: number): OcsfEvent | null {
  const failed = FAILED.exec(message);
  const signedIn = failed === null ? SIGNED_IN.exec(message) : null;
  if (failed === null && signedIn === null) return null;
  const address = ipAddress(signedIn?.[2] ?? failed?.[2] ?? failed?.[1]);
  return createSignOn(
    { product: PRODUCT, time, event_code: failed === null ? "login" : "login_failed" },
    {
      activity: 1,
      user: signedIn === null ? {} : { name: signedIn[1]! },
      service: "AdGuard Home",
      source: address === undefined ? { svc_name: "AdGuard Home" } : { ip: address },
      succeeded: failed === null,
      detail: failed?.[3],
      message,
      unmapped: {},
    },
  );
}
