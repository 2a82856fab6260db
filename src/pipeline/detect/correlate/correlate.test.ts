/** The SQL against the obvious evaluator, on the embedded engine, over any set of matches. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { everything } from "../../../../test/extent.ts";
import { Store, storeTime } from "../../persist/store.ts";
import { parseCondition, type ConditionNode } from "../sigma/index.ts";
import { episodeGapMs, type Comparison, type CorrelationPlan, type CorrelationType } from "./plan.ts";
import { countsQuery, evidenceRange, isPossible, type CountRow } from "./possible.ts";
import { BEGINNING_GAP_MS, DAY_MS, episodesQuery, learnQuery, touchedDays } from "./sql.ts";
import type { EpisodeRow } from "./findings.ts";

interface Seen {
  readonly rule: string;
  readonly actor: string;
  readonly time: number;
  readonly value: string;
}

/** Sets of matches a correlation is tried on; CORRELATE_RUNS=200 for a long run. */
const RUNS = Number(process.env["CORRELATE_RUNS"] ?? (everything ? 10 : 4));
const START = Date.UTC(2026, 2, 20);
const MINUTE = 60_000;

let folder: string;
let store: Store;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-correlate-"));
  store = await Store.open(folder);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const plan = (over: Partial<CorrelationPlan>): CorrelationPlan => ({
  id: "plan",
  type: "event_count",
  rules: ["a", "b", "c"],
  groupBy: ["context.actor.name"],
  aliases: new Map(),
  windowMs: 10 * MINUTE,
  conditions: over.type?.startsWith("temporal") === true ? [] : [{ comparison: "gte", value: 3 }],
  expression: null,
  fields: [],
  percentile: 95,
  learningMs: 0,
  baseline: null,
  absence: null,
  scope: "group",
  conclusion: null,
  ...over,
});

async function load(seen: readonly Seen[]): Promise<void> {
  await store.command("TRUNCATE TABLE match");
  await store.command("TRUNCATE TABLE first_seen");
  await store.append(
    "match",
    seen.map(({ rule, actor, time, value }, n) => ({
      rule,
      actor,
      time: storeTime(time),
      activity_uid: `u${String(n).padStart(3, "0")}`,
      fields: { value },
    })),
  );
}

/** grp, first, last, hits of every episode. */
async function episodes(
  tested: CorrelationPlan,
  plans: ReadonlyMap<string, CorrelationPlan> = new Map(),
): Promise<unknown[]> {
  const range = { from: START, until: START + 3 * DAY_MS };
  if (tested.type === "first_seen") await store.command(learnQuery(tested, plans, range));
  const rows = await store.rows<EpisodeRow>(episodesQuery(tested, plans, touchedDays(tested, range)));
  return rows.map(({ grp, first, last, hits }) => ({
    grp,
    first: Number(first) - START,
    last: Number(last) - START,
    hits: Number(hits),
  }));
}

/** For every match look at everything so far. `all` is one actor's, `everyone` is everybody's. */
function hitsSlow(
  tested: CorrelationPlan,
  all: readonly (Seen & { readonly uid: string })[],
  everyone: readonly Seen[],
): { at: number; uid: string; start: number }[] {
  const out: { at: number; uid: string; start: number }[] = [];
  const wanted = all.filter(({ rule }) => tested.rules.includes(rule));
  for (const now of wanted) {
    const before = wanted.filter(({ time }) => time <= now.time);
    const inside = before.filter(({ time }) => time >= now.time - tested.windowMs);
    const numbers = inside
      .filter(({ value }) => value !== "" && !Number.isNaN(Number(value)))
      .map(({ value, time }) => ({ value: Number(value), time }));
    const named = inside.filter(({ value }) => value !== "");
    const holds = (measure: number): boolean =>
      tested.conditions.every(({ comparison, value }) => COMPARE[comparison](measure, value));
    const push = (start: number): void => void out.push({ at: now.time, uid: now.uid, start });
    switch (tested.type) {
      case "event_count":
        if (holds(inside.length)) push(Math.min(...inside.map(({ time }) => time)));
        break;
      case "value_count":
        if (now.value !== "" && holds(new Set(named.map(({ value }) => value)).size))
          push(Math.min(...named.map(({ time }) => time)));
        break;
      case "value_sum":
      case "value_avg": {
        if (now.value === "") break;
        const sum = numbers.reduce((total, { value }) => total + value, 0);
        if (holds(tested.type === "value_sum" ? sum : sum / numbers.length))
          push(Math.min(...numbers.map(({ time }) => time)));
        break;
      }
      case "value_median":
      case "value_percentile": {
        if (now.value === "") break;
        const percentile = tested.type === "value_median" ? 50 : tested.percentile;
        if (
          holds(
            percentileSlow(
              numbers.map(({ value }) => value),
              percentile,
            ),
          )
        )
          push(Math.min(...numbers.map(({ time }) => time)));
        break;
      }
      case "temporal": {
        const latest = tested.rules.map((rule) =>
          Math.max(...inside.filter((seen) => seen.rule === rule).map(({ time }) => time)),
        );
        if (occurredSlow(tested, new Set(inside.map(({ rule }) => rule))))
          push(Math.min(...latest.filter(Number.isFinite)));
        break;
      }
      case "temporal_ordered": {
        const starts = chainsSlow(tested)
          .filter((chain) => chain.at(-1) === now.rule)
          .map((chain) => [chain, chainSlow(chain, before, now.time)] as const)
          .filter(([, start]) => now.time - start <= tested.windowMs)
          .map(([chain, start]) => {
            const opening = before.filter(({ rule }) => rule === chain[0]).map(({ time }) => time);
            return Math.max(beginningSlow(opening, start), now.time - tested.windowMs);
          });
        if (starts.length > 0) push(Math.max(...starts));
        break;
      }
      case "first_seen": {
        if (named.length === 0 || now.value === "") break;
        if (tested.rules.length > 1 && now.rule !== tested.rules[0]) break;
        const known = tested.scope === "everyone" ? everyone.filter(({ rule }) => tested.rules.includes(rule)) : wanted;
        const earlier = known.filter((seen) => seen.value === now.value && seen.time < now.time);
        const begun = Math.min(...known.filter(({ value }) => value !== "").map(({ time }) => time));
        if (earlier.length === 0 && now.time - begun >= tested.learningMs) push(now.time);
        break;
      }
      case "deviation":
      case "absence":
        throw new TypeError(`${tested.type}.test.ts has the evaluator of its own`);
    }
  }
  return out;
}

const COMPARE: Readonly<Record<Comparison, (measure: number, value: number) => boolean>> = {
  gt: (measure, value) => measure > value,
  gte: (measure, value) => measure >= value,
  lt: (measure, value) => measure < value,
  lte: (measure, value) => measure <= value,
  eq: (measure, value) => measure === value,
  neq: (measure, value) => measure !== value,
};

/** Between two values it lies on the line from one to the other. */
function percentileSlow(values: readonly number[], percentile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (percentile / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  return low + ((sorted[Math.ceil(rank)] ?? low) - low) * (rank - Math.floor(rank));
}

function occurredSlow({ rules, conditions, expression }: CorrelationPlan, happened: ReadonlySet<string>): boolean {
  const evaluate = (node: ConditionNode): boolean => {
    if (node.type === "and") return node.operands.every(evaluate);
    if (node.type === "or") return node.operands.some(evaluate);
    return node.type === "not" ? !evaluate(node.operand) : node.type === "selection" && happened.has(node.name);
  };
  if (expression !== null) return evaluate(expression);
  const count = rules.filter((rule) => happened.has(rule)).length;
  if (conditions.length === 0) return count === rules.length;
  return conditions.every(({ comparison, value }) => COMPARE[comparison](count, value));
}

/** The smallest sets of rules that satisfy the condition, each in order. */
function chainsSlow(tested: CorrelationPlan): string[][] {
  const sets = Array.from({ length: 2 ** tested.rules.length }, (_, bits) =>
    tested.rules.filter((__, index) => ((bits >> index) & 1) === 1),
  ).filter((chain) => occurredSlow(tested, new Set(chain)));
  return sets.filter((chain) => !sets.some((other) => other !== chain && other.every((rule) => chain.includes(rule))));
}

/** From a time back as long as the pauses are short. */
function beginningSlow(times: readonly number[], start: number): number {
  const earlier = times.filter((time) => time < start).toSorted((a, b) => b - a);
  let first = start;
  for (const time of earlier) {
    if (first - time > BEGINNING_GAP_MS) break;
    first = time;
  }
  return first;
}

/** Latest start of a chain through the rules, in order, that ends not after `end`. */
function chainSlow(rules: readonly string[], seen: readonly Seen[], end: number): number {
  const last = rules.at(-1);
  let best = Number.NEGATIVE_INFINITY;
  for (const { rule, time } of seen) {
    if (rule !== last || time > end) continue;
    best = Math.max(best, rules.length === 1 ? time : chainSlow(rules.slice(0, -1), seen, time));
  }
  return best;
}

function episodesSlow(tested: CorrelationPlan, seen: readonly Seen[]): unknown[] {
  const gap = episodeGapMs(tested);
  const out: { grp: string[]; first: number; last: number; hits: number }[] = [];
  const numbered = seen.map((each, n) => ({ ...each, uid: `u${String(n).padStart(3, "0")}` }));
  for (const actor of new Set(seen.map((each) => each.actor))) {
    const rows = hitsSlow(
      tested,
      numbered.filter((each) => each.actor === actor),
      seen,
    ).toSorted((a, b) => a.at - b.at || (a.uid < b.uid ? -1 : 1));
    let before = 0;
    let current: (typeof out)[number] | null = null;
    for (const { at, start } of rows) {
      const fresh = at - before > gap;
      const day = Math.floor(at / DAY_MS);
      const first = (fresh ? start : Math.max(start, day * DAY_MS)) - START;
      if (current === null || fresh || Math.floor(before / DAY_MS) !== day)
        out.push((current = { grp: [actor], first, last: at - START, hits: 0 }));
      current.first = Math.min(current.first, first);
      current.last = at - START;
      current.hits += 1;
      before = at;
    }
  }
  return out.toSorted((a, b) => a.first - b.first || ((a.grp[0] as string) < (b.grp[0] as string) ? -1 : 1));
}

const seen = fc.record({
  rule: fc.constantFrom("a", "b", "c"),
  actor: fc.constantFrom("alice", "bob"),
  // Two clusters around midnight, minutes apart, so that windows, gaps and the day's end are all met.
  time: fc
    .oneof(fc.nat(40), fc.integer({ min: 1_400, max: 1_480 }), fc.integer({ min: 2_000, max: 2_030 }))
    .map((minute) => START + minute * MINUTE),
  value: fc.constantFrom("", "1", "2", "3", "7"),
});

const CASES: readonly { type: CorrelationType; over?: Partial<CorrelationPlan> }[] = [
  { type: "event_count" },
  {
    type: "event_count",
    over: {
      conditions: [
        { comparison: "gte", value: 2 },
        { comparison: "lt", value: 4 },
      ],
    },
  },
  { type: "value_count", over: { fields: ["value"] } },
  { type: "value_sum", over: { fields: ["value"], conditions: [{ comparison: "gte", value: 9 }] } },
  { type: "value_avg", over: { fields: ["value"] } },
  {
    type: "value_avg",
    over: {
      fields: ["value"],
      conditions: [
        { comparison: "gt", value: 1.5 },
        { comparison: "lte", value: 3 },
        { comparison: "neq", value: 2 },
      ],
    },
  },
  { type: "value_median", over: { fields: ["value"], conditions: [{ comparison: "gte", value: 2.5 }] } },
  { type: "value_median", over: { fields: ["value"], conditions: [{ comparison: "eq", value: 2 }] } },
  {
    type: "value_percentile",
    over: { fields: ["value"], percentile: 75, conditions: [{ comparison: "gt", value: 3 }] },
  },
  {
    type: "value_percentile",
    over: {
      fields: ["value"],
      percentile: 0,
      conditions: [
        { comparison: "gte", value: 2 },
        { comparison: "lt", value: 7 },
      ],
    },
  },
  { type: "value_percentile", over: { fields: ["value"], percentile: 100 } },
  { type: "temporal" },
  { type: "temporal", over: { conditions: [{ comparison: "gte", value: 2 }] } },
  { type: "temporal", over: { conditions: [{ comparison: "eq", value: 2 }] } },
  { type: "temporal", over: { expression: parseCondition("a and not b") } },
  { type: "temporal", over: { expression: parseCondition("c and (a or b)") } },
  { type: "temporal", over: { expression: parseCondition("not (a and b) and not c") } },
  { type: "temporal_ordered" },
  { type: "temporal_ordered", over: { conditions: [{ comparison: "gte", value: 2 }] } },
  { type: "temporal_ordered", over: { expression: parseCondition("c and (b or a)") } },
  { type: "temporal_ordered", over: { expression: parseCondition("a and c or b") } },
  { type: "temporal_ordered", over: { rules: ["b", "a"] } },
  { type: "first_seen", over: { rules: ["a"], fields: ["value"], learningMs: 15 * MINUTE } },
  { type: "first_seen", over: { fields: ["value"], learningMs: 5 * MINUTE, scope: "everyone" } },
];

test.each(CASES)("$type agrees with the slow evaluator on any matches", async ({ type, over }) => {
  const tested = plan({ type, ...over });
  await fc.assert(
    fc.asyncProperty(fc.array(seen, { maxLength: 40 }), async (matches) => {
      await load(matches);
      const expected = episodesSlow(tested, matches);
      expect(await episodes(tested)).toEqual(expected);
      const possible = isPossible(tested, new Map(), (rule) => matches.filter((each) => each.rule === rule).length);
      expect(possible || expected.length === 0).toBe(true);
    }),
    { numRuns: RUNS },
  );
});

test.each([
  { name: "both ends of the window count", gapMs: 10 * MINUTE, found: 1 },
  { name: "one millisecond past the window does not", gapMs: 10 * MINUTE + 1, found: 0 },
])("$name", async ({ gapMs, found }) => {
  await load([0, 1, 2].map((n) => ({ rule: "a", actor: "alice", value: "", time: START + (n === 2 ? gapMs : n) })));
  expect(await episodes(plan({}))).toHaveLength(found);
});

test.each<[name: string, over: Partial<CorrelationPlan>, counts: Readonly<Record<string, number>>, possible: boolean]>([
  ["a count that is not reached", {}, { a: 1, b: 1 }, false],
  ["a count that may be reached", {}, { a: 1, b: 2 }, true],
  ["fewer than", { conditions: [{ comparison: "lt", value: 5 }] }, { a: 1 }, true],
  ["a sum", { type: "value_sum" }, { a: 1 }, true],
  ["nothing at all", { type: "value_sum" }, {}, false],
  ["a rule of a chain is missing", { type: "temporal_ordered" }, { a: 9, b: 9 }, false],
  ["two of three are there", { type: "temporal", conditions: [{ comparison: "gte", value: 2 }] }, { a: 1, c: 1 }, true],
  ["one of three is there", { type: "temporal", conditions: [{ comparison: "gt", value: 1 }] }, { c: 9 }, false],
  ["an expression", { type: "temporal", expression: parseCondition("a and not b") }, { a: 1, b: 1 }, true],
  ["an expression's rule is missing", { type: "temporal", expression: parseCondition("a and not b") }, { b: 1 }, false],
  ["every rule of a chain is there", { type: "temporal" }, { a: 1, b: 1, c: 1 }, true],
  ["only what teaches", { type: "first_seen", rules: ["a", "b"] }, { b: 9 }, false],
  ["an inner count that is not reached", { type: "temporal", rules: ["inner", "c"] }, { a: 2, c: 9 }, false],
  ["an inner count that may be reached", { type: "temporal", rules: ["inner", "c"] }, { a: 3, c: 1 }, true],
])("can it hold: %s", (_, over, counts, possible) => {
  const inner = plan({ id: "inner", rules: ["a"] });
  expect(isPossible(plan(over), new Map([["inner", inner]]), (rule) => counts[rule] ?? 0)).toBe(possible);
});

test("matches are counted by rule and day, as far back as the correlation looks", async () => {
  const tested = plan({ type: "temporal", rules: ["inner", "b"], windowMs: 2 * DAY_MS });
  const plans = new Map([["inner", plan({ id: "inner", rules: ["a"], windowMs: DAY_MS })]]);
  const days = { from: START + 4 * DAY_MS, until: START + 5 * DAY_MS };
  const range = evidenceRange(tested, plans, days);
  expect(range).toEqual({ from: days.from - 3 * DAY_MS - episodeGapMs(tested), until: days.until });
  await load([
    { rule: "a", actor: "alice", value: "", time: range.from },
    { rule: "a", actor: "alice", value: "", time: range.from - 1 },
    { rule: "a", actor: "bob", value: "", time: days.until - 1 },
    { rule: "b", actor: "bob", value: "", time: days.until },
  ]);
  const rows = await store.rows<CountRow>(countsQuery(["a", "b"], range));
  expect(rows.map(({ rule, matches }) => [rule, Number(matches)])).toEqual([
    ["a", 1],
    ["a", 1],
  ]);
});

test("a chained correlation stands on the hits of another", async () => {
  const burst = plan({ id: "burst", rules: ["a"], conditions: [{ comparison: "gte", value: 2 }] });
  const tested = plan({ type: "temporal_ordered", rules: ["burst", "b"] });
  await load([
    { rule: "a", actor: "alice", value: "", time: START },
    { rule: "a", actor: "alice", value: "", time: START + MINUTE },
    { rule: "b", actor: "alice", value: "", time: START + 2 * MINUTE },
    { rule: "a", actor: "bob", value: "", time: START },
    { rule: "b", actor: "bob", value: "", time: START + 2 * MINUTE },
  ]);
  expect(await episodes(tested, new Map([["burst", burst]]))).toEqual([
    { grp: ["alice"], first: MINUTE, last: 2 * MINUTE, hits: 1 },
  ]);
});
