import { expect, test } from "vitest";
import { joinDues, type Due } from "./due.ts";

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
