/** A small company's logs on disk and the pipeline over them, for tests of the whole. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCompany } from "../demo/write.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import type { Incident } from "../src/model/incident.ts";
import { listInputs } from "../src/pipeline/collect/inputs.ts";
import { parseRuleFiles, planSetOf } from "../src/pipeline/detect/detector.ts";
import { runPipeline } from "../src/pipeline/index.ts";
import { readIncidents } from "../src/pipeline/persist/findings.ts";
import { Store } from "../src/pipeline/persist/store.ts";
import { WorkerPool } from "../src/pipeline/worker-pool.ts";

/** Monday 2026-03-16. */
const START = Date.UTC(2026, 2, 16);
/** Logs without a year take it from the file. */
const MODIFIED = new Date(START + 40 * 86_400_000);

export interface Scenario {
  readonly folder: string;
  readonly logs: string;
  readonly policy: string;
  remove(): void;
}

/**
 * @param days of logs; the first stories happen on the first days
 * @param life false: the stories alone, without the everyday around them
 */
export function writeScenario(days: number, life = true): Scenario {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-scenario-"));
  writeCompany(folder, { seed: 3, start: START, days, people: 16, life });
  const logs = join(folder, "logs");
  touch(logs);
  return {
    folder,
    logs,
    policy: join(folder, "policy.yaml"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A copy of the logs with every line written twice. */
export function doubled({ folder, logs }: Scenario): string {
  const copy = join(folder, "doubled");
  cpSync(logs, copy, { recursive: true });
  for (const path of filesBelow(copy)) {
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, lines.map((line) => (line === "" ? "" : `${line}\n${line}\n`)).join(""));
  }
  touch(copy);
  return copy;
}

export function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesBelow(join(path, name)));
}

function touch(path: string): void {
  for (const file of filesBelow(path)) utimesSync(file, MODIFIED, MODIFIED);
}

let versions = 1;

/** One run over the paths into the store. */
export async function scanInto(store: Store, paths: readonly string[], policyFile: string): Promise<void> {
  const { files } = await listInputs(paths);
  const policy = loadPolicy(policyFile);
  const documents = parseRuleFiles(loadRules([DETECTIONS]));
  await runPipeline(files, {
    store,
    catalogue: loadCatalogue(),
    policy,
    documents,
    planSet: planSetOf(documents, policy),
    source: "auto",
    clock: { now: () => versions++ },
    workers: new WorkerPool(2),
  });
}

/** What a store ends in: its incidents as printed, and how many rows each table has. */
export interface Outcome {
  readonly incidents: readonly Incident[];
  readonly rows: Readonly<Record<string, number>>;
}

export async function outcomeOf(store: Store): Promise<Outcome> {
  const counts = await Promise.all(
    ["activity", "match", "quarantine"].map(
      async (table) =>
        [table, Number((await store.rows<{ n: string }>(`SELECT count() AS n FROM ${table} FINAL`))[0]?.n)] as const,
    ),
  );
  return {
    incidents: await readIncidents(store, { from: 0, until: Number.MAX_SAFE_INTEGER }),
    rows: Object.fromEntries(counts),
  };
}

/** Runs `work` on a store of its own. */
export async function withStore<Result>(work: (store: Store, folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-store-"));
  const store = await Store.open(folder);
  try {
    return await work(store, folder);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
