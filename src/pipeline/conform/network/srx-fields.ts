/**
 * A Junos security log record (RT_FLOW, RT_UTM, RT_IDP, RT_AAMW, RT_SECINTEL) -> its name and fields, under the names of
 * structured syslog. Event-mode text holds the same values in a fixed order.
 *
 * @see https://apps.juniper.net/syslog-explorer/
 */
import { readKeyValues } from "../decoders/key-value.ts";
import type { Fields } from "./fields.ts";

export interface SrxRecord {
  /** `RT_FLOW_SESSION_CLOSE`, without the `_LS` of logical systems. */
  readonly name: string;
  readonly fields: Fields;
}

const NAME =
  /\b((?:RT_FLOW|APPTRACK)_SESSION_[A-Z_]{3,20}|WEBFILTER_[A-Z_]{3,40}|(?:AV|ANTISPAM|CONTENT_FILTERING)_[A-Z_]{3,60}|IDP_[A-Z_]{3,60}|RT_SCREEN_[A-Z_]{2,30}|(?:SRX_)?AAMW_[A-Z_]{3,40}|SECINTEL_[A-Z_]{3,40})(?=:| \[| session)/;

/** The daemon that writes them, or a name that only it uses. */
const SPEAKER = /\bRT_(?:FLOW|UTM|IDP|IDS|AAMW|SECINTEL)\b|_SESSION_(?:CREATE|CLOSE|DENY)/;

/** From the first `RT_`, which a host's name may hold, to the end of the record's name. */
const LONGEST_HEAD = 400;

const LONGEST_ADDRESS = "[0-9A-Fa-f.:]{2,45}";

/**
 * Everything up to the session id: addresses, service, AppTrack's applications, translated addresses, NAT rules (0 to 8 words),
 * protocol, policy, zones.
 */
const SESSION = new RegExp(
  `(${LONGEST_ADDRESS})/(\\d{1,5})->(${LONGEST_ADDRESS})/(\\d{1,5})(?: 0x[0-9a-f]{1,8})? (\\S{1,128})(?: ([^\\s>]{1,128}) ([^\\s>]{1,128}))?` +
    `(?: (${LONGEST_ADDRESS})/(\\d{1,5})->(${LONGEST_ADDRESS})/(\\d{1,5})(?: 0x[0-9a-f]{1,8})?)?` +
    `((?: [^\\s>]{1,128}){0,8}?) (\\d{1,3}) (\\S{1,128}) (\\S{1,128}) (\\S{1,128}) (\\d{1,20})(?= |$)`,
);

/** Behind the session id of a closed session: packets(bytes) of either side, seconds. */
const COUNTERS = /^ (\d{1,20})\((\d{1,20})\) (\d{1,20})\((\d{1,20})\) (\d{1,20})/;

const DENIED = new RegExp(
  `(${LONGEST_ADDRESS})/(\\d{1,5})->(${LONGEST_ADDRESS})/(\\d{1,5})(?: 0x[0-9a-f]{1,8})? (\\S{1,128}) (\\d{1,3})\\((\\d{1,3})\\) (\\S{1,128}) (\\S{1,128}) (\\S{1,128})(?: (\\S{1,128}) (\\S{1,128}))?`,
);

const USER = / ([^\s()]{1,128})\(([^()]{0,256})\)/;

const UTM_ENDS = new RegExp(`(${LONGEST_ADDRESS})\\((\\d{1,5})\\)->(${LONGEST_ADDRESS})\\((\\d{1,5})\\)`);

/** null for a line that holds no record of a security log. */
export function readSrx(line: string): SrxRecord | null {
  const found = findName(line);
  if (found === null) return null;
  const name = found.name.endsWith("_LS") ? found.name.slice(0, -3) : found.name;
  const at = found.end;
  const bracket = line.indexOf("[junos@", at);
  if (bracket !== -1 && bracket - at < 4)
    return { name, fields: readKeyValues(plainQuotes(line.slice(line.indexOf(" ", bracket) + 1))) };
  const text = line.slice(at);
  if (name.startsWith("WEBFILTER")) return { name, fields: webFilterText(text) };
  return { name, fields: name.endsWith("_DENY") ? deniedText(text) : sessionText(text, !name.endsWith("_CREATE")) };
}

/** Records that went through a word processor or a web page have typographic quotes. */
function plainQuotes(text: string): string {
  return /=[\u201c\u201d]/.test(text) ? text.replace(/[\u201c\u201d]/g, '"') : text;
}

/** Cheap: whether a line holds a record's name. */
export function holdsSrxRecord(line: string): boolean {
  return findName(line) !== null;
}

/** The name stands right behind the daemon's, `RT_FLOW`, or begins with it. */
function findName(line: string): { readonly name: string; readonly end: number } | null {
  const daemon = line.indexOf("RT_");
  const from = daemon === -1 ? line.indexOf("APPTRACK_SESSION_") : daemon;
  if (from === -1) return null;
  const head = line.slice(from, from + LONGEST_HEAD);
  const match = NAME.exec(head);
  if (match === null || !SPEAKER.test(head)) return null;
  return { name: match[1]!, end: from + match.index + match[0].length };
}

function sessionText(text: string, isCounted: boolean): Fields {
  const fields = new Map<string, string>();
  const match = SESSION.exec(text);
  if (match === null) return fields;
  const reason = / closed ([^:]{1,60}):/.exec(text.slice(0, match.index));
  if (reason !== null) fields.set("reason", reason[1]!);
  const [whole, source, sourcePort, destination, destinationPort, service, application, nested] = match;
  put(fields, "source-address", source);
  put(fields, "source-port", sourcePort);
  put(fields, "destination-address", destination);
  put(fields, "destination-port", destinationPort);
  put(fields, "service-name", service);
  put(fields, "application", application);
  put(fields, "nested-application", nested);
  put(fields, "nat-source-address", match[8]);
  put(fields, "nat-source-port", match[9]);
  put(fields, "nat-destination-address", match[10]);
  put(fields, "nat-destination-port", match[11]);
  put(fields, "protocol-id", match[13]);
  put(fields, "policy-name", match[14]);
  put(fields, "source-zone-name", match[15]);
  put(fields, "destination-zone-name", match[16]);
  put(fields, "session-id-32", match[17]);
  readTail(fields, text.slice(match.index + whole.length), isCounted);
  return fields;
}

/** Closed: `10(550) 9(709) 1 HTTP UNKNOWN user(roles) interface …`; created: `user(roles) interface application nested …`. */
function readTail(fields: Map<string, string>, tail: string, isCounted: boolean): void {
  const counters = isCounted ? COUNTERS.exec(tail) : null;
  if (isCounted && counters === null) return;
  if (counters !== null) {
    put(fields, "packets-from-client", counters[1]);
    put(fields, "bytes-from-client", counters[2]);
    put(fields, "packets-from-server", counters[3]);
    put(fields, "bytes-from-server", counters[4]);
    put(fields, "elapsed-time", counters[5]);
  }
  const rest = counters === null ? tail : tail.slice(counters[0].length);
  const user = USER.exec(rest);
  if (user === null) return;
  put(fields, "username", user[1]);
  put(fields, "roles", user[2]);
  const before = rest.slice(0, user.index).trim().split(" ", 2);
  const after = rest
    .slice(user.index + user[0].length)
    .trim()
    .split(" ", 3);
  put(fields, "packet-incoming-interface", after[0]);
  const [application, nested] = counters === null ? [after[1], after[2]] : before;
  if (!fields.has("application")) put(fields, "application", application);
  if (!fields.has("nested-application")) put(fields, "nested-application", nested);
}

function deniedText(text: string): Fields {
  const fields = new Map<string, string>();
  const match = DENIED.exec(text);
  if (match === null) return sessionText(text, false);
  const [whole, source, sourcePort, destination, destinationPort, service, protocol, , policy, from, to] = match;
  put(fields, "source-address", source);
  put(fields, "source-port", sourcePort);
  put(fields, "destination-address", destination);
  put(fields, "destination-port", destinationPort);
  put(fields, "service-name", service);
  put(fields, "protocol-id", protocol);
  put(fields, "policy-name", policy);
  put(fields, "source-zone-name", from);
  put(fields, "destination-zone-name", to);
  put(fields, "application", match[11]);
  put(fields, "nested-application", match[12]);
  const rest = text.slice(match.index + whole.length);
  const user = USER.exec(rest);
  if (user !== null) {
    put(fields, "username", user[1]);
    put(
      fields,
      "packet-incoming-interface",
      rest
        .slice(user.index + user[0].length)
        .trim()
        .split(" ", 1)[0],
    );
  }
  const reason = /\b(Denied by [A-Za-z ]{3,40}|Rejected by [A-Za-z ]{3,40})/.exec(rest);
  put(fields, "reason", reason?.[1]?.trim());
  return fields;
}

/** `WebFilter: ACTION="URL Blocked" a(p)->b(p) CATEGORY="…" REASON="…" PROFILE="…" URL=… OBJ=… username … roles …`. */
function webFilterText(text: string): Fields {
  const fields = new Map<string, string>();
  const ends = UTM_ENDS.exec(text);
  if (ends !== null) {
    put(fields, "source-address", ends[1]);
    put(fields, "source-port", ends[2]);
    put(fields, "destination-address", ends[3]);
    put(fields, "destination-port", ends[4]);
  }
  for (const [key, value] of readKeyValues(text)) fields.set(key.toLowerCase(), value);
  const user = /\b(?:username|USERNAME)[ =](\S{1,128})/.exec(text);
  if (user !== null) fields.set("username", user[1]!);
  return fields;
}

function put(fields: Map<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined && value !== "") fields.set(name, value);
}
