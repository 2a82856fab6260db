/** JSON objects one after the other, with blanks, commas or nothing between them, as their texts on one line each. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Text that is none; `count` objects before it were whole. */
export class ObjectsError extends Error {
  readonly count: number;
  readonly offset: number;

  constructor(count: number, offset: number) {
    super(`no JSON object at byte ${offset}`);
    this.count = count;
    this.offset = offset;
  }
}

/**
 * The bytes of each object, found by its braces alone: whether it is JSON is for its reader to tell. An array around the objects is
 * taken off. Line ends inside an object become blanks, in place: JSON has them between its parts only.
 * @throws {ObjectsError} where anything else stands, or the last object is not whole
 */
export function* splitObjects(bytes: Buffer): Generator<Buffer> {
  let depth = 0;
  let quoted = false;
  let start = 0;
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (quoted) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) quoted = false;
      else if (byte === 0x0a || byte === 0x0d) throw new ObjectsError(count, at);
    } else if (byte === QUOTE && depth > 0) {
      quoted = true;
    } else if (byte === 0x7b) {
      if (depth === 0) start = at;
      depth += 1;
    } else if (byte === 0x7d) {
      depth -= 1;
      if (depth < 0) throw new ObjectsError(count, at);
      if (depth > 0) continue;
      yield bytes.subarray(start, at + 1);
      count += 1;
    } else if (byte === 0x0a || byte === 0x0d) {
      bytes[at] = 0x20;
    } else if (depth === 0 && !isBetween(byte)) {
      throw new ObjectsError(count, at);
    }
  }
  if (depth > 0) throw new ObjectsError(count, start);
}

/** Blank, tab, comma, the brackets of an array, and the parts of a byte-order mark. */
function isBetween(byte: number): boolean {
  return (
    byte === 0x20 ||
    byte === 0x09 ||
    byte === 0x2c ||
    byte === 0x5b ||
    byte === 0x5d ||
    byte === 0xef ||
    byte === 0xbb ||
    byte === 0xbf
  );
}
