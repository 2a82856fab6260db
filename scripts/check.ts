/**
 * `npm run check`: everything that must hold before a change lands, besides the tests. Each check prints ok or failed with its time,
 * failed ones their report; exit code 1 when any failed. `npm run check -- types lint` runs some of them.
 */
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderNames } from "./checks/folder-names.ts";
import { forbiddenStrings } from "./checks/forbidden-strings.ts";
import { sizeBudget } from "./checks/size-budget.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Outcome {
  readonly ok: boolean;
  /** Shown when the check failed, or when there is something to know anyway. */
  readonly report: string;
}

const checks: Record<string, () => Promise<Outcome>> = {
  format: () => program("oxfmt", "--check"),
  types: () => program("tsc", "-p", "."),
  "types-console": () => program("tsc", "-p", "console"),
  lint: () => program("oxlint", "--deny-warnings", "-f", "unix"),
  "dead-code": () => program("knip", "--no-progress"),
  docs: () => program("node", "scripts/docs.ts", "--check"),
  lock: () => program("node", "scripts/complete-lock.ts", "--check"),
  names: async () => toOutcome(folderNames(root)),
  strings: async () => toOutcome(forbiddenStrings(root)),
  sizes: async () => toOutcome(sizeBudget(root)),
};

function toOutcome(problems: readonly string[]): Outcome {
  return { ok: problems.length === 0, report: problems.join("\n") };
}

/** Runs a program of the project's dependencies under this Node. */
function program(name: string, ...args: readonly string[]): Promise<Outcome> {
  const bin = join(root, "node_modules", ".bin");
  const environment = { ...process.env, PATH: [dirname(process.execPath), bin, process.env.PATH].join(delimiter) };
  const command = name === "node" ? process.execPath : join(bin, name);
  return new Promise((resolve) => {
    let report = "";
    const child = spawn(command, args, { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (data: Buffer) => (report += data.toString()));
    child.stderr.on("data", (data: Buffer) => (report += data.toString()));
    child.once("error", (error) => resolve({ ok: false, report: error.message }));
    child.once("close", (code) => resolve({ ok: code === 0, report }));
  });
}

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0) {
    console.error(`no check named ${unknown.join(", ")}; there are ${Object.keys(checks).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  for (const [name, run] of Object.entries(checks)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const started = performance.now();
    const { ok, report } = await run();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${ok ? "ok    " : "failed"} ${name.padEnd(13)} ${seconds.padStart(5)} s`);
    if (ok) continue;
    console.log(report.trimEnd().replaceAll(/^/gm, "       "));
    process.exitCode = 1;
  }
}

await main(process.argv.slice(2));
