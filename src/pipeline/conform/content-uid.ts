/** Event ids for sources that give none. */
import { hash } from "node:crypto";

/**
 * 128 bits of SHA-256 over the raw text, in hex: the same line has the same id wherever and however often it was read.
 * A cryptographic hash, because whoever writes log lines must not be able to make one line pass for another's repetition.
 */
export function contentUid(raw: string): string {
  return hash("sha256", raw, "hex").slice(0, 32);
}
