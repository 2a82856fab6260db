/**
 * Sophos UTM (9): web proxy -> HTTP Activity, packet filter -> Network Activity, sign-ons -> Authentication,
 * VPN clients -> Tunnel Activity.
 *
 *     2023:03:08-15:00:00 utm httpproxy[6267]: id="0001" severity="info" sys="SecureWeb" sub="http" name="http access" …
 *
 * @see https://docs.sophos.com/nsg/sophos-utm/utm/9.7/en-us/administration-guide/
 */
import type { OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import type { DecodedRecord } from "../define-map.ts";
import type { EventBase } from "../ocsf.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import type { Verdict } from "../web/verdict.ts";
import { address, count, endOf, leftOver, mac, port, told, type Fields } from "./fields.ts";
import { createLogon } from "./logon.ts";
import { looseHeader } from "./loose-header.ts";
import { createSession, report, reporterOf } from "./session.ts";
import { createTunnel } from "./tunnel.ts";

type Reporter = OcsfEvent["metadata"]["reporter"];

const HEADER =
  /^(?:<\d{1,3}>)?(\d{4}):(\d{2}):(\d{2})-(\d{2}):(\d{2}):(\d{2}) (\S{1,255}) ([A-Za-z0-9_.-]{1,64})(?:\[\d{1,10}\])?: /;

const MARK = /(?:^|[ :])id="\d{3,5}" severity="[a-z]{3,10}" sys="[A-Za-z]{3,20}" sub="/;

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["pass", "allowed"],
  ["accept", "allowed"],
  ["allow", "allowed"],
  ["block", "blocked"],
  ["drop", "dropped"],
  ["reject", "rejected"],
  ["warn", "challenged"],
  ["log", "logged"],
]);

export function isSophosUtm(line: string): boolean {
  return line.includes(' sys="') && MARK.test(line);
}

/**
 * null for what is no activity: internals of the proxy, notices of daemons.
 *
 * @throws {MalformedInputError} without a readable time
 */
export function utmEvent(
  base: Omit<EventBase, "time">,
  record: DecodedRecord,
  referenceMs: number,
): OcsfEvent | readonly OcsfEvent[] | null {
  const header = HEADER.exec(record.line);
  const loose = looseHeader(record, referenceMs);
  const time = header === null ? loose.time : timeOf(header);
  if (time === undefined) throw new MalformedInputError("Sophos UTM record without a readable time");
  const mark = MARK.exec(record.line);
  const fields = readKeyValues(record.line.slice(mark?.index ?? 0));
  const reporter = reporterOf(header?.[7] ?? loose.hostname);
  const own: EventBase = { ...base, time, event_code: told(fields, "id") };
  const sub = told(fields, "sub");
  if (sub === "auth") return logonEvent(own, fields, reporter);
  if (sub === "vpn" && told(fields, "username") !== undefined) return tunnelEvents(own, fields, reporter);
  const source = endOf({
    ip: address(fields, "srcip"),
    port: port(fields, "srcport"),
    mac: mac(fields, "srcmac"),
    interfaceName: told(fields, "initf"),
  });
  const url = told(fields, "url");
  if (source === undefined || (sub === "http" && url === undefined)) return null;
  const verdict = VERDICTS.get(told(fields, "action")?.toLowerCase() ?? "");
  const parts = url === undefined ? undefined : splitUrl(url);
  const category = told(fields, "categoryname");
  if (parts !== undefined && category !== undefined) parts.categories = [category];
  const microseconds = count(fields, "fullreqtime");
  const refused = verdict === "blocked" || verdict === "dropped" || verdict === "rejected";
  return createSession(own, {
    activityId: refused ? 5 : 6,
    source,
    destination: endOf({
      ip: address(fields, "dstip"),
      port: port(fields, "dstport") ?? parts?.port,
      hostname: parts?.hostname,
      mac: mac(fields, "dstmac"),
      interfaceName: told(fields, "outitf"),
    }),
    user: userOf(fields),
    protocol: told(fields, "proto"),
    // What came back; the proxy does not count the other direction.
    traffic: { bytesIn: count(fields, "size") },
    durationMs: microseconds === undefined ? undefined : Math.round(microseconds / 1000),
    verdict,
    rule: { uid: told(fields, "fwrule"), name: undefined },
    policy: told(fields, "profile"),
    appName: told(fields, "application"),
    request:
      parts === undefined
        ? undefined
        : {
            method: told(fields, "method"),
            url: parts,
            userAgent: told(fields, "ua"),
            referrer: told(fields, "referer"),
            status: count(fields, "statuscode"),
            contentType: told(fields, "content-type"),
          },
    statusDetail: told(fields, "reason", "error"),
    message: told(fields, "name"),
    reporter,
    unmapped: leftOver(fields, [
      "sys",
      "sub",
      "filteraction",
      "category",
      "reputation",
      "group",
      "exceptions",
      "length",
      "tcpflags",
      "filename",
    ]),
  });
}

function logonEvent(base: EventBase, fields: Fields, reporter: Reporter): OcsfEvent | null {
  const name = told(fields, "name");
  if (name === undefined || !/authentication|log(?:in|ged|out)/i.test(name)) return null;
  return createLogon(base, {
    activity: /log(?:ged )?out/i.test(name) ? 2 : 1,
    user: userOf(fields),
    service: told(fields, "caller") ?? "Sophos UTM",
    source: endOf({ ip: address(fields, "srcip"), hostname: told(fields, "host") }),
    succeeded: /success/i.test(name) ? true : /fail|denied/i.test(name) ? false : undefined,
    detail: told(fields, "reason"),
    message: name,
    reporter,
    unmapped: leftOver(fields, ["sys", "sub", "engine"]),
  });
}

/** `event="Connection started" username="alice" variant="ssl" srcip="203.0.113.44" virtual_ip="10.242.2.6"` */
function tunnelEvents(base: EventBase, fields: Fields, reporter: Reporter): readonly OcsfEvent[] {
  const said = told(fields, "event", "name");
  return createTunnel(base, {
    activity: said !== undefined && /terminat|stop|end|clos|disconnect/i.test(said) ? 2 : 1,
    user: loginOf(told(fields, "username")),
    outer: endOf({ ip: address(fields, "srcip"), port: port(fields, "srcport") }),
    inner: address(fields, "virtual_ip"),
    message: said,
    unmapped: leftOver(fields, ["sys", "sub", "variant"]),
  }).map((event) => report(event, reporter));
}

function userOf(fields: Fields): OcsfUser | undefined {
  const user = loginOf(told(fields, "user"));
  const domain = told(fields, "ad_domain");
  return user === undefined || domain === undefined || user.domain !== undefined ? user : { ...user, domain };
}

function timeOf(header: RegExpExecArray): number {
  const [, year, month, day, hour, minute, second] = header;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}
