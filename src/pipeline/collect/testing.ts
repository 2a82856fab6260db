/** For the tests of this stage: files in a folder of their own, and everything that came out of reading one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type Chunk, isRejected, type Rejected } from "./chunk.ts";
import { type ChunkOptions, openChunks } from "./chunks.ts";
import { type InputFile, listInputs } from "./inputs.ts";
import { readLines } from "./lines.ts";

/** A folder that is removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-collect-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function writeInput(folder: string, name: string, content: string | Uint8Array): Promise<InputFile> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const { files, unreadable } = await listInputs([path]);
  if (files[0] === undefined) throw unreadable[0] ?? new Error(`not listed: ${path}`);
  return files[0];
}

export interface Reading {
  /** Line number and text of every line. */
  readonly lines: [line: number, text: string][];
  readonly rejected: { line: number; reason: string }[];
  readonly chunks: Chunk[];
  readonly items: (Chunk | Rejected)[];
}

/** Reads a file to its end, checking on the way what holds for every file. */
export async function readInput(file: InputFile, options: ChunkOptions = {}): Promise<Reading> {
  const items = await Array.fromAsync(openChunks(file, options));
  const chunks = items.filter((item): item is Chunk => !isRejected(item));
  const rejected = items.filter(isRejected).map(({ line, reason }) => ({ line, reason }));
  const lines: [number, string][] = [];
  for (const chunk of chunks) {
    if (chunk.last !== (chunk === items.at(-1))) throw new Error("`last` is not set on the last item alone");
    if (chunk.bytes.byteOffset !== 0) throw new Error("a chunk does not begin its buffer");
    const count = readLines(
      chunk.bytes,
      (line, index) => lines.push([chunk.lineNumbers?.[index] ?? chunk.firstLine + index, line]),
      (index, reason) => rejected.push({ line: chunk.lineNumbers?.[index] ?? chunk.firstLine + index, reason }),
    );
    if (chunk.lineNumbers !== null && chunk.lineNumbers.length !== count) throw new Error("a record without its line");
  }
  if (new Set(chunks.map(({ bytes }) => bytes.buffer)).size !== chunks.length) throw new Error("chunks share a buffer");
  return { lines, rejected, chunks, items };
}
