import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readKeyValues, type KeyValueOptions } from "./key-value.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

describe("readKeyValues", () => {
  test.each<[string, string, KeyValueOptions, [string, string][]]>([
    [
      "blank-delimited",
      'a=1 b="two words" c=',
      {},
      [
        ["a", "1"],
        ["b", "two words"],
        ["c", ""],
      ],
    ],
    [
      "text around pairs is passed over",
      "kernel: DROP IN=eth0 OUT= SYN x=1",
      {},
      [
        ["IN", "eth0"],
        ["OUT", ""],
        ["x", "1"],
      ],
    ],
    ["the first of a key wins", "a=1 a=2", {}, [["a", "1"]]],
    [
      "a separator in a value",
      "url=http://h.example/?a=b c=d",
      {},
      [
        ["url", "http://h.example/?a=b"],
        ["c", "d"],
      ],
    ],
    [
      "an escaped quote",
      String.raw`m="say \"hi\" now" n=1`,
      {},
      [
        ["m", 'say "hi" now'],
        ["n", "1"],
      ],
    ],
    [
      "a doubled quote",
      'm="say ""hi"" now" n=1',
      {},
      [
        ["m", 'say "hi" now'],
        ["n", "1"],
      ],
    ],
    ["a doubled backslash", String.raw`u="ACME\\bob"`, {}, [["u", String.raw`ACME\bob`]]],
    ["a share is no escape", String.raw`p="\\server\share"`, {}, [["p", String.raw`\\server\share`]]],
    ["a backslash before the last quote", String.raw`p="C:\Temp\"`, {}, [["p", "C:\\Temp\\"]]],
    [
      "a quote that nothing closes",
      'a="b c=d',
      {},
      [
        ["a", '"b'],
        ["c", "d"],
      ],
    ],
    [
      "pairs without a blank between",
      'a="1"b=2',
      {},
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "an empty quoted value",
      'a="" b=1',
      {},
      [
        ["a", ""],
        ["b", "1"],
      ],
    ],
    [
      "tabs",
      "a=1 2\tb=3",
      { delimiter: "\t" },
      [
        ["a", "1 2"],
        ["b", "3"],
      ],
    ],
    [
      "commas",
      'a=1, b="x,y" ,c=z z',
      { delimiter: "," },
      [
        ["a", "1"],
        ["b", "x,y"],
        ["c", "z z"],
      ],
    ],
    [
      "bars",
      "a=1|b=|c=x y",
      { delimiter: "|" },
      [
        ["a", "1"],
        ["b", ""],
        ["c", "x y"],
      ],
    ],
    [
      "Check Point's colons and semicolons",
      'action:"Accept"; src:"10.0.0.1"; rule_name:"a; b"; ',
      { separator: ":", delimiter: ";" },
      [
        ["action", "Accept"],
        ["src", "10.0.0.1"],
        ["rule_name", "a; b"],
      ],
    ],
    [
      "a blank behind a colon",
      "a: 1 b: x",
      { separator: ":" },
      [
        ["a", "1"],
        ["b", "x"],
      ],
    ],
    ["no pairs", "nothing to see", {}, []],
    ["no key", "=1 =2", {}, []],
  ])("%s", (_name, text, options, pairs) => {
    expect([...readKeyValues(text, options)]).toEqual(pairs);
  });

  test("a key of the input is never a property of anything", () => {
    const pairs = readKeyValues("__proto__=1 constructor=2");
    expect([...pairs]).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
    ]);
  });

  test("reads no more than 512 pairs", () => {
    const text = Array.from({ length: 600 }, (_, index) => `k${index}=v`).join(" ");
    expect(readKeyValues(text).size).toBe(512);
  });

  test("what is written with quotes is read back", () => {
    const value = fc.string({ unit: fc.constantFrom("a", " ", '"', "=", ",", ";", "|", "\t"), maxLength: 20 });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), value), { selector: ([key]) => key, maxLength: 20 }),
        fc.constantFrom<KeyValueOptions>(
          {},
          { delimiter: "," },
          { delimiter: ";", separator: ":" },
          { delimiter: "\t" },
        ),
        (pairs, options) => {
          const text = pairs
            .map(([key, written]) => `${key}${options.separator ?? "="}"${written.replaceAll('"', String.raw`\"`)}"`)
            .join(options.delimiter ?? " ");
          expect([...readKeyValues(text, options)]).toEqual(pairs);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("any text is read without an error", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", '"', "=", ":", ",", "\\", "\n"), maxLength: 200 }),
        fc.constantFrom<KeyValueOptions>(
          {},
          { delimiter: "," },
          { separator: ":" },
          { delimiter: "|", separator: ":" },
        ),
        (text, options) => {
          for (const [key, value] of readKeyValues(text, options)) {
            expect(key).not.toBe("");
            expect(text.length).toBeGreaterThanOrEqual(key.length + value.length);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each([
    ['a="'.repeat(400_000)],
    ["=".repeat(1_000_000)],
    [`a="${"\\".repeat(1_000_001)}" b=1`],
    [`a="${'"'.repeat(1_000_001)}`],
    ["a".repeat(1_000_000)],
    [`a="${"\\\\a".repeat(300_000)}\\x"`],
  ])("takes hostile text in linear time (%#)", (text) => {
    const start = performance.now();
    readKeyValues(text);
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
