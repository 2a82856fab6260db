/**
 * Tests on one text in ClickHouse SQL, exactly as the matcher makes them; what cannot be said exactly is refused.
 *
 * A text of SQL is UTF-8, a text of the matcher UTF-16: half a surrogate pair is stored as U+FFFD, so a rule that asks for
 * either is refused.
 */
import { networkContains, type Network } from "./network.ts";
import type { PatternPart } from "./pattern.ts";
import { fold, foldDashes } from "./pattern.ts";
import { parseRegex, type RegexFlags, type RegexNode } from "./regex-syntax.ts";
import { MAX_REGEX_VALUE } from "./regex.ts";

/** A part of a rule that has no exact counterpart in SQL; the message says which, to be read after “because”. */
export class UntranslatableError extends Error {
  override readonly name = "UntranslatableError";
}

const ENCODER = new TextEncoder();

/** A string literal of ClickHouse, in printable ASCII alone: other bytes of its UTF-8 are escaped. */
export function sqlString(text: string): string {
  let sql = "'";
  for (const byte of ENCODER.encode(text)) {
    if (byte < 32 || byte > 126) sql += `\\x${byte.toString(16).padStart(2, "0")}`;
    else sql += byte === 39 || byte === 92 ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  }
  return `${sql}'`;
}

export function sqlAny(conditions: readonly string[]): string {
  return join(conditions, " OR ", "false");
}

export function sqlAll(conditions: readonly string[]): string {
  return join(conditions, " AND ", "true");
}

function join(conditions: readonly string[], word: string, none: string): string {
  if (conditions.length <= 1) return conditions[0] ?? none;
  return `(${conditions.join(word)})`;
}

/** Characters beyond ASCII whose folded form is ASCII or begins with it: text → what it is for the matcher. */
const FOLDS_TO_ASCII = [
  ["k", "\u212a", "k"],
  ["s", "\u017f", "s"],
  ["i", "\u0130", "i\u0307"],
] as const;

/**
 * The text as the matcher folds it, as far as it can be told from ASCII literals: other characters beyond ASCII keep
 * their case, which no such literal can tell.
 *
 * @param letters ASCII letters that the literals hold; null: all, and the number of characters counts
 */
function folded(text: string, letters: string | null): string {
  let sql = `lower(${text})`;
  for (const [letter, char, becomes] of FOLDS_TO_ASCII)
    if (letters === null || letters.includes(letter))
      sql = `replaceAll(${sql}, ${sqlString(char)}, ${sqlString(becomes)})`;
  return sql;
}

function withDashes(text: string): string {
  return `replaceRegexpAll(${text}, ${sqlString("[/\\x{2013}-\\x{2015}]")}, '-')`;
}

/** Whether a text is like one of the patterns. @throws {UntranslatableError} */
export function patternTest(
  text: string,
  patterns: readonly (readonly PatternPart[])[],
  { cased, dashes }: { cased: boolean; dashes: boolean },
): string {
  const normal = patterns.map((parts) =>
    parts.map((part): PatternPart => {
      if (part.type !== "text") return part;
      const form = cased ? part.text : fold(part.text);
      return { type: "text", text: dashes ? foldDashes(form) : form };
    }),
  );
  const literals = normal
    .flatMap((parts) => parts.flatMap((part) => (part.type === "text" ? [part.text] : [])))
    .join("");
  if (!literals.isWellFormed() || literals.includes("\ufffd"))
    throw new UntranslatableError("a value holds half a character, which a stored text cannot");
  // oxlint-disable-next-line no-control-regex
  if (!cased && /[^\u0000-\u007f]/.test(literals))
    throw new UntranslatableError("case is folded by tables of Unicode, and a value goes beyond ASCII");
  const counts = normal.some((parts) => parts.some(({ type }) => type === "one"));
  const plain = cased ? text : folded(text, counts ? null : literals);
  const value = dashes ? withDashes(plain) : plain;
  const equal: string[] = [];
  const others: string[] = [];
  for (const parts of normal) {
    const [first, second, third] = parts;
    if (first === undefined) equal.push("");
    else if (parts.length === 1 && first.type === "text") equal.push(first.text);
    else if (parts.length === 1 && first.type === "any") others.push("true");
    else if (parts.length === 2 && first.type === "any" && second?.type === "text")
      others.push(`endsWith(${value}, ${sqlString(second.text)})`);
    else if (parts.length === 2 && first.type === "text" && second?.type === "any")
      others.push(`startsWith(${value}, ${sqlString(first.text)})`);
    else if (parts.length === 3 && first.type === "any" && second?.type === "text" && third?.type === "any")
      others.push(`position(${value}, ${sqlString(second.text)}) > 0`);
    else if (first.type === "any" && parts.some(({ type }) => type === "one"))
      throw new UntranslatableError("`*` before `?` is searched in the first 65,536 characters only");
    else others.push(`match(${value}, ${sqlString(`^(?s:${parts.map(globPart).join("")})$`)})`);
  }
  if (equal.length > 0) others.unshift(among(value, equal));
  return sqlAny(others);
}

/** Whether an expression is one of some texts or numbers, which are sorted so that the order of a rule's values does not tell. */
function among(value: string, texts: readonly string[]): string {
  const list = [...new Set(texts)].toSorted().map(sqlString);
  return list.length === 1 ? `${value} = ${list[0] as string}` : `${value} IN (${list.join(", ")})`;
}

function globPart(part: PatternPart): string {
  return part.type === "any" ? ".*" : part.type === "one" ? "." : [...part.text].map(regexChar).join("");
}

function regexChar(char: string): string {
  return emitCode(char.codePointAt(0) as number);
}

function emitCode(code: number): string {
  if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122))
    return String.fromCharCode(code);
  return `\\x{${code.toString(16)}}`;
}

/** RE2 refuses expressions that repeat more often, nested repetitions multiplied. */
const MAX_REPEAT = 1_000;

/** Whether an expression is found in a text, as far as the matcher looks. @throws {UntranslatableError} */
export function regexTest(text: string, pattern: string, flags: RegexFlags): string {
  const source = emit(parseRegex(pattern, flags), 1);
  return `match(substringUTF8(${text}, 1, ${MAX_REGEX_VALUE}), ${sqlString(source)})`;
}

const ASSERTIONS = {
  start: "\\A",
  end: "\\z",
  "line-start": "(?m:^)",
  "line-end": "(?m:$)",
  word: "\\b",
  "not-word": "\\B",
} as const;

function emit(node: RegexNode, repeated: number): string {
  switch (node.type) {
    case "set":
      return emitSet(node.set);
    case "cat":
      return node.nodes
        .map((child) => (child.type === "alt" ? `(?:${emit(child, repeated)})` : emit(child, repeated)))
        .join("");
    case "alt":
      return node.nodes.map((child) => emit(child, repeated)).join("|");
    case "repeat": {
      const { min, max } = node;
      const times = repeated * Math.max(1, min, max ?? 1);
      if (times > MAX_REPEAT) throw new UntranslatableError(`an expression repeats more than ${MAX_REPEAT} times`);
      const count = max === null ? (min === 0 ? "*" : min === 1 ? "+" : `{${min},}`) : `{${min},${max}}`;
      return `(?:${emit(node.node, times)})${count}`;
    }
    case "assert":
      return ASSERTIONS[node.assert];
  }
}

function emitSet(set: readonly number[]): string {
  if (set.length === 0) return "[^\\x{0}-\\x{10ffff}]";
  if (set.includes(0xfffd))
    throw new UntranslatableError("an expression asks for half a character, which a stored text cannot hold");
  if (set.length === 2 && set[0] === set[1]) return emitCode(set[0] as number);
  let ranges = "";
  for (let index = 0; index < set.length; index += 2) {
    const from = set[index] as number;
    const to = set[index + 1] as number;
    ranges += from === to ? emitCode(from) : `${emitCode(from)}-${emitCode(to)}`;
  }
  return `[${ranges}]`;
}

/** What the matcher's trimming takes away. */
const BLANK = "[\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}]*";

/** Whether a text is an address of a network: brackets, zones and leading zeros as the matcher reads them. */
export function networkTest(text: string, network: Network): string {
  const address = `replaceRegexpOne(${text}, ${sqlString(`(?s)^${BLANK}(?:\\[(.*)\\]|(.*?))${BLANK}$`)}, '\\\\1\\\\2')`;
  const conditions: string[] = [];
  const four = fourOf(network);
  if (four !== null) conditions.push(`match(${address}, ${sqlString(`^${four.map(octet).join("\\.")}$`)})`);
  const bare = `replaceRegexpOne(${address}, '(?s)%.*', '')`;
  const shape = "^(?:[0-9A-Fa-f]{0,4}:){1,8}(?:[0-9A-Fa-f]{0,4}|[0-9.]+)$";
  const plain = `replaceRegexpAll(${bare}, '(^|[.:])0+([0-9])', '\\\\1\\\\2')`;
  const [low, high] = boundsOf(network);
  conditions.push(
    `(match(${bare}, ${sqlString(shape)}) AND coalesce(toIPv6OrNull(${plain}) BETWEEN toIPv6('${low}') AND toIPv6('${high}'), false))`,
  );
  return `(lengthUTF8(${text}) <= 64 AND ${sqlAny(conditions)})`;
}

const MAPPED = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0]);

/** The IPv4 addresses of a network as a range a byte; null: it holds none. */
function fourOf({ bytes, prefix }: Network): [low: number, high: number][] | null {
  if (prefix < 96) return networkContains({ bytes, prefix }, MAPPED) ? [0, 1, 2, 3].map(() => [0, 255]) : null;
  if (!networkContains({ bytes, prefix: 96 }, MAPPED)) return null;
  return [12, 13, 14, 15].map((index) => byteRange(bytes, prefix, index));
}

function byteRange(bytes: Uint8Array, prefix: number, index: number): [low: number, high: number] {
  const free = Math.min(8, Math.max(0, (index + 1) * 8 - prefix));
  const low = (bytes[index] ?? 0) & (0xff << free) & 0xff;
  return [low, low | ((1 << free) - 1)];
}

/** Decimal numbers of a range that a network can have: one number, all, or a block that begins at a multiple of its size. */
function octet([low, high]: [low: number, high: number]): string {
  const numbers = Array.from({ length: high - low + 1 }, (_, index) => String(low + index));
  return high - low === 255 ? "0*(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])" : `0*(?:${numbers.join("|")})`;
}

function boundsOf({ bytes, prefix }: Network): [low: string, high: string] {
  const groups = (which: 0 | 1) =>
    Array.from({ length: 8 }, (_, index) => {
      const [high, low] = [byteRange(bytes, prefix, index * 2)[which], byteRange(bytes, prefix, index * 2 + 1)[which]];
      return ((high << 8) | low).toString(16);
    }).join(":");
  return [groups(0), groups(1)];
}
