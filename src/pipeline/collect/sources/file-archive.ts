/** A rotated and compressed log, read from the place up to which it was read as plain text. */
import { basename } from "node:path";
import { ByteReader } from "../byte-reader.ts";
import { createByteSource } from "../bytes.ts";
import { isRejected } from "../chunk.ts";
import { type InputFile, listInputs } from "../inputs.ts";
import { chunkLines } from "../line-chunks.ts";
import { deliver } from "./deliver.ts";
import { type FilePosition, MARK_BYTES, markOf, matchesMark } from "./file-identity.ts";
import type { FileContext } from "./file-follower.ts";

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/** The first bytes of what an archive holds, up to MARK_BYTES. Throws when it cannot be opened. */
export async function readArchiveHead(path: string): Promise<Buffer> {
  const reader = await openArchive(path);
  try {
    const head = Buffer.alloc(MARK_BYTES);
    return head.subarray(0, await reader.bytes.fill(head));
  } finally {
    await reader.bytes.close();
  }
}

/**
 * Reads an archive to its end from `position`, which moves on with what is stored. An archive that does not hold what the position
 * says was read is another file, and read from its start.
 * @param damageIsFinal false: damage may be an archive still being written; nothing is rejected for it
 * @returns whether it was read to its end; "damaged": as far as it goes
 */
export async function readArchive(
  context: FileContext,
  path: string,
  position: FilePosition,
  damageIsFinal: boolean,
): Promise<"read" | "damaged" | "stopped"> {
  let { file, bytes } = await openArchive(path);
  try {
    if (!(await skipRead(bytes, position))) {
      await bytes.close();
      ({ file, bytes } = await openArchive(path));
      position.offset = 0;
      position.lines = 0;
    }
    const linesBefore = position.lines;
    const { sourceId, source, ports, health, signal } = context;
    const about = { stream: `${sourceId}:${path}@${position.inode}`, source, fileName: basename(file.name) };
    for await (const item of chunkLines(file, bytes, () => CHUNK_BYTES)) {
      const line = linesBefore + (isRejected(item) ? item.line : item.firstLine);
      if (isRejected(item)) {
        if (item.reason === bytes.damage && !damageIsFinal) continue;
        health.dropped += 1;
        ports.intake.reject({ stream: about.stream, line, reason: item.reason, excerpt: item.excerpt });
        continue;
      }
      if (item.bytes.length === 0) continue;
      const text = item.bytes.at(-1) === NEWLINE ? item.bytes : Buffer.concat([item.bytes, Buffer.of(NEWLINE)]);
      const batch = { ...about, modifiedTime: file.modifiedTime, firstLine: line, bytes: text };
      if (!(await deliver(ports, batch, signal))) return "stopped";
      const lines = countLines(text);
      health.received += lines;
      position.offset += item.bytes.length;
      position.lines = line - 1 + lines;
      position.tail = markOf(item.bytes.subarray(-MARK_BYTES));
      position.readTime = ports.now();
    }
    if (bytes.damage !== null && !damageIsFinal) return "damaged";
    position.archivedBytes = file.sizeBytes;
    return "read";
  } finally {
    await bytes.close();
  }
}

async function openArchive(path: string): Promise<{ file: InputFile; bytes: ByteReader }> {
  const { files, unreadable } = await listInputs([path]);
  if (files[0] === undefined) throw unreadable[0] ?? new Error(`${path}: no file`);
  return { file: files[0], bytes: new ByteReader(createByteSource(files[0])) };
}

/** @returns false when what is skipped is not what was read */
async function skipRead(bytes: ByteReader, { offset, tail }: FilePosition): Promise<boolean> {
  const piece = Buffer.allocUnsafe(1 << 18);
  for (let left = offset - tail.length; left > 0;) {
    const length = await bytes.fill(piece.subarray(0, Math.min(left, piece.length)));
    if (length === 0) return false;
    left -= length;
  }
  const last = Buffer.alloc(tail.length);
  return matchesMark(last.subarray(0, await bytes.fill(last)), tail);
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
