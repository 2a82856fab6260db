/** How long it is remembered what was told and what was not to be told; and a person's names in it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Incident } from "../../model/incident.ts";
import type { Notice, OutboxEntry } from "../../model/notification.ts";
import { backUp } from "./backup.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import { replaceIncidents } from "./findings.ts";
import { createOutbox } from "./outbox.ts";
import { purgePerson } from "./purge.ts";
import { DELETED_PERSON } from "./purge-suppressions.ts";
import { applyRetention, planRetention, type RetentionSettings } from "./retention.ts";
import { Store } from "./store.ts";
import { endSuppression, readSuppressions, replaceCovered, writeSuppression } from "./suppression.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const TABLES = ["outbox", "suppression", "suppressed", "gap", "incident", "action", "checkpoint"] as const;
const SETTINGS: RetentionSettings = {
  default: 90 * DAY_MS,
  classes: new Map(),
  matches: 90 * DAY_MS,
  findings: 730 * DAY_MS,
  quarantine: null,
  audit: null,
};

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-told-"));
  store = await Store.open(join(folder, "store"));
});
beforeEach(async () => {
  for (const table of TABLES) await store.command(`TRUNCATE TABLE ${table}`);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const incident = (uid: string, actor = "tom@acme.example"): Incident =>
  ({
    uid,
    title: `${actor} sent 5 MB`,
    risk_score: 50,
    severity: "medium",
    first_time: NOW - 1_000,
    last_time: NOW,
    findings: [],
    actors: [actor],
    behaviours: [],
  }) as unknown as Incident;
const write = (...incidents: Incident[]): Promise<unknown> =>
  replaceIncidents(store, { from: NOW - 10_000, until: NOW + 10_000 }, incidents, NOW);

const entry = (uid: string, state: OutboxEntry["state"]): OutboxEntry => ({
  delivery: `d-${uid}-${state}`,
  receiver: "chat",
  incident: uid,
  thread: uid,
  change: "new",
  severity: "medium",
  created: NOW,
  due: NOW,
  batch: "",
  state: "waiting",
  attempts: 0,
  answer: "",
  reference: "",
  version: 1,
});

/** Puts a notice into the outbox and through to its state, as the notifier does. */
async function tell(uid: string, state: OutboxEntry["state"]): Promise<void> {
  const reader = store.openReader();
  const outbox = createOutbox(store, reader);
  const waiting = entry(uid, state);
  await outbox.add([{ entry: waiting, notice: { delivery: waiting.delivery, incident: incident(uid) } as Notice }]);
  if (state !== "waiting") await outbox.update([{ ...waiting, state, attempts: 1, version: 2 }]);
  await reader.close();
}

async function told(): Promise<string[]> {
  const rows = await store.rows<{ row: string }>(
    "SELECT concat(delivery, ' ', state) AS row FROM outbox FINAL ORDER BY row",
  );
  return rows.map(({ row }) => row);
}

/** Matches before this have been deleted. */
const deletedUpTo = (ms: number): Promise<void> =>
  writeCheckpoint(store, "retention", JSON.stringify({ horizon: ms }), NOW);

const apply = (now: number): Promise<{ kind: string; rows: number }[]> =>
  applyRetention(store, SETTINGS, { now, wait: true });

test("what was told is forgotten with its incident, and never while it might be told again", async () => {
  await write(incident("aa"));
  for (const uid of ["aa", "bb"]) for (const state of ["sent", "dead", "waiting"] as const) await tell(uid, state);
  const all = await told();
  const late = NOW + 300 * DAY_MS;

  // Matches of that time are there still: the incident that is gone could be concluded again.
  expect(await apply(late)).toEqual([]);
  await deletedUpTo(NOW - 40 * DAY_MS);
  expect(await apply(late)).toEqual([]);
  expect(await told()).toEqual(all);

  await deletedUpTo(NOW + 30 * DAY_MS);
  expect(await apply(NOW + 20 * DAY_MS)).toEqual([]);
  expect((await planRetention(store, SETTINGS, late)).find(({ kind }) => kind === "outbox")).toMatchObject({
    due: 4,
    held: 2,
    keep_ms: 30 * DAY_MS,
  });
  expect(await apply(late)).toEqual([{ kind: "outbox", rows: 2 }]);
  // Nothing that was sent is waiting again.
  expect(await told()).toEqual(["d-aa-dead dead", "d-aa-sent sent", "d-aa-waiting waiting", "d-bb-waiting waiting"]);
  expect(await apply(late)).toEqual([]);
});

test("a suppression stays until it is over, covers nothing, and its time is never concluded again", async () => {
  const origin = { actor: "mara", via: "api", address: null } as const;
  const scope = { rule: null, user: null, host: null, address: null, destination: "github.com/acme/*" };
  const said = { scope, reason: "release", owner: "mara", from: null, incident: null };
  const over = await writeSuppression(store, { ...said, until: NOW + DAY_MS }, { origin, now: NOW });
  const covers = await writeSuppression(store, { ...said, until: NOW + 2 * DAY_MS }, { origin, now: NOW + 1 });
  const lasts = await writeSuppression(store, { ...said, until: NOW + 900 * DAY_MS }, { origin, now: NOW + 2 });
  const back = await writeSuppression(store, { ...said, until: NOW + 900 * DAY_MS }, { origin, now: NOW + 3 });
  await endSuppression(store, back, { withdrawn: true, origin, now: NOW + 4 });
  const uid = "f1";
  // Later than what is deleted: of an open incident, say.
  const time = NOW + 1_500 * DAY_MS;
  const finding = { uid, rule: "r", severity: "low", time, suppressions: [covers.uid] } as const;
  await replaceCovered(store, { from: time, until: time + 1 }, [finding], NOW);

  const late = NOW + 800 * DAY_MS;
  expect(await apply(late)).toEqual([]);
  await deletedUpTo(late - 90 * DAY_MS);
  expect(await apply(NOW + 700 * DAY_MS)).toEqual([]);
  expect(await apply(late)).toEqual([{ kind: "suppression", rows: 2 }]);
  const left = (await readSuppressions(store)).map((each) => each.uid);
  expect([left.includes(covers.uid), left.includes(lasts.uid), left.includes(over.uid), left.length]).toEqual([
    true,
    true,
    false,
    2,
  ]);
});

test("a person is taken out of notices with the incidents, and out of suppressions by name alone", async () => {
  const origin = { actor: "mara", via: "api", address: null } as const;
  const scope = { rule: "r1", user: "Tom@acme.example", host: null, address: null, destination: null };
  const made = await writeSuppression(
    store,
    {
      scope,
      reason: "Tom moves a repository for Tomasz",
      owner: "mara",
      from: null,
      until: NOW + DAY_MS,
      incident: null,
    },
    { origin, now: NOW },
  );
  await write(incident("aa"), incident("bb", "lena@acme.example"));
  await tell("aa", "waiting");
  await tell("bb", "waiting");
  const names = ["tom", "tom@acme.example"];
  const options = { incidents: true, dryRun: true, wait: true };

  expect(await purgePerson(store, names, { ...options, incidents: false })).toMatchObject({
    notices: 0,
    suppressions: 0,
  });
  const counted = await purgePerson(store, names, options);
  expect(counted).toMatchObject({ incidents: 1, notices: 1, suppressions: 1 });
  expect(await readSuppressions(store)).toEqual([made]);
  expect(await purgePerson(store, names, { ...options, dryRun: false })).toEqual(counted);

  expect(await told()).toEqual(["d-bb-waiting waiting"]);
  const reason = `${DELETED_PERSON} moves a repository for Tomasz`;
  expect(await readSuppressions(store)).toEqual([{ ...made, scope: { ...scope, user: DELETED_PERSON }, reason }]);
  const bodies = await store.rows<{ body: string }>("SELECT body FROM action");
  expect(bodies.length).toBe(1);
  expect(JSON.parse(bodies[0]?.body ?? "")).toMatchObject({ text: reason });
  expect(JSON.stringify(bodies)).not.toMatch(/tom@/i);
  expect(await purgePerson(store, names, { ...options, dryRun: false })).toMatchObject({ notices: 0, suppressions: 0 });
});

test("a backup holds every table", async () => {
  const tables = await store.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name",
  );
  const copy = join(folder, "copy");
  await backUp(store, copy, { product: "0.0.0", now: NOW });
  const kept = readdirSync(join(copy, "data", "metadata", "default")).map((file) => file.replace(/\.sql$/, ""));
  expect(kept.toSorted()).toEqual(tables.map(({ name }) => name));
  expect(kept).toEqual(expect.arrayContaining(["outbox", "suppression", "suppressed", "gap"]));
});
