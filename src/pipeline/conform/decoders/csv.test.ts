import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitCsv } from "./csv.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

describe("splitCsv", () => {
  test.each<[string, string, string[]]>([
    ["plain columns", "1,2024/01/02 03:04:05,,TRAFFIC,", ["1", "2024/01/02 03:04:05", "", "TRAFFIC", ""]],
    ["one column", "alone", ["alone"]],
    ["nothing is one empty column", "", [""]],
    ["a delimiter in quotes", 'a,"b,c",d', ["a", "b,c", "d"]],
    ["doubled quotes", '"say ""hi""",x', ['say "hi"', "x"]],
    ["only doubled quotes", '"""",""', ['"', ""]],
    ["quotes inside a column are text", 'a"b",c', ['a"b"', "c"]],
    ["text behind a closing quote", '"a"b,c', ["ab", "c"]],
    ["a missing closing quote", 'a,"b,c', ["a", "b,c"]],
    ["a last quoted column", 'a,"b"', ["a", "b"]],
    ["an empty last column behind quotes", '"a",', ["a", ""]],
  ])("%s", (_name, line, columns) => {
    expect(splitCsv(line)).toEqual(columns);
  });

  test("another delimiter", () => {
    expect(splitCsv('a|"b|c"|d,e', "|")).toEqual(["a", "b|c", "d,e"]);
  });

  test("refuses more than 512 columns", () => {
    expect(splitCsv(",".repeat(511))).toHaveLength(512);
    expect(() => splitCsv(",".repeat(512))).toThrow("more than 512 columns");
  });

  test("what is written with quotes is read back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", " ", '"', ",", "|", "é", "\\") }), {
          minLength: 1,
          maxLength: 40,
        }),
        fc.constantFrom(",", "|", "\t", ";"),
        (columns, delimiter) => {
          const line = columns.map((column) => `"${column.replaceAll('"', '""')}"`).join(delimiter);
          expect(splitCsv(line, delimiter)).toEqual(columns);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("any text gives columns that hold no more than the line", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", '"', ",", "\\"), maxLength: 200 }), (line) => {
        const columns = splitCsv(line);
        expect(columns.join("").length).toBeLessThanOrEqual(line.length);
        if (!line.includes('"')) expect(columns).toEqual(line.split(","));
      }),
      { numRuns: RUNS },
    );
  });

  test.each([['"'.repeat(1_000_000)], [`${'",'.repeat(500)}${"x".repeat(1_000_000)}`], ['"a'.repeat(500_000)]])(
    "takes a hostile line in linear time",
    (line) => {
      const start = performance.now();
      splitCsv(line);
      expect(performance.now() - start).toBeLessThan(1_500);
    },
  );
});
