/** What binds an address to a machine or a person, and what does not; on the embedded engine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { derive, NEWLY_BOUND } from "./derive.ts";
import { fillMatches } from "./fill.ts";
import { Store, storeTime } from "./store.ts";

const START = Date.UTC(2026, 2, 20, 9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ADDRESS = "10.0.0.5";

let folder: string;
let store: Store;
let version = 0;
let events = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-derive-"));
  store = await Store.open(folder);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const table of ["match", "activity", "binding", "heartbeat"]) await store.command(`TRUNCATE TABLE ${table}`);
});

interface Told {
  readonly source?: string;
  readonly class_uid: number;
  readonly activity_id?: number;
  readonly status?: string;
  readonly host?: string;
  readonly actor?: string;
  /** ms after START. */
  readonly after?: number;
  readonly address?: string;
}

const row = ({ source = "squid", class_uid, activity_id = 1, status = "", host, actor, after = 0, address }: Told) => ({
  id: `e${(events += 1)}`,
  time: storeTime(START + after),
  class_uid,
  activity_id,
  source,
  status,
  "context.host.name": host ?? "",
  "context.actor.name": actor ?? "",
  "src_endpoint.ip": address ?? ADDRESS,
  raw_data: "x",
});

const LANES = new Map([
  ["squid", "network"],
  ["sysmon", "endpoint"],
] as const);

/** The events arrive, in one span; a match of START is filled from them. */
async function learn(told: readonly Told[], part = { from: START, until: START + HOUR }) {
  await store.append("activity", told.map(row));
  return derive(store, [part], ["sysmon"], (source) => LANES.get(source as "squid") ?? null);
}

async function who(after = 0): Promise<{ host: string; actor: string }> {
  await store.append("match", [
    { rule: "r", time: storeTime(START + after), activity_uid: `m${(events += 1)}`, address: ADDRESS },
  ]);
  await fillMatches(store, { from: START + after, until: START + after + 1 }, (version += 1));
  const [found] = await store.rows<{ host: string; actor: string }>(
    "SELECT bound_host AS host, bound_actor AS actor FROM match FINAL ORDER BY activity_uid DESC LIMIT 1",
  );
  return found ?? { host: "", actor: "" };
}

const NOBODY = { host: "", actor: "" };

test.each<[name: string, told: readonly Told[], found: { host: string; actor: string }]>([
  [
    "a lease binds the host",
    [{ class_uid: 4004, activity_id: 5, status: "Success", host: "ws-1" }],
    { host: "ws-1", actor: "" },
  ],
  ["a lease given back was held", [{ class_uid: 4004, activity_id: 7, host: "ws-1" }], { host: "ws-1", actor: "" }],
  ["a lease refused binds nothing", [{ class_uid: 4004, activity_id: 6, status: "Failure", host: "ws-1" }], NOBODY],
  ["a lease only asked for binds nothing", [{ class_uid: 4004, activity_id: 1, host: "ws-1" }], NOBODY],
  [
    "a tunnel binds the person to the address inside",
    [{ class_uid: 4014, actor: "alice" }],
    { host: "", actor: "alice" },
  ],
  ["a tunnel that failed binds nothing", [{ class_uid: 4014, status: "Failure", actor: "alice" }], NOBODY],
  [
    "a sign-in binds the person, not the server",
    [{ class_uid: 3002, status: "Success", host: "dc-1", actor: "alice" }],
    { host: "", actor: "alice" },
  ],
  ["a sign-in that failed binds nobody", [{ class_uid: 3002, status: "Failure", actor: "alice" }], NOBODY],
  [
    "an endpoint's own connection binds both",
    [{ source: "sysmon", class_uid: 4001, host: "ws-1", actor: "alice" }],
    { host: "ws-1", actor: "alice" },
  ],
  [
    "another sensor's view of the machine does not",
    [{ class_uid: 4001, host: "proxy-1", actor: "alice" }],
    { host: "", actor: "alice" },
  ],
  ["root is nobody", [{ source: "sysmon", class_uid: 4001, host: "ws-1", actor: "root" }], { host: "ws-1", actor: "" }],
  ["a machine's account is nobody", [{ class_uid: 3002, actor: "ws-1$" }], NOBODY],
  [
    "root beside a person leaves the person",
    [
      { source: "sysmon", class_uid: 4001, host: "ws-1", actor: "root" },
      { source: "sysmon", class_uid: 4001, host: "ws-1", actor: "alice" },
    ],
    { host: "ws-1", actor: "alice" },
  ],
  [
    "a terminal server is its machine, and nobody's",
    ["alice", "bob", "carol", "dora"].map((actor) => ({ source: "sysmon", class_uid: 4001, host: "ts-1", actor })),
    { host: "ts-1", actor: "" },
  ],
  [
    "behind a translated address is nobody in particular",
    ["alice", "bob"].map((actor) => ({ class_uid: 3002, actor })),
    NOBODY,
  ],
  [
    "an address whose lease went to another machine is told by the hour",
    [
      { class_uid: 4004, activity_id: 5, host: "ws-1", after: -5 * HOUR },
      { class_uid: 4004, activity_id: 5, host: "ws-2" },
    ],
    { host: "ws-2", actor: "" },
  ],
])("%s", async (_, told, found) => {
  await learn(told, { from: START - 6 * HOUR, until: START + HOUR });
  expect(await who()).toEqual(found);
});

test("clocks that differ by minutes, over the hour's end, make no difference", async () => {
  await learn([{ class_uid: 4004, activity_id: 5, host: "ws-1", after: -7 * MINUTE }], {
    from: START - 10 * MINUTE,
    until: START,
  });
  expect(await who(3 * MINUTE)).toEqual({ host: "ws-1", actor: "" });
});

test("what comes hours late binds what has been concluded already", async () => {
  await learn([{ class_uid: 4002, address: "10.0.0.9", actor: "bob" }]);
  expect(await who()).toEqual(NOBODY);
  await learn([{ class_uid: 4014, actor: "alice", after: -2 * HOUR }], { from: START - 2 * HOUR, until: START - HOUR });
  const news = { activities: [{ from: START - 2 * HOUR, until: START - HOUR }], matches: [], bound: NEWLY_BOUND };
  const filled = await fillMatches(store, { from: START - 2 * HOUR, until: START - HOUR }, (version += 1), news);
  expect(filled.range).toEqual({ from: START, until: START + 1 });
});

test("an address that goes on belonging to the same is no news; another's is", async () => {
  const bound = async (): Promise<string[]> =>
    (await store.rows<{ address: string }>(`SELECT DISTINCT address FROM ${NEWLY_BOUND}`)).map(
      ({ address }) => address,
    );
  const alice: Told = { source: "sysmon", class_uid: 4001, host: "ws-1", actor: "alice" };
  await learn([alice]);
  expect(await bound()).toEqual([ADDRESS]);
  await learn([{ ...alice, after: HOUR }], { from: START + HOUR, until: START + 2 * HOUR });
  expect(await bound()).toEqual([]);
  await learn([{ ...alice, actor: "bob", after: 90 * MINUTE }], { from: START + HOUR, until: START + 2 * HOUR });
  expect(await bound()).toEqual([ADDRESS]);
  // From now on every hour counts: the address is shared.
  await learn([{ ...alice, after: 2 * HOUR }], { from: START + 2 * HOUR, until: START + 3 * HOUR });
  expect(await bound()).toEqual([ADDRESS]);
});

test("a lane is news in the hour it is first heard of", async () => {
  const squid: Told = { class_uid: 4002, actor: "alice" };
  const hour = { from: START, until: START + HOUR };
  expect((await learn([squid])).lanes).toEqual([hour]);
  expect((await learn([{ ...squid, after: MINUTE }])).lanes).toEqual([]);
  expect((await learn([{ ...squid, source: "sysmon", after: 2 * MINUTE }])).lanes).toEqual([hour]);
  const beats = await store.rows<{ source: string; events: string }>(
    "SELECT source, toString(sum(events)) AS events FROM heartbeat FINAL GROUP BY source ORDER BY source",
  );
  expect(beats).toEqual([
    { source: "squid", events: "2" },
    { source: "sysmon", events: "1" },
  ]);
});
