/**
 * Every evasion of docs/reference/evasions.md: its examples are the logs in test/evasions/, go through the whole pipeline, and
 * are found or not found as the table says.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evasions, resultOf } from "../demo/evasions/index.ts";
import { linesOf } from "../demo/evasions/scene.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import { testExamples } from "../src/pipeline/examples.ts";
import { Store } from "../src/pipeline/persist/store.ts";

const folder = fileURLToPath(new URL("evasions/", import.meta.url));
const fileOf = (id: string, name: string): string => join(folder, `${id.toLowerCase()}-${name}.log`);

test("there are 36, in order, and no file without its evasion", () => {
  expect(evasions.map(({ id }) => id)).toEqual(Array.from({ length: 36 }, (_, index) => `E${index + 1}`));
  const files = evasions.flatMap(({ id, examples }) => Object.keys(examples).map((name) => fileOf(id, name)));
  expect(
    readdirSync(folder)
      .map((name) => join(folder, name))
      .toSorted(),
  ).toEqual(files.toSorted());
});

test("examples are named for what comes of them, and what is seen has behaviours", () => {
  for (const evasion of evasions) {
    for (const name of Object.keys(evasion.examples)) expect(name).toMatch(/^(?:un)?seen-[a-z-]+$/);
    expect(evasion.behaviours.length > 0, evasion.id).toBe(resultOf(evasion) !== "blind");
  }
});

describe("logs", () => {
  test.each(
    evasions.flatMap(({ id, examples }) => Object.entries(examples).map(([name, example]) => ({ id, name, example }))),
  )("$id $name", async ({ id, name, example }) => {
    await expect(`${linesOf(example).join("\n")}\n`).toMatchFileSnapshot(fileOf(id, name));
  });
});

describe("through the pipeline", () => {
  let root: string;
  let store: Store;
  const content = {
    catalogue: loadCatalogue(),
    policy: loadPolicy(fileURLToPath(new URL("../demo/policy.yaml", import.meta.url))),
    rules: loadRules([DETECTIONS]),
  };

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "sallyport-evasions-"));
    store = await Store.open(root);
  });
  afterAll(async () => {
    await store.close();
    rmSync(root, { recursive: true, force: true });
  });

  test.each(evasions)(
    "$id $title",
    async ({ id, examples, behaviours }) => {
      const names = Object.keys(examples);
      const results = await Array.fromAsync(
        testExamples(
          store,
          names.map((name) => fileOf(id, name)),
          content,
        ),
      );
      const found = results.map(({ findings }) => new Set<string>(findings.flatMap((finding) => finding.behaviours)));
      const said = names.map((name, index) => ({
        name,
        rejected: results[index]?.rejected.length,
        found: [...(found[index] ?? [])],
      }));
      names.forEach((name, index) => {
        const seen = found[index] ?? new Set();
        expect(results[index]?.rejected, `${name}: lines that cannot be read`).toEqual([]);
        if (name.startsWith("seen-"))
          expect(
            behaviours.some((behaviour) => seen.has(behaviour)),
            JSON.stringify(said),
          ).toBe(true);
        else expect([...seen], name).toEqual([]);
      });
      for (const behaviour of behaviours)
        expect(
          found.some((seen) => seen.has(behaviour)),
          `${behaviour}: ${JSON.stringify(said)}`,
        ).toBe(true);
    },
    120_000,
  );
});
