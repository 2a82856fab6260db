/**
 * What the maps of Zeek's logs share: JSON lines (one object, `ts` as epoch or ISO 8601, the log's name in `_path` or
 * `@stream` when a shipper added it) and TSV, and the columns all logs have in common.
 *
 * @see https://docs.zeek.org/en/master/script-reference/log-files.html
 */
import type { Json, JsonObject, OcsfEndpoint, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import type { ConformEnvironment, DecodedRecord, RecordReader } from "../define-map.ts";
import { number, object, property, text } from "../read-json.ts";
import { ipAddress, portOf } from "./ip-address.ts";
import { parseTime } from "./timestamp.ts";
import { zeekHeader, zeekPath, ZeekTable } from "./zeek-tsv.ts";

export const ZEEK = { name: "Zeek", vendor_name: "Zeek" } as const;

/** Columns every log of connections has; what else a map reads it names itself. */
const COMMON_FIELDS = [
  ...["ts", "uid", "_path", "@stream", "_system_name"],
  ...["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"],
  ...["id_orig_h", "id_orig_p", "id_resp_h", "id_resp_p"],
  ...["src", "src_port", "dst", "dst_port"],
];

/** How Zeek's own test suite writes the times it leaves out. */
const MASKED_TIME = /^X+(?:\.X+)?$/;

/**
 * 1 where the log's name is written, 0.9 where only its columns tell, 0 otherwise. Rows of TSV tell nothing by
 * themselves: the reader claims those below its header.
 *
 * @param hasColumns whether a record or a `#fields` line with these columns can only be of this log
 */
export function recogniseZeek(
  path: string,
  record: DecodedRecord,
  hasColumns: (has: (column: string) => boolean) => boolean,
): number {
  const { json, body } = record;
  if (json === null) {
    const keyword = zeekHeader(body);
    if (keyword === "path") return zeekPath(body) === path ? 1 : 0;
    if (keyword !== "fields" || body.length > MAX_HEADER) return 0;
    const columns = body.split(COLUMN_BREAK);
    const has = (column: string) => columns.includes(column);
    return isConnection(has) && hasColumns(has) ? 0.9 : 0;
  }
  const row = withFlatId(json);
  const has = (column: string) => Object.hasOwn(row, column);
  if (!isConnection(has)) return 0;
  const named = text(json, "_path") ?? text(json, "@stream");
  if (named !== undefined) return named === path ? 1 : 0;
  return hasColumns(has) ? 0.9 : 0;
}

/** Zeek's longest header has some 2,000 characters. */
const MAX_HEADER = 65_536;

/** Whatever the separator is, no column name holds it. */
const COLUMN_BREAK = /[^A-Za-z0-9_.@-]+/;

function isConnection(has: (column: string) => boolean): boolean {
  return (has("id.orig_h") && has("id.resp_h")) || (has("id_orig_h") && has("id_resp_h"));
}

/** What takes names with points for paths writes `id: { orig_h: … }`. */
function withFlatId(json: JsonObject): JsonObject {
  const id = object(json, "id");
  if (id === undefined || property(id, "orig_h") === undefined) return json;
  const flat: Record<string, Json> = { ...json };
  for (const name of ["orig_h", "orig_p", "resp_h", "resp_p"]) {
    const value = property(id, name);
    if (value !== undefined) flat[`id.${name}`] = value as Json;
  }
  delete flat["id"];
  return flat;
}

/** Reads one log in either form; `conform` sees a row the same way whichever it was. */
export function openZeek(
  environment: ConformEnvironment,
  conform: (row: JsonObject, time: ZeekTime) => OcsfEvent,
): RecordReader {
  const table = new ZeekTable();
  return {
    push(record) {
      const row = record.json === null ? table.read(record.body) : withFlatId(record.json);
      if (row === null) return [];
      const time = timeOf(row, record, environment);
      const event = conform(row, time);
      if (time.original !== undefined) event.metadata.original_time = time.original;
      // Corelight's sensors name themselves.
      const sensor = text(row, "_system_name");
      if (sensor !== undefined) event.metadata.reporter = { name: sensor };
      return [event];
    },
    claims(record) {
      if (record.json !== null) return false;
      if (record.body.charCodeAt(0) !== 0x23) return table.isRow(record.body);
      const keyword = zeekHeader(record.body);
      return keyword !== "separator" && keyword !== "path";
    },
    preamble: () => table.preamble,
    flush: () => [],
  };
}

export interface ZeekTime {
  /** ms since 1970 UTC */
  readonly ms: number;
  /** The time as written, where it could not be read and the file's stands in. */
  readonly original?: string;
}

function timeOf(row: JsonObject, record: DecodedRecord, environment: ConformEnvironment): ZeekTime {
  const ts = property(row, "ts");
  const ms = parseTime(ts);
  if (ms !== undefined) return { ms };
  if (ts === undefined || ts === null || (typeof ts === "string" && MASKED_TIME.test(ts))) {
    return { ms: record.syslog?.time ?? environment.fileModifiedTime, original: String(ts ?? "-") };
  }
  throw new MalformedInputError(`Zeek time ${JSON.stringify(ts).slice(0, 40)} is unreadable`);
}

/** Originator (client) and responder (server). At least one has to be an address. */
export function endpointsOf(row: JsonObject): {
  src_endpoint: OcsfEndpoint | undefined;
  dst_endpoint: OcsfEndpoint | undefined;
} {
  const src_endpoint = endpointOf(row, ORIGINATOR);
  const dst_endpoint = endpointOf(row, RESPONDER);
  if (src_endpoint === undefined && dst_endpoint === undefined)
    throw new MalformedInputError("Zeek record without an address");
  return { src_endpoint, dst_endpoint };
}

function endpointOf(row: JsonObject, columns: typeof ORIGINATOR | typeof RESPONDER): OcsfEndpoint | undefined {
  const ip = ipAddress(firstText(row, columns.addresses));
  if (ip === undefined) return undefined;
  const port = portOf(firstNumber(row, columns.ports));
  return port === undefined ? { ip } : { ip, port };
}

/** As Zeek names them, as its `scope separator` option does, and as the documentation's field name map does. */
const ORIGINATOR = {
  addresses: ["id.orig_h", "id_orig_h", "src"],
  ports: ["id.orig_p", "id_orig_p", "src_port"],
} as const;
const RESPONDER = {
  addresses: ["id.resp_h", "id_resp_h", "dst"],
  ports: ["id.resp_p", "id_resp_p", "dst_port"],
} as const;

function firstText(row: JsonObject, names: readonly string[]): string | undefined {
  for (let index = 0; index < names.length; index += 1) {
    const value = text(row, names[index]!);
    if (value !== undefined) return value;
  }
  return undefined;
}

function firstNumber(row: JsonObject, names: readonly string[]): number | undefined {
  for (let index = 0; index < names.length; index += 1) {
    const value = number(row, names[index]!);
    if (value !== undefined) return value;
  }
  return undefined;
}

const PROTOCOL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ["icmp", 1],
  ["tcp", 6],
  ["udp", 17],
]);

const DIRECTIONS = ["Unknown", "Inbound", "Outbound", "Lateral"] as const;

/** Connection uid (which joins Zeek's logs), protocol and direction. */
export function connectionOf(row: JsonObject, protocol: string | undefined): NonNullable<OcsfEvent["connection_info"]> {
  const local = property(row, "local_orig");
  const remote = property(row, "local_resp");
  const known = typeof local === "boolean" && typeof remote === "boolean";
  const direction = !known ? 0 : local ? (remote ? 3 : 2) : remote ? 1 : 0;
  const info: NonNullable<OcsfEvent["connection_info"]> = { direction_id: direction };
  if (direction !== 0) info.direction = DIRECTIONS[direction]!;
  const uid = text(row, "uid");
  if (uid !== undefined) info.uid = uid;
  if (protocol !== undefined) info.protocol_name = protocol;
  const protocolNumber = countOf(row, "ip_proto") ?? PROTOCOL_NUMBERS.get(protocol ?? "");
  if (protocolNumber !== undefined) info.protocol_num = protocolNumber;
  return info;
}

/** A whole, non-negative number; undefined for anything else. */
export function countOf(row: JsonObject, key: string): number | undefined {
  const value = number(row, key);
  return value !== undefined && value >= 0 && Number.isSafeInteger(value) ? value : undefined;
}

/** An interval in seconds -> ms. */
export function intervalOf(row: JsonObject, key: string): number | undefined {
  const seconds = number(row, key);
  return seconds === undefined || seconds < 0 || seconds > 1e10 ? undefined : Math.round(seconds * 1000);
}

/**
 * The columns that a map has no home for. Records of one log have few distinct sets of columns, so what is left over is
 * worked out once per set, not once per record.
 */
export class UnmappedColumns {
  readonly #mapped: ReadonlySet<string>;
  /** Sets of columns seen last, by how many columns they have. */
  readonly #seen: { columns: readonly string[]; left: readonly string[] }[] = [];

  /** @param mapped the names a map reads itself, besides those all maps read */
  constructor(...mapped: readonly string[]) {
    this.#mapped = new Set([...COMMON_FIELDS, ...mapped]);
  }

  of(row: JsonObject): Record<string, unknown> | undefined {
    const left = this.#leftOver(Object.keys(row));
    let unmapped: Record<string, unknown> | undefined;
    for (let index = 0; index < left.length; index += 1) {
      const column = left[index]!;
      const value = row[column];
      if (value === null || value === "") continue;
      unmapped ??= {};
      unmapped[column] = value;
    }
    return unmapped;
  }

  #leftOver(columns: readonly string[]): readonly string[] {
    const slot = columns.length % SHAPES;
    const seen = this.#seen[slot];
    if (seen !== undefined && sameColumns(seen.columns, columns)) return seen.left;
    // Assigning to `__proto__` creates no property of that name; no column is called so.
    const left = columns.filter((column) => !this.#mapped.has(column) && column !== "__proto__");
    this.#seen[slot] = { columns, left };
    return left;
  }
}

const SHAPES = 64;

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
