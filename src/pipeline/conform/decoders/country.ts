/** Countries as sources write them, by English name or ISO code, -> ISO 3166-1 alpha-2, as OCSF wants `location.country`. */
import { ALPHA_2 } from "../tables/country-codes.ts";

const BY_NAME = new Map<string, string>();

function load(): void {
  const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  for (let first = 65; first <= 90; first += 1) {
    for (let second = 65; second <= 90; second += 1) {
      const code = String.fromCharCode(first, second);
      // UK, EU and the like are reserved or withdrawn codes for names that have a code of their own
      if (RESERVED.has(code)) continue;
      const name = names.of(code);
      if (name !== undefined && !BY_NAME.has(name.toLowerCase())) BY_NAME.set(name.toLowerCase(), code);
    }
  }
  for (const [name, code] of SPELLINGS) BY_NAME.set(name, code);
}

const RESERVED = new Set([
  "AN",
  "BU",
  "CS",
  "DD",
  "DY",
  "EU",
  "EZ",
  "FQ",
  "FX",
  "HV",
  "JT",
  "MI",
  "NH",
  "NQ",
  "NT",
  "PC",
  "PU",
  "PZ",
  "QO",
  "RH",
  "SU",
  "TP",
  "UK",
  "UN",
  "VD",
  "WK",
  "XA",
  "XB",
  "YD",
  "YU",
  "ZR",
  "ZZ",
]);

/** Names in use that differ from the locale data's. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ["united states of america", "US"],
  ["usa", "US"],
  ["great britain", "GB"],
  ["russian federation", "RU"],
  ["czech republic", "CZ"],
  ["turkey", "TR"],
  ["hong kong", "HK"],
  ["macau", "MO"],
  ["ivory coast", "CI"],
  ["republic of korea", "KR"],
  ["korea, republic of", "KR"],
  ["viet nam", "VN"],
  ["iran, islamic republic of", "IR"],
  ["republic of moldova", "MD"],
  ["the netherlands", "NL"],
];

/** Code of a country's name or of a code in any case; the text itself where neither is known. */
export function countryCode(country: string | undefined): string | undefined {
  if (country === undefined || country === "") return undefined;
  if (/^[A-Za-z]{2}$/.test(country)) return country.toUpperCase();
  const short = country.length === 3 ? ALPHA_2.get(country.toUpperCase()) : undefined;
  if (short !== undefined) return short;
  if (BY_NAME.size === 0) load();
  return BY_NAME.get(country.toLowerCase()) ?? country;
}
