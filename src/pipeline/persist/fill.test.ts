/** What other events tell of a match, on the embedded engine; and that neither order nor repetition matters. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { FILLING, fillMatches } from "./fill.ts";
import { Store, storeTime } from "./store.ts";

const START = Date.UTC(2026, 2, 20, 9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let folder: string;
let store: Store;
let version = 0;
let connections = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-fill-"));
  store = await Store.open(folder);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const table of ["match", "activity", "binding"]) await store.command(`TRUNCATE TABLE ${table}`);
});

interface Known {
  readonly host: string;
  readonly actor: string;
  readonly bytes: number | null;
}

const match = (over: Record<string, unknown>): Promise<void> =>
  store.append("match", [{ rule: "r", time: storeTime(START), activity_uid: "m", address: "10.0.0.5", ...over }]);
const bind = (address: string, time: number, host: string, actor = ""): Promise<void> =>
  store.append("binding", [{ address, hour: Math.floor(time / HOUR) * 3600, host, actor }]);
const connection = (over: Record<string, unknown>): Promise<void> =>
  store.append("activity", [
    { id: String((connections += 1)), class_uid: 4001, time: storeTime(START), "src_endpoint.ip": "10.0.0.5", ...over },
  ]);

async function fill(from = START, until = START + 1): Promise<boolean> {
  const filled = await fillMatches(store, { from, until }, (version += 1));
  return filled.range !== null;
}

async function known(uid = "m"): Promise<Known> {
  const [row] = await store.rows<{ host: string; actor: string; bytes: string | null }>(
    "SELECT bound_host AS host, bound_actor AS actor, carried AS bytes FROM match FINAL WHERE activity_uid = {uid:String}",
    { uid },
  );
  return { host: row?.host ?? "", actor: row?.actor ?? "", bytes: row?.bytes == null ? null : Number(row.bytes) };
}

const NOTHING: Known = { host: "", actor: "", bytes: null };

test("an address that one host had that day names the host, and the one user of it", async () => {
  await match({});
  await bind("10.0.0.5", START + 7 * HOUR, "ws-1", "alice");
  expect(await fill()).toBe(true);
  expect(await known()).toEqual({ host: "ws-1", actor: "alice", bytes: null });
});

test("what the event says itself is not filled", async () => {
  await match({ host: "ws-9", actor: "" });
  await bind("10.0.0.5", START, "ws-1", "alice");
  await fill();
  expect(await known()).toEqual({ host: "", actor: "alice", bytes: null });
});

test("an address that two hosts had in turn is bound by the hour", async () => {
  await match({});
  await match({ activity_uid: "late", time: storeTime(START + 6 * HOUR) });
  await match({ activity_uid: "between", time: storeTime(START + 3 * HOUR) });
  await bind("10.0.0.5", START, "ws-1");
  await bind("10.0.0.5", START + 6 * HOUR, "ws-2");
  await fill(START, START + 6 * HOUR);
  expect((await known()).host).toBe("ws-1");
  expect((await known("late")).host).toBe("ws-2");
  expect((await known("between")).host).toBe("");
});

test("an address that many share names nobody, not even in a quiet hour", async () => {
  await match({});
  await bind("10.0.0.5", START, "", "alice");
  for (const actor of ["bob", "carol", "dave"]) await bind("10.0.0.5", START + 5 * HOUR, "", actor);
  await fill();
  expect(await known()).toEqual(NOTHING);
});

test("a binding that comes later changes what was filled, and says so once", async () => {
  await match({});
  await bind("10.0.0.5", START, "ws-1");
  expect(await fill()).toBe(true);
  expect(await fill()).toBe(false);
  await bind("10.0.0.5", START, "ws-2");
  expect(await fill()).toBe(true);
  expect(await known()).toEqual(NOTHING);
  const former = await store.rows<{ bound_host: string }>(`SELECT bound_host FROM ${FILLING}`);
  expect(former).toEqual([{ bound_host: "ws-1" }]);
});

test("the record of the same connection counts the bytes", async () => {
  await match({ connection_uid: "C1" });
  await connection({ "connection_info.uid": "C1", "traffic.bytes_out": 700, time: storeTime(START + HOUR) });
  await connection({ "connection_info.uid": "C2", "traffic.bytes_out": 9 });
  await fill();
  expect(await known()).toEqual({ ...NOTHING, bytes: 700 });
});

test.each([
  ["another client", { "src_endpoint.ip": "10.0.0.6" }],
  ["days later: the number was given out again", { time: storeTime(START + 72 * HOUR) }],
  ["a record that counts nothing", { "traffic.bytes_out": null }],
])("the same connection number of %s is another connection", async (_, over) => {
  await match({ connection_uid: "C1" });
  await connection({ "connection_info.uid": "C1", "traffic.bytes_out": 700, ...over });
  await fill();
  expect(await known()).toEqual(NOTHING);
});

test("connections to the addresses of an answer are what was sent to the name, each counted for the last question", async () => {
  const answers = ["192.0.2.10", "192.0.2.11"];
  await match({ answers });
  await match({ activity_uid: "again", time: storeTime(START + 2 * MINUTE), answers });
  const to = (ip: string, minute: number, bytes: number): Promise<void> =>
    connection({ "dst_endpoint.ip": ip, time: storeTime(START + minute * MINUTE), "traffic.bytes_out": bytes });
  await to("192.0.2.10", -1, 1);
  await to("192.0.2.10", 0, 10);
  await to("192.0.2.11", 1, 100);
  await to("192.0.2.10", 3, 1_000);
  await to("192.0.2.10", 14, 10_000);
  await to("198.51.100.1", 1, 100_000);
  await fill();
  expect((await known()).bytes).toBe(110);
  expect((await known("again")).bytes).toBe(1_000);
});
