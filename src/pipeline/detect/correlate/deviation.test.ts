/** Deviations as the engine finds them against the obvious evaluator, over any history. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { everything } from "../../../../test/extent.ts";
import { Store, storeTime } from "../../persist/store.ts";
import { toFinding, type EpisodeRow } from "./findings.ts";
import type { CorrelationPlan, DeviationBaseline } from "./plan.ts";
import { DAY_MS, episodesQuery, measureQuery, touchedDays } from "./sql.ts";

const RUNS = Number(process.env["CORRELATE_RUNS"] ?? (everything ? 10 : 5));
const START = Date.UTC(2026, 2, 20);

let folder: string;
let store: Store;
let version = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-deviation-"));
  store = await Store.open(folder);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Seen {
  readonly rule: "upload" | "alert";
  readonly actor: string;
  readonly team: string;
  readonly time: number;
  readonly value: string;
}

const BASELINE: DeviationBaseline = {
  measure: "sum",
  historyMs: 8 * DAY_MS,
  learningMs: 3 * DAY_MS,
  minimum: 20,
  peers: [],
  suspicion: ["alert"],
};

const plan = (baseline: Partial<DeviationBaseline>, gt = 4): CorrelationPlan => ({
  id: "unusual",
  type: "deviation",
  rules: ["upload"],
  groupBy: ["context.actor.name"],
  aliases: new Map(),
  windowMs: DAY_MS,
  conditions: [{ comparison: "gt", value: gt }],
  expression: null,
  fields: ["amount"],
  percentile: 50,
  learningMs: 0,
  baseline: { ...BASELINE, ...baseline },
  absence: null,
  scope: "group",
  conclusion: {
    rule: "unusual",
    title: "Unusual",
    severity: "medium",
    behaviours: [],
    analytics: [],
    attack: [],
    reason: "{actor}: {value} against {expected} in {history}",
    points: 40,
    next_steps: [],
    blind_spots: [],
  },
});

async function load(seen: readonly Seen[]): Promise<void> {
  for (const table of ["match", "profile"]) await store.command(`TRUNCATE TABLE ${table}`);
  await store.append("match", rowsOf(seen));
}

function rowsOf(seen: readonly Seen[], from = 0): Record<string, unknown>[] {
  return seen.map(({ rule, actor, team, time, value }, n) => ({
    rule,
    actor,
    time: storeTime(START + time),
    activity_uid: `u${String(n + from).padStart(4, "0")}`,
    fields: { amount: value, "context.actor.team": team },
  }));
}

async function episodes(tested: CorrelationPlan): Promise<EpisodeRow[]> {
  const range = { from: START, until: START + 14 * DAY_MS };
  await store.command(measureQuery(tested, new Map(), range, (version += 1)));
  return store.rows<EpisodeRow>(episodesQuery(tested, new Map(), touchedDays(tested, range)));
}

interface Hit {
  readonly actor: string;
  readonly day: number;
  readonly measure: number;
  readonly expected: number;
}

/** For every day of everybody look at all the days before. */
function slow({ baseline, conditions }: CorrelationPlan, seen: readonly Seen[]): Hit[] {
  const { measure, historyMs, learningMs, minimum, peers, suspicion } = baseline as DeviationBaseline;
  const dayOf = ({ time }: Seen): number => Math.floor(time / DAY_MS);
  const uploads = seen.filter(({ rule, value }) => rule === "upload" && (measure === "count" || value !== ""));
  const amount = (rows: readonly Seen[]): number => {
    if (measure === "count") return rows.length;
    if (measure === "distinct") return new Set(rows.map(({ value }) => value)).size;
    return rows.reduce((sum, { value }) => sum + Number(value), 0);
  };
  const periods = [...Map.groupBy(uploads, (row) => `${row.actor} ${dayOf(row)}`).values()].map((rows) => ({
    actor: (rows[0] as Seen).actor,
    team: (rows[0] as Seen).team,
    day: dayOf(rows[0] as Seen),
    total: amount(rows),
    suspect: seen.some(
      (row) => suspicion.includes(row.rule) && row.actor === rows[0]?.actor && dayOf(row) === dayOf(rows[0] as Seen),
    ),
  }));
  const history = historyMs / DAY_MS;
  const judge = (now: (typeof periods)[number], past: typeof periods, members: number) => {
    const watched = now.day - Math.min(...past.map(({ day }) => day));
    const clean = past.filter(({ suspect, total }) => !suspect && total > 0);
    if (clean.length < 3 || watched < learningMs / DAY_MS) return null;
    if (members > 0 && new Set(clean.map(({ actor }) => actor)).size < members) return null;
    const weigh = (rows: typeof periods) =>
      rows.map(({ total, day }) => ({ total, weight: Math.ceil(16 * 2 ** ((day - now.day) / (history / 2))) }));
    const whole = weigh(clean);
    const old = weigh(clean.filter(({ day }) => day < now.day - history / 2));
    const used = old.length >= 3 && median(old) < median(whole) ? old : whole;
    const expected = median(used);
    const off = used.map(({ total, weight }) => ({ total: Math.abs(total - expected), weight }));
    return { expected, score: (now.total - expected) / Math.max(1.4826 * median(off), 0.1 * expected, 1) };
  };
  return periods.flatMap((now) => {
    if (now.total < minimum) return [];
    const before = periods.filter(({ day, total }) => day < now.day && day >= now.day - history && total > 0);
    const own = judge(
      now,
      before.filter(({ actor }) => actor === now.actor),
      0,
    );
    const others =
      peers.length === 0
        ? null
        : judge(
            now,
            before.filter(({ actor, team }) => actor !== now.actor && team === now.team),
            3,
          );
    const judged = [own, others].filter((each) => each !== null);
    if (judged.length === 0) return [];
    const score = Math.min(...judged.map((each) => each.score));
    if (!conditions.every(({ value }) => score > value)) return [];
    return [{ actor: now.actor, day: now.day, measure: now.total, expected: (own ?? others)?.expected ?? Number.NaN }];
  });
}

/** The smallest value that half of the weight does not exceed. */
function median(rows: readonly { readonly total: number; readonly weight: number }[]): number {
  const half = Math.ceil(rows.reduce((sum, { weight }) => sum + weight, 0) / 2);
  let passed = 0;
  for (const { total, weight } of rows.toSorted((a, b) => a.total - b.total)) {
    passed += weight;
    if (passed >= half) return total;
  }
  return Number.NaN;
}

const ACTORS = ["ann", "bea", "cyd", "dan", "eve"];
const seen = fc.record({
  rule: fc.oneof(
    { weight: 12, arbitrary: fc.constant("upload" as const) },
    { weight: 1, arbitrary: fc.constant("alert" as const) },
  ),
  actor: fc.constantFrom(...ACTORS),
  team: fc.constant("red"),
  time: fc.nat(14 * 24 - 1).map((hour) => hour * 3_600_000),
  value: fc
    .oneof(
      { weight: 6, arbitrary: fc.integer({ min: 5, max: 15 }) },
      { weight: 1, arbitrary: fc.integer({ min: 60, max: 400 }) },
    )
    .map(String),
});

test.each<[string, Partial<DeviationBaseline>, number]>([
  ["sums", {}, 4],
  ["counts", { measure: "count", minimum: 3 }, 1],
  ["distinct values", { measure: "distinct", minimum: 2 }, 1],
  ["peers", { peers: ["context.actor.team"] }, 3],
])(
  "%s are judged as the obvious evaluator judges them",
  async (_, baseline, gt) => {
    const tested = plan(baseline, gt);
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(seen, { minLength: 60, maxLength: 160 }), async (rows) => {
        const team = (actor: string): string => (actor === "eve" ? "blue" : "red");
        const all = rows.map((row) => ({ ...row, team: team(row.actor) }));
        await load(all);
        const found = (await episodes(tested)).map((row) => ({
          actor: row.grp[0] as string,
          day: Number(row.day) - START / DAY_MS,
          measure: row.measure,
          expected: Number((JSON.parse(row.note) as string[])[0]),
        }));
        const order = (a: Hit, b: Hit): number => a.day - b.day || (a.actor < b.actor ? -1 : 1);
        const expected = slow(tested, all);
        hits += expected.length;
        expect(found.toSorted(order)).toEqual(expected.toSorted(order));
      }),
      { numRuns: RUNS },
    );
    expect(hits).toBeGreaterThan(0);
  },
  120_000,
);

const steady = (actor: string, days: number, value = 10): Seen[] =>
  Array.from({ length: days }, (_, day) => ({
    rule: "upload" as const,
    actor,
    team: "red",
    time: day * DAY_MS + 3_600_000,
    value: String(value + (day % 3)),
  }));
const once = (actor: string, day: number, value: number, rule: Seen["rule"] = "upload"): Seen => ({
  rule,
  actor,
  team: "red",
  time: day * DAY_MS + 7_200_000,
  value: String(value),
});

async function reasons(tested: CorrelationPlan, rows: readonly Seen[]): Promise<string[]> {
  await load(rows);
  return (await episodes(tested)).map((row) => toFinding(tested, row).reason);
}

test("the finding says how much, what was expected and from how much history", async () => {
  expect(await reasons(plan({}), [...steady("ann", 8), once("ann", 8, 500)])).toEqual([
    "ann: 500 against 10 in 8 earlier days",
  ]);
});

test("a newcomer is judged by peers, and by nobody where there are none", async () => {
  const others = ["bea", "cyd", "dan"].flatMap((actor) => steady(actor, 8));
  const tested = plan({ peers: ["context.actor.team"] });
  expect(await reasons(tested, [...others, once("ann", 8, 500)])).toEqual([
    "ann: 500 against 10 in 24 earlier days of its peers",
  ]);
  expect(await reasons(plan({}), [...others, once("ann", 8, 500)])).toEqual([]);
});

test("who raises the amount day by day is measured by the time before", async () => {
  const rising = Array.from({ length: 9 }, (_, day) => once("ann", day, Math.round(10 * 1.6 ** day)));
  const found = await reasons(plan({ historyMs: 8 * DAY_MS }), rising);
  expect(found.at(-1)).toMatch(/^ann: 429 against (16|26) in/);
});

test("days under suspicion do not teach", async () => {
  const days = [5, 6, 7].flatMap((day) => [once("ann", day, 500), once("ann", day, 1, "alert")]);
  expect(await reasons(plan({}), [...steady("ann", 5), ...days, once("ann", 8, 500)])).toHaveLength(4);
});

test("matches that come later change the totals of their day alone", async () => {
  const tested = plan({});
  const rows = [...steady("ann", 8), once("ann", 8, 500)];
  await load(rows.slice(0, 6));
  await episodes(tested);
  await store.append("match", rowsOf(rows.slice(6), 6));
  const range = { from: START + 6 * DAY_MS, until: START + 9 * DAY_MS };
  await store.command(measureQuery(tested, new Map(), range, (version += 1)));
  const found = await store.rows<EpisodeRow>(episodesQuery(tested, new Map(), touchedDays(tested, range)));
  expect(found.map((row) => toFinding(tested, row).reason)).toEqual(["ann: 500 against 10 in 8 earlier days"]);
});
