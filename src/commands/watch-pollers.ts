/** Sources that ask, as configured -> sources that can be started. Secrets are read anew whenever they are needed. */
import type { PollerSettings } from "../content/configuration/pollers.ts";
import { readSecret, secretOf, type SecretReference } from "../content/configuration/secret.ts";
import { InvalidConfigError } from "../model/errors.ts";
import type { LiveSource, SourcePorts } from "../pipeline/collect/intake.ts";
import { createGithubAuditLogSource } from "../pipeline/collect/sources/github-audit-log.ts";
import { createGitlabAuditEventsSource } from "../pipeline/collect/sources/gitlab-audit-events.ts";
import { createOktaSystemLogSource } from "../pipeline/collect/sources/okta-system-log.ts";
import { createS3Source } from "../pipeline/collect/sources/s3.ts";
import type { Credentials } from "../pipeline/collect/sources/sigv4.ts";

/** @throws {InvalidConfigError} when a secret cannot be read */
export function createPoller(settings: PollerSettings, ports: SourcePorts): LiveSource {
  const reach = { id: settings.id, caFile: settings.ca_file, proxy: settings.proxy, timeoutMs: settings.timeout };
  const base = settings.url === undefined ? {} : { baseUrl: settings.url };
  switch (settings.type) {
    case "github-audit-log": {
      const { enterprise, organization, include, phrase } = settings;
      const about = { enterprise, organization, include, phrase, token: tokenOf(settings) };
      return createGithubAuditLogSource({ ...reach, ...base, ...about, ...readingOf(settings) }, ports);
    }
    case "gitlab-audit-events": {
      const { group, project } = settings;
      const about = { group, project, token: tokenOf(settings) };
      return createGitlabAuditEventsSource({ ...reach, ...base, ...about, ...readingOf(settings) }, ports);
    }
    case "okta-system-log": {
      const { url: baseUrl, scheme, filter } = settings;
      const about = { baseUrl, scheme, filter, token: tokenOf(settings) };
      return createOktaSystemLogSource({ ...reach, ...about, ...readingOf(settings) }, ports);
    }
    case "s3":
      return createS3Source(
        {
          ...reach,
          ...base,
          source: settings.source,
          bucket: settings.bucket,
          region: settings.region ?? "us-east-1",
          pathStyle: settings.path_style ?? settings.url !== undefined,
          prefix: settings.prefix,
          suffix: settings.suffix,
          credentials: credentialsOf(settings),
          pollMs: settings.poll_interval,
          sinceMs: settings.since,
          lookBackMs: settings.look_back,
          listAllMs: settings.list_all_every,
        },
        ports,
      );
  }
}

type LogSettings = Exclude<PollerSettings, { type: "s3" }>;

function readingOf({ poll_interval, overlap, since }: LogSettings) {
  return { pollMs: poll_interval, overlapMs: overlap, sinceMs: since };
}

function tokenOf(settings: LogSettings): () => string {
  const reference = needed(secretOf(settings, "token"), settings.id, "token");
  return () => readSecret(reference);
}

/** null: the bucket is open to everyone. */
function credentialsOf(settings: Extract<PollerSettings, { type: "s3" }>): () => Credentials | null {
  const id = secretOf(settings, "access_key_id");
  if (id === null) return () => null;
  const key = needed(secretOf(settings, "secret_access_key"), settings.id, "secret_access_key");
  const session = secretOf(settings, "session_token");
  return () => ({
    accessKeyId: readSecret(id),
    secretAccessKey: readSecret(key),
    ...(session === null ? {} : { sessionToken: readSecret(session) }),
  });
}

function needed(reference: SecretReference | null, source: string, name: string): SecretReference {
  if (reference === null) throw new InvalidConfigError(`source ${source}: write ${name}_file or ${name}_env`);
  return reference;
}
