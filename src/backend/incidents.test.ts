/** Filters, pages and actions of incidents, over stored ones whose text is as hostile as logs are. */
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Incident, Severity } from "../model/incident.ts";
import { replaceIncidents } from "../pipeline/persist/findings.ts";
import { SEVERITIES, type ActionItem, type IncidentItem, type Output } from "../pipeline/serve/contract.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

type Item = Output<typeof IncidentItem>;
type List = { items: Item[]; next: string | null };

const HOSTILE = [
  `"><script>alert(1)</script>`,
  '=HYPERLINK("http://x.example")',
  "'; DROP TABLE incident; --",
  "100%_\\done\\",
  "{uids:Array(String)} ${x} {{7*7}}",
  "a\u202Eb\u200B\u0000\u001b[31m",
  "ALICE@ACME.EXAMPLE",
  "\ud83d\ude00 ünïcödé ß",
  "line\r\nend\ttab",
  "__proto__",
];
const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 16);

function incident(n: number): Incident {
  const name = HOSTILE[n % HOSTILE.length] as string;
  const severity = SEVERITIES[n % SEVERITIES.length] as Severity;
  return {
    schema_version: 1,
    uid: `${(n * 7919).toString(16).padStart(8, "0")}${"0".repeat(24)}`,
    title: `${name} sent ${n} MB`,
    severity,
    // Many share a score and a time: pages must still neither skip nor repeat.
    risk_score: (n * 13) % 10,
    reasons: [{ text: `reason ${name}`, points: n % 10, finding: `f${n}` }],
    first_time: START + (n % 7) * DAY,
    last_time: START + (n % 7) * DAY + 1000,
    actors: [name, `user${n % 5}`],
    hosts: [`ws-${n % 4}`],
    addresses: [`10.0.0.${n % 3}`],
    destinations: [`github.com/${n % 6}/x`],
    bytes_out: n % 2 === 0 ? n : null,
    behaviours: n % 2 === 0 ? ["api-upload"] : ["bulk-clone", "off-hours-activity"],
    analytics: ["AN0895"],
    attack: ["T1567.001"],
    findings: [{ uid: `f${n}`, rule: `rule-${n % 3}`, title: "t", time: START, severity, activities: [] }],
    visibility: { endpoint: "seen", network: "nothing", identity: "not-visible", repository: "nothing" },
    destination_details: [],
    blind_spots: [],
    next_steps: [],
    timeline: [],
  };
}

const INCIDENTS = Array.from({ length: 60 }, (_, n) => incident(n));
let company: ServedCompany;
beforeAll(async () => {
  company = await serveCompany(0);
  await replaceIncidents(company.store, { from: 0, until: START + 30 * DAY }, INCIDENTS, 1);
});
afterAll(() => company.close());

async function uids(search: string): Promise<string[]> {
  const found: string[] = [];
  let next: string | null = "";
  while (next !== null) {
    const page: List = await company.json(`/api/v1/incidents?${search}${next === "" ? "" : `&cursor=${next}`}`);
    found.push(...page.items.map(({ uid }) => uid));
    next = page.next;
  }
  return found;
}

/** The slow, obvious twin of the filters. */
function naive(filter: Record<string, string[]>, sort: string): string[] {
  const wild = (pattern: string, values: readonly string[]): boolean =>
    values.some((value) => {
      const parts = pattern.toLowerCase().split("*");
      const text = value.toLowerCase();
      if (parts.length === 1) return text === parts[0];
      let at = 0;
      for (const [index, part] of parts.entries()) {
        const found = index === parts.length - 1 ? text.lastIndexOf(part) : text.indexOf(part, at);
        if (
          found < at ||
          (index === 0 && found !== 0) ||
          (index === parts.length - 1 && found + part.length !== text.length)
        )
          return false;
        at = found + part.length;
      }
      return true;
    });
  const any = (name: string, holds: (value: string) => boolean): boolean =>
    filter[name] === undefined || filter[name].some(holds);
  const kept = INCIDENTS.filter(
    (each) =>
      any("severity", (value) => each.severity === value) &&
      any("actor", (value) => wild(value, each.actors)) &&
      any("host", (value) => wild(value, each.hosts)) &&
      any("destination", (value) => wild(value, each.destinations)) &&
      any("behaviour", (value) => wild(value, each.behaviours)) &&
      any("rule", (value) =>
        wild(
          value,
          each.findings.map(({ rule }) => rule),
        ),
      ) &&
      any("min_risk", (value) => each.risk_score >= Number(value)) &&
      any("from", (value) => each.last_time >= Number(value)) &&
      any("until", (value) => each.first_time < Number(value)),
  );
  const by = (first: (each: Incident) => number, second: (each: Incident) => number): Incident[] =>
    kept.toSorted((a, b) => first(b) - first(a) || second(b) - second(a) || (a.uid < b.uid ? -1 : 1));
  const risk = (each: Incident): number => each.risk_score;
  const time = (each: Incident): number => each.last_time;
  return (sort === "time" ? by(time, risk) : by(risk, time)).map(({ uid }) => uid);
}

const runs = Number(process.env["FUZZ_RUNS"] ?? 60);
const name = fc.oneof(
  fc.constantFrom(...HOSTILE, "user1", "*1", "user*", "*", "ws-*", "%", "_", "\\", "github.com/*/x"),
  fc.string({ maxLength: 8 }),
);
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T[] | undefined> =>
  fc.option(fc.array(values, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 3 });

test("any filter finds what the obvious one finds, in order, whatever the size of pages", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        severity: maybe(fc.constantFrom(...SEVERITIES)),
        actor: maybe(name.map((text) => text.toWellFormed())),
        host: maybe(fc.constantFrom("ws-1", "WS-2", "*3", "none")),
        destination: maybe(fc.constantFrom("github.com/1/x", "*/2/*", "*")),
        behaviour: maybe(fc.constantFrom("api-upload", "bulk-*")),
        rule: maybe(fc.constantFrom("rule-0", "rule-1")),
        min_risk: fc.option(
          fc.nat({ max: 10 }).map((n) => [String(n)]),
          { nil: undefined },
        ),
        from: fc.option(
          fc.nat({ max: 7 }).map((n) => [String(START + n * DAY)]),
          { nil: undefined },
        ),
        until: fc.option(
          fc.nat({ max: 7 }).map((n) => [String(START + n * DAY)]),
          { nil: undefined },
        ),
      }),
      fc.constantFrom("risk", "time"),
      fc.integer({ min: 1, max: 70 }),
      async (filter, sort, limit) => {
        const search = new URLSearchParams({ sort, limit: String(limit) });
        const given = Object.fromEntries(Object.entries(filter).filter(([, values]) => values !== undefined)) as Record<
          string,
          string[]
        >;
        for (const [key, values] of Object.entries(given)) for (const value of values) search.append(key, value);
        expect(await uids(search.toString())).toEqual(naive(given, sort));
      },
    ),
    { numRuns: runs, seed: 5 },
  );
});

test("text is found as it stands, whatever it is made of", async () => {
  for (const text of HOSTILE) {
    const found = await uids(new URLSearchParams({ text, limit: "200" }).toString());
    const expected = INCIDENTS.filter((each) =>
      [each.title, ...each.actors].some((value) => value.toLowerCase().includes(text.toLowerCase())),
    );
    expect(found.toSorted(), JSON.stringify(text)).toEqual(expected.map(({ uid }) => uid).toSorted());
  }
});

test("hostile text comes back as it is, and does nothing in a spreadsheet", async () => {
  const { items } = await company.json<List>("/api/v1/incidents?limit=200");
  expect(new Set(items.flatMap(({ actors }) => actors))).toEqual(new Set(INCIDENTS.flatMap(({ actors }) => actors)));
  const csv = await (await company.get("/api/v1/incidents.csv")).text();
  for (const cell of csv.matchAll(/(?:^|,)"?([=+@-])/gm))
    expect.fail(`a formula: ${csv.slice(cell.index, cell.index + 40)}`);
});

const act = async (
  uid: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<[number, Item & { code?: string }]> => {
  const response = await company.send("POST", `/api/v1/incidents/${uid}/actions`, body, headers);
  return [response.status, (await response.json()) as Item & { code?: string }];
};

test("an incident is assigned, noted, closed and opened again; each change is an action with who, when and from where", async () => {
  const uid = incident(1).uid;
  expect((await act(uid, { kind: "assign", assignee: "mara" }))[1]).toMatchObject({ state: "open", assignee: "mara" });
  expect((await act(uid, { kind: "note", text: HOSTILE[0] }))[0]).toBe(201);
  const [, closed] = await act(uid, { kind: "close", disposition: "fp-rule", text: "backup" });
  expect(closed).toMatchObject({ state: "closed", assignee: "mara", disposition: "fp-rule" });
  expect(await uids("state=closed")).toEqual([uid]);
  expect(await uids("disposition=fp-rule&assignee=mara")).toEqual([uid]);
  expect((await uids("state=open&limit=200")).length).toBe(INCIDENTS.length - 1);
  const counts = await company.json<{ total: number; states: unknown; unassigned: number }>("/api/v1/incident-counts");
  expect(counts).toMatchObject({ total: 60, states: { open: 59, closed: 1 }, unassigned: 59 });
  expect((await act(uid, { kind: "reopen" }))[1]).toMatchObject({ state: "open", disposition: null });
  expect((await act(uid, { kind: "assign", assignee: null }))[1].assignee).toBe(null);
  const { items } = await company.json<{ items: Output<typeof ActionItem>[] }>(`/api/v1/incidents/${uid}/actions`);
  expect(items.map(({ kind }) => kind)).toEqual(["assign", "note", "close", "reopen", "assign"]);
  for (const item of items) {
    expect(item).toMatchObject({ actor: "mara", via: "api", address: "127.0.0.1" });
    expect(Math.abs(item.time - Date.now())).toBeLessThan(60_000);
  }
});

test("of two who change the same state of an incident one is told", async () => {
  const uid = incident(2).uid;
  const etag = (await company.get(`/api/v1/incidents/${uid}`)).headers.get("etag") as string;
  const both = await Promise.all(
    ["a", "b"].map((assignee) => act(uid, { kind: "assign", assignee }, { "if-match": etag })),
  );
  expect(both.map(([status]) => String(status)).toSorted()).toEqual(["201", "412"]);
  expect(both.find(([status]) => status === 412)?.[1].code).toBe("version-conflict");
  const fresh = (await company.get(`/api/v1/incidents/${uid}`)).headers.get("etag") as string;
  expect((await company.get(`/api/v1/incidents/${uid}`, { "if-none-match": fresh })).status).toBe(304);
});

test("what is no action is refused", async () => {
  const uid = incident(3).uid;
  for (const body of [
    null,
    {},
    { kind: "delete" },
    { kind: "close" },
    { kind: "close", disposition: "because" },
    { kind: "note", text: "" },
    { kind: "note", text: "x", actor: "somebody else" },
    { kind: "assign" },
    [],
    { kind: "note", text: "x".repeat(10_001) },
  ])
    expect((await act(uid, body))[0], JSON.stringify(body)?.slice(0, 60)).toBe(400);
  expect((await act(uid, { kind: "note", text: "x".repeat(100_000) }))[0]).toBe(413);
  expect((await act("ffffffff", { kind: "reopen" }))[0]).toBe(404);
  expect((await act("zz", { kind: "reopen" }))[0]).toBe(400);
});

test("a story that becomes part of a larger one takes its owner and notes along, and is open again", async () => {
  const old = { ...incident(900), uid: "e".repeat(32) };
  const grown = { ...old, uid: "f".repeat(32), title: "grown" };
  const range = { from: 0, until: START + 30 * DAY };
  await replaceIncidents(company.store, range, [...INCIDENTS, old], 2);
  await act(old.uid, { kind: "assign", assignee: "olu" });
  await act(old.uid, { kind: "close", disposition: "tp-policy" });
  await replaceIncidents(company.store, range, [...INCIDENTS, grown], 3);
  const item = await company.json<Item & { actions: unknown[] }>(`/api/v1/incidents/${old.uid}`);
  expect(item).toMatchObject({ uid: grown.uid, state: "open", assignee: "olu", disposition: null });
  expect(item.actions.length).toBe(2);
  expect(await uids("assignee=olu")).toEqual([grown.uid]);
  await replaceIncidents(company.store, range, INCIDENTS, 4);
});

test("who listens is told of an incident that is new and of one that somebody changed", async () => {
  const abort = new AbortController();
  const response = await fetch(`${company.server.address}/api/v1/stream`, {
    headers: { authorization: `Bearer ${company.token}` },
    signal: abort.signal,
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (part: string): Promise<void> => {
    while (!text.includes(part)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the stream ended before ${part}`);
      text += value;
    }
  };
  await until("event: mark");
  const uid = incident(5).uid;
  await act(uid, { kind: "assign", assignee: "sse" });
  await until(`"uid":"${uid}"`);
  await until('"assignee":"sse"');
  await replaceIncidents(
    company.store,
    { from: 0, until: START + 30 * DAY },
    [...INCIDENTS, { ...incident(77), uid: "d".repeat(32) }],
    Date.now(),
  );
  await until(`"uid":"${"d".repeat(32)}"`);
  const last = [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] as string;
  expect(last).toMatch(/^\d+\.\d+$/);
  abort.abort();
});
