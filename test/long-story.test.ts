/** What goes on for months is one story with one uid, however its logs come. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { squidLine } from "../demo/writers/squid.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import type { Incident } from "../src/model/incident.ts";
import { systemClock } from "../src/model/ports.ts";
import { listInputs } from "../src/pipeline/collect/inputs.ts";
import { parseRuleFiles, planSetOf } from "../src/pipeline/detect/detector.ts";
import { runPipeline } from "../src/pipeline/index.ts";
import { readIncidents } from "../src/pipeline/persist/findings.ts";
import { Store } from "../src/pipeline/persist/store.ts";
import { WorkerPool } from "../src/pipeline/worker-pool.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 5, 10);
const DAYS = 84;

const folder = mkdtempSync(join(tmpdir(), "sallyport-long-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function push(day: number): string {
  return squidLine({
    time: START + day * DAY_MS,
    elapsed: 310,
    client: "10.1.4.17",
    result: "TCP_MISS/200",
    bytes: 420,
    method: "POST",
    url: "https://github.com/media-19/thumbs.git/git-receive-pack",
    user: "alice",
    hierarchy: "HIER_DIRECT/140.82.121.4",
    contentType: "application/x-git-receive-pack-result",
  });
}

/** Runs the pipeline over one file after the other, each holding some of the days. */
async function scan(name: string, parts: readonly (readonly number[])[]): Promise<Incident[]> {
  const root = join(folder, name);
  mkdirSync(root);
  const store = await Store.open(join(root, "store"));
  try {
    for (const [index, days] of parts.entries()) {
      const path = join(root, `access-${index}.log`);
      writeFileSync(path, `${days.map(push).join("\n")}\n`);
      const policy = loadPolicy(join(DETECTIONS, "policy.yaml"));
      const documents = parseRuleFiles(
        loadRules([join(DETECTIONS, "low-and-slow"), join(DETECTIONS, "push-to-unsanctioned-repository")]),
      );
      await runPipeline((await listInputs([path])).files, {
        store,
        catalogue: loadCatalogue(),
        policy,
        documents,
        planSet: planSetOf(documents, policy),
        source: "auto",
        clock: systemClock,
        workers: new WorkerPool(1),
      });
    }
    return await readIncidents(store, { from: 0, until: Number.MAX_SAFE_INTEGER });
  } finally {
    await store.close();
  }
}

test("a push a day for twelve weeks", { timeout: 120_000 }, async () => {
  const days = Array.from({ length: DAYS }, (_, day) => day);
  const weeks = (from: number, until: number): number[] => days.filter((day) => day >= from * 7 && day < until * 7);
  const whole = await scan("whole", [days]);
  expect(whole.filter(({ behaviours }) => behaviours.includes("low-and-slow"))).toHaveLength(1);
  expect(whole[0]).toMatchObject({
    behaviours: ["push-to-unsanctioned-repository", "low-and-slow"],
    last_time: START + (DAYS - 1) * DAY_MS,
  });
  expect(whole[0]?.title).toMatch(
    /^alice@acme\.example sent data to github\.com\/media-19\/thumbs in small pieces over 8\d d$/,
  );

  const inOrder = await scan("in-order", [weeks(0, 4), weeks(4, 8), weeks(8, 12)]);
  expect(inOrder).toEqual(whole);
  const lastFirst = await scan("last-first", [weeks(8, 12), weeks(0, 4), weeks(4, 8)]);
  expect(lastFirst).toEqual(whole);
});
