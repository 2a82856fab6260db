/**
 * Does a file hold JSON documents (a top-level array, objects over several lines, objects without a line end between) or
 * one record a line, as every other log?
 *
 * A damaged first line must not turn a file of lines into documents, so the line that follows has to continue the first one.
 */

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
/** Deeper nesting in a first line is not looked at. */
const MAX_DEPTH = 64;

/** @param complete whether `head` is the whole file */
export function holdsJsonDocuments(head: Uint8Array, complete: boolean): boolean {
  const start = skipSpace(head, 0);
  const second = skipSpace(head, start + 1);
  switch (head[start]) {
    case OPEN_BRACKET:
      // A text log may well begin with a bracket; one of objects, or of nothing at all, is JSON.
      if (head[second] === CLOSE_BRACKET) return complete && skipSpace(head, second + 1) === head.length;
      return head[second] === OPEN_BRACE && isNameOrEnd(head[skipSpace(head, second + 1)]);
    case OPEN_BRACE:
      return isNameOrEnd(head[second]) && firstLineGoesOn(head, start);
    default:
      return false;
  }
}

/** Whether the first line ends inside its object and the next one continues it, or holds more than one object. */
function firstLineGoesOn(head: Uint8Array, start: number): boolean {
  const open: number[] = [];
  let inString = false;
  let lastToken = 0;
  for (let offset = start; offset < head.length; offset++) {
    const byte = head[offset]!;
    if (inString) {
      if (byte === BACKSLASH) offset++;
      else if (byte === QUOTE) inString = false;
      else if (byte === NEWLINE) return false;
      continue;
    }
    if (byte === NEWLINE) return continues(head, offset + 1, lastToken, open.at(-1)!);
    if (byte <= SPACE) continue;
    lastToken = byte;
    if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (open.push(byte) > MAX_DEPTH) return false;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      open.pop();
      if (open.length === 0) return anotherObjectFollows(head, offset + 1);
    }
  }
  return false;
}

/** After a complete object: `,` or `{` on the same line. */
function anotherObjectFollows(head: Uint8Array, from: number): boolean {
  let offset = from;
  while (offset < head.length && head[offset]! <= SPACE && head[offset] !== NEWLINE) offset++;
  return head[offset] === COMMA || head[offset] === OPEN_BRACE;
}

function continues(head: Uint8Array, from: number, lastToken: number, container: number): boolean {
  const next = head[skipSpace(head, from)];
  if (lastToken === OPEN_BRACE) return isNameOrEnd(next);
  if (lastToken === OPEN_BRACKET || lastToken === COLON) return next !== undefined;
  if (lastToken === COMMA) return container === OPEN_BRACKET ? next !== undefined : next === QUOTE;
  return next === COMMA || next === CLOSE_BRACE || next === CLOSE_BRACKET;
}

function isNameOrEnd(byte: number | undefined): boolean {
  return byte === QUOTE || byte === CLOSE_BRACE;
}

function skipSpace(head: Uint8Array, from: number): number {
  let offset = from;
  while (offset < head.length && head[offset]! <= SPACE) offset++;
  return offset;
}
