/** Real sockets against the syslog source: framing, back-pressure, TLS, and clients that mean no good. */
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasOpenssl, makeCertificate } from "./certificates.test-support.ts";
import { createSyslogSource, type SyslogSource, type SyslogSourceOptions } from "./syslog.ts";
import { fakePorts, running, until } from "./testing.ts";

function open(options: Partial<SyslogSourceOptions> = {}) {
  const ports = fakePorts();
  const source = createSyslogSource({ id: "net", listen: "127.0.0.1:0", protocol: "tcp", ...options }, ports);
  return { ports, source };
}

async function dial(source: SyslogSource): Promise<Socket> {
  const socket = connect(source.address!.port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

const isClosed = (socket: Socket) => new Promise<true>((resolve) => socket.once("close", () => resolve(true)));

describe("over TCP", () => {
  test("messages of both framings are stored, each connection a stream", async () => {
    const { ports, source } = open();
    await running(source, async () => {
      const [one, two] = [await dial(source), await dial(source)];
      one.write("<13>Jan  1 00:00:00 fw one\n35 <13>1 2026-01-01T00:00:00Z fw a two");
      two.end("<13>Jan  1 00:00:00 fw three");
      await until(() => ports.intake.lines.length === 3);
      one.destroy();
    });
    expect(ports.intake.linesOf.size).toBe(2);
    expect(ports.intake.batches[0]!.stream).toMatch(/^net:127\.0\.0\.1:\d+$/);
    expect(source.health()).toMatchObject({ state: "stopped", received: ports.intake.lines.length });
  });

  test("a store that cannot follow makes the sender wait, and nothing is lost", async () => {
    const { ports, source } = open({ maxHeldBytes: 100_000 });
    await running(source, async () => {
      ports.intake.mood = "busy";
      const socket = await dial(source);
      const line = `<13>${"x".repeat(995)}\n`;
      let sent = 0;
      let blocked = false;
      while (sent < 40_000 && !blocked) {
        blocked = !socket.write(line.repeat(100));
        sent += 100;
        if (blocked)
          blocked = !(await Promise.race([
            sleep(300),
            new Promise((resolve) => socket.once("drain", () => resolve("drain"))),
          ]));
      }
      expect(blocked).toBe(true);
      ports.intake.mood = "stores";
      await until(() => ports.intake.lines.length === sent, `${sent} lines`);
      socket.destroy();
    });
    expect(source.health().dropped).toBe(0);
  });

  test("what a failing store was offered is offered again", async () => {
    const { ports, source } = open();
    await running(source, async () => {
      ports.intake.mood = "fails";
      const socket = await dial(source);
      socket.write("<13>one\n<13>two\n");
      await until(() => ports.intake.refused > 0);
      ports.intake.mood = "stores";
      await until(() => ports.intake.lines.length === 2);
      socket.destroy();
    });
    expect(ports.intake.lines).toEqual(["<13>one", "<13>two"]);
  });

  test("stopping stores what was received", async () => {
    const { ports, source } = open();
    await source.start();
    ports.intake.mood = "hangs";
    const socket = await dial(source);
    socket.write("<13>one\n<13>two\n<13>thr");
    await sleep(50);
    const stopped = source.stop();
    await sleep(20);
    ports.intake.release();
    await stopped;
    expect(ports.intake.lines).toEqual(["<13>one", "<13>two", "<13>thr"]);
  });

  test("clients that drip, flood with connections or send rubbish change nothing for others", async () => {
    const { ports, source } = open({ messageTimeoutMs: 100, maxConnectionsPerAddress: 5, idleTimeoutMs: 400 });
    await running(source, async () => {
      const good = await dial(source);
      const slow = await dial(source);
      const drip = setInterval(() => slow.write("x"), 20);
      const huge = await dial(source);
      huge.write("999999999 <13>");
      const rubbish = await dial(source);
      rubbish.write(Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 256)));
      good.write("<13>one\n");
      await isClosed(slow);
      clearInterval(drip);
      const many = await Promise.all(Array.from({ length: 20 }, () => dial(source)));
      await until(() => source.health().dropped >= 17);
      good.write("<13>two\n");
      await until(() => ports.intake.lines.includes("<13>two"));
      for (const socket of many) socket.destroy();
      await isClosed(good);
      const again = await dial(source);
      again.end("<13>three\n");
      await until(() => ports.intake.lines.includes("<13>three"));
    });
    expect(source.health().state).toBe("stopped");
  });

  test("an address that is taken is said to be", async () => {
    const { source } = open();
    await running(source, async () => {
      const second = open({ listen: `127.0.0.1:${source.address!.port}` });
      await expect(second.source.start()).rejects.toThrow(/is taken/);
    });
  });
});

describe("over UDP", () => {
  test("datagrams are stored by sender; what does not fit is counted and told of", async () => {
    const { ports, source } = open({ protocol: "udp", maxHeldBytes: 2_000 });
    const client = createSocket("udp4");
    const send = (text: string) =>
      new Promise((resolve) => client.send(text, source.address!.port, "127.0.0.1", resolve));
    await running(source, async () => {
      await send("<13>Jan  1 00:00:00 fw one\n");
      await send("<13>Jan  1 00:00:00 fw two\nlines");
      await send("\n");
      await until(() => ports.intake.lines.length === 2);
      ports.intake.mood = "busy";
      for (let index = 0; index < 100; index += 1) await send(`<13>${"x".repeat(100)}`);
      await until(() => source.health().dropped > 50);
      expect(source.health()).toMatchObject({ state: "failing", problem: expect.stringContaining("dropped") });
      ports.intake.mood = "stores";
      await until(() => ports.intake.lines.length > 10);
      await send("<13>after");
      await until(() => ports.intake.lines.includes("<13>after"));
    });
    client.close();
    const { received, dropped, gaps } = source.health();
    expect(received + dropped).toBe(103);
    expect(gaps).toHaveLength(1);
    expect(ports.intake.lines[1]).toBe("<13>Jan  1 00:00:00 fw two lines");
    expect([...ports.intake.linesOf.keys()]).toEqual(["net:127.0.0.1"]);
  });
});

describe.skipIf(!hasOpenssl)("over TLS (skipped where there is no openssl to make certificates)", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-tls-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("messages arrive; clients without the certificate asked for, and those that speak no TLS, do not get in", async () => {
    const server = makeCertificate(folder, "server");
    const client = makeCertificate(folder, "client");
    const { ports, source } = open({ protocol: "tls", tls: { ...server, clientCaFile: client.certFile } });
    await running(source, async () => {
      const { port } = source.address!;
      const plain = await dial(source);
      plain.write("<13>not encrypted\n");
      await isClosed(plain);
      const ca = readFileSync(server.certFile);
      const stranger = connectTls({ port, host: "127.0.0.1", ca });
      stranger.on("error", () => {});
      stranger.write("<13>no certificate\n");
      await isClosed(stranger);
      const known = { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) };
      const socket = connectTls({ port, host: "127.0.0.1", ca, ...known });
      socket.write("16 <13>with framing<13>and a line\n");
      await until(() => ports.intake.lines.length === 2);
      socket.destroy();
    });
    expect(ports.intake.lines).toEqual(["<13>with framing", "<13>and a line"]);
  });

  test("TLS files that do not exist are a mistake in the configuration", async () => {
    const { source } = open({ protocol: "tls", tls: { certFile: "none.pem", keyFile: "none.key" } });
    await expect(source.start()).rejects.toThrow(/none\.pem: cannot be read: ENOENT/);
  });
});
