/** `npm run soak`: what CI does in little, for as long as one likes. */
import { parseArgs } from "node:util";
import { Installation } from "./installation.ts";
import { killRepeatedly } from "./faults.ts";
import { underLoad } from "./run.ts";
import { tellVerdicts } from "./tally.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const installation = await Installation.create();
try {
  let waits: number[] = [];
  const result = await underLoad(installation, async (load) => {
    waits = await killRepeatedly(installation, load, {
      kills: Number(values.kills),
      seed: Number(values.seed),
      liveMs: 1_500,
      onRound: (round, ms) => process.stderr.write(`\rround ${round}: accepting again after ${Math.round(ms)} ms  `),
    });
  });
  process.stderr.write("\n");
  waits.sort((a, b) => a - b);
  console.log(tellVerdicts(result));
  console.log(
    `killed ${values.kills} times; accepting again after ${Math.round(waits[waits.length >> 1] ?? 0)} ms (median), ${Math.round(waits.at(-1) ?? 0)} ms (longest)`,
  );
  const { code, ms } = result.stop;
  console.log(`stopped with ${code} after ${Math.round(ms)} ms`);
  const wrong = result.verdicts.some(
    ({ lost, doubled, invented }) => lost.length + doubled.length + invented.length > 0,
  );
  process.exitCode = wrong || code !== 0 ? 1 : 0;
} finally {
  await installation.remove();
}
