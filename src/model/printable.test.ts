import * as fc from "fast-check";
import { expect, test } from "vitest";
import { printable, printableCut } from "./printable.ts";

test.each([
  { text: "plain Übung 😀", shown: "plain Übung 😀" },
  { text: "\u001b[31mred\u0007", shown: "⟦ESC⟧[31mred⟦U+0007⟧" },
  { text: "gpj\u202eexe", shown: "gpj⟦U+202E⟧exe" },
  { text: "zero\u200bwidth\ufeff", shown: "zero⟦U+200B⟧width⟦U+FEFF⟧" },
  { text: "a\r\nb\tc", shown: "a⟦CR⟧⟦LF⟧b⟦TAB⟧c" },
  { text: "c1\u009b31m", shown: "c1⟦U+009B⟧31m" },
  { text: "lone \ud800 surrogate", shown: "lone ⟦U+D800⟧ surrogate" },
  { text: "\u{e0041}tag", shown: "⟦U+E0041⟧tag" },
  { text: "beam\u{1d173}ed", shown: "beam⟦U+1D173⟧ed" },
])("$shown", ({ text, shown }) => {
  expect(printable(text)).toBe(shown);
});

test("nothing that steers a terminal or reorders text is left, whatever the input", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 40 }), (text, width) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect([...printableCut(text, width)].length).toBeLessThanOrEqual(width);
    }),
  );
});
