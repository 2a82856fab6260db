/** Search over stored events, and single events derived anew from their lines. */
import { createContextBuilder } from "../pipeline/conform/context/index.ts";
import { conformAgain, withContext } from "../pipeline/activities.ts";
import { describeEvent } from "../pipeline/detect/describe.ts";
import { OCSF_CLASSES } from "../pipeline/detect/sigma/ocsf-classes.ts";
import { maps } from "../pipeline/conform/index.ts";
import { laneOf } from "../pipeline/lanes.ts";
import {
  countEvents,
  eventsByUid,
  fieldType,
  findEvents,
  SEARCHABLE_FIELDS,
  type EventFilter,
  type EventRow,
  type FieldCondition,
} from "../pipeline/persist/event-queries.ts";
import type { EventDetail, EventItem, Handlers, LANES, Output } from "../pipeline/serve/contract.ts";
import { decodeCursor, toPage } from "../pipeline/serve/cursor.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";
import type { BackendContent, Surroundings } from "./index.ts";

const CLASS_NAMES: ReadonlyMap<number, string> = new Map([...OCSF_CLASSES].map(([name, uid]) => [uid, name]));
const SHOWN_OF_LINE = 2_000;

type EventHandlers = Pick<Handlers, "listEvents" | "countEvents" | "getEvent">;
type EventQuestion = Parameters<Handlers["countEvents"]>[0]["query"];

export function eventHandlers({ reader, content }: Surroundings): EventHandlers {
  return {
    listEvents: async ({ query, limit }) => {
      const after = query.cursor === undefined ? null : decodeCursor(query.cursor, ["number", "string"] as const);
      if (after !== null && !/^[0-9a-f]{32}$/.test(after[1]))
        throw new ProblemError("request.invalid", "the cursor is not one of this list: begin again without it");
      const rows = await findEvents(reader, toFilter(query), { after, limit: limit + 1 });
      return toPage(rows, limit, toEvent, ({ at, id }) => [at, id]);
    },

    countEvents: async ({ query }) => {
      const { total, from, until, step, buckets } = await countEvents(reader, toFilter(query));
      const byTime = new Map<number, Record<"total" | (typeof LANES)[number], number>>();
      for (const { time, source, events } of buckets) {
        let bucket = byTime.get(time);
        if (bucket === undefined)
          byTime.set(time, (bucket = { total: 0, endpoint: 0, network: 0, identity: 0, repository: 0 }));
        bucket.total += events;
        const lane = laneOf(source);
        if (lane !== null) bucket[lane] += events;
      }
      return {
        total,
        from,
        until,
        step_ms: step,
        buckets: [...byTime].map(([time, counts]) => ({ time, ...counts })),
      };
    },

    getEvent: async ({ parameters: { uid } }) => {
      const [detail] = eventDetails(await eventsByUid(reader, [uid], null), content());
      if (detail === undefined) throw new ProblemError("not-found", "no stored event has this uid");
      return detail;
    },
  };
}

/** @throws {ProblemError} for a class or field that does not exist */
function toFilter({ from, until, class: classes, source, lane, field, text }: EventQuestion): EventFilter {
  return {
    from,
    until,
    classes: classes?.map((name) => {
      const uid = /^\d+$/.test(name) ? Number(name) : OCSF_CLASSES.get(name);
      if (uid === undefined || uid > 65_535)
        throw invalid("class", `there is no OCSF class ${name}: write for instance http_activity or 4002`);
      return uid;
    }),
    sources: source,
    laneSources: lane === undefined ? null : maps.filter(({ lane: of }) => lane.includes(of)).map(({ id }) => id),
    fields: field?.map(toCondition),
    text,
  };
}

function toCondition(written: string): FieldCondition {
  const colon = written.indexOf(":");
  const field = written.slice(0, Math.max(0, colon));
  const value = written.slice(colon + 1);
  const type = fieldType(field);
  if (type === null)
    throw invalid("field", `write path:value with one of these paths: ${SEARCHABLE_FIELDS.join(", ")}`);
  if (type === "text") return { field, like: value };
  const number = /^(>=|<=)?(\d{1,16})$/.exec(value);
  if (number === null) throw invalid("field", `${field} is a number: write ${field}:1000 or ${field}:>=1000`);
  return { field, comparison: (number[1] as ">=" | "<=" | undefined) ?? "=", value: Number(number[2]) };
}

function invalid(path: string, message: string): ProblemError {
  return new ProblemError("request.invalid", message, { errors: [{ path: `query.${path}`, message }] });
}

function toEvent(row: EventRow): Output<typeof EventItem> {
  const { columns, class_uid } = row;
  const text = (name: string): string => String(columns.get(name) ?? "");
  const bytes = columns.get("traffic.bytes_out");
  return {
    uid: row.uid,
    time: row.at,
    class_uid,
    class_name: CLASS_NAMES.get(class_uid) ?? "unknown",
    activity_id: row.activity_id,
    source: row.source,
    lane: laneOf(row.source),
    actor: text("context.actor.name"),
    host: text("context.host.name"),
    address: text("src_endpoint.ip"),
    destination: text("context.destination.name"),
    verdict: text("context.destination.verdict"),
    operation: text("context.destination.operation"),
    bytes_out: typeof bytes === "number" ? bytes : null,
    fields: Object.fromEntries(columns),
    raw_data: row.raw_data.slice(0, SHOWN_OF_LINE).toWellFormed(),
  };
}

/** Events as OCSF with their context, each derived anew from its line. */
export function eventDetails(
  rows: readonly EventRow[],
  { catalogue, policy }: BackendContent,
): Output<typeof EventDetail>[] {
  const contextOf = createContextBuilder(catalogue, policy);
  return rows.map((row) => {
    const event = conformAgain(row);
    return {
      uid: row.uid,
      time: row.at,
      source: row.source,
      lane: laneOf(row.source),
      what: event === null ? "" : describeEvent(event),
      event: event === null ? null : (withContext(event, contextOf(event)) as unknown as Record<string, unknown>),
      raw_data: row.raw_data,
    };
  });
}
