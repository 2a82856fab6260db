/**
 * `npm run bench [-- NAME…]`: runs the benchmarks of this folder, one after the other, each in its own process so that none inherits another's
 * heap or compiled code. `npm run bench -- --list` names them. A benchmark is a file that exports `run()`, and `format(report)` where
 * the report is not text already.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { machine } from "./measure.ts";

const folder = new URL(".", import.meta.url);

interface Benchmark {
  readonly run?: () => unknown;
  readonly format?: (report: unknown) => string;
}

function names(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && file !== "main.ts")
    .filter((file) => /^export (?:async )?function run\b/m.test(readFileSync(new URL(file, folder), "utf8")))
    .map((file) => file.slice(0, -".ts".length))
    .toSorted();
}

async function runOne(name: string): Promise<void> {
  const { run, format } = (await import(new URL(`${name}.ts`, folder).href)) as Benchmark;
  const report = await run?.();
  if (report === undefined) return;
  console.log(
    typeof report === "string" ? report : format === undefined ? inspect(report, { depth: 6 }) : format(report),
  );
}

function runAll(wanted: readonly string[]): void {
  console.log(`${machine()}\n`);
  for (const name of wanted) {
    console.log(`== ${name}`);
    const args = [...process.execArgv, fileURLToPath(import.meta.url), "--only", name];
    const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
    if (status !== 0) {
      console.error(`${name} failed`);
      process.exitCode = 1;
    }
    console.log("");
  }
}

async function main([first, ...rest]: readonly string[]): Promise<void> {
  if (first === "--only") return runOne(rest[0]!);
  const known = names();
  if (first === "--list") return console.log(known.join("\n"));
  const wanted = first === undefined ? known : [first, ...rest];
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length === 0) return runAll(wanted);
  console.error(`no benchmark named ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exitCode = 2;
}

await main(process.argv.slice(2));
