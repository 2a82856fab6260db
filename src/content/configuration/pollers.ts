/** `sources` that ask instead of being sent to: the audit logs of GitHub and GitLab, Okta's System Log, S3 buckets. */
import * as z from "zod";
import { path, sourceFields, span, text } from "./fields.ts";
import { secretFields } from "./secret.ts";

const DAY_MS = 86_400_000;

const { id } = sourceFields;

const address = z.string().regex(/^https?:\/\/[^\s@/?#]{1,255}(?:\/[^\s?#]{0,255})?$/, {
  error: "write an address such as https://api.github.com, without user, query and fragment",
});

/** How an API is reached. */
const reach = {
  ca_file: path.optional().meta({
    description: "Certificates, PEM, of whoever signed the server's, beside those the system trusts.",
  }),
  proxy: address.optional().meta({ description: "HTTP proxy for these requests; the environment's is not looked at." }),
  timeout: span.optional().meta({ description: "For one answer; 60s when left out." }),
};

/** How a log is read. */
const reading = (poll: string, overlap: string, since: string) => ({
  poll_interval: span.optional().meta({ description: `Between two readings; ${poll} when left out.` }),
  overlap: span.optional().meta({
    description: `How late events may come: every reading begins so long before the end of the one before; ${overlap} when left out.`,
  }),
  since: span.optional().meta({ description: `How far back the very first reading goes; ${since} when left out.` }),
});

const hasToken = ({ token_file, token_env }: { token_file?: string | undefined; token_env?: string | undefined }) =>
  (token_file === undefined) !== (token_env === undefined);
const TOKEN_NEEDED = { error: "the API needs a token: write token_file or token_env" };

const GithubAuditLog = z
  .strictObject({
    id,
    type: z.literal("github-audit-log"),
    enterprise: text.optional().meta({ description: "Slug of the enterprise; this or `organization`." }),
    organization: text.optional().meta({ description: "Name of the organisation; this or `enterprise`." }),
    ...secretFields("token"),
    url: address.optional().meta({
      description:
        "`https://api.github.com` when left out; `https://api.NAME.ghe.com`, or `https://HOST/api/v3` of an Enterprise Server.",
    }),
    include: z.enum(["all", "web", "git"]).optional().meta({ description: "`all`, git events too, when left out." }),
    phrase: text.optional().meta({ description: "Search phrase events have to meet, such as `action:git.push`." }),
    ...reading("30s", "15m", "7d"),
    ...reach,
  })
  .refine(({ enterprise, organization }) => (enterprise === undefined) !== (organization === undefined), {
    error: "name an enterprise or an organization, one of the two",
  })
  .refine(hasToken, TOKEN_NEEDED)
  .meta({ title: "github-audit-log", description: "The GitHub audit log, asked for over the REST API." });

const GitlabAuditEvents = z
  .strictObject({
    id,
    type: z.literal("gitlab-audit-events"),
    group: text.optional().meta({ description: "Number or full path of a group; of the instance when left out." }),
    project: text.optional().meta({ description: "Number or full path of a project." }),
    ...secretFields("token"),
    url: address.optional().meta({ description: "`https://gitlab.com` when left out." }),
    ...reading("60s", "15m", "30d"),
    ...reach,
  })
  .refine(({ group, project }) => group === undefined || project === undefined, {
    error: "name a group or a project, or neither for the whole instance",
  })
  .refine(hasToken, TOKEN_NEEDED)
  .meta({ title: "gitlab-audit-events", description: "GitLab's audit events, asked for over the REST API." });

const OktaSystemLog = z
  .strictObject({
    id,
    type: z.literal("okta-system-log"),
    url: address.meta({ description: "Of the organisation: `https://NAME.okta.com`." }),
    ...secretFields("token"),
    scheme: z.enum(["SSWS", "Bearer"]).optional().meta({
      description: "`SSWS` for an API token, which is meant when left out; `Bearer` for an OAuth access token.",
    }),
    filter: text.optional().meta({ description: "Filter in Okta's language that events have to meet." }),
    ...reading("30s", "5m", "7d"),
    ...reach,
  })
  .refine(hasToken, TOKEN_NEEDED)
  .meta({ title: "okta-system-log", description: "Okta's System Log, polled." });

const S3Bucket = z
  .strictObject({
    ...sourceFields,
    type: z.literal("s3"),
    bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, { error: "write the name of a bucket" }),
    region: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, { error: "write a region such as eu-central-1" })
      .optional()
      .meta({ description: "`us-east-1` when left out." }),
    url: address.optional().meta({
      description: "`https://s3.REGION.amazonaws.com` when left out; the address of MinIO, Ceph, R2 or another server.",
    }),
    path_style: z.boolean().optional().meta({
      description:
        "`https://HOST/BUCKET/KEY` instead of `https://BUCKET.HOST/KEY`; true when left out and `url` is given.",
    }),
    prefix: text.optional().meta({ description: "Only keys that begin so." }),
    suffix: text.optional().meta({ description: "Only keys that end so, such as `.json.gz`." }),
    ...secretFields("access_key_id"),
    ...secretFields("secret_access_key"),
    ...secretFields("session_token"),
    poll_interval: span.optional().meta({ description: "Between two lists of the bucket; 60s when left out." }),
    since: span.optional().meta({ description: "How far back the very first reading goes; 7d when left out." }),
    look_back: span
      .refine((ms) => ms <= 7 * DAY_MS, { error: "at most 7d" })
      .optional()
      .meta({ description: "Longer than any upload to the bucket takes; 3d when left out, at most 7d." }),
    list_all_every: span.optional().meta({
      description: "How often all keys are listed, in case they do not follow time; 1h when left out.",
    }),
    ...reach,
  })
  .refine(
    (bucket) =>
      (bucket.access_key_id_file ?? bucket.access_key_id_env) === undefined ||
      (bucket.secret_access_key_file ?? bucket.secret_access_key_env) !== undefined,
    { error: "an access key id goes with its secret: write secret_access_key_file or secret_access_key_env" },
  )
  .meta({ title: "s3", description: "Objects of an S3 bucket, as GitHub, GitLab and others write their logs there." });

/** Every kind of source that asks: one line each. */
export const POLLERS = [GithubAuditLog, GitlabAuditEvents, OktaSystemLog, S3Bucket] as const;

export type PollerSettings = z.output<(typeof POLLERS)[number]>;
