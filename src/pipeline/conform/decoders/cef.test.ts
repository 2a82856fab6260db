import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labelled, parseCef } from "./cef.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

const HEADER = "CEF:0|Acme|Wall|1.0|100|name|5|";

function extensionOf(text: string): Record<string, string> | undefined {
  const cef = parseCef(HEADER + text);
  return cef === null ? undefined : Object.fromEntries(cef.extension);
}

describe("parseCef", () => {
  test("header", () => {
    expect(parseCef("CEF:0|Acme|Wall|1.0|100|a name|Very-High|src=10.0.0.1")).toEqual({
      version: "0",
      vendor: "Acme",
      product: "Wall",
      deviceVersion: "1.0",
      signature: "100",
      name: "a name",
      severity: "Very-High",
      extension: new Map([["src", "10.0.0.1"]]),
    });
  });

  test.each<[string, string]>([
    ["behind other text", "Mar  3 10:00:00 fw CEF:0|Acme|Wall|1|2|n|3|"],
    ["with a blank", "CEF: 0|Acme|Wall|1|2|n|3|"],
    ["without its prefix", "0|Acme|Wall|1|2|n|3|"],
    ["without the bar of the extension", "CEF:1|Acme|Wall|1|2|n|3"],
    ["behind a false start", "about CEF: the format CEF:0|Acme|Wall|1|2|n|3|"],
  ])("%s", (_name, text) => {
    expect(parseCef(text)).toMatchObject({ vendor: "Acme", product: "Wall", severity: "3", extension: new Map() });
  });

  test("escapes of the header", () => {
    expect(parseCef(String.raw`CEF:0|A\|B|C\\D|1|2|x\=y|3|a=b`)).toMatchObject({
      vendor: "A|B",
      product: String.raw`C\D`,
      name: String.raw`x\=y`,
    });
  });

  test.each<[string, string]>([
    ["too few fields", "CEF:0|Acme|Wall|1|2"],
    ["no version", "CEF:|Acme|Wall|1|2|n|3|"],
    ["no CEF", "hello | world"],
    ["LEEF without its prefix", "2.0|Acme|Wall|1|e|x5E|a=1"],
    ["nothing", ""],
  ])("null: %s", (_name, text) => {
    expect(parseCef(text)).toBeNull();
  });

  test.each<[string, string, Record<string, string>]>([
    ["values with blanks", "msg=two words  src=10.0.0.1", { msg: "two words", src: "10.0.0.1" }],
    ["empty values", "a= b= c=x", { a: "", b: "", c: "x" }],
    [
      "escapes",
      String.raw`a=x\=y b=c:\\d e=1\n2 f=\q`,
      { a: "x=y", b: String.raw`c:\d`, e: "1\n2", f: String.raw`\q` },
    ],
    [
      "an address with a query, unescaped",
      "request=https://h.example/?a=b&c=d act=allow",
      { request: "https://h.example/?a=b&c=d", act: "allow" },
    ],
    ["an unescaped sign right behind the first word", "a=dGVzdA== b=c=d", { a: "dGVzdA==", b: "c=d" }],
    ["keys with points and brackets", "ad.x=1 list[0]=2", { "ad.x": "1", "list[0]": "2" }],
    ["the first of a key wins", "a=1 a=2", { a: "1" }],
    ["text before the first pair", "hello a=1", { a: "1" }],
    ["tabs between pairs", "a=1\tb=2", { a: "1", b: "2" }],
  ])("extension: %s", (_name, text, pairs) => {
    expect(extensionOf(text)).toEqual(pairs);
  });

  test("labels name custom fields", () => {
    const cef = parseCef(`${HEADER}cs1Label=Rule cs1=any any cn1=5 cs2Label=Lonely cn1Label=Session ID`)!;
    expect([...labelled(cef)]).toEqual([
      ["Rule", "any any"],
      ["Session ID", "5"],
    ]);
  });

  test("what is written with escapes is read back", () => {
    const value = fc
      .string({ unit: fc.constantFrom("a", " ", "=", "\\", "|", "\n", "é"), maxLength: 20 })
      .map((text) => text.trimEnd());
    fc.assert(
      fc.property(
        value,
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/), value), {
          selector: ([key]) => key,
          maxLength: 20,
        }),
        (name, pairs) => {
          const header = name.replace(/[\\|]/g, String.raw`\$&`);
          const extension = pairs
            .map(([key, text]) => `${key}=${text.replace(/[\\=]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`)}`)
            .join(" ");
          const cef = parseCef(`CEF:0|Acme|Wall|1|2|${header}|3|${extension}`)!;
          expect(cef.name).toBe(name);
          expect([...cef.extension]).toEqual(pairs);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("any text is read without an error", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("CEF:", "0", "|", "\\", "=", " ", "a", "csLabel"), maxLength: 120 }),
        (text) => {
          const cef = parseCef(text);
          if (cef !== null) labelled(cef);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each([
    ["CEF:".repeat(300_000)],
    [HEADER + "=".repeat(1_000_000)],
    [HEADER + "a".repeat(1_000_000)],
    [`${HEADER}${"a".repeat(200)}=`.repeat(4_000)],
    ["CEF:0|" + "\\".repeat(1_000_000)],
    [HEADER + "a=".repeat(500_000)],
    [`${HEADER}a=${" ".repeat(1_000_000)}x`],
  ])("takes hostile text in linear time (%#)", (text) => {
    const start = performance.now();
    parseCef(text);
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
