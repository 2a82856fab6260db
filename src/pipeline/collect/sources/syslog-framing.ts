/**
 * A connection's bytes -> syslog messages, each as one line. Both framings of RFC 6587, told apart for every message anew: one that
 * begins with a figure from 1 to 9 and a blank is counted in octets, any other ends in a line end.
 *
 * What is held is at most one message. A message over 1 MiB is passed over and told of.
 */
import { excerptOf } from "../excerpt.ts";

export const MAX_MESSAGE_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const BLANK = 0x20;
/** Figures of the largest count that is believed. */
const MAX_COUNT_DIGITS = 9;

export interface Messages {
  /** Lines, each ending in a newline; empty when no message is complete. */
  readonly bytes: Buffer;
  readonly lines: number;
}

export interface TooLong {
  /** Number of the message in the connection, from 1. */
  readonly line: number;
  readonly excerpt: string;
}

export class SyslogFraming {
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The rest of a message that is passed over: bytes of it, or "line": up to the next line end. */
  #skipping: number | "line" = 0;
  #line = 0;
  readonly #onTooLong: (message: TooLong) => void;
  /** Where in the held bytes a line end was not found yet. */
  #searched = 0;
  /** Length of the message that is waited for; 0: not known. */
  #awaitedBytes = 0;

  constructor(onTooLong: (message: TooLong) => void) {
    this.#onTooLong = onTooLong;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  push(piece: Buffer): Messages {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    // A sender of single bytes must not cost an object each.
    if (this.#held.length >= 1024) this.#held = [Buffer.concat(this.#held)];
    // Joining what is held for every small piece of a long message would cost its square.
    if (this.#heldBytes < this.#awaitedBytes) return NONE;
    if (this.#awaitedBytes === 0 && this.#skipping === 0 && !piece.includes(NEWLINE) && this.#isLongLine()) return NONE;
    return this.#cut(false);
  }

  /** The connection ended: the last message may lack its line end. */
  end(): Messages {
    return this.#cut(true);
  }

  /** Whether a line without its end is held that is known to be no count and within the limit. */
  #isLongLine(): boolean {
    return this.#searched > 0 && this.#heldBytes <= MAX_MESSAGE_BYTES;
  }

  #cut(ended: boolean): Messages {
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    const out: Buffer[] = [];
    const before = this.#line;
    let at = 0;
    this.#awaitedBytes = 0;
    this.#searched = 0;
    while (at < bytes.length) {
      if (this.#skipping !== 0) {
        at = this.#skip(bytes, at);
        continue;
      }
      const count = countAt(bytes, at);
      if (count === "incomplete" && !ended) break;
      const next =
        typeof count === "string"
          ? this.#takeLine(bytes, at, ended, out)
          : this.#takeCounted(bytes, at, count, ended, out);
      if (next === at) break;
      at = next;
    }
    const rest = bytes.subarray(at);
    this.#held = rest.length === 0 ? [] : [Buffer.from(rest)];
    this.#heldBytes = rest.length;
    if (out.length === 0) return NONE;
    return { bytes: Buffer.concat(out), lines: this.#line - before };
  }

  #skip(bytes: Buffer, at: number): number {
    if (this.#skipping === "line") {
      const newline = bytes.indexOf(NEWLINE, at);
      if (newline !== -1) this.#skipping = 0;
      return newline === -1 ? bytes.length : newline + 1;
    }
    const skipped = Math.min(this.#skipping, bytes.length - at);
    this.#skipping -= skipped;
    return at + skipped;
  }

  #takeLine(bytes: Buffer, at: number, ended: boolean, out: Buffer[]): number {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline;
    if (end - at > MAX_MESSAGE_BYTES) {
      this.#tellTooLong(bytes, at);
      if (newline === -1) this.#skipping = "line";
      return newline === -1 ? bytes.length : newline + 1;
    }
    if (newline === -1 && !ended) {
      this.#searched = bytes.length - at;
      return at;
    }
    this.#add(bytes.subarray(at, end), out);
    return newline === -1 ? bytes.length : newline + 1;
  }

  #takeCounted(bytes: Buffer, at: number, { from, length }: Count, ended: boolean, out: Buffer[]): number {
    if (length > MAX_MESSAGE_BYTES) {
      this.#tellTooLong(bytes, from);
      this.#skipping = length;
      return from;
    }
    const end = from + length;
    if (end > bytes.length && !ended) {
      this.#awaitedBytes = end - at;
      return at;
    }
    this.#add(bytes.subarray(from, end), out);
    // Some senders put a line end after a counted message that they did not count.
    return bytes[end] === NEWLINE ? end + 1 : Math.min(end, bytes.length);
  }

  /** One message becomes one line: line ends inside it become blanks, those at its end fall away. */
  #add(message: Buffer, out: Buffer[]): void {
    let end = message.length;
    while (end > 0 && (message[end - 1] === NEWLINE || message[end - 1] === 0x0d || message[end - 1] === 0)) end -= 1;
    if (end === 0) return;
    const line = Buffer.allocUnsafe(end + 1);
    message.copy(line, 0, 0, end);
    for (let at = line.indexOf(NEWLINE); at !== -1 && at < end; at = line.indexOf(NEWLINE, at + 1)) line[at] = BLANK;
    line[end] = NEWLINE;
    this.#line += 1;
    out.push(line);
  }

  #tellTooLong(bytes: Buffer, at: number): void {
    this.#line += 1;
    this.#onTooLong({ line: this.#line, excerpt: excerptOf(bytes.subarray(at, at + 200)) });
  }
}

const NONE: Messages = { bytes: Buffer.alloc(0), lines: 0 };

interface Count {
  readonly from: number;
  readonly length: number;
}

/** The octet count that begins here; "none" when there is none, "incomplete" when it cannot be told yet. */
function countAt(bytes: Buffer, at: number): Count | "none" | "incomplete" {
  const first = bytes[at]!;
  if (first < 0x31 || first > 0x39) return "none";
  let length = 0;
  for (let digits = 0; digits <= MAX_COUNT_DIGITS; digits += 1) {
    const byte = bytes[at + digits];
    if (byte === undefined) return "incomplete";
    // "<" of the priority follows the blank: text that merely begins with a figure is not taken for a count.
    if (byte === BLANK) {
      const next = bytes[at + digits + 1];
      if (next === undefined) return "incomplete";
      return next === 0x3c ? { from: at + digits + 1, length } : "none";
    }
    if (byte < 0x30 || byte > 0x39) return "none";
    length = length * 10 + byte - 0x30;
  }
  return "none";
}
