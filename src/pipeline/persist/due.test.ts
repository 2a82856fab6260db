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
  expect(joinDues(dues).map((each) => ({ ...each, parts: undefined }))).toEqual(joined);
});

test("the parts of a span are told apart, but for those close together", () => {
  const [joined] = joinDues([due(1, 2, ["a"]), due(2, 3, ["a"]), due(9, 10, ["b"]), due(20, 21)]);
  const part = (from: number, until: number) => ({ from: from * HOUR, until: until * HOUR });
  expect(joined?.parts).toEqual({
    activities: [part(1, 3), part(9, 10), part(20, 21)],
    matches: [part(1, 3), part(9, 10)],
  });
  const many = joinDues(Array.from({ length: 150 }, (_, n) => due(n, n + 0.5, ["a"])));
  expect(many[0]?.parts?.matches.length).toBeLessThanOrEqual(48);
  expect(many[0]?.parts?.matches.at(-1)?.until).toBe(149.5 * HOUR);
});

test("what another process left is concluded thoroughly", async () => {
  const store = {
    rows: () => Promise.resolve([{ position: JSON.stringify([due(1, 2, ["a"])]) }]),
    append: () => Promise.resolve(),
  } as unknown as Store;
  const book = await DueBook.open(store, 0);
  await book.add([due(2, 3, ["b"])]);
  expect(book.take()).toMatchObject([{ thorough: true, rules: ["a", "b"] }]);
  await book.settle();
  await book.add([due(5, 6, ["c"])]);
  expect(book.take()[0]?.thorough).toBeUndefined();
  // not settled: something failed in between
  expect(book.take()[0]?.thorough).toBe(true);
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
  expect(written).toHaveLength(1);
  const [noted] = JSON.parse(written[0] ?? "") as Due[];
  expect(noted?.activities.from).toBeLessThanOrEqual(HOUR);
  expect(noted?.activities.until).toBeGreaterThanOrEqual(2 * HOUR);
  expect(noted?.rules).toEqual(["a"]);
  expect(book.waiting).toBe(false);
  expect(book.take()).toEqual([]);
  await book.settle();
  expect(written).toHaveLength(1);
  book.ripen();
  expect(book.take()).toEqual([due(1, 2, ["a"])]);
  await book.settle();
  expect(written.at(-1)).toBe("");
});

test("what comes close after is owed already; nothing is written for it, and nothing of it is forgotten", async () => {
  const written: string[] = [];
  const store = {
    rows: () => Promise.resolve([]),
    append: (_: string, [row]: { position: string }[]) => Promise.resolve(void written.push(row?.position ?? "")),
  } as unknown as Store;
  const book = await DueBook.open(store, 0);
  const soon = (minutes: number, rules: readonly string[]): Due[] => [due(10 + minutes / 60, 10 + minutes / 60, rules)];
  await book.announce(soon(0, ["a"]));
  book.ripen();
  expect(book.take()).toHaveLength(1);
  await book.announce(soon(1, ["a"]));
  expect(written).toHaveLength(1);
  // Settled, but for what was announced meanwhile.
  await book.settle();
  expect(written.at(-1)).not.toBe("");
  book.ripen();
  await book.announce(soon(2, ["b"]));
  expect(written).toHaveLength(2);
  book.ripen();
  expect(book.take()[0]?.rules).toEqual(["a", "b"]);
  await book.settle();
  expect(written.at(-1)).toBe("");
  await book.announce(soon(3, ["a"]));
  expect(JSON.parse(written.at(-1) ?? "")).toHaveLength(1);
});

test("an announcement that comes while a settlement is being written stands on disk in the end", async () => {
  const written: string[] = [];
  let open: () => void = () => {};
  const store = {
    rows: () => Promise.resolve([]),
    append: (_: string, [row]: { position: string }[]) =>
      new Promise<void>((resolve) => {
        open = () => {
          written.push(row?.position ?? "");
          resolve();
        };
        if (written.length === 0) open();
      }),
  } as unknown as Store;
  const book = await DueBook.open(store, 0);
  await book.announce([due(1, 2, ["a"])]);
  book.ripen();
  book.take();
  const settled = book.settle();
  const announced = book.announce([due(1, 2, ["a"])]);
  await Promise.resolve();
  await Promise.resolve();
  open();
  await settled;
  await new Promise((resolve) => setTimeout(resolve, 5));
  open();
  await announced;
  expect(written.at(-2)).toBe("");
  expect(written.at(-1)).not.toBe("");
});
