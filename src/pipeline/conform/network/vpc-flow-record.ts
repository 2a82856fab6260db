/**
 * AWS flow log records -> their fields by AWS's names: text in the default order, in the order of a header line, or of a transit
 * gateway; JSON with the names as Athena, CloudWatch, Parquet readers and warehouses spell them.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
 */
import type { JsonObject } from "../../../model/activity.ts";

/** AWS's field name -> its text; `-` (not recorded) is left out. */
export type FlowFields = ReadonlyMap<string, string>;

/** All fields of VPC flow logs in the order of AWS's documentation: the default format is the first fourteen. */
const VPC_FIELDS =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason encryption-status".split(
    " ",
  );

/** The default format of transit gateway flow logs. */
const TRANSIT_FIELDS =
  "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service".split(
    " ",
  );

const FIELD_NAMES: ReadonlySet<string> = new Set([...VPC_FIELDS, ...TRANSIT_FIELDS]);

/** Spellings without separators, in lower case -> AWS's name: `srcAddr`, `src_addr`, `interfaceid`. */
const BY_LETTERS: ReadonlyMap<string, string> = new Map([
  ...[...FIELD_NAMES].map((name) => [name.replaceAll("-", ""), name] as const),
  ["sourceaddress", "srcaddr"],
  ["destinationaddress", "dstaddr"],
  ["sourceport", "srcport"],
  ["destinationport", "dstport"],
  ["numpackets", "packets"],
  ["numbytes", "bytes"],
  ["starttime", "start"],
  ["endtime", "end"],
  ["status", "log-status"],
  ["account", "account-id"],
]);

const MAX_COLUMNS = 128;

const ADDRESS = String.raw`(?:-|[0-9A-Fa-f:.]{2,45})`;
const COUNT = String.raw`(?:-|\d{1,19})`;
/** srcport dstport protocol packets bytes start end: seven numbers behind two addresses, as no other log has them. */
const MIDDLE = `${ADDRESS} ${ADDRESS} ${COUNT} ${COUNT} ${COUNT} ${COUNT} ${COUNT} \\d{9,10} \\d{9,10}`;
const STATUS = "(?:OK|NODATA|SKIPDATA)";
const DEFAULT_ROW = new RegExp(
  String.raw`^\d{1,2} (?:\d{10,12}|unknown) (?:-|eni-\S{1,32}) ${MIDDLE} (?:ACCEPT|REJECT|-) ${STATUS}(?= |$)`,
);
const TRANSIT_ROW = new RegExp(
  String.raw`^\d{1,2} (?:-|TransitGateway) \d{10,12} tgw-\S{1,32} (?:\S{1,64} ){12}${MIDDLE} ${STATUS}(?= |$)`,
);

/** Which format a line without a header has; null for any other text. */
export function rowFormat(line: string): readonly string[] | null {
  const first = line.charCodeAt(0);
  if (first < 0x30 || first > 0x39) return null;
  if (DEFAULT_ROW.test(line)) return VPC_FIELDS;
  return TRANSIT_ROW.test(line) ? TRANSIT_FIELDS : null;
}

/** The columns that a header line names, in order; null when it is none. */
export function headerColumns(line: string): readonly string[] | null {
  if (!line.includes("srcaddr") && !line.includes("interface-id") && !line.includes("log-status")) return null;
  const names = line.trim().split(/[ \t]+/, MAX_COLUMNS);
  return names.length >= 3 && names.every((name) => FIELD_NAMES.has(name)) ? names : null;
}

/** The cells of a row by its columns; null when it has another number of cells. */
export function readRow(line: string, columns: readonly string[]): FlowFields | null {
  const cells = line.split(" ", MAX_COLUMNS + 1);
  // The documentation's order grows with the versions; a row may end before its end, not behind it.
  if (cells.length > columns.length || (cells.length !== columns.length && !isDocumented(columns))) return null;
  const fields = new Map<string, string>();
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index]!;
    if (cell !== "-" && cell !== "") fields.set(columns[index]!, cell);
  }
  return fields;
}

function isDocumented(columns: readonly string[]): boolean {
  return columns === VPC_FIELDS || columns === TRANSIT_FIELDS;
}

/** The fields of a JSON record, values as text. */
export function readObject(json: JsonObject): FlowFields {
  const fields = new Map<string, string>();
  for (const key of Object.keys(json).slice(0, MAX_COLUMNS)) {
    const name = BY_LETTERS.get(key.length > 40 ? key : key.toLowerCase().replace(/[-_ .]/g, ""));
    const value: unknown = json[key];
    if (name === undefined || fields.has(name)) continue;
    if (typeof value === "number") fields.set(name, String(value));
    else if (typeof value === "string" && value !== "" && value !== "-" && value !== "null") fields.set(name, value);
  }
  return fields;
}
