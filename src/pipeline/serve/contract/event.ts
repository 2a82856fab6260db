/** Events and the entities they speak of. */
import * as z from "zod";
import { EventDetail, IncidentReference } from "./incident.ts";
import {
  ENTITY_KINDS,
  LANES,
  manyParameter,
  milliseconds,
  momentParameter,
  named,
  namesParameter,
  paging,
  textParameter,
} from "./shape.ts";

export const EventItem = named(
  "Event",
  z.object({
    uid: z.string(),
    time: milliseconds,
    class_uid: z.number(),
    class_name: z.string(),
    activity_id: z.number(),
    source: z.string(),
    lane: z.enum(LANES).nullable(),
    actor: z.string(),
    host: z.string(),
    address: z.string(),
    destination: z.string(),
    verdict: z.string(),
    operation: z.string(),
    bytes_out: z.number().nullable(),
    fields: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .meta({ description: "what the event says, by OCSF path; what it does not say is absent" }),
    raw_data: z.string().meta({ description: "the line as received, cut to 2000 characters" }),
  }),
);

const eventFilter = {
  from: momentParameter.optional(),
  until: momentParameter.optional(),
  class: manyParameter(z.string().regex(/^[a-z_]{1,60}$|^\d{1,6}$/), true, "OCSF classes by name or number").optional(),
  source: namesParameter("ids of sources").optional(),
  lane: manyParameter(z.enum(LANES), true, "kinds of telemetry").optional(),
  field: manyParameter(
    textParameter,
    false,
    "`path:value`, the path an OCSF path or `context.…`, `*` in the value any run of characters; of numbers also `path:>=1000`; all must hold",
  ).optional(),
  text: textParameter.meta({ description: "part of the line as received; case does not count" }).optional(),
};

export const EventQuery = z.strictObject({ ...eventFilter, ...paging });
export const HistogramQuery = z.strictObject(eventFilter);

export const Histogram = named(
  "Histogram",
  z.object({
    total: z.number(),
    from: milliseconds.nullable(),
    until: milliseconds.nullable(),
    step_ms: z.number(),
    buckets: z.array(
      z.object({
        time: milliseconds,
        total: z.number(),
        endpoint: z.number(),
        network: z.number(),
        identity: z.number(),
        repository: z.number(),
      }),
    ),
  }),
);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const EntityQuery = z.strictObject({
  from: momentParameter.optional(),
  until: momentParameter.optional(),
  timezone: z
    .string()
    .max(60)
    .refine(isTimeZone, { error: "write an IANA time zone such as Europe/Berlin" })
    .meta({ description: "of hours and days; that of WorkHours, else UTC, when left out" })
    .optional(),
});

export const EntityListQuery = z.strictObject({
  text: textParameter.meta({ description: "part of the name" }).optional(),
  from: momentParameter.optional(),
  until: momentParameter.optional(),
  ...paging,
});

export const EntityItem = named(
  "Entity",
  z.object({
    kind: z.enum(ENTITY_KINDS),
    name: z.string(),
    events: z.number(),
    first_time: milliseconds,
    last_time: milliseconds,
    bytes_out: z.number().nullable(),
  }),
);

const companion = z.object({ name: z.string(), events: z.number(), last_time: milliseconds });

export const EntityDetail = named(
  "EntityDetail",
  z.object({
    kind: z.enum(ENTITY_KINDS),
    name: z.string(),
    events: z.number(),
    first_time: milliseconds.nullable(),
    last_time: milliseconds.nullable(),
    timezone: z.string(),
    hour_of_week: z.array(z.number()).meta({ description: "168 counts of events, from Monday 00:00" }),
    days: z.array(
      z.object({
        day: z.string(),
        events: z.number(),
        bytes_out: z.number().nullable().meta({ description: "what the source that saw most of the day says" }),
      }),
    ),
    expected: z
      .array(
        z.object({
          rule: z.string(),
          title: z.string(),
          measure: z.enum(["count", "sum", "distinct"]),
          period_ms: z.number(),
          group: z.array(z.string()),
          points: z.array(
            z.object({
              time: milliseconds,
              total: z.number(),
              expected: z.number().nullable().meta({ description: "null while too little is known" }),
              upper: z.number().nullable().meta({ description: "beyond it the rule fires" }),
              suspect: z.boolean().meta({ description: "an alert fell into it: it does not teach" }),
            }),
          ),
        }),
      )
      .meta({ description: "what the deviation rules know of this entity" }),
    destinations: z.array(
      z.object({
        name: z.string(),
        verdict: z.string(),
        operations: z.array(z.string()),
        events: z.number(),
        bytes_out: z.number().nullable(),
        first_time: milliseconds,
        last_time: milliseconds,
      }),
    ),
    related: z.object({
      users: z.array(companion),
      hosts: z.array(companion),
      addresses: z.array(companion),
      tokens: z.array(companion),
      sources: z.array(companion),
    }),
    incidents: z.array(IncidentReference),
  }),
);

export const EVENT_ENDPOINTS = {
  listEntities: {
    method: "GET",
    path: "/api/v1/entities/{kind}",
    tag: "entities",
    summary: "Users, hosts, addresses, tokens or destinations, the busiest first",
    parameters: z.strictObject({ kind: z.enum(ENTITY_KINDS) }),
    query: EntityListQuery,
    returns: EntityItem,
    columns: ["kind", "name", "events", "first_time", "last_time", "bytes_out"],
    role: "viewer",
  },
  getEntity: {
    method: "GET",
    path: "/api/v1/entities/{kind}/{name}",
    tag: "entities",
    summary: "What is usual for an entity, and what it did",
    parameters: z.strictObject({ kind: z.enum(ENTITY_KINDS), name: z.string().min(1).max(1_000) }),
    query: EntityQuery,
    returns: EntityDetail,
    role: "viewer",
  },
  listEvents: {
    method: "GET",
    path: "/api/v1/events",
    tag: "events",
    summary: "Stored events, latest first",
    query: EventQuery,
    returns: EventItem,
    columns: [
      "uid",
      "time",
      "class_name",
      "source",
      "actor",
      "host",
      "address",
      "destination",
      "verdict",
      "operation",
      "bytes_out",
      "raw_data",
    ],
    role: "viewer",
  },
  countEvents: {
    method: "GET",
    path: "/api/v1/event-histogram",
    tag: "events",
    summary: "How many events when, by kind of telemetry",
    query: HistogramQuery,
    returns: Histogram,
    role: "viewer",
  },
  getEvent: {
    method: "GET",
    path: "/api/v1/events/{uid}",
    tag: "events",
    summary: "One event as OCSF with its line as received",
    parameters: z.strictObject({ uid: z.string().min(1).max(500) }),
    returns: EventDetail,
    role: "viewer",
  },
} as const;
