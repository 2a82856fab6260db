/** Health, sign-in and errors. */
import * as z from "zod";
import { ConfigurationStatusItem, LiveStatusItem, ReceiverStatusItem, sourceHealthFields } from "./live.ts";
import { LANES, milliseconds, named } from "./shape.ts";

export const Health = named(
  "Health",
  z.object({ status: z.enum(["ok", "unavailable"]), reason: z.string().nullable() }),
);

export const Status = named(
  "Status",
  z.object({
    version: z.string(),
    started: milliseconds,
    uptime_ms: z.number(),
    ready: z.boolean(),
    store: z.object({
      activities: z.number(),
      matches: z.number(),
      findings: z.number(),
      incidents: z.number(),
      quarantined: z.number(),
      detached_parts: z.number().meta({ description: "parts set aside as broken: their rows are missing" }),
      bytes_on_disk: z.number(),
    }),
    sources: z.array(
      z.object({
        id: z.string(),
        received: z.number(),
        lag_ms: z.number().nullable(),
        last_event_time: milliseconds.nullable(),
        gaps: z.array(z.object({ from: milliseconds, until: milliseconds })),
        lane: z.enum(LANES).nullable(),
        ...sourceHealthFields,
      }),
    ),
    live: LiveStatusItem,
    configuration: ConfigurationStatusItem,
    notify: z.array(ReceiverStatusItem),
  }),
);

export const ROLES = ["viewer", "analyst", "engineer", "admin"] as const;

export const SessionItem = named(
  "Session",
  z.object({
    name: z.string(),
    role: z.enum(ROLES),
    via: z.enum(["token", "session"]),
    csrf: z.string().nullable().meta({ description: "to be sent as X-CSRF-Token with every change" }),
    expires: milliseconds.nullable(),
  }),
);

export const SignInBody = z.union([
  z.strictObject({ token: z.string().max(200) }),
  z.strictObject({ user: z.string().max(64), password: z.string().max(1_024) }),
]);

export const PROBLEMS = {
  "request.invalid": { status: 400, title: "The request is not as the contract says" },
  "auth.required": { status: 401, title: "Sign in, or send a token" },
  "auth.forbidden": { status: 403, title: "Your role does not allow this" },
  "csrf.invalid": { status: 403, title: "The request does not come from the console" },
  "not-found": { status: 404, title: "There is no such thing" },
  "method-not-allowed": { status: 405, title: "This address does not take that method" },
  "version-conflict": { status: 412, title: "It has changed since you read it" },
  "request.too-large": { status: 413, title: "The request is too large" },
  "media-type.unsupported": { status: 415, title: "Send JSON" },
  "host.refused": { status: 421, title: "This name is not served here" },
  "query.too-expensive": { status: 422, title: "The question takes too long" },
  "rate-limited": { status: 429, title: "Too many requests" },
  "sign-in.unavailable": { status: 503, title: "The sign-in provider does not answer" },
  internal: { status: 500, title: "Something went wrong here" },
  "store.unavailable": { status: 503, title: "The store does not answer" },
} as const satisfies Readonly<Record<string, { status: number; title: string }>>;
export type ProblemCode = keyof typeof PROBLEMS;

export const ProblemItem = named(
  "Problem",
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string().meta({ description: Object.keys(PROBLEMS).join(", ") }),
    instance: z.string().meta({ description: "id of the request" }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
  "An error, after RFC 9457. `code` is stable.",
);
