/**
 * What must not be committed: paths of the machine something was written on, and registries that packages are installed from (the
 * lock file works with any). Registries as places that data can leave to are the product's own subject and stay out of this.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { trackedFiles } from "./tracked-files.ts";

/** Put together here so that this file does not hold them. */
const MACHINE_PATH = new RegExp(String.raw`(?<![\w.~-])/(?:${["work", "root"].join("|")})/\w`);
const REGISTRY = new RegExp(`https?://[^"\\s]*(?:${["npmjs", "yarnpkg", "npmmirror", "artifactory"].join("|")})`);
const INSTALLING = /^(?:package(?:-lock)?\.json|\.npmrc|\.ci\/|\.github\/|bin\/|scripts\/)/;
/** Logs speak of machines. */
const CONTENT = /(?:^|\/)(?:golden|examples|demo|catalogue|detections)\/|\.test\.ts$|\.ndjson$/;

export function forbiddenStrings(root: string): string[] {
  const problems: string[] = [];
  for (const path of trackedFiles(root)) {
    const text = readFileSync(join(root, path));
    if (text.includes(0)) continue;
    for (const [index, line] of text.toString("utf8").split("\n").entries()) {
      const place = `${path}:${index + 1}`;
      if (!CONTENT.test(path) && MACHINE_PATH.test(line)) problems.push(`${place}: a path of one machine`);
      if (INSTALLING.test(path) && REGISTRY.test(line)) problems.push(`${place}: a registry's address`);
    }
  }
  return problems;
}
