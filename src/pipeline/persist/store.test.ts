import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writevSync, openSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Activity } from "../../model/activity.ts";
import type { Match } from "../../model/incident.ts";
import { createActivityWriter, createMatchWriter, type RowWriter } from "./columns.ts";
import { Store } from "./store.ts";

let folder: string;
let store: Store;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-store-"));
  store = await Store.open(folder);
});

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const id = (n: number): string => n.toString(16).padStart(32, "0");

function activity(over: { time?: number; raw?: string; host?: string; bytes?: number } = {}): Activity {
  return {
    source: "squid",
    event: {
      activity_id: 6,
      category_uid: 4,
      class_uid: 4002,
      type_uid: 400206,
      time: over.time ?? 1_774_000_000_000,
      severity_id: 1,
      metadata: { version: "1.8.0", product: { name: "Squid" }, uid: "u" },
      device: { hostname: over.host ?? "ws-1", type_id: 0 },
      traffic: over.bytes === undefined ? {} : { bytes_out: over.bytes },
      raw_data: over.raw ?? "line",
    },
    context: {
      actor: {
        name: null,
        names: [],
        sanctioned: null,
        service_account: false,
        shared_account: false,
        developer: null,
        team: null,
      },
      host: { name: null, role: null, sanctioned: null },
      address: { ip: null, sanctioned: null },
      destination: null,
      object_storage: null,
      work_hours: null,
      sensitive_path: false,
    },
  };
}

function match(over: Partial<Match> = {}): Match {
  return {
    rule: "r",
    activity_uid: "a",
    time: 1_774_000_000_000,
    source: "squid",
    lane: "network",
    class_uid: 4002,
    actor: "alice",
    actor_names: ["alice", "alice@acme.example"],
    host: "ws-1",
    host_role: "",
    address: "10.1.1.1",
    destination: "github.com/x/y",
    destination_host: "github.com",
    destination_owner: "x",
    verdict: "unsanctioned",
    visibility: "unknown",
    look_alike_of: "",
    seen_by: "url",
    operation: "push",
    bytes_out: null,
    connection_uid: "",
    answers: [],
    fields: { "a.b": "c", d: "" },
    ...over,
  };
}

let sequence = 0;

function spool<Row>(writer: RowWriter<Row>, rows: readonly Row[]): string {
  for (const row of rows) writer.add(row);
  const path = join(store.spoolFolder, `test-${sequence++}.native`);
  const descriptor = openSync(path, "w");
  writer.finish((parts) => writevSync(descriptor, parts));
  closeSync(descriptor);
  return path;
}

const span = { minTime: 0, maxTime: 4_000_000_000_000, spans: [] };

test("what is written comes back, whatever the text", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 200 });
  const rows = fc.sample(
    fc.record({
      raw: text,
      host: text,
      bytes: fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
    }),
    { numRuns: 300, seed: 7 },
  );
  const written = rows.map((row, n) => ({
    id: id(n),
    preamble: "",
    activity: activity({ ...row, time: 1_700_000_000_000 + n }),
  }));
  await store.insert({ table: "activity", path: spool(createActivityWriter(), written), rows: rows.length, ...span });
  const read = await store.rows<{ raw: string; host: string; bytes: string | null; at: string }>(
    "SELECT raw_data AS raw, `device.hostname` AS host, `traffic.bytes_out` AS bytes, toUnixTimestamp64Milli(time) AS at FROM activity ORDER BY time",
  );
  expect(
    read.map(({ raw, host, bytes, at }) => ({
      raw,
      host,
      bytes: bytes === null ? undefined : Number(bytes),
      at: Number(at),
    })),
  ).toEqual(
    rows.map(({ raw, host, bytes }, n) => ({
      raw: raw.toWellFormed(),
      host: host.toWellFormed(),
      bytes,
      at: 1_700_000_000_000 + n,
    })),
  );
});

test("the same rows again, also doubled within one block, add nothing", async () => {
  const count = async (): Promise<number> =>
    Number((await store.rows<{ n: string }>("SELECT count() AS n FROM activity"))[0]?.n);
  const rows = [1000, 1001, 1000, 1002].map((n) => ({
    id: id(n),
    preamble: "",
    activity: activity({ time: 1_774_000_000_000 + n }),
  }));
  const before = await count();
  await store.insert({ table: "activity", path: spool(createActivityWriter(), rows), rows: 4, ...span });
  expect((await count()) - before).toBe(3);
  await store.insert({
    table: "activity",
    path: spool(createActivityWriter(), rows),
    rows: 4,
    minTime: 1_774_000_001_000,
    maxTime: 1_774_000_001_002,
    spans: [],
  });
  expect((await count()) - before).toBe(3);
});

test("matches keep their arrays, maps and missing numbers, once", async () => {
  const rows = [match(), match({ activity_uid: "b", bytes_out: 5, actor_names: [], fields: {} }), match()];
  await store.insert({ table: "match", path: spool(createMatchWriter(), rows), rows: 3, ...span });
  await store.insert({ table: "match", path: spool(createMatchWriter(), rows), rows: 3, ...span });
  const read = await store.rows("SELECT activity_uid, actor_names, fields, bytes_out FROM match ORDER BY activity_uid");
  expect(read).toEqual([
    { activity_uid: "a", actor_names: ["alice", "alice@acme.example"], fields: { "a.b": "c", d: "" }, bytes_out: null },
    { activity_uid: "b", actor_names: [], fields: {}, bytes_out: 5 },
  ]);
});

test("a second process is refused and told who holds the store", () => {
  const script = `import { Store } from ${JSON.stringify(new URL("./store.ts", import.meta.url).href)};
    try { await Store.open(${JSON.stringify(folder)}); console.log("opened"); } catch (error) { console.log(error.code, error.message); }`;
  const out = execFileSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  expect(out).toContain("store.locked");
  expect(out).toContain(`process ${process.pid}`);
});
