/** Conditions of temporal correlations, from the document to the plan. */
import { expect, test } from "vitest";
import { InvalidRuleError } from "../../../model/errors.ts";
import { parseSigma } from "../sigma/index.ts";
import { chainsOf } from "./occurrence.ts";
import { buildPlans } from "./plans.ts";

const rule = (name: string): string =>
  `title: ${name}\nid: 00000000-0000-4000-8000-00000000000${name}\nname: rule_${name}\nlogsource: { product: ocsf }\ndetection: { s: { x: ${name} }, condition: s }\n`;
const id = (name: string): string => `00000000-0000-4000-8000-00000000000${name}`;

function planOf(type: string, condition: string) {
  const correlation = `title: c\nid: 00000000-0000-4000-8000-00000000000c\ncorrelation:\n  type: ${type}\n  rules: [rule_1, rule_2, rule_3]\n  timespan: 5m\n  condition: ${condition}\n`;
  const { documents, issues } = parseSigma([rule("1"), rule("2"), rule("3"), correlation].join("---\n"), "c.yml");
  expect(issues).toEqual([]);
  const plan = buildPlans(documents).plans.get(id("c"));
  if (plan === undefined) throw new Error("no plan");
  return plan;
}

test("an expression names rules by id", () => {
  expect(planOf("temporal", "rule_1 and not rule_2").expression).toMatchObject({
    operands: [{ name: id("1") }, { operand: { name: id("2") } }],
  });
});

test("a UUID is the same in capitals", () => {
  const upper = "AAAAAAAA-0000-4000-8000-00000000000A";
  const text = `${rule("1").replace(id("1"), upper.toLowerCase())}---\ntitle: c\ncorrelation: { type: temporal, rules: [${upper}], timespan: 5m, condition: ${upper} }\n`;
  const { documents } = parseSigma(text, "c.yml");
  const plan = buildPlans(documents).plans.get("c");
  expect(plan).toMatchObject({ rules: [upper.toLowerCase()], expression: { name: upper.toLowerCase() } });
});

test.each([
  ["rule_1 and rule_3", ["13"]],
  ["rule_3 and rule_1", ["13"]],
  ["rule_3 and (rule_1 or rule_2)", ["13", "23"]],
  ["{ gte: 2 }", ["12", "13", "23"]],
  ["{ gt: 2 }", ["123"]],
  ["{ eq: 3 }", ["123"]],
])("in order, %s is %j", (condition, chains) => {
  expect(
    chainsOf(planOf("temporal_ordered", condition)).map((chain) => chain.map((each) => each.at(-1)).join("")),
  ).toEqual(chains);
});

test.each([
  ["a correlation of itself", "circle", ["circle"]],
  ["a circle", "other", ["inner", "rule_1"]],
])("%s is refused", (_, name, rules) => {
  const correlation = (own: string, below: readonly string[]): string =>
    `title: ${own}\nname: ${own}\ncorrelation: { type: temporal, rules: [${below.join(", ")}], timespan: 5m }\n`;
  const text = [rule("1"), correlation("inner", ["other", "rule_1"]), correlation("circle", ["rule_1"])];
  const { documents } = parseSigma([...text.slice(0, 2), correlation(name, rules)].join("---\n"), "c.yml");
  expect(() => buildPlans(documents)).toThrow(InvalidRuleError);
});

test("correlations stand on one another to a depth", () => {
  const chain = (length: number): string =>
    Array.from(
      { length },
      (_, n) =>
        `title: c${n}\nname: c${n}\ncorrelation: { type: event_count, rules: [${n === 0 ? "rule_1" : `c${n - 1}`}], timespan: 5m, condition: { gte: 1 } }\n`,
    ).join("---\n");
  const documents = (length: number) => parseSigma(`${rule("1")}---\n${chain(length)}`, "c.yml").documents;
  expect(buildPlans(documents(6)).plans.size).toBe(6);
  expect(() => buildPlans(documents(7))).toThrow("more than 6 deep");
  expect(() => buildPlans(documents(3_000))).toThrow("more than 6 deep");
});

test.each([
  ["rule_1 and not rule_2", "what did not happen has no place in an order"],
  ["{ lt: 3 }", "bounded from below only"],
  ["{ gte: 4 }", "asks for 4 of its 3 rules"],
])("in order, %s is refused", (condition, message) => {
  expect(() => planOf("temporal_ordered", condition)).toThrow(InvalidRuleError);
  expect(() => planOf("temporal_ordered", condition)).toThrow(message);
});
