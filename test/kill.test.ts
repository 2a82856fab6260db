/** A process killed at any point loses nothing: the next run over the same logs ends where an undisturbed one ends. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { Store } from "../src/pipeline/persist/store.ts";
import { outcomeOf, scanInto, withStore, writeScenario } from "./scenario.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const KILLS = 20;

function scan(
  logs: string,
  policy: string,
  store: string,
): { done: Promise<{ code: number | null; errors: string }>; kill: () => void } {
  const child = spawn(process.execPath, [MAIN, "scan", logs, "--policy", policy, "--store", store, "-o", "ndjson"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
  return {
    done: new Promise((resolve) => child.on("close", (code) => resolve({ code, errors }))),
    kill: () => void child.kill("SIGKILL"),
  };
}

test(`killed ${KILLS} times at points spread over the run, then run to the end`, async () => {
  const scenario = writeScenario(3, false);
  const folder = mkdtempSync(join(tmpdir(), "sallyport-kill-"));
  try {
    const expected = await withStore(async (store) => {
      await scanInto(store, [scenario.logs], scenario.policy);
      return outcomeOf(store);
    });
    const started = performance.now();
    const undisturbed = await scan(scenario.logs, scenario.policy, join(folder, "undisturbed")).done;
    const duration = performance.now() - started;
    expect(undisturbed.errors).not.toContain("[");

    const store = join(folder, "store");
    for (let n = 0; n < KILLS; n += 1) {
      const run = scan(scenario.logs, scenario.policy, store);
      // Spread evenly over the run, shifted a little each time so that every phase is met.
      await wait((duration * (n + 0.5)) / KILLS);
      run.kill();
      await run.done;
    }
    const last = await scan(scenario.logs, scenario.policy, store).done;
    expect(last.errors).not.toContain("store.");
    const opened = await Store.open(store);
    try {
      expect(opened.detachedParts).toEqual([]);
      expect(await outcomeOf(opened)).toEqual(expected);
    } finally {
      await opened.close();
    }
  } finally {
    scenario.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
