/** Each kind that speaks HTTP, against a server that listens. */
import { createHmac } from "node:crypto";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { hasOpenssl, makeCertificate } from "../../collect/sources/certificates.test-support.ts";
import type { Notice } from "../../../model/notification.ts";
import { Guard } from "../guard.ts";
import type { Attempt, Outcome, Receiver } from "../receiver.ts";
import {
  hostileIncident,
  startTestServer,
  testAttempt,
  testIncident,
  testNotice,
  testPorts,
  type ReceivedRequest,
  type TestAnswer,
  type TestServer,
} from "../testing.ts";
import { RECEIVER_KINDS } from "./index.ts";

let server: TestServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

function connect(type: string, settings: Readonly<Record<string, unknown>>, guard?: Guard): Receiver {
  const kind = RECEIVER_KINDS.find((each) => each.type === type);
  if (kind === undefined) throw new RangeError(type);
  return kind.connect(
    settings,
    testPorts({ guard: guard ?? new Guard({ allowPrivate: false, named: kind.hosts(settings) }) }),
  );
}

interface Case {
  readonly type: string;
  readonly settings: (url: string) => Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: TestAnswer;
}

const CASES: readonly Case[] = [
  {
    type: "webhook",
    settings: (url) => ({ url: `${url}/in?x=1`, token: "t0ken", headers: { "X-Team": "soc" } }),
    path: "/in?x=1",
    headers: { authorization: "Bearer t0ken", "x-team": "soc", "content-type": "application/json" },
    answer: { status: 204 },
  },
  {
    type: "slack",
    settings: (url) => ({ url: `${url}/services/T0/B0/x` }),
    path: "/services/T0/B0/x",
    headers: { "content-type": "application/json; charset=utf-8" },
    answer: { body: "ok" },
  },
  {
    type: "teams",
    settings: (url) => ({ url: `${url}/workflows/1?sig=x` }),
    path: "/workflows/1?sig=x",
    headers: { "content-type": "application/json; charset=utf-8" },
    answer: { status: 202 },
  },
  {
    type: "pagerduty",
    settings: (url) => ({ url: `${url}/v2/enqueue`, routing_key: "r0uting" }),
    path: "/v2/enqueue",
    headers: { "content-type": "application/json" },
    answer: { status: 202, body: '{"status":"success"}' },
  },
  {
    type: "jira",
    settings: (url) => ({ url, project: "SEC", user: "bot@acme.example", token: "t0ken" }),
    path: "/rest/api/3/issue",
    headers: { authorization: `Basic ${Buffer.from("bot@acme.example:t0ken").toString("base64")}` },
    answer: { status: 201, body: '{"id":"10000","key":"SEC-24"}' },
  },
  {
    type: "splunk-hec",
    settings: (url) => ({ url: `${url}/`, token: "t0ken", index: "soc" }),
    path: "/services/collector/event",
    headers: { authorization: "Splunk t0ken" },
    answer: { body: '{"text":"Success","code":0}' },
  },
  {
    type: "elasticsearch",
    settings: (url) => ({ url, api_key: "k3y" }),
    path: "/_bulk",
    headers: { authorization: "ApiKey k3y", "content-type": "application/x-ndjson" },
    answer: { body: '{"errors":false,"items":[{"create":{"status":201}}]}' },
  },
];

async function deliver(
  { type, settings }: Case,
  answer: (request: ReceivedRequest) => TestAnswer,
  notice: Notice = testNotice(),
  attempt: Partial<Attempt> = {},
): Promise<Outcome> {
  server = await startTestServer(answer);
  return connect(type, settings(server.url)).deliver(notice, testAttempt(attempt));
}

test.each(CASES)("$type is delivered, to the address and with the headers it wants", async (each) => {
  expect(await deliver(each, () => each.answer)).toMatchObject({ result: "delivered" });
  expect(server?.requests).toHaveLength(1);
  const [request] = server?.requests ?? [];
  expect(request).toMatchObject({ method: "POST", path: each.path, headers: each.headers });
});

test.each(CASES)("$type: what can be tried again, and what cannot", async (each) => {
  for (const [status, result] of [
    [429, "failed"],
    [408, "failed"],
    [500, "failed"],
    [503, "failed"],
    [400, "refused"],
    [401, "refused"],
    [404, "refused"],
    [410, "refused"],
    [302, "refused"],
  ] as const) {
    const outcome = await deliver(each, () => ({
      status,
      headers: { "retry-after": "7", location: "http://127.0.0.1:1/" },
    }));
    expect(outcome.result, `${status}`).toBe(result);
    if (outcome.result === "failed") expect(outcome.retryAfterMs).toBe(7_000);
    await server?.close();
  }
});

test.each(CASES)("$type takes text of whatever kind", async (each) => {
  expect(await deliver(each, () => each.answer, testNotice({ incident: hostileIncident() }))).toMatchObject({
    result: "delivered",
  });
  const body = server?.requests[0]?.body ?? "";
  for (const line of body.trimEnd().split("\n")) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

test("every kind that speaks HTTP is tried here", () => {
  const others = ["email", "syslog", "file"];
  expect(
    RECEIVER_KINDS.map(({ type }) => type)
      .filter((type) => !others.includes(type))
      .toSorted(),
  ).toEqual(CASES.map(({ type }) => type).toSorted());
});

test("a webhook is signed over timestamp and body", async () => {
  server = await startTestServer();
  await connect("webhook", { url: server.url, secret: "s3cret" }).deliver(testNotice(), testAttempt());
  const [request] = server.requests;
  const { headers, body = "" } = request ?? {};
  const expected = createHmac("sha256", "s3cret")
    .update(`${String(headers?.["x-sallyport-timestamp"])}.${body}`)
    .digest("hex");
  expect(headers?.["x-sallyport-signature"]).toBe(`sha256=${expected}`);
  expect(headers?.["x-sallyport-timestamp"]).toBe("1774000000");
  expect(headers?.["x-sallyport-delivery"]).toBe("0123456789abcdef0123456789abcdef");
  expect(headers?.["idempotency-key"]).toBe("0123456789abcdef0123456789abcdef");
  expect(JSON.parse(body)).toMatchObject({
    schema_version: 1,
    uid: testIncident().uid,
    severity: "high",
    bytes_out: 224_395_264,
  });
});

test("what a receiver is told of its failure is short and on one line", async () => {
  const outcome = await deliver(CASES[0]!, () => ({ status: 400, body: `no\r\n\tgood ${"x".repeat(100_000)}` }));
  expect(outcome.answer).toMatch(/^400 Bad Request: no good x{100,200}$/);
});

test("PagerDuty: one alert for an incident, resolved when it is closed", async () => {
  server = await startTestServer(() => ({ status: 202 }));
  const receiver = connect("pagerduty", { url: server.url, routing_key: "k" });
  await receiver.deliver(testNotice(), testAttempt());
  await receiver.deliver(testNotice({ change: "raised" }), testAttempt());
  await receiver.deliver(testNotice({ change: "closed", state: "closed" }), testAttempt());
  const events = server.requests.map(({ body }) => JSON.parse(body) as Record<string, string>);
  expect(events.map(({ event_action }) => event_action)).toEqual(["trigger", "trigger", "resolve"]);
  expect(new Set(events.map(({ dedup_key }) => dedup_key))).toEqual(new Set([testIncident().uid]));
  expect(new Set(events.map(({ routing_key }) => routing_key))).toEqual(new Set(["k"]));
});

test("Jira: an issue at first, comments afterwards", async () => {
  server = await startTestServer(({ path }) =>
    path.endsWith("/comment") ? { status: 201, body: '{"id":"1"}' } : { status: 201, body: '{"key":"SEC-24"}' },
  );
  const receiver = connect("jira", { url: server.url, project: "SEC", token: "t" });
  const first = await receiver.deliver(testNotice(), testAttempt());
  expect(first).toMatchObject({ result: "delivered", reference: "SEC-24" });
  await receiver.deliver(testNotice({ change: "raised" }), testAttempt({ reference: "SEC-24" }));
  expect(server.requests.map(({ path }) => path)).toEqual(["/rest/api/3/issue", "/rest/api/3/issue/SEC-24/comment"]);
  expect(JSON.parse(server.requests[0]?.body ?? "")).toMatchObject({
    fields: {
      project: { key: "SEC" },
      issuetype: { name: "Task" },
      labels: ["sallyport", `sallyport-${testIncident().uid}`],
    },
  });
});

test("Jira: an attempt whose end nobody knows looks for the issue before it makes another", async () => {
  server = await startTestServer(({ path }) =>
    path.endsWith("/search/jql") ? { body: '{"issues":[{"key":"SEC-24"}]}' } : { status: 500 },
  );
  const receiver = connect("jira", { url: server.url, project: "SEC", token: "t" });
  expect(await receiver.deliver(testNotice(), testAttempt({ again: true }))).toMatchObject({
    result: "delivered",
    reference: "SEC-24",
  });
  expect(server.requests.map(({ path }) => path)).toEqual(["/rest/api/3/search/jql"]);
});

test.each([
  ['{"items":[{"create":{"status":201}}]}', "delivered"],
  ['{"items":[{"create":{"status":409,"error":{"type":"version_conflict_engine_exception"}}}]}', "delivered"],
  ['{"items":[{"create":{"status":429,"error":{"type":"es_rejected_execution_exception"}}}]}', "failed"],
  ['{"items":[{"create":{"status":400,"error":{"type":"document_parsing_exception"}}}]}', "refused"],
  ["<html>", "refused"],
])("Elasticsearch says %s: %s", async (body, result) => {
  const each = CASES.find(({ type }) => type === "elasticsearch")!;
  expect((await deliver(each, () => ({ body }))).result).toBe(result);
  const [action] = server?.requests[0]?.body.split("\n") ?? [];
  expect(JSON.parse(action ?? "")).toEqual({
    create: { _index: "logs-sallyport.incident-default", _id: "0123456789abcdef0123456789abcdef" },
  });
});

test("a name that leads home is not followed there", async () => {
  server = await startTestServer();
  const url = server.url.replace("127.0.0.1", "rebind.example");
  const resolve = async (): Promise<{ address: string; family: number }[]> => [{ address: "127.0.0.1", family: 4 }];
  const refusing = new Guard({ allowPrivate: false, named: ["rebind.example"], resolve });
  await expect(connect("webhook", { url }, refusing).deliver(testNotice(), testAttempt())).rejects.toThrow(
    "is a private address",
  );
  expect(server.requests).toHaveLength(0);
  const allowing = new Guard({ allowPrivate: true, named: [], resolve });
  expect(await connect("webhook", { url }, allowing).deliver(testNotice(), testAttempt())).toMatchObject({
    result: "delivered",
  });
});

test("a name that changes its address while the connection is made gets none", async () => {
  server = await startTestServer();
  const answers = ["203.0.113.7", "127.0.0.1"];
  // The first look finds an address of documentation, which would be refused: one that is public is asked for.
  answers[0] = "9.9.9.9";
  const resolve = async (): Promise<{ address: string; family: number }[]> => [
    { address: answers.shift() ?? "127.0.0.1", family: 4 },
  ];
  const guard = new Guard({ allowPrivate: false, named: [], resolve });
  const url = server.url.replace("127.0.0.1", "rebind.example");
  await expect(connect("webhook", { url }, guard).deliver(testNotice(), testAttempt())).rejects.toThrow(
    "is a private address",
  );
  expect(server.requests).toHaveLength(0);
});

test.skipIf(!hasOpenssl)(
  "TLS: a certificate of an authority of one's own, and one of nobody (skipped without openssl)",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "sallyport-tls-"));
    const { certFile, keyFile } = makeCertificate(folder, "receiver");
    const tls = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_, response) =>
      response.end("ok"),
    );
    await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/`;
    const guard = new Guard({ allowPrivate: false, named: ["127.0.0.1"] });
    const kind = RECEIVER_KINDS.find(({ type }) => type === "webhook")!;
    const ports = testPorts({ guard, readFile: (path) => readFileSync(path, "utf8") });
    try {
      expect(await kind.connect({ url, ca_file: certFile }, ports).deliver(testNotice(), testAttempt())).toMatchObject({
        result: "delivered",
      });
      await expect(kind.connect({ url }, ports).deliver(testNotice(), testAttempt())).rejects.toThrow(
        /self.signed certificate/,
      );
    } finally {
      tls.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
