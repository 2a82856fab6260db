/**
 * Path patterns -> the files they name. `*` and `?` match inside one name, `**` any number of folders; every other character is
 * itself. Names that begin with a dot are matched only by patterns that begin with one.
 */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, parse, resolve, sep } from "node:path";

/** A pattern that names more is cut off there: it was hardly meant. */
const MAX_FILES = 10_000;
const MAX_DEPTH = 32;

export interface Expansion {
  /** Absolute, sorted, each once. They need not exist where the pattern has no wildcard. */
  readonly paths: readonly string[];
  /** Folders that could not be listed, with the error. */
  readonly failures: ReadonlyMap<string, unknown>;
}

export async function expandPatterns(patterns: readonly string[]): Promise<Expansion> {
  const paths = new Set<string>();
  const failures = new Map<string, unknown>();
  for (const pattern of patterns) {
    const absolute = resolve(pattern);
    const { root } = parse(absolute);
    await walk(root, absolute.slice(root.length).split(sep), 0, { paths, failures });
  }
  return { paths: [...paths].toSorted(), failures };
}

interface Found {
  readonly paths: Set<string>;
  readonly failures: Map<string, unknown>;
}

async function walk(folder: string, names: readonly string[], depth: number, found: Found): Promise<void> {
  const [name, ...rest] = names;
  if (name === undefined || found.paths.size >= MAX_FILES || depth > MAX_DEPTH) return;
  if (!/[*?]/.test(name)) {
    const path = join(folder, name);
    if (rest.length === 0) found.paths.add(path);
    else await walk(path, rest, depth + 1, found);
    return;
  }
  if (name === "**") {
    await walk(folder, rest.length === 0 ? ["*"] : rest, depth, found);
    for (const entry of await list(folder, found))
      if (entry.isDirectory() && !entry.name.startsWith("."))
        await walk(join(folder, entry.name), names, depth + 1, found);
    return;
  }
  for (const entry of await list(folder, found)) {
    if (!matchesName(name, entry.name)) continue;
    const path = join(folder, entry.name);
    if (rest.length > 0) {
      if (entry.isDirectory() || entry.isSymbolicLink()) await walk(path, rest, depth + 1, found);
    } else if (!entry.isDirectory() && found.paths.size < MAX_FILES) {
      found.paths.add(path);
    }
  }
}

async function list(folder: string, found: Found): Promise<Dirent[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    // What is not a folder, or not there yet, holds nothing; only what is refused is a failure.
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code !== "ENOENT" && code !== "ENOTDIR") found.failures.set(folder, error);
    return [];
  }
}

/** Linear in the length of the name times the number of stars: the last star is the only one ever gone back to. */
export function matchesName(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let index = 0; index < name.length;) {
    if (pattern[at] === "*") {
      star = at++;
      starAt = index;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === name[index])) {
      at += 1;
      index += 1;
    } else if (star === -1) {
      return false;
    } else {
      at = star + 1;
      index = ++starAt;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
