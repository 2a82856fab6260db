/**
 * Throughput of the conform stage, map by map: lines of the golden cases, multiplied with changing addresses, through one
 * stream (recognition, decoding, map, content hash), beside bare `JSON.parse` of the same lines in the same run. Measured is
 * the thread's CPU time: what else the machine does hardly counts. What misses a goal is marked.
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { maps, openStream } from "../src/pipeline/conform/index.ts";

const golden = new URL("../src/pipeline/conform/golden/", import.meta.url);
const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "bench.log" };

/** Records a second and core, of records below LARGE bytes. A line that becomes several events counts as so many. */
const LEAST_PER_SECOND = 60_000;
const LARGE = 1_000;
const MOST_TIMES_JSON_PARSE = 2.5;

export interface ConformMeasurement {
  /** Map id, with the golden case where one map is measured in several forms. */
  readonly name: string;
  readonly lines: number;
  readonly bytesPerLine: number;
  readonly eventsPerLine: number;
  /** Lines per second and core: median, slowest and fastest run. */
  readonly linesPerSecond: { readonly median: number; readonly low: number; readonly high: number };
  /** Time of the stage by the time of bare JSON.parse, medians of the same run; null where the lines are not JSON. */
  readonly timesJsonParse: number | null;
}

export interface ConformReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly runs: number;
  readonly measurements: readonly ConformMeasurement[];
}

export interface ConformOptions {
  /** Lines per run and case. */
  readonly lines?: number;
  readonly runs?: number;
  /** Only maps whose id begins with this. */
  readonly only?: string;
}

export function run({ lines: count = 10_000, runs = 5, only = "" }: ConformOptions = {}): ConformReport {
  const measurements: ConformMeasurement[] = [];
  for (const map of maps) {
    if (!map.id.startsWith(only)) continue;
    const folder = new URL(`${map.id}/`, golden);
    for (const file of readdirSync(folder).toSorted()) {
      if (!file.endsWith(".in") || file.startsWith("damaged")) continue;
      const measurement = measure(
        `${map.id}/${file.slice(0, -3)}`,
        readFileSync(new URL(file, folder), "utf8").split("\n"),
        map.id,
        count,
        runs,
      );
      if (measurement !== null) measurements.push(measurement);
    }
  }
  return {
    machine: { cpu: cpus()[0]?.model.trim() ?? "unknown", cores: availableParallelism(), node: process.version },
    runs,
    measurements,
  };
}

function measure(
  name: string,
  golden: readonly string[],
  source: string,
  count: number,
  runs: number,
): ConformMeasurement | null {
  const header = golden.filter((line) => line.startsWith("#"));
  const rows = golden.filter((line) => line !== "" && !line.startsWith("#"));
  // A header that changes midway has no meaning when its rows are multiplied.
  if (rows.length === 0 || header.filter((line) => line.startsWith("#fields")).length > 1) return null;
  const lines = multiply(rows, count);
  const json = rows.every((row) => row.startsWith("{"));

  const stage: number[] = [];
  const parse: number[] = [];
  let events = 0;
  // The first run warms the code up and is not counted.
  for (let index = 0; index <= runs; index += 1) {
    const parsed = json ? time(() => lines.forEach((line) => JSON.parse(line) as unknown)) : 0;
    events = 0;
    const stream = openStream({
      source: "auto",
      expected: source,
      environment,
      emit: () => (events += 1),
      reject: () => {},
    });
    header.forEach((line, at) => stream.push(line, at));
    const conformed = time(() => {
      for (let at = 0; at < lines.length; at += 1) stream.push(lines[at]!, at);
      stream.flush();
    });
    if (index === 0) continue;
    stage.push(conformed);
    parse.push(parsed);
  }
  const perSecond = (seconds: number) => Math.round(count / seconds);
  return {
    name,
    lines: count,
    bytesPerLine: Math.round(lines.reduce((sum, line) => sum + line.length, 0) / count),
    eventsPerLine: events / count,
    linesPerSecond: {
      median: perSecond(median(stage)),
      low: perSecond(Math.max(...stage)),
      high: perSecond(Math.min(...stage)),
    },
    timesJsonParse: json ? median(stage) / median(parse) : null,
  };
}

/** No two lines in a row are equal, as no two log lines are. */
function multiply(rows: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const row = rows[index % rows.length]!;
    // Through a buffer: a string glued together by replace would be flattened inside the measurement.
    return Buffer.from(row.replace(/10\.1\.4\.\d{1,3}/g, `10.1.${(index >> 8) & 255}.${index & 255}`)).toString();
  });
}

function time(work: () => void): number {
  globalThis.gc?.();
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** The goals that a case misses; a line that yields no event has cost its time all the same. */
function missed({ bytesPerLine, eventsPerLine, linesPerSecond, timesJsonParse }: ConformMeasurement): string[] {
  const perSecond = linesPerSecond.median * Math.max(1, eventsPerLine);
  return [
    ...(bytesPerLine < LARGE && perSecond < LEAST_PER_SECOND ? ["slow"] : []),
    ...(timesJsonParse !== null && timesJsonParse > MOST_TIMES_JSON_PARSE ? ["parse"] : []),
  ];
}

/** The report as lines for a terminal. */
export function format({ machine, runs, measurements }: ConformReport): string {
  const rows = measurements.map((measurement) => {
    const { name, bytesPerLine, eventsPerLine, linesPerSecond, timesJsonParse } = measurement;
    const { median: middle, low, high } = linesPerSecond;
    return [
      name.padEnd(44),
      `${bytesPerLine} B`.padStart(7),
      eventsPerLine.toFixed(2).padStart(7),
      `${Math.round(middle / 1_000)} k`.padStart(8),
      `${Math.round(low / 1_000)}-${Math.round(high / 1_000)} k`.padStart(12),
      (timesJsonParse === null ? "-" : `${timesJsonParse.toFixed(2)} x`).padStart(9),
      ...missed(measurement),
    ].join(" ");
  });
  const short = (goal: string): number =>
    measurements.filter((measurement) => missed(measurement).includes(goal)).length;
  const head = [
    `conform, one core, median of ${runs} runs (slowest-fastest), ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`,
  ];
  const foot = [
    `${short("slow")} of ${measurements.length} cases slow: below ${LEAST_PER_SECOND} records/s at less than ${LARGE} bytes a line`,
    `${short("parse")} of ${measurements.filter(({ timesJsonParse }) => timesJsonParse !== null).length} JSON cases above ${MOST_TIMES_JSON_PARSE} times JSON.parse`,
  ];
  return [...head, `${"case".padEnd(44)}    line events/l lines/s       spread JSON.parse`, ...rows, ...foot].join(
    "\n",
  );
}

if (import.meta.main) console.log(format(run({ only: process.argv[2] ?? "" })));
