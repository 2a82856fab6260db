/** The words of an SQL text, so that what is checked is what runs: everything that could be read in two ways is refused. */

export interface SqlToken {
  /** `name`: bare or quoted; `text`: a string in single quotes; `mark`: operators, brackets, commas. */
  readonly kind: "name" | "text" | "number" | "mark";
  /** As written; a name without its quotes. */
  readonly value: string;
  readonly quoted: boolean;
  /** As it goes to the engine. */
  readonly written: string;
  /** Something stood between it and the token before: a blank, or a comment. */
  readonly apart: boolean;
}

/** A question that is not let through to the engine. */
export class SqlRefusedError extends Error {
  override get name(): string {
    return "SqlRefusedError";
  }
}

const MOST_TOKENS = 5_000;
const SPACE = /[ \t\r\n\f\v]+/y;
const COMMENT = /--[^\n]*|#[ !][^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\//y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xXbB][0-9A-Fa-f]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const TEXT = /'(?:[^'\\]|\\[\s\S]|'')*'/y;
// Names of ours hold letters, digits, dots, underscores. Nothing in them is an escape.
const QUOTED = /`([^`\\]{1,200})`|"([^"\\]{1,200})"/y;
const MARK = /->|::|<=>|<=|>=|<>|!=|==|\|\||[-+*/%=<>(),.[\]?:]/y;

/** @throws {SqlRefusedError} for what it does not know */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  let apart = false;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(sql);
    if (found !== null) at += found[0].length;
    return found;
  };
  const add = (kind: SqlToken["kind"], value: string, written: string, quoted = false): void => {
    if (tokens.length >= MOST_TOKENS) throw new SqlRefusedError(`a question has at most ${MOST_TOKENS} words`);
    tokens.push({ kind, value, written, quoted, apart });
    apart = false;
  };
  while (at < sql.length) {
    if (take(SPACE) !== null || take(COMMENT) !== null) {
      apart = true;
      continue;
    }
    let found = take(TEXT);
    if (found !== null) {
      add("text", found[0], found[0]);
      continue;
    }
    found = take(QUOTED);
    if (found !== null) {
      const name = found[1] ?? found[2] ?? "";
      add("name", name, `\`${name}\``, true);
      continue;
    }
    found = take(NAME);
    if (found !== null) {
      add("name", found[0], found[0]);
      continue;
    }
    // After a name or a bracket a dot parts names and members: `a.b`, `t.1`.
    const before = tokens.at(-1);
    const member =
      sql[at] === "." && !apart && before !== undefined && (before.kind === "name" || /^[)\]]$/.test(before.value));
    found = member ? null : take(NUMBER);
    if (found !== null) {
      if (/^[A-Za-z_]/.test(sql.slice(at, at + 1)))
        throw new SqlRefusedError(`a number ends in letters at character ${at + 1}`);
      add("number", found[0], found[0]);
      continue;
    }
    found = take(MARK);
    if (found !== null) {
      add("mark", found[0], found[0]);
      continue;
    }
    if (sql[at] === ";") {
      if (sql.slice(at + 1).trim() === "") break;
      throw new SqlRefusedError("one question at a time: a semicolon ends it");
    }
    throw new SqlRefusedError(refusalOf(sql, at));
  }
  return tokens;
}

function refusalOf(sql: string, at: number): string {
  const character = sql.slice(at, at + 2).at(0) ?? "";
  const place = `at character ${at + 1}`;
  if (character === "'") return `a text that begins ${place} has no end`;
  if (character === "`" || character === '"')
    return `the quoted name ${place} has no end, or holds a backslash, which names here do not have`;
  if (character === "{") return `braces ${place}: parameters and maps in braces are not taken; write map(…)`;
  if (character === "$") return `a dollar ${place}: write texts in single quotes`;
  if (character === "/" || character === "#") return `a comment ${place} has no end`;
  return `a character that is no part of SQL here, ${place}`;
}

/** The text that goes to the engine: the tokens, comments left out. */
export function writeSql(tokens: readonly SqlToken[]): string {
  return tokens
    .map(({ written, apart }, index) => (index > 0 && apart ? ` ${written}` : written))
    .join("")
    .trim();
}
