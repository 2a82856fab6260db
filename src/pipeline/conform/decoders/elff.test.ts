import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { elffColumns, splitElff } from "./elff.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

describe("elffColumns", () => {
  test.each<[string, readonly string[] | null]>([
    ["#Fields: date time c-ip cs(User-Agent)", ["date", "time", "c-ip", "cs(User-Agent)"]],
    ["#Fields:\tdate\ttime\r", ["date", "time"]],
    ["# Fields: date", ["date"]],
    ["#fields: date", ["date"]],
    ["#Fields:", null],
    ["#Version: 1.0", null],
    ["Fields: date", null],
    [`#Fields: ${"x ".repeat(600)}`, null],
    ["", null],
  ])("%s", (line, names) => {
    expect(elffColumns(line)).toEqual(names);
  });
});

describe("splitElff", () => {
  test.each<[string, string, string[]]>([
    ["blanks", "2026-03-01 10:00:00 - 10.0.0.1", ["2026-03-01", "10:00:00", "-", "10.0.0.1"]],
    ["blanks in a row", "a  b ", ["a", "b"]],
    ["quotes", 'a "b c" d', ["a", "b c", "d"]],
    ["doubled quotes", 'a "b ""c"" d" e', ["a", 'b "c" d', "e"]],
    ["an empty quoted value", 'a "" b', ["a", "", "b"]],
    ["a quote inside a quoted value", 'a "b"c" d', ["a", 'b"c', "d"]],
    ["a quote that nothing closes", 'a "b c', ["a", '"b', "c"]],
    ["tabs", "a\tb c\t\td\t", ["a", "b c", "", "d", ""]],
    ["a tab among blanks", 'a b\tc "d\te"', ["a", "b\tc", "d\te"]],
    ["the line's end", "a b\r\n", ["a", "b"]],
    ["nothing", "", []],
    ["one value", "a", ["a"]],
  ])("%s", (_name, line, values) => {
    expect(splitElff(line)).toEqual(values);
  });

  test("refuses more than 512 values", () => {
    expect(splitElff("a ".repeat(512))).toHaveLength(512);
    expect(() => splitElff("a ".repeat(513))).toThrow("more than 512 columns");
  });

  test("what is written with quotes is read back", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", " ", "é", "\\", "-"), maxLength: 10 }), {
          minLength: 1,
          maxLength: 40,
        }),
        fc.constantFrom(" ", "\t"),
        (values, delimiter) => {
          expect(splitElff(values.map((value) => `"${value}"`).join(delimiter))).toEqual(values);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("any text is read without an error", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", '"', " ", "\t", "\r", "#Fields: "), maxLength: 200 }),
        (line) => {
          elffColumns(line);
          expect(splitElff(line).join("").length).toBeLessThanOrEqual(line.length);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each([
    ['"'.repeat(1_000_001)],
    [`a ${'"b '.repeat(150)}${"c".repeat(1_000_000)}`],
    [" ".repeat(1_000_000)],
    ["#".repeat(1_000_000)],
  ])("takes a hostile line in linear time (%#)", (line) => {
    const start = performance.now();
    elffColumns(line);
    splitElff(line);
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
