/** Folders are named for what is in them, and names are words with hyphens. */
import { trackedFiles } from "./tracked-files.ts";

const DRAWERS = new Set(["common", "helper", "helpers", "lib", "misc", "shared", "util", "utils"]);

export function folderNames(root: string): string[] {
  const problems = new Set<string>();
  for (const path of trackedFiles(root)) {
    const folders = path.split("/").slice(0, -1);
    for (const [depth, name] of folders.entries()) {
      const folder = folders.slice(0, depth + 1).join("/");
      if (DRAWERS.has(name)) problems.add(`${folder}: a drawer for anything; name it for what is in it`);
    }
    const file = path.split("/").at(-1)!;
    if (/\.(?:ts|mjs)$/.test(file) && !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z-]+)*$/.test(file)) {
      problems.add(`${path}: file names are lower-case words with hyphens`);
    }
  }
  return [...problems];
}
