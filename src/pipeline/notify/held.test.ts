/** What was held back and is no news any more when it might go out. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Incident } from "../../model/incident.ts";
import type { Notice, OutboxEntry } from "../../model/notification.ts";
import { readActions, writeAction } from "../persist/actions.ts";
import { replaceIncidents } from "../persist/findings.ts";
import { createOutbox } from "../persist/outbox.ts";
import type { StoreReader } from "../persist/reader.ts";
import { Store } from "../persist/store.ts";
import { outdated } from "./held.ts";
import { createNotifier } from "./notifier.ts";
import { eventually, startTestServer, testIncident, type TestServer } from "./testing.ts";

let folder: string;
let store: Store;
let reader: StoreReader;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-held-"));
  store = await Store.open(folder);
  reader = store.openReader();
});
afterAll(async () => {
  await reader.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const entry = (over: Partial<OutboxEntry>): OutboxEntry => ({
  delivery: "d",
  receiver: "r",
  incident: "i",
  thread: "i",
  change: "new",
  severity: "high",
  created: 0,
  due: 0,
  batch: "b",
  state: "waiting",
  attempts: 0,
  answer: "",
  reference: "",
  version: 1,
  ...over,
});

test.each([
  ["a new one that is closed", {}, [], ["i"], true],
  ["a new one that is open", {}, [], [], false],
  ["a rise of a closed one", { change: "raised" }, [{ attempts: 1 }], ["i"], true],
  ["what is not held back", { batch: "" }, [], ["i"], false],
  ["what may have arrived", { attempts: 1 }, [], ["i"], false],
  ["that it was closed, where nobody heard of it", { change: "closed" }, [{ state: "dropped" }], ["i"], true],
  ["that it was closed, at once, where nobody heard of it", { change: "closed", batch: "" }, [], ["i"], true],
  ["that it was closed, where it was told", { change: "closed" }, [{ attempts: 1, state: "sent" }], ["i"], false],
  ["that it was closed, where that failed", { change: "closed" }, [{ attempts: 3, state: "dead" }], ["i"], false],
  [
    "that it was closed, twice",
    { change: "closed" },
    [{ attempts: 1 }, { attempts: 1, change: "closed" }],
    ["i"],
    true,
  ],
  ["that it was closed, of another story told", { change: "closed" }, [{ attempts: 1, thread: "o" }], ["i"], true],
  [
    "that it was closed, of a story told under another",
    { change: "closed" },
    [{ attempts: 1, thread: "m" }],
    ["i"],
    false,
  ],
] as const)("%s", (_, over, told, closed, dropped) => {
  const one = entry(over);
  const notice = { delivery: "d", merged: ["m"] } as unknown as Notice;
  const known = [one, ...told.map((each) => entry({ delivery: "e", ...each }))];
  expect(outdated([one], [notice], { told: known, closed: new Set(closed) }).has(one)).toBe(dropped);
});

/** Uids and changes, by request. */
const told = ({ requests }: TestServer): string[][] =>
  requests.map(({ body }) => {
    const said = JSON.parse(body) as Incident & { incidents?: Incident[]; notification: { change: string } };
    return (said.incidents ?? [said]).map(({ uid }) => `${uid} ${said.notification.change}`).toSorted();
  });

test("a digest tells what is open when it goes out; what is opened again is new", { timeout: 60_000 }, async () => {
  let time = Date.UTC(2026, 4, 4, 9, 10);
  const to = await startTestServer();
  const closes = await startTestServer();
  const single = await startTestServer();
  const digest = { type: "webhook", digest: "1h", timezone: "UTC" } as const;
  const quiet_hours = { from: "09:00", to: "10:00" };
  const running = await createNotifier({
    outbox: createOutbox(store, reader),
    entries: [
      { ...digest, id: "plain", settings: { url: to.url } },
      { ...digest, id: "closes", settings: { url: closes.url }, changes: ["new", "raised", "closed"] },
      { type: "webhook", id: "quiet", settings: { url: single.url }, quiet_hours, timezone: "UTC" },
    ],
    policy: null,
    clock: { now: () => time },
    baseUrl: null,
    log: () => {},
    hostname: "sally",
    version: "1.2.3",
    readFile: () => "",
    random: () => 0,
  });
  const incident = (name: string): Incident =>
    testIncident({
      uid: name,
      first_time: time,
      last_time: time,
      findings: [{ uid: `f-${name}`, rule: "r", title: "t", time, severity: "high", activities: [`a-${name}`] }],
    });
  const conclude = async (incidents: readonly Incident[]): Promise<void> => {
    time += 1;
    await replaceIncidents(store, { from: time - 86_400_000, until: time + 86_400_000 }, incidents, time);
    running.concluded();
  };
  const act = async (uid: string, kind: "close" | "reopen"): Promise<void> => {
    time += 1;
    const origin = { actor: "mara", via: "api", address: null } as const;
    const action = kind === "close" ? ({ kind, disposition: "fp-rule" } as const) : ({ kind } as const);
    await writeAction(store, uid, action, { before: await readActions(store, uid), origin, now: time });
    running.concluded();
  };
  const waiting = (): number[] => running.status().map((each) => each.waiting);
  try {
    const [open, closed, withdrawn, small] = ["open", "closed", "withdrawn", "small"].map(incident) as Incident[];
    await conclude([open!, closed!, withdrawn!, small!]);
    await eventually(() => waiting().every((count) => count === 4));
    await act("closed", "close");
    // One is no longer concluded, another became part of a story that somebody closes.
    const grown: Incident = { ...small!, uid: "grown", findings: [...small!.findings, ...incident("more").findings] };
    await conclude([open!, closed!, grown]);
    await act("grown", "close");
    await eventually(() => waiting()[1] === 7);

    time = Date.UTC(2026, 4, 4, 10, 0, 1);
    running.concluded();
    await eventually(() => waiting().every((count) => count === 0));
    expect([told(to), told(closes)]).toEqual([[["open digest"]], [["open digest"]]]);
    expect(told(single)).toEqual([["open digest"]]);

    await act("closed", "reopen");
    await eventually(() => waiting()[0] === 1);
    // Told by now, so that its end is news for who asked for it.
    await act("open", "close");
    await eventually(() => waiting()[1] === 2);
    time = Date.UTC(2026, 4, 4, 11, 0, 1);
    running.concluded();
    await eventually(() => waiting().every((count) => count === 0));
    expect([told(to)[1], told(closes)[1], told(single)[1]]).toEqual([
      ["closed digest"],
      ["closed digest", "open digest"],
      ["closed new"],
    ]);
    await eventually(() => running.status().every(({ sent }, index) => sent === [2, 3, 2][index]));
  } finally {
    await running.close();
    for (const server of [to, closes, single]) await server.close();
  }
});
