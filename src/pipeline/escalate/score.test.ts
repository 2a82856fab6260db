import * as fc from "fast-check";
import { expect, test } from "vitest";
import { finding } from "./finding.test-support.ts";
import { scoreStory, severityOf } from "./score.ts";

const scored = (
  parts: readonly (readonly [behaviours: readonly string[], points: number])[],
  lanes = 1,
): { score: number; points: number[] } => {
  const { score, reasons } = scoreStory(
    parts.map(([behaviours, points], index) => finding(String(index), index, {}, { behaviours, points })),
    lanes,
  );
  return { score, points: reasons.map((reason) => reason.points) };
};

test.each([
  [0, "informational"],
  [19, "informational"],
  [20, "low"],
  [39, "low"],
  [40, "medium"],
  [64, "medium"],
  [65, "high"],
  [84, "high"],
  [85, "critical"],
  [100, "critical"],
])("%i is %s", (score, severity) => {
  expect(severityOf(score)).toBe(severity);
});

test.each<
  [
    name: string,
    parts: readonly (readonly [readonly string[], number])[],
    lanes: number,
    expected: { score: number; points: number[] },
  ]
>([
  ["nothing", [], 1, { score: 0, points: [] }],
  ["one behaviour counts in full", [[["api-upload"], 55]], 1, { score: 55, points: [55] }],
  [
    "repetition adds nothing",
    [
      [["api-upload"], 55],
      [["api-upload"], 50],
      [["api-upload"], 55],
    ],
    1,
    { score: 55, points: [55] },
  ],
  [
    "a second behaviour adds a share, the strongest first",
    [
      [["off-hours-activity"], 40],
      [["api-upload"], 60],
    ],
    1,
    { score: 76, points: [60, 16] },
  ],
  [
    "a third adds less",
    [
      [["api-upload"], 60],
      [["stage-then-send"], 40],
      [["off-hours-activity"], 40],
    ],
    1,
    { score: 86, points: [60, 16, 10] },
  ],
  ["a second kind of telemetry adds a little", [[["api-upload"], 55]], 2, { score: 61, points: [55, 6] }],
  [
    "rules without a behaviour count for themselves",
    [
      [[], 40],
      [[], 40],
    ],
    1,
    { score: 56, points: [40, 16] },
  ],
  [
    "a finding of two behaviours counts both as seen",
    [
      [["api-upload", "low-and-slow"], 60],
      [["low-and-slow"], 55],
    ],
    1,
    { score: 60, points: [60] },
  ],
])("%s", (_, parts, lanes, expected) => {
  expect(scored(parts, lanes)).toEqual(expected);
});

test("reasons add up to the score, more evidence never lowers it, and it stays within 100", () => {
  const part = fc.tuple(
    fc.subarray(["api-upload", "bulk-clone", "off-hours-activity", "low-and-slow", "exposure-change"]),
    fc.integer({ min: 1, max: 100 }),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (parts, lanes) => {
      const { score, points } = scored(parts, lanes);
      expect(points.reduce((sum, each) => sum + each, 0)).toBe(score);
      expect(score).toBeLessThanOrEqual(100);
      expect(score).toBeGreaterThanOrEqual(Math.max(...parts.map(([, each]) => each)));
    }),
    { numRuns: 300 },
  );
});
