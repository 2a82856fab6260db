/** Stored activities as people search them: by time, class, source, fields and words of the line. */
import { FIELD_COLUMNS } from "./hunt.ts";
import { likePattern } from "./like.ts";
import type { StoreReader } from "./reader.ts";
import { storeTime } from "./store.ts";

/** One condition on a field: a text with `*`, or a comparison of numbers. */
export type FieldCondition =
  | { readonly field: string; readonly like: string }
  | { readonly field: string; readonly comparison: ">=" | "<=" | "="; readonly value: number };

export interface EventFilter {
  /** ms */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  readonly classes?: readonly number[] | undefined;
  /** Names may hold `*`. */
  readonly sources?: readonly string[] | undefined;
  /** Exact ids, as a lane stands for; null: every source. */
  readonly laneSources?: readonly string[] | null | undefined;
  readonly fields?: readonly FieldCondition[] | undefined;
  readonly text?: string | undefined;
}

export interface EventRow {
  /** ms */
  readonly at: number;
  /** 128 bits, hex. */
  readonly id: string;
  readonly uid: string;
  readonly class_uid: number;
  readonly activity_id: number;
  readonly source: string;
  readonly preamble: string;
  readonly raw_data: string;
  /** Columns that have a value, by name. */
  readonly columns: ReadonlyMap<string, string | number>;
}

/** ms and id of the last row of the page before. */
export type EventKey = readonly [number, string];

/** What a field of a question reads: "text", "number", or null where no column holds it. */
export function fieldType(field: string): "text" | "number" | null {
  return FIELD_COLUMNS.get(field)?.type ?? null;
}

export const SEARCHABLE_FIELDS: readonly string[] = [...FIELD_COLUMNS.keys()].filter((field) => field !== "raw_data");

/** Columns that a found event shows; `source`, `time` and the line stand for themselves. */
const SHOWN = SEARCHABLE_FIELDS.filter(
  (field) => !["time", "class_uid", "category_uid", "activity_id", "type_uid"].includes(field),
);
const UID = "if(`metadata.uid` = '', lower(hex(id)), `metadata.uid`)";

function conditionsOf(filter: EventFilter): { where: string; parameters: Record<string, unknown> } {
  const where: string[] = [];
  const parameters: Record<string, unknown> = {};
  if (filter.from !== undefined) {
    parameters["from"] = storeTime(filter.from);
    where.push("time >= {from:DateTime64(3, 'UTC')}");
  }
  if (filter.until !== undefined) {
    parameters["until"] = storeTime(filter.until);
    where.push("time < {until:DateTime64(3, 'UTC')}");
  }
  if (filter.classes !== undefined) {
    parameters["classes"] = filter.classes;
    where.push("class_uid IN {classes:Array(UInt16)}");
  }
  if (filter.laneSources != null) {
    parameters["laneSources"] = filter.laneSources;
    where.push("source IN {laneSources:Array(String)}");
  }
  if (filter.sources !== undefined && filter.sources.length > 0)
    where.push(
      `(${filter.sources
        .map((source, index) => {
          parameters[`source${index}`] = likePattern(source);
          return `source ILIKE {source${index}:String}`;
        })
        .join(" OR ")})`,
    );
  for (const [index, condition] of (filter.fields ?? []).entries()) {
    const column = FIELD_COLUMNS.get(condition.field);
    if (column === undefined) throw new TypeError(`no column holds ${condition.field}`);
    if ("like" in condition) {
      parameters[`field${index}`] = likePattern(condition.like);
      where.push(`${column.type === "text" ? column.sql : `toString(${column.sql})`} ILIKE {field${index}:String}`);
    } else {
      parameters[`field${index}`] = condition.value;
      where.push(`${column.sql} ${condition.comparison} {field${index}:Float64}`);
    }
  }
  if (filter.text !== undefined && filter.text !== "") {
    parameters["text"] = filter.text;
    where.push("positionCaseInsensitiveUTF8(raw_data, {text:String}) > 0");
  }
  return { where: where.length === 0 ? "1" : where.join(" AND "), parameters };
}

/** At most `limit` events, latest first, after the key. */
export async function findEvents(
  reader: StoreReader,
  filter: EventFilter,
  { after, limit }: { after: EventKey | null; limit: number },
): Promise<EventRow[]> {
  const { where, parameters } = conditionsOf(filter);
  const follows =
    after === null
      ? ""
      : "AND time <= {afterTime:DateTime64(3, 'UTC')} AND (time < {afterTime:DateTime64(3, 'UTC')} OR id < unhex({afterId:String}))";
  if (after !== null) Object.assign(parameters, { afterTime: storeTime(after[0]), afterId: after[1] });
  // The page first, by narrow columns alone; what it shows afterwards.
  const keys = await reader.rows<{ at: string; hex_id: string }>(
    `SELECT toString(toUnixTimestamp64Milli(time)) AS at, lower(hex(id)) AS hex_id FROM activity
     WHERE ${where} ${follows} ORDER BY activity.time DESC, activity.id DESC LIMIT ${Math.trunc(limit)}`,
    parameters,
  );
  const first = keys.at(-1);
  const last = keys[0];
  if (first === undefined || last === undefined) return [];
  return rowsWithin(reader, Number(first.at), Number(last.at), "lower(hex(id)) IN {ids:Array(String)}", {
    ids: keys.map(({ hex_id }) => hex_id),
  });
}

/**
 * Events by the uid that findings name them by, in order of time.
 * @param range event times, ms, both ends included; null: anywhere
 */
export async function eventsByUid(
  reader: StoreReader,
  uids: readonly string[],
  range: { readonly from: number; readonly until: number } | null,
): Promise<EventRow[]> {
  if (uids.length === 0) return [];
  const rows = await rowsWithin(
    reader,
    range?.from ?? 0,
    range?.until ?? Date.UTC(2149, 0),
    `(\`metadata.uid\` IN {uids:Array(String)} OR \`metadata.uid\` = '' AND lower(hex(id)) IN {uids:Array(String)})`,
    { uids },
  );
  return rows.toReversed();
}

/** Latest first. */
async function rowsWithin(
  reader: StoreReader,
  from: number,
  until: number,
  condition: string,
  parameters: Record<string, unknown>,
): Promise<EventRow[]> {
  const shown = SHOWN.map((field, index) => `${FIELD_COLUMNS.get(field)?.sql ?? "''"} AS c${index}`).join(", ");
  const rows = await reader.rows<Record<string, string | number | null>>(
    `SELECT toFloat64(toUnixTimestamp64Milli(time)) AS at, lower(hex(id)) AS hex_id, ${UID} AS uid, class_uid, activity_id, source, preamble, raw_data, ${shown}
     FROM activity WHERE time >= {first:DateTime64(3, 'UTC')} AND time <= {last:DateTime64(3, 'UTC')} AND ${condition}
     ORDER BY activity.time DESC, activity.id DESC LIMIT 10001 SETTINGS output_format_json_quote_64bit_integers = 0`,
    { ...parameters, first: storeTime(from), last: storeTime(until) },
  );
  return rows.map((row) => ({
    at: Number(row["at"]),
    id: String(row["hex_id"]),
    uid: String(row["uid"]),
    class_uid: Number(row["class_uid"]),
    activity_id: Number(row["activity_id"]),
    source: String(row["source"]),
    preamble: String(row["preamble"]),
    raw_data: String(row["raw_data"]),
    columns: new Map(
      SHOWN.flatMap((field, index) => {
        const value = row[`c${index}`];
        return value === null || value === undefined || value === "" || value === 0 ? [] : [[field, value] as const];
      }),
    ),
  }));
}

export interface EventCounts {
  readonly total: number;
  readonly from: number | null;
  readonly until: number | null;
  readonly step: number;
  readonly buckets: readonly { readonly time: number; readonly source: string; readonly events: number }[];
}

const STEPS = [1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 3_600e3, 10_800e3, 43_200e3, 86_400e3, 7 * 86_400e3, 28 * 86_400e3];
const LONGEST_STEP = 364 * 86_400e3;
const MOST_BUCKETS = 120;
/** So much finer is counted than may be shown: what is found may lie in a part of the time that was looked through. */
const FINER = 8;

/**
 * How many events when, in at most about 120 steps, by source. The events are read once, in steps that follow from the time asked for;
 * only when all that was found lies in a small part of it, that part is read again.
 */
export async function countEvents(reader: StoreReader, filter: EventFilter): Promise<EventCounts> {
  const [whole] = await reader.rows<{ n: number; first: number; last: number }>(
    "SELECT toFloat64(count()) AS n, toFloat64(toUnixTimestamp64Milli(min(time))) AS first, toFloat64(toUnixTimestamp64Milli(max(time))) AS last FROM activity",
  );
  if (whole === undefined || whole.n === 0) return NOTHING;
  const from = Math.max(whole.first, filter.from ?? 0);
  const until = Math.min(whole.last + 1, filter.until ?? Number.POSITIVE_INFINITY);
  const counted = await countBySteps(reader, filter, stepOf(until - from, MOST_BUCKETS * FINER));
  if (counted.from === null || counted.until === null) return NOTHING;
  const step = stepOf(counted.until - counted.from, MOST_BUCKETS);
  if (step >= counted.step) return { ...counted, step, buckets: joined(counted.buckets, step) };
  return countBySteps(reader, { ...filter, from: counted.from, until: counted.until }, step);
}

const NOTHING: EventCounts = { total: 0, from: null, until: null, step: 0, buckets: [] };

function stepOf(span: number, most: number): number {
  return STEPS.find((each) => span / each <= most) ?? LONGEST_STEP;
}

async function countBySteps(reader: StoreReader, filter: EventFilter, step: number): Promise<EventCounts> {
  const { where, parameters } = conditionsOf(filter);
  const rows = await reader.rows<{ bucket: number; source: string; events: number; first: number; last: number }>(
    `SELECT toFloat64(intDiv(toUnixTimestamp64Milli(activity.time), ${step}) * ${step}) AS bucket, source, toFloat64(count()) AS events,
       toFloat64(toUnixTimestamp64Milli(min(activity.time))) AS first, toFloat64(toUnixTimestamp64Milli(max(activity.time))) AS last
     FROM activity WHERE ${where} GROUP BY bucket, source ORDER BY bucket, source LIMIT 50000`,
    parameters,
  );
  if (rows.length === 0) return NOTHING;
  return {
    total: rows.reduce((sum, { events }) => sum + events, 0),
    from: Math.min(...rows.map(({ first }) => first)),
    until: Math.max(...rows.map(({ last }) => last)) + 1,
    step,
    buckets: rows.map(({ bucket, source, events }) => ({ time: bucket, source, events })),
  };
}

/** Buckets of longer steps. */
function joined(buckets: EventCounts["buckets"], step: number): EventCounts["buckets"] {
  const sums = new Map<string, { time: number; source: string; events: number }>();
  for (const { time, source, events } of buckets) {
    const begin = Math.floor(time / step) * step;
    const key = `${begin} ${source}`;
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { time: begin, source, events });
    else sum.events += events;
  }
  return [...sums.values()].toSorted((a, b) => a.time - b.time || (a.source < b.source ? -1 : 1));
}
