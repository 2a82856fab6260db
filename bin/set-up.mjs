#!/usr/bin/env node
/**
 * Makes a clone ready and runs a command of the project in it: `node bin/set-up.mjs vitest run`.
 *
 * Installs from the lock file when what is installed is not what it says, finds a Node that runs TypeScript (this one, or the one
 * the lock file brings along), and hands over standard input and output, signals and the exit code. Plain JavaScript for
 * Node 18, because it runs before anything is installed.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of package.json. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that runs the sources as they are. */
const NODE_MAJOR = 24;
const EXIT_UNAVAILABLE = 69;

const modules = join(root, "node_modules");
const lockFile = join(root, "package-lock.json");
const stampFile = join(modules, ".sallyport-lock-hash");

/** A clone carries the lock file; an installed package does not, and has its dependencies already. */
export function isClone() {
  return existsSync(lockFile);
}

/** Installs what the lock file says unless that is there already. Says so on standard error; npm is heard only when it fails. */
export function installFromLockFile() {
  const lock = readFileSync(lockFile, "utf8");
  const hash = createHash("sha256").update(lock).digest("hex");
  if (readIfThere(stampFile) === hash) return;
  if (!isInstalled(JSON.parse(lock))) {
    process.stderr.write("sallyport: installing dependencies from package-lock.json (first start only) ...\n");
    runNpm(["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
  }
  linkCommand();
  writeFileSync(stampFile, hash);
}

/**
 * A Node that runs TypeScript: this one when it is new enough, else the one among the dependencies.
 * Ends the process with a sentence when there is neither.
 */
export function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(join(root, "package.json")).resolve(`${name}/package.json`);
    const { version, bin } = JSON.parse(readFileSync(manifest, "utf8"));
    if (Number.parseInt(version, 10) >= NODE_MAJOR) return join(dirname(manifest), bin.node);
  } catch {
    // Not installed: there is none for this platform, or optional dependencies were left out.
  }
  return fail(
    `this is Node ${process.versions.node}, but Sallyport needs Node ${NODE_MAJOR} or newer, and the package ${name} that ` +
      "would bring it along is not installed. Install Node 24 or newer, or install without --omit=optional.",
  );
}

/**
 * Runs a program with `node` in this process's place: its standard streams, the signals sent here, its exit code or
 * signal. It does not outlive this process, not even when that is killed.
 */
export function runInPlace(node, args) {
  const environment = {
    ...process.env,
    PATH: [join(modules, ".bin"), dirname(node), process.env.PATH].join(delimiter),
  };
  // The fourth stream carries nothing: it ends when this process does.
  const follow = ["--import", new URL("follow-launcher.mjs", import.meta.url).href];
  const child = spawn(node, [...follow, ...args], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...environment, SALLYPORT_LAUNCHER: String(process.pid) },
  });
  child.once("error", (error) => fail(`cannot run ${node}: ${error.message}`));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
    process.on(signal, () => {
      // From a keyboard the terminal has sent it to both already.
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.once("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Whether npm's record of what it installed has every package that the lock file requires. */
function isInstalled(lock) {
  const installed = readIfThere(join(modules, ".package-lock.json"));
  if (installed === null) return false;
  const { packages } = JSON.parse(installed);
  return Object.entries(lock.packages).every(
    ([path, { version, optional, devOptional }]) =>
      path === "" || packages[path]?.version === version || (packages[path] === undefined && (optional || devOptional)),
  );
}

/** Lets `npx sallyport` run the clone's own command, as it would an installed one, without asking a registry. */
function linkCommand() {
  const link = join(modules, ".bin", "sallyport");
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(join("..", "..", "bin", "sallyport.mjs"), link);
}

function runNpm(args) {
  const viaNpm = process.env.npm_execpath;
  const [command, first] = viaNpm?.endsWith(".js") ? [process.execPath, [viaNpm]] : ["npm", []];
  const result = spawnSync(command, [...first, ...args], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  fail(
    result.error
      ? `cannot run npm: ${result.error.message}`
      : "installing the dependencies failed; npm's report is above",
  );
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function fail(message) {
  process.stderr.write(`sallyport: ${message}\n`);
  process.exit(EXIT_UNAVAILABLE);
}

function main([command, ...args]) {
  if (command === undefined) {
    process.stderr.write("usage: node bin/set-up.mjs node|vitest|tsc|... [ARGUMENT...]\n");
    process.exit(2);
  }
  if (isClone()) installFromLockFile();
  const node = findNode();
  if (command === "node") return runInPlace(node, args);
  const program = join(modules, ".bin", command);
  if (!existsSync(program)) return fail(`no command ${command} among the dependencies`);
  return runInPlace(node, [realpathSync(program), ...args]);
}

if (realpathSync(process.argv[1] ?? "") === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
