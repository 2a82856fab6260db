/**
 * The HTTP API in one place: every address with what it takes and returns. The server, the OpenAPI document, the
 * documentation and the console are made from this table.
 */
import * as z from "zod";
import { ADMIN_ENDPOINTS } from "./contract/access.ts";
import { UPKEEP_ENDPOINTS } from "./contract/upkeep.ts";
import { BacktestBody, BacktestItem } from "./contract/backtest.ts";
import {
  EntityDetail,
  EntityItem,
  EntityListQuery,
  EntityQuery,
  EventItem,
  EventQuery,
  Histogram,
  HistogramQuery,
} from "./contract/event.ts";
import {
  ActionBody,
  ActionItem,
  EventDetail,
  IncidentCounts,
  IncidentDetail,
  IncidentItem,
  incidentFilter,
  IncidentQuery,
  NearMisses,
} from "./contract/incident.ts";
import {
  CoverageBasis,
  PolicySummary,
  QuarantineItem,
  QuarantineQuery,
  QuarantineReason,
  RuleDetail,
  RuleItem,
  SourceItem,
} from "./contract/knowledge.ts";
import {
  EndSuppressionBody,
  SuppressionBody,
  SuppressionItem,
  SuppressionPreviewItem,
  SuppressionQuery,
  SuppressionScopeBody,
} from "./contract/suppression.ts";
import { SessionItem, SignInBody, Status, type ROLES } from "./contract/operations.ts";
import { ENTITY_KINDS, paging, type Output } from "./contract/shape.ts";
import { SqlBody, SqlResult, SqlSchema } from "./contract/sql.ts";

export * from "./contract/access.ts";
export * from "./contract/backtest.ts";
export * from "./contract/event.ts";
export * from "./contract/incident.ts";
export * from "./contract/knowledge.ts";
export * from "./contract/operations.ts";
export * from "./contract/shape.ts";
export * from "./contract/upkeep.ts";
export * from "./contract/suppression.ts";
export * from "./contract/sql.ts";

export type Role = (typeof ROLES)[number];

export interface Endpoint {
  readonly method: "GET" | "POST" | "DELETE";
  /** With OpenAPI's `{name}` for parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly parameters?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly returns: z.ZodType;
  /** A list is `{ items, next }` of what it returns, and may be had as CSV with these columns, or as NDJSON. */
  readonly columns?: readonly string[];
  /** The answer is `{ columns, rows }`, and may be had as CSV or NDJSON as well. */
  readonly table?: true;
  /** The answer is a file of this type. */
  readonly media?: string;
  /** Least role. */
  readonly role: Role;
  readonly status?: number;
}

const uid = z.strictObject({
  uid: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/, { error: "write a uid, or the beginning of one" })
    .meta({ description: "or a beginning that only one has" }),
});
const entityKind = z.enum(ENTITY_KINDS);

export const ENDPOINTS = {
  listIncidents: {
    method: "GET",
    path: "/api/v1/incidents",
    tag: "incidents",
    summary: "Incidents, highest risk first",
    query: IncidentQuery,
    returns: IncidentItem,
    columns: [
      "uid",
      "state",
      "severity",
      "risk_score",
      "title",
      "first_time",
      "last_time",
      "actors",
      "hosts",
      "addresses",
      "destinations",
      "bytes_out",
      "behaviours",
      "analytics",
      "attack",
      "assignee",
      "disposition",
    ],
    role: "viewer",
  },
  countIncidents: {
    method: "GET",
    path: "/api/v1/incident-counts",
    tag: "incidents",
    summary: "How many incidents, by state, severity and behaviour",
    query: z.strictObject(incidentFilter),
    returns: IncidentCounts,
    role: "viewer",
  },
  getIncident: {
    method: "GET",
    path: "/api/v1/incidents/{uid}",
    tag: "incidents",
    summary: "One incident with its activities, actions and similar ones",
    parameters: uid,
    returns: IncidentDetail,
    role: "viewer",
  },
  getNearMisses: {
    method: "GET",
    path: "/api/v1/incidents/{uid}/near-misses",
    tag: "incidents",
    summary: "Rules that nearly held for an incident, and the predicate that decided",
    parameters: uid,
    returns: NearMisses,
    role: "viewer",
  },
  getEvidence: {
    method: "GET",
    path: "/api/v1/incidents/{uid}/evidence",
    tag: "incidents",
    summary:
      "Everything an incident rests on, as an archive with the SHA-256 of every file; the same state gives the same bytes",
    parameters: uid,
    returns: z.null(),
    media: "application/zip",
    role: "viewer",
  },
  listActions: {
    method: "GET",
    path: "/api/v1/incidents/{uid}/actions",
    tag: "incidents",
    summary: "What people did about an incident, in order of time",
    parameters: uid,
    query: z.strictObject(paging),
    returns: ActionItem,
    columns: ["uid", "time", "incident", "kind", "actor", "via", "address", "assignee", "disposition", "text"],
    role: "viewer",
  },
  act: {
    method: "POST",
    path: "/api/v1/incidents/{uid}/actions",
    tag: "incidents",
    summary: "Assign, note, close with a disposition, or reopen; If-Match guards against changes of others",
    parameters: uid,
    body: ActionBody,
    returns: IncidentItem,
    role: "analyst",
    status: 201,
  },
  listSuppressions: {
    method: "GET",
    path: "/api/v1/suppressions",
    tag: "incidents",
    summary: "What is not to be told again, the newest first, with what it hides",
    query: SuppressionQuery,
    returns: SuppressionItem,
    columns: [
      "uid",
      "state",
      "kind",
      "rule",
      "user",
      "host",
      "address",
      "destination",
      "reason",
      "owner",
      "created",
      "from",
      "until",
      "ended_time",
      "ended_by",
      "findings",
      "last_time",
    ],
    role: "viewer",
  },
  createSuppression: {
    method: "POST",
    path: "/api/v1/suppressions",
    tag: "incidents",
    summary: "Hide findings from incidents; analysts for at most 30 days",
    body: SuppressionBody,
    returns: SuppressionItem,
    role: "analyst",
    status: 201,
  },
  previewSuppression: {
    method: "POST",
    path: "/api/v1/suppression-preview",
    tag: "incidents",
    summary: "What a suppression would hide of all that is stored; changes nothing",
    body: SuppressionScopeBody,
    returns: SuppressionPreviewItem,
    role: "analyst",
  },
  endSuppression: {
    method: "POST",
    path: "/api/v1/suppressions/{uid}/end",
    tag: "incidents",
    summary: "End a suppression now, or take it back; If-Match guards against changes of others",
    parameters: uid,
    body: EndSuppressionBody,
    returns: SuppressionItem,
    role: "analyst",
  },
  listEntities: {
    method: "GET",
    path: "/api/v1/entities/{kind}",
    tag: "entities",
    summary: "Users, hosts, addresses, tokens or destinations, the busiest first",
    parameters: z.strictObject({ kind: entityKind }),
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
    parameters: z.strictObject({ kind: entityKind, name: z.string().min(1).max(1_000) }),
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
  listSources: {
    method: "GET",
    path: "/api/v1/sources",
    tag: "knowledge",
    summary: "What arrives, how much of it says what, and where it fell silent",
    query: z.strictObject(paging),
    returns: SourceItem,
    columns: [
      "id",
      "title",
      "lane",
      "received",
      "bytes",
      "first_event_time",
      "last_event_time",
      "behind_ms",
      "with_actor",
      "with_bytes_out",
      "with_url",
    ],
    role: "viewer",
  },
  listQuarantine: {
    method: "GET",
    path: "/api/v1/quarantine",
    tag: "knowledge",
    summary: "Lines that could not be read, with the reason",
    query: QuarantineQuery,
    returns: QuarantineItem,
    columns: ["file", "line", "reason", "excerpt"],
    role: "viewer",
  },
  countQuarantine: {
    method: "GET",
    path: "/api/v1/quarantine-reasons",
    tag: "knowledge",
    summary: "How many lines of which file could not be read, and why",
    query: z.strictObject(paging),
    returns: QuarantineReason,
    columns: ["reason", "file", "lines"],
    role: "viewer",
  },
  listRules: {
    method: "GET",
    path: "/api/v1/rules",
    tag: "knowledge",
    summary: "Every rule: what it needs, whether a source delivers it, what it found, how often it was right",
    query: z.strictObject(paging),
    returns: RuleItem,
    columns: [
      "id",
      "title",
      "kind",
      "level",
      "alerts",
      "behaviours",
      "analytics",
      "attack",
      "delivering",
      "matches",
      "findings",
      "last_time",
      "file",
    ],
    role: "viewer",
  },
  getRule: {
    method: "GET",
    path: "/api/v1/rules/{id}",
    tag: "knowledge",
    summary: "One rule with its text, examples, hits by day and incidents",
    parameters: z.strictObject({ id: z.string().min(1).max(200) }),
    returns: RuleDetail,
    role: "viewer",
  },
  backtestRule: {
    method: "POST",
    path: "/api/v1/rule-backtest",
    tag: "knowledge",
    summary: "What a rule would have found in what is stored; changes nothing",
    body: BacktestBody,
    returns: BacktestItem,
    role: "engineer",
  },
  getCoverage: {
    method: "GET",
    path: "/api/v1/coverage",
    tag: "knowledge",
    summary: "What can be seen, what can be detected, what has been proven",
    returns: CoverageBasis,
    role: "viewer",
  },
  getPolicy: {
    method: "GET",
    path: "/api/v1/policy",
    tag: "knowledge",
    summary: "What is sanctioned, and what is in use that policy does not name",
    returns: PolicySummary,
    role: "viewer",
  },
  getSqlSchema: {
    method: "GET",
    path: "/api/v1/sql-schema",
    tag: "events",
    summary: "The tables that may be asked in SQL",
    returns: SqlSchema,
    role: "engineer",
  },
  runSql: {
    method: "POST",
    path: "/api/v1/sql",
    tag: "events",
    summary: "One question in ClickHouse's SQL: read-only, ten seconds, 10,000 rows; also as CSV and NDJSON",
    body: SqlBody,
    returns: SqlResult,
    table: true,
    role: "engineer",
  },
} as const satisfies Readonly<Record<string, Endpoint>>;

export type EndpointId = keyof typeof ENDPOINTS;
type Of<Id extends EndpointId> = (typeof ENDPOINTS)[Id];
type Part<Id extends EndpointId, Name extends string> =
  Of<Id> extends Readonly<Record<Name, infer Shape extends z.ZodType>> ? z.output<Shape> : undefined;

/** A page of a list, and the cursor of the next one; null: this was the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export interface Call<Id extends EndpointId> {
  readonly parameters: Part<Id, "parameters">;
  readonly query: Part<Id, "query">;
  readonly body: Part<Id, "body">;
  /** Rows a page of a list may have. */
  readonly limit: number;
  readonly caller: Caller;
  /** Value of If-Match; null when the request has none. */
  readonly ifMatch: string | null;
}

/** A file to keep. */
export interface FileAnswer {
  /** ASCII, without quotes. */
  readonly name: string;
  readonly body: Buffer;
  readonly etag: string;
}

export type Answer<Id extends EndpointId> =
  Of<Id> extends { media: string }
    ? FileAnswer
    : Of<Id> extends { columns: readonly string[] }
      ? Page<Output<Of<Id>["returns"]>>
      : Output<Of<Id>["returns"]>;

/** Who asks, by token or session. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  readonly via: "api" | "console" | "command-line";
  readonly address: string;
}

/** Answers to every address of the table. */
export type Handlers = { readonly [Id in EndpointId]: (call: Call<Id>) => Promise<Answer<Id>> };

/** Addresses that the server answers itself; here for the OpenAPI document. */
export const SERVER_ENDPOINTS = {
  getSession: {
    method: "GET",
    path: "/api/v1/session",
    tag: "access",
    summary: "Who is signed in, and the token against forged requests",
    returns: SessionItem,
    role: "viewer",
  },
  signIn: {
    method: "POST",
    path: "/api/v1/session",
    tag: "access",
    summary: "Sign in with a token, or with a user's name and password; sets the session's cookie",
    body: SignInBody,
    returns: SessionItem,
    role: "viewer",
    status: 201,
  },
  signOut: {
    method: "DELETE",
    path: "/api/v1/session",
    tag: "access",
    summary: "End the session",
    returns: z.null(),
    role: "viewer",
    status: 204,
  },
  getStatus: {
    method: "GET",
    path: "/status",
    tag: "operations",
    summary: "Counts of the store and state of every source",
    returns: Status,
    role: "viewer",
  },
  ...ADMIN_ENDPOINTS,
  ...UPKEEP_ENDPOINTS,
} as const satisfies Readonly<Record<string, Endpoint>>;
