/**
 * The columns of the `activity` and `match` tables: name (an OCSF path or a context field), storage type, and how a row
 * gets its value. Adding a column is one line here and one migration in schema.ts.
 */
import type { Activity, OcsfEvent } from "../../model/activity.ts";
import type { Match } from "../../model/incident.ts";
import { type ColumnWriter, type NativeType, NativeWriter } from "./native.ts";

/** What is written of one activity. `id` is 16 bytes: the hash of source and metadata.uid. */
export interface ActivityRow {
  readonly id: Uint8Array;
  readonly activity: Activity;
  /** Header lines that the row's line needs to be read again; empty for lines that stand alone. */
  readonly preamble: string;
}

interface ColumnSpec<Row> {
  readonly name: string;
  /** How the value travels. */
  readonly type: NativeType;
  /** How the table stores it. */
  readonly stored: string;
  readonly write: (column: ColumnWriter, row: Row) => void;
}

const LOW = "LowCardinality(String)";
const TEXT = "String CODEC(ZSTD(1))";

function textColumn(name: string, stored: string, read: (event: OcsfEvent, activity: Activity) => string | null | undefined): ColumnSpec<ActivityRow> {
  return {
    name,
    type: "String",
    stored,
    write: (column, { activity }) => {
      const value = read(activity.event, activity);
      // Maps read JSON of strangers: whatever is no string is left out rather than trusted.
      column.string(typeof value === "string" ? value : "");
    },
  };
}

function sizeColumn(name: string, read: (event: OcsfEvent) => number | undefined): ColumnSpec<ActivityRow> {
  return {
    name,
    type: "Nullable(UInt64)",
    stored: "Nullable(UInt64) CODEC(T64, ZSTD(1))",
    write: (column, { activity }) => {
      const value = read(activity.event);
      column.nullable(typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null);
    },
  };
}

export const ACTIVITY_COLUMNS: readonly ColumnSpec<ActivityRow>[] = [
  { name: "id", type: "FixedString(16)", stored: "FixedString(16) CODEC(NONE)", write: (column, row) => column.bytes(row.id) },
  { name: "time", type: "Int64", stored: "DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))", write: (column, row) => column.number(row.activity.event.time) },
  { name: "class_uid", type: "UInt16", stored: "UInt16", write: (column, row) => column.number(row.activity.event.class_uid) },
  { name: "activity_id", type: "UInt8", stored: "UInt8", write: (column, row) => column.number(row.activity.event.activity_id) },
  textColumn("source", LOW, (_, activity) => activity.source),
  textColumn("metadata.uid", TEXT, (event) => event.metadata.uid),
  textColumn("metadata.event_code", LOW, (event) => event.metadata.event_code),
  textColumn("actor.user.name", LOW, (event) => event.actor?.user?.name ?? event.user?.name),
  textColumn("actor.user.email_addr", LOW, (event) => event.actor?.user?.email_addr ?? event.user?.email_addr),
  textColumn("actor.session.credential_uid", LOW, (event) => event.actor?.session?.credential_uid),
  textColumn("device.hostname", LOW, (event) => event.device?.hostname),
  textColumn("src_endpoint.ip", LOW, (event) => event.src_endpoint?.ip),
  textColumn("src_endpoint.hostname", LOW, (event) => event.src_endpoint?.hostname),
  textColumn("dst_endpoint.ip", TEXT, (event) => event.dst_endpoint?.ip),
  textColumn("dst_endpoint.hostname", LOW, (event) => event.dst_endpoint?.hostname),
  { name: "dst_endpoint.port", type: "UInt16", stored: "UInt16", write: (column, row) => column.number(row.activity.event.dst_endpoint?.port ?? 0) },
  textColumn("http_request.http_method", LOW, (event) => event.http_request?.http_method),
  textColumn("url.url_string", TEXT, (event) => event.http_request?.url?.url_string ?? event.url?.url_string),
  textColumn("http_request.user_agent", LOW, (event) => event.http_request?.user_agent),
  textColumn("query.hostname", LOW, (event) => event.query?.hostname),
  textColumn("tls.sni", LOW, (event) => event.tls?.sni),
  textColumn("connection_info.uid", TEXT, (event) => event.connection_info?.uid),
  textColumn("process.file.path", LOW, (event) => event.process?.file?.path ?? event.actor?.process?.file?.path),
  textColumn("process.cmd_line", TEXT, (event) => event.process?.cmd_line),
  textColumn("process.parent_process.file.path", LOW, (event) => event.process?.parent_process?.file?.path),
  textColumn("process.parent_process.cmd_line", TEXT, (event) => event.process?.parent_process?.cmd_line),
  textColumn("file.path", TEXT, (event) => event.file?.path),
  sizeColumn("traffic.bytes_out", (event) => event.traffic?.bytes_out),
  sizeColumn("traffic.bytes_in", (event) => event.traffic?.bytes_in),
  textColumn("api.operation", LOW, (event) => event.api?.operation),
  textColumn("resources.name", LOW, (event) => event.resources?.[0]?.name),
  textColumn("status", LOW, (event) => event.status),
  textColumn("disposition", LOW, (event) => event.disposition),
  textColumn("context.actor.name", LOW, (_, { context }) => context.actor.name),
  textColumn("context.host.name", LOW, (_, { context }) => context.host.name),
  textColumn("context.host.role", LOW, (_, { context }) => context.host.role),
  textColumn("context.destination.name", LOW, (_, { context }) => context.destination?.name),
  textColumn("context.destination.host", LOW, (_, { context }) => context.destination?.host),
  textColumn("context.destination.endpoint", LOW, (_, { context }) => context.destination?.endpoint),
  textColumn("context.destination.operation", LOW, (_, { context }) => context.destination?.operation),
  textColumn("context.destination.verdict", LOW, (_, { context }) => context.destination?.verdict),
  { name: "preamble", type: "String", stored: LOW, write: (column, row) => column.string(row.preamble) },
  textColumn("raw_data", TEXT, (event) => event.raw_data),
];

function matchText(name: string, stored: string, read: (match: Match) => string): ColumnSpec<Match> {
  return { name, type: "String", stored, write: (column, match) => column.string(read(match)) };
}

export const MATCH_COLUMNS: readonly ColumnSpec<Match>[] = [
  matchText("rule", LOW, (match) => match.rule),
  { name: "time", type: "Int64", stored: "DateTime64(3, 'UTC')", write: (column, match) => column.number(match.time) },
  matchText("activity_uid", "String", (match) => match.activity_uid),
  matchText("source", LOW, (match) => match.source),
  matchText("lane", LOW, (match) => match.lane),
  { name: "class_uid", type: "UInt16", stored: "UInt16", write: (column, match) => column.number(match.class_uid) },
  matchText("actor", LOW, (match) => match.actor),
  { name: "actor_names", type: "Array(String)", stored: "Array(LowCardinality(String))", write: (column, match) => column.strings(match.actor_names) },
  matchText("host", LOW, (match) => match.host),
  matchText("host_role", LOW, (match) => match.host_role),
  matchText("address", LOW, (match) => match.address),
  matchText("destination", LOW, (match) => match.destination),
  matchText("destination_host", LOW, (match) => match.destination_host),
  matchText("destination_owner", LOW, (match) => match.destination_owner),
  matchText("verdict", LOW, (match) => match.verdict),
  matchText("visibility", LOW, (match) => match.visibility),
  matchText("look_alike_of", LOW, (match) => match.look_alike_of),
  matchText("seen_by", LOW, (match) => match.seen_by),
  matchText("operation", LOW, (match) => match.operation),
  { name: "bytes_out", type: "Nullable(UInt64)", stored: "Nullable(UInt64)", write: (column, match) => column.nullable(match.bytes_out) },
  matchText("connection_uid", "String", (match) => match.connection_uid),
  { name: "fields", type: "Map(String, String)", stored: "Map(LowCardinality(String), String)", write: (column, match) => column.pairs(match.fields) },
];

/** Writes rows of one table into Native blocks. */
export class RowWriter<Row> {
  readonly #native: NativeWriter;
  readonly #writers: { readonly column: ColumnWriter; readonly write: (column: ColumnWriter, row: Row) => void }[];

  constructor(columns: readonly ColumnSpec<Row>[]) {
    this.#native = new NativeWriter(columns);
    this.#writers = columns.map((spec, index) => ({ column: this.#native.column(index), write: spec.write }));
  }

  get rows(): number {
    return this.#native.rows;
  }

  add(row: Row): void {
    for (const { column, write } of this.#writers) write(column, row);
    this.#native.endRow();
  }

  get byteLength(): number {
    return this.#native.byteLength;
  }

  /** Hands the block so far to `write`, then starts the next block. The buffers are only valid during the call. */
  finish(write: (parts: Buffer[]) => void): void {
    this.#native.finish(write);
  }
}
