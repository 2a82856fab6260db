import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedInputError } from "../../../model/errors.ts";
import { parseRubyHash } from "./ruby-hash.ts";

/** Ruby's own `inspect`, both styles, as far as JSON values go. */
function inspect(value: unknown, modern: boolean): string {
  if (value === null) return "nil";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map((item) => inspect(item, modern)).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  const pairs = Object.entries(value).map(([key, item]) => {
    const plain = /^[a-z_][a-z0-9_]*$/i.test(key);
    const text = inspect(item, modern);
    if (modern) return plain ? `${key}: ${text}` : `${quote(key)} => ${text}`;
    return plain ? `:${key}=>${text}` : `${quote(key)}=>${text}`;
  });
  return `{${pairs.join(", ")}}`;
}

function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\u001b", "\\e")}"`;
}

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie("list"),
    tie("hash"),
  ),
  list: fc.array(tie("value"), { maxLength: 4 }),
  hash: fc.dictionary(fc.string(), tie("value"), { maxKeys: 5 }),
})).hash;

describe.each([{ modern: false }, { modern: true }])("modern: $modern", ({ modern }) => {
  test("reads back what inspect prints", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(JSON.stringify(parseRubyHash(inspect(value, modern))))).toEqual(
          JSON.parse(JSON.stringify(value)),
        );
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  [
    '{:action=>"repo.create", :data=>{}, :actor_id=>2, :public=>nil}',
    { action: "repo.create", data: {}, actor_id: 2, public: null },
  ],
  ["{:at=>2026-03-20 09:00:00 UTC, :float=>-1.5, :n=>1_000}", { at: "2026-03-20 09:00:00 UTC", float: -1.5, n: 1000 }],
  [
    '{:o=>#<Repo:0x01 @a={:b=>1}>, :s=>:symbol, :"quoted key"=>:"x y"}',
    { o: "#<Repo:0x01 @a={:b=>1}>", s: "symbol", "quoted key": "x y" },
  ],
  ['{:s=>"a\\"b\\u00e9\\e[0m", 1=>[true, false, []]}', { s: 'a"b\u00e9\u001b[0m', 1: [true, false, []] }],
  ['{action: "git.push", "repo name" => nil, "odd key": 1}', { action: "git.push", "repo name": null, "odd key": 1 }],
])("%s", (text, expected) => {
  expect(JSON.parse(JSON.stringify(parseRubyHash(text)))).toEqual(expected);
});

test("a key named __proto__ is an own key and changes nothing else", () => {
  const value = parseRubyHash('{"__proto__"=>{"polluted"=>true}}');
  expect(Object.keys(value)).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test.each([
  "",
  "{",
  "{:a}",
  '{:a=>"}',
  "{:a=>1",
  "{:a=>1}}",
  `${"{:a=>".repeat(40)}1${"}".repeat(40)}`,
  `{:a=>${"[".repeat(200_000)}`,
  "{:a=>#<Foo",
])("%#: refuses what is no hash", (text) => {
  expect(() => parseRubyHash(text)).toThrow(MalformedInputError);
});

test("throws nothing but MalformedInputError, whatever comes", () => {
  const piece = fc.constantFrom("{", "}", "[", "]", ":", "=>", '"', "\\", ",", "#<", ">", "a", " ", "nil", "1", "u{");
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 60 }).map((pieces) => `{${pieces.join("")}`),
  );
  fc.assert(
    fc.property(text, (input) => {
      try {
        parseRubyHash(input);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedInputError);
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["strings", `{:a=>[${'"x",'.repeat(150_000)}1]}`],
  ["escapes", `{:a=>"${"\\n".repeat(400_000)}"}`],
  ["escaped quotes", `{:a=>"${'\\"'.repeat(400_000)}"}`],
  ["a string that does not end", `{:a=>"${"\\n".repeat(400_000)}`],
])("a line of many %s takes time in proportion to its length", (_name, text) => {
  const start = performance.now();
  try {
    parseRubyHash(text);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedInputError);
  }
  expect(performance.now() - start).toBeLessThan(2_000);
});
