/**
 * Who may ask: API tokens, sessions of the console, and links that sign in once. Secrets are 256 random bits; what is kept
 * of them is their SHA-256, so that reading the store opens nothing.
 *
 * A session is of an account (`user:mara`, `oidc:SUBJECT`, `token:HASH`, `link:local`) and lives no longer than that account may
 * sign in: disabling a user, revoking a token or adding the first user ends what rests on the other.
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import ipaddr from "ipaddr.js";
import type { AuditEntry, Credential, CredentialStore, UserStore } from "./backend.ts";
import { ROLES, type Role } from "./contract.ts";
import type { ScryptCost } from "./access-password.ts";
import { SignInThrottle } from "./access-throttle.ts";
import { Users } from "./access-users.ts";

const HOUR_MS = 3_600_000;
const LINK_MS = 24 * HOUR_MS;
const FOREVER_MS = Date.UTC(2149, 0);
/** Sessions at a time; the oldest ends when there is one more. */
const MOST_SESSIONS = 1_000;
/** How far the end of a session in use may lag behind before it is written again. */
const SLIDE_MS = 5 * 60_000;
/** A session's secret is replaced when it is older than this, and the old one still opens for as long as requests are under way. */
const RENEW_MS = HOUR_MS;
const OVERLAP_MS = 60_000;
/** Failed sign-ins written down in a minute; a flood of them must not fill the store. */
const FAILURES_A_MINUTE = 30;

export interface AccessOptions {
  /** ms */
  readonly now: () => number;
  readonly sessionIdleMs?: number;
  readonly sessionMaxMs?: number;
  /** Whether people of an OpenID Connect provider may sign in. */
  readonly oidc?: boolean;
  /** Whether links that sign in once are given out at all: on this machine alone. */
  readonly links?: boolean;
  readonly cost?: ScryptCost;
}

export interface AccessStores {
  readonly credentials: CredentialStore;
  readonly users?: UserStore | undefined;
  readonly audit?: ((entry: AuditEntry) => Promise<void>) | undefined;
}

export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly account: string;
}

export interface TokenOptions {
  /** ms since 1970 UTC; never when left out. */
  readonly expires?: number | undefined;
  /** Addresses and ranges it may come from; any when left out. */
  readonly addresses?: readonly string[] | undefined;
  readonly createdBy?: string | undefined;
}

export class Access {
  readonly #stores: AccessStores;
  readonly #options: AccessOptions;
  readonly #byHash: Map<string, Credential>;
  readonly #links = new Map<string, { name: string; role: Role; expires: number }>();
  readonly users: Users;
  readonly throttle: SignInThrottle;
  #failures = { minute: 0, written: 0, left: 0 };

  private constructor(stores: AccessStores, options: AccessOptions, credentials: readonly Credential[], users: Users) {
    this.#stores = stores;
    this.#options = options;
    this.#byHash = new Map(credentials.map((credential) => [credential.hash, credential]));
    this.users = users;
    this.throttle = new SignInThrottle(options.now);
  }

  static async open(stores: AccessStores, options: AccessOptions): Promise<Access> {
    const none: UserStore = { read: async () => [], write: async () => {} };
    const users = await Users.open(stores.users ?? none, options.now, options.cost);
    return new Access(stores, options, await stores.credentials.read(), users);
  }

  /** How long the browser keeps a session's cookie, ms. */
  get sessionMaxMs(): number {
    return this.#options.sessionMaxMs ?? 168 * HOUR_MS;
  }

  /** Whether a link of this process signs anybody in. */
  get linksWork(): boolean {
    return (this.#options.links ?? true) && !this.peopleSignIn;
  }

  /** Whether people sign in under names of their own: there are users, or a provider knows them. */
  get peopleSignIn(): boolean {
    return this.#options.oidc === true || this.users.any;
  }

  get hasTokens(): boolean {
    const now = this.#options.now();
    return [...this.#byHash.values()].some(({ kind, expires }) => kind === "token" && expires > now);
  }

  /**
   * The credential of a secret, with the role that its account has now.
   * @param address where it comes from; tokens may be kept to some
   */
  find(secret: string, kind: Credential["kind"], address: string): Credential | null {
    const credential = this.#byHash.get(digest(secret));
    const now = this.#options.now();
    if (credential === undefined || credential.kind !== kind || credential.expires <= now || credential.ends <= now)
      return null;
    if (kind === "token") return mayComeFrom(address, credential.addresses) ? credential : null;
    const role = this.#roleOf(credential);
    if (role === null) return null;
    return { ...this.#slide(credential, now), role };
  }

  /** null: the account may not sign in any more. */
  #roleOf({ account, role }: Credential): Role | null {
    const [kind, name] = divide(account);
    switch (kind) {
      case "user":
        return this.users.active(name)?.role ?? null;
      case "token": {
        const token = this.#byHash.get(name);
        return token !== undefined && token.expires > this.#options.now() ? token.role : null;
      }
      case "oidc":
        return this.#options.oidc === true ? role : null;
      default:
        return this.linksWork ? role : null;
    }
  }

  /** A session in use goes on, up to its absolute end. */
  #slide(session: Credential, now: number): Credential {
    const expires = Math.min(now + this.#idleMs, session.ends);
    if (expires - session.expires < Math.min(SLIDE_MS, this.#idleMs / 10)) return session;
    const longer = { ...session, expires };
    this.#byHash.set(session.hash, longer);
    // Not written: it only ends earlier, should the process end.
    this.#stores.credentials.write(longer, false).catch(() => {});
    return longer;
  }

  get #idleMs(): number {
    return Math.min(this.#options.sessionIdleMs ?? 12 * HOUR_MS, this.sessionMaxMs);
  }

  async #add(secret: string, credential: Omit<Credential, "hash" | "created">): Promise<Credential> {
    const whole = { ...credential, hash: digest(secret), created: this.#options.now() };
    await this.#stores.credentials.write(whole, false);
    this.#byHash.set(whole.hash, whole);
    return whole;
  }

  async #end(credential: Credential): Promise<void> {
    this.#byHash.delete(credential.hash);
    await this.#stores.credentials.write(credential, true);
  }

  /** ms */
  now(): number {
    return this.#options.now();
  }

  /** Makes a token that does not expire. */
  async createToken(name: string, role: Role): Promise<string> {
    return (await this.issueToken(name, role)).secret;
  }

  /** Makes a token; the only time its secret is seen. */
  async issueToken(
    name: string,
    role: Role,
    options: TokenOptions = {},
  ): Promise<{ secret: string; token: Credential }> {
    const secret = `slp_${randomBytes(32).toString("base64url")}`;
    const expires = Math.min(options.expires ?? FOREVER_MS, FOREVER_MS);
    const token = await this.#add(secret, {
      kind: "token",
      name,
      role,
      csrf: "",
      account: "",
      addresses: [...(options.addresses ?? [])],
      created_by: options.createdBy ?? "",
      expires,
      ends: expires,
    });
    return { secret, token };
  }

  /** Valid tokens, oldest first. */
  tokens(): readonly Credential[] {
    const now = this.#options.now();
    return [...this.#byHash.values()].filter(({ kind, expires }) => kind === "token" && expires > now);
  }

  /**
   * Ends a token and the sessions made with it.
   * @param id beginning of its hash that no other has
   * @returns the token; null: there is none
   */
  async revokeToken(id: string): Promise<Credential | null> {
    const found = this.tokens().filter((token) => token.hash.startsWith(id));
    const [token] = found;
    if (token === undefined || found.length > 1 || id.length < 6) return null;
    await this.#end(token);
    await this.endSessionsOf(`token:${token.hash}`);
    return token;
  }

  /** @param before the session that the browser had: it ends, so that no secret from before a sign-in is worth anything after it */
  async createSession(
    person: Person,
    before: Credential | null = null,
  ): Promise<{ secret: string; session: Credential }> {
    if (before !== null && before.kind === "session") await this.#end(before);
    const sessions = [...this.#byHash.values()].filter(({ kind }) => kind === "session");
    for (const old of sessions.toSorted((a, b) => a.created - b.created).slice(0, sessions.length + 1 - MOST_SESSIONS))
      await this.#end(old);
    const now = this.#options.now();
    const secret = randomBytes(32).toString("base64url");
    const session = await this.#add(secret, {
      kind: "session",
      ...person,
      csrf: randomBytes(24).toString("base64url"),
      addresses: [],
      created_by: "",
      expires: now + this.#idleMs,
      ends: now + this.sessionMaxMs,
    });
    return { secret, session };
  }

  /**
   * A new secret for a session whose secret has been in use for an hour; what its pages know stays valid.
   * @returns null: it need not be renewed
   */
  async renewSession(session: Credential): Promise<{ secret: string; session: Credential } | null> {
    const now = this.#options.now();
    if (session.kind !== "session" || now - session.created < RENEW_MS || session.ends - now <= OVERLAP_MS) return null;
    const secret = randomBytes(32).toString("base64url");
    const { hash: _hash, created: _created, ...rest } = session;
    const renewed = await this.#add(secret, { ...rest, expires: Math.min(now + this.#idleMs, session.ends) });
    const leaving = { ...session, expires: now + OVERLAP_MS, ends: now + OVERLAP_MS };
    this.#byHash.set(session.hash, leaving);
    await this.#stores.credentials.write(leaving, false);
    return { secret, session: renewed };
  }

  endSession(session: Credential): Promise<void> {
    return this.#end(session);
  }

  /** Signs an account out everywhere. @returns how many sessions there were */
  async endSessionsOf(account: string, except: Credential | null = null): Promise<number> {
    const sessions = [...this.#byHash.values()].filter(
      (each) => each.kind === "session" && each.account === account && each.hash !== except?.hash,
    );
    for (const session of sessions) await this.#end(session);
    return sessions.length;
  }

  /** A code that signs in once, within a day. */
  createLink(name: string, role: Role): string {
    const code = randomBytes(32).toString("base64url");
    this.#links.set(digest(code), { name, role, expires: this.#options.now() + LINK_MS });
    return code;
  }

  /** Whom a code signs in; it does so no second time. */
  takeLink(code: string): Person | null {
    const key = digest(code);
    const link = this.#links.get(key);
    this.#links.delete(key);
    if (link === undefined || link.expires <= this.#options.now() || !this.linksWork) return null;
    return { name: link.name, role: link.role, account: `link:${link.name}` };
  }

  /** Writes down who did what; failures of sign-ins only so many a minute. */
  async record(entry: AuditEntry): Promise<void> {
    const { audit } = this.#stores;
    if (audit === undefined) return;
    if (entry.kind !== "session.refuse") return audit(entry);
    const minute = Math.floor(this.#options.now() / 60_000);
    if (this.#failures.minute !== minute) this.#failures = { minute, written: 0, left: this.#failures.left };
    if (this.#failures.written >= FAILURES_A_MINUTE) {
      this.#failures.left += 1;
      return;
    }
    this.#failures.written += 1;
    const { left } = this.#failures;
    this.#failures.left = 0;
    await audit(left === 0 ? entry : { ...entry, details: { ...entry.details, not_recorded_before: left } });
  }
}

/** Whether one role may do what another may. */
export function isWithin(role: Role, limit: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(limit);
}

/** In constant time. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(digest(given)), Buffer.from(digest(expected)));
}

function digest(secret: string): string {
  return hash("sha256", secret, "hex");
}

function divide(account: string): readonly [string, string] {
  const at = account.indexOf(":");
  return at < 0 ? ["", account] : [account.slice(0, at), account.slice(at + 1)];
}

/** @param ranges addresses and ranges; none: from anywhere */
function mayComeFrom(address: string, ranges: readonly string[]): boolean {
  if (ranges.length === 0) return true;
  if (!ipaddr.isValid(address)) return false;
  const from = ipaddr.process(address);
  return ranges.some((range) => {
    try {
      const [network, bits] = range.includes("/") ? ipaddr.parseCIDR(range) : ([ipaddr.process(range), 128] as const);
      return (
        network.kind() === from.kind() && from.match(network, Math.min(bits, network.kind() === "ipv4" ? 32 : 128))
      );
    } catch {
      return false;
    }
  });
}
