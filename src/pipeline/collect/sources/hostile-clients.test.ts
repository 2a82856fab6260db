/**
 * Twenty-two hostile clients at once against every source that listens, in one process, while good ones send: nothing of the good ones
 * is lost, none of them is kept waiting, and memory stays bounded.
 */
import { createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { Agent, request as requestHttp } from "node:http";
import { connect, type Socket } from "node:net";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Intake, RecordBatch, SourcePorts } from "../intake.ts";
import { hasOpenssl, makeCertificate } from "./certificates.test-support.ts";
import { createGithubWebhookSource } from "./github-webhook.ts";
import { createHttpSource } from "./http.ts";
import type { Address } from "./listen.ts";
import { createSyslogSource } from "./syslog.ts";
import { FakeCheckpoints, until } from "./testing.ts";

/** For how long everybody sends. */
const SECONDS = Number(process.env["SALLYPORT_HOSTILE_SECONDS"] ?? 3);
/** That each good client sends at least. */
const MESSAGES = 40;
const MAX_GROWTH_BYTES = 500 << 20;
const MAX_P95_MS = 2_000;
const TOKEN = "s3cret-token";
const SECRET = "webhook-secret";

/** Counts what the good clients sent, and holds nothing. */
class CountingIntake implements Intake {
  readonly good = new Map<string, number>();
  readonly streams = new Set<string>();
  repeated = 0;
  bytes = 0;

  async offer({ bytes, stream }: RecordBatch): Promise<void> {
    this.bytes += bytes.length;
    this.streams.add(stream);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    for (const [name] of text.matchAll(/good-[a-z]{1,9}-\d{1,9}/g)) this.good.set(name, (this.good.get(name) ?? 0) + 1);
    this.repeated += text.split("a-replayed-delivery").length - 1;
    // As long as an insert takes.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  reject(): void {}
  async tellGap(): Promise<void> {}
}

const intake = new CountingIntake();
const ports: SourcePorts = { intake, checkpoints: new FakeCheckpoints(), now: Date.now, log: () => {} };
const limits = { maxConnectionsPerAddress: 50, requestTimeoutMs: 12_000, maxBodyBytes: 8 << 20 };
const listen = "127.0.0.1:0";
let folder = "";
let ca: Buffer | null = null;
const http = createHttpSource({ id: "hec", listen, token: TOKEN, sourcetypes: { squid: "squid" }, ...limits }, ports);
const hook = createGithubWebhookSource({ id: "hook", listen, secret: SECRET, ...limits }, ports);
const stream = { maxConnectionsPerAddress: 50, messageTimeoutMs: 10_000, idleTimeoutMs: 60_000 };
const tcp = createSyslogSource({ id: "tcp", listen, protocol: "tcp", ...stream }, ports);
const udp = createSyslogSource({ id: "udp", listen, protocol: "udp" }, ports);
let tls: ReturnType<typeof createSyslogSource> | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-hostile-"));
  if (hasOpenssl) {
    const files = makeCertificate(folder, "server");
    ca = readFileSync(files.certFile);
    tls = createSyslogSource({ id: "tls", listen, protocol: "tls", tls: files, ...stream }, ports);
  }
  await Promise.all([http, hook, tcp, udp, tls].map(async (source) => source?.start()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const portOf = ({ address }: { readonly address: Address | null }): number => address!.port;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const head = (more: string, path = "/ndjson", token = TOKEN): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${more}\r\n\r\n`;

/** Hostile clients come from another address, as they would. */
function raw(source: { readonly address: Address | null }, ...pieces: (string | Buffer)[]): Socket {
  const socket = connect({ port: portOf(source), host: "127.0.0.1", localAddress: "127.0.0.2" });
  socket.on("error", () => {});
  socket.resume();
  for (const piece of pieces) socket.write(piece);
  return socket;
}

/** Writes as fast as the other side takes it, until it is closed or has had enough. */
async function pour(socket: Socket, piece: Buffer, times: number): Promise<void> {
  for (let turn = 0; turn < times && !socket.destroyed; turn += 1)
    if (!socket.write(piece)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), sleep(200)]);
}

const sign = (body: string, secret: string): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
function deliver(body: string, signature: string, agent: Agent, localAddress: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      "x-github-event": "push",
      "x-github-delivery": randomBytes(8).toString("hex"),
      "x-hub-signature-256": signature,
    };
    const request = requestHttp({
      port: portOf(hook),
      host: "127.0.0.1",
      method: "POST",
      agent,
      localAddress,
      headers,
    });
    request.on("error", () => resolve(0));
    request.on("response", (response) => {
      response.resume().on("close", () => resolve(response.statusCode ?? 0));
    });
    request.end(body);
  });
}

let open = true;
const bomb = gzipSync(Buffer.alloc(100 << 20));
const piece = Buffer.alloc(64 << 10, 0x78);
const hostileAgent = new Agent({ keepAlive: true, maxSockets: 5 });
const event = (n: number): string => `{"event":"x","sourcetype":"type-${n}","host":"host-${n}","source":"s-${n}"}\n`;

/** Each goes on until it is told to end, or has done its worst. */
const HOSTILE: Record<string, () => Promise<void>> = {
  "headers byte by byte": async () => {
    const sockets = Array.from({ length: 10 }, () => raw(http, "POST /ndjson HTTP/1.1\r\nx: "));
    for (; open; await sleep(50)) for (const socket of sockets) if (!socket.destroyed) socket.write("a");
  },
  "a body byte by byte": async () => {
    const sockets = Array.from({ length: 10 }, () => raw(http, head("content-length: 100000")));
    for (; open; await sleep(50)) for (const socket of sockets) if (!socket.destroyed) socket.write("a");
  },
  "100 MB announced": () => pour(raw(http, head("content-length: 104857600")), piece, 1_600),
  "100 MB in chunks": () =>
    pour(
      raw(http, head("transfer-encoding: chunked")),
      Buffer.concat([Buffer.from("10000\r\n"), piece, Buffer.from("\r\n")]),
      1_600,
    ),
  "gzip bombs": async () => {
    for (; open; await sleep(200)) raw(http, head(`content-encoding: gzip\r\ncontent-length: ${bomb.length}`), bomb);
  },
  "wrong tokens": async () => {
    for (; open; await sleep(10)) raw(http, head("content-length: 5", "/services/collector", "wrong"), "hello").end();
  },
  "wrong signatures": async () => {
    for (; open; await sleep(2))
      expect(await deliver('{"a":1}', sign('{"a":1}', "guess"), hostileAgent, "127.0.0.2")).not.toBe(202);
  },
  "a delivery again and again": async () => {
    const body = '{"ref":"a-replayed-delivery"}';
    for (; open; await sleep(2)) await deliver(body, sign(body, SECRET), hostileAgent, "127.0.0.2");
  },
  "rubbish instead of TLS": async () => {
    for (; open && tls !== null; await sleep(20)) raw(tls, randomBytes(1_000)).end();
  },
  "TLS instead of HTTP": async () => {
    for (; open; await sleep(20)) raw(http, Buffer.from("16030100f8010000f40303", "hex"), randomBytes(200)).end();
  },
  "a line without an end": () => pour(raw(tcp, "<13>"), piece, 2_000),
  "absurd counts": async () => {
    for (; open; await sleep(20)) raw(tcp, "999999999 <13>x", "99999999999999999999 <13>y", "-5 <13>z\0\0\0\n");
  },
  "a hundred thousand sourcetypes and hosts": async () => {
    for (let n = 0; open && n < 100_000; n += 1_000) {
      const body = Array.from({ length: 1_000 }, (_, index) => event(n + index)).join("");
      raw(http, head(`content-length: ${body.length}\r\nconnection: close`, "/services/collector"), body);
      await sleep(10);
    }
  },
  "connections that say nothing": async () => {
    for (; open; await sleep(100))
      for (const source of [http, hook, tcp, tls]) if (source !== null) for (let n = 0; n < 30; n += 1) raw(source);
  },
  "thousands of requests at once, whose answers nobody reads": async () => {
    const socket = connect({ port: portOf(http), host: "127.0.0.1", localAddress: "127.0.0.2" });
    socket.on("error", () => {});
    await pour(socket, Buffer.from(`${head("content-length: 2")}{}`.repeat(100)), 200);
  },
  "a megabyte of headers": async () => {
    for (; open; await sleep(50)) {
      raw(http, `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(20_000)}\r\n`);
      raw(http, `GET / HTTP/1.1\r\nx: ${"y".repeat(1 << 20)}\r\n\r\n`);
    }
  },
  "two lengths": async () => {
    for (; open; await sleep(20)) {
      raw(http, head("content-length: 3\r\ntransfer-encoding: chunked"), "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n");
      raw(http, head("content-length: 3\r\ncontent-length: 50"), "abc");
      raw(http, head("content-length: 1000"), "short").end();
    }
  },
  "depth, prototypes and broken text": async () => {
    const deep = `{"event":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    const odd = Buffer.concat([
      Buffer.from('{"event":{"__proto__":{"a":1},"constructor":"'),
      Buffer.from([0xff, 0xfe, 0]),
    ]);
    for (; open; await sleep(100))
      for (const body of [Buffer.from(deep), odd])
        raw(http, head(`content-length: ${body.length}`, "/services/collector"), body);
  },
  "connections cut in the middle": async () => {
    for (; open; await sleep(10)) {
      const socket = raw(http, head("content-length: 5000000"), piece);
      setTimeout(() => socket.resetAndDestroy(), 5);
      const other = raw(tcp, "<13>half a mess");
      setTimeout(() => other.resetAndDestroy(), 5);
    }
  },
  "chunks of one byte": () =>
    pour(raw(http, head("transfer-encoding: chunked")), Buffer.from("1\r\nx\r\n".repeat(5_000)), 100),
  "a flood of datagrams": async () => {
    const socket = createSocket("udp4");
    const junk = Array.from({ length: 50 }, (_, n) => Buffer.concat([Buffer.from(`<13>host-${n} `), randomBytes(900)]));
    for (let turn = 0; open && turn < 400; turn += 1) {
      for (const message of junk) socket.send(message, portOf(udp), "127.0.0.1");
      await sleep(5);
    }
    socket.close();
  },
  "bulk requests without documents": async () => {
    const body = `${'{"index":{}}\n'.repeat(100_000)}{"delete":{}}\n`;
    for (; open; await sleep(200)) raw(http, head(`content-length: ${body.length}`, "/_bulk"), body);
  },
};

const enough = new Set<string>();

/** Sends one after the other, and says how long each took, ms. */
async function sendAll(
  name: string,
  send: (text: string) => Promise<void>,
): Promise<{ sent: number; waits: number[] }> {
  const waits: number[] = [];
  let sent = 0;
  // A slow machine takes longer for as many.
  for (; open || sent < MESSAGES; await sleep(20)) {
    const started = performance.now();
    await send(`good-${name}-${sent}`);
    sent += 1;
    if (sent === MESSAGES) enough.add(name);
    waits.push(performance.now() - started);
  }
  return { sent, waits };
}

const stored = async (name: string): Promise<void> => {
  for (const end = Date.now() + 10_000; !intake.good.has(name) && Date.now() < end;) await sleep(2);
};

test(`${Object.keys(HOSTILE).length} hostile clients change nothing for the others`, async () => {
  const agent = new Agent({ keepAlive: true });
  const statuses = new Map<number, number>();
  const hec = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Splunk ${TOKEN}` };
      const path = "/services/collector/event";
      const request = requestHttp({ port: portOf(http), host: "127.0.0.1", method: "POST", path, agent, headers });
      request.on("error", reject);
      request.on("response", (response) => {
        const status = response.statusCode ?? 0;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        response.resume().on("end", resolve);
      });
      request.end(JSON.stringify({ event: text }));
    });
  const plain = connect(portOf(tcp), "127.0.0.1");
  const secure = tls === null || ca === null ? null : connectTls({ port: portOf(tls), host: "127.0.0.1", ca });
  const hooks: number[] = [];

  global.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
  // Until the good ones have sent enough, but not for ever.
  const ending = sleep(SECONDS * 1_000);
  const hostile = Object.entries(HOSTILE).map(([name, attack]) =>
    attack().catch((cause: unknown) => {
      throw new Error(name, { cause });
    }),
  );
  const sending = Promise.all([
    sendAll("hec", hec),
    sendAll("tcp", async (text) => {
      plain.write(`<13>${text}\n`);
      await stored(text);
    }),
    sendAll("tls", async (text) => {
      if (secure === null) return;
      const message = `<13>${text}`;
      secure.write(`${message.length} ${message}`);
      await stored(text);
    }),
    sendAll("hook", async (text) => {
      const body = JSON.stringify({ ref: text });
      hooks.push(await deliver(body, sign(body, SECRET), agent, "127.0.0.1"));
    }),
  ]);
  await ending;
  for (const end = Date.now() + 15_000; Date.now() < end && enough.size < 4;) await sleep(20);
  open = false;
  const good = await sending;
  clearInterval(watching);
  await Promise.all(hostile);
  plain.destroy();
  secure?.destroy();
  agent.destroy();
  hostileAgent.destroy();

  for (const [index, name] of ["hec", "tcp", ...(secure === null ? [] : ["tls"]), "hook"].entries()) {
    const { sent, waits } = good[secure === null && index === 2 ? 3 : index]!;
    for (let n = 0; n < sent; n += 1) await until(() => intake.good.has(`good-${name}-${n}`), `good-${name}-${n}`);
    expect(waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.95)], name).toBeLessThan(MAX_P95_MS);
  }
  expect([...statuses.keys()]).toEqual([200]);
  expect(new Set(hooks)).toEqual(new Set([202]));
  for (const [name, times] of intake.good) expect(times, name).toBe(1);
  expect(intake.repeated).toBe(1);
  expect(peak - before).toBeLessThan(MAX_GROWTH_BYTES);
  // A name that a stranger makes up makes no stream.
  expect(intake.streams.size).toBeLessThan(2_000);
  const stopping = performance.now();
  await Promise.all([http, hook, tcp, udp, tls].map(async (source) => source?.stop()));
  expect(performance.now() - stopping).toBeLessThan(10_000);
}, 60_000);
