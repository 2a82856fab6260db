/** What this stage hands on: chunks of whole lines, and what was not read. */
import type { InputFile } from "./inputs.ts";

export interface Chunk {
  readonly file: InputFile;
  /** Whole lines, each ending in \n; the last of a file may lack it. In an ArrayBuffer of its own. */
  readonly bytes: Uint8Array;
  /** Number of its first line in the file, from 1. */
  readonly firstLine: number;
  /** Where records are not lines: the line in the file at which each line of the chunk begins. */
  readonly lineNumbers: Uint32Array | null;
  /** No further chunk of this file comes. */
  readonly last: boolean;
}

export interface Rejected {
  readonly file: InputFile;
  /** From 1; 0 when it is the file as a whole. */
  readonly line: number;
  readonly reason: string;
  /** At most 200 printable ASCII characters. */
  readonly excerpt: string;
}

export function isRejected(item: Chunk | Rejected): item is Rejected {
  return "reason" in item;
}
