/**
 * One record of a Zscaler NSS feed in any of its output types -> its feed and its fields by name: JSON (Splunk's
 * `sourcetype`/`event` envelope or flat), `key=value` parted by tabs or blanks, CEF, LEEF, comma-separated values.
 */
import type { JsonObject } from "../../../model/activity.ts";
import { parseCef, labelled } from "../decoders/cef.ts";
import { splitCsv } from "../decoders/csv.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { parseLeef } from "../decoders/leef.ts";
import { object, text, textOf } from "../read-json.ts";
import {
  NSS_CSV_DNS,
  NSS_CSV_FIREWALL,
  NSS_CSV_WEB,
  NSS_KNOWN_NAMES,
  NSS_NAMES,
  type NssField,
} from "../tables/zscaler.ts";

/** `other`: a feed that is no traffic (audit, SaaS security, DLP incidents, alerts). */
export type NssFeed = "web" | "firewall" | "dns" | "tunnel" | "other";

export interface NssRecord {
  readonly feed: NssFeed;
  /** Trimmed; undefined where the feed has no such field or writes that there is nothing (`None`, `NA`). */
  get(field: NssField): string | undefined;
}

const NOTHING: ReadonlySet<string> = new Set(["", "-", "None", "NA", "N/A", "N.A", "NotAvailable", "NotFound"]);

/** The feed of a JSON record by what its envelope or its fields say; null when it is none of Zscaler's. */
export function nssJsonFeed(json: JsonObject): NssFeed | null {
  const sourcetype = text(json, "sourcetype");
  if (sourcetype !== undefined) {
    if (!/^zscaler/i.test(sourcetype)) return null;
    if (object(json, "event") === undefined) return null;
    return feedNamed(sourcetype) ?? "other";
  }
  const has = (name: string) => Object.hasOwn(json, name);
  const own = (has("product") && text(json, "product") === "NSS") || text(json, "vendor") === "Zscaler";
  return own || isDistinct(has) ? feedByNames(has) : null;
}

export function readNssJson(json: JsonObject, feed: NssFeed): NssRecord {
  const inner = (text(json, "sourcetype") === undefined ? undefined : object(json, "event")) ?? json;
  const values = new NssValues();
  for (const name in inner) {
    const value = textOf(inner, name);
    if (value !== undefined) values.put(name, value);
  }
  return values.record(feed);
}

/** CEF or LEEF of Zscaler's; null for anything else. */
export function readNssHeadered(body: string): NssRecord | null {
  const cef = body.includes("|Zscaler|") ? parseCef(body) : null;
  if (cef !== null && cef.vendor === "Zscaler") {
    const labels = labelled(cef);
    const { extension } = cef;
    const values = new NssValues();
    for (const [name, value] of labels) values.put(name, value);
    for (const [name, value] of extension) if (!labels.has(name)) values.put(name, value);
    const has = (name: string) => labels.has(name) || extension.has(name);
    const feed = feedNamed(cef.product) ?? feedByNames(has) ?? "other";
    // The firewall's template has the rule in the place of the event's name.
    if (feed === "firewall" && !has("rulelabel")) values.put("rulelabel", cef.name);
    return values.record(feed);
  }
  const leef = body.includes("|Zscaler|") ? parseLeef(body) : null;
  if (leef === null || leef.vendor !== "Zscaler") return null;
  const { attributes } = leef;
  const values = new NssValues();
  // QRadar's template writes the action as the category.
  for (const [name, value] of attributes) values.put(name === "cat" ? "act" : name, value);
  return values.record(feedNamed(leef.product) ?? feedByNames((name) => attributes.has(name)) ?? "other");
}

/** Names that only NSS templates write: two of them make a line Zscaler's. */
const DISTINCT =
  /(?:^|[\t ",])(?:product="?NSS\b|vendor="?Zscaler\b|clientpublicI[Pp]=|ClientIP=|urlsupercategory=|urlsupercat=|dlpdictionaries=|bwthrottle=|clienttranstime=|servertranstime=|nsssvcip=|transactionsize=|threatclass=|unscannabletype=)/g;

export function looksLikeNssPairs(body: string): boolean {
  if (!body.includes("=")) return false;
  DISTINCT.lastIndex = 0;
  return DISTINCT.test(body) && DISTINCT.test(body);
}

/** `key=value` pairs; a time without a name before them is the record's. */
export function readNssPairs(body: string): NssRecord | null {
  const text = !body.includes("\t") && body.includes("#011") ? body.replaceAll("#011", "\t") : body;
  const first = /(?:^|[\t ])([A-Za-z][A-Za-z0-9_]{1,40})=/.exec(text);
  if (first === null) return null;
  const start = first.index + (first[0].length - first[1]!.length - 1);
  const before = text.slice(0, start).trim();
  const rest = text.slice(start);
  const pairs = rest.includes("\t") ? readKeyValues(rest, { delimiter: "\t" }) : readBlankPairs(rest);
  if (pairs.size < 3) return null;
  const stamp = /(?:^|\s)(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}\S{0,12})$/.exec(before)?.[1] ?? before;
  const values = new NssValues();
  for (const [name, value] of pairs) values.put(name, value);
  if (!pairs.has("time") && !pairs.has("datetime")) values.put("datetime", stamp);
  return values.record(feedByNames((name) => pairs.has(name)) ?? "web");
}

const NEXT_KEY = /[\t ]([A-Za-z][A-Za-z0-9_]{1,40})=/g;

/** Values hold blanks here: one reaches to the next word with an equals sign, a quoted one to its closing quote. */
function readBlankPairs(line: string): Map<string, string> {
  const pairs = new Map<string, string>();
  let equals = line.indexOf("=");
  let key = line.slice(0, equals);
  while (pairs.size < 256) {
    let from = equals + 1;
    if (line.charCodeAt(from) === 0x22) {
      const close = line.indexOf('"', from + 1);
      if (close !== -1) from = close + 1;
    }
    NEXT_KEY.lastIndex = from;
    const next = NEXT_KEY.exec(line);
    const value = line.slice(equals + 1, next === null ? line.length : next.index).trim();
    if (!pairs.has(key)) pairs.set(key, value.replace(/^"([^]*)"$/, "$1"));
    if (next === null) return pairs;
    key = next[1]!;
    equals = next.index + next[0].length - 1;
  }
  return pairs;
}

/** Few orders are in use at a time: what feed each is of, is worked out once. */
const feeds = new WeakMap<readonly string[], NssFeed>();

function feedOfColumns(columns: readonly string[]): NssFeed {
  let feed = feeds.get(columns);
  if (feed === undefined) feeds.set(columns, (feed = feedByNames((name) => columns.includes(name)) ?? "web"));
  return feed;
}

/** A line of comma-separated values below a header, or in the default order; null when it is neither. */
export function readNssCsv(body: string, header: readonly string[] | null): NssRecord | null {
  const values = columnsOf(body);
  const columns = header !== null && values.length === header.length ? header : defaultColumns(values);
  if (columns === null) return null;
  const record = new NssValues();
  for (let index = 0; index < columns.length && index < values.length; index += 1)
    record.put(columns[index]!, values[index]!);
  return record.record(feedOfColumns(columns));
}

/** `time,login,…`, or the feed's output format itself: `"%s{time}","%s{login}",…`, with or without `#` before it. */
export function nssCsvHeader(line: string): readonly string[] | null {
  // Names begin with a letter, formats with `%`, comments with `#`: a row's quoted time does not get further.
  if (line.length > 16_384 || !/^(?:[A-Za-z_]{2,40},|#|"?%)/.test(line) || !line.includes(",")) return null;
  const names = splitCsv(line.replace(/^#\s*(?:[A-Za-z_ -]{1,30}:)?\s*/, "")).map((name) =>
    name.trim().replace(/^%[0-9.]*[a-z]{1,3}\{([A-Za-z0-9_]+)\}$/, "$1"),
  );
  if (names.length < 5 || !names.every((name) => /^[A-Za-z][A-Za-z0-9_]{0,40}$/.test(name))) return null;
  const known = names.filter((name) => NSS_KNOWN_NAMES.has(name)).length;
  const has = (name: string) => names.includes(name);
  return known >= 5 && known * 2 >= names.length && (isDistinct(has) || line.includes("%s{")) ? names : null;
}

export function looksLikeNssCsv(body: string): boolean {
  return CSV_START.test(body) && defaultColumns(columnsOf(body)) !== null;
}

/** The line split last: whose it is, is asked before it is read. */
let lastBody = "";
let lastColumns: readonly string[] = [];

function columnsOf(body: string): readonly string[] {
  if (body !== lastBody) {
    lastColumns = splitCsv(body);
    lastBody = body;
  }
  return lastColumns;
}

const CSV_START = /^"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d{2}:\d{2}:\d{2} \d{4}",/;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+)$/;

function defaultColumns(values: readonly string[]): readonly string[] | null {
  const isAddress = (...indexes: number[]) => indexes.every((index) => ADDRESS.test(values[index] ?? ""));
  const isCount = (...indexes: number[]) => indexes.every((index) => /^\d{1,19}$/.test(values[index] ?? ""));
  if (values.length >= 25 && isAddress(21, 22) && isCount(7, 8)) return NSS_CSV_WEB;
  if (values.length >= 30 && isAddress(8, 9, 10, 11) && isCount(4, 5, 26, 27)) return NSS_CSV_FIREWALL;
  return values.length >= 16 && isAddress(13, 14) && isCount(11, 12) ? NSS_CSV_DNS : null;
}

function feedNamed(name: string): NssFeed | null {
  if (/web/i.test(name)) return "web";
  if (/fw|firewall/i.test(name)) return "firewall";
  if (/dns/i.test(name)) return "dns";
  return /tunnel/i.test(name) ? "tunnel" : null;
}

function feedByNames(has: (name: string) => boolean): NssFeed | null {
  if ((has("dns_req") || has("req")) && (has("dns_reqtype") || has("dns_resp") || has("reqtype"))) return "dns";
  if (has("csip") && has("cdip")) return "firewall";
  if (has("Recordtype") || (has("tunneltype") && has("sourceip"))) return "tunnel";
  if (["url", "eurl", "b64url", "request", "hostname", "ehost", "host"].some(has)) return "web";
  return has("adminid") || has("auditlogtype") ? "other" : null;
}

/** Names whose company no other product's record has. */
function isDistinct(has: (name: string) => boolean): boolean {
  const count = (...names: string[]) => names.filter(has).length;
  return (
    count(
      "urlsupercat",
      "urlsupercategory",
      "urlclass",
      "dlpdict",
      "dlpdictionaries",
      "dlpeng",
      "dlpengine",
      "bwthrottle",
      "unscannabletype",
      "ssldecrypted",
      "malwarecat",
      "riskscore",
      "pagerisk",
    ) >= 3 ||
    count("csip", "cdip", "ssip", "sdip", "nwsvc", "nwapp", "tuntype") >= 4 ||
    count("dns_req", "dns_reqtype", "dns_resp", "reqrulelabel", "resrulelabel", "clt_sip", "srv_dip") >= 4
  );
}

const FIELDS = Object.keys(NSS_NAMES) as NssField[];
const FIELD_NUMBERS = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as Record<NssField, number>;

/** Name -> the fields it can stand for, each with how telling the name is: 0 is best. */
const PLACES: ReadonlyMap<string, readonly { readonly field: number; readonly rank: number }[]> = placesByName();

function placesByName(): Map<string, { field: number; rank: number }[]> {
  const places = new Map<string, { field: number; rank: number }[]>();
  FIELDS.forEach((name, field) => {
    NSS_NAMES[name].forEach((spelling, rank) => {
      const known = places.get(spelling);
      if (known === undefined) places.set(spelling, [{ field, rank }]);
      else known.push({ field, rank });
    });
  });
  return places;
}

const UNRANKED = 255;

/** Takes a record's pairs one by one; every field keeps the value under its most telling name. */
class NssValues {
  readonly #values: (string | undefined)[] = Array.from({ length: FIELDS.length });
  readonly #ranks = new Uint8Array(FIELDS.length).fill(UNRANKED);

  put(name: string, written: string): void {
    const places = PLACES.get(name);
    if (places === undefined) return;
    const trimmed = written.trim();
    // Only a value that was cut off still has its opening quote.
    const value = trimmed.startsWith('"') ? trimmed.slice(1) : trimmed;
    if (NOTHING.has(value)) return;
    for (let index = 0; index < places.length; index += 1) {
      const { field, rank } = places[index]!;
      if (rank >= this.#ranks[field]!) continue;
      this.#ranks[field] = rank;
      this.#values[field] = value;
    }
  }

  record(feed: NssFeed): NssRecord {
    return { feed, get: (field) => this.#values[FIELD_NUMBERS[field]] };
  }
}
