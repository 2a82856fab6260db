import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLeef } from "./leef.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

function attributesOf(text: string): Record<string, string> | undefined {
  const leef = parseLeef(text);
  return leef === null ? undefined : Object.fromEntries(leef.attributes);
}

describe("parseLeef", () => {
  test("header", () => {
    expect(parseLeef("Mar  3 10:00:00 fw LEEF:1.0|Acme|Wall \\| more|1.2|deny|src=10.0.0.1\tmsg=two words ")).toEqual({
      version: "1.0",
      vendor: "Acme",
      product: "Wall | more",
      productVersion: "1.2",
      eventId: "deny",
      attributes: new Map([
        ["src", "10.0.0.1"],
        ["msg", "two words"],
      ]),
    });
  });

  test.each<[string, string, Record<string, string>]>([
    ["2.0 with a character", "LEEF:2.0|A|B|1|e|^|a=1^b=x y", { a: "1", b: "x y" }],
    ["2.0 with a code", "LEEF:2.0|A|B|1|e|x7C|a=1|b=2", { a: "1", b: "2" }],
    ["2.0 with 0x and a blank", "LEEF:2.0|A|B|1|e| 0x5E |a=1^b=2", { a: "1", b: "2" }],
    ["2.0 with a bar", "LEEF:2.0|A|B|1|e|||a=1|b=2", { a: "1", b: "2" }],
    ["2.0 with an empty delimiter", "LEEF:2.0|A|B|1|e||a=1\tb=2", { a: "1", b: "2" }],
    ["2.0 without the delimiter's field", "LEEF:2.0|A|B|1|e|a=1\tb=2", { a: "1", b: "2" }],
    ["1.0 with a delimiter all the same", "LEEF:1.0|A|B|1|e|x7C|a=1|b=2", { a: "1", b: "2" }],
    ["a written \\t", "LEEF:2.0|A|B|1|e|\\t|a=1\tb=2", { a: "1", b: "2" }],
    ["tabs turned into blanks", "LEEF:1.0|A|B|1|e|a=1 2 b=3", { a: "1 2", b: "3" }],
    ["a value with =", "LEEF:1.0|A|B|1|e|url=http://h.example/?x=1\tb=2", { url: "http://h.example/?x=1", b: "2" }],
    ["a piece without =", "LEEF:1.0|A|B|1|e|junk\tb=2\t=3", { b: "2" }],
    ["without its prefix", "1.0|A|B|1|e|a=1\tb=2", { a: "1", b: "2" }],
    ["version 1", "LEEF:1|A|B|1|e|a=1\tb=2", { a: "1", b: "2" }],
    ["no attributes", "LEEF:1.0|A|B|1|e|", {}],
    ["the first of a key wins", "LEEF:1.0|A|B|1|e|a=1\ta=2", { a: "1" }],
  ])("%s", (_name, text, pairs) => {
    expect(attributesOf(text)).toEqual(pairs);
  });

  test.each([["LEEF:3.0|A|B|1|e|"], ["LEEF:1.0|A|B"], ["LEEF:"], ["1|A|B|1|e|a=1"], [""]])("null: %s", (text) => {
    expect(parseLeef(text)).toBeNull();
  });

  test("what is written is read back", () => {
    const value = fc
      .string({ unit: fc.constantFrom("a", " ", "=", "\\", "é", ":"), maxLength: 20 })
      .map((v) => v.trim());
    fc.assert(
      fc.property(
        fc.constantFrom("^", "|", "~", "\t"),
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/), value), {
          selector: ([key]) => key,
          minLength: 2,
          maxLength: 20,
        }),
        fc.boolean(),
        (delimiter, pairs, coded) => {
          const field = coded ? `x${delimiter.charCodeAt(0).toString(16).padStart(2, "0")}` : delimiter;
          const text = pairs.map(([key, written]) => `${key}=${written}`).join(delimiter);
          expect([...parseLeef(`LEEF:2.0|A|B|1|e|${field}|${text}`)!.attributes]).toEqual(pairs);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("any text is read without an error", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("LEEF:", "1.0", "2.0", "|", "\\", "=", " ", "a", "\t", "x5E"),
          maxLength: 60,
        }),
        (text) => {
          parseLeef(text);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each([
    ["LEEF:".repeat(300_000)],
    [`LEEF:1.0|A|B|1|e|${"\t".repeat(1_000_000)}`],
    [`LEEF:1.0|A|B|1|e|${"a\t".repeat(500_000)}b=1`],
    [`LEEF:2.0|A|B|1|e|^|${"a=^".repeat(300_000)}`],
  ])("takes hostile text in linear time (%#)", (text) => {
    const start = performance.now();
    parseLeef(text);
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
