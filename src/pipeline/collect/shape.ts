/**
 * What a file is, from its first bytes: text in which encoding, or something that no line can be read from.
 *
 * Damage must not look like a binary file: a crash leaves blocks of NULs in a log, a rotated log that is still written to begins
 * with a long run of them, and a bit flip makes a control character. So runs count once, and a few do not count.
 */
import { isUtf8 } from "node:buffer";

export type Encoding = "utf-8" | "utf-16le" | "utf-16be";

export type Shape =
  | {
      readonly kind: "text";
      readonly encoding: Encoding;
      /** Length of the byte-order mark. */ readonly markBytes: number;
    }
  | { readonly kind: "binary"; readonly reason: string };

/** Files a person may well point at, and what to do about them. */
const SIGNATURES: readonly { readonly offset: number; readonly bytes: string; readonly reason: string }[] = [
  { offset: 0, bytes: "ElfFile\0", reason: "a Windows event log in its binary form (.evtx); export it as JSON" },
  { offset: 0, bytes: "LPKSHHRH", reason: "a systemd journal; export it with journalctl -o json" },
  { offset: 0, bytes: "\xfd7zXZ\0", reason: "an xz archive; unpack it first" },
  { offset: 0, bytes: "BZh", reason: "a bzip2 archive; unpack it first" },
  { offset: 0, bytes: "7z\xbc\xaf\x27\x1c", reason: "a 7-Zip archive; unpack it first" },
  { offset: 0, bytes: "PK\x03\x04", reason: "a zip archive; unpack it first" },
  { offset: 0, bytes: "\x04\x22\x4d\x18", reason: "an lz4 archive; unpack it first" },
  { offset: 257, bytes: "ustar", reason: "a tar archive; unpack it first" },
  { offset: 0, bytes: "\xd4\xc3\xb2\xa1", reason: "a packet capture; export its flows with Zeek" },
  { offset: 0, bytes: "\x0a\x0d\x0d\x0a", reason: "a packet capture; export its flows with Zeek" },
  { offset: 0, bytes: "SQLite format 3\0", reason: "an SQLite database" },
  { offset: 0, bytes: "PAR1", reason: "a Parquet file" },
  { offset: 0, bytes: "%PDF-", reason: "a PDF document" },
  { offset: 0, bytes: "\x7fELF", reason: "a program" },
];

/** At least this many control characters, and more than this share of the bytes, make a file binary. */
const CONTROL_COUNT = 32;
const CONTROL_SHARE = 0.03;

/** Judges the first bytes of a file, 64 KiB or all there is. */
export function shapeOf(head: Uint8Array): Shape {
  const buffer = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (startsWith(buffer, 0, "\xef\xbb\xbf")) return { kind: "text", encoding: "utf-8", markBytes: 3 };
  if (startsWith(buffer, 0, "\xff\xfe")) return { kind: "text", encoding: "utf-16le", markBytes: 2 };
  if (startsWith(buffer, 0, "\xfe\xff")) return { kind: "text", encoding: "utf-16be", markBytes: 2 };

  const controls = countControls(buffer);
  const suspicious = controls > 0 || !isUtf8(buffer.subarray(0, 16));
  for (const { offset, bytes, reason } of SIGNATURES) {
    if ((suspicious || bytes === "%PDF-") && startsWith(buffer, offset, bytes)) return { kind: "binary", reason };
  }
  if (controls < CONTROL_COUNT || controls < buffer.length * CONTROL_SHARE) {
    return { kind: "text", encoding: "utf-8", markBytes: 0 };
  }
  const encoding = encodingWithoutMark(buffer);
  if (encoding !== null) return { kind: "text", encoding, markBytes: 0 };
  return { kind: "binary", reason: "a binary file" };
}

function startsWith(buffer: Buffer, offset: number, latin1: string): boolean {
  return buffer.toString("latin1", offset, offset + latin1.length) === latin1;
}

/** Control characters that no text has, a run of the same one counted once. */
function countControls(buffer: Buffer): number {
  let count = 0;
  let previous = -1;
  for (const byte of buffer) {
    if (byte < 0x20 && byte !== previous && !isTextControl(byte)) count++;
    previous = byte;
  }
  return count;
}

/** Backspace, tab, line feed, form feed, carriage return, escape. */
function isTextControl(byte: number): boolean {
  return (byte >= 0x08 && byte <= 0x0d && byte !== 0x0b) || byte === 0x1b;
}

/** UTF-16 of mostly Latin text has a NUL in every second byte. */
function encodingWithoutMark(buffer: Buffer): Encoding | null {
  let even = 0;
  let odd = 0;
  for (let offset = 0; offset + 1 < buffer.length; offset += 2) {
    if (buffer[offset] === 0) even++;
    if (buffer[offset + 1] === 0) odd++;
  }
  const pairs = buffer.length / 2;
  if (odd > pairs * 0.7 && even < pairs * 0.05) return "utf-16le";
  if (even > pairs * 0.7 && odd < pairs * 0.05) return "utf-16be";
  return null;
}
