/**
 * Does an event touch a path under `sensitive_paths`: the file it names, or a path in a command line?
 *
 * `\` and `/` are the same. Upper and lower case differ in POSIX paths only; macOS home folders count as Windows does.
 * A folder itself lies under `folder/*`: archiving it takes everything in it.
 */
import type { OcsfEvent } from "../../../model/activity.ts";
import { compilePattern, type Pattern } from "../../../model/pattern.ts";
import { BoundedCache } from "./bounded-cache.ts";

const CACHED = 10_000;
/** Longer command lines are read up to here. */
const MAX_COMMAND = 16_384;
const MAX_TOKENS = 512;

interface SensitivePattern {
  readonly pattern: Pattern;
  /** Longest piece between separators and wildcards: every path that matches has it. Lower case. */
  readonly needle: string;
  /** Slashes forward, case kept, for POSIX paths. */
  readonly exact: readonly string[];
}

export function createSensitivePaths(patterns: readonly string[]): (event: OcsfEvent) => boolean {
  if (patterns.length === 0) return () => false;
  const compiled = patterns.map(compile);
  const paths = new BoundedCache<boolean>(CACHED);
  const commands = new BoundedCache<boolean>(CACHED);

  const isSensitive = (path: string): boolean => {
    const known = paths.get(path);
    return known !== undefined ? known : paths.set(path, test(compiled, path));
  };
  const inCommand = (line: string, folder: string): boolean => {
    const key = folder === "" ? line : `${folder}\n${line}`;
    const known = commands.get(key);
    return known !== undefined ? known : commands.set(key, testCommand(compiled, line, folder));
  };
  return (event) => {
    const path = event.file?.path;
    if (path !== undefined && isSensitive(path)) return true;
    const process = event.process ?? event.actor?.process;
    const line = process?.cmd_line;
    return line !== undefined && inCommand(line, process?.working_directory ?? "");
  };
}

function compile(text: string): SensitivePattern {
  const slashed = text.replaceAll("\\", "/");
  const pieces = slashed.toLowerCase().split(/[/*?]+/);
  return {
    pattern: compilePattern(slashed),
    needle: pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), ""),
    exact: slashed.split(/[*?]+/).filter((piece) => piece !== ""),
  };
}

function test(patterns: readonly SensitivePattern[], path: string): boolean {
  const slashed = path.replaceAll("\\", "/").slice(0, 4096);
  const folded = slashed.toLowerCase();
  const caseCounts = !ignoresCase(path);
  for (const { pattern, needle, exact } of patterns) {
    if (!folded.includes(needle)) continue;
    if (!pattern.matches(slashed) && !pattern.matches(`${slashed}/`)) continue;
    if (!caseCounts || exact.every((piece) => `${slashed}/`.includes(piece))) return true;
  }
  return false;
}

function ignoresCase(path: string): boolean {
  return path.includes("\\") || /^[A-Za-z]:/.test(path) || path.startsWith("/Users/") || path.startsWith("/Volumes/");
}

function testCommand(patterns: readonly SensitivePattern[], line: string, folder: string): boolean {
  const command = line.slice(0, MAX_COMMAND);
  const folded = command.toLowerCase();
  const where = folder.toLowerCase();
  const likely = patterns.filter(({ needle }) => folded.includes(needle) || where.includes(needle));
  if (likely.length === 0) return false;
  for (const candidate of pathsIn(command, folder)) if (test(likely, candidate)) return true;
  return false;
}

/** Words of a command line that may be paths: quoted or not, after `=` and `@` too, against the working folder. */
function* pathsIn(command: string, folder: string): Generator<string> {
  let count = 0;
  const takesFolders = COPIERS.test(command.slice(0, 1024));
  for (const [index, word] of words(command).entries()) {
    if (index >= MAX_TOKENS) return;
    if (word.includes("://")) continue;
    for (const part of [word, afterLast(word, "="), afterLast(word, "@")]) {
      if (part === null || part === "") continue;
      if (isAbsolute(part)) yield part;
      else if (folder !== "" && count > 0 && isRelative(part, takesFolders)) yield join(folder, part);
      else if (part !== word || part.includes("/") || part.includes("\\")) yield part;
    }
    count += 1;
  }
}

function afterLast(word: string, mark: string): string | null {
  const at = word.lastIndexOf(mark);
  return at === -1 ? null : word.slice(at + 1);
}

function words(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|[^\s"']+/g)].map((match) => match[1] ?? match[2] ?? match[0]);
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || path.startsWith("\\") || /^[A-Za-z]:[\\/]/.test(path);
}

/** Programs whose bare words are files and folders. */
const COPIERS =
  /\b(?:tar|bsdtar|zip|7za?|7zr|rar|winrar|gzip|bzip2|xz|zstd|cp|copy|xcopy|robocopy|scp|rsync|cat|type|base64|certutil|openssl|gpg|age|split|compress-archive)\b/i;

/** `.`, `*`, `./x`, `a/b`, `x.txt`; a bare word for programs that take folders. */
function isRelative(part: string, takesFolders: boolean): boolean {
  if (part.startsWith("-") || /[|<>&;]/.test(part)) return false;
  return takesFolders || part === "*" || part.includes("/") || part.includes("\\") || part.includes(".");
}

function join(folder: string, path: string): string {
  const slashed = folder.includes("\\") || /^[A-Za-z]:/.test(folder) ? "\\" : "/";
  const base = /[\\/]$/.test(folder) ? folder.slice(0, -1) : folder;
  const relative = path.replace(/^(?:\.[\\/])+/, "");
  return relative === "." || relative === "" || relative === "*" ? `${base}${slashed}` : `${base}${slashed}${relative}`;
}
