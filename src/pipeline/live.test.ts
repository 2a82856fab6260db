/** The running pipeline: what is acknowledged is on disk, and incidents follow. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { loadCatalogue } from "../content/load-catalogue.ts";
import { loadPolicy } from "../content/load-policy.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { IntakeBusyError } from "../model/errors.ts";
import type { RecordBatch } from "./collect/intake.ts";
import { parseRuleFiles } from "./detect/detector.ts";
import { LiveEngine, type LiveOptions } from "./live.ts";
import { readIncidents } from "./persist/findings.ts";
import { Store } from "./persist/store.ts";

const policy = loadPolicy(join(DETECTIONS, "policy.yaml"));
const documents = parseRuleFiles(loadRules([join(DETECTIONS, "push-to-unsanctioned-repository")]));
const catalogue = loadCatalogue();

let folder: string;
let store: Store;
let engine: LiveEngine;
let problems: string[];

beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "sallyport-live-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(over: Partial<LiveOptions> = {}): Promise<void> {
  problems = [];
  engine = await LiveEngine.start({
    store,
    catalogue,
    policy,
    documents,
    clock: { now: () => Date.now() },
    concludeEveryMs: 20,
    log: (level, message) => level !== "info" && problems.push(message),
    ...over,
  });
}

beforeEach(async () => {
  store = await Store.open(mkdtempSync(join(folder, "store-")));
  await start();
});
afterEach(async () => {
  await engine.stop();
  await store.close();
});

const batch = (stream: string, lines: readonly string[], source = "auto"): RecordBatch => ({
  stream,
  source,
  fileName: "",
  modifiedTime: Date.UTC(2026, 2, 20),
  firstLine: 1,
  bytes: Buffer.from(lines.map((line) => `${line}\n`).join("")),
});

const pushed = (second: number, user = "alice"): string =>
  `${(1_773_998_100 + second).toFixed(3)}    310 10.1.4.17 TCP_MISS/200 420 POST https://github.com/media-19/thumbs.git/git-receive-pack ${user} HIER_DIRECT/140.82.121.4 application/x-git-receive-pack-result`;

async function count(table: string): Promise<number> {
  const [row] = await store.rows<{ n: string }>(`SELECT count() AS n FROM ${table} FINAL`);
  return Number(row?.n);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const started = Date.now(); !(await condition()); await new Promise((resolve) => setTimeout(resolve, 20)))
    if (Date.now() - started > 10_000) throw new Error("did not come about within 10 s");
}

test("what was acknowledged is in the store, and its incident follows", async () => {
  await engine.offer(batch("proxy", [pushed(0), pushed(1)]));
  expect(await count("activity")).toBe(2);
  const all = { from: 0, until: Number.MAX_SAFE_INTEGER };
  await until(async () => (await readIncidents(store, all)).length === 1);
  const [incident] = await readIncidents(store, all);
  expect(incident?.destinations).toEqual(["github.com/media-19/thumbs"]);
  expect(problems).toEqual([]);
});

test("the same lines again change nothing", async () => {
  for (let round = 0; round < 3; round += 1) await engine.offer(batch(`proxy-${round}`, [pushed(0)]));
  expect(await count("activity")).toBe(1);
});

test("batches that come at once are committed together, each acknowledged", async () => {
  await Promise.all(Array.from({ length: 50 }, (_, n) => engine.offer(batch(`proxy-${n % 5}`, [pushed(n)]))));
  expect(await count("activity")).toBe(50);
  expect(engine.status()).toMatchObject({ activities: 50, waitingBytes: 0 });
});

test("records of several lines are whole across batches, and are not acknowledged before", async () => {
  const id = "msg=audit(1773998102.120:88):";
  const first = [
    `type=SYSCALL ${id} arch=c000003e syscall=59 success=yes exit=0 pid=71 auid=1000 uid=1000 comm="git" exe="/usr/bin/git"`,
  ];
  const rest = [`type=EXECVE ${id} argc=3 a0="git" a1="push" a2="backup"`, `type=EOE ${id} `];
  let acknowledged = false;
  const held = engine.offer(batch("audit", first)).then(() => (acknowledged = true));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(acknowledged).toBe(false);
  await engine.offer(batch("audit", rest));
  await held;
  const rows = await store.rows<{ command: string }>("SELECT `process.cmd_line` AS command FROM activity");
  expect(rows).toEqual([{ command: "git push backup" }]);
});

test("lines that cannot be read are kept with the reason and the place", async () => {
  await engine.offer({ ...batch("proxy", ["nonsense of no source", pushed(3)]), firstLine: 41 });
  engine.reject({ stream: "proxy", line: 7, reason: "longer than 1 MiB", excerpt: "…" });
  await until(async () => (await count("quarantine")) === 2);
  const rows = await store.rows("SELECT file, toUInt32(line) AS line FROM quarantine FINAL ORDER BY line");
  expect(rows).toEqual([
    { file: "proxy", line: 7 },
    { file: "proxy", line: 41 },
  ]);
});

test("a disk without room takes nothing in, says so, and goes on when there is room again", async () => {
  let free = 1 << 20;
  store.freeBytes = () => Promise.resolve(free);
  await engine.stop();
  await start({ reserveBytes: 2 << 20 });
  await until(async () => engine.status().problem !== null);
  await expect(engine.offer(batch("proxy", [pushed(0)]))).rejects.toThrow(IntakeBusyError);
  free = 1 << 30;
  await until(async () => engine.status().problem === null);
  await engine.offer(batch("proxy", [pushed(0)]));
  expect(problems[0]).toMatch(/disk of the store has 1 MiB left/);
});

test("a store that fails gives the batch back; offered again it is stored once", async () => {
  const insert = store.insert.bind(store);
  store.insert = () => Promise.reject(new Error("no space"));
  await expect(engine.offer(batch("proxy", [pushed(0)]))).rejects.toThrow("no space");
  store.insert = insert;
  await engine.offer(batch("proxy", [pushed(0)]));
  expect(await count("activity")).toBe(1);
});

test("what an earlier process stored and did not conclude is taken up", async () => {
  await engine.stop();
  await start({ concludeEveryMs: 1_000_000 });
  // The first conclusion comes at once; what follows waits.
  await engine.offer(
    batch("proxy", [
      "1773990000.000    310 10.1.4.17 TCP_MISS/200 420 GET https://intranet.acme.example/ - HIER_NONE/- text/html",
    ]),
  );
  await until(async () => engine.status().concludedAt !== null);
  await engine.offer(batch("proxy", [pushed(0)]));
  expect(await readIncidents(store, { from: 0, until: Number.MAX_SAFE_INTEGER })).toEqual([]);
  const abandoned = engine;
  await start();
  await until(async () => (await readIncidents(store, { from: 0, until: Number.MAX_SAFE_INTEGER })).length === 1);
  await abandoned.stop();
});

test("the same poison at another time is kept apart where numbers begin anew; a file read again adds nothing", async () => {
  const poison = { ...batch("syslog", ["nonsense of no source"]), fileName: "" };
  await engine.offer(poison);
  await engine.offer({ ...poison, bytes: new Uint8Array(poison.bytes), modifiedTime: poison.modifiedTime + 1 });
  const file = { ...batch("app.log@1", ["nonsense of no source"]), fileName: "app.log" };
  await engine.offer(file);
  await engine.offer({ ...file, bytes: new Uint8Array(file.bytes), modifiedTime: file.modifiedTime + 1 });
  await until(async () => (await count("quarantine")) >= 3);
  expect(await count("quarantine")).toBe(3);
});

test("a reader that begins anew below a header is told the header", async () => {
  const fields =
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state";
  const preamble = Buffer.from(
    `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields\t${fields.replaceAll(" ", "\t")}\n`,
  );
  const row = (n: number): string =>
    `177399810${n}.5 C${n} 10.1.4.17 50312 140.82.121.4 443 tcp ssl 3.1 4200 310 SF`.replaceAll(" ", "\t");
  const file = { ...batch("conn@1", [row(1), row(2)]), fileName: "conn.log", firstLine: 900, preamble };
  await engine.offer(file);
  expect(await count("activity")).toBe(2);
  expect(await count("quarantine")).toBe(0);
});

test("what a source says it has missed becomes a blind spot of incidents of that time, also of those concluded before", async () => {
  await engine.offer(batch("proxy", [pushed(0)]));
  const all = { from: 0, until: Number.MAX_SAFE_INTEGER };
  await until(async () => (await readIncidents(store, all)).length === 1);
  const time = 1_773_998_100_000;
  const gap = { collector: "github", source: "github-audit", reason: "GitHub keeps git events for seven days" };
  await engine.tellGap({ ...gap, from: time - 600_000, until: time + 60_000 });
  await engine.tellGap({ ...gap, from: time - 9e8, until: time - 8e8 });
  const spots = async (): Promise<string[]> =>
    (await readIncidents(store, all))[0]!.blind_spots
      .filter(({ code }) => code === "source-gap")
      .map(({ text }) => text);
  await until(async () => (await spots()).length > 0);
  expect(await spots()).toEqual([
    "events of github-audit from 2026-03-20T09:05:00.000Z to 2026-03-20T09:16:00.000Z may be missing: GitHub keeps git events for seven days",
  ]);
});
