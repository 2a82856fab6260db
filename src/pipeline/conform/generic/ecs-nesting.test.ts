import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../model/activity.ts";
import { nestKeys } from "./ecs-nesting.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

const plain = (json: JsonObject): unknown => JSON.parse(JSON.stringify(nestKeys(json)));

describe("nestKeys", () => {
  test.each<[string, JsonObject, unknown]>([
    ["dotted keys", { "a.b": 1, "a.c.d": 2, e: 3 }, { a: { b: 1, c: { d: 2 } }, e: 3 }],
    ["both ways of writing", { a: { b: 1 }, "a.c": 2 }, { a: { b: 1, c: 2 } }],
    ["both, the object last", { "a.c": 2, a: { b: 1, c: 9 } }, { a: { b: 1, c: 2 } }],
    ["a value in the way stays", { a: 1, "a.b": 2 }, { a: 1 }],
    ["a list in the way stays", { a: [1], "a.b": 2 }, { a: [1] }],
  ])("%s", (_name, json, nested) => {
    expect(plain(json)).toEqual(nested);
  });

  test("a record without points is returned as it is", () => {
    const json = { a: { "b.c": 1 } };
    expect(nestKeys(json)).toBe(json);
  });

  test("no name of the input reaches a prototype, and the input stays as it was", () => {
    const json = JSON.parse('{"__proto__.x": 1, "constructor.prototype.y": 2, "a": {"b": 1}, "a.c": 2}') as JsonObject;
    const before = JSON.stringify(json);
    nestKeys(json);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["y"]).toBeUndefined();
    expect(JSON.stringify(json)).toBe(before);
  });

  test("every leaf is found again under its path", () => {
    const name = fc.constantFrom("a", "b", "c", "__proto__");
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 4 }), {
          selector: (path) => path.join("."),
          maxLength: 20,
        }),
        (paths) => {
          // Of paths that end within others only the shorter can be kept: leave those out.
          const leaves = paths.filter(
            (path) => !paths.some((other) => other !== path && `${other.join(".")}.`.startsWith(`${path.join(".")}.`)),
          );
          const json = Object.create(null) as Record<string, number>;
          for (const [index, path] of leaves.entries()) json[path.join(".")] = index;
          const nested = nestKeys(json);
          for (const [index, path] of leaves.entries())
            expect(path.reduce<unknown>((at, part) => (at as JsonObject)[part], nested)).toBe(index);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("many keys of one object take linear time", () => {
    const json = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`a.b.k${index}`, index]));
    const start = performance.now();
    nestKeys(json);
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
