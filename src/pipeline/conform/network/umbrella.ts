/**
 * Records of Cisco Umbrella (and Secure Access) by their kind -> OCSF. Identities say who asked: people, machines and networks side
 * by side, with a list of what each of them is.
 *
 * @see https://docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning
 */
import type { OcsfEndpoint, OcsfEvent, OcsfFile, OcsfUser } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseEpoch, parseTime } from "../decoders/timestamp.ts";
import { normaliseHostname, rcodeOf } from "../dns.ts";
import { createEvent, type EventBase } from "../ocsf.ts";
import { DNS_TYPES } from "../tables/dns-types.ts";
import type { UmbrellaKind } from "../tables/umbrella-columns.ts";
import { splitUrl } from "../url.ts";
import { loginOf } from "../web/login.ts";
import { type Verdict, verdictFields } from "../web/verdict.ts";
import { address, count, endOf, type Fields, hostnameOf, leftOver, port, told } from "./fields.ts";
import { createSession, requireEnd } from "./session.ts";

const PRODUCT = { name: "Umbrella", vendor_name: "Cisco" } as const;

const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  ["allowed", "allowed"],
  ["allow", "allowed"],
  ["proxied", "allowed"],
  ["blocked", "blocked"],
  ["block", "blocked"],
  ["would block", "alerted"],
  ["warned", "challenged"],
  ["log", "logged"],
  ["monitor", "logged"],
]);

/** What an identity type says its identity is. */
const PERSON = /\busers?\b|directory_user|saml/i;
const MACHINE = /computers?\b|roaming|mobile devices?|managed device|directory_computer/i;

interface Asker {
  readonly user: OcsfUser | undefined;
  readonly hostname: string | undefined;
  /** Networks, sites, tunnels and what has no type. */
  readonly others: readonly string[];
}

/** @throws {MalformedInputError} when the time or what the kind is about is missing */
export function umbrellaEvent(kind: UmbrellaKind, fields: Fields): OcsfEvent {
  const stamp = told(fields, "timestamp", "datetime", "eventtime");
  const time = stamp === undefined ? undefined : parseTime(/^\d{1,19}$/.test(stamp) ? Number(stamp) : stamp);
  if (time === undefined) throw new MalformedInputError("Umbrella record without a readable time");
  const base: EventBase = { product: PRODUCT, time, event_code: kind };
  switch (kind) {
    case "dns":
      return dnsEvent(base, fields);
    case "proxy":
      return proxyEvent(base, fields);
    case "intrusion":
      return intrusionEvent(base, fields);
    case "dlp":
      return dlpEvent(base, fields);
    default:
      return flowEvent(base, fields);
  }
}

function dnsEvent(base: EventBase, fields: Fields): OcsfEvent {
  const asker = askerOf(fields);
  const domain = told(fields, "domain");
  if (domain === undefined) throw new MalformedInputError("Umbrella DNS record without a domain");
  const rule = told(fields, "ruleid");
  return createEvent(4003, 6, base, {
    actor: asker.user === undefined ? undefined : { user: asker.user },
    src_endpoint: clientOf(fields, asker),
    dst_endpoint: { svc_name: "umbrella" },
    query: { hostname: normaliseHostname(domain), type: queryType(told(fields, "querytype")) },
    query_time: base.time,
    ...rcodeOf(told(fields, "responsecode")),
    ...verdictFields(verdictOf(fields)),
    firewall_rule: rule === undefined || verdictOf(fields) === undefined ? undefined : { uid: rule },
    unmapped: unmappedOf(fields, asker, ["categories", "blockedcategories", "identity", "identitytype"]),
  });
}

/** `1 (A)`, `A`, `28`. */
function queryType(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const named = /\(([A-Za-z0-9-]{1,16})\)$/.exec(text)?.[1];
  return named ?? (/^\d{1,5}$/.test(text) ? (DNS_TYPES.get(Number(text)) ?? text) : text);
}

function proxyEvent(base: EventBase, fields: Fields): OcsfEvent {
  const asker = askerOf(fields);
  const text = told(fields, "url");
  if (text === undefined) throw new MalformedInputError("Umbrella proxy record without a URL");
  const url = splitUrl(withoutQuotes(text));
  const categories = split(told(fields, "categories"));
  if (categories.length > 0) url.categories = categories;
  const rule = told(fields, "ruleid");
  const file = told(fields, "filename");
  return createSession(base, {
    activityId: 6,
    source: clientOf(fields, asker),
    destination: endOf({ ip: address(fields, "destinationip"), hostname: url.hostname, port: url.port }),
    user: asker.user,
    traffic: { bytesOut: count(fields, "requestsize"), bytesIn: count(fields, "responsesize") },
    verdict: verdictOf(fields),
    rule: rule === undefined ? undefined : { uid: rule },
    request: {
      method: told(fields, "requestmethod"),
      url,
      userAgent: told(fields, "useragent"),
      referrer: told(fields, "referer"),
      status: count(fields, "statuscode"),
      contentType: told(fields, "contenttype"),
    },
    file: file === undefined ? undefined : fileOf(file, undefined, told(fields, "sha256")),
    unmapped: unmappedOf(fields, asker, [
      ...["identity", "identitytype", "blockedcategories", "avdetections", "ampdisposition", "ampmalwarename"],
      ...["ampscore", "dlpstatus", "certificateerrors", "isolateaction", "fileaction", "warnstatus", "datacenter"],
    ]),
  });
}

/** Some exporters quote a URL once more, or put it into angle brackets. */
function withoutQuotes(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isQuote(text.charCodeAt(from))) from += 1;
  while (to > from && isQuote(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x3c || code === 0x3e;
}

function flowEvent(base: EventBase, fields: Fields): OcsfEvent {
  const asker = askerOf(fields);
  const source = endOf({ ip: address(fields, "sourceip"), port: port(fields, "sourceport"), hostname: asker.hostname });
  const destination = endOf({
    ip: address(fields, "destinationip"),
    port: port(fields, "destinationport"),
    hostname: told(fields, "fqdns")?.split(",", 1)[0],
  });
  if (source === undefined && destination === undefined)
    throw new MalformedInputError("Umbrella firewall record without an address");
  const direction = told(fields, "direction")?.toUpperCase();
  const verdict = verdictOf(fields);
  const bytesOut = count(fields, "bytessent");
  const rule = told(fields, "ruleid");
  const [first, last] = [told(fields, "firstpacket"), told(fields, "lastpacket")];
  return createSession(base, {
    activityId: verdict === "blocked" ? 5 : 6,
    source,
    destination,
    user: asker.user,
    protocol: told(fields, "protocol"),
    direction: direction === "OUTBOUND" ? 2 : direction === "INBOUND" ? 1 : 0,
    // Without counts of the session there is but the size of one packet.
    traffic:
      bytesOut === undefined
        ? { bytesTotal: count(fields, "packetsize") }
        : {
            bytesOut,
            bytesIn: count(fields, "bytesreceived"),
            packetsOut: count(fields, "packetssent"),
            packetsIn: count(fields, "packetsreceived"),
          },
    startTime: first === undefined ? undefined : parseEpoch(first),
    endTime: last === undefined ? undefined : parseEpoch(last),
    verdict,
    rule: rule === undefined ? undefined : { uid: rule },
    unmapped: unmappedOf(fields, asker, ["originids", "datacenter", "categories", "fqdns", "identity"]),
  });
}

function intrusionEvent(base: EventBase, fields: Fields): OcsfEvent {
  const asker = askerOf(fields);
  const sid = told(fields, "sid");
  const title = told(fields, "message") ?? `signature ${sid ?? "unknown"}`;
  const uid = `${told(fields, "gid") ?? "1"}:${sid ?? "0"}`;
  const category = told(fields, "classification");
  const source = endOf({ ip: address(fields, "sourceip"), port: port(fields, "sourceport") });
  const destination = endOf({ ip: address(fields, "destinationip"), port: port(fields, "destinationport") });
  requireEnd({ source, destination });
  return createEvent(
    2004,
    1,
    { ...base, severity_id: severityOf(told(fields, "severity")) ?? 1 },
    {
      message: title,
      is_alert: true,
      finding_info: {
        title,
        uid: [uid, told(fields, "sessionid") ?? "-", base.time].join(":"),
        types: category === undefined ? undefined : [category],
        analytic: { name: title, uid, type_id: 1, type: "Rule", category },
      },
      ...verdictFields(verdictOf(fields)),
      evidences: [
        {
          src_endpoint: source,
          dst_endpoint: destination,
          actor: asker.user === undefined ? undefined : { user: asker.user },
        },
      ],
      unmapped: unmappedOf(fields, asker, ["cves", "protocol", "signaturelistid"]),
    },
  );
}

/** What data loss prevention saw leave: the record names no address, so the identity stands for the client. */
function dlpEvent(base: EventBase, fields: Fields): OcsfEvent {
  const asker = askerOf(fields);
  const text = told(fields, "url");
  const url = text === undefined ? undefined : splitUrl(withoutQuotes(text));
  const identity = told(fields, "identity", "owner");
  const file = told(fields, "filename");
  const severity = severityOf(told(fields, "severity"));
  const outcome = verdictOf(fields);
  const direction = told(fields, "trafficdirection")?.toUpperCase();
  return createSession(
    { ...base, severity_id: severity },
    {
      activityId: outcome === "blocked" ? 5 : 6,
      source: asker.hostname === undefined ? { name: identity ?? "unknown" } : { hostname: asker.hostname },
      destination: endOf({
        ip: address(fields, "destinationip"),
        hostname: url?.hostname ?? told(fields, "privateresource"),
        port: port(fields, "destinationport") ?? url?.port,
      }),
      user: asker.user ?? userOf(told(fields, "owner")),
      direction: direction === "OUTBOUND" ? 2 : direction === "INBOUND" ? 1 : 0,
      verdict: outcome,
      rule: told(fields, "rulename") === undefined ? undefined : { name: told(fields, "rulename") },
      appName: told(fields, "application"),
      request: { url },
      file: file === undefined ? undefined : contentOf(fields, file),
      unmapped: unmappedOf(fields, asker, [
        ...["id", "detectiontype", "classification", "classifier", "label", "applicationcategory"],
        ...["privateresource", "privateresourcegroup", "destinationprotocol"],
      ]),
    },
  );
}

/** The type is that of the file that was found, not of an answer. */
function contentOf(fields: Fields, name: string): OcsfFile {
  const file = fileOf(name, count(fields, "filesize"), told(fields, "sha256"));
  const type = told(fields, "contenttype");
  if (type !== undefined) file.mime_type = type;
  return file;
}

const SEVERITIES: ReadonlyMap<string, number> = new Map([
  ["info", 2],
  ["low", 2],
  ["warn", 3],
  ["medium", 3],
  ["alert", 4],
  ["high", 4],
  ["critical", 5],
]);

function severityOf(text: string | undefined): number | undefined {
  return SEVERITIES.get(text?.split("/", 1)[0]!.toLowerCase() ?? "");
}

function fileOf(name: string, size: number | undefined, sha256: string | undefined): OcsfFile {
  const file: OcsfFile = { name, type_id: 1 };
  if (size !== undefined) file.size = size;
  if (sha256 !== undefined && /^[0-9A-Fa-f]{64}$/.test(sha256))
    file.hashes = [{ algorithm_id: 3, algorithm: "SHA-256", value: sha256.toLowerCase() }];
  return file;
}

function verdictOf(fields: Fields): Verdict | undefined {
  const action = told(fields, "action")?.toLowerCase();
  return action === undefined ? undefined : VERDICTS.get(action);
}

/** The client inside, and the address it shows outside. */
function clientOf(fields: Fields, { hostname }: Asker): OcsfEndpoint | undefined {
  const internal = address(fields, "internalip");
  const external = address(fields, "externalip");
  return endOf({ ip: internal ?? external, hostname, translatedIp: internal === undefined ? undefined : external });
}

function askerOf(fields: Fields): Asker {
  const types = split(told(fields, "identitytypes") ?? told(fields, "identitytype"));
  const identity = told(fields, "identity");
  const identities = identitiesOf(identity, told(fields, "identities"));
  let user: OcsfUser | undefined;
  let hostname: string | undefined;
  const others: string[] = [];
  const typed = types.length === identities.length;
  for (let at = 0; at < identities.length; at += 1) {
    const name = identities[at]!;
    const type = typed ? types[at]! : name === identity ? (types[0] ?? "") : "";
    if (PERSON.test(type) || (type === "" && /\([^\s()@]{1,64}@[^\s()@]{1,190}\)$/.test(name))) user ??= userOf(name);
    else if (MACHINE.test(type)) hostname ??= hostnameOf(name);
    else others.push(name);
  }
  return { user, hostname: hostname !== undefined && /^[^\s,]{1,255}$/.test(hostname) ? hostname : undefined, others };
}

/** A person's name may hold commas; it is the identity that comes first. */
function identitiesOf(identity: string | undefined, list: string | undefined): string[] {
  if (list === undefined) return identity === undefined ? [] : [identity];
  if (identity !== undefined && identity.includes(",") && list.startsWith(identity))
    return [identity, ...split(list.slice(identity.length).replace(/^,/, ""))];
  return split(list);
}

function split(list: string | undefined): string[] {
  return list === undefined
    ? []
    : list
        .split(",", 64)
        .map((name) => name.trim())
        .filter((name) => name !== "");
}

/** `Doe, Jane (jane.doe@acme.example)`, `jane.doe@acme.example`, `ACME\jane`, `jane`. */
function userOf(text: string | undefined): OcsfUser | undefined {
  if (text === undefined || text === "") return undefined;
  const match = /^(.{1,255}?) ?\(([^\s()@\\]{1,64}@[^\s()@]{1,190})\)$/.exec(text);
  if (match === null) return loginOf(text);
  return { ...loginOf(match[2]), full_name: match[1]! };
}

function unmappedOf(fields: Fields, { others }: Asker, names: readonly string[]): Record<string, unknown> | undefined {
  const left = leftOver(fields, names);
  return others.length === 0 ? left : { ...left, networks: others };
}
