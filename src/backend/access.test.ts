/** Who gets in, what browsers are told, and what strangers' requests get. */
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Access } from "../pipeline/serve/access.ts";
import type { Credential } from "../pipeline/serve/backend.ts";
import { ENDPOINTS, ROLES, type Endpoint } from "../pipeline/serve/contract.ts";
import { startServer } from "../pipeline/serve/server.ts";
import { readCredentials } from "../pipeline/persist/credentials.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

let company: ServedCompany;
beforeAll(async () => {
  company = await serveCompany(0);
});
afterAll(() => company.close());

/** fetch() does not let a Host header be set. */
function raw(path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(company.server.address);
    httpRequest({ hostname, port, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on("error", reject)
      .end();
  });
}

function link(): string {
  const address = company.server.signInLink("local");
  if (address === null) throw new Error("no link");
  return address;
}

async function signIn(): Promise<{ cookie: string; csrf: string }> {
  const response = await fetch(link(), { redirect: "manual" });
  expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
  const set = response.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/^sallyport_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
  const cookie = set.split(";", 1)[0] as string;
  const session = (await (await fetch(`${company.server.address}/api/v1/session`, { headers: { cookie } })).json()) as {
    csrf: string;
  };
  return { cookie, csrf: session.csrf };
}

test("a link signs in once; looking at it does not use it up", async () => {
  const address = link();
  expect((await fetch(address, { method: "HEAD", redirect: "manual" })).status).toBe(401);
  expect((await fetch(address, { redirect: "manual" })).status).toBe(303);
  const again = await fetch(address, { redirect: "manual" });
  expect([again.status, again.headers.get("set-cookie")]).toEqual([401, null]);
  expect(await again.text()).toContain("has been used");
});

test("what a session changes must come from the console's own page", async () => {
  const { cookie, csrf } = await signIn();
  const post = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${company.server.address}/api/v1/incidents/ab/actions`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json", ...headers },
      body: '{"kind":"reopen"}',
    });
  for (const headers of [
    {},
    { "x-csrf-token": "guess" },
    { "x-csrf-token": csrf, "sec-fetch-site": "cross-site" },
    { "x-csrf-token": csrf, origin: "http://evil.example" },
    { "x-csrf-token": csrf, origin: "null" },
  ]) {
    const response = await post(headers as Record<string, string>);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([403, "csrf.invalid"]);
  }
  // Let through: there is no such incident.
  expect((await post({ "x-csrf-token": csrf })).status).toBe(404);
  expect((await post({ "x-csrf-token": csrf, origin: company.server.address })).status).toBe(404);
});

test("signing out ends the session on the server", async () => {
  const { cookie, csrf } = await signIn();
  const session = (headers: Record<string, string> = {}, method = "GET"): Promise<Response> =>
    fetch(`${company.server.address}/api/v1/session`, { method, headers: { cookie, ...headers } });
  expect((await session()).status).toBe(200);
  expect((await session({ "x-csrf-token": csrf }, "DELETE")).status).toBe(204);
  expect((await session()).status).toBe(401);
});

test("a token signs in with the form and with JSON; a wrong one does not", async () => {
  const form = (token: string): Promise<Response> =>
    fetch(`${company.server.address}/sign-in`, {
      method: "POST",
      body: new URLSearchParams({ token }),
      redirect: "manual",
    });
  expect((await form(company.token)).status).toBe(303);
  expect((await form("slp_wrong")).status).toBe(401);
  const json = (token: unknown): Promise<Response> => company.send("POST", "/api/v1/session", { token });
  expect((await json(company.token)).status).toBe(201);
  expect((await json("slp_wrong")).status).toBe(401);
  expect((await json(5)).status).toBe(400);
});

test("tokens and sessions outlive the server, their secrets are nowhere in the store", async () => {
  const { cookie } = await signIn();
  const rows = await readCredentials(company.store, Date.now());
  expect(rows.length).toBeGreaterThan(1);
  expect(JSON.stringify(rows)).not.toContain(company.token);
  expect(JSON.stringify(rows)).not.toContain(cookie.split("=")[1]);
  const credentials = { read: async () => rows as Credential[], write: async () => {} };
  const access = await Access.open({ credentials }, { now: () => Date.now() });
  expect(access.find(company.token, "token", "127.0.0.1")?.name).toBe("mara");
  expect(access.find(cookie.split("=")[1] as string, "session", "127.0.0.1")?.name).toBe("local");
  expect(access.find(company.token, "session", "127.0.0.1")).toBe(null);
  expect(access.hasTokens).toBe(true);
});

test("what has expired opens nothing", async () => {
  let now = 1_000;
  const access = await Access.open(
    { credentials: { read: async () => [], write: async () => {} } },
    { now: () => now },
  );
  const { secret } = await access.createSession({ name: "local", role: "viewer", account: "link:local" });
  const code = access.createLink("local", "viewer");
  expect(access.find(secret, "session", "127.0.0.1")?.role).toBe("viewer");
  now += 8 * 86_400_000;
  expect(access.find(secret, "session", "127.0.0.1")).toBe(null);
  expect(access.takeLink(code)).toBe(null);
});

describe("every role may do what its rank says, and no more", () => {
  const endpoints = Object.entries<Endpoint>(ENDPOINTS);
  test.each(ROLES)("%s", async (role) => {
    const token = await company.server.access.createToken(role, role);
    for (const [id, { method, path, role: least }] of endpoints) {
      const response = await fetch(`${company.server.address}${path.replaceAll(/\{\w+\}/g, "ab")}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(method === "GET" ? {} : { "content-type": "application/json" }),
        },
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      const allowed = ROLES.indexOf(role) >= ROLES.indexOf(least);
      expect([id, response.status === 403], `${role} ${id}`).toEqual([id, !allowed]);
    }
  });
});

test("names that can be made to point here are refused", async () => {
  for (const host of [
    "evil.example",
    "evil.example:8440",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "a b",
    "[::1]x",
  ])
    expect((await raw("/healthz", { host })).status, host).toBe(421);
  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1:8440", "[::1]:8440", "10.1.2.3", "localhost."])
    expect((await raw("/healthz", { host })).status, host).toBe(200);
});

test("every kind of answer carries the headers that keep browsers from harm", async () => {
  for (const path of [
    "/",
    "/api/v1/incidents",
    "/api/openapi.json",
    "/healthz",
    "/nothing.js",
    "/page.css",
    "/api/nothing",
  ]) {
    const { headers } = await fetch(`${company.server.address}${path}`);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy, path).toContain("default-src 'none'");
    expect(policy, path).toContain("require-trusted-types-for 'script'");
    expect(policy, path).not.toMatch(/unsafe|\*|http:/);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("referrer-policy"), path).toBe("no-referrer");
    expect(headers.get("x-frame-options"), path).toBe("DENY");
    expect(headers.get("cache-control"), path).toBeTruthy();
    expect(headers.get("access-control-allow-origin"), path).toBe(null);
  }
});

test("paths that try to get out find nothing", async () => {
  for (const path of [
    "/../package.json",
    "/%2e%2e/package.json",
    "/..%2fpackage.json",
    "/assets/../../package.json",
    "/.git/config",
    "//evil.example/x",
    "/a\\..\\b",
    "/%00",
    "/x".repeat(3_000),
    "/%",
    "/index.html/../../x.json",
  ]) {
    const { status, body } = await raw(path, { host: "localhost", authorization: `Bearer ${company.token}` });
    expect([400, 401, 404, 414], path.slice(0, 40)).toContain(status);
    expect(body).not.toMatch(/"dependencies"|\[core\]/);
  }
});

test("a page of its own says what there is until the console is built", async () => {
  const anonymous = await (await fetch(`${company.server.address}/`)).text();
  expect(anonymous).toContain("Sign in to Sallyport");
  const { cookie } = await signIn();
  const page = await (await fetch(`${company.server.address}/`, { headers: { cookie } })).text();
  expect(page).toContain("No open incidents");
  expect(page).not.toMatch(/<script|\sstyle=|\son\w+=/i);
});

test("who asks too often is told to wait, a failure says nothing of itself, and a port has one server", async () => {
  const server = await startServer({
    backend: {
      handlers: {} as never,
      credentials: { read: async () => [], write: async () => {} },
      status: () => Promise.reject(new Error("not asked")),
      notReady: async () => "the store is closed",
      changes: () => Promise.reject(new Error("not asked")),
      metrics: async () => [],
    },
    clock: { now: () => 0 },
    version: "0",
    listen: "127.0.0.1:0",
    consoleFolder: "/nowhere",
    requestsPerMinute: 3,
  });
  try {
    const ask = (path: string): Promise<Response> => fetch(`${server.address}${path}`);
    expect((await ask("/readyz")).status).toBe(503);
    expect((await ask("/healthz")).status).toBe(200);
    // A failure tells what it is called, not what it was.
    const failed = await ask("/status");
    expect([failed.status, ((await failed.json()) as { detail: string }).detail]).toEqual([
      500,
      expect.not.stringContaining("not asked"),
    ]);
    const refused = await ask("/healthz");
    expect([refused.status, refused.headers.get("content-type")]).toEqual([
      429,
      "application/problem+json; charset=utf-8",
    ]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const again = startServer({
      backend: { credentials: { read: async () => [] } } as never,
      clock: { now: () => 0 },
      version: "0",
      listen: new URL(server.address).host,
      consoleFolder: "/nowhere",
    });
    await expect(again).rejects.toThrow(/is taken by another program/);
  } finally {
    await server.close();
  }
});
