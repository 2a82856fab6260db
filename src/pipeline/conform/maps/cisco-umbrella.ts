/**
 * Cisco Umbrella and Secure Access -> DNS, HTTP and Network Activity, Detection Finding, API Activity: the CSV files of their S3 export
 * (DNS, proxy, cloud firewall, IP, intrusion, DLP, admin audit; with or without a header row) and the same records as JSON.
 *
 * @see https://docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning
 */
import type { JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap } from "../define-map.ts";
import { splitCsv } from "../decoders/csv.ts";
import { isIpAddress } from "../decoders/ip-address.ts";
import type { Fields } from "../network/fields.ts";
import { isUmbrellaAudit, umbrellaAuditEvent } from "../network/umbrella-audit.ts";
import { umbrellaEvent } from "../network/umbrella.ts";
import { UMBRELLA_COLUMNS, UMBRELLA_SYNONYMS, type UmbrellaKind } from "../tables/umbrella-columns.ts";

const START = /^"?\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"?, ?"?/;
const HEADER =
  /^"?timestamp"?, ?"?(?:most granular identity|policy identity label|origin ids|identity|identities|detection|event type)\b/i;
const DIGITS = /^\d{1,10}$/;
const MAX_MEMBERS = 64;

const PRODUCT = { name: "Umbrella", vendor_name: "Cisco" } as const;

export default defineMap({
  id: "cisco-umbrella",
  title: "Cisco Umbrella and Secure Access logs",
  product: PRODUCT,
  reference: "https://docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning",
  lane: "network",
  exporting:
    "Admin, Log management: logs to an S3 bucket of Cisco's or your own; take the newest schema version. The " +
    "folders dnslogs, proxylogs, iplogs and firewall logs are read as they are, gzip included.",
  limits: [
    "DNS records hold no answers and no bytes.",
    "Firewall records of schemas before version 10 count one packet, not the session.",
    "Without the directory connector identities are networks, not people.",
    "The columns of a line tell which log it is from; of IP logs only their number and kind do.",
  ],
  recognise({ json, body }) {
    if (json !== null) return kindOfJson(json) === null ? 0 : 0.9;
    if (!START.test(body)) return HEADER.test(body) || isUmbrellaAudit(body) ? 0.9 : 0;
    const kind = kindOf(columnsOf(body));
    return kind === null ? 0 : kind === "ip" ? 0.85 : 0.95;
  },
  conform({ json, body }) {
    if (json !== null) {
      const kind = kindOfJson(json);
      if (kind === null) throw new MalformedInputError("not a record of Umbrella's");
      return umbrellaEvent(kind, fieldsOfJson(json));
    }
    if (HEADER.test(body)) return null;
    const columns = columnsOf(body);
    if (isUmbrellaAudit(body)) return umbrellaAuditEvent(PRODUCT, columns);
    const kind = START.test(body) ? kindOf(columns) : null;
    if (kind === null) throw new MalformedInputError("not a line of a log of Umbrella's");
    return umbrellaEvent(kind, fieldsOf(kind, columns));
  },
});

/** Cisco writes a blank between some of the columns, before the quote. */
function columnsOf(body: string): string[] {
  return splitCsv(body.includes('", "') ? body.replaceAll('", "', '","') : body);
}

function fieldsOf(kind: UmbrellaKind, columns: readonly string[]): Fields {
  const names = UMBRELLA_COLUMNS[kind];
  const fields = new Map<string, string>();
  for (let at = 0; at < columns.length && at < names.length; at += 1) fields.set(names[at]!, columns[at]!);
  return fields;
}

/** What only one kind of log has in a column. */
function kindOf(columns: readonly string[]): UmbrellaKind | null {
  const [, second, third, fourth, fifth, sixth, seventh, eighth] = columns as readonly (string | undefined)[];
  if (seventh === undefined) return null;
  if (/^(?:Allowed|Blocked|Proxied)/i.test(sixth!) && /^\d{1,5} \([A-Za-z0-9-]{1,16}\)$/.test(seventh)) return "dns";
  if (
    /^(?:ALLOWED|BLOCKED|WARNED)$/i.test(seventh) &&
    eighth !== undefined &&
    isAddressColumn(third!) &&
    isAddressColumn(fourth!)
  )
    return "proxy";
  if (/^(?:IN|OUT)BOUND$/.test(fifth!) && DIGITS.test(sixth!)) return "firewall";
  if (/^(?:Real Time|SaaS API|AI)/i.test(second!) && /^(?:LOW|MEDIUM|HIGH|CRITICAL|ALERT|INFO|WARN)/i.test(fourth!))
    return "dlp";
  if (
    columns.length >= 17 &&
    DIGITS.test(fourth!) &&
    DIGITS.test(fifth!) &&
    /^(?:LOW|MEDIUM|HIGH|CRITICAL|NONE)/i.test(eighth!)
  )
    return "intrusion";
  if (
    columns.length >= 7 &&
    columns.length <= 9 &&
    isIpAddress(third!) &&
    DIGITS.test(fourth!) &&
    isIpAddress(fifth!) &&
    DIGITS.test(sixth!)
  )
    return "ip";
  return null;
}

function isAddressColumn(text: string): boolean {
  return text === "" || isIpAddress(text);
}

function kindOfJson(json: JsonObject): UmbrellaKind | null {
  const has = (...names: readonly string[]) => names.some((name) => Object.hasOwn(json, name));
  if (
    has("internalIp", "InternalIp_s", "internalip", "InternalIP_s") &&
    has("externalIp", "ExternalIp_s", "externalip", "ExternalIP_s")
  ) {
    if (has("url", "URL_s", "Url_s")) return "proxy";
    return has("domain", "Domain_s") ? "dns" : null;
  }
  if (has("originIds", "originids") && has("direction")) return "firewall";
  return null;
}

/** Names in one spelling; lists of identities as text, their types beside them. */
function fieldsOfJson(json: JsonObject): Fields {
  const fields = new Map<string, string>();
  const keys = Object.keys(json);
  for (let at = 0; at < keys.length && at < MAX_MEMBERS; at += 1) {
    const key = keys[at]!;
    const plain = key
      .replace(/_[stdbg]$/, "")
      .replace(/[_ -]/g, "")
      .toLowerCase();
    const name = UMBRELLA_SYNONYMS.get(plain) ?? plain;
    const value = json[key];
    if (typeof value === "string" || typeof value === "number") fields.set(name, String(value));
    else if (Array.isArray(value)) addList(fields, name, value);
  }
  return fields;
}

function addList(fields: Map<string, string>, name: string, list: readonly unknown[]): void {
  const labels: string[] = [];
  const types: string[] = [];
  for (const item of list.slice(0, MAX_MEMBERS)) {
    if (typeof item === "string") labels.push(item);
    else if (typeof item === "object" && item !== null && Object.hasOwn(item, "label")) {
      const { label, type } = item as { label: unknown; type?: unknown };
      labels.push(String(label).replaceAll(",", " "));
      const kind =
        typeof type === "object" && type !== null && Object.hasOwn(type, "type")
          ? (type as { type: unknown }).type
          : type;
      types.push(typeof kind === "string" ? kind : "-");
    }
  }
  fields.set(name, labels.join(","));
  if (name === "identities" && types.length === labels.length) fields.set("identitytypes", types.join(","));
}
