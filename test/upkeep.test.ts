/** A store that is kept for years: retention, deletion requests, backups, and older releases. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scanInto, writeScenario, type Scenario } from "./scenario.ts";
import { BackupInvalidError, StoreUnavailableError, UsageError } from "../src/model/errors.ts";
import type { Incident } from "../src/model/incident.ts";
import { readActions, writeAction } from "../src/pipeline/persist/actions.ts";
import { backUp, restore, verifyBackup } from "../src/pipeline/persist/backup.ts";
import { openConnection } from "../src/pipeline/persist/connection.ts";
import { readIncidents } from "../src/pipeline/persist/findings.ts";
import { purgePerson } from "../src/pipeline/persist/purge.ts";
import { applyRetention, planRetention, type RetentionSettings } from "../src/pipeline/persist/retention.ts";
import { MIGRATIONS } from "../src/pipeline/persist/schema.ts";
import { NEWEST_SCHEMA, Store } from "../src/pipeline/persist/store.ts";

const DAY_MS = 86_400_000;
const EVERYTHING = { from: 0, until: Number.MAX_SAFE_INTEGER };
const SOON = Date.UTC(2026, 2, 25);

let root: string;
let scenario: Scenario;
let incidents: readonly Incident[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "sallyport-upkeep-"));
  scenario = writeScenario(3, false);
  const store = await Store.open(join(root, "first"));
  await scanInto(store, [scenario.logs], scenario.policy);
  incidents = await readIncidents(store, EVERYTHING);
  await store.close();
});
afterAll(() => {
  scenario.remove();
  rmSync(root, { recursive: true, force: true });
});

/** A copy of the scanned store. */
async function withStore(name: string, work: (store: Store) => Promise<void>): Promise<void> {
  const folder = join(root, name);
  cpSync(join(root, "first"), folder, { recursive: true });
  const store = await Store.open(folder);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

const settings = (over: Partial<RetentionSettings> = {}): RetentionSettings => ({
  default: 90 * DAY_MS,
  classes: new Map(),
  matches: 90 * DAY_MS,
  findings: 730 * DAY_MS,
  quarantine: 30 * DAY_MS,
  audit: null,
  ...over,
});

async function count(store: Store, what: string): Promise<number> {
  const [row] = await store.rows<{ n: number }>(`SELECT toFloat64(count()) AS n FROM ${what}`);
  return row?.n ?? 0;
}

async function closeAll(store: Store): Promise<void> {
  for (const { uid } of await readIncidents(store, EVERYTHING))
    await writeAction(
      store,
      uid,
      { kind: "close", disposition: "tp-policy" },
      { before: await readActions(store, uid), origin: { actor: "t", via: "api", address: null }, now: SOON },
    );
}

test(
  "nothing is due before its time, then all but what open incidents rest on, then that too",
  { timeout: 240_000 },
  async () => {
    expect(incidents.length).toBeGreaterThan(3);
    await withStore("retention", async (store) => {
      const before = await count(store, "activity");
      for (const { due } of await planRetention(store, settings(), SOON)) expect(due).toBe(0);
      expect(await applyRetention(store, settings(), { now: SOON, wait: true })).toEqual([]);

      const later = SOON + 200 * DAY_MS;
      const plan = await planRetention(store, settings(), later);
      const due = plan.reduce((sum, line) => sum + (line.kind.startsWith("activity") ? line.due : 0), 0);
      const held = plan.reduce((sum, line) => sum + (line.kind.startsWith("activity") ? line.held : 0), 0);
      expect([due, held > 0, held < due]).toEqual([before, true, true]);
      await applyRetention(store, settings(), { now: later, wait: true });
      expect(await count(store, "activity")).toBe(held);
      expect(await count(store, "match")).toBe(0);
      const named = new Set(incidents.flatMap(({ findings }) => findings.flatMap(({ activities }) => activities)));
      expect(await count(store, "activity WHERE lower(hex(id)) != ''")).toBeGreaterThan(0);
      expect(named.size).toBeGreaterThanOrEqual(held);
      expect(await readIncidents(store, EVERYTHING)).toEqual(incidents);

      // The same logs again, and a late line of one of those days: what was concluded stands.
      await scanInto(store, [scenario.logs], scenario.policy);
      expect(await readIncidents(store, EVERYTHING)).toEqual(incidents);
      await applyRetention(store, settings(), { now: later, wait: true });
      const late = join(root, "late");
      mkdirSync(late);
      const access = readdirSync(scenario.logs).find((name) => name.includes("squid") || name.includes("access")) ?? "";
      cpSync(join(scenario.logs, access), join(late, access), { recursive: true });
      await scanInto(store, [late], scenario.policy);
      expect((await readIncidents(store, EVERYTHING)).map(({ uid }) => uid)).toEqual(
        expect.arrayContaining(incidents.map(({ uid }) => uid)),
      );

      await closeAll(store);
      await applyRetention(store, settings(), { now: later, wait: true });
      expect(await count(store, "activity")).toBe(0);
      expect((await readIncidents(store, EVERYTHING)).length).toBeGreaterThanOrEqual(incidents.length);
      await applyRetention(store, settings(), { now: SOON + 800 * DAY_MS, wait: true });
      expect(await readIncidents(store, EVERYTHING)).toEqual([]);
      expect(await count(store, "action WHERE incident != ''")).toBe(0);
    });
  },
);

test("each class has its own time, and a day is rewritten where only some of it goes", async () => {
  await withStore("classes", async (store) => {
    const ofClass = (uid: number): Promise<number> => count(store, `activity WHERE class_uid = ${uid}`);
    const [http, others] = [await ofClass(4002), await count(store, "activity WHERE class_uid != 4002")];
    expect(http).toBeGreaterThan(0);
    await closeAll(store);
    const shorter = settings({ classes: new Map([[4002, 30 * DAY_MS]]) });
    const deleted = await applyRetention(store, shorter, { now: SOON + 40 * DAY_MS, wait: true });
    expect(deleted).toContainEqual({ kind: "activity 4002", rows: http });
    expect([await ofClass(4002), await count(store, "activity WHERE class_uid != 4002")]).toEqual([0, others]);
    expect(await count(store, "match")).toBeGreaterThan(0);
    expect(
      await applyRetention(store, settings({ default: null, matches: null, findings: null }), {
        now: SOON * 2,
        wait: true,
      }),
    ).toEqual([]);
  });
});

test("a person is deleted, but for what an open incident rests on; with the incidents wholly", async () => {
  await withStore("purge", async (store) => {
    const person = incidents.find(({ actors }) => actors.length === 1)?.actors[0] ?? "";
    const mine = `activity WHERE lowerUTF8(\`context.actor.name\`) = '${person}' OR lowerUTF8(\`actor.user.name\`) = '${person}'`;
    const before = await count(store, mine);
    const all = await count(store, "activity");
    expect(before).toBeGreaterThan(0);
    const dry = await purgePerson(store, [person.toUpperCase()], { incidents: false, dryRun: true, wait: true });
    expect(await count(store, mine)).toBe(before);
    expect([dry.held > 0, dry.incidents, dry.left > 0]).toEqual([true, 0, true]);
    const kept = await purgePerson(store, [person], { incidents: false, dryRun: false, wait: true });
    expect(kept).toEqual(dry);
    expect(await count(store, mine)).toBe(kept.held);
    expect(await readIncidents(store, EVERYTHING)).toEqual(incidents);

    const whole = await purgePerson(store, [person], { incidents: true, dryRun: false, wait: true });
    expect(whole.incidents).toBeGreaterThan(0);
    expect(await count(store, mine)).toBe(whole.left === 0 ? 0 : whole.held);
    expect(await count(store, "activity")).toBe(all - before + whole.held);
    const rest = await readIncidents(store, EVERYTHING);
    expect(rest.filter(({ actors }) => actors.length === 1 && actors[0] === person)).toEqual([]);
    expect(rest.length).toBe(incidents.length - whole.incidents);
  });
});

test("a backup made while rows come in is whole; a store made of it has the same incidents, and takes the same logs again", async () => {
  const backup = join(root, "backup");
  await withStore("source", async (store) => {
    const writing = Array.from({ length: 20 }, (_, n) =>
      store.append("checkpoint", [{ source: `s${n}`, position: "1", version: 1 }]),
    );
    const made = await backUp(store, backup, { product: "0.0.0", now: SOON });
    await Promise.all(writing);
    expect([made.schema, made.files > 20]).toEqual([NEWEST_SCHEMA, true]);
    await expect(backUp(store, backup, { product: "0.0.0", now: SOON })).rejects.toThrow(UsageError);
  });
  const summary = await restore(backup, join(root, "restored"));
  expect(summary.created).toBe(SOON);
  await expect(restore(backup, join(root, "restored"))).rejects.toThrow(/holds a store already/);
  const store = await Store.open(join(root, "restored"));
  expect(await readIncidents(store, EVERYTHING)).toEqual(incidents);
  const rows = await count(store, "activity");
  await scanInto(store, [scenario.logs], scenario.policy);
  expect([await count(store, "activity"), await readIncidents(store, EVERYTHING)]).toEqual([rows, incidents]);
  await store.close();
});

test("a damaged backup is told with the file, and nothing is restored", async () => {
  const good = join(root, "backup");
  const damage = async (name: string, work: (folder: string) => void): Promise<string> => {
    const folder = join(root, name);
    cpSync(good, folder, { recursive: true });
    work(folder);
    const failure = await restore(folder, join(root, `${name}-store`)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BackupInvalidError);
    return (failure as Error).message;
  };
  const columns = (folder: string): string => {
    const parts = join(folder, "data", "data", "default", "incident");
    const part = join(parts, readdirSync(parts)[0] ?? "");
    return join(part, readdirSync(part).find((name) => name.endsWith(".bin")) ?? "");
  };
  expect(await damage("appended", (folder) => appendFileSync(columns(folder), "x"))).toContain(
    "is not what was backed up",
  );
  expect(await damage("removed", (folder) => unlinkSync(columns(folder)))).toContain("is missing");
  expect(await damage("added", (folder) => writeFileSync(join(folder, "data", "x"), ""))).toContain("does not belong");
  expect(await damage("unfinished", (folder) => unlinkSync(join(folder, "manifest.json")))).toContain(
    "was not finished",
  );
  expect(await damage("half", (folder) => writeFileSync(join(folder, "manifest.json"), "{"))).toContain("is no JSON");
  const newer = { format: 1, product: "9", schema: NEWEST_SCHEMA + 1, created: 1, files: [] };
  const manifest = JSON.stringify(newer);
  expect(await damage("newer", (folder) => writeFileSync(join(folder, "manifest.json"), manifest))).toContain(
    "newer release",
  );
  const outside = JSON.stringify({ ...newer, schema: 1, files: [{ path: "../x", size: 0, sha256: "0".repeat(64) }] });
  expect(await damage("outside", (folder) => writeFileSync(join(folder, "manifest.json"), outside))).toContain(
    "no manifest",
  );
  expect((await verifyBackup(good)).files).toBeGreaterThan(20);
});

test.each(MIGRATIONS.slice(0, -1).map(({ version }) => version))(
  "a store of schema %i is brought up to date with what it holds, from whichever statement a killed upgrade left",
  async (version) => {
    const folder = join(root, `schema-${version}`);
    const old = await openConnection(folder);
    const run = (query: string): Promise<unknown> => old.client.command({ query });
    await run("CREATE TABLE schema_version (version UInt32) ENGINE = ReplacingMergeTree ORDER BY version");
    for (const migration of MIGRATIONS.filter((each) => each.version <= version)) {
      for (const statement of migration.statements) await run(statement);
      await run(`INSERT INTO schema_version VALUES (${migration.version})`);
    }
    const body = JSON.stringify({ ...incidents[0] })
      .replaceAll("\\", "\\\\")
      .replaceAll("'", "\\'");
    await run(
      `INSERT INTO incident (uid, first_time, last_time, risk_score, severity, findings, body, version, superseded, superseded_by)
       VALUES ('${incidents[0]?.uid}', fromUnixTimestamp64Milli(${incidents[0]?.first_time}), fromUnixTimestamp64Milli(${incidents[0]?.last_time}), ${incidents[0]?.risk_score}, '${incidents[0]?.severity}', [], '${body}', 1, 0, '')`,
    );
    await run("INSERT INTO quarantine (uid, file, line, reason, excerpt) VALUES ('q', 'a.log', 1, 'odd', 'x')");
    // The first statement of the next migration was done before the kill.
    const next = MIGRATIONS.find((each) => each.version > version)?.statements[0];
    if (next !== undefined) await run(next);
    await old.close();

    const store = await Store.open(folder);
    try {
      expect(await readIncidents(store, EVERYTHING)).toEqual([incidents[0]]);
      const [kept] = await store.rows<{ title: string }>("SELECT title FROM incident FINAL");
      expect(kept?.title).toBe(incidents[0]?.title);
      expect(await count(store, "quarantine WHERE received > now() - 3600")).toBe(1);
      if (version > 1) return;
      await scanInto(store, [scenario.logs], scenario.policy);
      expect(await readIncidents(store, EVERYTHING)).toEqual(incidents);
    } finally {
      await store.close();
    }
  },
);

test("a store of a newer release is refused, and left as it is", async () => {
  const folder = join(root, "newer-store");
  await (await Store.open(folder)).close();
  const newer = await openConnection(folder);
  await newer.client.command({ query: `INSERT INTO schema_version VALUES (${NEWEST_SCHEMA + 1})` });
  await newer.close();
  for (let n = 0; n < 2; n += 1) {
    const failure = await Store.open(folder).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailableError);
    expect((failure as Error).message).toMatch(/newer release.*update sallyport/);
  }
});
