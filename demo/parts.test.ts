/** The lists of life and stories against their folders, and the small parts below them. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { atZone, weekday } from "./clock.ts";
import { life } from "./life/index.ts";
import { Random } from "./random.ts";
import { BEHAVIOURS, stories } from "./stories/index.ts";

test.each([
  { folder: "life/", listed: () => Object.keys(life) },
  { folder: "stories/", listed: () => stories.map((story) => story.id) },
])("every file in $folder is listed under its name", ({ folder, listed }) => {
  const files = readdirSync(new URL(folder, import.meta.url)).filter((name) => !/^index\.|\.test\./.test(name));
  expect(
    listed()
      .map((id) => `${id}.ts`)
      .toSorted(),
  ).toEqual(files.toSorted());
});

test("between them the stories show every behaviour", () => {
  const shown = new Set(stories.flatMap((story) => story.behaviours));
  expect([...shown].toSorted()).toEqual([...BEHAVIOURS].toSorted());
});

test("forks depend on the label, not on what was drawn before", () => {
  const used = new Random(3);
  for (let draw = 0; draw < 100; draw++) used.next();
  expect(used.fork("a", 1).next()).toBe(new Random(3).fork("a", 1).next());
  expect(new Random(3).fork("a").next()).not.toBe(new Random(3).fork("b").next());
});

test("numbers are spread evenly and stay in their bounds", () => {
  const random = new Random(11);
  const counts = new Map<number, number>();
  for (let draw = 0; draw < 10_000; draw++) counts.set(random.int(1, 10), (counts.get(random.int(1, 10)) ?? 0) + 1);
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test.each([
  ["winter in Berlin", Date.UTC(2026, 2, 16), "Europe/Berlin", "2026-03-16T08:00:00.000Z"],
  ["summer in Berlin", Date.UTC(2026, 3, 1), "Europe/Berlin", "2026-04-01T07:00:00.000Z"],
  ["winter in Lisbon", Date.UTC(2026, 2, 16), "Europe/Lisbon", "2026-03-16T09:00:00.000Z"],
  ["half an hour in Pune", Date.UTC(2026, 2, 16), "Asia/Kolkata", "2026-03-16T03:30:00.000Z"],
  ["west of Greenwich", Date.UTC(2026, 2, 16), "America/Denver", "2026-03-16T15:00:00.000Z"],
] as const)("nine o'clock: %s", (_, day, zone, expected) => {
  expect(new Date(atZone(day, 9, zone)).toISOString()).toBe(expected);
});

test("16 March 2026 is a Monday", () => {
  expect([0, 5, 6].map((offset) => weekday(Date.UTC(2026, 2, 16 + offset)))).toEqual([1, 6, 0]);
});
