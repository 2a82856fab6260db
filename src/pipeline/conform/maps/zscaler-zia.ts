/**
 * Zscaler Internet Access, Nanolog Streaming Service and Cloud NSS -> HTTP, Network and DNS Activity: the web, firewall, DNS
 * and tunnel feeds in every output type. The fields of a feed are a template the customer edits, so they are read by
 * name; comma-separated feeds have no names and are read in the vendor's default order, or below a line that names them.
 *
 * Audit, SaaS security, DLP incident and alert feeds are no traffic and make no activity.
 *
 * @see https://help.zscaler.com/zia/nss-feed-output-format-web-logs
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type ConformEnvironment, type DecodedRecord, type RecordReader } from "../define-map.ts";
import { nssEvent } from "../web/nss-event.ts";
import {
  looksLikeNssCsv,
  looksLikeNssPairs,
  nssCsvHeader,
  nssJsonFeed,
  readNssCsv,
  readNssHeadered,
  readNssJson,
  readNssPairs,
  type NssRecord,
} from "../web/nss-record.ts";

export default defineMap({
  id: "zscaler-zia",
  title: "Zscaler Internet Access NSS feeds",
  product: { name: "Internet Access", vendor_name: "Zscaler" },
  reference: "https://help.zscaler.com/zia/about-nss-feeds",
  lane: "network",
  exporting:
    "An NSS or Cloud NSS feed for web, firewall and DNS logs, as JSON, key=value, CEF or LEEF. Use all " +
    "fields, `reqsize` and `respsize`, `%s{ehost}` or `%s{host}`, and `epochtime` or a time with its zone; a " +
    "comma-separated order of your own needs a line that names the columns.",
  limits: [
    "What is not decrypted (SSL bypass) shows as a tunnel: host and bytes, no path or method.",
    "A comma-separated feed in an order of one's own needs a line that names its columns: a header, or the feed output format itself.",
    "Fields that the feed's template leaves out are unknown; for volumes it needs reqsize and respsize, for sessions inbytes and outbytes.",
    "Aggregated firewall records sum up several sessions.",
  ],
  recognise({ json, body }) {
    if (json !== null) return nssJsonFeed(json) === null ? 0 : 0.95;
    if (body.includes("|Zscaler|NSS")) return 0.98;
    const first = body.charCodeAt(0);
    if (first === 0x22 && looksLikeNssCsv(body)) return 0.9;
    if (looksLikeNssPairs(body)) return 0.93;
    return nssCsvHeader(body) === null ? 0 : 0.9;
  },
  standsAlone: ({ json, body }) =>
    json !== null || body.includes("|Zscaler|") || !body.startsWith('"') || looksLikeNssCsv(body),
  open: (environment) => new NssReader(environment),
});

class NssReader implements RecordReader {
  readonly #environment: ConformEnvironment;
  #columns: readonly string[] | null = null;
  #header = "";

  constructor(environment: ConformEnvironment) {
    this.#environment = environment;
  }

  push(record: DecodedRecord): readonly OcsfEvent[] {
    const header = record.json === null ? nssCsvHeader(record.body) : null;
    if (header !== null) {
      this.#columns = header;
      this.#header = record.line;
      return [];
    }
    const read = this.#read(record);
    if (read === null) throw new MalformedInputError("not a record of an NSS feed");
    const event = nssEvent(read, record.syslog?.time ?? null, this.#environment.fileModifiedTime);
    return event === null ? [] : [event];
  }

  /** A row below a header that names as many columns. */
  claims({ json, body }: DecodedRecord): boolean {
    return json === null && this.#columns !== null && body.includes(",") && readNssCsv(body, this.#columns) !== null;
  }

  preamble(): string {
    return this.#header;
  }

  flush(): readonly OcsfEvent[] {
    return [];
  }

  #read({ json, body }: DecodedRecord): NssRecord | null {
    if (json !== null) {
      const feed = nssJsonFeed(json);
      return feed === null ? null : readNssJson(json, feed);
    }
    const headered = readNssHeadered(body);
    if (headered !== null) return headered;
    if (looksLikeNssPairs(body)) return readNssPairs(body);
    return body.includes(",") ? readNssCsv(body, this.#columns) : readNssPairs(body);
  }
}
