/**
 * The condition language: `selection and not 1 of filter_*`.
 *
 * Binding from weakest to strongest: or, and, not, `N of pattern`, parentheses. Words are recognised in any case, as old
 * rules write them in capitals. Names are runs of anything but blanks, parentheses and `|`.
 */

export type ConditionNode =
  | { readonly type: "and"; readonly operands: readonly ConditionNode[] }
  | { readonly type: "or"; readonly operands: readonly ConditionNode[] }
  | { readonly type: "not"; readonly operand: ConditionNode }
  /** `offset`: where the name stands in the text, from 0. */
  | { readonly type: "selection"; readonly name: string; readonly offset: number }
  /** `pattern`: a name pattern with `*`, or `them`. */
  | { readonly type: "of"; readonly quantity: number | "all"; readonly pattern: string; readonly offset: number };

/** A condition that cannot be parsed; `offset` counts from 0 in the condition text. */
export class ConditionSyntaxError extends Error {
  readonly offset: number;
  readonly fix: string;
  /** true: the text aggregates with `|`, which correlations replaced. */
  readonly aggregation: boolean;

  constructor(message: string, offset: number, fix = "", aggregation = false) {
    super(message);
    this.name = "ConditionSyntaxError";
    this.offset = offset;
    this.fix = fix;
    this.aggregation = aggregation;
  }
}

interface Token {
  readonly text: string;
  /** Lower case of `text`. */
  readonly word: string;
  readonly offset: number;
}

const MAX_LENGTH = 20_000;
const MAX_DEPTH = 100;
const TOKEN = /[()|]|[^\s()|]+/g;

/** @throws {ConditionSyntaxError} for anything that is not a condition */
export function parseCondition(text: string): ConditionNode {
  if (text.length > MAX_LENGTH)
    throw new ConditionSyntaxError(`the condition is longer than ${MAX_LENGTH} characters`, 0);
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    tokens.push({ text: match[0], word: match[0].toLowerCase(), offset: match.index });
  }
  if (tokens.length === 0) throw new ConditionSyntaxError("the condition is empty", 0, "name a selection");
  return new Parser(tokens, text.length).parse();
}

/** Whether a selection name is covered by the pattern of `N of`. Names that start with `_` are left out by convention. */
export function selects(pattern: string, name: string): boolean {
  if (name.startsWith("_") && !pattern.startsWith("_")) return false;
  return pattern === "them" || matchesPattern(pattern, name);
}

/** `*` stands for any number of characters, everything else for itself. Case counts, as it does in YAML keys. */
function matchesPattern(pattern: string, name: string): boolean {
  const pieces = pattern.split("*");
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return pattern === name;
  const last = pieces.at(-1) ?? "";
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  const end = name.length - last.length;
  for (let index = 1; index < pieces.length - 1; index++) {
    const piece = pieces[index] ?? "";
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** Recursive descent; depth is bounded, so hostile text cannot overflow the stack. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], length: number) {
    this.#tokens = tokens;
    this.#length = length;
  }

  parse(): ConditionNode {
    const node = this.#or();
    const rest = this.#peek();
    if (rest === undefined) return node;
    if (rest.text === "|") {
      throw new ConditionSyntaxError(
        "aggregation in a condition was replaced by correlations",
        rest.offset,
        "move the aggregation into a correlation document",
        true,
      );
    }
    if (rest.text === ")")
      throw new ConditionSyntaxError("a closing parenthesis without an opening one", rest.offset, "remove it");
    throw new ConditionSyntaxError(
      `expected “and” or “or” before “${shown(rest)}”`,
      rest.offset,
      "join the parts with `and` or `or`",
    );
  }

  #or(): ConditionNode {
    return this.#chain("or", () => this.#chain("and", () => this.#not()));
  }

  #chain(word: "and" | "or", operand: () => ConditionNode): ConditionNode {
    const operands = [operand()];
    while (this.#peek()?.word === word) {
      this.#at++;
      operands.push(operand());
    }
    const [only] = operands;
    return operands.length === 1 && only !== undefined ? only : { type: word, operands };
  }

  #not(): ConditionNode {
    // `not not not x` is a loop, not a recursion
    let negated = false;
    let any = false;
    while (this.#peek()?.word === "not") {
      this.#at++;
      negated = !negated;
      any = true;
    }
    const operand = this.#primary(any);
    return negated ? { type: "not", operand } : operand;
  }

  #primary(afterNot: boolean): ConditionNode {
    const token = this.#peek();
    if (token === undefined) {
      throw new ConditionSyntaxError(
        "the condition ends where a selection is expected",
        this.#length,
        afterNot ? "name what is negated" : "name a selection",
      );
    }
    this.#at++;
    if (token.text === "(") return this.#parenthesis(token);
    if (
      token.text === ")" ||
      token.text === "|" ||
      token.word === "and" ||
      token.word === "or" ||
      token.word === "of"
    ) {
      throw new ConditionSyntaxError(`expected a selection before “${shown(token)}”`, token.offset, "name a selection");
    }
    return this.#peek()?.word === "of"
      ? this.#of(token)
      : { type: "selection", name: token.text, offset: token.offset };
  }

  #parenthesis(open: Token): ConditionNode {
    if (++this.#depth > MAX_DEPTH)
      throw new ConditionSyntaxError(`parentheses nest deeper than ${MAX_DEPTH}`, open.offset);
    const node = this.#or();
    const close = this.#peek();
    if (close?.text !== ")") {
      if (close !== undefined && close.text !== "|") {
        throw new ConditionSyntaxError(`expected “and”, “or” or “)” before “${shown(close)}”`, close.offset);
      }
      throw new ConditionSyntaxError("a parenthesis is not closed", open.offset, "add `)`");
    }
    this.#at++;
    this.#depth--;
    return node;
  }

  #of(quantifier: Token): ConditionNode {
    this.#at++;
    const pattern = this.#peek();
    if (pattern === undefined || pattern.text === "(" || pattern.text === ")" || pattern.text === "|") {
      throw new ConditionSyntaxError(
        "expected `them` or a pattern after “of”",
        pattern?.offset ?? this.#length,
        "write `1 of selection_*`",
      );
    }
    this.#at++;
    const quantity = quantityOf(quantifier);
    return {
      type: "of",
      quantity,
      pattern: pattern.word === "them" ? "them" : pattern.text,
      offset: quantifier.offset,
    };
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }
}

function quantityOf({ word, text, offset }: Token): number | "all" {
  if (word === "all") return "all";
  if (word === "any") return 1;
  if (/^[1-9]\d{0,5}$/.test(word)) return Number(word);
  throw new ConditionSyntaxError(
    `“${text.slice(0, 40)}” is no quantity`,
    offset,
    "write `1 of`, `any of`, `all of` or a number of at least 1",
  );
}

function shown(token: Token): string {
  return token.text.slice(0, 40);
}
