/**
 * `npm run bench -- console`: the console in a browser on a full store. A store of BENCH_INCIDENTS (100,000) incidents and BENCH_EVENTS (1,000,000)
 * events is written through `persist`, the real server serves it, and Chromium opens it: fresh for every first paint, so that nothing is
 * cached. A time ends when the rows are drawn, not when they have arrived.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { createBackend } from "../src/backend/index.ts";
import { consoleFolder } from "../src/commands/serve-store.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import { systemClock } from "../src/model/ports.ts";
import { parseRuleFiles, planSetOf } from "../src/pipeline/detect/detector.ts";
import { Store } from "../src/pipeline/persist/store.ts";
import { startServer } from "../src/pipeline/serve/server.ts";
import { findBrowser, NO_BROWSER, openBrowser, signIn } from "../test/console/browser.ts";
import { fillEvents, fillIncidents } from "../test/console/full-store.ts";
import { median } from "./measure.ts";

const INCIDENTS = Number(process.env.BENCH_INCIDENTS ?? 100_000);
const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const ROUNDS = 7;

const FILTERS = [
  "/?severity=critical",
  "/?severity=high",
  "/?behaviour=api-upload",
  "/?text=person17",
  "/?text=outside%20of%20work",
  "/?text=nothing%20has%20this",
  "/?actor=person42",
  "/?destination=github.com/person3*",
  "/?host=laptop-11*",
  "/?view=mine",
  "/?view=nobody",
  "/?view=closed",
  "/?sort=time",
  "/?severity=low&behaviour=volume-anomaly&text=laptop-5",
] as const;

const QUESTIONS = [
  "/search",
  "/search?q=context.destination.verdict:unsanctioned",
  "/search?q=github.com",
  "/search?q=person17%20project",
  "/search?q=traffic.bytes_out:>=99000",
  "/search?q=source:zeek-http%20lane:network",
  "/search?q=nothinghasthis",
  "/search?q=context.actor.name:person7*",
] as const;

/** Goes to an address of the console as a link in it would, and says how long it took until what it shows was drawn. */
const GO = `(path, drawn) => new Promise((resolve, reject) => {
  const begin = performance.now();
  const before = window.__requests ?? 0;
  history.pushState({}, "", path);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  const look = () => {
    if (performance.now() - begin > 20_000) reject(new Error("not drawn after 20 s: " + path));
    else if (window.__waiting === 0 && window.__requests > before && document.querySelector(drawn) !== null)
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begin)));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})`;

/** Counts what is under way. */
const WATCH = `(() => {
  const real = window.fetch;
  window.__waiting = 0;
  window.__requests = 0;
  window.fetch = (...given) => {
    window.__waiting += 1;
    window.__requests += 1;
    return real(...given).finally(() => setTimeout(() => { window.__waiting -= 1; }));
  };
})()`;

export async function run(): Promise<string> {
  if (findBrowser() === null) return `not measured: ${NO_BROWSER}`;
  execFileSync(process.execPath, [fileURLToPath(new URL("../bin/build-console.mjs", import.meta.url))]);
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  const store = await Store.open(join(folder, "store"));
  const reader = store.openReader();
  try {
    const filling = performance.now();
    await fillIncidents(store, INCIDENTS);
    await fillEvents(store, EVENTS);
    const filled = (performance.now() - filling) / 1_000;
    const documents = parseRuleFiles(loadRules([DETECTIONS]));
    const content = { catalogue: loadCatalogue(), policy: null, documents, planSet: planSetOf(documents, null) };
    const server = await startServer({
      backend: createBackend({ store, reader, content: () => content, clock: systemClock }),
      clock: systemClock,
      version: "bench",
      listen: "127.0.0.1:0",
      consoleFolder: consoleFolder(),
      requestsPerMinute: 1_000_000,
      // Every fresh context signs in.
      signInsPerMinute: 10_000,
    });
    const token = await server.access.createToken("mara", "admin");
    const browser = await openBrowser();
    const lines: string[] = [];
    const tell = (name: string, times: readonly number[]): void =>
      void lines.push(`${name.padEnd(52)} ${summary(times)}`);
    const fresh = async (work: (page: Page) => Promise<void>): Promise<void> => {
      const { page, context } = await signIn(browser, server.address, token);
      await page.addInitScript(WATCH);
      await work(page);
      await context.close();
    };

    const paints: number[] = [];
    const rows: number[] = [];
    for (let round = -1; round < ROUNDS; round += 1)
      await fresh(async (page) => {
        await page.goto(server.address);
        await page.waitForSelector(".queue tr[data-uid]");
        const [paint, drawn] = (await page.evaluate(
          `[performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0, performance.now()]`,
        )) as [number, number];
        if (round >= 0) paints.push(paint);
        if (round >= 0) rows.push(drawn);
      });
    tell("queue, first contentful paint", paints);
    tell("queue, its rows on the screen", rows);

    const filters: number[] = [];
    for (let round = 0; round < 3; round += 1)
      await fresh(async (page) => {
        await page.goto(server.address);
        await page.waitForSelector(".queue tr[data-uid]");
        for (const path of FILTERS)
          filters.push(
            (await page.evaluate(`(${GO})(${JSON.stringify(path)}, ".queue tr[data-uid], .empty")`)) as number,
          );
      });
    tell(`queue, ${filters.length} filters`, filters);

    const answers = new Map<string, number[]>();
    for (let round = 0; round < 3; round += 1)
      for (const path of QUESTIONS)
        await fresh(async (page) => {
          await page.goto(`${server.address}/policy`);
          await page.waitForSelector("#h-ours");
          const drawn = ".histogram svg, .empty";
          const took = (await page.evaluate(`(${GO})(${JSON.stringify(path)}, ${JSON.stringify(drawn)})`)) as number;
          answers.set(path, [...(answers.get(path) ?? []), took]);
        });
    for (const [path, times] of answers)
      tell(`search, ${decodeURIComponent(path.slice("/search".length)) || "all"}`, times);
    tell("search, all of these, with histogram", [...answers.values()].flat());

    await browser.close();
    await server.close();
    return [
      `${INCIDENTS.toLocaleString("en")} incidents, ${EVENTS.toLocaleString("en")} events, written in ${filled.toFixed(0)} s; browser, server and store share the machine; ${ROUNDS} fresh contexts for a first paint`,
      ...lines,
    ].join("\n");
  } finally {
    await reader.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const p95 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? 0;
  return `median ${median(times).toFixed(0).padStart(5)} ms   p95 ${p95.toFixed(0).padStart(5)} ms   slowest ${(sorted.at(-1) ?? 0).toFixed(0).padStart(5)} ms`;
}
