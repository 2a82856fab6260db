/**
 * `npm run soak`: what CI does in little, for as long as one likes.
 *
 * `npm run soak -- kills --count 200` kills an installation under load again and again;
 * `npm run soak -- load --rate 25000 --minutes 30` keeps it busy.
 */
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { killRepeatedly } from "./faults.ts";
import { Installation } from "./installation.ts";
import { steadyLoad } from "./load.ts";
import { underLoad } from "./run.ts";
import { tellVerdicts } from "./tally.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    rate: { type: "string", default: "25000" },
    minutes: { type: "string", default: "30" },
    "warm-up": { type: "string", default: "300" },
  },
});
const [what = "kills"] = positionals;
const installation = await Installation.create();
console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${mebibytes(totalmem())}`);
try {
  if (what === "kills") process.exitCode = (await kills()) ? 0 : 1;
  else if (what === "load") process.exitCode = (await load()) ? 0 : 1;
  else throw new RangeError(`soak knows kills and load, not ${what}`);
} finally {
  await installation.remove();
}

async function kills(): Promise<boolean> {
  let waits: number[] = [];
  const result = await underLoad(installation, async (running) => {
    waits = await killRepeatedly(installation, running, {
      kills: Number(values.count),
      seed: Number(values.seed),
      liveMs: 1_500,
      onRound: (round, ms) => process.stderr.write(`\rround ${round}: accepting again after ${Math.round(ms)} ms  `),
    });
  });
  process.stderr.write("\n");
  waits.sort((a, b) => a - b);
  console.log(tellVerdicts(result));
  console.log(`killed ${values.count} times; accepting again after ${quantiles(waits)}`);
  console.log(`stopped with ${result.stop.code} after ${Math.round(result.stop.ms)} ms`);
  const wrong = result.verdicts.some(
    ({ lost, doubled, invented }) => lost.length + doubled.length + invented.length > 0,
  );
  return !wrong && result.stop.code === 0;
}

async function load(): Promise<boolean> {
  const seconds = Number(values.minutes) * 60;
  const result = await steadyLoad(installation, {
    rate: Number(values.rate),
    seconds,
    warmUp: Math.min(Number(values["warm-up"]), seconds / 3),
    onSecond: (second, acknowledged, bytes) =>
      process.stderr.write(`\r${second} s: ${acknowledged} acknowledged, ${mebibytes(bytes)} resident  `),
  });
  process.stderr.write("\n");
  const { acknowledged, stored, refused, rate, residentBytes, visibleAfter, stop } = result;
  console.log(
    `${acknowledged} acknowledged at ${Math.round(rate)} a second, ${stored} stored, ${refused} batches sent again`,
  );
  console.log(`resident ${mebibytes(residentBytes.median)} (median), ${mebibytes(residentBytes.most)} (most)`);
  const [all, heap] = [result.memorySlope, result.heapSlope].map((slope) => (slope / 1e6).toFixed(2));
  console.log(`slope after the warm-up ${all} MB a minute, of the main thread's heap ${heap} MB a minute`);
  console.log(`${visibleAfter.length} pushes, visible as incidents after ${quantiles(visibleAfter)}`);
  for (const { name, count, mean, median, p99 } of result.stages)
    console.log(`${name}: ${count} times, ${Math.round(mean)} ms (mean), ≤ ${median} ms (median), ≤ ${p99} ms (p99)`);
  console.log(`stopped with ${stop.code} after ${Math.round(stop.ms)} ms`);
  return stored === acknowledged && stop.code === 0;
}

/** @param sorted ms */
function quantiles(sorted: readonly number[]): string {
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return `${at(0.5)} ms (median), ${at(0.99)} ms (p99), ${at(1)} ms (longest)`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MiB`;
}
