/** Rules over stored activities: which columns hold exactly a field of rules, and the queries that read candidates. */
import type { Store } from "./store.ts";

/** @see SqlColumn in detect/sigma/sql.ts */
interface FieldColumn {
  readonly sql: string;
  readonly type: "text" | "number";
  readonly missing: "null" | "empty" | "ambiguous" | "never";
  readonly inexactIn?: readonly number[];
}

const name = (column: string): string => `\`${column}\``;
/** Maps may write an empty text where a log has one. */
const text = (field: string, column = field, inexactIn?: readonly number[]): [string, FieldColumn] => [
  field,
  { sql: name(column), type: "text", missing: "ambiguous", ...(inexactIn === undefined ? {} : { inexactIn }) },
];
/** Context is null where nothing is known, and never an empty text. */
const context = (field: string): [string, FieldColumn] => [field, { sql: name(field), type: "text", missing: "empty" }];
const number = (field: string, sql: string, missing: FieldColumn["missing"] = "never"): [string, FieldColumn] => [
  field,
  { sql, type: "number", missing },
];

/** OCSF classes with a `user` beside the actor, whose name takes the actor's column where there is no actor. */
const WITH_USER = [2008, 3001, 3002, 3003, 3005, 3006, 4005, 4014];
/** Classes with a `url` beside the request. */
const WITH_URL = [4001, 4012];
/** Classes with a `process` beside the actor's. */
const WITH_PROCESS = [1004, 1007, 2001];

/**
 * Field of rules (an OCSF path or a context field) → column. A field that is not here has no column, or one that holds
 * something else for some events: `resources.name` only the first, `process.file.path` the acting process's where a
 * process has none.
 */
export const FIELD_COLUMNS: ReadonlyMap<string, FieldColumn> = new Map([
  number("time", "toUnixTimestamp64Milli(time)"),
  number("class_uid", "class_uid"),
  number("category_uid", "intDiv(class_uid, 1000)"),
  number("activity_id", "activity_id"),
  number("type_uid", "(toUInt32(class_uid) * 100 + activity_id)"),
  number("dst_endpoint.port", name("dst_endpoint.port"), "ambiguous"),
  number("traffic.bytes_out", name("traffic.bytes_out"), "null"),
  number("traffic.bytes_in", name("traffic.bytes_in"), "null"),
  text("metadata.event_code"),
  text("status"),
  text("disposition"),
  text("raw_data"),
  text("actor.user.name", "actor.user.name", WITH_USER),
  text("actor.user.email_addr", "actor.user.email_addr", WITH_USER),
  text("actor.session.credential_uid"),
  text("device.hostname"),
  text("src_endpoint.ip"),
  text("src_endpoint.hostname"),
  text("dst_endpoint.ip"),
  text("dst_endpoint.hostname"),
  text("connection_info.uid"),
  text("http_request.http_method"),
  text("http_request.url.url_string", "url.url_string", WITH_URL),
  text("http_request.user_agent"),
  text("query.hostname"),
  text("tls.sni"),
  text("actor.process.file.path", "process.file.path", WITH_PROCESS),
  text("process.cmd_line"),
  text("process.parent_process.file.path"),
  text("process.parent_process.cmd_line"),
  text("file.path"),
  text("api.operation"),
  context("context.actor.name"),
  context("context.host.name"),
  context("context.host.role"),
  context("context.destination.name"),
  context("context.destination.host"),
  context("context.destination.endpoint"),
  context("context.destination.operation"),
  context("context.destination.verdict"),
]);

/** A stored line, what it takes to read it again, and the context it was stored with. */
export interface HuntedLine {
  readonly source: string;
  /** Event time, ms since 1970 UTC. */
  readonly at: number;
  readonly uid: string;
  readonly preamble: string;
  readonly raw_data: string;
  readonly actor: string;
  readonly host: string;
  readonly role: string;
  readonly verdict: string;
  /** Positions of the conditions that hold; empty where none was asked. */
  readonly held: readonly number[];
}

interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** Rows that are looked at before their matches are sorted and handed on. */
const SLICE_ROWS = 200_000;
const HOUR_MS = 3_600_000;

/** The parts of a range that hold activities, in order, each of whole hours and about SLICE_ROWS rows where an hour has fewer. */
export async function huntSlices(store: Pick<Store, "rows">, { from, until }: TimeRange): Promise<TimeRange[]> {
  const hours = await store.rows<{ hour: string; count: string }>(
    `SELECT toString(intDiv(toUnixTimestamp64Milli(time), ${HOUR_MS})) AS hour, toString(count()) AS count FROM activity
     WHERE time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
     GROUP BY hour ORDER BY toInt64(hour)`,
    { from: Math.floor(from), until: Math.ceil(until) },
  );
  const slices: { from: number; until: number }[] = [];
  let rows = SLICE_ROWS;
  for (const { hour, count } of hours) {
    const start = Number(hour) * HOUR_MS;
    const last = slices.at(-1);
    if (last !== undefined && rows + Number(count) <= SLICE_ROWS) {
      last.until = Math.min(until, start + HOUR_MS);
      rows += Number(count);
    } else {
      slices.push({ from: Math.max(from, start), until: Math.min(until, start + HOUR_MS) });
      rows = Number(count);
    }
  }
  return slices;
}

/**
 * Lines of the range in order of time and id, in batches.
 *
 * @param conditions SQL over the columns of `activity`; a line comes when any holds. null: every line comes
 * @param classes OCSF classes to read; null: all
 * @param limit of lines, the earliest; null: none
 */
export function huntLines(
  store: Pick<Store, "stream">,
  range: TimeRange,
  {
    conditions,
    classes = null,
    limit = null,
  }: { conditions: readonly string[] | null; classes?: readonly number[] | null; limit?: number | null },
): AsyncIterable<HuntedLine[]> {
  const held =
    conditions === null
      ? "[]::Array(UInt32)"
      : `arrayFilter((at, holds) -> holds, range(toUInt32(${conditions.length})), [${conditions.join(", ")}])`;
  const where = [
    "time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')",
    ...(classes === null ? [] : [`class_uid IN (${classes.length === 0 ? "NULL" : classes.join(", ")})`]),
    ...(conditions === null ? [] : [`(${conditions.join(" OR ")})`]),
  ];
  return store.stream<HuntedLine>(
    `SELECT source, toUnixTimestamp64Milli(time) AS at, if(\`metadata.uid\` = '', lower(hex(id)), \`metadata.uid\`) AS uid, preamble, raw_data,
       \`context.actor.name\` AS actor, \`context.host.name\` AS host, \`context.host.role\` AS role, \`context.destination.verdict\` AS verdict, ${held} AS held
     FROM activity WHERE ${where.join(" AND ")} ORDER BY time, id ${limit === null ? "" : `LIMIT ${Math.trunc(limit)}`}
     SETTINGS output_format_json_quote_64bit_integers = 0`,
    { from: Math.floor(range.from), until: Math.ceil(range.until) },
  );
}
