/** Whatever file comes last, in a run of its own, the incidents are those of one run over everything. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesBelow, outcomeOf, scanInto, withStore, writeScenario, type Outcome, type Scenario } from "./scenario.ts";

/** Files whose events change what others mean: bytes of connections, sign-ins that bind addresses. ORDER_ALL=1 tries every file. */
const TELLING = process.env["ORDER_ALL"] === "1" ? /./ : /berlin.conn|okta/;

let scenario: Scenario;
let expected: Outcome;

beforeAll(async () => {
  scenario = writeScenario(7, false);
  expected = await withStore(async (store) => {
    await scanInto(store, [scenario.logs], scenario.policy);
    return outcomeOf(store);
  });
}, 120_000);
afterAll(() => scenario.remove());

test("what comes last makes no difference", async () => {
  const files = filesBelow(scenario.logs);
  const telling = files.filter((file) => TELLING.test(file));
  expect(telling.length).toBeGreaterThan(1);
  expect(expected.incidents.length).toBeGreaterThan(3);
  for (const last of telling) {
    await withStore(async (store) => {
      await scanInto(
        store,
        files.filter((file) => file !== last),
        scenario.policy,
      );
      await scanInto(store, [last], scenario.policy);
      expect(await outcomeOf(store), `${last} last`).toEqual(expected);
    });
  }
}, 600_000);
