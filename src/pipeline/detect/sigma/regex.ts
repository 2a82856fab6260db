/**
 * Runs the regular expressions of rules in linear time.
 *
 * The native engine backtracks; it is used only where the pattern's structure bounds the work from every start position
 * (`isLinearNatively`). Everything else runs on re2js. Values are cut to `MAX_REGEX_VALUE` characters first.
 */
import { RE2JS } from "re2js";
import { PositionAutomaton } from "./regex-automaton.ts";
import { parseRegex, RegexSyntaxError, type RegexFlags, type RegexNode } from "./regex-syntax.ts";

/** Regular expressions look at no more than this many characters of a value. */
export const MAX_REGEX_VALUE = 65_536;

/** A pattern whose automaton may have more states than this is refused: it could not run on every event. */
export const MAX_REGEX_SIZE = 3_000;

/** Up to this size even an automaton that explodes answers in time, state by state. */
const SMALL_SIZE = 20;

/** Operations a character may take where all states are looked at at once. */
const MAX_BIT_COST = 300;

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
  /** native: backtracking, with bounded work; automaton: re2js; bits: all states at once. */
  readonly engine: "native" | "automaton" | "bits";
  /** Whether the expression is found anywhere in the value. */
  readonly test: (value: string) => boolean;
}

/**
 * @throws {RegexSyntaxError} what cannot be parsed or run in linear time
 * @throws {RegexCostError} what is too large
 */
export function compileRegex(pattern: string, flags: RegexFlags): CompiledRegex {
  const node = parseRegex(pattern, flags);
  const size = sizeOf(node);
  if (size > MAX_REGEX_SIZE) {
    throw new RegexCostError(
      `its automaton has about ${size} states, more than ${MAX_REGEX_SIZE}; lower its repetition counts`,
    );
  }
  if (isLinearNatively(node)) {
    const native = new RegExp(emit(node, "native"), "u");
    return { node, engine: "native", test: (value) => native.test(cut(value)) };
  }
  const automaton = size > SMALL_SIZE ? new PositionAutomaton(node) : null;
  if (automaton !== null && !automaton.staysSmall()) {
    const bits = automaton.bitSearch();
    if (bits !== null && bits.cost > MAX_BIT_COST)
      throw new RegexCostError(
        `a character would take ${bits.cost} operations, more than ${MAX_BIT_COST}; lower its repetition counts`,
      );
    if (bits !== null) return { node, engine: "bits", test: (value) => bits.test(cut(value)) };
  }
  let linear: RE2JS;
  try {
    linear = RE2JS.compile(emit(node, "automaton"));
  } catch (error) {
    throw new RegexSyntaxError(error instanceof Error ? error.message : String(error), 0);
  }
  return { node, engine: "automaton", test: (value) => linear.test(cut(value)) };
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
 * through the bounded ones. Multi-line anchors are left to re2js.
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

/** The node in the syntax of an engine; both read the same sets, so both find the same. */
function emit(node: RegexNode, engine: CompiledRegex["engine"]): string {
  switch (node.type) {
    case "set":
      return emitSet(node.set, engine);
    case "cat":
      return node.nodes
        .map((child) => (child.type === "alt" ? `(?:${emit(child, engine)})` : emit(child, engine)))
        .join("");
    case "alt":
      return node.nodes.map((child) => emit(child, engine)).join("|");
    case "repeat": {
      const { min, max } = node;
      // an assertion may not be repeated natively: once says as much as often
      if (engine === "native" && matchesOnlyEmpty(node.node)) return min === 0 ? "" : `(?:${emit(node.node, engine)})`;
      const count = max === null ? (min === 0 ? "*" : min === 1 ? "+" : `{${min},}`) : `{${min},${max}}`;
      return `(?:${emit(node.node, engine)})${count}`;
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

function emitSet(set: readonly number[], engine: CompiledRegex["engine"]): string {
  if (set.length === 2 && set[0] === set[1]) return emitCode(set[0] as number, engine);
  // nothing at all: `[^\s\S]`
  if (set.length === 0) return engine === "native" ? "[]" : "[^\\x{0}-\\x{10ffff}]";
  let ranges = "";
  for (let index = 0; index < set.length; index += 2) {
    const from = set[index] as number;
    const to = set[index + 1] as number;
    ranges += from === to ? emitCode(from, engine) : `${emitCode(from, engine)}-${emitCode(to, engine)}`;
  }
  return `[${ranges}]`;
}

function emitCode(code: number, engine: CompiledRegex["engine"]): string {
  if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122))
    return String.fromCharCode(code);
  return engine === "native" ? `\\u{${code.toString(16)}}` : `\\x{${code.toString(16)}}`;
}
