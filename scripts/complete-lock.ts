/**
 * Completes package-lock.json with the packages of other platforms.
 *
 * npm leaves an optional package out of the lock file when the registry at hand does not carry it, and `npm ci` then refuses the
 * lock file as out of step with package.json. Every such package is pinned by the one that names it, so its entry can be
 * written without asking. With --check nothing is written; exit code 1 when something is missing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

interface LockEntry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface LockFile {
  packages: Record<string, LockEntry>;
}

const OPERATING_SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** Adds the missing entries to `lock`; returns their names. */
export function completeLock(lock: LockFile): string[] {
  const added: string[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const target = `node_modules/${name}`;
      if (lock.packages[target] !== undefined || lock.packages[`${path}/${target}`] !== undefined) continue;
      lock.packages[target] = {
        version,
        ...platformOf(name),
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
      };
      added.push(`${name}@${version}`);
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, "en")));
  return added;
}

/** Platform packages carry their platform in their name. */
function platformOf(name: string): Pick<LockEntry, "cpu" | "libc" | "os"> {
  const words = name.split(/[/-]/);
  const os = OPERATING_SYSTEMS.find((candidate) => words.includes(candidate));
  const cpu = PROCESSORS.find((candidate) => words.includes(candidate));
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not tell its platform`);
  const libc = words.includes("musl") ? "musl" : os === "linux" && words.includes("gnu") ? "glibc" : null;
  return { cpu: [cpu], ...(libc === null ? {} : { libc: [libc] }), os: [os] };
}

function main(check: boolean): void {
  const file = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8")) as LockFile;
  const added = completeLock(lock);
  if (added.length === 0) return;
  if (check) {
    console.error(`package-lock.json lacks ${added.join(", ")}; run node scripts/complete-lock.ts`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    console.error(`added ${added.length} packages of other platforms to package-lock.json`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv.includes("--check"));
