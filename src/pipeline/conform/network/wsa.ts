/**
 * Access log entries of Cisco's Secure Web Appliance (WSA, IronPort), whichever form they came in -> HTTP Activity. The ACL
 * decision tag says what was decided and by which policy: `DEFAULT_CASE_12-AccessPolicy-Identity-NONE-NONE-NONE-DefaultGroup`.
 *
 * @see https://www.cisco.com/c/en/us/td/docs/security/wsa/wsa-15-0/user-guide/swa-userguide-15-0/m-monitoring-troubleshooting.html
 */
import type { OcsfEvent, OcsfUser } from "../../../model/activity.ts";
import { splitCsv } from "../decoders/csv.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import type { Verdict } from "../web/verdict.ts";
import { endOf } from "./fields.ts";
import { createSession, reporterOf } from "./session.ts";

export const WSA = { name: "Secure Web Appliance", vendor_name: "Cisco" } as const;

export interface WsaEntry {
  /** ms since 1970 UTC, when the response was sent. */
  readonly time: number;
  readonly elapsedMs: number | undefined;
  readonly client: string;
  readonly clientPort?: number | undefined;
  /** `TCP_MISS`, `NONE`. */
  readonly result: string;
  readonly status: number;
  /** Of the response to the client. */
  readonly bytesIn: number | undefined;
  readonly bytesOut?: number | undefined;
  readonly method: string;
  readonly url: string;
  readonly user: string | undefined;
  readonly hierarchy: string | undefined;
  readonly server: string | undefined;
  readonly serverIp?: string | undefined;
  readonly type: string | undefined;
  readonly tag: string | undefined;
  /** What stands between the angle brackets. */
  readonly verdict: string | undefined;
  readonly userAgent: string | undefined;
  readonly referrer?: string | undefined;
  readonly hostname: string | undefined;
}

const VERDICTS: readonly (readonly [RegExp, Verdict])[] = [
  [/^BLOCK_CONTINUE|^WARN/, "challenged"],
  [/^BLOCK|^SAAS_AUTH_DENY/, "blocked"],
  [/^DROP/, "dropped"],
  [/^MONITOR/, "logged"],
  [/^(?:ALLOW|DEFAULT_CASE|PASSTHRU|DECRYPT|REDIRECT|SAAS_AUTH|TCP_)/, "allowed"],
];

export function wsaEvent(entry: WsaEntry): OcsfEvent {
  const url = splitUrl(entry.url);
  const scanned = scan(entry.verdict);
  if (scanned.category !== undefined) url.categories = [scanned.category];
  const client = ipAddress(entry.client);
  const [decision, policy, identity] = (entry.tag ?? "").split("-", 3);
  const host = url.hostname ?? dashed(entry.server);
  return createSession(
    { product: WSA, time: entry.time },
    {
      activityId: 6,
      source: endOf({ ip: client, hostname: client === undefined ? entry.client : undefined, port: entry.clientPort }),
      destination: endOf({
        ip: ipAddress(host) ?? ipAddress(entry.serverIp ?? entry.server),
        hostname: host,
        port: url.port,
      }),
      user: userOf(entry.user),
      traffic: { bytesIn: entry.bytesIn, bytesOut: entry.bytesOut },
      durationMs: entry.elapsedMs,
      verdict: verdictOf(decision!, entry.result),
      rule: decision === "" ? undefined : { name: decision },
      policy: policy === undefined || policy === "NONE" ? undefined : policy,
      appName: scanned.application,
      request: {
        method: entry.method,
        url,
        userAgent: dashed(entry.userAgent),
        referrer: dashed(entry.referrer),
        status: entry.status,
        contentType: dashed(entry.type),
      },
      reporter: reporterOf(entry.hostname),
      statusDetail: entry.result,
      unmapped: {
        hierarchy: dashed(entry.hierarchy),
        identity_policy: identity,
        category_code: scanned.code,
        reputation: scanned.reputation,
        application_type: scanned.applicationType,
      },
    },
  );
}

function verdictOf(decision: string, result: string): Verdict | undefined {
  if (result.includes("DENIED")) return "blocked";
  return VERDICTS.find(([words]) => words.test(decision))?.[1];
}

interface Scan {
  readonly code?: string | undefined;
  readonly reputation?: number | undefined;
  readonly category?: string | undefined;
  readonly application?: string | undefined;
  readonly applicationType?: string | undefined;
}

/**
 * The verdicts of the scanners. Versions differ by a column or two in the middle; the bandwidth, a number with two decimals,
 * stands four behind the application in all of them.
 */
function scan(text: string | undefined): Scan {
  if (text === undefined) return {};
  const columns = splitCsv(text);
  const score = columns[1];
  let bandwidth = -1;
  for (let at = 24; at < columns.length && at < 36 && bandwidth === -1; at += 1)
    if (/^\d{1,9}\.\d{2}$/.test(columns[at]!)) bandwidth = at;
  return {
    code: told(columns[0]),
    reputation: score !== undefined && /^-?\d{1,2}(?:\.\d{1,2})?$/.test(score) ? Number(score) : undefined,
    category: bandwidth >= 28 ? told(columns[bandwidth - 6]) : undefined,
    application: bandwidth === -1 ? undefined : told(columns[bandwidth - 4]),
    applicationType: bandwidth === -1 ? undefined : told(columns[bandwidth - 3]),
  };
}

function told(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "-" || text === "Unknown" ? undefined : text;
}

/** `"ACME\alice@Realm"`: the realm is the appliance's name for its directory, no part of the person's. */
function userOf(text: string | undefined): OcsfUser | undefined {
  const name = text?.replace(/^"|"$/g, "").replace(/\\\\/g, "\\");
  if (name === undefined || name === "" || name === "-") return undefined;
  const at = name.lastIndexOf("@");
  const realm = at === -1 ? "" : name.slice(at + 1);
  const bare = at > 0 && (name.includes("\\") || !realm.includes(".")) ? name.slice(0, at) : name;
  return loginOf(bare);
}

function dashed(text: string | undefined): string | undefined {
  return text === undefined || text === "-" || text === "" ? undefined : text;
}
