/**
 * Damaged and hostile rule files and conditions: nothing but the documented outcomes, and nothing slow.
 *
 * A few hundred inputs by default; SIGMA_FUZZ_RUNS=200000 for a long run.
 */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkSigma,
  compileRules,
  ConditionSyntaxError,
  parseCondition,
  parseSigma,
  rawEventOptions,
} from "./index.ts";

const RUNS = Number(process.env["SIGMA_FUZZ_RUNS"] ?? 400);
const SEED = `title: t
id: 11111111-1111-4111-8111-111111111111
status: test
tags: [attack.t1567.001]
logsource: { category: process_creation, product: windows }
detection:
  sel_img:
    - Image|endswith: ['\\git.exe', "x"]
    - OriginalFileName: git*?
  sel_cli:
    CommandLine|contains|all|windash: [' -a', push]
    f|re|i: '(a|b)+[^c]{1,3}$'
    g|cidr: 10.0.0.0/8
    h|base64offset|contains: http
    n|gte: 5
  filter: [kw, 'e*l']
  condition: all of sel_* and not (filter or 1 of them)
level: high
---
action: repeat
title: u
---
title: c
correlation: { type: value_count, rules: [t], group-by: [x], timespan: 5m, condition: { field: y, gte: 3 } }
---
title: f
logsource: { product: windows }
filter: { rules: any, s: { User: x }, condition: not s }
`;

const piece = fc.oneof(
  fc.constantFrom(
    "|",
    "|all",
    "|re: '((a+)+'",
    "|not",
    ":",
    "- ",
    "\n",
    "\n    ",
    "\t",
    "'",
    '"',
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!js",
    "<<: ",
    "#",
    "null",
    "~",
    "---\n",
    "action: global\n",
    "condition: ",
    " and ",
    " not ",
    "(",
    ")",
    "1 of ",
    "%x%",
    "\\",
    "*",
    "?",
    "\u0000",
    "\ud800",
    "é",
    "__proto__: 1\n",
    "constructor: x\n",
    "0x",
    "1e999",
    "|cidr: x",
    "|expand: '%a%'",
  ),
  fc.string({ maxLength: 6, unit: "binary" }),
);
const cut = fc.record({ at: fc.nat(SEED.length), remove: fc.nat(40), insert: piece });
const damaged = fc
  .array(cut, { minLength: 1, maxLength: 6 })
  .map((cuts) =>
    cuts.reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), SEED),
  );
const repeated = fc.tuple(piece, fc.integer({ min: 1, max: 2_000 })).map(([unit, times]) => unit.repeat(times));
const file = fc.oneof(
  { weight: 6, arbitrary: damaged },
  { weight: 1, arbitrary: repeated },
  { weight: 1, arbitrary: fc.string({ maxLength: 300, unit: "binary" }) },
);

/** Processor time in ms. */
function spent(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Slow inputs are tried again: a collection of garbage or the compiler may have fallen into the first try. */
function fast(work: () => void): void {
  if (spent(work) <= 50) return;
  expect(Math.min(spent(work), spent(work), spent(work))).toBeLessThanOrEqual(50);
}

test("rule files never throw, and take no longer than 50 ms", () => {
  fc.assert(
    fc.property(file, (text) => {
      fast(() => void checkSigma([{ file: "f.yml", text }], { strict: true }));
      const { documents } = parseSigma(text, "f.yml");
      const reasons: string[] = [];
      const set = compileRules<unknown>(documents, {
        ...rawEventOptions(),
        onDisabled: (_, reason) => reasons.push(reason),
      });
      const event = {
        Image: "C:\\git.exe",
        CommandLine: "x -a push",
        f: "aab",
        g: "10.1.1.1",
        h: ["aHR0cA"],
        n: 7,
        deep: { kw: "evil" },
      };
      set.match(event);
      for (const rule of set.rules) set.explain(event, rule);
      // a placeholder without value is the only reason a rule that parses may be switched off for
      for (const reason of reasons) expect(reason).toContain("placeholder");
    }),
    { numRuns: RUNS },
  );
});

const word = fc.oneof(
  fc.constantFrom(
    "and",
    "or",
    "not",
    "of",
    "1",
    "all",
    "any",
    "them",
    "(",
    ")",
    "sel",
    "sel_*",
    "*",
    "|",
    "count()",
    "0",
    "99999999999",
    "NOT",
    "_x",
    "é",
  ),
  fc.string({ maxLength: 5, unit: "binary" }),
);
const condition = fc.oneof(
  { weight: 6, arbitrary: fc.array(word, { maxLength: 30 }).map((words) => words.join(" ")) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("(", "not ", "a and ", "1 of ", "((a) or ", ")", "a "), fc.integer({ min: 1, max: 3_000 }))
      .map(([unit, times]) => unit.repeat(times)),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 200, unit: "binary" }) },
);

test("conditions parse or say why not, in no more than 50 ms", () => {
  fc.assert(
    fc.property(condition, (text) => {
      fast(() => {
        try {
          parseCondition(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ConditionSyntaxError);
        }
      });
    }),
    { numRuns: RUNS * 2 },
  );
});
