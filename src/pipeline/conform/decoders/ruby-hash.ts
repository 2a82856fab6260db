/**
 * Ruby hashes as `inspect` prints them -> JSON values: `{:action=>"repo.create", :data=>{"a"=>nil}}` and the style of
 * Ruby 3.4, `{action: "repo.create", "a" => nil}`. A plain recursive-descent parser; nothing is evaluated.
 *
 * Symbols become strings, `nil` null. What has no JSON form (`#<Object …>`, a Time, a Range) is kept as its text.
 */
import type { Json, JsonObject } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";

const MAX_DEPTH = 32;
const MAX_LENGTH = 1_048_576;

const SPACE = /\s*/y;
const NUMBER = /-?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?(?=[\s,\]}]|$)/iy;
const NUMBER_KEY = /(-?\d[\d_]*|nil|true|false)\s*=>/y;
const SYMBOL = /:([A-Za-z_@$][A-Za-z0-9_@$.-]*[?!]?)/y;
const SYMBOL_KEY = /:([A-Za-z_@$][A-Za-z0-9_@$.-]*[?!]?)\s*=>/y;
const LABEL = /([A-Za-z_][A-Za-z0-9_]*[?!]?):(?=\s)/y;
const ARROW = /\s*=>/y;
const BARE = /[^,[\]{}"#]+/y;
const ESCAPE = /u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-7]{1,3})|([^])/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["e", "\u001b"],
  ["a", "\u0007"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
]);

/** @throws {MalformedInputError} when the text is no Ruby hash, longer than 1 MiB or nested deeper than 32 */
export function parseRubyHash(text: string): JsonObject {
  if (text.length > MAX_LENGTH) throw new MalformedInputError("Ruby hash longer than 1 MiB");
  const cursor = new Cursor(text);
  cursor.skipSpace();
  const value = cursor.hash(1);
  cursor.skipSpace();
  if (cursor.at !== text.length) throw cursor.fail("text after the Ruby hash");
  return value;
}

class Cursor {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fail(what: string): MalformedInputError {
    return new MalformedInputError(`${what} at character ${this.at + 1}`);
  }

  skipSpace(): void {
    this.#take(SPACE);
  }

  hash(depth: number): JsonObject {
    if (depth > MAX_DEPTH) throw this.fail(`Ruby hash nested deeper than ${MAX_DEPTH} levels`);
    if (!this.#eat("{")) throw this.fail("a Ruby hash was expected");
    // keys come from the log: without a prototype `__proto__` is a key like any other
    const out = Object.create(null) as Record<string, Json>;
    this.skipSpace();
    if (this.#eat("}")) return out;
    for (;;) {
      this.skipSpace();
      const key = this.#key();
      this.skipSpace();
      out[key] = this.#value(depth);
      this.skipSpace();
      if (this.#eat("}")) return out;
      if (!this.#eat(",")) throw this.fail("a comma or the end of the Ruby hash was expected");
    }
  }

  #key(): string {
    const symbol = this.#take(SYMBOL_KEY);
    if (symbol !== null) return symbol[1] ?? "";
    const label = this.#take(LABEL);
    if (label !== null) return label[1] ?? "";
    const quotedSymbol = this.#text.startsWith(':"', this.at);
    if (quotedSymbol) this.at += 1;
    if (this.#text[this.at] === '"') {
      const key = this.#string();
      // `"a b": 1` is how Ruby 3.4 prints a symbol that needs quotes
      if (!quotedSymbol && this.#text[this.at] === ":") this.at += 1;
      else if (this.#take(ARROW) === null) throw this.fail("=> was expected");
      return key;
    }
    const number = this.#take(NUMBER_KEY);
    if (number !== null) return number[1] ?? "";
    throw this.fail("a key was expected");
  }

  #value(depth: number): Json {
    const first = this.#text[this.at];
    if (first === "{") return this.hash(depth + 1);
    if (first === "[") return this.#array(depth + 1);
    if (first === '"') return this.#string();
    if (first === "#") return this.#object();
    if (first === ":") {
      if (this.#text[this.at + 1] === '"') {
        this.at += 1;
        return this.#string();
      }
      const symbol = this.#take(SYMBOL);
      if (symbol !== null) return symbol[1] ?? "";
    }
    const number = this.#take(NUMBER);
    if (number !== null) {
      const value = Number(number[0].replaceAll("_", ""));
      return Number.isFinite(value) ? value : number[0];
    }
    const bare = this.#take(BARE)?.[0].trim() ?? "";
    if (bare === "") throw this.fail("a value was expected");
    return bare === "nil" ? null : bare === "true" ? true : bare === "false" ? false : bare;
  }

  #array(depth: number): Json {
    if (depth > MAX_DEPTH) throw this.fail(`Ruby hash nested deeper than ${MAX_DEPTH} levels`);
    this.at += 1;
    const out: Json[] = [];
    this.skipSpace();
    if (this.#eat("]")) return out;
    for (;;) {
      this.skipSpace();
      out.push(this.#value(depth));
      this.skipSpace();
      if (this.#eat("]")) return out;
      if (!this.#eat(",")) throw this.fail("a comma or the end of the array was expected");
    }
  }

  #string(): string {
    this.at += 1;
    let out = "";
    let quote = -1;
    let slash = -1;
    for (;;) {
      // both searches only go forward, or a string of many escapes would cost the square of its length
      if (quote < this.at) quote = this.#text.indexOf('"', this.at);
      if (quote === -1) throw this.fail("the string does not end");
      if (slash < this.at) slash = this.#indexBetween("\\", this.at, quote);
      if (slash === quote) {
        out += this.#text.slice(this.at, quote);
        this.at = quote + 1;
        return out;
      }
      out += this.#text.slice(this.at, slash);
      this.at = slash + 1;
      const escape = this.#take(ESCAPE);
      if (escape === null) throw this.fail("the string does not end");
      const code = escape[1] ?? escape[2] ?? escape[3];
      if (code !== undefined) {
        const point = Number.parseInt(code, 16);
        out += point <= 0x10ffff ? String.fromCodePoint(point) : "\ufffd";
      } else if (escape[4] !== undefined) out += String.fromCodePoint(Number.parseInt(escape[4], 8));
      else out += ESCAPES.get(escape[5] ?? "") ?? escape[5] ?? "";
    }
  }

  /** Index of the character in [from, to), or `to`. */
  #indexBetween(char: string, from: number, to: number): number {
    const found = this.#text.slice(from, to).indexOf(char);
    return found === -1 ? to : from + found;
  }

  /** `#<Name:0x1 @a={…}>`: its text up to the bracket that closes it. */
  #object(): string {
    const start = this.at;
    let depth = 0;
    for (let at = start; at < this.#text.length; at += 1) {
      const char = this.#text[at];
      if (char === "<") depth += 1;
      else if (char === ">" && this.#text[at - 1] !== "=") {
        depth -= 1;
        if (depth === 0) {
          this.at = at + 1;
          return this.#text.slice(start, this.at);
        }
      }
    }
    throw this.fail("the object does not end");
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.at += match[0].length;
    return match;
  }

  #eat(char: string): boolean {
    if (this.#text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }
}
