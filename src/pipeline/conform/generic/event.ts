/**
 * An event of a product without a map of its own, from the fields that its log's format names: a web request, a connection, a sign-on
 * or else an operation. Best effort, and labelled so.
 */
import type { OcsfEndpoint, OcsfEvent, OcsfFile, OcsfUrl, OcsfUser } from "../../../model/activity.ts";
import { apiActor, operationActivity, outcomeStatus } from "../api-activity.ts";
import { parseEventTime } from "../decoders/event-time.ts";
import { isIpAddress } from "../decoders/ip-address.ts";
import { address, count, endOf, mac, port, told, type Fields } from "../network/fields.ts";
import { createLogon } from "../network/logon.ts";
import { createSession, report, reporterOf, type Session } from "../network/session.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import type { GenericName } from "../tables/generic-names.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import type { Verdict } from "../web/verdict.ts";

/** On every event that no map of its product has read. */
const LABELS = ["best-effort"];

/** The product as the record names it, bounded. */
export function productOf(name: string, vendor: string): EventBase["product"] {
  return { name: name.trim().slice(0, 128) || "unknown", vendor_name: vendor.trim().slice(0, 128) || "unknown" };
}

export interface GenericRecord {
  /** By `GenericName`. */
  readonly fields: Fields;
  /** What the record calls the event; empty where it does not. */
  readonly title: string;
  readonly base: EventBase;
  readonly unmapped: Record<string, unknown>;
  /** The name of the machine that sent the record, where its fields name none. */
  readonly sender?: string | undefined;
}

/** The fields under the names of `names`, the first of each that has a value; the others under their own as `rest`. */
export function sortFields(
  source: Iterable<readonly [string, string]>,
  names: ReadonlyMap<string, GenericName>,
  fold: (key: string) => string = (key) => key,
): { readonly fields: Map<string, string>; readonly rest: Record<string, unknown> } {
  const fields = new Map<string, string>();
  const rest: Record<string, unknown> = {};
  for (const [key, value] of source) {
    // Assigned to an object, this key would not be one.
    if (value === "" || key === "__proto__") continue;
    const name = names.get(fold(key));
    if (name === undefined || fields.has(name)) rest[key] = value;
    else if (name === "src" || name === "dst") setEnd(fields, name, value);
    else fields.set(name, value);
  }
  return { fields, rest };
}

/** `10.1.4.17`, `10.1.4.17:443`, `[2001:db8::1]:443`, or a name. */
function setEnd(fields: Map<string, string>, name: "src" | "dst", value: string): void {
  const withPort = /^\[?([0-9A-Fa-f.:]{2,45}?)\]?:(\d{1,5})$/.exec(value);
  const isPair = withPort !== null && !isIpAddress(value) && isIpAddress(withPort[1]!);
  fields.set(name, isPair ? withPort[1]! : value);
  if (isPair && !fields.has(`${name}_port`)) fields.set(`${name}_port`, withPort[2]!);
}

/** ms since 1970 UTC; undefined where no field holds a readable time. */
export function timeOf(fields: Fields, referenceMs: number): number | undefined {
  return (
    parseEventTime(told(fields, "time"), referenceMs) ??
    parseEventTime(told(fields, "end"), referenceMs) ??
    parseEventTime(told(fields, "start"), referenceMs)
  );
}

const SIGN_ON = /\b(?:log(?:ged)?[ _-]?(?:in|on|out|off)|sign(?:ed)?[ _-]?(?:in|on|out)|authenticat(?:ed|ion))\b/i;
const SIGN_OFF = /\b(?:log(?:ged)?[ _-]?(?:out|off)|sign(?:ed)?[ _-]?out)\b/i;

/** null where the record tells neither ends, nor user, nor what was done. */
export function genericEvent(record: GenericRecord): OcsfEvent | null {
  const { fields, title, base } = record;
  const event = eventOf(record);
  if (event === null) return null;
  event.metadata.labels = LABELS;
  if (event.message === undefined) event.message = told(fields, "message") ?? (title === "" ? undefined : title);
  if (base.severity_id === undefined && event.severity_id === 1)
    event.severity_id = severityOf(told(fields, "severity")) ?? 1;
  return event;
}

function eventOf(record: GenericRecord): OcsfEvent | null {
  const { fields, title, base, unmapped } = record;
  const ends = endsOf(fields);
  const user = userOf(fields, "user");
  const reporter = reporterOf(
    told(fields, "reporter") ?? record.sender,
    told(fields, "reporter_uid"),
    address(fields, "reporter_ip"),
  );
  const outcome = succeeded(told(fields, "outcome") ?? told(fields, "action"));
  const isConnection =
    ends.src !== undefined && ends.dst !== undefined
      ? true
      : (ends.src ?? ends.dst) !== undefined &&
        (told(fields, "protocol") !== undefined || port(fields, "dst_port") !== undefined);

  if (SIGN_ON.test(title) && told(fields, "url") === undefined) {
    const person = userOf(fields, "target_user") ?? user;
    if (person !== undefined)
      return createLogon(base, {
        activity: SIGN_OFF.test(title) ? 2 : 1,
        user: person,
        service: base.product.name,
        source: ends.src,
        succeeded: outcome ?? (/fail|denied|invalid|reject/i.test(title) ? false : undefined),
        detail: told(fields, "reason"),
        reporter,
        unmapped,
      });
  }
  const url = urlOf(fields);
  if (isConnection || (url?.hostname !== undefined && (ends.src ?? user) !== undefined))
    return createSession(base, sessionOf(fields, ends, user, url, reporter, unmapped));
  if (title === "" || (user === undefined && ends.src === undefined && reporter === undefined)) return null;
  const actor = user ?? userOf(fields, "target_user") ?? {};
  const target = told(fields, "target_user", "file_path", "file", "dst_host");
  return report(
    createEvent(6003, operationActivity(title), base, {
      ...outcomeStatus(outcome),
      status_detail: told(fields, "reason"),
      actor: apiActor(actor),
      api: { operation: title, service: { name: base.product.name } },
      resources: target === undefined ? undefined : [{ name: target, type: "unknown" }],
      src_endpoint: ends.src ?? { name: "unknown" },
      unmapped,
    }),
    reporter,
  );
}

interface Ends {
  readonly src: OcsfEndpoint | undefined;
  readonly dst: OcsfEndpoint | undefined;
}

function sessionOf(
  fields: Fields,
  { src, dst }: Ends,
  user: OcsfUser | undefined,
  url: OcsfUrl | undefined,
  reporter: Session["reporter"],
  unmapped: Record<string, unknown>,
): Session {
  const verdict = verdictOf(told(fields, "action"));
  const status = count(fields, "status");
  return {
    activityId: verdict === "blocked" || verdict === "dropped" || verdict === "reset" ? 5 : 6,
    source: src,
    destination:
      dst ??
      (url?.hostname === undefined ? undefined : endOf({ ip: undefined, hostname: url.hostname, port: url.port })),
    user,
    protocol: told(fields, "protocol"),
    uid: told(fields, "session"),
    traffic: {
      bytesOut: count(fields, "bytes_out"),
      bytesIn: count(fields, "bytes_in"),
      bytesTotal: count(fields, "bytes"),
      packetsOut: count(fields, "packets_out"),
      packetsIn: count(fields, "packets_in"),
    },
    verdict,
    rule: { name: told(fields, "rule") },
    appName: told(fields, "app"),
    service: told(fields, "service"),
    request:
      url === undefined
        ? undefined
        : {
            method: methodOf(told(fields, "method")),
            url,
            userAgent: told(fields, "user_agent"),
            referrer: told(fields, "referrer"),
            status,
            contentType: told(fields, "content_type"),
          },
    file: url === undefined ? undefined : fileOf(fields),
    reporter,
    statusDetail: told(fields, "reason", "action"),
    unmapped,
  };
}

function endsOf(fields: Fields): Ends {
  return {
    src: endOf({
      ip: address(fields, "src"),
      port: port(fields, "src_port"),
      hostname: hostOf(told(fields, "src_host")) ?? hostOf(told(fields, "src")),
      mac: mac(fields, "src_mac"),
      translatedIp: address(fields, "src_nat"),
      translatedPort: port(fields, "src_nat_port"),
    }),
    dst: endOf({
      ip: address(fields, "dst"),
      port: port(fields, "dst_port"),
      hostname: hostOf(told(fields, "dst_host")) ?? hostOf(told(fields, "dst")),
      mac: mac(fields, "dst_mac"),
      translatedIp: address(fields, "dst_nat"),
      translatedPort: port(fields, "dst_nat_port"),
    }),
  };
}

const HOSTNAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_.])?$/;

function hostOf(text: string | undefined): string | undefined {
  return text !== undefined && HOSTNAME.test(text) && !/^[\d.]+$/.test(text) ? text : undefined;
}

function userOf(fields: Fields, name: "user" | "target_user"): OcsfUser | undefined {
  const user = loginOf(told(fields, name));
  const domain = name === "user" ? told(fields, "user_domain") : undefined;
  return user === undefined || user.domain !== undefined || domain === undefined ? user : { ...user, domain };
}

/** Only what names a host or begins with one: a bare path, or a message in this place, is no address. */
function urlOf(fields: Fields): OcsfUrl | undefined {
  const text = told(fields, "url");
  if (text === undefined || /\s/.test(text) || text.length > 16_384) return undefined;
  const url = splitUrl(text);
  if (url.hostname === undefined) {
    const host = hostOf(told(fields, "dst_host"));
    if (host === undefined || url.path === undefined) return undefined;
    url.hostname = host.toLowerCase();
  }
  return url;
}

function fileOf(fields: Fields): OcsfFile | undefined {
  const path = told(fields, "file_path");
  const name = told(fields, "file") ?? path?.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  if (name === undefined || name === "") return undefined;
  const file: OcsfFile = { name, type_id: 1 };
  if (path !== undefined) file.path = path;
  const hash = told(fields, "file_hash");
  if (hash !== undefined && /^[0-9A-Fa-f]{64}$/.test(hash))
    file.hashes = [{ algorithm_id: 3, algorithm: "SHA-256", value: hash.toLowerCase() }];
  return file;
}

function methodOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[A-Za-z]{1,32}$/.test(text) ? text : undefined;
}

/** Whole words only: `disallowed` is not `allowed`. */
const VERDICTS: readonly (readonly [RegExp, Verdict])[] = [
  [/^(?:drop|dropped|discard|discarded)\b/i, "dropped"],
  [/^(?:reset|rst)\b/i, "reset"],
  [/^(?:reject|rejected|refused)\b/i, "rejected"],
  [/^(?:block|blocked|deny|denied|prevent|prevented|disallow|disallowed)\b/i, "blocked"],
  [/^(?:quarantine|quarantined)\b/i, "quarantined"],
  [/^(?:allow|allowed|accept|accepted|pass|passed|permit|permitted)\b/i, "allowed"],
  [/^(?:alert|alerted|detect|detected|monitor|monitored)\b/i, "alerted"],
];

export function verdictOf(action: string | undefined): Verdict | undefined {
  return action === undefined ? undefined : VERDICTS.find(([words]) => words.test(action))?.[1];
}

function succeeded(outcome: string | undefined): boolean | undefined {
  if (outcome === undefined) return undefined;
  if (/^(?:success|succeeded|successful|ok|true|allow|allowed|accept|accepted|pass|passed)\b/i.test(outcome))
    return true;
  return /^(?:fail|failed|failure|error|false|deny|denied|block|blocked|reject|rejected)\b/i.test(outcome)
    ? false
    : undefined;
}

const SEVERITY_WORDS: ReadonlyMap<string, number> = new Map([
  ["information", 1],
  ["informational", 1],
  ["info", 1],
  ["notice", 1],
  ["unknown", 0],
  ["low", 2],
  ["warning", 2],
  ["medium", 3],
  ["moderate", 3],
  ["high", 4],
  ["error", 4],
  ["very-high", 5],
  ["critical", 5],
]);

/** 0 to 10 as CEF and LEEF have it, or a word -> severity_id. */
export function severityOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,2}$/.test(text)) {
    const level = Number(text);
    return level > 10 ? undefined : level >= 9 ? 5 : level >= 7 ? 4 : level >= 4 ? 3 : level >= 1 ? 2 : 1;
  }
  return SEVERITY_WORDS.get(text.toLowerCase());
}
