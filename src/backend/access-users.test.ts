/** Users, passwords, tokens and sessions over real HTTP, and what is written down of them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Access } from "../pipeline/serve/access.ts";
import { checkPassword, hashPassword, isOutdated, weaknessOf } from "../pipeline/serve/access-password.ts";
import { SignInThrottle } from "../pipeline/serve/access-throttle.ts";
import type { Credential } from "../pipeline/serve/backend.ts";
import { ADMIN_ENDPOINTS, ROLES, type Endpoint } from "../pipeline/serve/contract.ts";
import { startServer } from "../pipeline/serve/server.ts";
import { requireSafeListening } from "../pipeline/serve/access-listen.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

const PASSWORD = "a long walk to the pier";
const CHEAP = { ln: 4, r: 8, p: 1 };

let company: ServedCompany;
beforeAll(async () => {
  company = await serveCompany(0);
});
afterAll(() => company.close());

interface Session {
  readonly cookie: string;
  readonly csrf: string;
}

async function signIn(user: string, password: string): Promise<Session> {
  const response = await fetch(`${company.server.address}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user, password }),
  });
  expect(response.status).toBe(201);
  const { csrf } = (await response.json()) as { csrf: string };
  return { cookie: (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "", csrf };
}

function as({ cookie, csrf }: Session, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${company.server.address}${path}`, {
    method,
    headers: { cookie, "x-csrf-token": csrf, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const send = (method: string, path: string, body: unknown = {}): Promise<Response> => company.send(method, path, body);

async function status(session: Session): Promise<number> {
  return (await as(session, "GET", "/api/v1/session")).status;
}

test("a user's life: added, signs in, changes the password, loses a role, is disabled", async () => {
  expect((await send("POST", "/api/v1/users", { name: "Chief", role: "admin", password: PASSWORD })).status).toBe(201);
  expect((await send("POST", "/api/v1/users", { name: "tom", role: "analyst", password: PASSWORD })).status).toBe(201);
  expect((await send("POST", "/api/v1/users", { name: "tom", role: "viewer", password: PASSWORD })).status).toBe(400);
  const users = await company.json<{ items: { name: string }[] }>("/api/v1/users");
  expect(users.items.map(({ name }) => name)).toEqual(["chief", "tom"]);
  expect(JSON.stringify(users)).not.toContain("scrypt");

  const first = await signIn("TOM", PASSWORD);
  const second = await signIn("tom", PASSWORD);
  expect(await status(first)).toBe(200);
  const wrong = await as(first, "POST", "/api/v1/session/password", { current: "guess", password: `${PASSWORD}!` });
  expect(wrong.status).toBe(403);
  const right = await as(first, "POST", "/api/v1/session/password", { current: PASSWORD, password: `${PASSWORD}!` });
  expect(await right.json()).toEqual({ sessions_ended: 1 });
  expect([await status(first), await status(second)]).toEqual([200, 401]);

  expect((await send("POST", "/api/v1/users/tom", { role: "viewer" })).status).toBe(200);
  expect(await status(first)).toBe(401);
  const viewer = await signIn("tom", `${PASSWORD}!`);
  expect((await as(viewer, "GET", "/api/v1/users")).status).toBe(403);
  expect((await send("POST", "/api/v1/users/tom", { disabled: true })).status).toBe(200);
  expect(await status(viewer)).toBe(401);
  const refused = await fetch(`${company.server.address}/sign-in`, {
    method: "POST",
    body: new URLSearchParams({ user: "tom", password: `${PASSWORD}!` }),
    redirect: "manual",
  });
  expect([refused.status, refused.headers.get("set-cookie")]).toEqual([401, null]);
  expect(await refused.text()).toContain("do not belong together");
});

test("with users no link signs in, and the page asks for a password", async () => {
  expect(company.server.signInLink("local")).toBe(null);
  const page = await (await fetch(`${company.server.address}/`)).text();
  expect(page).toContain('name="password"');
  expect(page).not.toContain("Open the link");
});

test("signing in replaces the session the browser had, and signing out everywhere ends all", async () => {
  const before = await signIn("chief", PASSWORD);
  const response = await fetch(`${company.server.address}/sign-in`, {
    method: "POST",
    headers: { cookie: before.cookie },
    body: new URLSearchParams({ user: "chief", password: PASSWORD }),
    redirect: "manual",
  });
  expect(response.status).toBe(303);
  expect(await status(before)).toBe(401);
  const one = await signIn("chief", PASSWORD);
  const other = await signIn("chief", PASSWORD);
  const ended = await as(one, "DELETE", "/api/v1/sessions");
  expect(((await ended.json()) as { sessions_ended: number }).sessions_ended).toBeGreaterThanOrEqual(2);
  expect(ended.headers.get("set-cookie")).toContain("Max-Age=0");
  expect([await status(one), await status(other)]).toEqual([401, 401]);
});

test("a token is kept to its addresses, its time and its maker's role, and takes its sessions along", async () => {
  const make = async (body: object): Promise<{ id: string; secret: string; expires: number }> => {
    const response = await send("POST", "/api/v1/tokens", { name: "graphs", role: "viewer", ...body });
    expect(response.status).toBe(201);
    return (await response.json()) as never;
  };
  const ask = (secret: string): Promise<number> =>
    fetch(`${company.server.address}/api/v1/incidents`, { headers: { authorization: `Bearer ${secret}` } }).then(
      (response) => response.status,
    );
  const usual = await make({});
  expect(usual.expires - Date.now()).toBeGreaterThan(89 * 86_400_000);
  expect(await ask(usual.secret)).toBe(200);
  expect(await ask((await make({ addresses: ["10.0.0.0/8", "127.0.0.0/8"] })).secret)).toBe(200);
  expect(await ask((await make({ addresses: ["10.0.0.0/8", "2001:db8::/32"] })).secret)).toBe(401);
  const listed = await company.json<{ items: object[] }>("/api/v1/tokens");
  expect(JSON.stringify(listed)).not.toContain(usual.secret);

  const session = await company.send("POST", "/api/v1/session", { token: usual.secret });
  const cookie = (session.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
  expect(await status({ cookie, csrf: "" })).toBe(200);
  expect((await send("DELETE", `/api/v1/tokens/${usual.id}`)).status).toBe(200);
  expect([await ask(usual.secret), await status({ cookie, csrf: "" })]).toEqual([401, 401]);
  expect((await send("DELETE", `/api/v1/tokens/${usual.id}`)).status).toBe(404);

  const engineer = await company.server.access.createToken("eng", "engineer");
  const more = await fetch(`${company.server.address}/api/v1/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${engineer}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "x", role: "admin" }),
  });
  expect(more.status).toBe(403);
});

test("what was done is written down with who, when and from where, and without secrets", async () => {
  const { items } = await company.json<{ items: { kind: string; actor: string; address: string; via: string }[] }>(
    "/api/v1/audit?limit=200",
  );
  const kinds = new Set(items.map(({ kind }) => kind));
  for (const kind of ["user.add", "user.change", "user.password", "token.create", "token.revoke", "session.start"])
    expect(kinds, kind).toContain(kind);
  for (const kind of ["session.refuse", "session.end-all"]) expect(kinds, kind).toContain(kind);
  expect(items.find(({ kind }) => kind === "user.add")).toMatchObject({
    actor: "mara",
    via: "api",
    address: "127.0.0.1",
  });
  expect(JSON.stringify(items)).not.toContain(PASSWORD);
  expect(JSON.stringify(items)).not.toMatch(/slp_/);
  const page = await company.json<{ items: object[]; next: string }>("/api/v1/audit?limit=2");
  const next = await company.json<{ items: object[] }>(`/api/v1/audit?limit=2&cursor=${page.next}`);
  expect([page.items, next.items]).toEqual([items.slice(0, 2), items.slice(2, 4)]);
});

describe("administration takes the role that the contract says", () => {
  test.each(ROLES)("%s", async (role) => {
    const token = await company.server.access.createToken(role, role);
    for (const [id, endpoint] of Object.entries<Endpoint>(ADMIN_ENDPOINTS)) {
      const { method, path } = endpoint;
      const response = await fetch(`${company.server.address}${path.replaceAll(/\{\w+\}/g, "abcdef")}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(method === "POST" ? { "content-type": "application/json" } : {}),
        },
        ...(method === "POST" ? { body: "{}" } : {}),
      });
      const allowed = ROLES.indexOf(role) >= ROLES.indexOf(endpoint.role);
      expect([id, response.status === 403], `${role} ${id}`).toEqual([id, !allowed]);
    }
  });
});

test("who guesses has to wait, longer each time, and may go on after the right password", () => {
  let now = 0;
  const throttle = new SignInThrottle(() => now);
  for (let n = 0; n < 5; n += 1) expect(throttle.attempt("mara", "192.0.2.1")).toBe(0);
  expect(throttle.attempt("mara", "192.0.2.1")).toBe(1_000);
  expect(throttle.attempt("mara", "192.0.2.2")).toBe(0);
  const waits: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    now += throttle.attempt("mara", "192.0.2.1");
    throttle.attempt("mara", "192.0.2.1");
    waits.push(throttle.attempt("mara", "192.0.2.1"));
  }
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits.at(-1)).toBe(900_000);
  now += 900_000;
  expect(throttle.attempt("mara", "192.0.2.1")).toBe(0);
  throttle.succeeded("mara", "192.0.2.1");
  expect(throttle.attempt("mara", "192.0.2.1")).toBe(0);
  // Many addresses at one account cannot keep its owner out for long.
  for (let n = 0; n < 500; n += 1) throttle.attempt("tom", `198.51.100.${n % 250}`);
  expect(throttle.attempt("tom", "203.0.113.9")).toBeLessThanOrEqual(5_000);
});

test("passwords: kept with their parameters, checked in any case, weak ones refused", async () => {
  const stored = await hashPassword(PASSWORD, CHEAP);
  expect(stored).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$/);
  expect(await checkPassword(PASSWORD, stored)).toBe(true);
  for (const [password, kept] of [
    ["wrong", stored],
    [PASSWORD, stored.replace("ln=4", "ln=5")],
    [PASSWORD, stored.replace("ln=4", "ln=30")],
    [PASSWORD, stored.replace("p=1", "p=0")],
    [PASSWORD, ""],
    [PASSWORD, "$2b$10$abc"],
  ] as const)
    expect(await checkPassword(password, kept), kept).toBe(false);
  expect(isOutdated(stored)).toBe(true);
  for (const weak of ["short", "aaaaaaaaaaaaaaaa", "mara-mara-mara", "1234567890123", "password1234", "x".repeat(300)])
    expect(weaknessOf(weak, "mara"), weak).not.toBe(null);
  expect(weaknessOf(PASSWORD, "mara")).toBe(null);
});

test("a user who does not exist costs as much as one who does", async () => {
  const access = await Access.open(
    { credentials: { read: async () => [], write: async () => {} } },
    { now: () => 0, cost: { ln: 13, r: 8, p: 1 } },
  );
  await access.users.add("mara", "viewer", PASSWORD);
  const time = async (name: string): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 5; n += 1) {
      const started = performance.now();
      expect(await access.users.check(name, "not the password")).toBe(null);
      least = Math.min(least, performance.now() - started);
    }
    return least;
  };
  const [known, unknown] = [await time("mara"), await time("nobody")];
  expect(unknown / known).toBeGreaterThan(0.5);
  expect(unknown / known).toBeLessThan(2);
});

test("a session ends when nobody uses it, at its absolute end, and gets a new secret in between", async () => {
  let now = 1_000_000;
  const rows: Credential[] = [];
  const access = await Access.open(
    { credentials: { read: async () => [], write: async (row) => void rows.push(row) } },
    { now: () => now, sessionIdleMs: 3 * 3_600_000, sessionMaxMs: 24 * 3_600_000 },
  );
  const find = (secret: string): Credential | null => access.find(secret, "session", "127.0.0.1");
  const idle = await access.createSession({ name: "a", role: "viewer", account: "link:a" });
  now += 3 * 3_600_000 + 1;
  expect(find(idle.secret)).toBe(null);

  let { secret } = await access.createSession({ name: "a", role: "viewer", account: "link:a" });
  const started = now;
  let renewed = 0;
  while (now - started < 23.5 * 3_600_000) {
    now += 1_800_000;
    const session = find(secret);
    if (session === null) throw new Error(`ended after ${(now - started) / 3_600_000} h`);
    const next = await access.renewSession(session);
    if (next === null) continue;
    renewed += 1;
    const old = secret;
    secret = next.secret;
    expect([find(old)?.csrf, find(secret)?.csrf]).toEqual([session.csrf, session.csrf]);
    now += 61_000;
    expect(find(old)).toBe(null);
  }
  expect(renewed).toBeGreaterThan(15);
  now = started + 24 * 3_600_000;
  expect(find(secret)).toBe(null);
});

test("others may reach it only when it is closed", async () => {
  const settings = { insecure: false, publicUrl: null, trustedProxies: [] };
  const listen = (host: string, given: object): (() => void) => {
    return () => requireSafeListening(`${host}:8440`, host, { tls: false, signIn: false, settings, ...given } as never);
  };
  for (const host of ["127.0.0.1", "127.8.8.8", "::1", "localhost"]) expect(listen(host, {})).not.toThrow();
  expect(listen("0.0.0.0", {})).toThrow(/no TLS.*and nobody who may sign in/);
  expect(listen("10.1.2.3", { tls: true })).toThrow(/nobody who may sign in/);
  expect(listen("::", { signIn: true })).toThrow(/TLS/);
  expect(listen("console.acme.example", { tls: true, signIn: true })).not.toThrow();
  expect(listen("0.0.0.0", { settings: { ...settings, insecure: true } })).not.toThrow();
  const proxied = { ...settings, publicUrl: "https://s.acme.example", trustedProxies: ["10.0.0.0/8"] };
  expect(listen("0.0.0.0", { signIn: true, settings: proxied })).not.toThrow();
  const started = startServer({
    backend: { credentials: { read: async () => [], write: async () => {} } } as never,
    clock: { now: () => 0 },
    version: "0",
    listen: "0.0.0.0:0",
    consoleFolder: "/nowhere",
  });
  await expect(started).rejects.toThrow(/can be reached by others/);
});
