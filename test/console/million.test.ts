/** Search in the console over a million events, in a browser on the real server. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createBackend } from "../../src/backend/index.ts";
import { consoleFolder } from "../../src/commands/serve-store.ts";
import { loadCatalogue } from "../../src/content/load-catalogue.ts";
import { planSetOf } from "../../src/pipeline/detect/detector.ts";
import type { StoreReader } from "../../src/pipeline/persist/reader.ts";
import { Store } from "../../src/pipeline/persist/store.ts";
import { type RunningServer, startServer } from "../../src/pipeline/serve/server.ts";
import { findBrowser, NO_BROWSER, openBrowser, signIn } from "./browser.ts";
import { fillEvents } from "./full-store.ts";
import { poll } from "./setting.ts";

const EVENTS = 1_000_000;
const BUILD_CONSOLE = fileURLToPath(new URL("../../bin/build-console.mjs", import.meta.url));
const NOW = Date.UTC(2026, 1, 5);
const has = findBrowser() !== null;
if (!has) console.warn(`skipped: ${NO_BROWSER}`);

describe.skipIf(!has)("a million events", () => {
  let folder: string;
  let store: Store;
  let reader: StoreReader;
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    execFileSync(process.execPath, [BUILD_CONSOLE]);
    folder = mkdtempSync(join(tmpdir(), "sallyport-million-"));
    store = await Store.open(folder);
    reader = store.openReader();
    await fillEvents(store, EVENTS);
    const content = { catalogue: loadCatalogue(), policy: null, documents: [], planSet: planSetOf([], null) };
    const clock = { now: () => NOW };
    server = await startServer({
      backend: createBackend({ store, reader, content: () => content, clock }),
      clock,
      version: "test",
      listen: "127.0.0.1:0",
      consoleFolder: consoleFolder(),
    });
    browser = await openBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await reader?.close();
    await store?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("are counted, narrowed, ordered in time and paged through", async () => {
    const { page, context, complaints } = await signIn(
      browser,
      server.address,
      await server.access.createToken("mara", "admin"),
    );
    const total = page.locator("#h-res");
    const rows = page.locator(".results tr[data-row]");
    await page.goto(`${server.address}/search`);
    await poll(() => total.innerText()).toBe("1,000,000 events");
    await page.locator(".histogram svg").waitFor();
    expect(await rows.count()).toBe(100);

    // One in a hundred goes to the code host; the keys alone lead there.
    const ask = async (query: string, expected: string): Promise<void> => {
      await page.keyboard.press("/");
      await page.keyboard.press("Control+a");
      await page.keyboard.type(query);
      await page.keyboard.press("Enter");
      await poll(() => total.innerText()).toBe(expected);
    };
    await ask("context.destination.verdict:unsanctioned", "10,000 events");
    await ask("context.destination.host:github.com context.actor.name:person0", "1,112 events");
    // A word is looked for in a million lines as they came.
    await ask("github.com", "10,000 events");
    await page.getByRole("button", { name: "Show 100 more" }).click();
    await poll(() => rows.count()).toBe(200);
    expect(complaints).toEqual([]);
    await context.close();
  }, 120_000);
});
