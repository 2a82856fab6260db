/**
 * Zeek files.log -> HTTP, FTP or SMB Activity with the file that was seen in a connection, Network Activity for certificates and
 * files of other protocols. Up to version 5 the ends are sets (`tx_hosts`, `rx_hosts`, `conn_uids`), later the connection itself.
 *
 * @see https://docs.zeek.org/en/master/logs/files.html
 */
import type { JsonObject, OcsfEndpoint, OcsfEvent, OcsfFile } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { defineMap, type DecodedRecord } from "../define-map.ts";
import { ipAddress } from "../decoders/ip-address.ts";
import {
  connectionOf,
  countOf,
  endpointsOf,
  intervalOf,
  openZeek,
  UnmappedColumns,
  ZEEK,
  type ZeekTime,
} from "../decoders/zeek.ts";
import { zeekHeader, zeekPath } from "../decoders/zeek-tsv.ts";
import { createEvent, type ClassUid } from "../ocsf.ts";
import { list, property, text } from "../read-json.ts";

/** Where the file has no place in the class, all of it stays under `unmapped`. */
const UNPLACED = new UnmappedColumns("duration", "tx_hosts", "rx_hosts", "conn_uids");
const UNMAPPED = new UnmappedColumns(
  ...["duration", "tx_hosts", "rx_hosts", "conn_uids"],
  ...["fuid", "filename", "mime_type", "md5", "sha1", "sha256", "total_bytes"],
);

export default defineMap({
  id: "zeek-files",
  title: "Zeek files.log",
  product: ZEEK,
  reference: "https://docs.zeek.org/en/master/logs/files.html",
  lane: "network",
  exporting:
    "TSV with its header lines is the default; `@load policy/tuning/json-logs` writes JSON, which is read " +
    "too. `files.log` is on by default; `frameworks/files/hash-all-files` adds hashes.",
  limits: [
    "Sees files in clear-text protocols only; of TLS the certificates.",
    "The name is what the protocol tells, often nothing; hashes only where a script asks for them.",
    "A file's bytes are counted in conn.log, with its connection.",
  ],
  recognise,
  standsAlone: (record) => record.json !== null,
  open: (environment) => openZeek(environment, conform),
});

function recognise({ json, body }: DecodedRecord): number {
  if (json === null) {
    const keyword = zeekHeader(body);
    if (keyword === "path") return zeekPath(body) === "files" ? 1 : 0;
    return keyword === "fields" && /[^\w]fuid[^\w]/.test(body.slice(0, 4_096)) && body.includes("seen_bytes") ? 0.9 : 0;
  }
  if (!Object.hasOwn(json, "fuid")) return 0;
  const named = text(json, "_path") ?? text(json, "@stream");
  if (named !== undefined) return named === "files" ? 1 : 0;
  return Object.hasOwn(json, "seen_bytes") && Object.hasOwn(json, "source") ? 0.9 : 0;
}

/** The protocol that carried the file -> the class that has a place for it. */
const CLASSES: ReadonlyMap<string, ClassUid> = new Map([
  ["HTTP", 4002],
  ["SMB", 4006],
  ["FTP", 4008],
  ["FTP_DATA", 4008],
]);

const PUT = 1;
const GET = 2;

function conform(row: JsonObject, { ms: time }: ZeekTime): OcsfEvent {
  const source = text(row, "source");
  const sentByClient = property(row, "is_orig");
  const classUid = CLASSES.get(source ?? "") ?? 4001;
  const activity =
    classUid === 4001 ? 6 : classUid !== 4008 ? (classUid === 4002 ? 0 : 99) : sentByClient === true ? PUT : GET;
  const duration = intervalOf(row, "duration");
  const uid = text(row, "uid") ?? firstText(row, "conn_uids");
  const connection = connectionOf(row, undefined);
  if (uid !== undefined) connection.uid = uid;
  return createEvent(
    classUid,
    activity,
    { product: ZEEK, time, event_code: "files" },
    {
      ...sidesOf(row, sentByClient === true),
      start_time: time,
      end_time: duration === undefined ? undefined : time + duration,
      duration,
      connection_info: connection,
      app_protocol_name: source?.toLowerCase(),
      // The request itself is in http.log, under the same uid.
      http_request:
        classUid === 4002 ? { body_length: sentByClient === true ? countOf(row, "seen_bytes") : undefined } : undefined,
      file: classUid === 4001 ? undefined : fileOf(row),
      unmapped: (classUid === 4001 ? UNPLACED : UNMAPPED).of(row),
    },
  );
}

/** Client and server; of the older layout's sets the first of each. */
function sidesOf(row: JsonObject, sentByClient: boolean): Pick<OcsfEvent, "src_endpoint" | "dst_endpoint"> {
  if (Object.hasOwn(row, "id.orig_h") || Object.hasOwn(row, "id_orig_h")) return endpointsOf(row);
  const sender = hostOf(firstText(row, "tx_hosts"));
  const receiver = hostOf(firstText(row, "rx_hosts"));
  if (sender === undefined && receiver === undefined) throw new MalformedInputError("Zeek record without an address");
  return sentByClient
    ? { src_endpoint: sender, dst_endpoint: receiver }
    : { src_endpoint: receiver, dst_endpoint: sender };
}

function firstText(row: JsonObject, column: string): string | undefined {
  const first = list(row, column)[0];
  return typeof first === "string" && first !== "" ? first : undefined;
}

function hostOf(address: string | undefined): OcsfEndpoint | undefined {
  const ip = ipAddress(address);
  return ip === undefined ? undefined : { ip };
}

/** A file that the protocol gives no name goes by Zeek's id. */
function fileOf(row: JsonObject): OcsfFile {
  const path = text(row, "filename");
  const file: OcsfFile = {
    name: path === undefined ? (text(row, "fuid") ?? "unknown") : path.slice(lastSlash(path) + 1) || path,
    type_id: 1,
  };
  if (path !== undefined && lastSlash(path) !== -1) file.path = path;
  const mime = text(row, "mime_type");
  if (mime !== undefined) file.mime_type = mime;
  const size = countOf(row, "total_bytes") ?? countOf(row, "seen_bytes");
  if (size !== undefined) file.size = size;
  const uid = text(row, "fuid");
  if (uid !== undefined) file.uid = uid;
  const hashes = [
    { algorithm_id: 1, algorithm: "MD5", value: text(row, "md5") },
    { algorithm_id: 2, algorithm: "SHA-1", value: text(row, "sha1") },
    { algorithm_id: 3, algorithm: "SHA-256", value: text(row, "sha256") },
  ].filter((hash): hash is typeof hash & { value: string } => hash.value !== undefined);
  if (hashes.length > 0) file.hashes = hashes;
  return file;
}

function lastSlash(path: string): number {
  return Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
}
