/** The library entry, as strangers import it. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import { describe, expect, test } from "vitest";
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

describe("bundled for a browser", () => {
  const bundled = async (): Promise<string> => {
    const build = await rolldown({
      input: fileURLToPath(new URL("./sigma.ts", import.meta.url)),
      platform: "browser",
      logLevel: "silent",
    });
    const { output } = await build.generate({ format: "iife", name: "sigma" });
    await build.close();
    expect(output).toHaveLength(1);
    expect(output[0].imports).toEqual([]);
    return output[0].code;
  };

  test("it asks for no module, and the example of the documentation runs without anything of Node's", async () => {
    const code = await bundled();
    expect(code).not.toMatch(/["']node:/);
    expect(code).not.toMatch(/\brequire\(/);
    const documentation = readFileSync(new URL("../docs/sigma.md", import.meta.url), "utf8");
    const [, example = ""] = /## As a library\n[\s\S]*?```ts\n([\s\S]*?)```/.exec(documentation) ?? [];
    const [line = "", ...rest] = example.split("\n");
    const imported = /^import \{ (.*) \} from "sallyport\/sigma";$/.exec(line)?.[1];
    expect(imported).toBeDefined();
    // A context of its own has the language and nothing else: no process, no Buffer, no global of Node's.
    const said: string[] = [];
    const say = (...words: unknown[]): void => void said.push(words.join(" "));
    const context = createContext({
      console: { log: say, warn: say },
      TextEncoder,
      text: "title: Push\nlogsource: { product: github }\ndetection: { s: { action|startswith: git. }, condition: s }\nlevel: odd\n",
      event: { action: "git.push" },
    });
    runInContext(code.replace(/^var sigma\b/m, "globalThis.sigma"), context);
    runInContext(`{ const { ${imported} } = sigma; ${rest.join("\n")} }`, context);
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(/^4 /);
    expect(said[1]).toMatch(/^Push ./);
  });
});
