import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { StoreReader } from "./reader.ts";
import { readCounts } from "./source-queries.ts";

/** Answers each question after a time with so many matches, and as many more as it was asked. */
function readerOf(stored: number): StoreReader {
  let asked = 0;
  return {
    rows: async () => {
      asked += 1;
      const matches = stored + asked;
      await wait(60);
      return [{ activities: 0, matches, findings: 0, incidents: 0, quarantined: 0, bytes_on_disk: 0 }];
    },
  } as unknown as StoreReader;
}

describe("counts of a store", () => {
  test("that takes long to count are those counted last, and who asks meanwhile waits for the same", async () => {
    const reader = readerOf(1_000_000);
    const [first, meanwhile] = await Promise.all([readCounts(reader), readCounts(reader)]);
    expect([first.matches, meanwhile.matches, (await readCounts(reader)).matches]).toEqual([
      1_000_001, 1_000_001, 1_000_001,
    ]);
  });

  test("of few matches are counted anew", async () => {
    const reader = readerOf(0);
    expect((await readCounts(reader)).matches).toBe(1);
    expect((await readCounts(reader)).matches).toBe(2);
  });

  test("are asked for again after a failure", async () => {
    let fails = true;
    const reader = {
      rows: async () => {
        if (fails) throw new Error("the engine is busy");
        return [{ matches: 7 }];
      },
    } as unknown as StoreReader;
    await expect(readCounts(reader)).rejects.toThrow("busy");
    fails = false;
    expect((await readCounts(reader)).matches).toBe(7);
  });
});
