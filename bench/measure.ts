/**
 * How things are measured here: every case runs once per round, the cases of a round one after the other, so that whatever else the
 * machine does falls on all alike; the first round is not counted. Compare only what came from the same run.
 */
import { cpus, totalmem } from "node:os";

export interface Case {
  readonly name: string;
  /** Does the work once and says how much it was, in the case's unit. */
  readonly run: () => number | Promise<number>;
}

export interface Measurement {
  readonly name: string;
  /** Work per second: median of the rounds, and the slowest and the fastest round. */
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Median absolute deviation, as a share of the median. */
  readonly spread: number;
}

export async function measureInterleaved(cases: readonly Case[], rounds: number): Promise<Measurement[]> {
  const rates = cases.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { run }] of cases.entries()) {
      globalThis.gc?.();
      const started = performance.now();
      const amount = await run();
      if (round >= 0) rates[index]!.push(amount / ((performance.now() - started) / 1000));
    }
  }
  return cases.map(({ name }, index) => summarise(name, rates[index]!));
}

export function summarise(name: string, values: readonly number[]): Measurement {
  const middle = median(values);
  return {
    name,
    median: middle,
    low: Math.min(...values),
    high: Math.max(...values),
    spread: median(values.map((value) => Math.abs(value - middle))) / middle,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** What the figures were measured on. */
export function machine(): string {
  const processors = cpus();
  const memoryGiB = (totalmem() / 2 ** 30).toFixed(0);
  const model = processors[0]?.model.trim() ?? "unknown processor";
  return `${model}, ${processors.length} cores, ${memoryGiB} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}

/** One line a measurement: name, median, slowest to fastest, spread. */
export function formatMeasurements(measurements: readonly Measurement[], unit: string): string {
  const number = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });
  const width = Math.max(...measurements.map(({ name }) => name.length));
  return measurements
    .map(
      ({ name, median: middle, low, high, spread }) =>
        `${name.padEnd(width)}  ${number(middle).padStart(9)} ${unit}/s  (${number(low)} to ${number(high)}, ±${Math.round(spread * 100)} %)`,
    )
    .join("\n");
}
