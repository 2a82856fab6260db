/** Whether a file that turned up is new, or one that was read under another name, as a copy, or before a restart. */
import { open, type FileHandle } from "node:fs/promises";
import type { FileContext, FileFollower } from "./file-follower.ts";
import {
  beforeNul,
  beginsLike,
  type FilePosition,
  holds,
  MARK_BYTES,
  markOf,
  newPosition,
  readAt,
} from "./file-identity.ts";
import { noteGap } from "./health.ts";
import { findInode } from "./inode-search.ts";

export interface OpenedFile {
  readonly path: string;
  /** `device:inode` */
  readonly inode: string;
  readonly size: number;
  /** Up to MARK_BYTES of its beginning. */
  readonly head: Buffer;
  readonly handle: FileHandle;
}

/**
 * Where an unfollowed plain file is to be read from. "settled": another file held all of it; "later": it cannot be told yet.
 * @param atEnd a file never seen begins after its last newline
 */
export async function placeOf(
  { positions, ports }: FileContext,
  followers: Iterable<FileFollower>,
  { path, inode, size, head, handle }: OpenedFile,
  { quiet, waitedLong }: { quiet: boolean; waitedLong: boolean },
  atEnd: boolean,
): Promise<FilePosition | "later" | "settled"> {
  // Newest first, and the file's own inode before the copies.
  const rank = (one: FilePosition) => (one.inode === inode ? 0 : 1);
  for (const known of positions.past.toReversed().toSorted((one, other) => rank(one) - rank(other))) {
    const untouched = known.inode === inode && known.offset === 0 && known.head.length === 0;
    if (!untouched && !(beginsLike(head, known) && (await holds(handle, known, size)))) continue;
    positions.revive(known);
    return Object.assign(known, { path, inode });
  }
  const original = originalOf(followers, head);
  if (original !== undefined) {
    const whole = (await original.stat())?.size ?? original.position.size;
    // A copy of a file that is still there: either its original holds all of it, or the original is about to be cut.
    if (size <= whole && !waitedLong) {
      if (!quiet || original.position.offset < size) return "later";
      const from = Math.max(0, size - MARK_BYTES);
      const end = await readAt(handle, from, size - from);
      if (end.equals(await original.peek(from, size - from))) return "settled";
    } else if (await holds(handle, original.position, size)) {
      return { ...original.position, path, inode };
    }
  }
  const position = newPosition(path, inode, ports.now());
  if (atEnd) await moveToEnd(handle, position, size);
  return position;
}

/** The followed file of which one that begins like this is a copy. */
export function originalOf(followers: Iterable<FileFollower>, head: Uint8Array): FileFollower | undefined {
  for (const follower of followers) if (beginsLike(head, follower.position)) return follower;
  return undefined;
}

/** Files that were read before a restart and have since been given a name that no pattern names, with their sizes. */
export async function findMoved(
  { positions, ports, sourceId }: FileContext,
  seen: ReadonlyMap<string, unknown>,
): Promise<[FilePosition, number][]> {
  const found: [FilePosition, number][] = [];
  for (const position of [...positions.past]) {
    if (seen.has(position.inode) || position.archivedBytes !== null) continue;
    const path = await findInode(position.path, position.inode);
    const handle = path === null ? null : await open(path, "r").catch(() => null);
    if (path === null || handle === null) continue;
    const { size } = await handle.stat();
    const same = await holds(handle, position, size);
    await handle.close();
    if (!same || size === position.offset) continue;
    ports.log("info", `${sourceId}: ${position.path} is now ${path}, reading what was added to it`);
    positions.revive(position);
    found.push([Object.assign(position, { path }), size]);
  }
  return found;
}

/** Tells, once, what was cut off or removed before it was read and did not turn up in a copy within `waitMs`. */
export function tellGaps({ positions, ports, health, sourceId, source: map }: FileContext, waitMs: number): void {
  const now = ports.now();
  const source = map === "auto" ? "" : map;
  for (const position of positions.past) {
    const missed = position.size - position.offset;
    if (missed <= 0 || position.archivedBytes !== null || now - position.readTime < waitMs) continue;
    const reason = `${position.path}: cut or removed before its last ${missed} bytes were read`;
    noteGap(ports, health, { collector: sourceId, source, from: position.readTime, until: now, reason });
    ports.log("warn", `${sourceId}: ${reason}`);
    position.size = position.offset;
  }
}

/** What follows the last newline is a line that is being written. */
async function moveToEnd(handle: FileHandle, position: FilePosition, size: number): Promise<void> {
  const from = Math.max(0, size - (1 << 20));
  const end = await readAt(handle, from, size - from);
  position.offset = from + end.lastIndexOf(0x0a) + 1;
  position.size = size;
  const marked = Math.min(MARK_BYTES, position.offset);
  position.head = markOf(beforeNul(await readAt(handle, 0, Math.min(MARK_BYTES, size))));
  position.tail = markOf(await readAt(handle, position.offset - marked, marked));
}
