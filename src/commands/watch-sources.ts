/** Sources as configured -> sources that can be started. */
import { hash } from "node:crypto";
import { readSecret, secretOf, type SecretReference } from "../content/configuration/secret.ts";
import type { SourceSettings } from "../content/configuration/sources.ts";
import type { LiveSource, SourcePorts } from "../pipeline/collect/intake.ts";
import { createFileSource } from "../pipeline/collect/sources/file.ts";
import { createGithubWebhookSource } from "../pipeline/collect/sources/github-webhook.ts";
import { createGitlabAuditStreamSource } from "../pipeline/collect/sources/gitlab-audit-stream.ts";
import { createHttpSource } from "../pipeline/collect/sources/http.ts";
import type { TlsFiles } from "../pipeline/collect/sources/listen.ts";
import { createSyslogSource } from "../pipeline/collect/sources/syslog.ts";
import type { SourceSpec } from "../pipeline/live-sources.ts";
import { fingerprintOf } from "./watch-content.ts";
import { createPoller } from "./watch-pollers.ts";

/** What is written to a file is to be an incident within seconds. */
const FILE_POLL_MS = 250;

/** A source is made anew when its settings change, or the content of a file they name. */
export function sourceSpecs(sources: readonly SourceSettings[]): SourceSpec[] {
  return sources.map((settings) => ({
    id: settings.id,
    fingerprint: hash("sha256", `${JSON.stringify(settings)}\n${fingerprintOf(namedFiles(settings))}`, "hex"),
    create: (ports) => createSource(settings, ports),
  }));
}

/** Certificates and secrets that the settings name. */
function namedFiles(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namedFiles);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key.endsWith("_file") && typeof inner === "string" ? [inner] : namedFiles(inner),
  );
}

/** @throws {InvalidConfigError} when a secret cannot be read */
function createSource(settings: SourceSettings, ports: SourcePorts): LiveSource {
  const { id } = settings;
  switch (settings.type) {
    case "file":
      return createFileSource(
        {
          id,
          source: settings.source,
          paths: settings.paths,
          from: settings.from,
          pollMs: settings.poll_interval ?? FILE_POLL_MS,
          quietMs: settings.quiet_after,
        },
        ports,
      );
    case "syslog":
      return createSyslogSource(
        {
          id,
          source: settings.source,
          listen: settings.listen,
          protocol: settings.protocol,
          tls: tlsOf(settings.tls),
          maxConnections: settings.max_connections,
          maxConnectionsPerAddress: settings.max_connections_per_address,
          idleTimeoutMs: settings.idle_timeout,
          messageTimeoutMs: settings.message_timeout,
          maxHeldBytes: settings.max_held,
        },
        ports,
      );
    case "http":
      return createHttpSource(
        {
          ...httpOf(settings),
          source: settings.source,
          token: secret(secretOf(settings, "token")),
          sourcetypes: settings.sourcetypes,
        },
        ports,
      );
    case "github-webhook":
      return createGithubWebhookSource(
        { ...httpOf(settings), secret: secret(secretOf(settings, "secret")), patienceMs: settings.patience },
        ports,
      );
    case "gitlab-audit-stream":
      return createGitlabAuditStreamSource(
        { ...httpOf(settings), token: secret(secretOf(settings, "token")), patienceMs: settings.patience },
        ports,
      );
    default:
      return createPoller(settings, ports);
  }
}

type HttpSettings = Extract<SourceSettings, { type: "http" | "github-webhook" | "gitlab-audit-stream" }>;

function httpOf(settings: HttpSettings) {
  return {
    id: settings.id,
    listen: settings.listen,
    tls: tlsOf(settings.tls),
    ...(settings.max_body === undefined ? {} : { maxBodyBytes: settings.max_body }),
    maxConnections: settings.max_connections,
    maxConnectionsPerAddress: settings.max_connections_per_address,
    requestTimeoutMs: settings.request_timeout,
  };
}

function tlsOf(tls: HttpSettings["tls"]): TlsFiles | undefined {
  return tls === undefined
    ? undefined
    : { certFile: tls.certificate_file, keyFile: tls.key_file, clientCaFile: tls.client_ca_file };
}

function secret(reference: SecretReference | null): string | undefined {
  return reference === null ? undefined : readSecret(reference);
}
