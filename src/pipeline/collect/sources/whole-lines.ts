/** A stretch of bytes that begins at a line's start -> its whole lines, without the over-long ones. */
import { excerptOf } from "../excerpt.ts";
import { MAX_LINE_BYTES } from "../line-chunks.ts";

const NEWLINE = 0x0a;

export type Stretch =
  | { readonly kind: "lines"; readonly bytes: Uint8Array; readonly lines: number }
  | { readonly kind: "too-long"; readonly excerpt: string };

export interface WholeLines {
  /** In order. `bytes` are views of the input. */
  readonly stretches: readonly Stretch[];
  /** Bytes up to the end of the last whole line. */
  readonly usedBytes: number;
}

/** Lines over 1 MiB are told of instead of handed out. What follows the last newline is left alone. */
export function wholeLines(bytes: Buffer): WholeLines {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const stretches: Stretch[] = [];
  let start = 0;
  let lines = 0;
  const close = (until: number) => {
    if (until > start) stretches.push({ kind: "lines", bytes: bytes.subarray(start, until), lines });
    lines = 0;
  };
  for (let from = 0; from < end;) {
    const next = bytes.indexOf(NEWLINE, from) + 1;
    if (next - from > MAX_LINE_BYTES) {
      close(from);
      stretches.push({ kind: "too-long", excerpt: excerptOf(bytes.subarray(from, from + 200)) });
      start = next;
    } else {
      lines += 1;
    }
    from = next;
  }
  close(end);
  return { stretches, usedBytes: end };
}
