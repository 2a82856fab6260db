/** How large files may become: one idea each stays readable. Tables and tests may be longer than code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { trackedFiles } from "./tracked-files.ts";

const CODE_LINES = 450;
const TEST_LINES = 600;
const DATA_BYTES = 512 << 10;

export function sizeBudget(root: string): string[] {
  const problems: string[] = [];
  for (const path of trackedFiles(root)) {
    const content = readFileSync(join(root, path));
    if (/\.(?:ts|mjs)$/.test(path)) {
      const limit = path.endsWith(".test.ts") ? TEST_LINES : CODE_LINES;
      const lines = content.toString("utf8").split("\n").length - 1;
      if (lines > limit) problems.push(`${path}: ${lines} lines, at most ${limit}`);
    } else if (content.length > DATA_BYTES) {
      problems.push(`${path}: ${content.length} bytes, at most ${DATA_BYTES}`);
    }
  }
  return problems;
}
