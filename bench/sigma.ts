/**
 * Throughput of the Sigma matcher: rules only, on parsed events, one core. 300 and 3,000 rules, a mixed stream and Sysmon
 * alone, beside the naive evaluator in the same run with equal hits.
 */
import { availableParallelism, cpus } from "node:os";
import {
  compileRules,
  parseSigma,
  rawApplies,
  rawEventOptions,
  type RuleSet,
  type SigmaRule,
} from "../src/pipeline/detect/sigma/index.ts";
import { naiveRule } from "../src/pipeline/detect/sigma/naive-evaluator.ts";
import { mixedEvent, sysmonEvent, type BenchEvent } from "./sigma-events.ts";
import { benchRules } from "./sigma-rules.ts";
import { random } from "./sigma-words.ts";

export interface SigmaMeasurement {
  readonly name: string;
  readonly rules: number;
  readonly events: number;
  /** Events per second and core: median, slowest and fastest run. */
  readonly eventsPerSecond: { readonly median: number; readonly low: number; readonly high: number };
  /** Hits per pass; equal to those of the naive evaluator, or the run throws. */
  readonly hits: number;
  /** Events per second of the naive evaluator on the events it was given. */
  readonly naive: { readonly events: number; readonly eventsPerSecond: number };
  /** How many times faster than the naive evaluator. */
  readonly timesNaive: number;
}

export interface SigmaReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly runs: number;
  readonly measurements: readonly SigmaMeasurement[];
  /** Time per event at 3,000 rules by that at 300: mixed and Sysmon. */
  readonly growth: { readonly mixed: number; readonly sysmon: number };
}

export interface SigmaOptions {
  readonly events?: number;
  readonly runs?: number;
  /** Events the naive evaluator gets at 300 rules; a tenth of it at 3,000. */
  readonly naiveEvents?: number;
}

export function run({ events: count = 60_000, runs = 7, naiveEvents = 4_000 }: SigmaOptions = {}): SigmaReport {
  const streams = { mixed: eventsOf(mixedEvent, count), sysmon: eventsOf(sysmonEvent, count) };
  const sets = new Map([300, 3_000].map((size) => [size, compile(size)]));
  const measurements: SigmaMeasurement[] = [];
  for (const [size, set] of sets) {
    for (const [name, events] of Object.entries(streams))
      measurements.push(measure(name, set, events, runs, Math.ceil((naiveEvents * 300) / size)));
  }
  const speed = (name: string, size: number) =>
    measurements.find((one) => one.name === name && one.rules === size)?.eventsPerSecond.median ?? Number.NaN;
  return {
    machine: { cpu: cpus()[0]?.model.trim() ?? "unknown", cores: availableParallelism(), node: process.version },
    runs,
    measurements,
    growth: {
      mixed: speed("mixed", 300) / speed("mixed", 3_000),
      sysmon: speed("sysmon", 300) / speed("sysmon", 3_000),
    },
  };
}

function eventsOf(make: (next: () => number) => BenchEvent, count: number): BenchEvent[] {
  const next = random(7);
  // through JSON, as events come
  return Array.from({ length: count }, () => JSON.parse(JSON.stringify(make(next))) as BenchEvent);
}

function compile(size: number): RuleSet<unknown> {
  const { documents, issues } = parseSigma(benchRules(size), "bench.yml");
  const error = issues.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(error.message);
  return compileRules<unknown>(documents, rawEventOptions());
}

function measure(
  name: string,
  set: RuleSet<unknown>,
  events: readonly BenchEvent[],
  runs: number,
  naiveCount: number,
): SigmaMeasurement {
  const speeds: number[] = [];
  let hits = 0;
  // the first two passes build buckets and warm the compiler
  for (let pass = -2; pass < runs; pass++) {
    hits = 0;
    const seconds = cpuSeconds(() => {
      for (const event of events) hits += set.match(event).length;
    });
    if (pass >= 0) speeds.push(events.length / seconds);
  }
  speeds.sort((a, b) => a - b);
  const naive = measureNaive(set, events.slice(0, naiveCount));
  const median = speeds[Math.floor(speeds.length / 2)] ?? Number.NaN;
  return {
    name,
    rules: set.rules.length,
    events: events.length,
    eventsPerSecond: { median, low: speeds[0] ?? Number.NaN, high: speeds.at(-1) ?? Number.NaN },
    hits,
    naive,
    timesNaive: median / naive.eventsPerSecond,
  };
}

const ANY_LOGSOURCE = { category: null, product: null, service: null, definition: null };

/** Every rule of the event's log source, one after another; the hits must be the matcher's. */
function measureNaive(set: RuleSet<unknown>, events: readonly BenchEvent[]): SigmaMeasurement["naive"] {
  const { resolve, kindOf } = rawEventOptions();
  const nested = new Map<string, (event: unknown) => unknown>();
  const read = (event: unknown, field: string | null): unknown => {
    if (field === null) throw new Error("the rules of the benchmark have no keywords");
    if (!field.includes(".") || Object.hasOwn(event as object, field)) return (event as BenchEvent)[field];
    let reader = nested.get(field);
    if (reader === undefined) nested.set(field, (reader = resolve(ANY_LOGSOURCE, field).read));
    return reader(event);
  };
  const rules = set.rules.map((rule) => ({ rule, holds: naiveRule(rule, read) }));
  const covered = new Map<string, typeof rules>();
  const covers = (kind: string) => {
    let list = covered.get(kind);
    if (list === undefined) covered.set(kind, (list = rules.filter(({ rule }) => rawApplies(rule.logsource, kind))));
    return list;
  };
  const pass = () =>
    events.map((event) =>
      covers(kindOf(event))
        .filter(({ holds }) => holds(event))
        .map(({ rule }) => rule),
    );
  pass();
  let found: SigmaRule[][] = [];
  const seconds = cpuSeconds(() => {
    found = pass();
  });
  for (const [index, event] of events.entries()) {
    const matched = set.match(event);
    const wanted = found[index] ?? [];
    if (matched.length !== wanted.length || matched.some((rule, at) => rule !== wanted[at]))
      throw new Error(`event ${index}: the matcher and the naive evaluator disagree`);
  }
  return { events: events.length, eventsPerSecond: events.length / seconds };
}

/** Processor time of this thread: what others do on the machine counts less than in elapsed time. */
function cpuSeconds(work: () => void): number {
  globalThis.gc?.();
  const start = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1_000_000;
}

/** The report as text. */
export function format({ machine, runs, measurements, growth }: SigmaReport): string {
  const thousand = (value: number) => `${(value / 1000).toFixed(value < 100_000 ? 1 : 0)} k`;
  const rows = measurements.map(
    ({ name, rules, events, eventsPerSecond: { median, low, high }, hits, naive, timesNaive }) =>
      [
        String(rules),
        name,
        thousand(median),
        `${thousand(low)}–${thousand(high)}`,
        (1e6 / median).toFixed(2),
        thousand(naive.eventsPerSecond),
        `${timesNaive.toFixed(1)}×`,
        `${hits} in ${events}`,
      ].join("\t"),
  );
  return [
    `Sigma matcher, rules only, parsed events, one core: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`,
    `Events per second of processor time: median of ${runs} passes after two to warm up, with the slowest and the fastest; naive in the same run, hits compared event by event.`,
    "rules\tevents\tevents/s\tspread\tµs/event\tnaive\tratio\thits",
    ...rows,
    `Cost of an event at 3,000 rules against 300: mixed ${growth.mixed.toFixed(2)}×, Sysmon ${growth.sysmon.toFixed(2)}×`,
  ].join("\n");
}

if (import.meta.main) process.stdout.write(`${format(run())}\n`);
