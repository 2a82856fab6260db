import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Incident } from "../../model/incident.ts";
import type { Outbox } from "../../model/notification.ts";
import { writeAction } from "../persist/actions.ts";
import { replaceIncidents } from "../persist/findings.ts";
import { createOutbox } from "../persist/outbox.ts";
import type { StoreReader } from "../persist/reader.ts";
import { Store } from "../persist/store.ts";
import { createNotifier, type Notifier, type NotifyTarget } from "./notifier.ts";
import {
  eventually,
  startTestServer,
  testIncident,
  type ReceivedRequest,
  type TestAnswer,
  type TestServer,
} from "./testing.ts";

let folder: string;
let store: Store;
let reader: StoreReader;
/** Every test has days of its own, so that what others wrote is long ago. */
let time = Date.UTC(2026, 0, 1);
let number = 0;
const clock = { now: () => time };
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-notifier-"));
  store = await Store.open(folder);
  reader = store.openReader();
});
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
  time += 10 * 86_400_000;
});
afterAll(async () => {
  await reader.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function server(answer?: (request: ReceivedRequest) => TestAnswer | Promise<TestAnswer>): Promise<TestServer> {
  const started = await startTestServer(answer);
  opened.push(started);
  return started;
}

const target = (url: string, over: Partial<NotifyTarget> = {}): NotifyTarget => ({
  id: `receiver-${(number += 1)}`,
  type: "webhook",
  settings: { url },
  ...over,
});

async function notifier(
  entries: readonly NotifyTarget[],
  outbox: Outbox = createOutbox(store, reader),
): Promise<Notifier> {
  const made = await createNotifier({
    outbox,
    entries,
    policy: { people: [{ user: "alice@acme.example", logins: ["alice-acme"], team: "finance" }] },
    clock,
    baseUrl: "https://sallyport.acme.example/",
    log: (level, message) => void (process.env["NOTIFY_LOG"] === undefined || console.error(level, message)),
    hostname: "sally",
    version: "1.2.3",
    readFile: () => "",
    random: () => 0,
  });
  opened.push(made);
  return made;
}

/** An incident of this test alone. */
function incident(over: Partial<Incident> = {}): Incident {
  number += 1;
  return testIncident({
    uid: `incident-${number}`,
    first_time: time,
    last_time: time,
    findings: [{ uid: `f${number}`, rule: "r", title: "t", time, severity: "high", activities: [`a${number}`] }],
    ...over,
  });
}

/** Writes incidents the way a conclusion does: those of the span that are not among them are superseded. */
async function conclude(incidents: readonly Incident[], told: readonly Notifier[] = []): Promise<void> {
  time += 1;
  await replaceIncidents(store, { from: time - 86_400_000, until: time + 86_400_000 }, incidents, time);
  for (const each of told) each.concluded();
}

const bodies = ({ requests }: TestServer) =>
  requests.map(
    ({ body }) => JSON.parse(body) as Incident & { notification: Record<string, unknown>; disposition: string | null },
  );
const changes = (from: TestServer) =>
  bodies(from).map(({ uid, notification }) => `${uid} ${String(notification["change"])}`);

test("a new incident is told once, a rise once more, and nothing else", async () => {
  const to = await server();
  const running = await notifier([target(to.url)]);
  const first = incident({ severity: "medium", risk_score: 50 });
  await conclude([first], [running]);
  await eventually(() => to.requests.length === 1);
  await conclude([{ ...first, risk_score: 55 }], [running]);
  await conclude([{ ...first, severity: "critical", risk_score: 90 }], [running]);
  await eventually(() => to.requests.length === 2);
  await conclude([{ ...first, severity: "high", risk_score: 70 }], [running]);
  await conclude([{ ...first, severity: "critical", risk_score: 91 }], [running]);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(changes(to)).toEqual([`${first.uid} new`, `${first.uid} raised`]);
  expect(bodies(to)[1]?.notification).toMatchObject({
    previous_severity: "medium",
    thread: first.uid,
    link: `https://sallyport.acme.example/incidents/${first.uid}`,
  });
  expect(running.status()).toMatchObject([{ type: "webhook", sent: 2, failed: 0, waiting: 0, last_error: null }]);
});

test("nothing is told twice after a restart, and what came in between is told", async () => {
  const to = await server();
  const entry = target(to.url);
  const before = await notifier([entry]);
  const first = incident();
  await conclude([first], [before]);
  await eventually(() => to.requests.length === 1);
  await before.close();
  const second = incident();
  await conclude([first, second]);
  time += 1_000;
  const after = await notifier([entry]);
  await eventually(() => to.requests.length === 2);
  after.concluded();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(changes(to)).toEqual([`${first.uid} new`, `${second.uid} new`]);
  expect(after.status()).toMatchObject([{ sent: 2, waiting: 0 }]);
});

test("a process that ends between sending and marking sends the same delivery again, and no more", async () => {
  const to = await server();
  const entry = target(to.url);
  const outbox = createOutbox(store, reader);
  // kill -9 after the receiver has answered: nothing is written any more.
  const dying: Outbox = { ...outbox, update: () => new Promise(() => {}) };
  const before = await notifier([entry], dying);
  opened.pop();
  const first = incident();
  await conclude([first], [before]);
  await eventually(() => to.requests.length === 1);
  const after = await notifier([entry]);
  await eventually(() => to.requests.length === 2);
  await after.close();
  const again = await notifier([entry]);
  again.concluded();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(to.requests).toHaveLength(2);
  const [one, two] = to.requests;
  expect(one?.headers["x-sallyport-delivery"]).toBe(two?.headers["x-sallyport-delivery"]);
  expect(one?.body).toBe(two?.body);
});

test("a process that ends between writing and sending loses nothing", async () => {
  const to = await server();
  const entry = target(to.url);
  const outbox = createOutbox(store, reader);
  const dying: Outbox = { ...outbox, notices: () => new Promise(() => {}) };
  const before = await notifier([entry], dying);
  opened.pop();
  const first = incident();
  await conclude([first], [before]);
  await eventually(() => before.status()[0]?.waiting === 1);
  expect(to.requests).toHaveLength(0);
  await notifier([entry]);
  await eventually(() => to.requests.length === 1);
  expect(changes(to)).toEqual([`${first.uid} new`]);
});

test("a receiver that is down is tried again, later and later, and delays no other", async () => {
  let down = true;
  const failing = await server(() => (down ? { status: 503 } : {}));
  const fine = await server();
  const running = await notifier([target(failing.url), target(fine.url)]);
  const first = incident();
  await conclude([first], [running]);
  await eventually(() => fine.requests.length === 1 && failing.requests.length === 1);
  // The wait is half a second, one, two, with no randomness.
  for (const [ms, requests] of [
    [499, 1],
    [2, 2],
    [900, 2],
    [101, 3],
    [1_900, 3],
    [101, 4],
  ] as const) {
    time += ms;
    running.concluded();
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(failing.requests.length, `after ${ms} more ms`).toBe(requests);
  }
  expect(running.status()[0]).toMatchObject({ sent: 0, waiting: 1, last_error: "503 Service Unavailable" });
  down = false;
  time += 24 * 3_600_000;
  running.concluded();
  await eventually(() => running.status()[0]?.sent === 1);
  expect(new Set(failing.requests.map(({ headers }) => headers["x-sallyport-delivery"])).size).toBe(1);
  expect(new Set(failing.requests.map(({ body }) => body)).size).toBe(1);
});

test("Retry-After is kept to", async () => {
  let first = true;
  const to = await server(() => {
    const busy = first;
    first = false;
    return busy ? { status: 429, headers: { "retry-after": "120" } } : {};
  });
  const running = await notifier([target(to.url)]);
  await conclude([incident()], [running]);
  await eventually(() => to.requests.length === 1);
  time += 119_000;
  running.concluded();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(to.requests).toHaveLength(1);
  time += 2_000;
  running.concluded();
  await eventually(() => running.status()[0]?.sent === 1);
});

test("what is refused is given up, and seen", async () => {
  const to = await server(() => ({ status: 404, body: "no such hook" }));
  const entry = target(to.url);
  const running = await notifier([entry]);
  const first = incident();
  await conclude([first], [running]);
  await eventually(() => running.status()[0]?.failed === 1);
  expect(running.status()[0]).toMatchObject({ sent: 0, waiting: 0, last_error: "404 Not Found: no such hook" });
  const dead = (await createOutbox(store, reader).dead(10)).filter(({ receiver }) => receiver === entry.id);
  expect(dead).toMatchObject([{ incident: first.uid, answer: "404 Not Found: no such hook", attempts: 1 }]);
  time += 1_000;
  const after = await notifier([entry]);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(to.requests).toHaveLength(1);
  expect(after.status()[0]).toMatchObject({ failed: 1, waiting: 0 });
});

test("a receiver nobody can reach is given up in the end", async () => {
  const to = await server(() => ({ status: 500 }));
  const running = await notifier([target(to.url, { give_up_after: 3_600_000 })]);
  await conclude([incident()], [running]);
  await eventually(() => to.requests.length === 1);
  time += 3_700_000;
  running.concluded();
  await eventually(() => running.status()[0]?.failed === 1);
});

test("redirects are not followed", async () => {
  const elsewhere = await server();
  const to = await server(() => ({ status: 307, headers: { location: elsewhere.url } }));
  const running = await notifier([target(to.url)]);
  await conclude([incident()], [running]);
  await eventually(() => running.status()[0]?.failed === 1);
  expect(running.status()[0]?.last_error).toContain("redirects are not followed");
  expect(elsewhere.requests).toHaveLength(0);
});

test("one incident that a receiver chokes on does not hold up the others, and its own order stays", async () => {
  const stuck = incident({ severity: "medium" });
  let choking = true;
  const to = await server(({ body }) => (choking && body.includes(stuck.uid) ? { status: 500 } : {}));
  const running = await notifier([target(to.url)]);
  await conclude([stuck], [running]);
  await eventually(() => to.requests.length === 1);
  const other = incident();
  await conclude([{ ...stuck, severity: "high" }, other], [running]);
  await eventually(() => running.status()[0]?.waiting === 3);
  time += 600;
  running.concluded();
  await eventually(() => to.requests.length >= 2);
  expect(bodies(to)[1]?.uid).toBe(other.uid);
  choking = false;
  time += 3_600_000;
  running.concluded();
  await eventually(() => running.status()[0]?.sent === 3);
  expect(changes(to).slice(-2)).toEqual([`${stuck.uid} new`, `${stuck.uid} raised`]);
});

test("routes: severity, behaviour, team", async () => {
  const [severe, behaving, team, none] = [await server(), await server(), await server(), await server()];
  const running = await notifier([
    target(severe.url, { min_severity: "critical" }),
    target(behaving.url, { behaviours: ["gist-*"] }),
    target(team.url, { teams: ["Finance"] }),
    target(none.url, { severities: ["informational"], min_severity: "informational" }),
  ]);
  const critical = incident({ severity: "critical", actors: ["bob"], behaviours: ["bulk-clone"] });
  const gist = incident({ behaviours: ["gist-or-snippet-upload"], actors: ["carol"] });
  const finance = incident({ actors: ["alice-acme"], behaviours: ["bulk-clone"] });
  await conclude([critical, gist, finance], [running]);
  await eventually(() => severe.requests.length + behaving.requests.length + team.requests.length === 3);
  expect([changes(severe), changes(behaving), changes(team), changes(none)]).toEqual([
    [`${critical.uid} new`],
    [`${gist.uid} new`],
    [`${finance.uid} new`],
    [],
  ]);
});

test("closing and opening again, where that is asked for", async () => {
  const [all, few] = [await server(), await server()];
  const running = await notifier([target(all.url, { changes: ["new", "closed"] }), target(few.url)]);
  const first = incident();
  await conclude([first], [running]);
  await eventually(() => all.requests.length === 1);
  const act = async (kind: "close" | "reopen"): Promise<void> => {
    time += 1_000;
    const origin = { actor: "mara", via: "console", address: null } as const;
    await writeAction(store, first.uid, kind === "close" ? { kind, disposition: "fp-rule" } : { kind }, {
      before: [],
      origin,
      now: time,
    });
    running.concluded();
  };
  await act("close");
  await eventually(() => all.requests.length === 2);
  await act("reopen");
  await eventually(() => all.requests.length === 3);
  await act("close");
  await eventually(() => all.requests.length === 4);
  expect(bodies(all).map(({ notification, disposition }) => [notification["change"], disposition])).toEqual([
    ["new", null],
    ["closed", "fp-rule"],
    ["reopened", null],
    ["closed", "fp-rule"],
  ]);
  expect(few.requests).toHaveLength(1);
});

test("a story that becomes part of a larger one is not told anew", async () => {
  const to = await server();
  const running = await notifier([target(to.url, { changes: ["new", "raised", "closed"] })]);
  const part = incident();
  await conclude([part], [running]);
  await eventually(() => to.requests.length === 1);
  const whole = incident({ findings: [...part.findings, ...incident().findings] });
  await conclude([whole], [running]);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(to.requests).toHaveLength(1);
  await conclude([{ ...whole, severity: "critical" }], [running]);
  await eventually(() => to.requests.length === 2);
  expect(bodies(to)[1]).toMatchObject({ uid: whole.uid, notification: { change: "raised", thread: part.uid } });
});

test("a story that the evidence no longer tells is closed where closing is told", async () => {
  const to = await server();
  const running = await notifier([target(to.url, { changes: ["new", "closed"] })]);
  const first = incident();
  await conclude([first], [running]);
  await eventually(() => to.requests.length === 1);
  await conclude([], [running]);
  await eventually(() => to.requests.length === 2);
  expect(bodies(to)[1]).toMatchObject({ uid: first.uid, disposition: "withdrawn", notification: { change: "closed" } });
});

test("a digest tells together what came since the last one, in quiet hours nothing but what is critical", async () => {
  const to = await server();
  time = Date.UTC(2026, 4, 4, 21, 50);
  const running = await notifier([
    target(to.url, { digest: "1h", quiet_hours: { from: "22:00", to: "06:30" }, timezone: "UTC" }),
  ]);
  const [one, two] = [incident(), incident({ severity: "medium" })];
  await conclude([one, two], [running]);
  await eventually(() => running.status()[0]?.waiting === 2);
  const critical = incident({ severity: "critical" });
  await conclude([one, two, critical], [running]);
  await eventually(() => to.requests.length === 1);
  expect(changes(to)).toEqual([`${critical.uid} new`]);
  time = Date.UTC(2026, 4, 5, 6, 29);
  running.concluded();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(to.requests).toHaveLength(1);
  time = Date.UTC(2026, 4, 5, 6, 30, 1);
  running.concluded();
  await eventually(() => to.requests.length === 2);
  const digest = JSON.parse(to.requests[1]?.body ?? "") as {
    title: string;
    incidents: Incident[];
    notification: unknown;
  };
  expect(digest.incidents.map(({ uid }) => uid)).toEqual([one.uid, two.uid]);
  expect(digest).toMatchObject({ title: "2 incidents: 1 high, 1 medium", notification: { change: "digest" } });
  await eventually(() => running.status()[0]?.sent === 3);
});

test("other receivers are taken up while it runs; those that stay go on where they were", async () => {
  const [old, fresh] = [await server(), await server()];
  const stays = target(old.url);
  const running = await notifier([stays]);
  const first = incident();
  await conclude([first], [running]);
  await eventually(() => old.requests.length === 1);
  time += 1_000;
  await running.apply([stays, target(fresh.url)], null);
  const second = incident();
  await conclude([first, second], [running]);
  await eventually(() => old.requests.length === 2 && fresh.requests.length === 1);
  expect(changes(fresh)).toEqual([`${second.uid} new`]);
});

test("a receiver that never answers delays no other, and the end by five seconds at most", async () => {
  const silent = await server(() => new Promise(() => {}));
  const fine = await server();
  const running = await notifier([target(silent.url), target(fine.url)]);
  opened.pop();
  const first = incident();
  await conclude([first], [running]);
  await eventually(() => fine.requests.length === 1 && silent.requests.length === 1);
  const begun = performance.now();
  await running.close();
  expect(performance.now() - begun).toBeLessThan(6_000);
  expect(running.status()[0]).toMatchObject({ sent: 0, waiting: 1 });
});

test("many incidents of one conclusion are each told once", async () => {
  const to = await server();
  const running = await notifier([target(to.url)]);
  const many = Array.from({ length: 250 }, () => incident());
  await conclude(many, [running]);
  await eventually(() => running.status()[0]?.sent === 250, 50_000);
  expect(new Set(changes(to)).size).toBe(250);
  expect(to.requests).toHaveLength(250);
});
