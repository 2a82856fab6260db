/**
 * Regular expressions of rules: PCRE syntax as far as a linear-time engine can run it, parsed to sets of characters.
 *
 * Flags (`i m s`, also inline) are resolved here: a set already holds both cases, so that no engine needs the flag and all
 * engines agree. `\d \w \s` and case of `\b` are ASCII; `$` without `m` is the end of the text only.
 */

/** Sorted, disjoint, inclusive pairs of code points: from, to, from, to… */
export type CharacterSet = readonly number[];

export type RegexNode =
  | { readonly type: "set"; readonly set: CharacterSet }
  | { readonly type: "cat" | "alt"; readonly nodes: readonly RegexNode[] }
  /** `max` null: unbounded. */
  | { readonly type: "repeat"; readonly node: RegexNode; readonly min: number; readonly max: number | null }
  | { readonly type: "assert"; readonly assert: "start" | "end" | "line-start" | "line-end" | "word" | "not-word" };

export interface RegexFlags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

/** A pattern that cannot be parsed, or asks for what takes exponential time; `offset` counts from 0. */
export class RegexSyntaxError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "RegexSyntaxError";
    this.offset = offset;
  }
}

const MAX_CODE = 0x10ffff;
const MAX_DEPTH = 60;
const MAX_LENGTH = 8_000;
const DIGITS = [48, 57];
const WORD = [48, 57, 65, 90, 95, 95, 97, 122];
const SPACE = [9, 13, 32, 32];
const POSIX: ReadonlyMap<string, CharacterSet> = new Map([
  ["alnum", [48, 57, 65, 90, 97, 122]],
  ["alpha", [65, 90, 97, 122]],
  ["ascii", [0, 127]],
  ["blank", [9, 9, 32, 32]],
  ["cntrl", [0, 31, 127, 127]],
  ["digit", DIGITS],
  ["graph", [33, 126]],
  ["lower", [97, 122]],
  ["print", [32, 126]],
  ["punct", [33, 47, 58, 64, 91, 96, 123, 126]],
  ["space", SPACE],
  ["upper", [65, 90]],
  ["word", WORD],
  ["xdigit", [48, 57, 65, 70, 97, 102]],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ["t", 9],
  ["n", 10],
  ["v", 11],
  ["f", 12],
  ["r", 13],
  ["a", 7],
  ["e", 27],
]);

/** @throws {RegexSyntaxError} */
export function parseRegex(pattern: string, flags: RegexFlags): RegexNode {
  if (pattern.length > MAX_LENGTH)
    throw new RegexSyntaxError(`the expression is longer than ${MAX_LENGTH} characters`, 0);
  return new RegexParser(pattern, flags).parse();
}

class RegexParser {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;
  #flags: RegexFlags;

  constructor(pattern: string, flags: RegexFlags) {
    this.#pattern = pattern;
    this.#flags = flags;
  }

  parse(): RegexNode {
    const node = this.#alternation();
    if (this.#at < this.#pattern.length) throw this.#error("a closing parenthesis without an opening one");
    return node;
  }

  #error(message: string, at = this.#at): RegexSyntaxError {
    return new RegexSyntaxError(message, at);
  }

  #alternation(): RegexNode {
    const branches = [this.#sequence()];
    while (this.#pattern[this.#at] === "|") {
      this.#at++;
      branches.push(this.#sequence());
    }
    return branches.length === 1 ? (branches[0] as RegexNode) : { type: "alt", nodes: branches };
  }

  #sequence(): RegexNode {
    const nodes: RegexNode[] = [];
    while (this.#at < this.#pattern.length) {
      const char = this.#pattern[this.#at];
      if (char === "|" || char === ")") break;
      const atom = this.#atom();
      if (atom !== null) nodes.push(this.#quantified(atom));
    }
    return nodes.length === 1 ? (nodes[0] as RegexNode) : { type: "cat", nodes };
  }

  /** null: a part that matches nothing by itself, such as `(?i)`. */
  #atom(): RegexNode | null {
    const start = this.#at;
    const code = this.#pattern.codePointAt(start) ?? 0;
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    switch (char) {
      case "(":
        return this.#group(start);
      case "[":
        return { type: "set", set: this.#class(start) };
      case ".":
        return { type: "set", set: this.#flags.dotAll ? [0, MAX_CODE] : [0, 9, 11, MAX_CODE] };
      case "^":
        return { type: "assert", assert: this.#flags.multiLine ? "line-start" : "start" };
      case "$":
        return { type: "assert", assert: this.#flags.multiLine ? "line-end" : "end" };
      case "\\":
        return this.#escape(start);
      case "*":
      case "+":
      case "?":
        throw this.#error(`“${char}” repeats nothing`, start);
      case "{":
        if (/^\{\d{1,9}(?:,\d{0,9})?\}/.test(this.#pattern.slice(start, start + 24)))
          throw this.#error("a repetition of nothing", start);
        return this.#character(code);
      default:
        return this.#character(code);
    }
  }

  #character(code: number): RegexNode {
    const set = [code, code];
    return { type: "set", set: this.#flags.ignoreCase ? withBothCases(set) : set };
  }

  #group(start: number): RegexNode | null {
    if (++this.#depth > MAX_DEPTH) throw this.#error(`groups nest deeper than ${MAX_DEPTH}`, start);
    const outer = this.#flags;
    if (this.#pattern[this.#at] === "?") {
      const rest = this.#pattern.slice(this.#at, this.#at + 80);
      const flags = /^\?([ims]{0,3})(?:-([ims]{1,3}))?([:)])/.exec(rest);
      const name = /^\?P?<[A-Za-z_]\w{0,63}>/.exec(rest);
      if (flags !== null) {
        this.#at += flags[0].length;
        this.#flags = switched(outer, flags[1] ?? "", flags[2] ?? "");
        if (flags[3] === ")") {
          // holds until the end of the enclosing group
          this.#depth--;
          return null;
        }
      } else if (name !== null) {
        this.#at += name[0].length;
      } else {
        throw this.#error(unsupportedGroup(rest), start);
      }
    }
    const node = this.#alternation();
    if (this.#pattern[this.#at] !== ")") throw this.#error("a parenthesis is not closed", start);
    this.#at++;
    this.#depth--;
    this.#flags = outer;
    return node;
  }

  #quantified(atom: RegexNode): RegexNode {
    let node = atom;
    for (let count = 0; ; count++) {
      const start = this.#at;
      const match = /^(?:([*+?])|\{(\d{1,9})(?:(,)(\d{0,9}))?\})/.exec(this.#pattern.slice(start, start + 24));
      if (match === null) return node;
      if (count > 0) throw this.#error("a repetition of a repetition; put the inner one in a group", start);
      this.#at += match[0].length;
      const [min, max] = bounds(match);
      if (max !== null && max < min) throw this.#error("a repetition whose maximum is below its minimum", start);
      if (min > 1000 || (max ?? 0) > 1000) throw this.#error("a repetition of more than 1000", start);
      const suffix = this.#pattern[this.#at];
      if (suffix === "+") throw this.#error("possessive repetition is not supported", start);
      // a lazy repetition finds the same texts: only whether there is a match counts
      if (suffix === "?") this.#at++;
      node = { type: "repeat", node, min, max };
    }
  }

  #escape(start: number): RegexNode {
    const char = this.#pattern[this.#at];
    if (char === undefined) throw this.#error("the expression ends with a backslash", start);
    if (char === "b") return this.#assertion("word");
    if (char === "B") return this.#assertion("not-word");
    if (char === "A") return this.#assertion("start");
    if (char === "z" || char === "Z") return this.#assertion("end");
    const set = this.#escapedSet(start);
    return { type: "set", set: this.#flags.ignoreCase ? withBothCases(set) : set };
  }

  #assertion(assert: "word" | "not-word" | "start" | "end"): RegexNode {
    this.#at++;
    return { type: "assert", assert };
  }

  /** What stands after a backslash, inside and outside of classes; `#at` is at the character after it. */
  #escapedSet(start: number): CharacterSet {
    const code = this.#pattern.codePointAt(this.#at) ?? 0;
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    switch (char) {
      case "d":
        return DIGITS;
      case "D":
        return complement(DIGITS);
      case "w":
        return WORD;
      case "W":
        return complement(WORD);
      case "s":
        return SPACE;
      case "S":
        return complement(SPACE);
      case "x":
      case "u":
        return this.#hexadecimal(start, char === "x" ? 2 : 4);
      case "0":
        return [0, 0];
      default: {
        const control = CONTROLS.get(char);
        if (control !== undefined) return [control, control];
        if (/[1-9]/.test(char))
          throw this.#error("back-references are not supported: they cannot be matched in linear time", start);
        if (/[A-Za-z]/.test(char)) throw this.#error(`“\\${char}” is not supported`, start);
        return [code, code];
      }
    }
  }

  #hexadecimal(start: number, digits: number): CharacterSet {
    const match = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2,4}))/.exec(this.#pattern.slice(this.#at, this.#at + 8));
    const braced = match?.[1];
    const plain = match?.[2]?.slice(0, digits);
    const text = braced ?? (plain?.length === digits ? plain : undefined);
    const code = text === undefined ? Number.NaN : Number.parseInt(text, 16);
    if (text === undefined || code > MAX_CODE) throw this.#error("a character number that is none", start);
    this.#at += braced === undefined ? text.length : text.length + 2;
    return [code, code];
  }

  #class(start: number): CharacterSet {
    const negated = this.#pattern[this.#at] === "^";
    if (negated) this.#at++;
    const ranges: number[] = [];
    let first = true;
    while (this.#pattern[this.#at] !== "]" || first) {
      if (this.#at >= this.#pattern.length) throw this.#error("a character class is not closed", start);
      first = false;
      const from = this.#classMember(start);
      const dash =
        this.#pattern[this.#at] === "-" && this.#pattern[this.#at + 1] !== "]" && this.#at + 1 < this.#pattern.length;
      if (!dash || from.length !== 2 || from[0] !== from[1]) {
        ranges.push(...from);
        continue;
      }
      this.#at++;
      const to = this.#classMember(start);
      if (to.length !== 2 || to[0] !== to[1]) {
        ranges.push(...from, 45, 45, ...to);
      } else {
        if ((to[0] as number) < (from[0] as number))
          throw this.#error("a range in a character class runs backwards", start);
        ranges.push(from[0] as number, to[1] as number);
      }
    }
    this.#at++;
    let set = normalised(ranges);
    if (this.#flags.ignoreCase) set = withBothCases(set);
    return negated ? complement(set) : set;
  }

  #classMember(start: number): CharacterSet {
    const posix = /^\[:(\^?)([a-z]{1,8}):\]/.exec(this.#pattern.slice(this.#at, this.#at + 14));
    if (posix !== null) {
      const set = POSIX.get(posix[2] ?? "");
      if (set === undefined) throw this.#error(`“[:${posix[2]}:]” is no character class`, start);
      this.#at += posix[0].length;
      return posix[1] === "^" ? complement(set) : set;
    }
    if (this.#pattern[this.#at] === "\\") {
      this.#at++;
      if (this.#pattern[this.#at] === "b") {
        this.#at++;
        return [8, 8];
      }
      if (this.#at >= this.#pattern.length) throw this.#error("the expression ends with a backslash", start);
      return this.#escapedSet(start);
    }
    const code = this.#pattern.codePointAt(this.#at) ?? 0;
    this.#at += code > 0xffff ? 2 : 1;
    return [code, code];
  }
}

function bounds(match: RegExpExecArray): [number, number | null] {
  const [, sign, low, comma, high] = match;
  if (sign === "*") return [0, null];
  if (sign === "+") return [1, null];
  if (sign === "?") return [0, 1];
  const min = Number(low);
  if (comma === undefined) return [min, min];
  return [min, high === "" || high === undefined ? null : Number(high)];
}

function switched(flags: RegexFlags, on: string, off: string): RegexFlags {
  const flag = (letter: string, value: boolean) => (off.includes(letter) ? false : on.includes(letter) || value);
  return {
    ignoreCase: flag("i", flags.ignoreCase),
    multiLine: flag("m", flags.multiLine),
    dotAll: flag("s", flags.dotAll),
  };
}

function unsupportedGroup(rest: string): string {
  if (/^\?<?[=!]/.test(rest))
    return "look-ahead and look-behind are not supported; test the other part in a selection of its own";
  if (rest.startsWith("?>")) return "atomic groups are not supported";
  return `“(${rest.slice(0, 4)}” is not supported`;
}

/** Sorts and merges ranges. */
function normalised(ranges: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let index = 0; index < ranges.length; index += 2)
    pairs.push([ranges[index] as number, ranges[index + 1] as number]);
  pairs.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [from, to] of pairs) {
    const last = merged.length - 1;
    if (last > 0 && from <= (merged[last] as number) + 1) merged[last] = Math.max(merged[last] as number, to);
    else merged.push(from, to);
  }
  return merged;
}

function complement(set: CharacterSet): number[] {
  const inverse: number[] = [];
  let next = 0;
  for (let index = 0; index < set.length; index += 2) {
    const from = set[index] as number;
    if (from > next) inverse.push(next, from - 1);
    next = (set[index + 1] as number) + 1;
  }
  if (next <= MAX_CODE) inverse.push(next, MAX_CODE);
  return inverse;
}

/** The set with the other case of each of its letters; ranges above 4,096 characters keep to ASCII letters. */
function withBothCases(set: CharacterSet): number[] {
  const ranges = [...set];
  for (let index = 0; index < set.length; index += 2) {
    const from = set[index] as number;
    const to = set[index + 1] as number;
    const last = to - from > 4096 ? Math.min(to, 127) : to;
    for (let code = from; code <= last; code++) {
      for (const other of otherCases(code)) ranges.push(other, other);
    }
  }
  return normalised(ranges);
}

function otherCases(code: number): number[] {
  if (code < 65) return [];
  const char = String.fromCodePoint(code);
  const cases: number[] = [];
  for (const other of [char.toLowerCase(), char.toUpperCase()]) {
    const otherCode = other.codePointAt(0) ?? code;
    // ASCII letters stay among themselves: no Kelvin sign for k, no long s for s
    if (otherCode !== code && other.length === String.fromCodePoint(otherCode).length && otherCode < 128 === code < 128)
      cases.push(otherCode);
  }
  return cases;
}
