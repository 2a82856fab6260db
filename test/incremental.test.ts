/**
 * Judging only the groups that new events belong to ends in what judging everything ends in: whole scenarios, their events in
 * any order and any batches, against one thorough conclusion over the same events.
 */
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { BusyRules } from "../src/pipeline/busy-rules.ts";
import { KnownValues } from "../src/pipeline/known-values.ts";
import { conclude, type ConcludeMemory } from "../src/pipeline/conclude.ts";
import { parseRuleFiles, planSetOf } from "../src/pipeline/detect/detector.ts";
import { endpointSources, laneOf } from "../src/pipeline/lanes.ts";
import type { PlanSet } from "../src/pipeline/detect/correlate/plans.ts";
import { joinDues, thoroughly, type Due } from "../src/pipeline/persist/due.ts";
import { readFindings, readIncidents } from "../src/pipeline/persist/findings.ts";
import type { Store } from "../src/pipeline/persist/store.ts";
import { scanInto, withStore, writeScenario, type Scenario } from "./scenario.ts";

/** Orders each scenario is tried in; INCREMENTAL_RUNS=20 for a long run. */
const RUNS = Number(process.env["INCREMENTAL_RUNS"] ?? 2);
const EVER = { from: 0, until: 4_102_444_800_000 };
const CONCLUDED = ["first_seen", "profile", "binding", "heartbeat", "finding", "incident"];

let scenario: Scenario;
let planSet: PlanSet;

beforeAll(() => {
  scenario = writeScenario(4, false);
  planSet = planSetOf(parseRuleFiles(loadRules([DETECTIONS])), loadPolicy(scenario.policy));
});
afterAll(() => scenario.remove());

let version = 1_000_000;
const settle = (store: Store, due: Due, memory?: ConcludeMemory): Promise<void> =>
  conclude(store, { planSet, due, laneOf, endpointSources, now: (version += 1), memory });

async function outcome(store: Store): Promise<unknown> {
  const rows = (query: string): Promise<unknown[]> => store.rows(query);
  return {
    findings: await readFindings(store, EVER),
    incidents: await readIncidents(store, EVER),
    learnt: await rows(
      "SELECT correlation, group, value, toString(min(first)) AS first FROM first_seen GROUP BY ALL ORDER BY ALL",
    ),
    totals: await rows(
      "SELECT correlation, period, group, peer, total, suspect FROM profile FINAL WHERE total > 0 ORDER BY ALL",
    ),
    filled: await rows(
      "SELECT rule, activity_uid, bound_host, bound_actor, carried FROM match FINAL ORDER BY rule, activity_uid",
    ),
  };
}

/** Empties what is concluded, and takes the events out to be put in again. */
async function hold(store: Store): Promise<void> {
  for (const table of ["activity", "match"]) {
    await store.command(
      `CREATE TABLE held_${table} ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM ${table} FINAL`,
    );
  }
}

async function empty(store: Store): Promise<void> {
  for (const table of ["activity", "match", ...CONCLUDED]) await store.command(`TRUNCATE TABLE ${table}`);
}

/** Ten minutes of one source always come together; which come when, the seed says. */
async function arrive(store: Store, which: string): Promise<Due[]> {
  const as = { activity: "*", match: "* REPLACE ('' AS bound_host, '' AS bound_actor, NULL AS carried, 0 AS version)" };
  for (const table of ["activity", "match"] as const)
    await store.command(`INSERT INTO ${table} SELECT ${as[table]} FROM held_${table} WHERE ${which}`);
  const spans = await store.rows<{ of: string; from: string; until: string; rules: string[] }>(
    ["activity", "match"]
      .map(
        (table) =>
          `SELECT '${table}' AS of, toString(min(toUnixTimestamp64Milli(time))) AS from, toString(max(toUnixTimestamp64Milli(time)) + 1) AS until,
             ${table === "match" ? "groupUniqArray(toString(rule))" : "[]::Array(String)"} AS rules
           FROM held_${table} WHERE ${which} GROUP BY intDiv(toUnixTimestamp64Milli(time), 600000)`,
      )
      .join(" UNION ALL "),
  );
  return joinDues(
    spans.map(({ of, from, until, rules }): Due => {
      const span = { from: Number(from), until: Number(until) };
      return { activities: span, matches: of === "match" ? span : null, rules };
    }),
  );
}

test("any batches in any order end in what a thorough conclusion ends in", async () => {
  await withStore(async (store) => {
    await scanInto(store, [scenario.logs], scenario.policy);
    await hold(store);
    await empty(store);
    for (const due of await arrive(store, "1")) await settle(store, thoroughly(due));
    const expected = await outcome(store);
    expect(expected).toMatchObject({ findings: expect.arrayContaining([expect.anything()]) });

    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_000_000),
        fc.integer({ min: 2, max: 9 }),
        fc.boolean(),
        // As many matches of a rule as are judged in memory: all of them, those of rules that match little, none.
        fc.constantFrom(undefined, 20, 0),
        async (seed, batches, inOrder, most) => {
          const memory = { busy: new BusyRules({ most }), values: new KnownValues() };
          await empty(store);
          const slice = "intDiv(toUnixTimestamp64Milli(time), 600000)";
          // In order but for what a source delivers hours late; or in no order at all.
          const place = inOrder
            ? `intDiv(toUnixTimestamp64Milli(time) - (SELECT min(toUnixTimestamp64Milli(time)) FROM held_activity) + cityHash64(toString(source), ${seed}) % 10800000, intDiv(4 * 86400000, ${batches}))`
            : `cityHash64(${slice}, toString(source), ${seed}) % ${batches}`;
          for (let batch = 0; batch <= batches; batch += 1)
            for (const due of await arrive(store, `least(${place}, ${batches}) = ${batch}`))
              await settle(store, due, memory);
          expect(await outcome(store)).toEqual(expected);
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
}, 600_000);
