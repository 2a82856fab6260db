/** The SQL of absences against the obvious evaluator, on the embedded engine, over any set of matches and heartbeats. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Store, storeTime } from "../../persist/store.ts";
import { silenceQuery } from "./absence.ts";
import type { EpisodeRow } from "./findings.ts";
import type { CorrelationPlan } from "./plan.ts";
import { DAY_MS, episodesQuery, touchedDays } from "./sql.ts";

interface Seen {
  /** `a` asks, `b` and `c` answer, `d` excuses. */
  readonly rule: string;
  readonly actor: string;
  readonly time: number;
  readonly source: string;
}

interface Heard {
  readonly source: string;
  readonly minute: number;
}

/** ABSENCE_RUNS=200 for a long run. */
const RUNS = Number(process.env["ABSENCE_RUNS"] ?? 15);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 2, 20);

const tested: CorrelationPlan = {
  id: "plan",
  type: "absence",
  rules: ["a", "b", "c", "d"],
  groupBy: ["context.actor.name"],
  aliases: new Map(),
  windowMs: 5 * MINUTE,
  conditions: [{ comparison: "gte", value: 2 }],
  expression: null,
  fields: ["context.source"],
  percentile: 50,
  learningMs: 0,
  baseline: null,
  absence: { historyMs: 6 * HOUR, horizonMs: 3 * HOUR, excuses: ["d"] },
  scope: "group",
  conclusion: null,
};

let folder: string;
let store: Store;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-absence-"));
  store = await Store.open(folder);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function load(seen: readonly Seen[], heard: readonly Heard[]): Promise<void> {
  await store.command("TRUNCATE TABLE match");
  await store.command("TRUNCATE TABLE heartbeat");
  await store.append(
    "match",
    seen.map(({ rule, actor, time, source }, n) => ({
      rule,
      actor,
      source,
      time: storeTime(time),
      activity_uid: `u${String(n).padStart(3, "0")}`,
    })),
  );
  await store.append(
    "heartbeat",
    heard.map(({ source, minute }) => ({ source, minute: Math.floor(minute / 1000), events: 1 })),
  );
}

async function missed(): Promise<string[]> {
  const days = touchedDays(tested, { from: START, until: START + DAY_MS });
  const rows = await store.rows<EpisodeRow>(episodesQuery(tested, new Map(), days));
  return rows.flatMap(({ grp, evidence }) =>
    evidence.map((values) => `${grp[0]} ${(JSON.parse(values) as string[])[0]}`),
  );
}

/** actor and uid of every match that asks and is missed, in the order of episodes. */
function missedSlow(seen: readonly Seen[], heard: readonly Heard[]): Set<string> {
  const out = new Set<string>();
  for (const [index, now] of seen.entries()) {
    if (now.rule !== "a") continue;
    const own = seen.filter(({ actor }) => actor === now.actor);
    const near = ({ time }: Seen, rules: string): boolean =>
      own.some((other) => rules.includes(other.rule) && Math.abs(other.time - time) <= tested.windowMs);
    const answered = (one: Seen): boolean => near(one, "bc");
    if (answered(now) || near(now, "d")) continue;
    const past = own.filter(({ time }) => time < now.time && time >= now.time - 6 * HOUR);
    const asked = past.filter(({ rule }) => rule === "a");
    const kept = asked.filter(answered);
    if (kept.length < 2 || (asked.length - kept.length) * 4 > asked.length) continue;
    const sources = new Set(past.filter(({ rule }) => "bc".includes(rule)).map(({ source }) => source));
    const due = now.time + tested.windowMs;
    const delivered = (source: string): boolean =>
      heard.some((each) => each.source === source && each.minute > due && each.minute <= due + 3 * HOUR);
    if ([...sources].every(delivered)) out.add(`${now.actor} u${String(index).padStart(3, "0")}`);
  }
  return out;
}

const seen = fc.record({
  rule: fc.constantFrom("a", "a", "b", "c", "d"),
  actor: fc.constantFrom("alice", "bob"),
  time: fc.nat(480).map((n) => START + n * MINUTE),
  source: fc.constantFrom("github-audit", "github-webhook"),
});
const heard = fc.record({
  source: fc.constantFrom("github-audit", "github-webhook", "squid"),
  minute: fc.nat(900).map((n) => START + n * MINUTE),
});
/** A push at the same hour as its record, again and again, as habits are. */
const habit = fc
  .record({ actor: fc.constantFrom("alice", "bob"), times: fc.array(fc.nat(470), { minLength: 3, maxLength: 8 }) })
  .map(({ actor, times }) =>
    times.flatMap((n): Seen[] => [
      { rule: "a", actor, time: START + n * MINUTE, source: "auditd" },
      { rule: "b", actor, time: START + (n + 1) * MINUTE, source: "github-audit" },
    ]),
  );

test("absences agree with the slow evaluator on any matches and heartbeats", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(seen, { maxLength: 12 }),
      fc.array(habit, { maxLength: 3 }),
      fc.array(heard, { maxLength: 25 }),
      async (strays, habits, beats) => {
        const all = [...strays, ...habits.flat()];
        await load(all, beats);
        const expected = missedSlow(all, beats);
        // An episode of several holds what lies between them too.
        const rows = await missed();
        for (const each of expected) expect(rows).toContain(each);
        if (expected.size === 0) expect(rows).toEqual([]);
      },
    ),
    { numRuns: RUNS },
  );
});

const push = (minute: number): Seen => ({ rule: "a", actor: "alice", time: START + minute * MINUTE, source: "auditd" });
const record = (minute: number, source = "github-audit"): Seen => ({
  rule: "b",
  actor: "alice",
  time: START + minute * MINUTE,
  source,
});
const beat = (minute: number, source = "github-audit"): Heard => ({ source, minute: START + minute * MINUTE });
const habits = [push(0), record(1), push(30), record(31)];

test.each<[name: string, seen: readonly Seen[], heard: readonly Heard[], missed: readonly string[]]>([
  ["the log went on without the answer", [...habits, push(100)], [beat(106)], ["alice u004"]],
  ["the log has not got that far", [...habits, push(100)], [beat(105)], []],
  ["the log has fallen silent", [...habits, push(100)], [beat(99)], []],
  ["the log was silent too long to tell", [...habits, push(100)], [beat(106 + 180)], []],
  ["one of two logs that answered is silent", [...habits, record(32, "github-webhook"), push(100)], [beat(106)], []],
  ["the answer came after all, within the window", [...habits, push(100), record(105)], [beat(106)], []],
  ["the answer came before, by another clock", [...habits, push(100), record(95)], [beat(106)], []],
  ["an answer too late for the window", [...habits, push(100), record(105.001)], [beat(106)], ["alice u004"]],
  [
    "the push says itself where it went",
    [...habits, push(100), { ...record(101, "auditd"), rule: "d" }],
    [beat(106)],
    [],
  ],
  [
    "what was excused is habit all the same",
    [push(0), record(1), { ...record(1, "auditd"), rule: "d" }, push(30), record(31), push(100)],
    [beat(106)],
    ["alice u005"],
  ],
  ["nothing was ever answered", [push(0), push(30), push(100)], [beat(106)], []],
  [
    "once a quarter is not answered, no answer is expected",
    [...habits, push(50), push(60), push(100)],
    [beat(120)],
    ["alice u004"],
  ],
])("%s", async (_, matches, beats, expected) => {
  await load(matches, beats);
  expect(await missed()).toEqual(expected);
});

test("a new sign of life can decide from where the log was last heard of", async () => {
  await load(habits, [beat(1), beat(40), beat(110), beat(110, "squid")]);
  const range = { from: START + 110 * MINUTE, until: START + 111 * MINUTE };
  const rows = await store.rows<{ source: string; before: number | string }>(silenceQuery(tested, range));
  expect(rows.map(({ source, before }) => [source, (Number(before) - START) / MINUTE])).toEqual([["github-audit", 40]]);
  const later = { from: START + 111 * MINUTE, until: START + 112 * MINUTE };
  expect(await store.rows(silenceQuery(tested, later))).toEqual([]);
});
