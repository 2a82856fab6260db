/** `sources`: what a running installation collects from. */
import * as z from "zod";
import { listen, path, size, sourceFields, span, text, tlsFiles } from "./fields.ts";
import { POLLERS } from "./pollers.ts";
import { secretFields } from "./secret.ts";

const connections = {
  max_connections: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .meta({ description: "Connections at a time; 1000 when left out." }),
  max_connections_per_address: z.int().min(1).max(100_000).optional().meta({
    description: "Connections at a time of one address.",
  }),
};

const sourceTls = tlsFiles
  .extend({
    client_ca_file: path.optional().meta({
      description: "Certificates of whoever signs clients: with it, only clients that show a certificate may connect.",
    }),
  })
  .meta({ description: "Serve over TLS." });

const FileSource = z
  .strictObject({
    ...sourceFields,
    type: z.literal("file"),
    paths: z.array(text).min(1).meta({
      description: "Files to follow; `*`, `?` and `**` are patterns. Rotated files and archives are read once.",
    }),
    from: z.enum(["beginning", "end"]).optional().meta({
      description: "Where files begin that are there at the very first start; `beginning` when left out.",
    }),
    poll_interval: span.optional().meta({ description: "Between two looks; 250ms when left out." }),
    quiet_after: span.optional().meta({
      description: "How long a rotated file must not have changed until it counts as complete; 5s when left out.",
    }),
  })
  .meta({ title: "file", description: "Log files as they grow." });

const SyslogSource = z
  .strictObject({
    ...sourceFields,
    type: z.literal("syslog"),
    listen,
    protocol: z.enum(["udp", "tcp", "tls"]),
    tls: sourceTls.optional(),
    ...connections,
    idle_timeout: span.optional().meta({ description: "A silent connection is closed after; 15m when left out." }),
    message_timeout: span.optional().meta({
      description: "A message that was begun has to be whole within; 30s when left out.",
    }),
    max_held: size.optional().meta({
      description: "How much may wait to be stored: of all over UDP (16MiB), of one connection over TCP (1MiB).",
    }),
  })
  .refine(({ protocol, tls }) => (protocol === "tls") === (tls !== undefined), {
    path: ["protocol"],
    error: "`tls` with certificate_file and key_file goes with protocol tls, and protocol tls needs it",
  })
  .meta({ title: "syslog", description: "Syslog over UDP, TCP or TLS, RFC 3164 and 5424." });

const httpFields = {
  listen,
  tls: sourceTls.optional(),
  ...connections,
  max_body: size.optional().meta({ description: "Of one request, inflated." }),
  request_timeout: span.optional().meta({ description: "For a whole request; 60s when left out." }),
};

const HttpSource = z
  .strictObject({
    ...sourceFields,
    type: z.literal("http"),
    ...httpFields,
    ...secretFields("token"),
    sourcetypes: z.record(z.string(), text).optional().meta({
      description: "Splunk's sourcetype to the id of a source; those not named are recognised.",
    }),
  })
  .meta({
    title: "http",
    description: "Splunk HEC, Elasticsearch `_bulk`, NDJSON and OTLP logs over HTTP; 2xx means stored on disk.",
  });

const GithubWebhookSource = z
  .strictObject({
    ...sourceFields,
    type: z.literal("github-webhook"),
    ...httpFields,
    ...secretFields("secret"),
    patience: span.optional().meta({ description: "How long a delivery may wait for the store; 8s when left out." }),
  })
  .refine(({ secret_file, secret_env }) => (secret_file === undefined) !== (secret_env === undefined), {
    error: "a webhook needs its secret: write secret_file or secret_env",
  })
  .meta({ title: "github-webhook", description: "GitHub webhooks, verified by their signature." });

const GitlabAuditStreamSource = z
  .strictObject({
    ...sourceFields,
    type: z.literal("gitlab-audit-stream"),
    ...httpFields,
    ...secretFields("token"),
    patience: span.optional().meta({ description: "How long an event may wait for the store; 8s when left out." }),
  })
  .refine(({ token_file, token_env }) => (token_file === undefined) !== (token_env === undefined), {
    error: "the stream needs its verification token: write token_file or token_env",
  })
  .meta({ title: "gitlab-audit-stream", description: "GitLab's audit event streaming destination." });

/** Every kind of source: one line each. */
const KINDS = [FileSource, SyslogSource, HttpSource, GithubWebhookSource, GitlabAuditStreamSource, ...POLLERS] as const;

export const SourceSchema = z.discriminatedUnion("type", KINDS);

export type SourceSettings = z.output<typeof SourceSchema>;
