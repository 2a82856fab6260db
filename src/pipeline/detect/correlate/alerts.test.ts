/** Alerts evaluated together are the alerts evaluated one by one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Store, storeTime } from "../../persist/store.ts";
import { alertFindings, isAlert, mergeAlerts } from "./alerts.ts";
import { toFinding, type EpisodeRow } from "./findings.ts";
import { buildPlans } from "./plans.ts";
import { parseSigma } from "../sigma/index.ts";
import { episodesQuery, touchedDays } from "./sql.ts";

const START = Date.UTC(2026, 2, 20);

const rule = (id: string, groupBy = ""): string => `title: ${id}
id: ${id}
logsource: { product: ocsf }
detection: { selection: { time: 1 }, condition: selection }
sallyport: { points: 10${groupBy} }
`;

let folder: string;
let store: Store;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-alerts-"));
  store = await Store.open(folder);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test("together as one by one", { timeout: 60_000 }, async () => {
  const ids = [
    "11111111-0000-4000-8000-000000000001",
    "11111111-0000-4000-8000-000000000002",
    "11111111-0000-4000-8000-000000000003",
  ] as const;
  const text = [
    rule(ids[0]),
    rule(ids[1]),
    rule(ids[2], ", group-by: [context.host.name, context.destination.name]"),
  ].join("---\n");
  const { plans } = buildPlans(parseSigma(text, "rules.yml").documents);
  const alerts = [...plans.values()].filter(isAlert);
  expect(alerts).toHaveLength(3);
  const sets = mergeAlerts(alerts);
  expect(sets.map(({ byRule }) => [...byRule.keys()])).toEqual([[ids[0], ids[1]], [ids[2]]]);

  const match = fc.record({
    rule: fc.constantFrom(...ids),
    actor: fc.constantFrom("", "alice", "bob"),
    host: fc.constantFrom("", "ws-1"),
    destination: fc.constantFrom("", "github.com/a/b"),
    time: fc.integer({ min: 0, max: 30 * 12 }).map((step) => START + step * 300_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(match, { maxLength: 25 }), async (seen) => {
      await store.command("TRUNCATE TABLE match");
      await store.append(
        "match",
        seen.map(({ time, ...subject }, n) => ({ ...subject, time: storeTime(time), activity_uid: `u${n}` })),
      );
      for (const set of sets) {
        const days = touchedDays(set.plan, { from: START, until: START + 2 * 86_400_000 });
        const together = alertFindings(set, await store.rows<EpisodeRow>(episodesQuery(set.plan, plans, days)));
        for (const [id, plan] of set.byRule) {
          const rows = await store.rows<EpisodeRow>(episodesQuery(plan, plans, days));
          const order = (uids: readonly { readonly uid: string }[]): unknown[] =>
            uids.toSorted((a, b) => (a.uid < b.uid ? -1 : 1));
          expect(order(together.get(id) ?? [])).toEqual(order(rows.map((row) => toFinding(plan, row))));
        }
      }
    }),
    { numRuns: 10 },
  );
});
