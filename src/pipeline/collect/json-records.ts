/**
 * JSON documents -> records, as a stream: every object that is not inside another one, so the elements of a top-level array as
 * well as objects that follow each other, with the line each begins on. Counts brackets and quotes only; whether a record
 * is valid JSON is for its reader to say.
 *
 * Damage is noticed late here: a lost quote or bracket shows when a string runs over the end of its line, a record grows too
 * large or the document ends. What was swallowed until then is searched for the way records of this document begin.
 */
import { excerptOf } from "./excerpt.ts";

/** A larger record is rejected. */
export const MAX_RECORD_BYTES = 16 << 20;
/** Bytes that are read again after damage, in all: what hostile input can cost. */
const MAX_REREAD_BYTES = 8 * MAX_RECORD_BYTES;
/** Searching a byte costs a fraction of reading it. */
const SEARCH_SHARE = 1 / 2;
/** A record nested deeper is rejected. */
const MAX_DEPTH = 1024;
/** Longest beginning of a record that is remembered. */
const MAX_MARKER_BYTES = 256;

const SPACE = 0x20;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

export interface RecordSink {
  /** `bytes` are valid during the call only and may hold line ends. */
  record(bytes: Buffer, line: number): void;
  rejected(line: number, reason: string, excerpt: string): void;
}

export class JsonRecordSplitter {
  readonly #sink: RecordSink;
  /** Bytes from the start of what is under way, a record or other text. */
  #window: Buffer = Buffer.allocUnsafe(1 << 17);
  #end = 0;
  /** Where scanning goes on, and the line that is. */
  #at = 0;
  #line = 1;
  /** Where what is under way began. */
  #begin = 0;
  #beginLine = 1;
  #state: "between" | "record" | "other" = "between";
  /** The brackets open in the record, by what closes them. */
  readonly #closers = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** How records of this document begin: from the brace to the end of the first name. */
  #marker: Buffer = Buffer.alloc(0);
  #rereadBytes = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    this.#append(bytes);
    this.#scan();
  }

  /** The document ends. `damage` says why, when it ends before its time. */
  finish(damage: string | null): void {
    while (this.#state === "record") {
      this.#recover("the document ends inside a record");
      this.#scan();
    }
    this.#endOther(this.#end);
    if (damage !== null) this.#sink.rejected(this.#line, damage, "");
  }

  #append(bytes: Uint8Array): void {
    const kept = this.#state === "between" ? this.#at : this.#begin;
    this.#window.copyWithin(0, kept, this.#end);
    this.#end -= kept;
    this.#at -= kept;
    this.#begin -= kept;
    if (this.#end + bytes.length > this.#window.length) {
      const grown = Buffer.allocUnsafe(2 * (this.#end + bytes.length));
      this.#window.copy(grown, 0, 0, this.#end);
      this.#window = grown;
    }
    this.#window.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #scan(): void {
    while (this.#at < this.#end) {
      if (this.#state === "record") this.#scanRecord();
      else this.#scanBetween();
    }
  }

  #scanBetween(): void {
    const byte = this.#window[this.#at]!;
    if (byte === OPEN_BRACE) {
      this.#endOther(this.#at);
      this.#state = "record";
      this.#begin = this.#at;
      this.#beginLine = this.#line;
      this.#depth = 0;
      this.#inString = false;
      this.#escaped = false;
      return;
    }
    const structure = byte <= SPACE || byte === COMMA || byte === OPEN_BRACKET || byte === CLOSE_BRACKET;
    if (byte === NEWLINE) this.#endOther(this.#at);
    else if (!structure && this.#state === "between") {
      this.#state = "other";
      this.#begin = this.#at;
      this.#beginLine = this.#line;
    }
    if (byte === NEWLINE) this.#line++;
    this.#at++;
    if (this.#at - this.#begin > MAX_RECORD_BYTES) this.#endOther(this.#at);
  }

  #endOther(end: number): void {
    if (this.#state !== "other") return;
    const excerpt = excerptOf(this.#window.subarray(this.#begin, Math.min(end, this.#begin + 200)));
    this.#sink.rejected(this.#beginLine, "not a JSON object", excerpt);
    this.#state = "between";
  }

  /** Reads on until the record ends, proves damaged, or the bytes run out. */
  #scanRecord(): void {
    const window = this.#window;
    const limit = Math.min(this.#end, this.#begin + MAX_RECORD_BYTES);
    const closers = this.#closers;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let whole = false;
    let damage: string | null = null;
    let at = this.#at;

    for (; at < limit; at++) {
      const byte = window[at]!;
      if (byte === NEWLINE) {
        if (inString) {
          damage = "a string runs over the end of its line";
          break;
        }
        this.#line++;
      } else if (inString) {
        if (escaped) escaped = false;
        else if (byte === QUOTE) inString = false;
        else if (byte === BACKSLASH) escaped = true;
      } else if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === MAX_DEPTH) {
          damage = `nested deeper than ${MAX_DEPTH} levels`;
          break;
        }
        // In ASCII a closing bracket or brace comes two after its opening one.
        closers[depth++] = byte + 2;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (byte !== closers[--depth]) {
          damage = "a bracket closes what it did not open";
          break;
        }
        if (depth === 0) {
          at++;
          whole = true;
          break;
        }
      }
    }

    this.#at = at;
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    if (whole) this.#endRecord();
    else if (damage !== null) this.#recover(damage);
    else if (at - this.#begin >= MAX_RECORD_BYTES) this.#recover("a record over 16 MiB");
  }

  #endRecord(): void {
    const record = this.#window.subarray(this.#begin, this.#at);
    if (this.#marker.length === 0 || !record.subarray(0, this.#marker.length).equals(this.#marker)) {
      this.#marker = Buffer.from(markerOf(record));
    }
    this.#sink.record(record, this.#beginLine);
    this.#state = "between";
  }

  /** Gives up the record under way, and goes on at the next place inside it where one seems to begin. */
  #recover(reason: string): void {
    const damaged = this.#window.subarray(this.#begin, this.#end);
    this.#sink.rejected(this.#beginLine, reason, excerptOf(damaged.subarray(0, 200)));
    this.#state = "between";
    if (this.#rereadBytes > MAX_REREAD_BYTES) return;
    const marker = this.#marker.length > 0 ? this.#marker : markerOf(damaged);
    const next = nextMarker(damaged, marker);
    this.#rereadBytes += (next === -1 ? damaged.length : next) * SEARCH_SHARE;
    if (next === -1) return;
    this.#rereadBytes += Math.max(0, this.#at - this.#begin - next);
    this.#line = this.#beginLine + countNewlines(damaged, next);
    this.#at = this.#begin + next;
  }
}

/** From the brace to the end of the first name; empty when there is none nearby. */
function markerOf(record: Buffer): Buffer {
  const open = record.indexOf(QUOTE);
  const close = open === -1 ? -1 : record.indexOf(QUOTE, open + 1);
  return close === -1 || close >= MAX_MARKER_BYTES ? Buffer.alloc(0) : record.subarray(0, close + 1);
}

/** Where the marker stands next, other than as the value of a name; -1 when nowhere. */
function nextMarker(damaged: Buffer, marker: Buffer): number {
  if (marker.length === 0) return -1;
  for (let found = damaged.indexOf(marker, 1); found !== -1; found = damaged.indexOf(marker, found + 1)) {
    let before = found - 1;
    while (before > 0 && damaged[before]! <= SPACE) before--;
    if (damaged[before] !== COLON) return found;
  }
  return -1;
}

function countNewlines(bytes: Buffer, until: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1 && at < until; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
