/** The library entry, as strangers import it. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkSigma, compileRules, parseSigma, rawEventOptions } from "./sigma.ts";

test("rules match events as they are", () => {
  const { documents, issues } = parseSigma(
    "title: Push\nlogsource: { product: github }\ndetection: { s: { action|startswith: git. }, condition: s }\n",
    "rule.yml",
  );
  expect(issues).toEqual([]);
  const rules = compileRules<Record<string, unknown>>(documents, rawEventOptions());
  expect(rules.match({ action: "git.push" }).map(({ title }) => title)).toEqual(["Push"]);
  expect(rules.match({ action: "repo.create" })).toEqual([]);
  expect(checkSigma([]).issues).toEqual([]);
});

/** Specifiers of imports that survive type stripping. */
function importsOf(source: string): string[] {
  return [...source.matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)";/gm)].map(
    ([, specifier = ""]) => specifier,
  );
}

test("the library needs nothing of Node's: it runs in a browser", () => {
  const outside = new Set<string>();
  const seen = new Set<string>();
  const open = [new URL("./sigma.ts", import.meta.url)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file.href)) continue;
    seen.add(file.href);
    expect(existsSync(file), file.href).toBe(true);
    for (const specifier of importsOf(readFileSync(file, "utf8"))) {
      if (specifier.startsWith(".")) open.push(new URL(specifier, file));
      else outside.add(specifier);
    }
  }
  expect(seen.size).toBeGreaterThan(20);
  expect([...outside]).toEqual(["yaml"]);
});
