/**
 * Every decoder with many damaged inputs: it reads or refuses each, what it hands out is what its type promises, no prototype changes,
 * and what is written in the format is read back. Some inputs are very long: a reader that takes the square of their length fails.
 *
 * A failure names seed and input; `DECODER_FUZZ_SEED=7 DECODER_FUZZ_FROM=1234 DECODER_FUZZ_RUNS=1` runs that one again.
 */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { Dice } from "../dice.ts";
import { DECODERS } from "./decoders.ts";
import type { FuzzedDecoder } from "./fuzzed-decoder.ts";

/** Inputs of each decoder; .ci/run sets DECODER_FUZZ_RUNS=100000. */
const RUNS = Number(process.env["DECODER_FUZZ_RUNS"] ?? 400);
const SEED = Number(process.env["DECODER_FUZZ_SEED"] ?? 1);
const FROM = Number(process.env["DECODER_FUZZ_FROM"] ?? 0);
/** What 100,000 inputs take at most is a few seconds. */
const LIMIT_MS = 20_000 + RUNS / 5;

/** What an input of 128 KiB takes at most is a third of that, where it is read in linear time. */
const SLOW_MS = 300;

/** What a polluted prototype would change. */
const PROTOTYPES: readonly object[] = [Object, Array, Map, String, Number, Function].map((type) => type.prototype);
const inherited = () =>
  PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).map((key) => [key, heldBy(prototype, key)] as const));
const before = inherited();

test.each(DECODERS)(
  "$name",
  (decoder) => {
    const deadline = performance.now() + LIMIT_MS;
    let understood = 0;
    for (let run = FROM; run < FROM + RUNS; run++) {
      const dice = new Dice(Math.imul(SEED, 0x9e3779b1) + run);
      if (understands(decoder, dice, run)) understood += 1;
      if (performance.now() > deadline) throw new Error(`${run - FROM} inputs took ${LIMIT_MS} ms`);
    }
    expect(inherited()).toEqual(before);
    // the damage leaves enough whole to reach what comes behind the first check
    if (RUNS >= 100) expect(understood).toBeGreaterThan(RUNS / 20);
  },
  2 * LIMIT_MS,
);

function heldBy(prototype: object, key: PropertyKey): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
  return descriptor?.get === undefined ? descriptor?.value : Reflect.get(descriptor, "get");
}

function understands(
  { input, read, refuses, roundTrip, slowMs = SLOW_MS }: FuzzedDecoder,
  dice: Dice,
  run: number,
): boolean {
  let shown = "a round trip";
  try {
    if (run % 4 === 0) roundTrip?.(dice);
    const text = input(dice);
    shown = JSON.stringify(text.slice(0, 2_000));
    const started = performance.now();
    const understood = readOrRefused(() => read(text, dice), refuses);
    if (performance.now() - started > slowMs) checkTime(() => readOrRefused(() => read(text, dice), refuses), slowMs);
    for (const key in {}) throw new Error(`every object has a ${key} now`);
    return understood;
  } catch (error) {
    throw new Error(`input ${run} of DECODER_FUZZ_SEED=${SEED}: ${shown}: ${String(error)}`, { cause: error });
  }
}

/** Fails when the work takes long every time; a busy machine or a collection of garbage comes and goes. */
function checkTime(work: () => void, slowMs: number): void {
  const times = [0, 1, 2].map(() => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  if (Math.min(...times) > slowMs) throw new Error(`takes ${Math.round(Math.min(...times))} ms of processor time`);
}

function readOrRefused(read: () => boolean, refuses: FuzzedDecoder["refuses"]): boolean {
  try {
    return read();
  } catch (error) {
    if (refuses === undefined || !(error instanceof refuses)) throw error;
    return false;
  }
}

test("no decoder is left out", () => {
  const files = readdirSync(new URL("../../src/pipeline/conform/decoders/", import.meta.url));
  const covered = DECODERS.flatMap(({ covers }) => covers);
  expect(files.filter((file) => !file.endsWith(".test.ts") && !covered.includes(file))).toEqual([]);
});
