/** Signing in with an OpenID Connect provider: one in this process, which can also lie. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createHash, createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { AccessSettings } from "../pipeline/serve/access-settings.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

const base64 = (value: object | Buffer): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString("base64url");

/** What the provider does wrong; empty: nothing. */
interface Lie {
  readonly claims?: (claims: Record<string, unknown>) => Record<string, unknown>;
  readonly header?: object;
  readonly key?: KeyObject;
  readonly token?: (token: string) => string;
  readonly ignoresVerifier?: boolean;
}

const keys = {
  first: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  other: generateKeyPairSync("rsa", { modulusLength: 2_048 }),
};
let lie: Lie = {};
let groups: unknown = ["soc", "everyone"];
let published = "first-key";
const codes = new Map<string, { nonce: string; challenge: string; redirect: string }>();
let verified = 0;

let provider: Server;
let issuer = "";
let company: ServedCompany;
/** What the server logged. */
let told: string[] = [];

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const part of request) body += String(part);
  return new URLSearchParams(body);
}

function idToken(claims: Record<string, unknown>): string {
  const header = base64(lie.header ?? { alg: "RS256", kid: published, typ: "JWT" });
  const payload = base64((lie.claims ?? ((same) => same))(claims));
  const key = lie.key ?? keys.first.privateKey;
  const signature = sign("sha256", Buffer.from(`${header}.${payload}`), key).toString("base64url");
  return (lie.token ?? ((same) => same))(`${header}.${payload}.${signature}`);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", issuer);
  const json = (body: unknown, status = 200): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  switch (url.pathname) {
    case "/.well-known/openid-configuration":
      return json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        id_token_signing_alg_values_supported: ["RS256"],
        authorization_response_iss_parameter_supported: true,
      });
    case "/keys": {
      const jwk = keys.first.publicKey.export({ format: "jwk" });
      return json({ keys: [{ ...jwk, kid: published, alg: "RS256", use: "sig" }] });
    }
    case "/token": {
      const body = await readBody(request);
      const code = codes.get(body.get("code") ?? "");
      codes.delete(body.get("code") ?? "");
      const challenge = createHash("sha256")
        .update(body.get("code_verifier") ?? "")
        .digest("base64url");
      const basic = Buffer.from((request.headers.authorization ?? "").replace("Basic ", ""), "base64").toString();
      const fits =
        code !== undefined &&
        code.challenge === challenge &&
        code.redirect === body.get("redirect_uri") &&
        decodeURIComponent(basic) === "sallyport:top-secret";
      if (code === undefined || (!fits && lie.ignoresVerifier !== true)) return json({ error: "invalid_grant" }, 400);
      verified += 1;
      const now = Math.floor(Date.now() / 1000);
      return json({
        access_token: "at",
        token_type: "Bearer",
        id_token: idToken({
          iss: issuer,
          aud: "sallyport",
          sub: "u-17",
          nonce: code.nonce,
          iat: now,
          exp: now + 300,
          preferred_username: "mara\u202e@acme.example",
          groups,
        }),
      });
    }
    default:
      return json({}, 404);
  }
}

beforeAll(async () => {
  provider = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const settings: AccessSettings = {
    publicUrl: null,
    trustedProxies: [],
    sessionIdleMs: 3_600_000,
    sessionMaxMs: 36_000_000,
    requestsPerMinute: 1_000_000,
    firstUser: { name: "chief", password: "a long walk to the pier" },
    oidc: {
      issuer,
      clientId: "sallyport",
      clientSecret: "top-secret",
      title: "Acme",
      scopes: ["profile"],
      nameClaim: null,
      groupsClaim: "groups",
      roles: new Map([
        ["soc", "analyst"],
        ["soc-leads", "admin"],
      ]),
      defaultRole: null,
      insecureHttp: true,
    },
    insecure: false,
  };
  company = await serveCompany(0, {
    settings,
    signInsPerMinute: 1_000,
    log: (_level, message) => void told.push(message),
  });
});
afterAll(async () => {
  await company.close();
  await new Promise((resolve) => provider.close(resolve));
});
beforeEach(() => {
  told = [];
  lie = {};
  groups = ["soc", "everyone"];
});

interface Walk {
  /** Parameters that the provider leads back with. */
  readonly answer: URLSearchParams;
  readonly cookie: string;
}

/** Goes to the provider and lets it lead back. */
async function walk(): Promise<Walk> {
  const begun = await fetch(`${company.server.address}/sign-in/oidc`, { redirect: "manual" });
  expect(begun.status).toBe(303);
  const to = new URL(begun.headers.get("location") ?? "");
  expect(to.origin + to.pathname).toBe(`${issuer}/authorize`);
  const asked = (name: string): string => to.searchParams.get(name) ?? "";
  expect([asked("response_type"), asked("code_challenge_method"), asked("scope")]).toEqual([
    "code",
    "S256",
    "openid profile",
  ]);
  const code = randomUUID();
  codes.set(code, { nonce: asked("nonce"), challenge: asked("code_challenge"), redirect: asked("redirect_uri") });
  const set = begun.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/HttpOnly; SameSite=Lax/);
  return {
    answer: new URLSearchParams({ code, state: asked("state"), iss: issuer }),
    cookie: set.split(";", 1)[0] ?? "",
  };
}

function comeBack({ answer: parameters, cookie }: Walk): Promise<Response> {
  return fetch(`${company.server.address}/sign-in/oidc/callback?${parameters.toString()}`, {
    headers: { cookie },
    redirect: "manual",
  });
}

function sessionOf(response: Response): string | null {
  const cookies = response.headers.getSetCookie().filter((cookie) => !cookie.includes("_oidc="));
  return cookies[0]?.split(";", 1)[0] ?? null;
}

test("a person of the right group signs in, with the role of the group, and the page leads on", async () => {
  const response = await comeBack(await walk());
  expect(told).toEqual([]);
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('content="0;url=/"')]);
  const cookie = sessionOf(response) ?? "";
  const session = await fetch(`${company.server.address}/api/v1/session`, { headers: { cookie } });
  expect(await session.json()).toMatchObject({ name: "mara\u202e@acme.example", role: "analyst", via: "session" });
});

test("of several groups the highest role counts; who is in none stays out", async () => {
  groups = ["soc", "soc-leads"];
  const cookie = sessionOf(await comeBack(await walk())) ?? "";
  const session = await fetch(`${company.server.address}/api/v1/session`, { headers: { cookie } });
  expect(await session.json()).toMatchObject({ role: "admin" });
  for (const none of [[], ["everyone"], "nobody", null, [{ soc: true }], { soc: "admin" }]) {
    groups = none;
    const response = await comeBack(await walk());
    expect([response.status, sessionOf(response)], JSON.stringify(none)).toEqual([403, null]);
  }
});

const stranger = keys.other.privateKey;
const claim = (name: string, value: unknown): Lie => ({ claims: (claims) => ({ ...claims, [name]: value }) });
const now = (): number => Math.floor(Date.now() / 1000);

test.each<[string, RegExp, () => Lie]>([
  ["a signature by another key", /signature verification failed/, () => ({ key: stranger })],
  ["a changed payload", /parse JWT|signature/, () => ({ token: (token) => token.replace(/\.([^.]{20})/, ".$1A") })],
  [
    "no signature",
    /signature verification failed/,
    () => ({ token: (token) => `${token.split(".").slice(0, 2).join(".")}.` }),
  ],
  [
    "alg none",
    /"alg" header/,
    () => ({ header: { alg: "none" }, token: (token) => `${token.split(".").slice(0, 2).join(".")}.` }),
  ],
  [
    "the public key used as a shared secret",
    /"alg" header/,
    () => ({
      header: { alg: "HS256", kid: published },
      token: (token) => {
        const body = token.split(".").slice(0, 2).join(".");
        const pem = keys.first.publicKey.export({ format: "pem", type: "spki" });
        return `${body}.${createHmac("sha256", pem).update(body).digest("base64url")}`;
      },
    }),
  ],
  ["a key that is not published", /no applicable keys/, () => ({ header: { alg: "RS256", kid: "unheard-of" } })],
  ["another audience", /"aud"/, () => claim("aud", "wiki")],
  ["several audiences without ours", /"aud"/, () => claim("aud", ["wiki", "mail"])],
  ["another issuer", /"iss"/, () => claim("iss", "https://evil.example")],
  ["another nonce", /"nonce"/, () => claim("nonce", "guess")],
  ["no nonce", /"nonce"/, () => claim("nonce", undefined)],
  ["expired", /"exp"/, () => claim("exp", now() - 600)],
  ["not valid yet", /"nbf"/, () => claim("nbf", now() + 600)],
  ["no subject", /"sub"/, () => claim("sub", undefined)],
  ["no token at all", /"id_token"/, () => ({ token: () => "" })],
])("refused: %s", async (_, reason, make) => {
  lie = make();
  const response = await comeBack(await walk());
  expect([response.status, sessionOf(response)]).toEqual([401, null]);
  expect(await response.text()).not.toMatch(/nonce|signature|JWT/i);
  expect(told).toEqual([expect.stringMatching(reason)]);
});

test("refused: an answer to another browser, a state that is made up, an answer told twice, an error, another provider's answer", async () => {
  const refused = async (changed: Walk): Promise<void> => {
    const response = await comeBack(changed);
    expect([response.status, sessionOf(response)]).toEqual([401, null]);
  };
  await refused({ ...(await walk()), cookie: "" });
  await refused({ ...(await walk()), cookie: (await walk()).cookie });
  const good = await walk();
  await refused({
    ...good,
    answer: new URLSearchParams({ code: good.answer.get("code") ?? "", state: "x", iss: issuer }),
  });
  expect((await comeBack(good)).status).toBe(200);
  await refused(good);
  const denied = await walk();
  await refused({
    ...denied,
    answer: new URLSearchParams({ error: "access_denied", state: denied.answer.get("state") ?? "", iss: issuer }),
  });
  const mixed = await walk();
  mixed.answer.set("iss", "https://evil.example");
  const before = verified;
  await refused(mixed);
  expect(verified).toBe(before);
});

test("keys that were exchanged are asked for again", async () => {
  expect((await comeBack(await walk())).status).toBe(200);
  published = "second-key";
  await comeBack(await walk());
  expect((await comeBack(await walk())).status).toBe(200);
  published = "first-key";
});

test("without the provider users still sign in", async () => {
  const page = await (await fetch(`${company.server.address}/`)).text();
  expect(page).toContain("Sign in with Acme");
  const response = await fetch(`${company.server.address}/sign-in`, {
    method: "POST",
    body: new URLSearchParams({ user: "chief", password: "a long walk to the pier" }),
    redirect: "manual",
  });
  expect(response.status).toBe(303);
  expect(company.server.signInLink("local")).toBe(null);
});
