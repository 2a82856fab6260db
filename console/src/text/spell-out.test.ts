import * as fc from "fast-check";
import { expect, test } from "vitest";
import { defang, spelledText, spellOut } from "./spell-out.ts";

test.each([
  ["plain", "github.com/acme/notes", "github.com/acme/notes"],
  ["words of other scripts", "Привет, 世界, مرحبا", "Привет, 世界, مرحبا"],
  ["an escape", "m.ito\u001b[31m", "m.ito⟦ESC⟧[31m"],
  ["controls", "a\u0000b\u0007c\u009bd\u007f", "a⟦U+0000⟧b⟦U+0007⟧c⟦U+009B⟧d⟦U+007F⟧"],
  ["line ends and tabs", "a\r\nb\tc", "a⟦CR⟧⟦LF⟧b⟦TAB⟧c"],
  ["right-to-left override", "q4\u202ez7.txt", "q4⟦U+202E⟧z7.txt"],
  ["isolates and marks", "\u2066a\u2069\u200f\u061c", "⟦U+2066⟧a⟦U+2069⟧⟦U+200F⟧⟦U+061C⟧"],
  ["zero width", "d.osei\u200b\ufeff", "d.osei⟦U+200B⟧⟦U+FEFF⟧"],
  ["soft hyphen and fillers", "a\u00adb\u3164c\uffa0", "a⟦U+00AD⟧b⟦U+3164⟧c⟦U+FFA0⟧"],
  ["tags", "a\u{e0041}", "a⟦U+E0041⟧"],
  ["private use", "\ue000\u{10fffd}", "⟦U+E000⟧⟦U+10FFFD⟧"],
  ["lone surrogates", "a\ud800b\udc00", "a⟦U+D800⟧b⟦U+DC00⟧"],
  ["separators", "a\u2028b\u2029", "a⟦U+2028⟧b⟦U+2029⟧"],
  ["few marks", "e\u0301\u0302", "e\u0301\u0302"],
  ["many marks", `e${"\u0301".repeat(20)}x`, `e${"\u0301".repeat(4)}⟦+16 marks⟧x`],
  ["markup", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
])("%s", (_name, text, expected) => {
  expect(spelledText(text)).toBe(expected);
});

test("pieces tell what was spelled out from text that looks like it", () => {
  expect(spellOut("a\u001b⟦ESC⟧")).toEqual([
    { text: "a", spelled: false },
    { text: "⟦ESC⟧", spelled: true },
    { text: "⟦ESC⟧", spelled: false },
  ]);
});

test("whatever is given, nothing that hides or reorders is left", () => {
  const unsafe = /[\p{Cc}\p{Cs}\p{Co}\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00ad\ufeff]/u;
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(spelledText(text)).not.toMatch(unsafe);
    }),
  );
});

test("a line of a megabyte is spelled out at once", () => {
  const started = performance.now();
  spellOut("\u202e".repeat(50_000) + "a".repeat(950_000));
  expect(performance.now() - started).toBeLessThan(2_000);
});

test.each([
  ["https://github.com/al1ce/notes.git", "hxxps://github[.]com/al1ce/notes[.]git"],
  ["GET http://10.1.4.17/x", "GET hxxp://10[.]1[.]4[.]17/x"],
  ["took 3.5 s.", "took 3[.]5 s."],
])("copied as no address: %s", (text, expected) => {
  expect(defang(text)).toBe(expected);
});
