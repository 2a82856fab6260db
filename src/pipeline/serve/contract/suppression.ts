/** Suppressions: what is not to be told again, until when, why, and what that hides. */
import * as z from "zod";
import { DISPOSITIONS, INCIDENT_STATES } from "./incident.ts";
import { milliseconds, named, paging, SEVERITIES, uidParameter } from "./shape.ts";

const counts = z.object({
  informational: z.number(),
  low: z.number(),
  medium: z.number(),
  high: z.number(),
  critical: z.number(),
});

const pattern = (description: string) => z.string().nullable().meta({ description });

const scopeFields = {
  rule: pattern("id of a rule"),
  user: pattern("any name of a person or account"),
  host: pattern("a machine"),
  address: pattern("an address"),
  destination: pattern("host/owner/name, or less of it"),
};

export const SUPPRESSION_STATES = ["active", "expired", "withdrawn"] as const;

export const SuppressionItem = named(
  "Suppression",
  z.object({
    uid: z.string(),
    kind: z.string().meta({ description: "fingerprint, or the names it is narrowed by" }),
    state: z.enum(SUPPRESSION_STATES),
    ...scopeFields,
    reason: z.string(),
    owner: z.string().meta({ description: "who answers for it" }),
    created: milliseconds,
    from: milliseconds.nullable().meta({ description: "covers what happened from then on; null: all that is stored" }),
    until: milliseconds.meta({ description: "covers what happened before" }),
    ended_time: milliseconds.nullable().meta({ description: "when somebody ended it before its time" }),
    ended_by: z.string().nullable(),
    findings: z.number().meta({ description: "stored findings it covers" }),
    finding_severities: counts,
    last_time: milliseconds.nullable().meta({ description: "of the newest of them" }),
    etag: z.string().meta({ description: "for If-Match when ending it" }),
  }),
  "Hides findings from incidents. What it hides stays stored and is counted.",
);

export const SuppressionQuery = z.strictObject({
  state: z.enum(SUPPRESSION_STATES).meta({ description: "only those; all when left out" }).optional(),
  ...paging,
});

const given = z
  .string()
  .max(500)
  .transform((text) => text.toWellFormed())
  .nullable()
  .optional();

const scopeBody = {
  rule: given,
  user: given,
  host: given,
  address: given,
  destination: given,
  from: milliseconds.nonnegative().nullable().optional(),
  until: milliseconds
    .nonnegative()
    .meta({ description: "ms since 1970 UTC, 30 days ahead when left out, at most a year; for analysts 30 days" })
    .optional(),
};

export const SuppressionScopeBody = z
  .strictObject(scopeBody)
  .meta({ description: "At least one name; all that are given must hold. Patterns know `*` and `?` only." });

export const SuppressionBody = z
  .strictObject({
    ...scopeBody,
    reason: z
      .string()
      .max(2_000)
      .transform((text) => text.toWellFormed().trim())
      .pipe(z.string().min(1)),
    owner: z.string().min(1).max(200).meta({ description: "you, when left out" }).optional(),
    incident: z
      .string()
      .regex(/^[0-9a-f]{1,64}$/)
      .meta({ description: "the incident it is decided on: its actions tell of it" })
      .optional(),
    confirmed: z.boolean().meta({ description: "also when it hides incidents that were confirmed" }).optional(),
  })
  .meta({ description: "What to hide, until when and why." });

export const EndSuppressionBody = z
  .strictObject({
    withdraw: z
      .boolean()
      .meta({ description: "take it back, as though it had never been; otherwise what it hid stays hidden" })
      .optional(),
  })
  .meta({ description: "How to end it." });

export const SuppressionPreviewItem = named(
  "SuppressionPreview",
  z.object({
    findings: z.number().meta({ description: "that would be covered and are not yet" }),
    finding_severities: counts,
    covered_already: z.number(),
    first_time: milliseconds.nullable(),
    last_time: milliseconds.nullable(),
    vanishing: z.number().meta({ description: "incidents of which nothing would be left" }),
    vanishing_severities: counts,
    dropping: z.number().meta({ description: "incidents of which something would be left" }),
    dropping_severities: counts,
    confirmed: z.number().meta({ description: "incidents of both kinds that people have judged to be true" }),
    incidents: z
      .array(
        z.object({
          uid: z.string(),
          title: z.string(),
          effect: z.enum(["vanishes", "drops"]),
          severity: z.enum(SEVERITIES),
          risk_score: z.number(),
          new_severity: z.enum(SEVERITIES).nullable(),
          new_risk_score: z.number().nullable(),
          new_title: z.string().nullable(),
          findings: z.number(),
          covered: z.number(),
          first_time: milliseconds,
          last_time: milliseconds,
          state: z.enum(INCIDENT_STATES),
          disposition: z.enum(DISPOSITIONS).nullable(),
        }),
      )
      .meta({ description: "the vanishing ones first, highest risk first, at most 200" }),
  }),
);

export const SUPPRESSION_ENDPOINTS = {
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
    parameters: uidParameter,
    body: EndSuppressionBody,
    returns: SuppressionItem,
    role: "analyst",
  },
} as const;
