/** The console and the command line spell text out alike; each has its own function, because one marks what the other joins. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { spelledText } from "../../console/src/text/spell-out.ts";
import { printable } from "../../src/model/printable.ts";

test("whatever is shown in a terminal is shown the same in the console", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // The console also spells private use, which terminals show as they like, and marks that would paint over its lines.
      fc.pre(!/[\p{Co}\p{M}]/u.test(text));
      expect(spelledText(text)).toBe(printable(text));
    }),
  );
});
