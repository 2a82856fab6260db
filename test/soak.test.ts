/**
 * What was acknowledged is in the store, once, whatever happens to the process. `npm run soak` does the same for longer.
 */
import { existsSync, mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fillTheDisk, flood, killRepeatedly, ownDisk, standStill } from "./soak/faults.ts";
import { FAKE_TIME, Installation } from "./soak/installation.ts";
import { underLoad, type RunResult } from "./soak/run.ts";
import { tellVerdicts } from "./soak/tally.ts";

const KILLS = Number(process.env.SOAK_KILLS ?? 20);

describe("under load through every kind of source", () => {
  let installation: Installation;

  beforeEach(async () => {
    installation = await Installation.create();
  });
  afterEach(() => installation.remove());

  /** All that was acknowledged is there once, and nothing else; the process ended as it should. */
  function expectConserved(result: RunResult, quarantined = 0): void {
    const told = tellVerdicts(result);
    for (const verdict of result.verdicts) {
      expect(verdict.sent, told).toBeGreaterThan(0);
      expect(verdict, told).toMatchObject({ lost: [], doubled: [], invented: [] });
    }
    expect(result, told).toMatchObject({ detachedParts: 0, quarantined, incidents: 1, stop: { code: 0 } });
    expect(result.stop.ms).toBeLessThan(10_000);
  }

  test(`killed ${KILLS} times`, async () => {
    let waits: number[] = [];
    const result = await underLoad(installation, async (load) => {
      waits = await killRepeatedly(installation, load, { kills: KILLS, seed: 7, liveMs: 1_000 });
    });
    expectConserved(result);
    // The median, because the machine of a test may be busy with other tests.
    expect(waits.toSorted((a, b) => a - b)[waits.length >> 1]).toBeLessThan(5_000);
  }, 600_000);

  test("standing still for seconds, again and again", async () => {
    expectConserved(await underLoad(installation, (load) => standStill(installation, load, 3, 2_000)));
  }, 120_000);

  test("while others flood it, nobody waits long", async () => {
    let flooded = { lines: 0, longestWait: 0 };
    const result = await underLoad(installation, async (load) => {
      flooded = await flood(installation, load, { connections: 6, forMs: 5_000 });
    });
    const told = tellVerdicts(result);
    expect(flooded.lines).toBeGreaterThan(5_000);
    expect(flooded.longestWait, told).toBeLessThan(15_000);
    // The flood is of lines that no source knows: all of them are in quarantine.
    expect(result.quarantined).toBeGreaterThan(1_000);
    expectConserved(result, result.quarantined);
  }, 180_000);

  test("while its disk is full and freed again", async ({ skip }) => {
    mkdirSync(installation.store);
    const unmount = ownDisk(installation.store, 700);
    if (unmount === null) skip("a disk of its own can only be made by root");
    try {
      let again = 0;
      const result = await underLoad(installation, async (load) => {
        again = await fillTheDisk(installation, load, 4_000);
      });
      expect(result.verdicts.find(({ name }) => name === "hec")?.refused, "told to come again later").toContain(503);
      expect(again).toBeLessThan(30_000);
      expectConserved(result);
    } finally {
      await installation.kill();
      unmount?.();
    }
  }, 180_000);

  test("while its clock is stepped", async ({ skip }) => {
    if (!existsSync(FAKE_TIME)) skip("the Debian package faketime is not installed");
    const result = await underLoad(installation, async (load) => {
      installation.stepClock(0);
      await load.startAndAccept();
      for (const seconds of [3_600, -3_600, 86_400, 0]) {
        installation.stepClock(seconds);
        await load.accepted();
        await load.accepted();
      }
    });
    expectConserved(result);
  }, 180_000);
});
