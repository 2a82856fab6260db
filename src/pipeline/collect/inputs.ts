/**
 * Paths named by a user -> the files to read.
 *
 * Folders are walked, links followed, each file listed once however many names it has. What cannot be read is reported
 * and skipped, never fatal: a folder of logs outlives one file without permission.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
  type BigIntStats,
} from "node:fs";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { UnreadableInputError } from "../../model/errors.ts";
import { type Compression, compressionOf } from "./compression.ts";

/** The name that means standard input. */
export const STANDARD_INPUT = "-";

export interface InputFile {
  /** As opened; "-" for standard input. */
  readonly path: string;
  /** Base name without .gz or .zst; empty for standard input. */
  readonly name: string;
  /** ms since 1970 UTC. */
  readonly modifiedTime: number;
  /** As stored, before decompression; 0 for standard input. */
  readonly sizeBytes: number;
  /** Told by the first bytes, whatever the name says. */
  readonly compression: Compression;
}

export interface Inputs {
  readonly files: InputFile[];
  readonly unreadable: UnreadableInputError[];
}

/** Files listed between two turns of the event loop. */
const FILES_PER_TURN = 256;

/**
 * Lists files in the order of `paths`, inside folders by name.
 * A path that does not exist, a broken link, a socket, pipe or device, and whatever may not be read is in `unreadable`.
 */
export async function listInputs(paths: readonly string[]): Promise<Inputs> {
  const files: InputFile[] = [];
  const unreadable: UnreadableInputError[] = [];
  const seen = new Set<string>();
  // A stack, so that depth costs no recursion; reversed, so that the first path is walked first.
  const waiting = paths.toReversed();
  let sinceTurn = 0;

  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (++sinceTurn % FILES_PER_TURN === 0) await setImmediate();
    try {
      if (path === STANDARD_INPUT) {
        if (!seen.has(path)) files.push(standardInput());
        seen.add(path);
        continue;
      }
      const stats = statSync(path, { bigint: true });
      const identity = stats.ino === 0n ? realpathSync(path) : `${stats.dev}:${stats.ino}`;
      if (seen.has(identity)) continue;
      seen.add(identity);
      if (stats.isDirectory()) {
        const folder = path;
        waiting.push(
          ...readdirSync(folder)
            .toSorted()
            .toReversed()
            .map((name) => join(folder, name)),
        );
      } else if (stats.isFile()) {
        files.push(inspectFile(path));
      } else {
        unreadable.push(
          new UnreadableInputError(`not a file or folder but ${kindOf(stats)}`, { place: { file: path } }),
        );
      }
    } catch (cause) {
      unreadable.push(new UnreadableInputError(describeReadFailure(cause), { place: { file: path }, cause }));
    }
  }
  return { files, unreadable };
}

/** What went wrong with a file, in words, from an error of node:fs. */
export function describeReadFailure(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const words = FAILURES.get(code);
  if (words !== undefined) return words;
  return `cannot be read: ${code || (cause instanceof Error ? cause.message : String(cause))}`;
}

const FAILURES: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "no such file or folder"],
  ["EACCES", "no permission to read"],
  ["EPERM", "no permission to read"],
  ["ELOOP", "a link that leads back to itself"],
  ["ENAMETOOLONG", "the name is too long"],
  ["EMFILE", "too many open files"],
  ["ENFILE", "too many open files on this machine"],
  ["EIO", "the disk failed to read it"],
]);

function standardInput(): InputFile {
  return { path: STANDARD_INPUT, name: "", modifiedTime: Date.now(), sizeBytes: 0, compression: "none" };
}

function inspectFile(path: string): InputFile {
  // Non-blocking: should a pipe have taken the file's place meanwhile, opening it does not hang.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    const head = Buffer.alloc(64);
    const length = readSync(descriptor, head, 0, head.length, 0);
    return {
      path,
      name: basename(path).replace(/\.(?:gz|gzip|zst|zstd)$/i, ""),
      modifiedTime: Math.floor(stats.mtimeMs),
      sizeBytes: stats.size,
      compression: compressionOf(head.subarray(0, length), path),
    };
  } finally {
    closeSync(descriptor);
  }
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFIFO()) return "a pipe (use - to read standard input)";
  if (stats.isSocket()) return "a socket";
  return "a device";
}
