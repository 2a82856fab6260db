/** The fast path against the naive evaluator, on rules and events made at random. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { allTexts } from "./event-view.ts";
import { compileRules, parseSigma, type SigmaRule } from "./index.ts";
import { naiveRule } from "./naive-evaluator.ts";

type Event = Record<string, unknown>;

const word = fc.stringMatching(/^[ab\-/ .\\AéΣσς0]{0,6}$/);
const pattern = fc.stringMatching(/^[ab\-/ \\A*?éσ]{0,7}$/);
const scalar = fc.oneof(
  word,
  fc.constantFrom<unknown>(
    0,
    1,
    10,
    1.5,
    true,
    null,
    "10",
    "0",
    "10.1.2.3",
    "10.9.0.1",
    "2026-03-20 09:15:03",
    "2026-03-20T22:00:00Z",
    1_774_000_000_000,
  ),
);
const event: fc.Arbitrary<Event> = fc.dictionary(
  fc.constantFrom("f", "g", "h"),
  fc.oneof({ weight: 5, arbitrary: scalar }, { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) }),
  { noNullPrototype: true },
);

const text = fc.oneof(pattern, word);
const values = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 4 }));
const keyed = (modifiers: readonly string[], value: fc.Arbitrary<unknown>) =>
  fc
    .tuple(fc.constantFrom("f", "g", "h"), fc.constantFrom(...modifiers), value)
    .map(([field, modifier, content]) => ({ [modifier === "" ? field : `${field}|${modifier}`]: content }));
const item = fc.oneof(
  {
    weight: 6,
    arbitrary: keyed(
      [
        "",
        "contains",
        "startswith",
        "endswith",
        "cased",
        "contains|cased",
        "contains|all",
        "windash",
        "contains|windash",
        "contains|all|windash",
        "neq",
        "contains|neq",
        "startswith|neq",
        "endswith|windash|cased",
      ],
      values(text),
    ),
  },
  { weight: 2, arbitrary: keyed(["", "neq", "gt", "gte", "lt", "lte"], values(fc.constantFrom(0, 1, 10, 1.5))) },
  {
    weight: 1,
    arbitrary: keyed(
      ["hour", "hour|gte", "day", "week", "month", "minute", "year"],
      values(fc.constantFrom(3, 9, 12, 15, 20, 22, 2026)),
    ),
  },
  { weight: 1, arbitrary: keyed([""], values(fc.constantFrom<unknown>(null, "", true, "true"))) },
  { weight: 1, arbitrary: keyed(["exists"], fc.boolean()) },
  {
    weight: 1,
    arbitrary: keyed(
      ["re", "re|i", "re|startswith", "re|i|endswith"],
      values(
        fc.constantFrom("a+b", "^a", "b$", "[ab]{2}", "(a|b)-", "\\\\", "é", "a.b", "a{1,2}b?", "(?:ab)+", "\\.a\\b"),
      ),
    ),
  },
  { weight: 1, arbitrary: keyed(["cidr"], values(fc.constantFrom("10.1.0.0/16", "10.0.0.0/8", "10.9.0.1/32"))) },
  {
    weight: 1,
    arbitrary: keyed(
      ["fieldref", "fieldref|contains", "fieldref|neq", "fieldref|cased", "fieldref|startswith"],
      fc.constantFrom("f", "g", "h"),
    ),
  },
  {
    weight: 1,
    arbitrary: keyed(
      ["base64", "base64offset|contains", "wide|base64offset|contains", "utf16be", "windash|base64"],
      values(fc.constantFrom("a", "ab", "-a", "éa")),
    ),
  },
);
const map = fc
  .array(item, { minLength: 1, maxLength: 3 })
  .map((items) => Object.assign({}, ...items) as Record<string, unknown>);
const keywords = fc.array(fc.stringMatching(/^[abA0\-*]{1,4}$/), { minLength: 1, maxLength: 3 });
const selection = fc.oneof(
  { weight: 6, arbitrary: map },
  { weight: 2, arbitrary: fc.array(map, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: keywords },
  { weight: 1, arbitrary: keywords.map((list) => ({ "|all": list })) },
);
const condition = fc.constantFrom(
  "sel_1",
  "sel_1 and sel_2",
  "sel_1 or sel_2",
  "not sel_1",
  "sel_1 and not sel_2",
  "not (sel_1 or sel_2)",
  "1 of sel_*",
  "all of sel_*",
  "2 of them",
  "1 of them and not other",
  "(sel_1 or other) and sel_2",
  "sel_1 and not 1 of sel_2* or other",
  "all of them",
);
const rule = fc
  .record({ sel_1: selection, sel_2: selection, other: selection, condition })
  .map((detection) => ({ title: "t", logsource: { category: "test" }, detection }));

const read = (subject: Event, field: string | null): unknown =>
  field === null ? allTexts(subject) : Object.hasOwn(subject, field) ? subject[field] : undefined;

test("the fast path agrees with the naive evaluator and the explanation on any rules and events", () => {
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 6 }),
      fc.array(event, { minLength: 1, maxLength: 6 }),
      (rules, events) => {
        // JSON is YAML
        const { documents, issues } = parseSigma(rules.map((one) => JSON.stringify(one)).join("\n---\n"), "t.yml");
        expect(issues.filter(({ severity }) => severity === "error")).toEqual([]);
        const set = compileRules<Event>(documents, {
          resolve: (_, field) => ({ key: field, read: (subject) => read(subject, field) }),
          kindOf: () => "test",
          applies: () => true,
        });
        const slow = set.rules.map((one) => naiveRule(one, read));
        for (const subject of events) {
          const wanted = set.rules.filter((_, index) => slow[index]?.(subject));
          expect(set.match(subject)).toEqual(wanted);
          for (const one of set.rules as readonly SigmaRule[])
            expect(set.explain(subject, one).held).toBe(wanted.includes(one));
        }
      },
    ),
    { numRuns: 400 },
  );
});
