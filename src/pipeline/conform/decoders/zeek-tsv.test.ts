import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedInputError } from "../../../model/errors.ts";
import { zeekPath, ZeekTable } from "./zeek-tsv.ts";

function rows(lines: readonly string[]): unknown[] {
  const table = new ZeekTable();
  return lines.flatMap((line) => {
    const row = table.read(line);
    return row === null ? [] : [{ ...row }];
  });
}

describe("rows", () => {
  test("typed by the header, unset left out, sets taken apart", () => {
    const lines = [
      "#separator \\x09",
      "#set_separator\t,",
      "#empty_field\t(empty)",
      "#unset_field\t-",
      "#path\tx",
      "#fields\ta\tb\tc\td\te\tf",
      "#types\tstring\tbool\tset[string]\tvector[count]\tcount\tstring",
      "x\\x09\\x5cy\tT\tp,q\\x2cr\t(empty)\t-\t(empty)",
    ];
    expect(rows(lines)).toEqual([{ a: "x\t\\y", b: true, c: ["p", "q,r"], d: [], f: "" }]);
  });

  test("with separators of another taste", () => {
    expect(
      rows([
        "#separator ||",
        "#set_separator||;",
        "#empty_field||EMPTY",
        "#unset_field||nil",
        "#fields||a||b||c",
        "#types||string||set[string]||string",
        "fa\\x7c\\x7cure||x;y||nil",
      ]),
    ).toEqual([{ a: "fa||ure", b: ["x", "y"] }]);
  });

  test("bytes that are no text alone stay as written", () => {
    expect(rows(["#fields\ta\tb", "\\xc3\\xb1\t\\\\x09"])).toEqual([{ a: "\\xc3\\xb1", b: "\\x09" }]);
  });

  test("__proto__ is a column like any other", () => {
    const table = new ZeekTable();
    table.read("#fields\t__proto__\tb");
    expect(JSON.stringify(table.read("x\ty"))).toBe(`{"__proto__":"x","b":"y"}`);
  });

  test.each([
    ["a row without a header", ["a\tb"]],
    ["too few columns", ["#fields\ta\tb", "x"]],
    ["too many columns", ["#fields\ta\tb", "x\ty\tz"]],
    ["a row below the header of another log that has no fields yet", ["#fields\ta\tb", "#path\tother", "x\ty"]],
    ["a header of too many columns", [`#fields${"\ta".repeat(2_000)}`]],
  ])("refused: %s", (_name, lines) => {
    expect(() => rows(lines)).toThrow(MalformedInputError);
  });

  test("what is written comes back", () => {
    const cell = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text !== "-" && text !== "(empty)");
    const escape = (text: string) =>
      text.replace(/[\\\t\n\r#]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 6 }), (cells) => {
        const header = `#fields\t${cells.map((_, index) => `c${index}`).join("\t")}`;
        expect(Object.values(rows([header, cells.map(escape).join("\t")])[0] as object)).toEqual(cells);
      }),
      { numRuns: 300 },
    );
  });

  test("any lines are read or refused", () => {
    const line = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .tuple(
          fc.constantFrom("#separator ", "#fields\t", "#types\t", "#path\t", "#unset_field\t", "#set_separator\t", "#"),
          fc.string({ unit: "binary" }),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const table = new ZeekTable();
        for (const text of lines) {
          try {
            table.isRow(text);
            table.read(text);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedInputError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ["#path\tconn", "conn"],
  ["#path||dns", "dns"],
  ["#path conn", "conn"],
  ["#path\\x09http", "http"],
  ["#path", null],
  ["#paths\tconn", null],
  ["path\tconn", null],
])("the path of %j", (line, path) => {
  expect(zeekPath(line)).toBe(path);
});
