/**
 * `rule test`: the examples beside each rule. A file `fires-*` must lead to a finding of the rules in its folder, a file
 * `quiet-*` to none. Examples hold logs as products write them and go through the same pipeline as everything else.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { loadCatalogue } from "../content/load-catalogue.ts";
import { loadPolicy } from "../content/load-policy.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { UsageError } from "../model/errors.ts";
import type { Finding } from "../model/incident.ts";
import type { Policy } from "../model/policy.ts";
import { printable } from "../model/printable.ts";
import { testExamples, type ExampleResult } from "../pipeline/examples.ts";
import { Store } from "../pipeline/persist/store.ts";
import { EXIT } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

export interface DetectionFolder {
  readonly id: string;
  readonly folder: string;
  readonly examples: readonly string[];
}

/** Folders below the path that hold rules and an `examples` folder, the path itself included. */
export function findDetections(path: string): DetectionFolder[] {
  const entries = statSync(path).isDirectory() ? readdirSync(path, { withFileTypes: true }) : [];
  const examples = entries.some((entry) => entry.isDirectory() && entry.name === "examples")
    ? readdirSync(join(path, "examples"))
        .filter((name) => /^(?:fires|quiet)-/.test(name))
        .toSorted()
        .map((name) => join(path, "examples", name))
    : [];
  const own = examples.length > 0 ? [{ id: basename(path), folder: path, examples }] : [];
  return [
    ...own,
    ...entries
      .filter((entry) => entry.isDirectory() && entry.name !== "examples")
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => findDetections(join(path, entry.name))),
  ];
}

/** @returns the exit code */
export async function testRules(
  terminal: Terminal,
  paths: readonly string[],
  options: { policy?: string },
): Promise<number> {
  const roots = paths.length === 0 ? [DETECTIONS] : paths;
  const detections = roots.flatMap((path) => {
    if (!existsSync(path)) throw new UsageError(`${path} does not exist`);
    return findDetections(path).map((detection) => ({
      ...detection,
      policy: policyFor(options.policy, detection.folder),
    }));
  });
  if (detections.length === 0)
    throw new UsageError(
      `no examples below ${roots.join(", ")}: a detection keeps them in examples/fires-*.ndjson and examples/quiet-*.ndjson`,
    );
  const folder = mkdtempSync(join(tmpdir(), "sallyport-test-"));
  const store = await Store.open(folder);
  let failed = 0;
  let passed = 0;
  try {
    const catalogue = loadCatalogue();
    for (const detection of detections) {
      for await (const result of testExamples(store, detection.examples, {
        catalogue,
        policy: detection.policy,
        rules: loadRules([detection.folder]),
      })) {
        const problem = problemOf(result);
        if (problem === null) passed += 1;
        else failed += 1;
        const label = problem === null ? terminal.paint.good("ok    ") : terminal.paint.bad("failed");
        terminal.line(
          `${label}  ${printable(detection.id)}  ${printable(basename(result.file))}${problem === null ? "" : `  ${printable(problem)}`}`,
        );
      }
    }
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
  terminal.note(`${passed} passed, ${failed} failed`);
  return failed > 0 ? EXIT.invalid : EXIT.done;
}

/** null when the example does what its name says. */
export function problemOf({ file, findings, rejected, events }: ExampleResult): string | null {
  if (rejected.length > 0) return `line ${rejected[0]?.line}: ${rejected[0]?.reason}`;
  if (events === 0) return "holds no event";
  if (basename(file).startsWith("fires-")) return findings.length > 0 ? null : "finds nothing";
  return findings.length === 0 ? null : `finds ${findings.map((finding: Finding) => finding.title).join(", ")}`;
}

/** The named policy, else the nearest policy.yaml beside or above the detection. */
function policyFor(named: string | undefined, folder: string): Policy | null {
  if (named !== undefined) return loadPolicy(named);
  for (const candidate of [join(folder, "policy.yaml"), join(dirname(folder), "policy.yaml")])
    if (existsSync(candidate)) return loadPolicy(candidate);
  return null;
}
