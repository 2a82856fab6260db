/** Notifications of the real program: what a receiver gets while both sides die and come back. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Incident } from "../src/model/incident.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
let folder: string;
const children: ChildProcess[] = [];
let receiver: Receiver;

interface Receiver {
  readonly server: Server;
  readonly port: number;
  readonly got: {
    readonly incident: Incident;
    readonly change: string;
    readonly delivery: string;
    readonly genuine: boolean;
  }[];
  down: boolean;
}

async function listen(): Promise<Receiver> {
  const got: Receiver["got"] = [];
  const state = { down: false };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      if (state.down) return void request.socket.destroy();
      const { headers } = request;
      const signed = createHmac("sha256", "out-secret")
        .update(`${String(headers["x-sallyport-timestamp"])}.${body}`)
        .digest("hex");
      const incident = JSON.parse(body) as Incident & { notification: { change: string } };
      got.push({
        incident,
        change: incident.notification.change,
        delivery: String(headers["x-sallyport-delivery"]),
        genuine: headers["x-sallyport-signature"] === `sha256=${signed}`,
      });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    got,
    get down() {
      return state.down;
    },
    set down(down) {
      state.down = down;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-notify-"));
  receiver = await listen();
});
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
});
afterAll(() => {
  receiver.server.closeAllConnections();
  receiver.server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, holds: () => Promise<boolean> | boolean, withinMs = 30_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`did not come about within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Everybody has a machine and a repository of their own: what shares one is one story. */
const push = (actor: string): string =>
  `${(Date.now() / 1000).toFixed(3)}    310 10.1.4.${actor.length} TCP_MISS/200 420 POST https://github.com/${actor}-own/notes.git/git-receive-pack ${actor} HIER_DIRECT/140.82.121.4 application/x-git-receive-pack-result\n`;

test("what happened is told once, signed, though the receiver was away and the process was killed", async () => {
  const [console_, hec] = [await freePort(), await freePort()];
  const config = join(folder, "sallyport.yaml");
  writeFileSync(join(folder, "out.secret"), "out-secret\n", { mode: 0o600 });
  writeFileSync(join(folder, "policy.yaml"), 'sanctioned: { repositories: ["github.com/acme/*"] }\n');
  writeFileSync(
    config,
    `store: ./data
listen: 127.0.0.1:${console_}
policy: ./policy.yaml
sources:
  - { id: proxy, type: http, listen: "127.0.0.1:${hec}", source: squid }
notify:
  - { type: webhook, url: "http://127.0.0.1:${receiver.port}/in", secret_file: ./out.secret, min_severity: medium }
  - { type: file, path: ./incidents.ndjson }
`,
  );
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [main, "watch", "-c", config, "--log-format", "json"], { stdio: "ignore" });
    children.push(child);
    await until(
      "ready",
      async () => (await fetch(`http://127.0.0.1:${console_}/readyz`).catch(() => null))?.ok === true,
    );
    return child;
  };
  const send = async (actor: string): Promise<void> => {
    await until("taken", async () => {
      const answer = await fetch(`http://127.0.0.1:${hec}/ndjson`, { method: "POST", body: push(actor) }).catch(
        () => null,
      );
      return answer?.status === 200;
    });
  };
  const of = (actor: string) => receiver.got.filter(({ incident }) => incident.actors.includes(actor));
  const kill = async (child: ChildProcess): Promise<void> => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  };

  let child = await start();
  await send("alice");
  await until("alice is told of", () => of("alice").length === 1);
  await kill(child);

  // Nobody listens: what happens meanwhile waits in the store, through another kill.
  receiver.down = true;
  child = await start();
  await send("benjamin");
  await until("benjamin waits", async () => {
    const token = readFileSync(join(folder, "data", "first-token"), "utf8").trim();
    const answer = await fetch(`http://127.0.0.1:${console_}/status`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { notify } = (await answer.json()) as {
      notify: { id: string; waiting: number; last_error: string | null }[];
    };
    return notify.some(({ id, waiting, last_error }) => id === "webhook-1" && waiting > 0 && last_error !== null);
  });
  await kill(child);

  receiver.down = false;
  child = await start();
  await until("benjamin is told of", () => of("benjamin").length > 0);
  await send("carla-maria");
  await until("carla-maria is told of", () => of("carla-maria").length > 0);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;

  expect(receiver.got.every(({ genuine }) => genuine)).toBe(true);
  // A kill between the answer and its mark sends the same once more, under the same id: that receivers can tell.
  const told = new Map(receiver.got.map((each) => [each.delivery, each]));
  expect(receiver.got.length - told.size).toBeLessThanOrEqual(2);
  const changes = [...told.values()].map(({ incident, change }) => `${incident.uid} ${change} ${incident.severity}`);
  expect(new Set(changes).size, changes.join("\n")).toBe(changes.length);
  expect(receiver.got.every((each) => JSON.stringify(each) === JSON.stringify(told.get(each.delivery)))).toBe(true);
  for (const actor of ["alice", "benjamin", "carla-maria"]) expect(of(actor)[0]?.change).toBe("new");

  const { stdout: listed } = await promisify(execFile)(process.execPath, [main, "notify", "list", "-c", config]);
  expect(listed).toMatch(/^webhook-1 {2}\d+ sent, 0 waiting, 0 given up$/m);
  expect(listed).toMatch(/^file-2 {2}\d+ sent, 0 waiting, 0 given up$/m);
  const { stdout: tested } = await promisify(execFile)(process.execPath, [main, "notify", "test", "-c", config]);
  expect(tested).toMatch(
    /^webhook-1 \(webhook\) {2}delivered {2}204 No Content\nfile-2 \(file\) {2}delivered {2}\d+ bytes\n$/,
  );
  expect(receiver.got.at(-1)?.incident.title).toContain("This is a test");
}, 120_000);
