import { expect, test } from "vitest";
import { countryCode } from "./country.ts";

test.each([
  ["United States", "US"],
  ["Germany", "DE"],
  ["United Kingdom", "GB"],
  ["Russia", "RU"],
  ["Czech Republic", "CZ"],
  ["Türkiye", "TR"],
  ["de", "DE"],
  ["usa", "US"],
  ["GBR", "GB"],
  ["che", "CH"],
  ["Atlantis", "Atlantis"],
  ["", undefined],
  [undefined, undefined],
])("%s is %s", (name, code) => {
  expect(countryCode(name)).toBe(code);
});
