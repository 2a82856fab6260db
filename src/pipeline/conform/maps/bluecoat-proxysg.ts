/**
 * Access logs of Symantec (Broadcom, formerly Blue Coat) ProxySG, Edge SWG and Cloud SWG -> HTTP Activity: extended log files
 * below their `#Fields:` line, lines without one in a default format (`main`, `bcreportermain_v1`, `bcreporterssl_v1`),
 * the `key=value` format made for Splunk, and JSON with the same names.
 *
 * @see https://techdocs.broadcom.com/us/en/symantec-security-software/web-and-network-security/edge-swg/7-3/log-formats.html
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord, type RecordReader } from "../define-map.ts";
import { elffColumns, splitElff } from "../decoders/elff.ts";
import { isIpAddress } from "../decoders/ip-address.ts";
import { readKeyValues } from "../decoders/key-value.ts";
import { proxySgColumns, proxySgShape } from "../tables/elff.ts";
import { elffEvent } from "../web/elff-event.ts";
import { ElffColumns, elffOf, elffOfJson, type ElffRecord } from "../web/elff-record.ts";

const PRODUCT = { name: "ProxySG", vendor_name: "Broadcom" } as const;

/** Where a row begins behind a relay's header: date, time, milliseconds. */
const ROW = /(?:^|\s)(?=\d{4}-\d{2}-\d{2}\s\d{2}:\d{2}:\d{2}\s\d{1,9}\s)/;
const PAIRS = /(?:^|\s)c-ip=\S/;
const DIRECTIVE = /^#(?:Software|Version|Start-Date|End-Date|Date|Remark|Fields):/i;

export default defineMap({
  id: "bluecoat-proxysg",
  title: "Symantec ProxySG / Edge SWG / Cloud SWG access log",
  product: PRODUCT,
  reference:
    "https://techdocs.broadcom.com/us/en/symantec-security-software/web-and-network-security/edge-swg/7-3/log-formats.html",
  lane: "network",
  exporting:
    "Access logging with the format `main` or `bcreportermain_v1`, uploaded as text or gzip, or sent over " +
    "syslog; add `cs-bytes`, `r-ip` and `cs-uri-path` to a format of your own and keep the `#Fields:` line. " +
    "Cloud SWG: download the access logs through the API.",
  limits: [
    "What is not intercepted shows as a tunnel: host and bytes, no method or path.",
    "The address of the destination shows only in formats that hold r-ip or s-supplier-ip.",
    "A custom format needs its #Fields: line: without one only the vendor's default orders are read.",
  ],
  recognise({ json, body }) {
    if (json !== null) return isOwnJson(json) ? 0.93 : 0;
    if (body.charCodeAt(0) === 0x23 || body.includes("#Fields:")) {
      const columns = fieldsOf(body);
      if (columns !== null) return isOwn(new Set(columns)) ? 0.96 : 0;
      return /^#Software: (?:SGOS|EAR)\b/.test(body) ? 0.9 : 0;
    }
    if (PAIRS.test(body)) return /\scs-host=/.test(body) && /\s(?:s-action|sc-filter-result)=/.test(body) ? 0.95 : 0;
    const row = rowOf(body);
    if (row === null) return 0;
    const columns = columnsByShape(valuesOf(row));
    return columns === null ? 0 : 0.9;
  },
  standsAlone: ({ json, body }) => json !== null || PAIRS.test(body),
  open: () => new ProxySgReader(),
});

class ProxySgReader implements RecordReader {
  #columns: ElffColumns | null = null;
  #startsWithDate = false;
  #header = "";

  push(record: DecodedRecord): readonly OcsfEvent[] {
    const { json, body, line, syslog } = record;
    if (json !== null) return [elffEvent(elffOfJson(json), PRODUCT, syslog?.time ?? null)];
    const header = fieldsOf(body);
    if (header !== null) {
      this.#columns = new ElffColumns(header);
      this.#startsWithDate = header[0] === "date" && header[1] === "time";
      this.#header = line;
      return [];
    }
    if (body.charCodeAt(0) === 0x23) return [];
    const row = PAIRS.test(body) ? elffOf(readKeyValues(body)) : this.#row(body);
    return [elffEvent(row, PRODUCT, syslog?.time ?? null)];
  }

  claims({ json, body }: DecodedRecord): boolean {
    if (json !== null || this.#columns === null) return false;
    if (body.charCodeAt(0) === 0x23) return DIRECTIVE.test(body) && fieldsOf(body) === null;
    if (this.#startsWithDate) return rowOf(body) !== null;
    // A row of another length may be another product's line, which that product recognises by itself.
    return valuesOf(body).length === this.#columns.length;
  }

  preamble(): string {
    return this.#header;
  }

  flush(): readonly OcsfEvent[] {
    return [];
  }

  /**
   * A row below its header. Rows with another number of columns occur where the format was changed without a new header, or an
   * agent is written with quotes inside: then the default format they have the shape of, else the header as far as it fits.
   */
  #row(body: string): ElffRecord {
    const text = this.#columns === null || this.#startsWithDate ? (rowOf(body) ?? body) : body;
    const values = valuesOf(text);
    const columns = this.#columns;
    if (columns !== null && values.length === columns.length) return columns.row(values);
    const shape = columnsByShape(values);
    if (shape !== null) return shape.row(values);
    if (columns === null)
      throw new MalformedInputError("a ProxySG row without a #Fields line, in none of the default formats");
    const row = columns.row(values);
    if (!isIpAddress(row.get("clientIp") ?? "") || !/^\d{1,3}$/.test(row.get("status") ?? ""))
      throw new MalformedInputError(`ProxySG row has ${values.length} columns, its header ${columns.length}`);
    return row;
  }
}

/** A relay may put its header before the file's. */
function fieldsOf(body: string): readonly string[] | null {
  const at = body.charCodeAt(0) === 0x23 ? 0 : body.length < 32_768 ? body.indexOf("#Fields:") : -1;
  return at === -1 ? null : elffColumns(at === 0 ? body : body.slice(at));
}

function rowOf(body: string): string | null {
  if (
    body.charCodeAt(4) === 0x2d &&
    body.charCodeAt(10) === 0x20 &&
    body.charCodeAt(13) === 0x3a &&
    /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} \d/.test(body)
  )
    return body;
  const match = ROW.exec(body.slice(0, 400));
  return match === null ? null : body.slice(match.index + match[0].length);
}

/** The row split last: whose it is, is asked before it is read. */
let lastRow = "";
let lastValues: readonly string[] = [];

function valuesOf(row: string): readonly string[] {
  if (row !== lastRow) {
    lastValues = splitElff(row);
    lastRow = row;
  }
  return lastValues;
}

/** Default formats by their shape; few, so their columns are worked out once. */
const shapes = new Map<string, ElffColumns | null>();

function columnsByShape(values: readonly string[]): ElffColumns | null {
  if (values.length < 18 || !isIpAddress(values[3] ?? "")) return null;
  const shape = proxySgShape(values);
  if (shape === null) return null;
  let columns = shapes.get(shape);
  if (columns === undefined) {
    const names = proxySgColumns(shape);
    shapes.set(shape, (columns = names === null ? null : new ElffColumns(names)));
  }
  if (columns === null) return null;
  const row = columns.row(values);
  return /^\d{1,3}$/.test(row.get("status") ?? "") && row.get("host") !== undefined ? columns : null;
}

/** Columns only ProxySG has, beside those every web proxy has. */
function isOwn(names: ReadonlySet<string>): boolean {
  if (names.has("x-cs-app") || names.has("x-transaction-id") || names.has("x-cs-timestamp")) return false;
  const count = [
    "s-action",
    "sc-filter-result",
    "x-exception-id",
    "cs-categories",
    "s-supplier-name",
    "x-virus-id",
    "cs-auth-group",
    "rs(Content-Type)",
    "x-bluecoat-transaction-uuid",
    "x-bluecoat-appliance-name",
  ].filter((name) => names.has(name)).length;
  return names.has("c-ip") && count >= 2;
}

function isOwnJson(json: object): boolean {
  // Every JSON record of any product comes by here.
  if (!Object.hasOwn(json, "c-ip") && !Object.hasOwn(json, "c_ip")) return false;
  const has = (name: string) => Object.hasOwn(json, name) || Object.hasOwn(json, name.replaceAll("-", "_"));
  if (has("x-cs-app") || has("x-transaction-id")) return false;
  return has("cs-host") && (has("s-action") || has("sc-filter-result") || has("x-exception-id"));
}
