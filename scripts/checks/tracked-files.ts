/** The files of the project as git knows them, so that nothing generated or left over is judged. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Paths relative to the root, those committed or about to be. */
export function trackedFiles(root: string): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
}
