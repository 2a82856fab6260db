/** Asking APIs: what answers may not do, and how long they may take. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { ApiClient, type ApiReply, StoppedError } from "./api-client.ts";
import { hasOpenssl, makeCertificate } from "./certificates.test-support.ts";
import { linkTo } from "./link-header.ts";
import { waitOf } from "./rate-limits.ts";
import { TestClock } from "./vendor-logs.test-support.ts";

const T0 = Date.UTC(2026, 2, 20, 9);
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
async function serve(answer: Answer, tls?: { cert: Buffer; key: Buffer }): Promise<string> {
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const get = (
  baseUrl: string,
  more: { timeoutMs?: number; proxy?: string; caFile?: string } = {},
): Promise<ApiReply> => {
  const client = new ApiClient({ baseUrl, ...more });
  const url = new URL(`${client.baseUrl}/log`);
  return client.get(url, { authorization: "Bearer t" }, new AbortController().signal).finally(() => client.close());
};

test("answers come whole, inflated too", async () => {
  const url = await serve((_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("[1]")),
  );
  expect((await get(url)).body.toString()).toBe("[1]");
});

test.each<[string, Answer, RegExp]>([
  ["too large", (_, response) => void response.end(Buffer.alloc(65 << 20)), /over 64 MiB/],
  [
    "too large once inflated",
    (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(65 << 20))),
    /over 64 MiB/,
  ],
  ["none", () => {}, /no answer within/],
  ["never whole", (_, response) => void response.writeHead(200).write("["), /no answer within|ended early|aborted/],
  ["dripping", (_, response) => void setInterval(() => response.destroyed || response.write("a"), 20).unref(), /./],
  ["damaged", (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("no gzip"), /./],
])("an answer that is %s is none", async (what, answer, reason) => {
  await expect(get(await serve(answer), { timeoutMs: what.includes("large") ? 10_000 : 250 })).rejects.toThrow(reason);
});

test("a token does not follow a redirect to another host", async () => {
  const seen: (string | undefined)[] = [];
  const other = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end("[]");
  });
  const url = await serve((_, response) => response.writeHead(302, { location: other }).end());
  expect((await get(url)).status).toBe(302);
  expect(seen).toEqual([]);
});

test("a proxy is asked where one is named", async () => {
  const asked: (string | undefined)[] = [];
  const proxy = await serve((request, response) => {
    asked.push(request.url);
    response.end("[]");
  });
  await get("http://api.acme.example", { proxy });
  expect(asked).toEqual(["http://api.acme.example/log"]);
});

test.skipIf(!hasOpenssl)("a certificate of one's own is trusted where it is named, and not elsewhere", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-api-"));
  const { certFile, keyFile } = makeCertificate(folder, "api");
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const url = await serve((_, response) => void response.end("[]"), tls);
  expect((await get(url, { caFile: certFile })).status).toBe(200);
  await expect(get(url)).rejects.toThrow(/self-signed/i);
  rmSync(folder, { recursive: true, force: true });
});

test("what is out of order is asked again, later each time, until it answers or the source stops", async () => {
  let turns = 0;
  const url = await serve((_, response) => void response.writeHead((turns += 1) < 6 ? 503 : 200).end("[]"));
  const clock = new TestClock(T0);
  const client = new ApiClient({ baseUrl: url });
  const stopping = new AbortController();
  const told: (string | null)[] = [];
  const context = {
    clock,
    signal: stopping.signal,
    tell: (text: string | null) => told.push(text),
    headers: () => ({}),
  };
  expect((await client.ask(new URL(url), context)).status).toBe(200);
  expect(clock.time - T0).toBe(31_000);
  expect(told.at(-1)).toBe(null);
  stopping.abort();
  await expect(client.ask(new URL(url), context)).rejects.toThrow(StoppedError);
  client.close();
});

test.each(["", "api.github.com", "ftp://x", "https://user:password@x"])("%j is no address", (baseUrl) => {
  expect(() => new ApiClient({ baseUrl })).toThrow(/is no address/);
});

describe("limits", () => {
  const date = new Date(T0 + 3_600_000).toUTCString();
  const reset = String(T0 / 1_000 + 3_600 + 90);
  test.each<[string, number, Record<string, string>, string, number | null]>([
    ["nothing used up", 200, { "x-ratelimit-remaining": "7", "x-ratelimit-reset": reset }, "", null],
    ["GitHub's primary", 403, { date, "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }, "", 91_000],
    ["GitHub's secondary", 403, { "retry-after": "30", "x-ratelimit-remaining": "9" }, "", 30_000],
    ["GitHub's secondary without a time", 403, {}, '{"message":"You have exceeded a secondary rate limit"}', 60_000],
    ["a permission that is missing", 403, {}, '{"message":"Resource not accessible"}', null],
    ["GitLab's", 429, { "ratelimit-remaining": "0", "ratelimit-reset": reset, date }, "Retry later", 91_000],
    ["Okta's", 429, { "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset, date }, "", 91_000],
    ["the last question of a span", 200, { "x-rate-limit-remaining": "0", "x-rate-limit-reset": "40" }, "", 40_000],
    ["a date", 429, { "retry-after": new Date(T0 + 3_600_000 + 5_000).toUTCString(), date }, "", 5_000],
    ["no time at all", 429, {}, "", 60_000],
    ["a time without sense", 429, { "retry-after": "999999999" }, "", 3_600_000],
    ["nothing right", 429, { "retry-after": "soon", "x-ratelimit-reset": "-1" }, "", 60_000],
    ["out of order, with a time", 503, { "retry-after": "7" }, "", 7_000],
    ["out of order", 503, {}, "", null],
  ])("%s", (_, status, headers, body, ms) => {
    expect(waitOf({ status, headers, body: Buffer.from(body) }, T0)?.ms ?? null).toBe(ms);
  });
});

test.each<[string | string[] | undefined, string | null]>([
  [undefined, null],
  ["", null],
  ['<https://a.example/x?a=1,2;3>; rel="next", <https://a.example/y>; rel="last"', "https://a.example/x?a=1,2;3"],
  ['<https://a.example/y>; rel="last", <https://a.example/x>; title="n"; rel=next', "https://a.example/x"],
  [['<https://a.example/self>; rel="self"', '<https://a.example/x>; rel="next"'], "https://a.example/x"],
  ['<https://a.example/x>; rel="prev next"', "https://a.example/x"],
  ['<https://a.example/x; rel="next"', null],
  [`<${"x".repeat(20_000)}>; rel="next"`, null],
])("next of %j", (header, next) => {
  expect(linkTo(header, "next")).toBe(next);
});
