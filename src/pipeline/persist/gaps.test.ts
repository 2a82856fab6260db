import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readGaps, writeGap, type GapRow } from "./gaps.ts";
import { Store } from "./store.ts";

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-gaps-"));
  store = await Store.open(join(folder, "store"));
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const T0 = Date.UTC(2026, 2, 20, 9);
const gap = (over: Partial<GapRow> = {}): GapRow => ({
  collector: "github",
  source: "github-audit",
  from: T0,
  until: T0 + 3_600_000,
  reason: "git events are kept for seven days",
  ...over,
});

test("a gap is kept once, however often it is told, with its exact span", async () => {
  await writeGap(store, gap({ until: T0 + 60_000 }), T0);
  for (let turn = 0; turn < 3; turn += 1) await writeGap(store, gap(), T0 + turn);
  await writeGap(store, gap({ from: T0 + 1, until: T0 + 2 }), T0);
  expect(await readGaps(store)).toEqual([gap({ from: T0 + 1, until: T0 + 2 }), gap()]);
});

test("those that touch a range are found", async () => {
  const found = (from: number, until: number) => readGaps(store, { from: T0 + from, until: T0 + until });
  expect(await found(1_000_000, 1_000_001)).toEqual([gap()]);
  expect(await found(3_600_001, 9_000_000)).toEqual([]);
  expect(await found(-9_000, 0)).toEqual([]);
});

test("times without sense are brought within what the store can hold", async () => {
  await writeGap(store, gap({ from: Number.NaN, until: Number.MAX_SAFE_INTEGER, reason: "x\ud800" }), T0);
  expect((await readGaps(store)).at(-1)).toEqual(gap({ from: 0, until: Date.UTC(2100, 0), reason: "x\ufffd" }));
});
