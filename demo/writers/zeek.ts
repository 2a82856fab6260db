/**
 * Zeek's conn, dns, ssl and http logs, both as tab-separated values with their header and as JSON, fields in the order of
 * Zeek 6. A record holds the values by Zeek's own field names; what is absent is unset.
 *
 * @see https://docs.zeek.org/en/v6.0.0/log-formats.html
 */

type ZeekType =
  | "time"
  | "interval"
  | "string"
  | "addr"
  | "port"
  | "count"
  | "enum"
  | "bool"
  | "set[string]"
  | "set[enum]"
  | "vector[string]"
  | "vector[interval]";
type ZeekValue = string | number | boolean | readonly string[] | readonly number[];

/** Values by field name. `ts` in seconds with fraction, intervals in seconds. */
export type ZeekRecord = { readonly ts: number; readonly uid: string } & {
  readonly [field: string]: ZeekValue | undefined;
};

export type ZeekPath = "conn" | "dns" | "ssl" | "http";

const CONNECTION = [
  ["ts", "time"],
  ["uid", "string"],
  ["id.orig_h", "addr"],
  ["id.orig_p", "port"],
  ["id.resp_h", "addr"],
  ["id.resp_p", "port"],
] as const;

const SCHEMAS: Readonly<Record<ZeekPath, readonly (readonly [field: string, type: ZeekType])[]>> = {
  conn: [
    ...CONNECTION,
    ["proto", "enum"],
    ["service", "string"],
    ["duration", "interval"],
    ["orig_bytes", "count"],
    ["resp_bytes", "count"],
    ["conn_state", "string"],
    ["local_orig", "bool"],
    ["local_resp", "bool"],
    ["missed_bytes", "count"],
    ["history", "string"],
    ["orig_pkts", "count"],
    ["orig_ip_bytes", "count"],
    ["resp_pkts", "count"],
    ["resp_ip_bytes", "count"],
    ["tunnel_parents", "set[string]"],
  ],
  dns: [
    ...CONNECTION,
    ["proto", "enum"],
    ["trans_id", "count"],
    ["rtt", "interval"],
    ["query", "string"],
    ["qclass", "count"],
    ["qclass_name", "string"],
    ["qtype", "count"],
    ["qtype_name", "string"],
    ["rcode", "count"],
    ["rcode_name", "string"],
    ["AA", "bool"],
    ["TC", "bool"],
    ["RD", "bool"],
    ["RA", "bool"],
    ["Z", "count"],
    ["answers", "vector[string]"],
    ["TTLs", "vector[interval]"],
    ["rejected", "bool"],
  ],
  ssl: [
    ...CONNECTION,
    ["version", "string"],
    ["cipher", "string"],
    ["curve", "string"],
    ["server_name", "string"],
    ["resumed", "bool"],
    ["last_alert", "string"],
    ["next_protocol", "string"],
    ["established", "bool"],
    ["ssl_history", "string"],
    ["cert_chain_fps", "vector[string]"],
    ["client_cert_chain_fps", "vector[string]"],
    ["sni_matches_cert", "bool"],
  ],
  http: [
    ...CONNECTION,
    ["trans_depth", "count"],
    ["method", "string"],
    ["host", "string"],
    ["uri", "string"],
    ["referrer", "string"],
    ["version", "string"],
    ["user_agent", "string"],
    ["origin", "string"],
    ["request_body_len", "count"],
    ["response_body_len", "count"],
    ["status_code", "count"],
    ["status_msg", "string"],
    ["info_code", "count"],
    ["info_msg", "string"],
    ["tags", "set[enum]"],
    ["username", "string"],
    ["password", "string"],
    ["proxied", "set[string]"],
    ["orig_fuids", "vector[string]"],
    ["orig_filenames", "vector[string]"],
    ["orig_mime_types", "vector[string]"],
    ["resp_fuids", "vector[string]"],
    ["resp_filenames", "vector[string]"],
    ["resp_mime_types", "vector[string]"],
  ],
};

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A connection or file id as Zeek makes them: a letter and 17 characters of base 62. */
export function zeekUid(random: { next(): number }, kind: "C" | "F" = "C"): string {
  let uid: string = kind;
  for (let index = 0; index < 17; index++) uid += ALPHABET[Math.floor(random.next() * 62)];
  return uid;
}

/** One record as a JSON line (`LogAscii::use_json=T`). */
export function zeekJsonLine(path: ZeekPath, record: ZeekRecord): string {
  let line = "{";
  for (const [field, type] of SCHEMAS[path]) {
    const value = record[field];
    if (value === undefined) continue;
    line += line === "{" ? `"${field}":` : `,"${field}":`;
    if (type === "time" || type === "interval") line += seconds(value as number);
    else if (typeof value === "number" || typeof value === "boolean") line += String(value);
    else line += JSON.stringify(value);
  }
  return `${line}}`;
}

/** One record as a tab-separated line. */
export function zeekTsvLine(path: ZeekPath, record: ZeekRecord): string {
  return SCHEMAS[path].map(([field, type]) => tsvValue(record[field], type)).join("\t");
}

/** The lines that open a tab-separated log. `opened` is in ms since 1970 UTC. */
export function zeekTsvHeader(path: ZeekPath, opened: number): string[] {
  return [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    `#path\t${path}`,
    `#open\t${logDate(opened)}`,
    `#fields\t${SCHEMAS[path].map(([field]) => field).join("\t")}`,
    `#types\t${SCHEMAS[path].map(([, type]) => type).join("\t")}`,
  ];
}

/** The line that closes a tab-separated log. */
export function zeekTsvFooter(closed: number): string {
  return `#close\t${logDate(closed)}`;
}

function tsvValue(value: ZeekValue | undefined, type: ZeekType): string {
  if (value === undefined) return "-";
  if (typeof value === "boolean") return value ? "T" : "F";
  if (typeof value === "number") return type === "time" || type === "interval" ? value.toFixed(6) : String(value);
  if (typeof value === "string") return value === "" ? "(empty)" : escapeTsv(value);
  if (value.length === 0) return "(empty)";
  return value
    .map((item) => (typeof item === "number" ? item.toFixed(6) : escapeTsv(item).replaceAll(",", "\\x2c")))
    .join(",");
}

/** Zeek writes control characters, the separator and a lone unset mark as `\xNN`. */
function escapeTsv(value: string): string {
  if (value === "-") return "\\x2d";
  // oxlint-disable-next-line no-control-regex -- control characters are what has to be escaped
  return value.replace(
    /[\u0000-\u001f\u007f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function seconds(value: number): string {
  const text = value.toFixed(6);
  return text.includes(".") ? text.replace(/0{1,5}$/, "") : text;
}

function logDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[T:]/g, "-");
}
