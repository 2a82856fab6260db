import { expect, test } from "vitest";
import { DueBook, joinDues, type Due } from "./due.ts";
import type { Store } from "./store.ts";

const HOUR = 3_600_000;
const due = (from: number, until: number, rules: readonly string[] = []): Due => ({
  activities: { from: from * HOUR, until: until * HOUR },
  matches: rules.length === 0 ? null : { from: from * HOUR, until: until * HOUR },
  rules,
});

test.each<[string, Due[], Due[]]>([
  ["nothing", [], []],
  ["close spans are one", [due(10, 12, ["b"]), due(1, 5, ["a"])], [due(1, 12, ["a", "b"])]],
  ["far ones stay apart", [due(1, 2, ["a"]), due(400, 401)], [due(1, 2, ["a"]), due(400, 401)]],
  ["one inside another", [due(1, 50), due(3, 4)], [due(1, 50)]],
])("%s", (_, dues, joined) => {
  expect(joinDues(dues)).toEqual(joined);
});

test("many forged times are joined by their nearness, and nothing is left out", () => {
  const dues = Array.from({ length: 200 }, (_, n) => due(n * n * 10, n * n * 10 + 1, [`r${n}`]));
  const joined = joinDues(dues);
  expect(joined.length).toBeLessThanOrEqual(8);
  expect(joined.flatMap(({ rules }) => rules)).toHaveLength(200);
  for (const { activities } of dues)
    expect(
      joined.some((one) => one.activities.from <= activities.from && one.activities.until >= activities.until),
    ).toBe(true);
});

test("what is announced is on disk at once, and taken only when its rows are in", async () => {
  const written: string[] = [];
  const store = {
    rows: () => Promise.resolve([]),
    append: (_: string, [row]: { position: string }[]) => Promise.resolve(void written.push(row?.position ?? "")),
  } as unknown as Store;
  const book = await DueBook.open(store, 0);
  await book.announce([due(1, 2, ["a"])]);
  expect(written).toEqual([JSON.stringify([due(1, 2, ["a"])])]);
  expect(book.waiting).toBe(false);
  expect(book.take()).toEqual([]);
  await book.settle();
  expect(written).toHaveLength(1);
  book.ripen();
  expect(book.take()).toEqual([due(1, 2, ["a"])]);
  await book.settle();
  expect(written.at(-1)).toBe("");
});
