/**
 * Sigma strings: `*` any number of characters, `?` exactly one, `\` escapes the two and itself.
 *
 * A backslash before any other character is a plain backslash, so that Windows paths need no escaping.
 */

/** Text stands for itself; "any": `*`; "one": `?`. No two texts and no two "any" stand side by side. */
export type PatternPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "any" }
  | { readonly type: "one" };

export const ANY: PatternPart = { type: "any" };
export const ONE: PatternPart = { type: "one" };

/** Splits a Sigma string into its parts; an empty list is the empty string. */
export function parsePattern(source: string): PatternPart[] {
  const parts: PatternPart[] = [];
  let text = "";
  const flush = () => {
    if (text !== "") parts.push({ type: "text", text });
    text = "";
  };
  for (let index = 0; index < source.length; index++) {
    const char = source[index];
    const next = source[index + 1];
    if (char === "\\" && (next === "*" || next === "?" || next === "\\")) {
      text += next;
      index++;
    } else if (char === "*" || char === "?") {
      flush();
      if (char === "?") parts.push(ONE);
      else if (parts.at(-1) !== ANY) parts.push(ANY);
    } else {
      text += char;
    }
  }
  flush();
  return parts;
}

/** Text without wildcards as parts. */
export function literalPattern(text: string): PatternPart[] {
  return text === "" ? [] : [{ type: "text", text }];
}

export function hasWildcard(parts: readonly PatternPart[]): boolean {
  return parts.some(({ type }) => type !== "text");
}

/** The text of a pattern without wildcards; null when it has some. */
export function plainText(parts: readonly PatternPart[]): string | null {
  let text = "";
  for (const part of parts) {
    if (part.type !== "text") return null;
    text += part.text;
  }
  return text;
}

/** Joins parts, keeping the invariant of `PatternPart`. */
export function joinParts(...lists: readonly (readonly PatternPart[])[]): PatternPart[] {
  const joined: PatternPart[] = [];
  for (const part of lists.flat()) {
    const last = joined.at(-1);
    if (part.type === "any" && last?.type === "any") continue;
    if (part.type === "text" && last?.type === "text")
      joined[joined.length - 1] = { type: "text", text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}

/** Parts as one writes them in a rule, for messages. */
export function showPattern(parts: readonly PatternPart[]): string {
  return parts
    .map((part) =>
      part.type === "any" ? "*" : part.type === "one" ? "?" : part.text.replace(/[*?]|\\(?=[*?\\])/g, "\\$&"),
    )
    .join("");
}

/**
 * A matcher over whole values. Every run between two `*` is found at its leftmost place, which never misses a match, so
 * the cost is at most length of value × length of pattern.
 */
export function globMatcher(parts: readonly PatternPart[]): (value: string) => boolean {
  const runs: Run[] = [{ parts: [], text: "" }];
  for (const part of parts) {
    if (part.type === "any") runs.push({ parts: [], text: "" });
    else runs.at(-1)?.parts.push(part);
  }
  for (const run of runs) run.text = plainText(run.parts);
  const [first, ...others] = runs;
  const last = others.pop();
  if (first === undefined) return (value) => value === "";
  if (last === undefined) return (value) => runAt(first, value, 0) === value.length;
  return (value) => {
    let at = runAt(first, value, 0);
    if (at < 0) return false;
    for (const run of others) {
      at = runFrom(run, value, at);
      if (at < 0) return false;
    }
    return runEnds(last, value, at);
  };
}

interface Run {
  readonly parts: PatternPart[];
  /** The run as text, when it holds no `?`. */
  text: string | null;
}

/** Where the run ends when it starts at `at`; -1: it does not. */
function runAt({ parts, text }: Run, value: string, at: number): number {
  if (text !== null) return value.startsWith(text, at) ? at + text.length : -1;
  for (const part of parts) {
    if (part.type === "text") {
      if (!value.startsWith(part.text, at)) return -1;
      at += part.text.length;
    } else {
      if (at >= value.length) return -1;
      at += characterLength(value, at);
    }
  }
  return at;
}

/** Where the leftmost run at or after `at` ends; -1: there is none. */
function runFrom(run: Run, value: string, at: number): number {
  if (run.text !== null) {
    const found = value.indexOf(run.text, at);
    return found < 0 ? -1 : found + run.text.length;
  }
  for (let start = at; start <= value.length; start++) {
    const end = runAt(run, value, start);
    if (end >= 0) return end;
  }
  return -1;
}

/** Whether the run stands at the very end, not before `at`. */
function runEnds(run: Run, value: string, at: number): boolean {
  if (run.text !== null) return value.length - run.text.length >= at && value.endsWith(run.text);
  // `?` is one or two code units wide: every start within that span may be the one
  const width = run.parts.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 1), 0);
  const ones = run.parts.filter(({ type }) => type === "one").length;
  for (let start = Math.max(at, value.length - width - ones); start <= value.length - width; start++) {
    if (runAt(run, value, start) === value.length) return true;
  }
  return false;
}

/** 2 for a character outside the basic plane, else 1. */
function characterLength(value: string, at: number): number {
  const code = value.charCodeAt(at);
  if (code < 0xd800 || code > 0xdbff || at + 1 >= value.length) return 1;
  const low = value.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff ? 2 : 1;
}

/**
 * Case folding for comparison: lower case, with the letters whose lower case depends on their place (final sigma) or that
 * fold to ASCII (long s) made equal.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return lower.includes("ς") || lower.includes("ſ") ? lower.replaceAll("ς", "σ").replaceAll("ſ", "s") : lower;
}

/** `/`, en dash, em dash and horizontal bar as `-`: what `windash` makes equal. */
export function foldDashes(text: string): string {
  return text.replace(/[/\u2013-\u2015]/g, "-");
}
