/** The same events give the same incidents, however and however often they come. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { everything } from "./extent.ts";
import {
  doubled,
  filesBelow,
  outcomeOf,
  scanInto,
  withStore,
  writeScenario,
  type Outcome,
  type Scenario,
} from "./scenario.ts";

let scenario: Scenario;
let expected: Outcome;

beforeAll(async () => {
  // `npm test` makes do with the stories alone, read twice.
  scenario = writeScenario(2, everything);
  expected = await withStore(async (store) => {
    await scanInto(store, [scenario.logs], scenario.policy);
    return outcomeOf(store);
  });
}, 120_000);
afterAll(() => scenario.remove());

test("the scenario holds incidents to compare", () => {
  expect(expected.incidents.length).toBeGreaterThan(0);
});

test("the same folder twice adds no row and no incident", async () => {
  await withStore(async (store) => {
    await scanInto(store, [scenario.logs], scenario.policy);
    await scanInto(store, [scenario.logs], scenario.policy);
    expect(await outcomeOf(store)).toEqual(expected);
  });
}, 120_000);

test.runIf(everything)(
  "a few files after the others, last first, end in the same incidents",
  async () => {
    await withStore(async (store) => {
      const files = filesBelow(scenario.logs).toReversed();
      for (let from = 0; from < files.length; from += 4)
        await scanInto(store, files.slice(from, from + 4), scenario.policy);
      expect(await outcomeOf(store)).toEqual(expected);
    });
  },
  240_000,
);

test.runIf(everything)(
  "two runs over a part of the files each end in the same incidents",
  async () => {
    await withStore(async (store) => {
      const files = filesBelow(scenario.logs);
      await scanInto(
        store,
        files.filter((_, index) => index % 2 === 1),
        scenario.policy,
      );
      await scanInto(
        store,
        files.filter((_, index) => index % 2 === 0),
        scenario.policy,
      );
      expect(await outcomeOf(store)).toEqual(expected);
    });
  },
  120_000,
);

test.runIf(everything)(
  "every line doubled ends in the same incidents",
  async () => {
    await withStore(async (store) => {
      await scanInto(store, [doubled(scenario)], scenario.policy);
      expect((await outcomeOf(store)).incidents).toEqual(expected.incidents);
    });
  },
  120_000,
);
