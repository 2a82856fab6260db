/**
 * Which rules must have matched in the window of a temporal correlation: all of them, a number of them, or what an
 * expression over them says.
 */
import type { ConditionNode } from "../sigma/index.ts";
import { holds, type CorrelationPlan } from "./plan.ts";

type Asked = Pick<CorrelationPlan, "rules" | "conditions" | "expression">;

/** More ways than this through one correlation are more than a query should hold. */
const MAX_CHAINS = 32;

/** A condition that has no meaning for rules in order. */
export class UnorderedConditionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnorderedConditionError";
  }
}

/** The expression with every name replaced, `of` being no part of expressions over rules. */
export function renamed(node: ConditionNode, rename: (name: string) => string): ConditionNode {
  switch (node.type) {
    case "selection":
      return { ...node, name: rename(node.name) };
    case "not":
      return { ...node, operand: renamed(node.operand, rename) };
    case "and":
    case "or":
      return { ...node, operands: node.operands.map((operand) => renamed(operand, rename)) };
    case "of":
      return node;
  }
}

/**
 * What a temporal correlation asks, as SQL.
 * @param present SQL that is true where the rule with this index in `rules` has matched in the window
 */
export function occurrenceSql({ rules, conditions, expression }: Asked, present: (index: number) => string): string {
  if (expression !== null) return expressionSql(expression, (name) => present(rules.indexOf(name)));
  const each = rules.map((_, index) => `(${present(index)})`);
  if (conditions.length === 0) return each.join(" AND ");
  const count = each.map((one) => `toUInt8${one}`).join(" + ");
  return conditions.map(({ comparison, value }) => holds(`(${count})`, comparison, value)).join(" AND ");
}

function expressionSql(node: ConditionNode, present: (name: string) => string): string {
  switch (node.type) {
    case "selection":
      return `(${present(node.name)})`;
    case "not":
      return `NOT ${expressionSql(node.operand, present)}`;
    case "and":
    case "or":
      return `(${node.operands.map((operand) => expressionSql(operand, present)).join(node.type === "and" ? " AND " : " OR ")})`;
    case "of":
      return "0";
  }
}

/**
 * The chains any of which holds, where rules must match in the order of `rules`: `a and (b or c)` is a→b or a→c; at least
 * two of three is a→b, a→c or b→c.
 * @throws {UnorderedConditionError} for what says that something did not happen, for counts with an upper bound, and for
 * more than MAX_CHAINS ways
 */
export function chainsOf({ rules, conditions, expression }: Asked): readonly (readonly string[])[] {
  const inOrder = (chain: ReadonlySet<string>): string[] => rules.filter((rule) => chain.has(rule));
  if (expression !== null) return waysOf(expression).map(inOrder);
  if (conditions.length === 0) return [rules];
  const least = Math.max(
    ...conditions.map(({ comparison, value }) => {
      if (comparison === "gte") return Math.ceil(value);
      if (comparison === "gt") return Math.floor(value) + 1;
      if (comparison === "eq" && value === rules.length) return value;
      throw new UnorderedConditionError("how many rules matched in order can be bounded from below only");
    }),
    1,
  );
  if (least > rules.length)
    throw new UnorderedConditionError(`the correlation asks for ${least} of its ${rules.length} rules`);
  return subsets(rules, least);
}

/** Disjunctive form of an expression without `not`. */
function waysOf(node: ConditionNode): ReadonlySet<string>[] {
  switch (node.type) {
    case "selection":
      return [new Set([node.name])];
    case "or":
      return bounded(node.operands.flatMap(waysOf));
    case "and":
      return node.operands
        .map(waysOf)
        .reduce((left, right) => bounded(left.flatMap((one) => right.map((other) => one.union(other)))));
    case "not":
    case "of":
      throw new UnorderedConditionError("what did not happen has no place in an order");
  }
}

/** Subsets of this size, each in the order given. */
function subsets(items: readonly string[], size: number): string[][] {
  if (size === 0) return [[]];
  return bounded(
    items.flatMap((item, index) => subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest])),
  );
}

function bounded<T>(ways: T[]): T[] {
  if (ways.length > MAX_CHAINS)
    throw new UnorderedConditionError(
      `the condition holds in more than ${MAX_CHAINS} ways; write several correlations`,
    );
  return ways;
}

/**
 * Whether the condition can hold where these rules have matched at some time: what did not happen in a window may have
 * happened outside of it.
 */
export function mayOccur({ rules, conditions, expression }: Asked, happened: (rule: string) => boolean): boolean {
  if (expression !== null) return mayHold(expression, happened);
  const count = rules.filter(happened).length;
  if (conditions.length === 0) return count === rules.length;
  return conditions.every(({ comparison, value }) => {
    if (comparison === "gt") return count > value;
    return (comparison !== "gte" && comparison !== "eq") || count >= value;
  });
}

function mayHold(node: ConditionNode, happened: (rule: string) => boolean): boolean {
  switch (node.type) {
    case "selection":
      return happened(node.name);
    case "and":
      return node.operands.every((operand) => mayHold(operand, happened));
    case "or":
      return node.operands.some((operand) => mayHold(operand, happened));
    case "not":
      return true;
    case "of":
      return false;
  }
}
