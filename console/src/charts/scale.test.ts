import { expect, test } from "vitest";
import { timeScale } from "./scale.ts";

test("pauses over a fifth of the span are cut, all else keeps its proportions", () => {
  const times = [0, 1_000, 2_000, 100_000, 101_000];
  const { x, cuts, at } = timeScale(times, 0, 102_000, 0, 1_000);
  expect(cuts).toHaveLength(1);
  expect(cuts[0]?.until).toBeGreaterThan(90_000);
  expect(x(1_000) - x(0)).toBeCloseTo(x(2_000) - x(1_000), 3);
  expect(x(102_000)).toBeCloseTo(1_000, 3);
  for (const time of times) expect(at(x(time))).toBeCloseTo(time, 0);
});

test("one moment, and none, have a place", () => {
  expect(timeScale([5], 0, 10, 0, 100).x(5)).toBeCloseTo(50);
  expect(Number.isFinite(timeScale([], 0, 1, 0, 100).x(0))).toBe(true);
});
