import { expect, test } from "vitest";
import type { TouchedFacts } from "../model/incident.ts";
import { parseRuleFiles } from "./detect/detector.ts";
import type { CorrelationPlan } from "./detect/correlate/plan.ts";
import { buildPlans } from "./detect/correlate/plans.ts";
import { KnownValues } from "./known-values.ts";

const FETCHED = "11111111-1111-4111-8111-111111111111";
const DAY = { from: 0, until: 86_400_000 };

const { plans } = buildPlans(
  parseRuleFiles([
    {
      file: "rule.yml",
      text: `title: Fetched
name: fetched
id: ${FETCHED}
logsource: { product: github }
detection: { selection: { action: git.fetch }, condition: selection }
---
title: Many repositories
id: 22222222-2222-4222-8222-222222222222
correlation:
  type: value_count
  rules: [fetched]
  group-by: [context.actor.name]
  timespan: 1h
  condition: { field: context.destination.name, gte: 3 }
`,
    },
  ]),
);
const plan = [...plans.values()].find(({ type }) => type === "value_count") as CorrelationPlan;

function fetched(actor: string, destination: string, time = 1_000): TouchedFacts {
  const empty = { host: "", host_role: "", address: "", destination_host: "", destination_owner: "" };
  const rest = { verdict: "", operation: "", source: "github-audit", fields: {} };
  return { ...empty, ...rest, rule: FETCHED, actor, destination, from: time, to: time };
}

/** A store that holds these values and counts how often it is asked. */
function holding(rows: readonly { grp: string[]; value: string }[]) {
  const store = {
    asked: 0,
    rows: async <Row>(): Promise<Row[]> => {
      store.asked += 1;
      return rows as unknown as Row[];
    },
  };
  return store;
}

test("the store is read once, and what comes after is told", async () => {
  const store = holding([
    { grp: ["ada"], value: "acme/a" },
    { grp: ["ada"], value: "acme/b" },
  ]);
  const known = new KnownValues();
  expect(await known.atMost(store, plan, plans, DAY, null)).toBe(2);
  known.learn([fetched("ada", "acme/b"), fetched("ada", "acme/c"), fetched("ben", "acme/a"), fetched("", "acme/d")]);
  known.learn([fetched("ada", "acme/late", DAY.until)]);
  expect(await known.atMost(store, plan, plans, DAY, null)).toBe(3);
  expect(await known.atMost(store, plan, plans, DAY, [["ben"], ["cem"]])).toBe(1);
  expect(store.asked).toBe(1);
});

test("what it was not told of makes it forget", async () => {
  const store = holding([]);
  const known = new KnownValues();
  expect(await known.atMost(store, plan, plans, DAY, null)).toBe(0);
  known.learn(null);
  expect(await known.atMost(store, plan, plans, DAY, null)).toBe(0);
  // Rules read anew are other rules.
  expect(await known.atMost(store, { ...plan }, plans, DAY, null)).toBe(0);
  expect(store.asked).toBe(3);
});

test("more than it keeps cannot be told, and is not read again and again", async () => {
  const store = holding(["a", "b", "c"].map((value) => ({ grp: ["ada"], value })));
  const known = new KnownValues(2);
  expect(await known.atMost(store, plan, plans, DAY, null)).toBeNull();
  expect(await known.atMost(store, plan, plans, DAY, null)).toBeNull();
  expect(store.asked).toBe(1);
  const small = holding([]);
  const other = new KnownValues(2);
  await other.atMost(small, plan, plans, DAY, null);
  other.learn(["a", "b", "c"].map((value) => fetched("ada", value)));
  await other.atMost(small, plan, plans, DAY, null);
  expect(small.asked).toBe(2);
});

test("only what was told before is a repetition", () => {
  const known = new KnownValues();
  expect(known.hasChanged(plan, plans, DAY)).toBe(true);
  known.learn([fetched("ada", "acme/a")]);
  expect(known.hasChanged(plan, plans, DAY)).toBe(true);
  known.learn([fetched("ada", "acme/a")]);
  expect(known.hasChanged(plan, plans, DAY)).toBe(false);
  known.learn([fetched("ben", "acme/a")]);
  expect(known.hasChanged(plan, plans, DAY)).toBe(true);
  expect(known.hasChanged(plan, plans, DAY)).toBe(false);
  // A day that nobody asked about before.
  expect(known.hasChanged(plan, plans, { from: DAY.until, until: 2 * DAY.until })).toBe(true);
});

test("a time that was forged makes what counts times forget, and nothing else", async () => {
  const store = holding([]);
  const known = new KnownValues();
  const hours = { ...plan, id: "hours", fields: ["context.hour"] };
  const long = { from: 0, until: 100 * 365 * DAY.until };
  await known.atMost(store, hours, plans, long, null);
  await known.atMost(store, plan, plans, long, null);
  known.learn([{ ...fetched("ada", "acme/a"), from: 0, to: 7_200_000 }]);
  expect(await known.atMost(store, hours, plans, long, null)).toBe(3);
  expect(store.asked).toBe(2);
  known.learn([{ ...fetched("ada", "acme/a"), from: 0, to: 90 * 365 * DAY.until }]);
  expect(await known.atMost(store, plan, plans, long, null)).toBe(1);
  expect(store.asked).toBe(2);
  expect(await known.atMost(store, hours, plans, long, null)).toBe(0);
  expect(store.asked).toBe(3);
});

test("a correlation of two values is read from the store", async () => {
  const store = holding([]);
  const pairs = { ...plan, fields: ["context.destination.name", "context.address.ip"] };
  expect(await new KnownValues().atMost(store, pairs, plans, DAY, null)).toBeNull();
  expect(store.asked).toBe(0);
});
