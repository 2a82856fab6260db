/** Logs behind APIs: whatever goes wrong, every event arrives, once, or a gap names the span it lies in. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LiveSource } from "../intake.ts";
import { createGithubAuditLogSource } from "./github-audit-log.ts";
import { createGitlabAuditEventsSource } from "./gitlab-audit-events.ts";
import { createOktaSystemLogSource } from "./okta-system-log.ts";
import { FakeCheckpoints, type FakePorts, fakePorts, until } from "./testing.ts";
import {
  FakeGithub,
  FakeGitlab,
  FakeOkta,
  type Fault,
  TestClock,
  type VendorEvent,
} from "./vendor-logs.test-support.ts";

const T0 = Date.UTC(2026, 2, 20, 9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Vendor = FakeGithub | FakeGitlab | FakeOkta;
const sinceMs = 2 * HOUR;
const overlapMs = 10 * MINUTE;
const pollMs = 4 * MINUTE;
const VENDORS: Record<
  string,
  { fake: (clock: TestClock) => Vendor; source: (fake: Vendor, ports: FakePorts) => LiveSource }
> = {
  github: {
    fake: (clock) => new FakeGithub(clock),
    source: ({ baseUrl, clock }, ports) =>
      createGithubAuditLogSource(
        { id: "gh", organization: "acme", token: () => "t", baseUrl, sinceMs, overlapMs, pollMs },
        ports,
        clock,
      ),
  },
  gitlab: {
    fake: (clock) => new FakeGitlab(clock),
    source: ({ baseUrl, clock }, ports) =>
      createGitlabAuditEventsSource(
        { id: "gl", group: "acme/platform", token: () => "t", baseUrl, sinceMs, overlapMs, pollMs },
        ports,
        clock,
      ),
  },
  okta: {
    fake: (clock) => new FakeOkta(clock),
    source: ({ baseUrl, clock }, ports) =>
      createOktaSystemLogSource({ id: "okta", token: () => "t", baseUrl, sinceMs, overlapMs, pollMs }, ports, clock),
  },
};

const idOf = (line: string): string => {
  const event = JSON.parse(line) as Record<string, unknown>;
  return String(event["_document_id"] ?? event["id"] ?? event["uuid"]);
};
/** Ids as GitLab gives them: in the order in which events arrive. */
function numbered(events: readonly Omit<VendorEvent, "id">[]): VendorEvent[] {
  return events
    .toSorted((one, other) => one.arrived - other.arrived)
    .map((event, index) => ({ ...event, id: String(1000 + index) }));
}
const at = (time: number, lateMs = 0): Omit<VendorEvent, "id"> => ({ time: T0 + time, arrived: T0 + time + lateMs });

/** Runs the source until its clock says `end` and it has read once more. */
async function runUntil(source: LiveSource, clock: TestClock, end: number): Promise<void> {
  let turns = 0;
  await source.start();
  await new Promise<void>((resolve, reject) => {
    clock.onTick = () => {
      if (clock.time >= end && (source.health().lagMs ?? Infinity) < 10 * MINUTE) resolve();
      if ((turns += 1) > 4_000) reject(new Error(`no end in sight: ${source.health().problem}`));
    };
  });
  await source.stop();
}

let clock: TestClock;
let fake: Vendor;
let checkpoints: FakeCheckpoints;
beforeEach(() => {
  clock = new TestClock(T0);
  checkpoints = new FakeCheckpoints();
});
afterEach(() => fake.stop());

async function begin(vendor: string): Promise<() => { ports: FakePorts; source: LiveSource }> {
  fake = VENDORS[vendor]!.fake(clock);
  await fake.start();
  return () => {
    const ports = fakePorts(checkpoints, () => clock.now());
    return { ports, source: VENDORS[vendor]!.source(fake, ports) };
  };
}

describe.each(Object.keys(VENDORS))("%s", (vendor) => {
  test("pages are followed to their end, late events found, restarts go on where it stopped", async () => {
    const open = await begin(vendor);
    fake.events = numbered(Array.from({ length: 60 }, (_, n) => at(n * MINUTE, n % 7 === 0 ? 6 * MINUTE : 0)));
    const one = open();
    await runUntil(one.source, clock, T0 + 30 * MINUTE);
    const two = open();
    await runUntil(two.source, clock, T0 + 2 * HOUR);
    expect(new Set(one.ports.intake.lines.map(idOf)).size).toBe(one.ports.intake.lines.length);
    expect(new Set([...one.ports.intake.lines, ...two.ports.intake.lines].map(idOf)).size).toBe(60);
    expect([...one.ports.intake.gaps, ...two.ports.intake.gaps]).toEqual([]);
    expect(two.source.health()).toMatchObject({ state: "stopped", problem: null });
  });

  test("nothing moves on before it is stored", async () => {
    const open = await begin(vendor);
    fake.events = numbered([at(-MINUTE), at(-MINUTE), at(0)]);
    const { ports, source } = open();
    ports.intake.mood = "fails";
    await source.start();
    await until(() => ports.intake.refused > 0);
    expect(checkpoints.values.size).toBe(0);
    ports.intake.mood = "stores";
    await until(() => ports.intake.lines.length === 3);
    await source.stop();
    expect(new Set(ports.intake.lines.map(idOf)).size).toBe(3);
  });

  test("what the vendor has thrown away meanwhile is a gap", async () => {
    const open = await begin(vendor);
    fake.events = numbered(Array.from({ length: 200 }, (_, n) => at(n * 5 * MINUTE)));
    fake.retentionMs = 3 * HOUR;
    await runUntil(open().source, clock, T0 + HOUR);
    clock.time = T0 + 9 * HOUR;
    const { ports, source } = open();
    await runUntil(source, clock, T0 + 10 * HOUR);
    expect(ports.intake.gaps).toHaveLength(1);
    const [{ from, until: end, reason }] = ports.intake.gaps as [(typeof ports.intake.gaps)[0]];
    expect(reason).toMatch(/no longer holds/);
    expect(from).toBeGreaterThan(T0 + 45 * MINUTE);
    expect(from).toBeLessThanOrEqual(T0 + HOUR);
    expect(end).toBeGreaterThan(T0 + 6 * HOUR - 5 * MINUTE);
    expect(end).toBeLessThanOrEqual(T0 + 6 * HOUR + 15 * MINUTE);
    expect(source.health().gaps).toHaveLength(1);
  });

  test("a token that is not right is told of, and exchanged without a restart", async () => {
    const open = await begin(vendor);
    fake.events = numbered([at(-MINUTE)]);
    fake.authorized = () => clock.time > T0 + 5 * MINUTE;
    const { ports, source } = open();
    let told = "";
    const tick = setInterval(() => (told = source.health().problem ?? told), 1);
    await runUntil(source, clock, T0 + 10 * MINUTE);
    clearInterval(tick);
    expect(ports.logged.join()).toMatch(/answers 401 \(Bad credentials\): check the token/);
    expect(ports.intake.lines).toHaveLength(1);
  });

  test("an hour that both clocks are wrong by costs nothing", async () => {
    const open = await begin(vendor);
    fake.events = numbered(Array.from({ length: 30 }, (_, n) => at(n * 10 * MINUTE)));
    await runUntil(open().source, clock, T0 + HOUR);
    fake.skewMs = HOUR;
    const { ports, source } = open();
    await runUntil(source, clock, T0 + 2 * HOUR);
    expect(ports.logged.join()).toMatch(/differ by 60 minutes/);
    fake.skewMs = 0;
    const three = open();
    await runUntil(three.source, clock, T0 + 6 * HOUR);
    expect(three.ports.intake.gaps).toEqual([]);
    expect(new Set([...ports.intake.lines, ...three.ports.intake.lines].map(idOf)).size).toBeGreaterThanOrEqual(23);
  });

  test("whatever goes wrong, every event arrives, once in a run, or a gap names its time", async () => {
    const event = fc.record({
      // Many at the same time.
      minute: fc.integer({ min: -90, max: 360 }),
      lateMs: fc.constantFrom(0, 0, 0, MINUTE, 8 * MINUTE),
    });
    const fault = fc.constantFrom<Fault>("500", "429", "secondary", "reset", "cut", "html", "cursor", null, null, null);
    const stops = fc.array(
      fc.record({ at: fc.integer({ min: 1, max: 350 }), pause: fc.constantFrom(0, 20, 200, 600) }),
      {
        maxLength: 3,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 50 }),
        fc.array(fault, { maxLength: 60 }),
        stops,
        fc.constantFrom(2 * HOUR, 4 * HOUR, Number.POSITIVE_INFINITY),
        fc.boolean(),
        async (events, faults, breaks, retentionMs, byCursor) => {
          clock = new TestClock(T0);
          checkpoints = new FakeCheckpoints();
          await fake?.stop();
          const open = await begin(vendor);
          // A log in which nothing was ever seen proves nothing.
          fake.events = numbered([at(-MINUTE), ...events.map(({ minute, lateMs }) => at(minute * MINUTE, lateMs))]);
          fake.faults = faults;
          fake.retentionMs = retentionMs;
          if (fake instanceof FakeGitlab) fake.byCursor = byCursor;
          const seen = new Set<string>();
          const gaps: { from: number; until: number }[] = [];
          let end = T0;
          for (const { at: minutes, pause } of [...breaks.toSorted((a, b) => a.at - b.at), { at: 400, pause: 0 }]) {
            const { ports, source } = open();
            end = Math.max(end, T0 + minutes * MINUTE);
            await runUntil(source, clock, end);
            const ids = ports.intake.lines.map(idOf);
            expect(new Set(ids).size).toBe(ids.length);
            for (const id of ids) seen.add(id);
            gaps.push(...ports.intake.gaps);
            clock.time += pause * MINUTE;
            end = clock.time;
          }
          const lost = fake.events.filter(
            // Those that were gone, or not asked for, at the very first reading.
            ({ id, time }) =>
              !seen.has(id) &&
              time >= T0 - Math.min(sinceMs, retentionMs) + 5 * MINUTE &&
              !gaps.some((gap) => time >= gap.from && time < gap.until),
          );
          expect(lost).toEqual([]);
          // Nothing is told that did not happen.
          if (retentionMs === Number.POSITIVE_INFINITY) expect(gaps).toEqual([]);
        },
      ),
      { numRuns: Number(process.env["SALLYPORT_FUZZ_RUNS"] ?? 15) },
    );
  }, 60_000);
});

test("where events come later than thought, readings begin earlier", async () => {
  const open = await begin("github");
  const late = (minutes: number) =>
    Array.from({ length: 6 }, (_, n) => at((n * 20 + minutes) * MINUTE, minutes * MINUTE));
  fake.events = numbered([
    at(-MINUTE),
    ...late(0),
    ...late(7),
    ...late(7).map(({ time }) => ({ time, arrived: time + 13 * MINUTE })),
  ]);
  const { ports, source } = open();
  await runUntil(source, clock, T0 + 4 * HOUR);
  expect(ports.logged.join()).toMatch(/events come up to \d+ minutes late: every reading begins \d+ minutes earlier/);
  expect(ports.intake.lines).toHaveLength(19);
});

describe("GitHub", () => {
  test("git events are kept for seven days: a pause of eight is a gap with its span, one of six is none", async () => {
    for (const [days, expected] of [
      [6, []],
      [8, [DAY]],
      [22, [15 * DAY]],
    ] as const) {
      clock = new TestClock(T0);
      checkpoints = new FakeCheckpoints();
      const open = await begin("github");
      fake.events = numbered(Array.from({ length: 30 * 24 }, (_, n) => at(n * HOUR)));
      await runUntil(open().source, clock, T0 + HOUR);
      const stopped = clock.time;
      clock.time += days * DAY;
      const { ports, source } = open();
      await runUntil(source, clock, clock.time + HOUR);
      await fake.stop();
      const spans = ports.intake.gaps.map(({ from, until: end }) => end - from);
      expect(spans.map((ms) => Math.round(ms / HOUR) * HOUR)).toEqual(expected);
      for (const { from, reason } of ports.intake.gaps) {
        expect(Math.abs(stopped - from)).toBeLessThan(20 * MINUTE);
        expect(reason).toMatch(/seven days/);
      }
    }
    await fake.start();
  });

  test("an unchanged page is not sent again; the query asks for all, oldest first", async () => {
    const open = await begin("github");
    fake.events = numbered([at(-HOUR), at(-MINUTE)]);
    const { ports, source } = open();
    await runUntil(source, clock, T0 + 20 * MINUTE);
    expect(ports.intake.lines).toHaveLength(2);
    const { searchParams, pathname } = fake.requests[0]!;
    expect(pathname).toBe("/orgs/acme/audit-log");
    expect(Object.fromEntries(searchParams)).toEqual({
      phrase: "created:>=2026-03-20T07:00:00+00:00",
      include: "all",
      order: "asc",
      per_page: "100",
    });
  });
});
