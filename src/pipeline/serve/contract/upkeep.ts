/** Retention, deletion and backups of a running installation. */
import * as z from "zod";
import { milliseconds, named } from "./shape.ts";

export const RetentionItem = named(
  "RetentionLine",
  z.object({
    kind: z.string().meta({ description: "activity and its OCSF class_uid, match, finding, …" }),
    keep_ms: z.number().nullable().meta({ description: "null: for ever" }),
    before: milliseconds.nullable().meta({ description: "everything before may go" }),
    due: z.number(),
    held: z.number().meta({ description: "of these the ones that open incidents rest on" }),
  }),
);

export const PurgeResult = named(
  "PurgeResult",
  z.object({
    activities: z.number(),
    matches: z.number(),
    bindings: z.number(),
    baselines: z.number(),
    quarantined: z.number(),
    findings: z.number(),
    incidents: z.number(),
    notices: z.number().meta({ description: "about these incidents, sent or waiting" }),
    suppressions: z.number().meta({ description: "that named the person: they stay, without the name" }),
    held: z.number().meta({ description: "events that stay, because an open incident rests on them" }),
    left: z.number().meta({ description: "incidents that stay" }),
  }),
);

export const BackupItem = named(
  "Backup",
  z.object({
    folder: z.string(),
    files: z.number(),
    bytes: z.number(),
    schema: z.number(),
    created: milliseconds,
  }),
);

export const UPKEEP_ENDPOINTS = {
  showRetention: {
    method: "GET",
    path: "/api/v1/retention",
    tag: "operations",
    summary: "How long what is kept, and what is due to be deleted",
    returns: z.object({ items: z.array(RetentionItem), next: z.string().nullable() }),
    role: "engineer",
  },
  applyRetention: {
    method: "POST",
    path: "/api/v1/retention",
    tag: "operations",
    summary: "Delete what is due now",
    body: z.strictObject({
      with_open: z.boolean().optional().meta({ description: "also what open incidents rest on" }),
    }),
    returns: z.object({ deleted: z.array(z.object({ kind: z.string(), rows: z.number() })) }),
    role: "admin",
  },
  purge: {
    method: "POST",
    path: "/api/v1/purge",
    tag: "operations",
    summary: "Delete what is stored about a person",
    body: z.strictObject({
      names: z.array(z.string().min(3).max(256)).min(1).max(20).meta({ description: "as logs call the person" }),
      reason: z.string().min(1).max(1_000),
      incidents: z.boolean().optional().meta({ description: "also incidents about this person alone" }),
      dry_run: z.boolean().optional(),
    }),
    returns: PurgeResult,
    role: "admin",
  },
  backUp: {
    method: "POST",
    path: "/api/v1/backups",
    tag: "operations",
    summary: "Copy the store into a new folder below the server's folder of backups",
    body: z.strictObject({
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
        error: "write a name of letters, digits, . _ and -",
      }),
    }),
    returns: BackupItem,
    role: "admin",
    status: 201,
  },
} as const;
