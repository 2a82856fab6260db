/**
 * The whole: `scan` over generated events in the mix of six sources, one file each, into the embedded store; and its
 * stages one by one on one thread. `SALLYPORT_BENCH_EVENTS` sets how many (1,000,000).
 */
import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeMixedEvents } from "../demo/write.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import type { Activity, OcsfEvent } from "../src/model/activity.ts";
import type { SourceMap } from "../src/pipeline/conform/define-map.ts";
import { createContextBuilder } from "../src/pipeline/conform/context/index.ts";
import { openStream } from "../src/pipeline/conform/index.ts";
import { createDetector, parseRuleFiles } from "../src/pipeline/detect/detector.ts";
import { createActivityWriter } from "../src/pipeline/persist/columns.ts";

const EVENTS = Number(process.env.SALLYPORT_BENCH_EVENTS ?? 1_000_000);
const STAGE_EVENTS = 60_000;
const MAIN = fileURLToPath(new URL("../bin/sallyport.mjs", import.meta.url));

export function run(): string {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  try {
    writeMixedEvents(join(folder, "stages"), { count: STAGE_EVENTS, seed: 1 });
    const stages = measureStages(join(folder, "stages"));
    writeMixedEvents(join(folder, "logs"), { count: EVENTS, seed: 1 });
    return `${stages}\n${measureScan(folder)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU time of this process, µs. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function measureStages(folder: string): string {
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== ""),
  );
  const context = createContextBuilder(loadCatalogue(), null);
  const detector = createDetector(parseRuleFiles(loadRules([DETECTIONS])), null);
  const writer = createActivityWriter();
  const rounds = Array.from({ length: 6 }, () => {
    const laps = new Map<string, number>();
    let before = cpu();
    const lap = (name: string): void => {
      const now = cpu();
      laps.set(name, (now - before) / lines.length);
      before = cpu();
    };
    for (const line of lines) if (line.startsWith("{")) JSON.parse(line);
    lap("JSON.parse alone");
    const events: { event: OcsfEvent; map: SourceMap }[] = [];
    const stream = openStream({
      source: "auto",
      environment: { fileModifiedTime: Date.now(), fileName: "" },
      emit: (event, map) => events.push({ event, map }),
      reject: () => {},
    });
    for (const line of lines) stream.push(line, 1);
    stream.flush();
    lap("conform, parsing included");
    const activities = events.map(({ event, map }): Activity => ({ source: map.id, event, context: context(event) }));
    lap("context");
    activities.forEach((activity, index) => detector.match(activity, events[index]!.map.lane));
    lap("detect");
    for (const activity of activities) {
      const id = hash("sha256", activity.event.metadata.uid ?? "", "hex").slice(0, 32);
      writer.add({ id, activity, preamble: "" });
    }
    writer.finish(() => {});
    lap("encode for the store");
    return laps;
  }).slice(1);
  const names = [...(rounds[0]?.keys() ?? [])];
  const rows = names.map((name) => {
    const values = rounds.map((laps) => laps.get(name)!).toSorted((a, b) => a - b);
    const middle = values[values.length >> 1]!;
    return `  ${name.padEnd(28)} ${middle.toFixed(2).padStart(6)} µs/event  (${values[0]!.toFixed(2)} to ${values.at(-1)!.toFixed(2)})`;
  });
  return `stages, one thread, CPU time, ${lines.length.toLocaleString("en")} events, median of ${rounds.length} rounds:\n${rows.join("\n")}`;
}

function measureScan(folder: string): string {
  const bytes = readdirSync(join(folder, "logs")).reduce(
    (sum, file) => sum + readFileSync(join(folder, "logs", file)).length,
    0,
  );
  // The logs have been written long before they are read; what was just written would still be on its way to the disk.
  spawnSync("sync");
  const rows = [1, 2, 3].map((round) => {
    const started = performance.now();
    const { stderr, status } = spawnSync(
      "/usr/bin/env",
      [
        process.execPath,
        "--import",
        `data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+"\\n"))`,
        MAIN,
        "scan",
        join(folder, "logs"),
        "--store",
        join(folder, `store-${round}`),
        "-o",
        "ndjson",
      ],
      { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"], maxBuffer: 64 << 20 },
    );
    const seconds = (performance.now() - started) / 1000;
    const peakKiB = Number(/peak (\d+)/.exec(stderr)?.[1] ?? 0);
    rmSync(join(folder, `store-${round}`), { recursive: true, force: true });
    if (status !== 0) throw new Error(`scan ended with ${status}: ${stderr.slice(-2000)}`);
    return { rate: EVENTS / seconds, seconds, peakMiB: peakKiB / 1024 };
  });
  const byRate = rows.toSorted((a, b) => a.rate - b.rate);
  const middle = byRate[1]!;
  const number = (value: number): string => Math.round(value).toLocaleString("en");
  return `scan, the whole command, ${EVENTS.toLocaleString("en")} events (${number(bytes / 1e6)} MB), two workers or as many as cores, three runs:
  ${number(middle.rate)} events/s (${number(byRate[0]!.rate)} to ${number(byRate[2]!.rate)}), ${middle.seconds.toFixed(1)} s, peak memory ${number(Math.max(...rows.map(({ peakMiB }) => peakMiB)))} MiB`;
}
