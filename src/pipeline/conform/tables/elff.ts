/**
 * Identifiers of extended log files as web proxies write them (Blue Coat ProxySG and Cloud SWG, Netskope transactions), in one
 * spelling: lower case, `cs(User-Agent)` as `cs-user-agent`, underscores as hyphens. Most telling first.
 *
 * @see https://techdocs.broadcom.com/us/en/symantec-security-software/web-and-network-security/edge-swg/7-3/log-formats.html
 * @see https://docs.netskope.com/en/transaction-events-fields/
 */

export type ElffField =
  | "date"
  | "time"
  | "epoch"
  | "localTime"
  | "timeTaken"
  | "clientIp"
  | "localIp"
  | "clientPort"
  | "user"
  | "groups"
  | "proxyIp"
  | "proxyName"
  | "serverIp"
  | "serverPort"
  | "supplier"
  | "method"
  | "scheme"
  | "host"
  | "port"
  | "path"
  | "query"
  | "uri"
  | "url"
  | "version"
  | "referrer"
  | "agent"
  | "status"
  | "contentType"
  | "bytesOut"
  | "bytesIn"
  | "bytesTotal"
  | "action"
  | "filterResult"
  | "policyAction"
  | "policy"
  | "exception"
  | "categories"
  | "app"
  | "operation"
  | "virus"
  | "deviceName"
  | "deviceOs"
  | "sni"
  | "tlsVersion"
  | "tlsCipher"
  | "ja3"
  | "transaction"
  | "session"
  | "forwardedFor"
  | "object"
  | "instance"
  | "error";

export const ELFF_NAMES: Readonly<Record<ElffField, readonly string[]>> = {
  date: ["date"],
  time: ["time"],
  epoch: ["x-cs-timestamp", "timestamp", "x-timestamp-unix", "x-timestamp-unix-utc"],
  localTime: ["localtime", "gmttime"],
  timeTaken: ["time-taken"],
  clientIp: ["c-ip", "cs-ip", "x-cs-src-ip", "x-client-address"],
  localIp: ["x-cs-userip", "x-cs-client-effective-ip"],
  clientPort: ["c-port", "x-cs-src-port"],
  user: ["cs-username", "cs-userdn", "cs-user", "x-cs-user-authorization-name"],
  groups: ["cs-auth-group", "cs-auth-groups"],
  proxyIp: ["s-ip"],
  proxyName: ["s-computername", "x-bluecoat-appliance-name", "x-s-dp-name", "s-dns", "s-sitename"],
  serverIp: ["r-ip", "s-supplier-ip", "x-cs-dst-ip", "cs-uri-address"],
  serverPort: ["r-port", "x-cs-dst-port"],
  supplier: ["s-supplier-name", "r-dns"],
  method: ["cs-method", "c-method"],
  scheme: ["cs-uri-scheme", "cs-protocol"],
  host: ["cs-host", "cs-uri-host", "cs-uri-hostname", "c-uri-hostname", "x-cs-connect-host", "cs-dns"],
  port: ["cs-uri-port", "c-uri-port"],
  path: ["cs-uri-path", "x-cs-uri-path", "c-uri-path", "cs-uri-stem"],
  query: ["cs-uri-query", "c-uri-query"],
  uri: ["cs-uri"],
  url: ["x-cs-url", "c-url", "c-uri", "url"],
  version: ["cs-version", "x-cs-http-version"],
  referrer: ["cs-referer"],
  agent: ["cs-user-agent"],
  status: ["sc-status"],
  contentType: ["rs-content-type", "sc-content-type"],
  bytesOut: ["cs-bytes"],
  bytesIn: ["sc-bytes"],
  bytesTotal: ["bytes"],
  action: ["s-action"],
  filterResult: ["sc-filter-result"],
  policyAction: ["x-policy-action"],
  policy: ["x-policy-name", "x-bluecoat-policy-name"],
  exception: ["x-exception-id"],
  categories: ["cs-categories", "sc-filter-category", "cs-category", "x-category"],
  app: ["x-cs-app", "x-bluecoat-application-name"],
  operation: ["x-cs-app-activity", "x-bluecoat-application-operation"],
  virus: ["x-virus-id"],
  deviceName: ["x-client-device-name", "x-c-device-name", "x-c-hostname"],
  deviceOs: ["x-c-os", "x-client-os"],
  sni: ["x-cs-sni", "x-cs-ssl-sni"],
  tlsVersion: ["x-cs-ssl-version", "x-cs-connection-negotiated-ssl-version", "x-rs-connection-negotiated-ssl-version"],
  tlsCipher: ["x-cs-ssl-cipher", "x-cs-connection-negotiated-cipher", "x-rs-connection-negotiated-cipher"],
  ja3: ["x-cs-ssl-ja3"],
  transaction: ["x-transaction-id", "x-bluecoat-transaction-uuid", "x-bluecoat-transaction-id"],
  session: ["x-cs-session-id"],
  forwardedFor: ["cs-x-forwarded-for", "x-cs-ip-xff"],
  object: ["x-cs-app-object-name"],
  instance: ["x-cs-app-instance-id"],
  error: ["x-error"],
};

/** `OBSERVED`, `PROXIED`, `DENIED`: what stands in sc-filter-result, and nowhere else in the default formats. */
const FILTER_RESULT = /^(?:OBSERVED|PROXIED|DENIED)$/;

const HEAD = ["date", "time", "time-taken", "c-ip"] as const;
const REQUEST = ["cs-method", "rs(Content-Type)", "cs-uri-scheme", "cs-host", "cs-uri-port"] as const;
const SIZES = ["cs(User-Agent)", "s-ip", "sc-bytes", "cs-bytes", "x-virus-id"] as const;
const REPORTER_TAIL = [
  ...["x-threat-source-cs", "x-threat-id-cs", "x-threat-source-rs", "x-threat-id-rs"],
  ...["x-bluecoat-application-name", "x-bluecoat-application-operation", "x-bluecoat-application-groups"],
  ...["cs-threat-risk", "x-bluecoat-access-security-policy-action", "x-bluecoat-access-security-policy-reason"],
  ...["x-bluecoat-transaction-uuid", "x-icap-reqmod", "x-icap-respmod"],
] as const;

/**
 * Which default format of ProxySG a line without a header is in, by the place of its filter result: `main` holds the sizes at
 * the front, the reporter's formats (`bcreportermain_v1`, `bcreporterssl_v1`) at the end. null where none is like it.
 */
export function proxySgShape(values: readonly string[]): string | null {
  let at = 4;
  while (at <= 24 && !FILTER_RESULT.test(values[at] ?? "")) at += 1;
  if (at > 24) return null;
  if (/^\d{1,3}$/.test(values[4] ?? "") && /^[A-Z_]{3,60}$/.test(values[5] ?? ""))
    return HIERARCHY.test(values[16] ?? "") ? `main ${at}h` : `main ${at}`;
  return /^\d{1,3}$/.test(values[at + 2] ?? "") ? `ssl ${at}` : `reporter ${at}`;
}

const HIERARCHY = /^(?:DIRECT|NONE|[A-Z_]*(?:PARENT|SIBLING|GATEWAY)[A-Z_]*)$/;

/** The columns of such a format; null where the filter result stands in no known place. */
export function proxySgColumns(shape: string): readonly string[] | null {
  const [kind, place] = shape.split(" ") as [string, string];
  if (kind === "main") {
    const between = MAIN_BETWEEN.get(place);
    return between === undefined
      ? null
      : [...MAIN_HEAD, ...between, "sc-filter-result", "cs-categories", "x-virus-id", "s-ip"];
  }
  const at = Number(place);
  const front = REPORTER_FRONT.get(at);
  if (front === undefined) return null;
  const request =
    kind === "ssl"
      ? ["sc-status", "s-action", ...REQUEST, "cs-uri-extension"]
      : ["cs(Referer)", "sc-status", "s-action", ...REQUEST, "cs-uri-path", "cs-uri-query", "cs-uri-extension"];
  const tail = kind === "ssl" || at < 9 ? [] : REPORTER_TAIL;
  return [...HEAD, ...front, "sc-filter-result", "cs-categories", ...request, ...SIZES, ...tail];
}

const MAIN_HEAD = [
  ...HEAD,
  ...["sc-status", "s-action", "sc-bytes", "cs-bytes", "cs-method", "cs-uri-scheme", "cs-host", "cs-uri-port"],
  ...["cs-uri-path", "cs-uri-query", "cs-username", "cs-auth-group"],
] as const;

/** Between the group and the filter result, by the place of the latter; `h` where a hierarchy code stands first. */
const MAIN_BETWEEN: ReadonlyMap<string, readonly string[]> = new Map([
  ["19", ["s-supplier-name", "rs(Content-Type)", "cs(Referer)"]],
  ["19h", ["s-hierarchy", "s-supplier-name", "rs(Content-Type)"]],
  ["20", ["s-supplier-name", "rs(Content-Type)", "cs(Referer)", "cs(User-Agent)"]],
  ["20h", ["s-hierarchy", "s-supplier-name", "rs(Content-Type)", "cs(User-Agent)"]],
  ["21", ["s-hierarchy", "s-supplier-name", "rs(Content-Type)", "cs(Referer)", "cs(User-Agent)"]],
  ["21h", ["s-hierarchy", "s-supplier-name", "rs(Content-Type)", "cs(Referer)", "cs(User-Agent)"]],
]);

const REPORTER_FRONT: ReadonlyMap<number, readonly string[]> = new Map([
  [7, ["cs-username", "cs-auth-group", "x-exception-id"]],
  [8, ["cs(X-Forwarded-For)", "cs-username", "cs-auth-group", "x-exception-id"]],
  [
    11,
    [
      ...["cs-username", "cs-auth-group", "s-supplier-name", "s-supplier-ip", "s-supplier-country"],
      ...["s-supplier-failures", "x-exception-id"],
    ],
  ],
]);
