import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { property, text } from "./read-json.ts";

const NAMES = [
  ...["a", "b", "__proto__", "constructor", "toString", "valueOf", "length", "hasOwnProperty", "__defineGetter__"],
  ...["0", "map", "at", "name"],
];

/** The obvious way to read an own property. */
function slow(object: unknown, key: string): unknown {
  return typeof object === "object" && object !== null && Object.hasOwn(object, key)
    ? (object as Record<string, unknown>)[key]
    : undefined;
}

describe("own properties only", () => {
  const json = fc.json().map((source) => JSON.parse(source) as unknown);
  const named = fc
    .array(fc.tuple(fc.constantFrom(...NAMES), fc.jsonValue()))
    .map(
      (pairs) =>
        JSON.parse(
          `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`,
        ) as unknown,
    );

  test("reads what the slow way reads, of any JSON", () => {
    fc.assert(
      fc.property(fc.oneof(json, named), fc.oneof(fc.constantFrom(...NAMES), fc.string()), (object, key) => {
        const value = slow(object, key);
        expect(property(object, key)).toBe(value);
        expect(text(object, key)).toBe(typeof value === "string" && value !== "" ? value : undefined);
      }),
      { numRuns: Number(process.env["FUZZ_RUNS"] ?? 300) },
    );
  });

  test.each(NAMES)("an empty object has no %s", (name) => {
    expect([property({}, name), property(Object.create(null), name), text({}, name), text([], name)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
