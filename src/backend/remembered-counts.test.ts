import { expect, test } from "vitest";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import { rememberedCounts } from "./remembered-counts.ts";

/** A store of so many open incidents that counts how often they are counted. */
function storeOf(incidents: number) {
  const store = { incidents, version: 1, actions: 0, counted: 0, failing: false };
  const rows = async (query: string): Promise<unknown[]> => {
    if (query.includes("AS incidents"))
      return [{ incidents: [store.incidents, store.version], actions: [store.actions, store.actions] }];
    if (!query.startsWith("WITH chosen")) return [];
    store.counted += 1;
    if (store.failing) throw new Error("the store is away");
    return [{ state: "open", severity: "High", behaviour: "", n: store.incidents, free: store.incidents }];
  };
  return { store, reader: { rows } as unknown as StoreReader };
}

test("counts of a filter are counted once", async () => {
  const { store, reader } = storeOf(3);
  const counts = rememberedCounts(reader);
  const both = await Promise.all([counts({}), counts({})]);
  expect(both.map(({ states }) => states.get("open"))).toEqual([3, 3]);
  await counts({});
  expect(store.counted).toBe(1);
  await counts({ severity: ["High"] });
  expect(store.counted).toBe(2);
});

test.each([
  { written: "an incident", write: (store: { incidents: number }) => (store.incidents += 1) },
  { written: "a newer version of one", write: (store: { version: number }) => (store.version += 1) },
  { written: "an action", write: (store: { actions: number }) => (store.actions += 1) },
])("$written makes them be counted again", async ({ write }) => {
  const { store, reader } = storeOf(3);
  const counts = rememberedCounts(reader);
  await counts({});
  write(store);
  expect((await counts({})).unassigned).toBe(store.incidents);
  expect(store.counted).toBe(2);
});

test("what failed is asked again", async () => {
  const { store, reader } = storeOf(3);
  const counts = rememberedCounts(reader);
  store.failing = true;
  await expect(counts({})).rejects.toThrow("the store is away");
  store.failing = false;
  expect((await counts({})).states.get("open")).toBe(3);
});
