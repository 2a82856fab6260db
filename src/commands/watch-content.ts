/** What a running installation judges by, read from files, and how it is seen that they have changed. */
import { hash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BackendContent } from "../backend/index.ts";
import type { Configuration } from "../content/configuration/index.ts";
import { CATALOGUE, loadCatalogue } from "../content/load-catalogue.ts";
import { loadPolicy } from "../content/load-policy.ts";
import { DETECTIONS, loadRules } from "../content/load-rules.ts";
import { createDetector, parseRuleFiles } from "../pipeline/detect/detector.ts";

type Named = Pick<Configuration, "policy" | "rules" | "catalogue">;

/** @throws {InvalidConfigError | InvalidPolicyError | InvalidRuleError} */
export function loadContent({ policy, rules, catalogue }: Named): BackendContent {
  const documents = parseRuleFiles(loadRules([DETECTIONS, ...rules]));
  const read = policy === undefined ? null : loadPolicy(policy);
  // Compiling finds what parsing does not.
  const { planSet } = createDetector(documents, read);
  return { catalogue: loadCatalogue(CATALOGUE, ...catalogue), policy: read, documents, planSet };
}

/** Paths that the configuration and what it names are read from. */
export function watchedPaths({ file, dropInFolder, files, policy, rules, catalogue }: Configuration): string[] {
  return [file, dropInFolder, ...files, ...(policy === undefined ? [] : [policy]), ...rules, ...catalogue];
}

/** So many files are looked at; a folder with more is not one of rules. */
const MOST_FILES = 20_000;
const MOST_LEVELS = 12;

/** Differs when a file of the paths, or of the folders among them, was written, replaced, added or removed. */
export function fingerprintOf(paths: readonly string[]): string {
  const seen: string[] = [];
  const look = (path: string, level: number): void => {
    if (seen.length >= MOST_FILES) return;
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stats === undefined) return void seen.push(`${path}\0-`);
    // The inode tells a file that was put in another's place, also behind a link.
    seen.push(`${path}\0${stats.dev}:${stats.ino}:${stats.isDirectory() ? "" : `${stats.size}:${stats.mtimeNs}`}`);
    if (!stats.isDirectory() || level >= MOST_LEVELS) return;
    for (const name of readdirSync(path).toSorted()) if (!name.startsWith(".")) look(join(path, name), level + 1);
  };
  for (const path of new Set(paths)) {
    try {
      look(path, 0);
    } catch (error) {
      seen.push(`${path}\0${error instanceof Error && "code" in error ? String(error.code) : "unreadable"}`);
    }
  }
  return hash("sha256", seen.join("\n"), "hex");
}
