/**
 * Signing in with an OpenID Connect provider: authorization code with PKCE, state and nonce; the ID token's signature, issuer,
 * audience, nonce and times are checked. People are known by `sub`; names and e-mail addresses are for showing only.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html
 */
import { randomBytes } from "node:crypto";
import * as oauth from "oauth4webapi";
import { sameSecret, type Person } from "./access.ts";
import type { OidcSettings } from "./access-settings.ts";
import { ROLES, type Role } from "./contract.ts";
import { ProblemError } from "./problem.ts";

const WITHIN_MS = 10_000;
const DISCOVERED_MS = 3_600_000;
const PENDING_MS = 600_000;
/** People on their way to the provider at a time. */
const MOST_PENDING = 5_000;
/** Clocks of provider and this machine may differ by so many seconds. */
const TOLERANCE_S = 60;

interface Pending {
  /** What the browser that began has to show: a link sent by somebody else signs nobody in. */
  readonly browser: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly expires: number;
}

export interface OidcStart {
  /** Where the browser goes. */
  readonly location: string;
  /** What it has to bring back, in a cookie. */
  readonly browser: string;
}

export class OidcSignIn {
  readonly settings: OidcSettings;
  readonly #redirect: () => string;
  readonly #now: () => number;
  readonly #pending = new Map<string, Pending>();
  #server: { metadata: oauth.AuthorizationServer; until: number } | null = null;

  /**
   * @param redirect address that the provider leads back to
   * @param now ms
   */
  constructor(settings: OidcSettings, redirect: () => string, now: () => number) {
    this.settings = settings;
    this.#redirect = redirect;
    this.#now = now;
  }

  get #http(): { signal: () => AbortSignal; [oauth.allowInsecureRequests]: boolean } {
    return { signal: () => AbortSignal.timeout(WITHIN_MS), [oauth.allowInsecureRequests]: this.settings.insecureHttp };
  }

  get #client(): oauth.Client {
    return { client_id: this.settings.clientId, [oauth.clockTolerance]: TOLERANCE_S };
  }

  /** @throws {ProblemError} when the provider does not answer */
  async begin(): Promise<OidcStart> {
    const server = await this.#discover();
    if (server.authorization_endpoint === undefined) throw unavailable(new Error("no authorization_endpoint"));
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const verifier = oauth.generateRandomCodeVerifier();
    const browser = randomBytes(24).toString("base64url");
    this.#forget();
    this.#pending.set(state, { browser, nonce, verifier, expires: this.#now() + PENDING_MS });
    const location = new URL(server.authorization_endpoint);
    for (const [name, value] of Object.entries({
      client_id: this.settings.clientId,
      redirect_uri: this.#redirect(),
      response_type: "code",
      scope: [...new Set(["openid", ...this.settings.scopes])].join(" "),
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }))
      location.searchParams.set(name, value);
    return { location: location.href, browser };
  }

  /**
   * @param answer parameters that the provider led back with
   * @param browser what the browser brought back
   * @throws {ProblemError} when anything about the answer is wrong, or the person may not sign in
   */
  async finish(answer: URLSearchParams, browser: string | null): Promise<Person> {
    const state = answer.get("state") ?? "";
    const pending = this.#pending.get(state);
    // An answer is good once, whatever comes of it.
    this.#pending.delete(state);
    if (
      pending === undefined ||
      pending.expires <= this.#now() ||
      browser === null ||
      !sameSecret(browser, pending.browser)
    )
      throw new ProblemError(
        "auth.required",
        "this sign-in was not begun in this browser, or took too long: begin again",
      );
    const server = await this.#discover();
    let claims: oauth.IDToken;
    let more: Readonly<Record<string, unknown>> = {};
    try {
      const client = this.#client;
      const parameters = oauth.validateAuthResponse(server, client, answer, state);
      const { clientSecret } = this.settings;
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        clientSecret === null ? oauth.None() : authentication(server, clientSecret),
        parameters,
        this.#redirect(),
        pending.verifier,
        this.#http,
      );
      const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: pending.nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, response, this.#http);
      const validated = oauth.getValidatedIdTokenClaims(result);
      if (validated === undefined) throw new Error("no ID token");
      claims = validated;
      const wanted = [this.settings.groupsClaim, this.settings.nameClaim ?? "sub"];
      if (server.userinfo_endpoint !== undefined && wanted.some((name) => !Object.hasOwn(claims, name))) {
        const info = await oauth.userInfoRequest(server, client, result.access_token, this.#http);
        more = await oauth.processUserInfoResponse(server, client, claims.sub, info);
      }
    } catch (cause) {
      if (cause instanceof TypeError && cause.message === "fetch failed") throw unavailable(cause);
      // The provider may have exchanged its keys a moment ago: the next sign-in asks for everything again.
      if ((cause as { code?: unknown }).code === oauth.KEY_SELECTION)
        this.#server = { metadata: structuredClone(server), until: 0 };
      throw new ProblemError("auth.required", "what the provider answered was refused: the server's log says why", {
        cause,
      });
    }
    return this.#personOf(claims, { ...more, ...claims });
  }

  #personOf({ sub }: oauth.IDToken, claims: Readonly<Record<string, unknown>>): Person {
    const said = (name: string): string | null => {
      const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
      return typeof value === "string" && value !== "" ? value.slice(0, 200).toWellFormed() : null;
    };
    const { nameClaim, groupsClaim, roles, defaultRole } = this.settings;
    const name =
      (nameClaim === null ? (said("preferred_username") ?? said("email")) : said(nameClaim)) ?? sub.slice(0, 200);
    const given = Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : undefined;
    const groups = (Array.isArray(given) ? given : [given]).filter((group) => typeof group === "string");
    const found = groups.flatMap((group) => roles.get(group) ?? []);
    const role = [...found, ...(defaultRole === null ? [] : [defaultRole])].reduce<Role | null>(
      (best, each) => (best === null || ROLES.indexOf(each) > ROLES.indexOf(best) ? each : best),
      null,
    );
    if (role === null) throw new ProblemError("auth.forbidden", `${name} is in none of the groups that may sign in`);
    return { name, role, account: `oidc:${this.settings.issuer}#${sub}` };
  }

  async #discover(): Promise<oauth.AuthorizationServer> {
    if (this.#server !== null && this.#server.until > this.#now()) return this.#server.metadata;
    try {
      const issuer = new URL(this.settings.issuer);
      const response = await oauth.discoveryRequest(issuer, this.#http);
      const metadata = await oauth.processDiscoveryResponse(issuer, response);
      this.#server = { metadata, until: this.#now() + DISCOVERED_MS };
      return metadata;
    } catch (cause) {
      // What was known an hour ago is better than nobody signing in.
      if (this.#server !== null) return this.#server.metadata;
      throw unavailable(cause);
    }
  }

  #forget(): void {
    const now = this.#now();
    for (const [state, { expires }] of this.#pending)
      if (expires <= now || this.#pending.size >= MOST_PENDING) this.#pending.delete(state);
      else break;
  }
}

function authentication(server: oauth.AuthorizationServer, secret: string): oauth.ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return methods.includes("client_secret_basic") ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret);
}

function unavailable(cause: unknown): ProblemError {
  return new ProblemError(
    "sign-in.unavailable",
    "the sign-in provider does not answer: try again, or sign in otherwise",
    {
      cause,
    },
  );
}
