/** Incidents as the API tells them: the incident of `scan -o ndjson` with what people have done about it. */
import * as z from "zod";
import {
  LANES,
  manyParameter,
  milliseconds,
  momentParameter,
  named,
  namesParameter,
  paging,
  SEVERITIES,
  textParameter,
  VERDICTS,
  wholeNumberParameter,
} from "./shape.ts";

/** `suppressed`: all of its findings are covered by suppressions; told only to those who ask for it. */
export const INCIDENT_STATES = ["open", "closed", "suppressed"] as const;
/** Why an incident was closed: true (malicious, against policy), benign, wrong (rule, data), or told already. */
export const DISPOSITIONS = [
  "tp-malicious",
  "tp-policy",
  "benign-authorised",
  "fp-rule",
  "fp-data",
  "duplicate",
] as const;
export const ACTION_KINDS = ["assign", "note", "close", "reopen"] as const;

const seen = z.enum(["seen", "nothing", "not-visible"]);

const incidentFields = {
  schema_version: z.literal(1),
  uid: z.string(),
  title: z.string(),
  severity: z.enum(SEVERITIES),
  risk_score: z.number(),
  reasons: z.array(z.object({ text: z.string(), points: z.number(), finding: z.string() })),
  first_time: milliseconds,
  last_time: milliseconds,
  actors: z.array(z.string()),
  hosts: z.array(z.string()),
  addresses: z.array(z.string()),
  destinations: z.array(z.string()),
  bytes_out: z.number().nullable(),
  behaviours: z.array(z.string()),
  analytics: z.array(z.string()),
  attack: z.array(z.string()),
  findings: z.array(
    z.object({
      uid: z.string(),
      rule: z.string(),
      title: z.string(),
      time: milliseconds,
      severity: z.enum(SEVERITIES),
      activities: z.array(z.string()),
    }),
  ),
  visibility: z.object({ endpoint: seen, network: seen, identity: seen, repository: seen }),
  destination_details: z.array(
    z.object({
      name: z.string(),
      verdict: z.enum(VERDICTS),
      visibility: z.enum(["public", "private", "unknown"]),
      look_alike_of: z.string().nullable(),
    }),
  ),
  blind_spots: z.array(z.object({ code: z.string(), text: z.string(), source: z.string() })),
  next_steps: z.array(z.string()),
  timeline: z.array(
    z.object({
      time: milliseconds,
      lane: z.enum(LANES),
      source: z.string(),
      text: z.string(),
      activity: z.string(),
    }),
  ),
  state: z.enum(INCIDENT_STATES),
  assignee: z.string().nullable(),
  disposition: z.enum(DISPOSITIONS).nullable(),
  etag: z.string().meta({ description: "for If-Match when changing it" }),
};

export const IncidentItem = named("Incident", z.object(incidentFields));

export const ActionItem = named(
  "Action",
  z.object({
    uid: z.string(),
    time: milliseconds,
    incident: z.string(),
    kind: z.string().meta({ description: `${ACTION_KINDS.join(", ")}, or one that a later release adds` }),
    actor: z.string().meta({ description: "who" }),
    via: z.string().meta({ description: "api, console or command-line" }),
    address: z.string().nullable().meta({ description: "from where" }),
    assignee: z.string().nullable(),
    text: z.string().nullable(),
    disposition: z.string().nullable(),
  }),
  "What somebody did. Never changed or removed: the actions of an incident are its audit trail.",
);

export const EventDetail = named(
  "EventDetail",
  z.object({
    uid: z.string(),
    time: milliseconds,
    source: z.string(),
    lane: z.enum(LANES).nullable(),
    what: z.string().meta({ description: "in one line, secrets masked" }),
    event: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "OCSF 1.8.0; null when this release no longer reads the line" }),
    raw_data: z.string().meta({ description: "the line as received" }),
  }),
  "An activity, derived anew from the line that is stored.",
);

export const IncidentReference = named(
  "IncidentReference",
  z.object({
    uid: z.string(),
    title: z.string(),
    severity: z.enum(SEVERITIES),
    risk_score: z.number(),
    last_time: milliseconds,
    state: z.enum(INCIDENT_STATES),
    disposition: z.enum(DISPOSITIONS).nullable(),
  }),
);

export const IncidentDetail = named(
  "IncidentDetail",
  z.object({
    ...incidentFields,
    activities: z.array(EventDetail).meta({ description: "behind the findings, in order of time, at most 200" }),
    actions: z.array(ActionItem).meta({ description: "in order of time" }),
    similar: z.array(IncidentReference).meta({ description: "the same behaviour by or to somebody of this story" }),
  }),
);

export const NearMiss = named(
  "NearMiss",
  z.object({
    kind: z.enum(["predicate", "correlation"]),
    rule: z.string(),
    title: z.string(),
    concludes: z.string().nullable().meta({ description: "what an event rule would count towards" }),
    behaviours: z.array(z.string()),
    activity: z.string().nullable().meta({ description: "the event that came nearest" }),
    time: milliseconds.nullable(),
    held: z.number().meta({ description: "how much of it was there" }),
    parts: z.number().meta({ description: "of how much: predicates, events, bytes, or rules" }),
    decided: z.string().meta({ description: "what did not hold, with what was seen" }),
  }),
  "A rule that nearly held for an incident.",
);

export const NearMisses = named("NearMisses", z.object({ near_misses: z.array(NearMiss) }));

export const incidentFilter = {
  state: manyParameter(
    z.enum(INCIDENT_STATES),
    true,
    "open, closed, suppressed; open and closed when left out",
  ).optional(),
  severity: manyParameter(z.enum(SEVERITIES), true, "any of these").optional(),
  behaviour: namesParameter("behaviours").optional(),
  actor: namesParameter("any name of a person or account").optional(),
  host: namesParameter("host names").optional(),
  address: namesParameter("addresses").optional(),
  destination: namesParameter("host/owner/name").optional(),
  rule: namesParameter("ids of rules").optional(),
  assignee: namesParameter("who has it; an empty value: nobody").optional(),
  disposition: manyParameter(z.enum(DISPOSITIONS), true, "any of these").optional(),
  text: textParameter.meta({ description: "part of the title, a reason or a name; case does not count" }).optional(),
  from: momentParameter.optional(),
  until: momentParameter.optional(),
  min_risk: wholeNumberParameter(0, 100, "risk score at least").optional(),
};

export const IncidentQuery = z.strictObject({
  ...incidentFilter,
  sort: z.enum(["risk", "time"]).meta({ description: "highest risk, or latest, first" }).optional(),
  ...paging,
});

export const IncidentCounts = named(
  "IncidentCounts",
  z.object({
    total: z.number(),
    states: z.record(z.string(), z.number()),
    severities: z.record(z.string(), z.number()),
    behaviours: z.record(z.string(), z.number()),
    unassigned: z.number().meta({ description: "open, and nobody has them" }),
  }),
);

const note = z
  .string()
  .max(10_000)
  .transform((text) => text.toWellFormed());
const nobody = z.null().meta({ description: "nobody" });

export const ActionBody = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("assign"),
      assignee: z.union([z.string().min(1).max(200), nobody]),
    }),
    z.strictObject({ kind: z.literal("note"), text: note.pipe(z.string().min(1)) }),
    z.strictObject({ kind: z.literal("close"), disposition: z.enum(DISPOSITIONS), text: note.optional() }),
    z.strictObject({ kind: z.literal("reopen"), text: note.optional() }),
  ])
  .meta({ description: "What to do with the incident." });
