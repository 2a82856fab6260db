/** Expressions that take exponential time in a backtracking engine: worth a warning, since other tools will run the rule. */
import type { CharacterSet, RegexNode } from "./regex-syntax.ts";

/** Whether a repetition can split the same text in many ways: `(a+)+`, `(a|a)*`, `(\w+\s?)*`. */
export function isCatastrophic(node: RegexNode): boolean {
  switch (node.type) {
    case "set":
    case "assert":
      return false;
    case "cat":
    case "alt":
      return node.nodes.some(isCatastrophic);
    case "repeat":
      return (isLong(node.max) && isAmbiguousBody(node.node)) || isCatastrophic(node.node);
  }
}

function isLong(max: number | null): boolean {
  return max === null || max > 20;
}

/** The body of a repetition that can be entered again in the middle of its own inner repetition, or by two branches at once. */
function isAmbiguousBody(body: RegexNode): boolean {
  if (body.type === "repeat") return isLong(body.max) || isAmbiguousBody(body.node);
  if (body.type === "alt") return body.nodes.some(isAmbiguousBody) || branchesOverlap(body.nodes);
  if (body.type !== "cat") return false;
  const parts = body.nodes;
  return parts.some((part, at) => {
    if (part.type !== "repeat" || !isLong(part.max))
      return (
        part.type !== "set" &&
        part.type !== "assert" &&
        parts.every((other, index) => index === at || isNullable(other)) &&
        isAmbiguousBody(part)
      );
    // after the inner repetition the body may end and begin again with what the repetition also takes
    const rest = [...parts.slice(at + 1), ...parts.slice(0, at)];
    return rest.every(isNullable) || rest.every((other) => isNullable(other) || overlaps(first(other), first(part)));
  });
}

function branchesOverlap(branches: readonly RegexNode[]): boolean {
  return branches.some((branch, at) =>
    branches
      .slice(at + 1)
      .some((other) => isSingle(branch) && isSingle(other) && overlaps(first(branch), first(other))),
  );
}

function isSingle(node: RegexNode): boolean {
  return (
    node.type === "set" ||
    (node.type === "cat" && node.nodes.length === 1 && isSingle(node.nodes[0] as RegexNode)) ||
    (node.type === "repeat" && isSingle(node.node))
  );
}

function isNullable(node: RegexNode): boolean {
  switch (node.type) {
    case "set":
      return false;
    case "assert":
      return true;
    case "cat":
      return node.nodes.every(isNullable);
    case "alt":
      return node.nodes.some(isNullable);
    case "repeat":
      return node.min === 0 || isNullable(node.node);
  }
}

/** Characters a part may begin with. */
function first(node: RegexNode): CharacterSet {
  switch (node.type) {
    case "set":
      return node.set;
    case "assert":
      return [];
    case "alt":
      return node.nodes.flatMap(first);
    case "cat": {
      const starts: number[] = [];
      for (const child of node.nodes) {
        starts.push(...first(child));
        if (!isNullable(child)) break;
      }
      return starts;
    }
    case "repeat":
      return first(node.node);
  }
}

function overlaps(a: CharacterSet, b: CharacterSet): boolean {
  for (let i = 0; i < a.length; i += 2) {
    for (let j = 0; j < b.length; j += 2)
      if ((a[i] as number) <= (b[j + 1] as number) && (b[j] as number) <= (a[i + 1] as number)) return true;
  }
  return false;
}
