/**
 * Examples of detections through the whole pipeline. They are tested in several files, each a share of all, because files are what
 * runs at the same time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findDetections, problemOf } from "../src/commands/rule-test.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import type { Policy } from "../src/model/policy.ts";
import type { RuleFile } from "../src/pipeline/detect/detector.ts";
import { testExamples, type ExampleResult } from "../src/pipeline/examples.ts";
import { Store } from "../src/pipeline/persist/store.ts";
import { everything } from "./extent.ts";

/** How many files share the detections. */
const SHARES = 3;
/** Examples of each kind, fires and quiet, of a detection; `npm test` makes do with one. */
const OF_A_KIND = everything ? Infinity : 1;

export const catalogue = loadCatalogue();
export const policy = loadPolicy(join(DETECTIONS, "policy.yaml"));

/** Opens a store for the tests of the file that calls it. @returns what runs examples in it */
export function exampleRunner(): (
  files: readonly string[],
  rules: readonly RuleFile[],
  policy: Policy | null,
) => Promise<ExampleResult[]> {
  let folder: string;
  let store: Store;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-detections-"));
    store = await Store.open(folder);
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return (files, rules, policy_) => Array.fromAsync(testExamples(store, files, { catalogue, policy: policy_, rules }));
}

/** Tests every detection of a share, 0 to `SHARES` - 1: those with most examples are dealt out first. */
export function testShare(share: number): void {
  const detections = findDetections(DETECTIONS)
    .toSorted((a, b) => b.examples.length - a.examples.length)
    .filter((_, index) => index % SHARES === share);
  const run = exampleRunner();
  test.each(detections)("$id", async ({ folder, examples }) => {
    const kinds = Object.values(Object.groupBy(examples, (path) => basename(path).split("-", 1)[0] ?? ""));
    const some = kinds.flatMap((paths) => paths?.slice(0, OF_A_KIND) ?? []);
    const results = await run(some, loadRules([folder]), policy);
    expect(results).not.toHaveLength(0);
    expect(
      results.flatMap((result) =>
        problemOf(result) === null ? [] : [`${basename(result.file)}: ${problemOf(result)}`],
      ),
    ).toEqual([]);
  });
}
