/** Requests as shippers send them, and as nobody should, against the HTTP source. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHttpSource, type HttpSource, type HttpSourceOptions } from "./http.ts";
import { fakePorts, running, until } from "./testing.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-http-"));
  writeFileSync(join(folder, "token"), "s3cret-token\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function open(options: Partial<HttpSourceOptions> = {}) {
  const ports = fakePorts();
  const tokenFile = join(folder, "token");
  return { ports, source: createHttpSource({ id: "hec", listen: "127.0.0.1:0", tokenFile, ...options }, ports) };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

async function send(source: HttpSource, path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { authorization: "Splunk s3cret-token", ...(init.headers as Record<string, string>) };
  const method = init.body === undefined ? "GET" : "POST";
  const response = await fetch(`http://127.0.0.1:${source.address!.port}${path}`, { method, ...init, headers });
  const text = await response.text();
  return {
    status: response.status,
    body: text === "" ? null : (JSON.parse(text) as unknown),
    headers: response.headers,
  };
}

const post = (
  source: HttpSource,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) => send(source, path, { method: "POST", body, headers });

describe("Splunk HEC", () => {
  test("events one after the other are stored as sent, then acknowledged", async () => {
    const { ports, source } = open({ sourcetypes: { "squid:access": "squid" } });
    await running(source, async () => {
      const body =
        '{"event":"a {\\"line\\"}","host":"h"}{"event":{"n":12345678901234567890},"sourcetype":"squid:access"}\n\n{\n "event": "c",\n "time": 1.5 }';
      const answer = await post(source, "/services/collector/event", body);
      expect(answer).toMatchObject({ status: 200, body: { text: "Success", code: 0 } });
      expect(ports.intake.lines).toHaveLength(3);
    });
    expect([...ports.intake.linesOf]).toEqual([
      ["hec:127.0.0.1", ['{"event":"a {\\"line\\"}","host":"h"}', '{  "event": "c",  "time": 1.5 }']],
      ["hec:127.0.0.1/squid", ['{"event":{"n":12345678901234567890},"sourcetype":"squid:access"}']],
    ]);
    expect(source.health().received).toBe(3);
  });

  test.each([
    ["no token", "/services/collector", "{}", { authorization: "" }, 401, { text: "Token is required", code: 2 }],
    [
      "no scheme",
      "/services/collector",
      "{}",
      { authorization: "s3cret-token" },
      401,
      { text: "Invalid authorization", code: 3 },
    ],
    [
      "a wrong token",
      "/services/collector",
      "{}",
      { authorization: "Splunk x" },
      403,
      { text: "Invalid token", code: 4 },
    ],
    ["nothing", "/services/collector", " \n", {}, 400, { text: "No data", code: 5 }],
    [
      "no JSON",
      "/services/collector",
      '{"event":1}x',
      {},
      400,
      { text: "Invalid data format", code: 6, "invalid-event-number": 1 },
    ],
    [
      "broken JSON",
      "/services/collector",
      '{"event":}',
      {},
      400,
      { text: "Invalid data format", code: 6, "invalid-event-number": 0 },
    ],
    ["half an object", "/services/collector", '{"event":"a"', {}, 400, { text: "Invalid data format", code: 6 }],
    [
      "no event",
      "/services/collector",
      '{"event":1}{"a":1}',
      {},
      400,
      { text: "Event field is required", code: 12, "invalid-event-number": 1 },
    ],
    [
      "a blank event",
      "/services/collector",
      '{"event":""}',
      {},
      400,
      { text: "Event field cannot be blank", code: 13 },
    ],
    [
      "acknowledgements without a channel",
      "/services/collector/ack",
      '{"acks":[1]}',
      {},
      400,
      { text: "Data channel is missing", code: 10 },
    ],
    ["no acknowledgements", "/services/collector/ack?channel=a-1", '{"acks":["1"]}', {}, 400, { code: 6 }],
    ["raw, empty", "/services/collector/raw", "", {}, 400, { text: "No data", code: 5 }],
  ])("%s is answered as Splunk does", async (_, path, body, headers, status, expected) => {
    const { ports, source } = open();
    await running(source, async () => {
      expect(await post(source, path, body, headers)).toMatchObject({ status, body: expected });
    });
    expect(ports.intake.lines).toEqual([]);
  });

  test("health needs no token; raw lines take their sourcetype from the address; other ways to show the token", async () => {
    const { ports, source } = open({ sourcetypes: { "zeek:conn": "zeek-conn" } });
    const basic = `Basic ${Buffer.from("x:s3cret-token").toString("base64")}`;
    await running(source, async () => {
      const health = await send(source, "/services/collector/health/1.0", { headers: { authorization: "" } });
      expect(health).toMatchObject({ status: 200, body: { text: "HEC is healthy", code: 17 } });
      const raw = await post(source, "/services/collector/raw?sourcetype=zeek:conn", "one\r\ntwo\n\nthree", {
        authorization: basic,
      });
      expect(raw.status).toBe(200);
    });
    expect(ports.intake.batches[0]).toMatchObject({ source: "zeek-conn", firstLine: 1 });
    expect(ports.intake.lines).toEqual(["one", "two", "three"]);
  });

  test.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])("a body in %s", async (encoding, compress) => {
    const { ports, source } = open();
    await running(source, async () => {
      const body = new Uint8Array(compress('{"event":"x"}'));
      expect((await post(source, "/services/collector", body, { "content-encoding": encoding })).status).toBe(200);
    });
    expect(ports.intake.lines).toEqual(['{"event":"x"}']);
  });

  test("a channel asks for what was stored", async () => {
    const { ports, source } = open();
    await running(source, async () => {
      const channel = { "x-splunk-request-channel": "11111111-1111-1111-1111-111111111111" };
      const first = await post(source, "/services/collector/event", '{"event":"a"}', channel);
      expect(first).toMatchObject({ status: 200, body: { text: "Success", code: 0, ackId: 1 } });
      expect(await post(source, "/services/collector/raw?channel=x", "b")).toMatchObject({ body: { ackId: 2 } });
      const asked = await post(source, "/services/collector/ack", '{"acks":[1,2]}', channel);
      expect(asked).toMatchObject({ status: 200, body: { acks: { "1": true, "2": true } } });
    });
    expect(ports.intake.lines).toEqual(['{"event":"a"}', "b"]);
  });

  test("a store that cannot follow or does not answer is 503, and nothing is acknowledged before it is stored", async () => {
    const { ports, source } = open();
    await running(source, async () => {
      for (const mood of ["busy", "fails"] as const) {
        ports.intake.mood = mood;
        const answer = await post(source, "/services/collector", '{"event":"x"}');
        expect(answer).toMatchObject({ status: 503, body: { text: "Server is busy", code: 9 } });
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      }
      ports.intake.mood = "hangs";
      let answered = false;
      const pending = post(source, "/services/collector", '{"event":"x"}').finally(() => (answered = true));
      await sleep(80);
      expect(answered).toBe(false);
      ports.intake.release();
      expect((await pending).status).toBe(200);
    });
    expect(ports.intake.lines).toHaveLength(1);
  });
});

describe("Elasticsearch bulk", () => {
  test("documents are stored and answered one by one", async () => {
    const { ports, source } = open();
    await running(source, async () => {
      expect(await send(source, "/")).toMatchObject({
        status: 200,
        body: { version: { number: expect.stringMatching(/^8\./) } },
      });
      expect((await send(source, "/", { method: "HEAD" })).headers.get("x-elastic-product")).toBe("Elasticsearch");
      const body =
        '{"create":{"_index":"a","_id":"1"}}\n{"message":"one"}\n{"index":{}}\n{"message":\n{"delete":{"_id":"9"}}\n{"update":{"_id":"2"}}\n{"doc":{"message":"two"}}\n';
      const {
        status,
        body: answer,
        headers,
      } = await post(source, "/logs/_bulk", body, { authorization: "ApiKey s3cret-token" });
      expect(status).toBe(200);
      expect(headers.get("x-elastic-product")).toBe("Elasticsearch");
      expect(answer).toMatchObject({
        errors: true,
        items: [
          { create: { _index: "a", _id: "1", status: 201 } },
          { index: { _index: "logs", status: 400, error: { type: "document_parsing_exception" } } },
          { delete: { status: 400 } },
          { update: { _id: "2", status: 201 } },
        ],
      });
    });
    expect(ports.intake.lines).toEqual(['{"message":"one"}', '{"message":"two"}']);
    expect(ports.intake.rejected).toHaveLength(1);
  });

  test.each([
    ['{"create":{}}\n', 400, /no document/],
    ['{"message":"x"}\n{"message":"x"}\n', 400, /line \[1\]/],
    ['{"create":{}}\n{"a":1}\nrubbish\n', 400, /line \[3\]/],
    ["\n", 400, /body is required/],
  ])("%j is refused whole, with its place", async (body, status, reason) => {
    const { ports, source } = open();
    await running(source, async () => {
      expect(await post(source, "/_bulk", body)).toMatchObject({
        status,
        body: { error: { reason: expect.stringMatching(reason) } },
      });
    });
    expect(ports.intake.lines).toEqual([]);
  });

  test("tokens are asked for, and a busy store is told of, in Elasticsearch's words", async () => {
    const { ports, source } = open();
    await running(source, async () => {
      expect((await post(source, "/_bulk", "{}\n", { authorization: "" })).status).toBe(401);
      expect((await post(source, "/_bulk", "{}\n", { authorization: "Bearer x" })).status).toBe(403);
      ports.intake.mood = "busy";
      const answer = await post(source, "/_bulk", '{"create":{}}\n{"a":1}\n');
      expect(answer).toMatchObject({ status: 503, body: { status: 503 } });
      expect(answer.headers.get("retry-after")).toBe("1");
    });
  });
});

describe("NDJSON and OTLP", () => {
  test("lines are stored; one over the limit is kept apart", async () => {
    const { ports, source } = open({ token: undefined, tokenFile: undefined, source: "squid" });
    await running(source, async () => {
      const body = `{"a":1}\n${"x".repeat(1_100_000)}\n{"b":2}`;
      expect(await post(source, "/ndjson", body, { authorization: "" })).toMatchObject({
        status: 200,
        body: { stored: 2 },
      });
      expect((await post(source, "/ndjson", "\n")).status).toBe(400);
      expect((await send(source, "/ndjson")).status).toBe(405);
      expect((await send(source, "/nothing")).status).toBe(404);
    });
    expect(ports.intake.lines).toEqual(['{"a":1}', '{"b":2}']);
    expect(ports.intake.batches[0]!.source).toBe("squid");
    expect(ports.intake.rejected[0]).toMatchObject({ line: 2, reason: "a line over 1 MiB" });
  });

  test("log records become lines with their time and host", async () => {
    const { ports, source } = open();
    const record = (more: object) => ({ timeUnixNano: "1774000000123456789", ...more });
    const request = {
      resourceLogs: [
        {
          resource: { attributes: [{ key: "host.name", value: { stringValue: "ws-017" } }] },
          scopeLogs: [
            {
              logRecords: [
                record({ body: { stringValue: "a line" } }),
                record({ body: { kvlistValue: { values: [{ key: "__proto__", value: { intValue: "7" } }] } } }),
                { attributes: [{ key: "n", value: { arrayValue: { values: [{ boolValue: true }] } } }] },
                {},
              ],
            },
          ],
        },
      ],
    };
    const json = { "content-type": "application/json" };
    await running(source, async () => {
      const answer = await post(source, "/v1/logs", JSON.stringify(request), json);
      expect(answer).toMatchObject({ status: 200, body: { partialSuccess: { rejectedLogRecords: "1" } } });
      expect((await post(source, "/v1/logs", "[]", json)).status).toBe(400);
      expect((await post(source, "/v1/logs", "x", { "content-type": "application/x-protobuf" })).status).toBe(415);
    });
    expect(ports.intake.lines).toEqual([
      '{"@timestamp":"2026-03-20T09:46:40.123Z","host":"ws-017","message":"a line"}',
      '{"@timestamp":"2026-03-20T09:46:40.123Z","host":"ws-017","_source":{"__proto__":7}}',
      '{"host":"ws-017","_source":{"n":[true]}}',
    ]);
  });
});

describe("hostile clients change nothing for others", () => {
  test("bombs, oversize, damaged and unknown encodings, and depth", async () => {
    const { ports, source } = open({ maxBodyBytes: 4 << 20 });
    await running(source, async () => {
      const gzip = { "content-encoding": "gzip" };
      const bomb = new Uint8Array(gzipSync(Buffer.alloc(200 << 20)));
      const before = process.memoryUsage().rss;
      const bombs = await Promise.all(Array.from({ length: 4 }, () => post(source, "/ndjson", bomb, gzip)));
      expect(new Set(bombs.map(({ status }) => status))).toEqual(new Set([413]));
      expect(process.memoryUsage().rss - before).toBeLessThan(150 << 20);
      expect((await post(source, "/ndjson", new Uint8Array(gzipSync("x").subarray(0, 15)), gzip)).status).toBe(400);
      expect((await post(source, "/ndjson", "no gzip", gzip)).status).toBe(400);
      expect((await post(source, "/ndjson", "x", { "content-encoding": "br" })).status).toBe(415);
      expect((await post(source, "/ndjson", "x".repeat(5 << 20)).catch(() => ({ status: 413 }))).status).toBe(413);
      const deep = `{"event":${"[".repeat(500_000)}${"]".repeat(500_000)}}`;
      expect((await post(source, "/services/collector", deep)).status).toBeLessThan(500);
      expect((await post(source, "/ndjson", "fine")).status).toBe(200);
    });
    expect(ports.intake.lines.at(-1)).toBe("fine");
  });

  test("slow headers, slow bodies, rubbish, lies about lengths and floods of connections", async () => {
    const { ports, source } = open({ requestTimeoutMs: 600, maxConnectionsPerAddress: 30 });
    await running(source, async () => {
      const { port } = source.address!;
      const raw = (text: string) => {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.resume().write(text);
        return socket;
      };
      const head = "POST /ndjson HTTP/1.1\r\nhost: x\r\nauthorization: Splunk s3cret-token\r\n";
      const slow = [
        raw("POST /ndjson HTTP/1.1\r\nhost"),
        raw(`${head}content-length: 1000\r\n\r\nab`),
        raw(`${head}content-length: 90000000000\r\n\r\nab`),
        raw(`${head}transfer-encoding: chunked\r\n\r\n5\r\nab`),
        raw(`${head}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc`),
        raw("\x16\x03\x01\x02\x00 no TLS here\r\n\r\n"),
        raw(`GET / HTTP/1.1\r\n${"x: y\r\n".repeat(10_000)}\r\n`),
        raw(`POST /ndjson?${"a=b&".repeat(10_000)} HTTP/1.1\r\n\r\n`),
      ];
      const drip = setInterval(() => slow[0]!.writable && slow[0]!.write("a"), 50);
      const closed = Promise.all(slow.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
      expect((await post(source, "/ndjson", "one")).status).toBe(200);
      await closed;
      clearInterval(drip);
      const flood = Array.from({ length: 60 }, () => raw("G"));
      await until(() => flood.filter((socket) => socket.destroyed).length >= 30);
      for (const socket of flood) socket.destroy();
      await sleep(20);
      expect((await post(source, "/ndjson", "two")).status).toBe(200);
    });
    expect(ports.intake.lines.filter((line) => !/^(?:ab|abc)$/.test(line))).toEqual(["one", "two"]);
  });

  test("a body is not read before the token was right", async () => {
    const { source } = open();
    await running(source, async () => {
      const socket = connect(source.address!.port, "127.0.0.1");
      let answer = "";
      socket.on("error", () => {});
      socket.on("data", (data: Buffer) => (answer += data.toString()));
      socket.write("POST /ndjson HTTP/1.1\r\nhost: x\r\ncontent-length: 60000000\r\n\r\n");
      await new Promise((resolve) => socket.once("close", resolve));
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
      expect(answer.toLowerCase()).toContain("connection: close");
    });
  });

  test("stopping ends what is being stored first", async () => {
    const { ports, source } = open();
    await source.start();
    ports.intake.mood = "hangs";
    const pending = post(source, "/ndjson", "last");
    await sleep(50);
    const stopped = source.stop();
    await sleep(20);
    ports.intake.release();
    expect((await pending).status).toBe(200);
    await stopped;
    expect(source.health().state).toBe("stopped");
  });
});
