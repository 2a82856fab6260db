/** A small company's incidents behind a real server, for tests. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scanInto, writeScenario } from "./scenario.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import { parseRuleFiles, planSetOf } from "../src/pipeline/detect/detector.ts";
import { QuarantineWriter } from "../src/pipeline/persist/quarantine.ts";
import type { StoreReader } from "../src/pipeline/persist/reader.ts";
import { Store } from "../src/pipeline/persist/store.ts";
import { startServer, type RunningServer, type ServerOptions } from "../src/pipeline/serve/server.ts";
import { createBackend } from "../src/backend/index.ts";

export interface ServedCompany {
  readonly store: Store;
  readonly reader: StoreReader;
  readonly server: RunningServer;
  /** Role admin. */
  readonly token: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  json<Body>(path: string): Promise<Body>;
  send(method: string, path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** Folder with `store` and `policy.yaml` of a company's first days. It takes seconds to make: the tests of a run share it. */
async function scannedCompany(days: number): Promise<string> {
  const shared = process.env["SALLYPORT_TEST_SHARED"] ?? mkdtempSync(join(tmpdir(), "sallyport-shared-"));
  const done = join(shared, `company-${days}`);
  if (existsSync(done)) return done;
  mkdirSync(shared, { recursive: true });
  const folder = mkdtempSync(`${done}-`);
  const scenario = writeScenario(Math.max(1, days), false);
  const store = await Store.open(join(folder, "store"));
  if (days > 0) await scanInto(store, [scenario.logs], scenario.policy);
  await store.close();
  cpSync(scenario.policy, join(folder, "policy.yaml"));
  scenario.remove();
  try {
    renameSync(folder, done);
  } catch {
    // Another process was faster.
    rmSync(folder, { recursive: true, force: true });
  }
  return done;
}

/** @param days of stories; 0: nothing at all happened */
export async function serveCompany(days: number, options: Partial<ServerOptions> = {}): Promise<ServedCompany> {
  const company = await scannedCompany(days);
  const folder = mkdtempSync(join(tmpdir(), "sallyport-serve-"));
  cpSync(join(company, "store"), join(folder, "store"), { recursive: true, verbatimSymlinks: true });
  const store = await Store.open(join(folder, "store"));
  const policy = loadPolicy(join(company, "policy.yaml"));
  const quarantine = new QuarantineWriter(store);
  for (let line = 1; line <= 5; line += 1)
    quarantine.add({ file: "odd.log", line, reason: "not JSON", excerpt: `=cmd|'/c calc'!A${line}` });
  await quarantine.flush();

  const reader = store.openReader();
  const documents = parseRuleFiles(loadRules([DETECTIONS]));
  const content = { catalogue: loadCatalogue(), policy, documents, planSet: planSetOf(documents, policy) };
  const clock = { now: () => Date.now() };
  const server = await startServer({
    backend: createBackend({ store, reader, content: () => content, clock }),
    clock,
    version: "0.0.0-test",
    listen: "127.0.0.1:0",
    consoleFolder: join(folder, "no-console"),
    requestsPerMinute: 1_000_000,
    ...options,
  });
  const token = await server.access.createToken("mara", "admin");
  const authorization = `Bearer ${token}`;
  const get: ServedCompany["get"] = (path, headers = {}) =>
    fetch(`${server.address}${path}`, { headers: { authorization, ...headers }, redirect: "manual" });
  return {
    store,
    reader,
    server,
    token,
    get,
    json: async (path) => {
      const response = await get(path);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as never;
    },
    send: (method, path, body, headers = {}) =>
      fetch(`${server.address}${path}`, {
        method,
        headers: { authorization, "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
        redirect: "manual",
      }),
    close: async () => {
      await server.close();
      await reader.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
