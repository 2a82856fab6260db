/** What an installation tells about itself under `/metrics`. */
import type { Installation } from "./installation.ts";

/** How often a step was taken and how long it took, ms. */
export interface Stage {
  readonly name: string;
  readonly count: number;
  readonly mean: number;
  /** The upper bound of the bucket that the quantile lies in; infinite in the last. */
  readonly median: number;
  readonly p99: number;
}

/** Value by name with its labels, as the Prometheus text format spells them. @throws {Error} when it is not told */
export async function readMetrics(installation: Installation): Promise<ReadonlyMap<string, number>> {
  const headers = { authorization: `Bearer ${installation.token()}` };
  const answer = await fetch(`http://127.0.0.1:${installation.ports.console}/metrics`, { headers });
  if (!answer.ok) throw new Error(`/metrics answers ${answer.status}`);
  const samples = new Map<string, number>();
  for (const line of (await answer.text()).split("\n")) {
    const at = line.lastIndexOf(" ");
    if (!line.startsWith("#") && at > 0) samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return samples;
}

/** @param metric the name of a histogram of seconds */
export function stageOf(name: string, metric: string, metrics: ReadonlyMap<string, number>): Stage {
  const count = metrics.get(`${metric}_count`) ?? 0;
  const bucket = `${metric}_bucket{le="`;
  const buckets = [...metrics]
    .filter(([key]) => key.startsWith(bucket))
    .map(([key, below]) => ({ bound: Number(key.slice(bucket.length, -2).replace("+Inf", "Infinity")), below }));
  const at = (share: number): number =>
    (buckets.find(({ below }) => below >= share * count)?.bound ?? Number.POSITIVE_INFINITY) * 1_000;
  const mean = count === 0 ? 0 : ((metrics.get(`${metric}_sum`) ?? 0) / count) * 1_000;
  return { name, count, mean, median: at(0.5), p99: at(0.99) };
}
