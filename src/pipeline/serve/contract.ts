/**
 * The HTTP API in one place: every address with what it takes and returns. The server, the OpenAPI document, the
 * documentation and the console are made from this table.
 */
import * as z from "zod";
// First of all, in this order: the document lists the shapes as they are made.
export * from "./contract/access.ts";
export * from "./contract/upkeep.ts";
export * from "./contract/backtest.ts";
export * from "./contract/event.ts";
export * from "./contract/incident.ts";
export * from "./contract/knowledge.ts";
export * from "./contract/operations.ts";
export * from "./contract/shape.ts";
export * from "./contract/suppression.ts";
export * from "./contract/sql.ts";
import { ADMIN_ENDPOINTS } from "./contract/access.ts";
import { UPKEEP_ENDPOINTS } from "./contract/upkeep.ts";
import { EVENT_ENDPOINTS } from "./contract/event.ts";
import { INCIDENT_ENDPOINTS } from "./contract/incident-endpoints.ts";
import { KNOWLEDGE_ENDPOINTS } from "./contract/knowledge-endpoints.ts";
import { SUPPRESSION_ENDPOINTS } from "./contract/suppression.ts";
import { SessionItem, SignInBody, Status, type ROLES } from "./contract/operations.ts";
import type { Output } from "./contract/shape.ts";
import { SQL_ENDPOINTS } from "./contract/sql.ts";

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

export const ENDPOINTS = {
  ...INCIDENT_ENDPOINTS,
  ...SUPPRESSION_ENDPOINTS,
  ...EVENT_ENDPOINTS,
  ...KNOWLEDGE_ENDPOINTS,
  ...SQL_ENDPOINTS,
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
