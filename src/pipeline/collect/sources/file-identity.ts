/**
 * What makes a log file the same file under another name, in an archive, or after its inode went to another: its first bytes, and the
 * bytes before the place up to which it was read.
 */
import { hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

/** A digest of some bytes and how many they were. */
export interface Mark {
  readonly length: number;
  readonly digest: string;
}

/** A kilobyte of log holds times: two files alike in this are one, copied. */
export const MARK_BYTES = 1024;

export const NO_MARK: Mark = { length: 0, digest: "" };

export function markOf(bytes: Uint8Array): Mark {
  return { length: bytes.length, digest: hash("sha256", bytes, "hex").slice(0, 32) };
}

/** How far a file was read, and by what it is known again. */
export interface FilePosition {
  /** Where it was last seen. */
  path: string;
  /** `device:inode` */
  inode: string;
  /** Of its beginning. */
  head: Mark;
  /** Of the bytes before `offset`. */
  tail: Mark;
  /** Bytes read and stored; of an archive, decompressed ones. */
  offset: number;
  /** Lines before `offset`. */
  lines: number;
  /** Largest size seen, so that what was missed can be told. */
  size: number;
  /** Where the last header (a run of lines that begin with #) begins and ends; null: none. */
  header: readonly [from: number, until: number] | null;
  /** Of an archive that was read to its end: its size as stored; null otherwise. */
  archivedBytes: number | null;
  /** When it was last read, ms since 1970 UTC. */
  readTime: number;
}

export function newPosition(path: string, inode: string, now: number): FilePosition {
  const read = { offset: 0, lines: 0, size: 0, readTime: now };
  return { path, inode, head: NO_MARK, tail: NO_MARK, ...read, header: null, archivedBytes: null };
}

/** Reads `length` bytes at an offset; fewer when the file ends before. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

export function matchesMark(bytes: Uint8Array, mark: Mark): boolean {
  return bytes.length === mark.length && (mark.length === 0 || markOf(bytes).digest === mark.digest);
}

/** Whether the open file holds what was read of it before, up to the place it was read to. */
export async function holds(handle: FileHandle, position: FilePosition, size: number): Promise<boolean> {
  const { head, tail, offset } = position;
  if (size < offset || size < head.length) return false;
  return (
    matchesMark(await readAt(handle, 0, head.length), head) &&
    matchesMark(await readAt(handle, offset - tail.length, tail.length), tail)
  );
}

/** Whether a file begins like the one this position is of. @param head up to MARK_BYTES of its beginning */
export function beginsLike(head: Uint8Array, position: FilePosition): boolean {
  const { length } = position.head;
  return length > 0 && head.length >= length && matchesMark(head.subarray(0, length), position.head);
}

/** Without what was reserved but not written yet, which will change. */
export function beforeNul(bytes: Buffer): Buffer {
  const nul = bytes.indexOf(0);
  return nul === -1 ? bytes : bytes.subarray(0, nul);
}
