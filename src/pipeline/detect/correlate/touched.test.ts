/** What code says of the groups of matches against what SQL says, over the plans of every built-in detection. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DETECTIONS, loadRules } from "../../../content/load-rules.ts";
import type { TouchedFacts } from "../../../model/incident.ts";
import { gatherTouched } from "../../persist/scene.ts";
import { Store, storeTime } from "../../persist/store.ts";
import { parseRuleFiles } from "../detector.ts";
import { mergeAlerts, isAlert } from "./alerts.ts";
import type { CorrelationPlan } from "./plan.ts";
import { buildPlans } from "./plans.ts";
import { base, groupsQuery, seen, type TimeRange } from "./sql.ts";
import { canTell, canTellValues, entitiesOf, groupOf, touchedGroups, valuesOf } from "./touched.ts";

const START = Date.UTC(2026, 2, 20);
const RUNS = Number(process.env["TOUCHED_RUNS"] ?? 3);
const { plans } = buildPlans(parseRuleFiles(loadRules([DETECTIONS])));
/** Correlations of correlations take hits and not matches: what SQL says of them is fewer. */
const flat = [...plans.values()].filter((plan) => plan.rules.every((rule) => !plans.has(rule)) && !isAlert(plan));
const sets = mergeAlerts([...plans.values()].filter(isAlert)).map(({ plan }) => plan);
const tested: readonly CorrelationPlan[] = [...flat, ...sets];
const rules = [...new Set(tested.flatMap((plan) => plan.rules))];

let folder: string;
let store: Store;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-touched-"));
  store = await Store.open(folder);
  await store.command(
    "CREATE TABLE nothing_filled ENGINE = Memory AS SELECT *, '' AS new_host, '' AS new_actor, carried AS new_carried FROM match",
  );
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const name = fc.constantFrom("", "alice", "ws-1", "10.0.0.5", "github.com", "it's \\ 'quoted'");
const match = fc.record({
  rule: fc.constantFrom(...rules),
  actor: name,
  host: name,
  address: name,
  destination: name,
  destination_host: name,
  destination_owner: name,
  source: fc.constantFrom("squid", "zeek-ssl"),
  bound_host: name,
  bound_actor: name,
  time: fc.nat(86_400_000).map((ms) => START + ms),
});

test("groups as code tells them are those of the queries", async () => {
  expect(tested.length).toBeGreaterThan(20);
  await fc.assert(
    fc.asyncProperty(fc.array(match, { minLength: 20, maxLength: 120 }), async (matches) => {
      await store.command("TRUNCATE TABLE match");
      await store.append(
        "match",
        matches.map((each, n) => ({
          ...each,
          time: storeTime(each.time),
          activity_uid: `u${n}`,
          fields: { what: `${n}` },
        })),
      );
      const span = { from: START, until: START + 86_400_001 };
      const facts = (await gatherTouched(store, [span], rules, "nothing_filled")) ?? [];
      for (const plan of tested) {
        expect(canTell(plan, plans), plan.id).toBe(true);
        // Alerts touch a deviation as well, whose matches are none of its own.
        const own = plan.baseline === null ? plan : { ...plan, baseline: { ...plan.baseline, suspicion: [] } };
        const groups = touchedGroups(own, plans, facts);
        const asked = await store.rows<{ grp: string[] }>(groupsQuery(plan, plans, span));
        const sorted = (all: readonly (readonly string[])[]) => all.map((group) => JSON.stringify(group)).toSorted();
        expect(sorted(groups), plan.id).toEqual(sorted(asked.map(({ grp }) => grp)));
        await expectValues(plan, span, facts);
        // Whatever is looked up by these values must hold every match of the groups.
        expect(entitiesOf(plan, groups)?.includes("") ?? false).toBe(false);
      }
    }),
    { numRuns: RUNS },
  );
}, 120_000);

test("values are told of most correlations that count them", () => {
  const counting = tested.filter(({ type, fields }) => type === "value_count" && fields.length === 1);
  expect(counting.filter((plan) => canTellValues(plan, plans)).length).toBeGreaterThan(8);
});

/** Of units of time code may tell more values than there are, of all others the very same. */
async function expectValues(plan: CorrelationPlan, span: TimeRange, facts: readonly TouchedFacts[]): Promise<void> {
  if (!canTellValues(plan, plans)) return;
  const rows = await store.rows<{ grp: string[]; value: string }>(
    `SELECT DISTINCT grp, value FROM (${base(plan, plans, span, seen({ table: "match", groups: null }))}) WHERE value != ''`,
  );
  const asked = new Set(rows.map(({ grp, value }) => JSON.stringify([grp, value])));
  const told = new Set(
    facts
      .filter(({ rule }) => plan.rules.includes(rule))
      .flatMap((one) => (valuesOf(plan, one) ?? []).map((value) => [groupOf(plan, one), value] as const))
      .filter(([group]) => !group.includes(""))
      .map((pair) => JSON.stringify(pair)),
  );
  if (/context\.(minute|hour|day)/.test(plan.fields.join())) expect(asked.isSubsetOf(told), plan.id).toBe(true);
  else expect([...told].toSorted(), plan.id).toEqual([...asked].toSorted());
}
