import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

test.each([
  ["github.com/acme/*", "github.com/acme/tools", true],
  ["github.com/acme/*", "GitHub.com/ACME/Tools", true],
  ["github.com/acme/*", "github.com/acme/", true],
  ["github.com/acme/*", "github.com/acme", false],
  ["github.com/acme/*", "github.com/acme-evil/tools", false],
  ["*@acme.example", "alice@acme.example", true],
  ["*@acme.example", "alice@acme.example.evil.example", false],
  ["dev-?", "dev-1", true],
  ["dev-?", "dev-12", false],
  ["[bot]*", "[bot]x", true],
  ["[bot]*", "bx", false],
  ["a.b", "axb", false],
  ["a+*(b)", "a+x(b)", true],
  ["*", "", true],
  ["", "", true],
  ["", "x", false],
  ["*a*b*", "xxaxxbxx", true],
  ["*a*b*", "xxbxxaxx", false],
  ["ab*ba", "aba", false],
  ["*?x*", "yx", true],
  ["*?x*", "x", false],
])("%s on %s: %s", (pattern, value, expected) => {
  expect(compilePattern(pattern).matches(value)).toBe(expected);
});

test.each([
  ["github.com/acme/*", "github.com/acme/", "all"],
  ["github.com/acme/*", "github.com/", "some"],
  ["github.com/acme/*", "gitlab.com/", "none"],
  ["github.com/acme/tools", "github.com/acme/", "some"],
  ["gitlab.acme.example/*", "gitlab.acme.example/", "all"],
  ["*", "x/", "all"],
  ["*/acme/*", "github.com/acme/", "all"],
  ["*/acme/tools", "github.com/other/", "some"],
] as const)("%s says of what begins with %s: %s", (pattern, prefix, expected) => {
  expect(compilePattern(pattern).coverage(prefix)).toBe(expected);
});

/** The definition: try every length for a star. Slow, obvious, and what the fast one must equal. */
function matchesSlow(pattern: string, value: string): boolean {
  if (pattern === "") return value === "";
  const [first, rest] = [pattern[0], pattern.slice(1)];
  if (first === "*")
    return Array.from({ length: value.length + 1 }, (_, length) => length).some((length) =>
      matchesSlow(rest, value.slice(length)),
    );
  return value !== "" && (first === "?" || first === value[0]) && matchesSlow(rest, value.slice(1));
}

const letters = fc.string({ unit: fc.constantFrom("a", "b", "/", "["), maxLength: 10 });
const patterns = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "?", "["), maxLength: 7 });

test("agrees with the slow definition", () => {
  fc.assert(
    fc.property(patterns, letters, (pattern, value) => {
      expect(compilePattern(pattern).matches(value)).toBe(matchesSlow(pattern, value));
    }),
    { numRuns: 500 },
  );
});

test("coverage agrees with matching what follows", () => {
  fc.assert(
    fc.property(patterns, letters, letters, (text, prefix, rest) => {
      const pattern = compilePattern(text);
      const coverage = pattern.coverage(prefix);
      if (coverage === "all") expect(pattern.matches(prefix + rest)).toBe(true);
      if (coverage === "none") expect(pattern.matches(prefix + rest)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test("a hostile pattern on a long text takes no time to speak of", () => {
  const pattern = compilePattern(`${"*a".repeat(100)}*b`);
  const started = performance.now();
  expect(pattern.matches("a".repeat(100_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});
