/**
 * Patterns of policy.yaml: `*` is any run of characters, `?` is one character, every other character is itself, `[` and
 * `\` too; upper and lower case are the same.
 *
 * Matching never backtracks: the pattern is cut at its stars and each piece is looked for once, from left to right.
 */

/** How the strings that begin with a prefix relate to a pattern: every one matches, some may, or none can. */
export type Coverage = "all" | "some" | "none";

export interface Pattern {
  /** As policy spells it. */
  readonly text: string;
  matches(value: string): boolean;
  /** What the pattern says of everything that begins with `prefix`. */
  coverage(prefix: string): Coverage;
}

const ANY = 0x2a;
const ONE = 0x3f;

export function compilePattern(text: string): Pattern {
  const pattern = text.toLowerCase();
  const pieces = pattern.split("*");
  return {
    text,
    matches:
      pieces.length === 1
        ? (value) => equalsPiece(pattern, value.toLowerCase())
        : (value) => matchesPieces(pieces, value.toLowerCase()),
    coverage: (prefix) => coverage(pattern, prefix.toLowerCase()),
  };
}

/** One test for a list of patterns; an empty list matches nothing. */
export function compilePatterns(texts: readonly string[]): (value: string) => boolean {
  const patterns = texts.map(compilePattern);
  return (value) => patterns.some((pattern) => pattern.matches(value));
}

function equalsPiece(piece: string, value: string): boolean {
  return piece.length === value.length && pieceAt(piece, value, 0);
}

function matchesPieces(pieces: readonly string[], value: string): boolean {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (first.length + last.length > value.length) return false;
  if (!pieceAt(first, value, 0) || !pieceAt(last, value, value.length - last.length)) return false;

  const end = value.length - last.length;
  let from = first.length;
  for (let index = 1; index < pieces.length - 1; index += 1) {
    const piece = pieces[index] ?? "";
    // The leftmost place is enough: it leaves the most room for the pieces that follow.
    const at = findPiece(piece, value, from, end);
    if (at === -1) return false;
    from = at + piece.length;
  }
  return true;
}

function findPiece(piece: string, value: string, from: number, end: number): number {
  if (!piece.includes("?")) {
    const at = value.indexOf(piece, from);
    return at !== -1 && at + piece.length <= end ? at : -1;
  }
  for (let at = from; at + piece.length <= end; at += 1) if (pieceAt(piece, value, at)) return at;
  return -1;
}

function pieceAt(piece: string, value: string, at: number): boolean {
  for (let index = 0; index < piece.length; index += 1) {
    const code = piece.charCodeAt(index);
    if (code !== ONE && code !== value.charCodeAt(at + index)) return false;
  }
  return true;
}

/** Follows every position the pattern can be in after the prefix: at most one a character of the pattern. */
function coverage(pattern: string, prefix: string): Coverage {
  let positions = skipStars(pattern, new Set([0]));
  for (let at = 0; at < prefix.length && positions.size > 0; at += 1) {
    const code = prefix.charCodeAt(at);
    const next = new Set<number>();
    for (const position of positions) {
      const wanted = pattern.charCodeAt(position);
      if (wanted === ANY) next.add(position);
      else if (wanted === ONE || wanted === code) next.add(position + 1);
    }
    positions = skipStars(pattern, next);
  }
  if (positions.size === 0) return "none";
  // A position before a final star has also reached the end: both stand in the set.
  return pattern.endsWith("*") && positions.has(pattern.length) ? "all" : "some";
}

function skipStars(pattern: string, positions: Set<number>): Set<number> {
  for (const position of positions) if (pattern.charCodeAt(position) === ANY) positions.add(position + 1);
  return positions;
}
