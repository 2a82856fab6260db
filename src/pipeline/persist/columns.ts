/**
 * The columns of the `activity` and `match` tables: name (an OCSF path or a context field), storage type, and how a row
 * gets its value. Adding a column is one line here and one migration in schema.ts.
 */
import type { Activity, OcsfEvent } from "../../model/activity.ts";
import type { Match } from "../../model/incident.ts";
import { type ColumnWriter, type NativeType, NativeWriter } from "./native.ts";

/** What is written of one activity. `id` is 128 bits in hex: the uid where that is a hash already, else the hash of source and uid. */
export interface ActivityRow {
  readonly id: string;
  readonly activity: Activity;
  /** Header lines that the row's line needs to be read again; empty for lines that stand alone. */
  readonly preamble: string;
}

interface Spec {
  readonly name: string;
  /** How the value travels. */
  readonly type: NativeType;
  /** How the table stores it. */
  readonly stored: string;
}

/** A column of text, which most are: the row's text, or anything else where it has none. */
interface TextSpec<Row> extends Spec {
  readonly read: (row: Row) => unknown;
}

interface ValueSpec<Row> extends Spec {
  /** Writes the row's value; writes nothing where the row has none. */
  readonly write: (column: ColumnWriter, row: Row) => unknown;
}

type ColumnSpec<Row> = TextSpec<Row> | ValueSpec<Row>;

const LOW = "LowCardinality(String)";
const TEXT = "String CODEC(ZSTD(1))";

function textColumn(name: string, stored: string, read: (row: ActivityRow) => unknown): TextSpec<ActivityRow> {
  return { name, type: "String", stored, read };
}

function sizeColumn(name: string, read: (event: OcsfEvent) => number | undefined): ColumnSpec<ActivityRow> {
  return {
    name,
    type: "Nullable(UInt64)",
    stored: "Nullable(UInt64) CODEC(T64, ZSTD(1))",
    write: (column, { activity: { event } }) => {
      const value = read(event);
      if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) column.nullable(value);
    },
  };
}

/** Columns that have values together: where the part of the event is missing, none of them is asked. */
interface ColumnGroup<Row> {
  readonly present: (row: Row) => boolean;
  readonly columns: readonly ColumnSpec<Row>[];
}

const ACTIVITY_GROUPS: readonly ColumnGroup<ActivityRow>[] = [
  {
    present: () => true,
    columns: [
      {
        name: "id",
        type: "FixedString(16)",
        stored: "FixedString(16) CODEC(NONE)",
        write: (column, row) => column.hex(row.id),
      },
      {
        name: "time",
        type: "Int64",
        stored: "DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))",
        write: (column, row) => column.number(row.activity.event.time),
      },
      {
        name: "class_uid",
        type: "UInt16",
        stored: "UInt16",
        write: (column, row) => column.number(row.activity.event.class_uid),
      },
      {
        name: "activity_id",
        type: "UInt8",
        stored: "UInt8",
        write: (column, row) => column.number(row.activity.event.activity_id),
      },
      textColumn("source", LOW, ({ activity }) => activity.source),
      {
        // Empty where the id is the uid: it need not be stored twice.
        name: "metadata.uid",
        type: "String",
        stored: TEXT,
        write: (column, { id, activity: { event } }) =>
          event.metadata.uid !== id && column.string(event.metadata.uid ?? ""),
      },
      textColumn("metadata.event_code", LOW, ({ activity: { event } }) => event.metadata.event_code),
      textColumn("status", LOW, ({ activity: { event } }) => event.status),
      textColumn("disposition", LOW, ({ activity: { event } }) => event.disposition),
      textColumn("context.actor.name", LOW, ({ activity: { context } }) => context.actor.name),
      textColumn("context.host.name", LOW, ({ activity: { context } }) => context.host.name),
      textColumn("context.host.role", LOW, ({ activity: { context } }) => context.host.role),
      {
        name: "preamble",
        type: "String",
        stored: LOW,
        write: (column, row) => row.preamble !== "" && column.string(row.preamble),
      },
      textColumn("raw_data", TEXT, ({ activity: { event } }) => event.raw_data),
    ],
  },
  {
    present: ({ activity: { event } }) => event.actor !== undefined || event.user !== undefined,
    columns: [
      textColumn("actor.user.name", LOW, ({ activity: { event } }) => event.actor?.user?.name ?? event.user?.name),
      textColumn(
        "actor.user.email_addr",
        LOW,
        ({ activity: { event } }) => event.actor?.user?.email_addr ?? event.user?.email_addr,
      ),
      textColumn(
        "actor.session.credential_uid",
        LOW,
        ({ activity: { event } }) => event.actor?.session?.credential_uid,
      ),
    ],
  },
  {
    present: ({ activity: { event } }) => event.device !== undefined,
    columns: [textColumn("device.hostname", LOW, ({ activity: { event } }) => event.device?.hostname)],
  },
  {
    present: ({ activity: { event } }) => event.src_endpoint !== undefined || event.dst_endpoint !== undefined,
    columns: [
      textColumn("src_endpoint.ip", LOW, ({ activity: { event } }) => event.src_endpoint?.ip),
      textColumn("src_endpoint.hostname", LOW, ({ activity: { event } }) => event.src_endpoint?.hostname),
      textColumn("dst_endpoint.ip", TEXT, ({ activity: { event } }) => event.dst_endpoint?.ip),
      textColumn("dst_endpoint.hostname", LOW, ({ activity: { event } }) => event.dst_endpoint?.hostname),
      {
        name: "dst_endpoint.port",
        type: "UInt16",
        stored: "UInt16",
        write: (column, { activity: { event } }) =>
          event.dst_endpoint?.port !== undefined && column.number(event.dst_endpoint.port),
      },
      textColumn("connection_info.uid", TEXT, ({ activity: { event } }) => event.connection_info?.uid),
    ],
  },
  {
    present: ({ activity: { event } }) => event.http_request !== undefined || event.url !== undefined,
    columns: [
      textColumn("http_request.http_method", LOW, ({ activity: { event } }) => event.http_request?.http_method),
      textColumn(
        "url.url_string",
        TEXT,
        ({ activity: { event } }) => event.http_request?.url?.url_string ?? event.url?.url_string,
      ),
      textColumn("http_request.user_agent", LOW, ({ activity: { event } }) => event.http_request?.user_agent),
    ],
  },
  {
    present: ({ activity: { event } }) => event.query !== undefined || event.tls !== undefined,
    columns: [
      textColumn("query.hostname", LOW, ({ activity: { event } }) => event.query?.hostname),
      textColumn("tls.sni", LOW, ({ activity: { event } }) => event.tls?.sni),
    ],
  },
  {
    present: ({ activity: { event } }) =>
      event.process !== undefined || event.actor?.process !== undefined || event.file !== undefined,
    columns: [
      textColumn(
        "process.file.path",
        LOW,
        ({ activity: { event } }) => event.process?.file?.path ?? event.actor?.process?.file?.path,
      ),
      textColumn("process.cmd_line", TEXT, ({ activity: { event } }) => event.process?.cmd_line),
      textColumn(
        "process.parent_process.file.path",
        LOW,
        ({ activity: { event } }) => event.process?.parent_process?.file?.path,
      ),
      textColumn(
        "process.parent_process.cmd_line",
        TEXT,
        ({ activity: { event } }) => event.process?.parent_process?.cmd_line,
      ),
      textColumn("file.path", TEXT, ({ activity: { event } }) => event.file?.path),
    ],
  },
  {
    present: ({ activity: { event } }) => event.traffic !== undefined,
    columns: [
      sizeColumn("traffic.bytes_out", (event) => event.traffic?.bytes_out),
      sizeColumn("traffic.bytes_in", (event) => event.traffic?.bytes_in),
    ],
  },
  {
    present: ({ activity: { event } }) => event.api !== undefined || event.resources !== undefined,
    columns: [
      textColumn("api.operation", LOW, ({ activity: { event } }) => event.api?.operation),
      textColumn("resources.name", LOW, ({ activity: { event } }) => event.resources?.[0]?.name),
    ],
  },
  {
    present: ({ activity: { context } }) => context.destination !== null,
    columns: [
      textColumn("context.destination.name", LOW, ({ activity: { context } }) => context.destination?.name),
      textColumn("context.destination.host", LOW, ({ activity: { context } }) => context.destination?.host),
      textColumn("context.destination.endpoint", LOW, ({ activity: { context } }) => context.destination?.endpoint),
      textColumn("context.destination.operation", LOW, ({ activity: { context } }) => context.destination?.operation),
      textColumn("context.destination.verdict", LOW, ({ activity: { context } }) => context.destination?.verdict),
    ],
  },
];

export const ACTIVITY_COLUMNS = ACTIVITY_GROUPS.flatMap(({ columns }) => columns);

function matchText(name: string, stored: string, read: (match: Match) => string): TextSpec<Match> {
  return { name, type: "String", stored, read };
}

export const MATCH_COLUMNS: readonly ColumnSpec<Match>[] = [
  matchText("rule", LOW, (match) => match.rule),
  { name: "time", type: "Int64", stored: "DateTime64(3, 'UTC')", write: (column, match) => column.number(match.time) },
  matchText("activity_uid", "String", (match) => match.activity_uid),
  matchText("source", LOW, (match) => match.source),
  matchText("lane", LOW, (match) => match.lane),
  { name: "class_uid", type: "UInt16", stored: "UInt16", write: (column, match) => column.number(match.class_uid) },
  matchText("actor", LOW, (match) => match.actor),
  {
    name: "actor_names",
    type: "Array(String)",
    stored: "Array(LowCardinality(String))",
    write: (column, match) => column.strings(match.actor_names),
  },
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
  {
    name: "bytes_out",
    type: "Nullable(UInt64)",
    stored: "Nullable(UInt64)",
    write: (column, match) => column.nullable(match.bytes_out),
  },
  matchText("connection_uid", "String", (match) => match.connection_uid),
  {
    name: "answers",
    type: "Array(String)",
    stored: "Array(String)",
    write: (column, match) => column.strings(match.answers),
  },
  {
    name: "fields",
    type: "Map(String, String)",
    stored: "Map(LowCardinality(String), String)",
    write: (column, match) => column.pairs(match.fields),
  },
];

const MATCH_GROUPS: readonly ColumnGroup<Match>[] = [{ present: () => true, columns: MATCH_COLUMNS }];

/** Writes rows of one table into Native blocks. */
export class RowWriter<Row> {
  readonly #native: NativeWriter;
  readonly #groups: readonly {
    readonly present: (row: Row) => boolean;
    readonly texts: readonly { readonly column: ColumnWriter; readonly read: TextSpec<Row>["read"] }[];
    readonly values: readonly { readonly column: ColumnWriter; readonly write: ValueSpec<Row>["write"] }[];
  }[];

  constructor(groups: readonly ColumnGroup<Row>[]) {
    this.#native = new NativeWriter(groups.flatMap(({ columns }) => columns));
    let index = 0;
    this.#groups = groups.map(({ present, columns }) => {
      const specs = columns.map((spec) => ({ ...spec, column: this.#native.column(index++) }));
      return {
        present,
        texts: specs.flatMap((spec) => ("read" in spec ? [{ column: spec.column, read: spec.read }] : [])),
        values: specs.flatMap((spec) => ("write" in spec ? [{ column: spec.column, write: spec.write }] : [])),
      };
    });
  }

  get rows(): number {
    return this.#native.rows;
  }

  add(row: Row): void {
    for (const { present, texts, values } of this.#groups) {
      if (!present(row)) continue;
      for (const { column, read } of texts) {
        const value = read(row);
        // Maps read JSON of strangers: whatever is no string is left out rather than trusted.
        if (typeof value === "string" && value !== "") column.string(value);
      }
      for (const { column, write } of values) write(column, row);
    }
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

export const createActivityWriter = (): RowWriter<ActivityRow> => new RowWriter(ACTIVITY_GROUPS);
export const createMatchWriter = (): RowWriter<Match> => new RowWriter(MATCH_GROUPS);
