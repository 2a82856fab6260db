/**
 * Runs the regular expressions of rules in linear time, on one of three engines:
 *
 * - the native one, which backtracks, only where the pattern's structure bounds the work from every start position;
 * - a table of deterministic states, where they are few;
 * - all states at once as bits of a few words, where they are not.
 *
 * Values are cut to `MAX_REGEX_VALUE` characters first.
 */
import { PositionAutomaton } from "./regex-automaton.ts";
import { bitSearch, tableSearch } from "./regex-search.ts";
import { parseRegex, type RegexFlags, type RegexNode } from "./regex-syntax.ts";

/** Regular expressions look at no more than this many characters of a value. */
export const MAX_REGEX_VALUE = 65_536;

/** A pattern whose automaton may have more states than this is refused: it could not run on every event. */
export const MAX_REGEX_SIZE = 4_000;

/** Operations that a character may take: 64 Ki characters then take some 30 ms. */
export const MAX_REGEX_COST = 260;

/** Steps from one start position up to which the native engine is trusted: times 64 Ki characters, some milliseconds. */
const MAX_NATIVE_STEPS = 400;

export class RegexCostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RegexCostError";
  }
}

export interface CompiledRegex {
  readonly node: RegexNode;
  readonly engine: "native" | "table" | "bits";
  /** Work for a character, in what the native engine or a table takes for it. */
  readonly weight: number;
  /** Whether the expression is found anywhere in the value. */
  readonly test: (value: string) => boolean;
}

/**
 * @throws {RegexSyntaxError} what cannot be parsed, or has no linear-time form
 * @throws {RegexCostError} what is too large, or takes too many operations a character
 */
export function compileRegex(pattern: string, flags: RegexFlags): CompiledRegex {
  const node = parseRegex(pattern, flags);
  const size = sizeOf(node);
  if (size > MAX_REGEX_SIZE)
    throw new RegexCostError(
      `its automaton has about ${size} states, more than ${MAX_REGEX_SIZE}; lower its repetition counts`,
    );
  if (isLinearNatively(node)) {
    const native = new RegExp(emit(node), "u");
    return { node, engine: "native", weight: 1, test: (value) => native.test(cut(value)) };
  }
  const automaton = PositionAutomaton.of(node);
  if (automaton === null)
    throw new RegexCostError("its parts can follow one another in too many ways; lower its repetition counts");
  const table = tableSearch(automaton);
  if (table !== null) return { node, engine: "table", weight: 1, test: (value) => table(cut(value)) };
  if (automaton.cost > MAX_REGEX_COST)
    throw new RegexCostError(
      `a character would take ${automaton.cost} operations, more than ${MAX_REGEX_COST}; lower its repetition counts`,
    );
  const bits = bitSearch(automaton);
  return { node, engine: "bits", weight: Math.ceil(automaton.cost / 4), test: (value) => bits(cut(value)) };
}

function cut(value: string): string {
  return value.length > MAX_REGEX_VALUE ? value.slice(0, MAX_REGEX_VALUE) : value;
}

/** States of the automaton, counted repetitions unrolled. */
function sizeOf(node: RegexNode): number {
  switch (node.type) {
    case "set":
      return 1 + Math.floor(node.set.length / 64);
    case "assert":
      return 1;
    case "cat":
    case "alt":
      return node.nodes.reduce((sum, child) => sum + sizeOf(child), 1);
    case "repeat":
      return Math.max(1, node.max ?? node.min + 1) * (sizeOf(node.node) + 1);
  }
}

interface Work {
  /** Ways to go through the part. */
  readonly paths: number;
  /** Characters on the longest way. */
  readonly length: number;
}

/**
 * True where backtracking from one start position takes at most MAX_NATIVE_STEPS: no unbounded repetition, and few ways
 * through the bounded ones. Multi-line anchors are left to the automaton.
 */
export function isLinearNatively(node: RegexNode): boolean {
  const work = workOf(node);
  return work !== null && work.paths * (work.length + 1) <= MAX_NATIVE_STEPS;
}

function workOf(node: RegexNode): Work | null {
  switch (node.type) {
    case "set":
      return { paths: 1, length: 1 };
    case "assert":
      return node.assert === "line-start" || node.assert === "line-end" ? null : { paths: 1, length: 0 };
    case "cat": {
      let total: Work = { paths: 1, length: 0 };
      for (const child of node.nodes) {
        const work = workOf(child);
        if (work === null || total.paths > MAX_NATIVE_STEPS) return null;
        total = { paths: total.paths * work.paths, length: total.length + work.length };
      }
      return total;
    }
    case "alt": {
      let total: Work = { paths: 0, length: 0 };
      for (const child of node.nodes) {
        const work = workOf(child);
        if (work === null) return null;
        total = { paths: total.paths + work.paths, length: Math.max(total.length, work.length) };
      }
      return total;
    }
    case "repeat": {
      const work = workOf(node.node);
      if (work === null || node.max === null) return null;
      let paths = 0;
      for (let count = node.min; count <= node.max && paths <= MAX_NATIVE_STEPS; count++) paths += work.paths ** count;
      return { paths, length: work.length * node.max };
    }
  }
}

/** The node in the syntax of the native engine. */
function emit(node: RegexNode): string {
  switch (node.type) {
    case "set":
      return emitSet(node.set);
    case "cat":
      return node.nodes.map((child) => (child.type === "alt" ? `(?:${emit(child)})` : emit(child))).join("");
    case "alt":
      return node.nodes.map((child) => emit(child)).join("|");
    case "repeat": {
      const { min, max } = node;
      // an assertion may not be repeated natively: once says as much as often
      if (matchesOnlyEmpty(node.node)) return min === 0 ? "" : `(?:${emit(node.node)})`;
      const count = max === null ? (min === 0 ? "*" : min === 1 ? "+" : `{${min},}`) : `{${min},${max}}`;
      return `(?:${emit(node.node)})${count}`;
    }
    case "assert":
      return ASSERTIONS[node.assert];
  }
}

const ASSERTIONS = {
  start: "^",
  end: "$",
  "line-start": "(?m:^)",
  "line-end": "(?m:$)",
  word: "\\b",
  "not-word": "\\B",
} as const;

function matchesOnlyEmpty(node: RegexNode): boolean {
  if (node.type === "assert") return true;
  if (node.type === "repeat") return matchesOnlyEmpty(node.node);
  return node.type !== "set" && node.nodes.every(matchesOnlyEmpty);
}

function emitSet(set: readonly number[]): string {
  if (set.length === 2 && set[0] === set[1]) return emitCode(set[0] as number);
  let ranges = "";
  for (let index = 0; index < set.length; index += 2) {
    const from = set[index] as number;
    const to = set[index + 1] as number;
    ranges += from === to ? emitCode(from) : `${emitCode(from)}-${emitCode(to)}`;
  }
  return `[${ranges}]`;
}

function emitCode(code: number): string {
  if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122))
    return String.fromCharCode(code);
  return `\\u{${code.toString(16)}}`;
}
