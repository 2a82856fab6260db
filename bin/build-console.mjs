/**
 * Builds the console of a clone when it is missing or older than its sources. Plain JavaScript for Node 18, like all that runs
 * before the product itself.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode, root } from "./set-up.mjs";

const sources = join(root, "console");
const built = join(sources, "dist");
/** Inside what was built, so that both go together. */
const stamp = ".built-from";
const GENERATED = new Set(["dist", "node_modules"]);

/** A console that cannot be built is said and no more: the server has a page without it. */
export function buildConsole() {
  const hash = hashOfSources();
  if (readIfThere(join(built, stamp)) === hash) return;
  process.stderr.write("sallyport: building the console (first start only) ...\n");
  // Built beside and moved into place: another start at the same time finds the old one, or none, but never half of one.
  const folder = join(root, "node_modules", `.sallyport-console-${process.pid}`);
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const args = [vite, "build", "--logLevel", "error", "--outDir", folder, "--emptyOutDir"];
  // Whatever starts it, a test run above all, must not decide what is built.
  const env = { ...process.env, NODE_ENV: "production" };
  const result = spawnSync(findNode(), args, {
    cwd: sources,
    encoding: "utf8",
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    if (result.status !== 0)
      throw new Error(`${result.stdout ?? ""}${result.stderr ?? ""}`.trim() || String(result.error));
    writeFileSync(join(folder, stamp), hash);
    rmSync(built, { recursive: true, force: true });
    renameSync(folder, built);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (readIfThere(join(built, stamp)) === hash) return;
    process.stderr.write(
      `sallyport: the console could not be built, a plain page is served instead: ${error.message}\n`,
    );
  }
}

function hashOfSources() {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  const add = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!GENERATED.has(entry.name)) add(path);
      } else if (entry.isFile()) hash.update(`\0${path.slice(root.length)}\0`).update(readFileSync(path));
    }
  };
  add(sources);
  return hash.digest("hex");
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

if (realpathSync(process.argv[1] ?? "") === fileURLToPath(import.meta.url)) buildConsole();
