/**
 * Who may ask: API tokens, sessions of the console, and links that sign in once. Secrets are 256 random bits; what is kept
 * of them is their SHA-256, so that reading the store opens nothing.
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Credential, CredentialStore } from "./backend.ts";
import type { Role } from "./contract.ts";

const SESSION_MS = 7 * 86_400_000;
const LINK_MS = 86_400_000;
const FOREVER_MS = Date.UTC(2149, 0);
/** Sessions at a time; the oldest ends when there is one more. */
const MOST_SESSIONS = 1_000;

export interface Access {
  /** The credential of a secret, or null. */
  find(secret: string, kind: Credential["kind"]): Credential | null;
  /** Makes a token that does not expire; the only time its secret is seen. */
  createToken(name: string, role: Role): Promise<string>;
  createSession(name: string, role: Role): Promise<{ secret: string; session: Credential }>;
  endSession(session: Credential): Promise<void>;
  /** A code that signs in once, within a day. */
  createLink(name: string, role: Role): string;
  /** Whom a code signs in; it does so no second time. */
  takeLink(code: string): { name: string; role: Role } | null;
  readonly hasTokens: boolean;
}

/** @param now ms */
export async function openAccess(store: CredentialStore, now: () => number): Promise<Access> {
  const byHash = new Map((await store.read()).map((credential) => [credential.hash, credential]));
  const links = new Map<string, { name: string; role: Role; expires: number }>();

  async function add(secret: string, credential: Omit<Credential, "hash" | "created">): Promise<Credential> {
    const whole = { ...credential, hash: digest(secret), created: now() };
    await store.write(whole, false);
    byHash.set(whole.hash, whole);
    return whole;
  }

  async function end(session: Credential): Promise<void> {
    byHash.delete(session.hash);
    await store.write(session, true);
  }

  return {
    find: (secret, kind) => {
      const credential = byHash.get(digest(secret));
      return credential !== undefined && credential.kind === kind && credential.expires > now() ? credential : null;
    },
    createToken: async (name, role) => {
      const secret = `slp_${randomBytes(32).toString("base64url")}`;
      await add(secret, { kind: "token", name, role, csrf: "", expires: FOREVER_MS });
      return secret;
    },
    createSession: async (name, role) => {
      const sessions = [...byHash.values()].filter(({ kind }) => kind === "session");
      for (const old of sessions
        .toSorted((a, b) => a.created - b.created)
        .slice(0, sessions.length + 1 - MOST_SESSIONS))
        await end(old);
      const secret = randomBytes(32).toString("base64url");
      const csrf = randomBytes(24).toString("base64url");
      return { secret, session: await add(secret, { kind: "session", name, role, csrf, expires: now() + SESSION_MS }) };
    },
    endSession: end,
    createLink: (name, role) => {
      const code = randomBytes(32).toString("base64url");
      links.set(digest(code), { name, role, expires: now() + LINK_MS });
      return code;
    },
    takeLink: (code) => {
      const key = digest(code);
      const link = links.get(key);
      links.delete(key);
      return link === undefined || link.expires <= now() ? null : { name: link.name, role: link.role };
    },
    get hasTokens() {
      return [...byHash.values()].some(({ kind, expires }) => kind === "token" && expires > now());
    },
  };
}

/** In constant time. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(digest(given)), Buffer.from(digest(expected)));
}

function digest(secret: string): string {
  return hash("sha256", secret, "hex");
}

/** The value of one cookie of a Cookie header; null where there is none. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? "").slice(0, 8_192).split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value !== undefined && value !== "") return value;
  }
  return null;
}

/** @param secure over TLS: the browser keeps it to this host alone */
export function sessionCookie(name: string, secret: string, secure: boolean): string {
  const life = secret === "" ? 0 : SESSION_MS / 1000;
  return `${name}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${life}${secure ? "; Secure" : ""}`;
}
