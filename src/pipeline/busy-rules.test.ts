import { expect, test } from "vitest";
import { BusyRules } from "./busy-rules.ts";

test("a rule is busy by its matches of all days, for a minute", () => {
  let now = 0;
  const rules = new BusyRules({ most: 10, clock: () => now });
  const counts = [
    { rule: "quiet", matches: 10 },
    { rule: "busy", matches: "6" },
    { rule: "busy", matches: "5" },
  ];
  expect([...rules.known()]).toEqual([]);
  expect([...rules.find(counts)]).toEqual(["busy"]);
  now = 59_999;
  expect([...rules.known()]).toEqual(["busy"]);
  now = 60_000;
  expect([...rules.known()]).toEqual([]);
});

test("found busy again, it stays so for another minute", () => {
  let now = 0;
  const rules = new BusyRules({ most: 0, clock: () => now });
  rules.find([{ rule: "busy", matches: 1 }]);
  now = 40_000;
  rules.find([{ rule: "busy", matches: 1 }]);
  now = 90_000;
  expect([...rules.known()]).toEqual(["busy"]);
});
