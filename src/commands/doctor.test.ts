/** What doctor says about installations that are well, and about what can be wrong with them. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Store } from "../pipeline/persist/store.ts";
import { doctor, examineInstallation } from "./doctor.ts";
import { examineData, examineSilence } from "./doctor-data.ts";
import type { Check } from "./doctor-check.ts";
import { EXIT } from "./exit-codes.ts";
import { openTerminal } from "./terminal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const of = (checks: readonly Check[], id: string): Check[] => checks.filter((check) => check.id === id);
const states = (checks: readonly Check[], id: string): string[] => of(checks, id).map(({ state }) => state);

test("a new installation is well; nothing is made by looking", async () => {
  const config = join(folder, "sallyport.yaml");
  writeFileSync(config, "store: ./data\nlisten: 127.0.0.1:0\n");
  const checks = await examineInstallation({ config });
  expect(checks.filter(({ state }) => state === "fail")).toEqual([]);
  expect(states(checks, "node.version")).toEqual(["ok"]);
  expect(states(checks, "engine.loads")).toEqual(["ok"]);
  expect(of(checks, "store.exists")[0]?.text).toContain("holds no store yet");
});

test("a store that lies still: schema, parts, permissions of the first token", async () => {
  const data = join(folder, "data");
  await (await Store.open(data)).close();
  writeFileSync(join(data, "first-token"), "slp_x\n", { mode: 0o600 });
  const well = await examineInstallation({ store: data });
  expect([states(well, "store.schema"), states(well, "store.parts"), states(well, "store.first-token")]).toEqual([
    ["ok"],
    ["ok"],
    ["ok"],
  ]);
  expect(states(well, "store.permissions")).toEqual([]);
  chmodSync(join(data, "first-token"), 0o644);
  chmodSync(data, 0o755);
  const open = await examineInstallation({ store: data });
  expect([states(open, "store.first-token"), states(open, "store.permissions")]).toEqual([["fail"], ["warn"]]);
  let printed = "";
  const terminal = { ...openTerminal({ color: false }), line: (text = "") => void (printed += `${text}\n`) };
  expect(await doctor(terminal, { store: data, output: "json" })).toBe(EXIT.unavailable);
  expect((JSON.parse(printed) as { checks: Check[] }).checks.map(({ id }) => id)).toContain("store.first-token");
  printed = "";
  expect(await doctor(terminal, { store: data })).toBe(EXIT.unavailable);
  expect(printed).toMatch(/fail {2}store\.first-token.*\n.*chmod 600/);
});

test("mistakes of the configuration, and a port that another program has", async () => {
  const config = join(folder, "sallyport.yaml");
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  writeFileSync(config, `store: ./data\nlisten: 127.0.0.1:${port}\n`);
  expect(states(await examineInstallation({ config }), "ports.reachable")).toEqual(["fail"]);
  taken.close();
  writeFileSync(config, "store: ./data\nlisten: 127.0.0.1:0\nsorces: []\n");
  const wrong = of(await examineInstallation({ config }), "configuration.valid");
  expect(wrong).toMatchObject([{ state: "fail", text: expect.stringMatching(/:3:1: unknown key "sorces".*sources/) }]);
});

test("what is told of data: clocks ahead, broken parts, schemas, silence, rows that are overdue", () => {
  const now = Date.UTC(2026, 2, 20);
  const store = {
    schema: 6,
    newestSchema: 6,
    detached: [],
    oldest: now - 86_400_000,
    newest: now - 1_000,
    activities: 5,
    bytes: 1_000,
    sources: [],
    overdue: 0,
    users: 0,
    tokens: 0,
  };
  expect(examineData(store, now).every(({ state }) => state === "ok")).toBe(true);
  const odd = examineData(
    {
      ...store,
      schema: 7,
      newest: now + 3_600_000,
      overdue: 9,
      detached: [{ table: "activity", part: "p", reason: "broken-on-start" }],
    },
    now,
  );
  expect([states(odd, "store.schema"), states(odd, "clock.skew"), states(odd, "retention.applied")]).toEqual([
    ["fail"],
    ["warn"],
    ["warn"],
  ]);
  expect(states(odd, "store.parts")).toEqual(["fail"]);
  expect(states(examineData({ ...store, schema: 5 }, now), "store.schema")).toEqual(["warn"]);
  const silence = examineSilence(
    [
      { id: "a", last: now - 60_000, pause: 0 },
      { id: "b", last: now - 86_400_000, pause: 3_600_000 },
      { id: "c", last: now - 86_400_000, pause: 86_400_000 },
      { id: "d", last: null, pause: 0 },
    ],
    now,
  );
  expect(silence.map(({ state }) => state)).toEqual(["ok", "warn", "ok", "warn"]);
});
