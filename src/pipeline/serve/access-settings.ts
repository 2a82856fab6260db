/** How an installation lets people in; the configuration's section `access` resolves to it. */
import type { Role } from "./contract.ts";

/** How people of an OpenID Connect provider sign in. */
export interface OidcSettings {
  /** As the provider writes it in its tokens. */
  readonly issuer: string;
  readonly clientId: string;
  /** null: a public client, PKCE alone. */
  readonly clientSecret: string | null;
  /** What the sign-in page calls it. */
  readonly title: string;
  readonly scopes: readonly string[];
  /** null: the first of preferred_username, email and sub that there is. */
  readonly nameClaim: string | null;
  readonly groupsClaim: string;
  /** Group → role; of several the highest counts. */
  readonly roles: ReadonlyMap<string, Role>;
  /** Of people in none of these groups; null: they may not sign in. */
  readonly defaultRole: Role | null;
  /** Allow a provider without TLS. */
  readonly insecureHttp: boolean;
}

export interface AccessSettings {
  /** How browsers reach the console where that is not the address listened on. */
  readonly publicUrl: string | null;
  /** Addresses and ranges whose X-Forwarded-… headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly sessionIdleMs: number;
  readonly sessionMaxMs: number;
  /** Of one token, or of one address without a token. */
  readonly requestsPerMinute: number;
  /** An admin who is made at the start while there is no user. */
  readonly firstUser: { readonly name: string; readonly password: string } | null;
  readonly oidc: OidcSettings | null;
  /** Listen where others can reach it even without TLS and without users. */
  readonly insecure: boolean;
}
