/** `access`: who may ask the API and the console, and how they sign in. */
import ipaddr from "ipaddr.js";
import * as z from "zod";
import { InvalidConfigError } from "../../model/errors.ts";
import type { AccessSettings } from "../../pipeline/serve/access-settings.ts";
import { span, text } from "./fields.ts";
import { readSecret, secretFields, secretOf } from "./secret.ts";

const HOUR_MS = 3_600_000;

export const role = z.enum(["viewer", "analyst", "engineer", "admin"]);

const range = z
  .string()
  .refine(
    (value) => (value.includes("/") ? ipaddr.isValidCIDR(value) : ipaddr.isValid(value)),
    "write an address such as 10.1.2.3, or a range such as 10.1.0.0/16",
  );

const address = z
  .url({ protocol: /^https?$/, error: "write an address that begins with https://" })
  .max(2_000)
  .refine((value) => !/[?#]/.test(value), "write the address without ? and #");

const OidcSchema = z
  .strictObject({
    issuer: address.meta({ description: "As the provider writes it in its tokens; discovery starts from it." }),
    client_id: text,
    ...secretFields("client_secret"),
    title: text.optional().meta({ description: "What the sign-in page calls it; `your organisation` when left out." }),
    scopes: z.array(text).optional().meta({ description: "`openid`, `profile` and `email` when left out." }),
    name_claim: text.optional().meta({
      description: "Claim that people are called by; `preferred_username`, else `email`, else `sub` when left out.",
    }),
    groups_claim: text.optional().meta({ description: "Claim that lists groups; `groups` when left out." }),
    roles: z.record(text, role).optional().meta({
      description: "Group → role. Of several groups the highest role counts.",
    }),
    default_role: role.optional().meta({
      description: "Role of people in none of these groups; when left out they may not sign in.",
    }),
    insecure_http: z.boolean().optional().meta({
      description: "Allow a provider without TLS on this machine, for trying it out.",
    }),
  })
  .refine(({ roles, default_role }) => default_role !== undefined || Object.keys(roles ?? {}).length > 0, {
    path: ["roles"],
    error: "name at least one group with its role, or a default_role: otherwise nobody may sign in",
  })
  .refine(({ issuer, insecure_http }) => issuer.startsWith("https://") || insecure_http === true, {
    path: ["issuer"],
    error: "the issuer has to begin with https://",
  });

export const AccessSchema = z
  .strictObject({
    public_url: address.optional().meta({
      description:
        "How browsers reach the console when that is not the address listened on, for instance behind a proxy: `https://sallyport.acme.example`.",
    }),
    trusted_proxies: z.array(range).optional().meta({
      description: "Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; none when left out.",
    }),
    session_idle: span.optional().meta({ description: "A session nobody uses ends after; 12h when left out." }),
    session_max: span.optional().meta({ description: "Every session ends after; 7d when left out." }),
    requests_per_minute: z.int().min(10).max(10_000_000).optional().meta({
      description: "Of one token, or of one address without a token; 6000 when left out.",
    }),
    first_user: z
      .strictObject({ name: text, ...secretFields("password") })
      .optional()
      .meta({
        description: "An admin who is made at the start while there is no user, for installations without a terminal.",
      }),
    oidc: OidcSchema.optional().meta({ description: "Sign-in with an OpenID Connect provider." }),
    insecure: z.boolean().optional().meta({
      description:
        "Listen on other addresses than 127.0.0.1 even without TLS and without users. Whoever is on the network can read along.",
    }),
  })
  .refine(({ session_idle, session_max }) => (session_idle ?? 0) <= (session_max ?? 7 * 24 * HOUR_MS), {
    path: ["session_idle"],
    error: "session_idle cannot be longer than session_max",
  })
  .meta({ description: "Who may ask the API and the console, and how they sign in." });

/**
 * The section with what it leaves out filled in, and its secrets read.
 * @throws {InvalidConfigError} when a secret cannot be read
 */
export function accessSettings(section: z.output<typeof AccessSchema> | undefined): AccessSettings {
  const { oidc, first_user: first, ...rest } = section ?? {};
  const max = rest.session_max ?? 7 * 24 * HOUR_MS;
  return {
    publicUrl: rest.public_url?.replace(/\/+$/, "") ?? null,
    trustedProxies: rest.trusted_proxies ?? [],
    sessionIdleMs: Math.min(rest.session_idle ?? 12 * HOUR_MS, max),
    sessionMaxMs: max,
    requestsPerMinute: rest.requests_per_minute ?? 6_000,
    firstUser: first === undefined ? null : { name: first.name, password: firstPassword(first) },
    oidc:
      oidc === undefined
        ? null
        : {
            issuer: oidc.issuer,
            clientId: oidc.client_id,
            clientSecret: secretOrNull(oidc),
            title: oidc.title ?? "your organisation",
            scopes: oidc.scopes ?? ["openid", "profile", "email"],
            nameClaim: oidc.name_claim ?? null,
            groupsClaim: oidc.groups_claim ?? "groups",
            roles: new Map(Object.entries(oidc.roles ?? {})),
            defaultRole: oidc.default_role ?? null,
            insecureHttp: oidc.insecure_http ?? false,
          },
    insecure: rest.insecure ?? false,
  };
}

function secretOrNull(oidc: z.output<typeof OidcSchema>): string | null {
  const reference = secretOf(oidc, "client_secret");
  return reference === null ? null : readSecret(reference);
}

function firstPassword(section: { password_file?: string | undefined; password_env?: string | undefined }): string {
  const reference = secretOf(section, "password");
  if (reference === null) throw new InvalidConfigError("access.first_user: name its password_file or password_env");
  return readSecret(reference);
}
