/**
 * The position automaton of an expression: one state for every character set of the unrolled expression, all of them held
 * as bits of a few words (Glushkov 1961).
 *
 * Assertions look at the characters on both sides of a boundary, so what leads where depends on the kinds of these two.
 * There is one set of tables for every combination that the expression's assertions tell apart: one when it has none.
 */
import type { CharacterSet, RegexNode } from "./regex-syntax.ts";

/** More edges than this are never worth the time: the cost of a character is far above any limit. */
const MAX_EDGES = 60_000;
const MAX_CLASSES = 256;

/** What stands on one side of a boundary. */
const EDGE = 0;
const NEWLINE = 1;
const WORD = 2;
const OTHER = 3;
const KINDS = [EDGE, NEWLINE, WORD, OTHER] as const;
type Kind = (typeof KINDS)[number];
type Assert = Extract<RegexNode, { type: "assert" }>["assert"];

const HOLDS: Readonly<Record<Assert, (before: Kind, after: Kind) => boolean>> = {
  start: (before) => before === EDGE,
  end: (_, after) => after === EDGE,
  "line-start": (before) => before === EDGE || before === NEWLINE,
  "line-end": (_, after) => after === EDGE || after === NEWLINE,
  word: (before, after) => (before === WORD) !== (after === WORD),
  "not-word": (before, after) => (before === WORD) === (after === WORD),
};
/** Bounds of the characters whose kind matters. */
const KIND_BOUNDS = [10, 11, 48, 58, 65, 91, 95, 96, 97, 123];

function kindOf(code: number): Kind {
  if (code === 10) return NEWLINE;
  const isWord = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
  return isWord ? WORD : OTHER;
}

/** Words of bits that are not zero. */
interface Sparse {
  readonly words: Int32Array;
  readonly masks: Int32Array;
}

/** Where positions lead at a boundary. */
interface Tables {
  /** Positions that lead to the next one, which is a shift. */
  readonly chain: Int32Array;
  /** Every other way: positions that lead to the same ones. */
  readonly groups: readonly { readonly from: Sparse; readonly to: Sparse }[];
  /** Positions a match can begin with. */
  readonly first: Int32Array;
  /** Positions a match can end with. */
  readonly last: Sparse;
  /** true: the expression matches nothing at all here. */
  readonly nullable: boolean;
}

interface Fragment {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
}

const EMPTY: Fragment = { first: [], last: [], nullable: true };
const NOTHING: Fragment = { first: [], last: [], nullable: false };

/** The automaton at one kind of boundary. */
class Wiring {
  readonly sets: CharacterSet[] = [];
  readonly follow: Set<number>[] = [];
  readonly whole: Fragment;
  edges = 0;
  readonly #holds: (assert: Assert) => boolean;

  constructor(node: RegexNode, holds: (assert: Assert) => boolean) {
    this.#holds = holds;
    this.whole = this.#build(node);
  }

  #build(node: RegexNode): Fragment {
    switch (node.type) {
      case "assert":
        return this.#holds(node.assert) ? EMPTY : NOTHING;
      case "set": {
        const position = this.sets.length;
        this.sets.push(node.set);
        this.follow.push(new Set());
        return { first: [position], last: [position], nullable: false };
      }
      case "alt": {
        const parts = node.nodes.map((child) => this.#build(child));
        return {
          first: parts.flatMap(({ first }) => first),
          last: parts.flatMap(({ last }) => last),
          nullable: parts.some(({ nullable }) => nullable),
        };
      }
      case "cat":
        return node.nodes.reduce<Fragment>((left, child) => this.#join(left, this.#build(child)), EMPTY);
      case "repeat":
        return this.#repeat(node.node, node.min, node.max);
    }
  }

  #join(left: Fragment, right: Fragment): Fragment {
    this.#link(left.last, right.first);
    return {
      first: left.nullable ? [...left.first, ...right.first] : left.first,
      last: right.nullable ? [...left.last, ...right.last] : right.last,
      nullable: left.nullable && right.nullable,
    };
  }

  #link(from: readonly number[], to: readonly number[]): void {
    this.edges += from.length * to.length;
    if (this.edges > MAX_EDGES) return;
    for (const position of from) for (const next of to) this.follow[position]?.add(next);
  }

  /** x{2,4} is x x (x (x)?)?: a copy may be left out only with those after it, which keeps the edges few. */
  #repeat(node: RegexNode, min: number, max: number | null): Fragment {
    if (node.type === "repeat" && node.min === 0 && node.max === 1) return this.#repeat(node.node, 0, max);
    const copies = Array.from({ length: max ?? Math.max(1, min) }, () => this.#build(node));
    const final = copies.at(-1);
    if (final === undefined) return EMPTY;
    if (max === null) this.#link(final.last, final.first);
    let whole = EMPTY;
    for (let at = copies.length - 1; at >= 0; at--) {
      const joined = this.#join(copies[at] as Fragment, whole);
      whole = at >= min ? { ...joined, nullable: true } : joined;
    }
    return whole;
  }
}

/** Characters that no set and no assertion tells apart, by number of their class. */
interface Classes {
  /** First code of every range, ascending. */
  readonly bounds: Int32Array;
  /** Class of every range. */
  readonly classes: Uint8Array;
  readonly count: number;
}

export class PositionAutomaton {
  /** Words of a set of positions. */
  readonly words: number;
  /** How many classes of characters there are. */
  readonly classCount: number;
  /** Operations that a character takes where all positions are looked at. */
  readonly cost: number;
  /** true: away from the start of the text nothing begins. */
  readonly anchored: boolean;
  readonly #tables: readonly Tables[];
  /** Table by kind before × 4 + kind after. */
  readonly #tableAt: Uint8Array;
  /** By class: the positions that take its characters. */
  readonly #takes: readonly Int32Array[];
  readonly #kinds: Uint8Array;
  readonly #ranges: Classes;
  readonly #ascii = new Uint8Array(128);

  /** null where it would have too many edges or classes to be of use. */
  static of(node: RegexNode): PositionAutomaton | null {
    const asserts = [...new Set(assertsIn(node))];
    const byTruth = new Map<string, { index: number; wiring: Wiring }>();
    const tableAt = new Uint8Array(16);
    for (const before of KINDS) {
      for (const after of KINDS) {
        const truth = asserts.map((assert) => HOLDS[assert](before, after));
        let known = byTruth.get(truth.join());
        if (known === undefined) {
          const wiring = new Wiring(node, (assert) => truth[asserts.indexOf(assert)] ?? false);
          if (wiring.edges > MAX_EDGES) return null;
          byTruth.set(truth.join(), (known = { index: byTruth.size, wiring }));
        }
        tableAt[before * 4 + after] = known.index;
      }
    }
    const wirings = [...byTruth.values()].map(({ wiring }) => wiring);
    const classified = classify(wirings[0]?.sets ?? [], asserts.length > 0);
    return classified === null ? null : new PositionAutomaton(wirings, tableAt, classified);
  }

  private constructor(
    wirings: readonly Wiring[],
    tableAt: Uint8Array,
    { ranges, members, kinds }: { ranges: Classes; members: readonly (readonly number[])[]; kinds: Uint8Array },
  ) {
    this.words = Math.max(1, Math.ceil((wirings[0]?.sets.length ?? 0) / 32));
    this.classCount = ranges.count;
    this.#tables = wirings.map((wiring) => tablesOf(wiring, this.words));
    this.#tableAt = tableAt;
    this.#takes = members.map((positions) => maskOf(positions, this.words));
    this.#kinds = kinds;
    this.#ranges = ranges;
    for (let code = 0; code < 128; code++) this.#ascii[code] = this.#search(code);
    const size = ({ words }: Sparse): number => 2 * words.length;
    this.cost = Math.max(
      ...this.#tables.map(({ groups, last }) =>
        groups.reduce((sum, { from, to }) => sum + 1 + size(from) + size(to), 3 * this.words + size(last)),
      ),
    );
    this.anchored = KINDS.every(
      (before) =>
        before === EDGE ||
        KINDS.every((after) => {
          const { first, nullable } = this.#at(before, after);
          return !nullable && first.every((word) => word === 0);
        }),
    );
  }

  #at(before: number, after: number): Tables {
    return this.#tables[this.#tableAt[before * 4 + after] as number] as Tables;
  }

  /** Class of a character. */
  classOf(code: number): number {
    return code < 128 ? (this.#ascii[code] as number) : this.#search(code);
  }

  #search(code: number): number {
    const { bounds, classes } = this.#ranges;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((bounds[middle] as number) <= code) low = middle;
      else high = middle - 1;
    }
    return classes[low] as number;
  }

  /** Kind of a class; EDGE, which is 0, for the end of the text: class -1. */
  kindOf(characterClass: number): number {
    return characterClass < 0 ? EDGE : (this.#kinds[characterClass] as number);
  }

  /** Whether a match ends at the boundary between a character of the kind and one of the class. */
  accepts(state: Int32Array, before: number, after: number): boolean {
    const { last, nullable } = this.#at(before, this.kindOf(after));
    if (nullable) return true;
    return meets(state, last);
  }

  /** Goes over a boundary and the character after it. Returns whether any position is left. */
  step(state: Int32Array, next: Int32Array, before: number, after: number): boolean {
    const { chain, groups, first } = this.#at(before, this.kindOf(after));
    const takes = this.#takes[after] as Int32Array;
    let carry = 0;
    for (let word = 0; word < this.words; word++) {
      const moving = (state[word] as number) & (chain[word] as number);
      next[word] = (moving << 1) | carry | (first[word] as number);
      carry = moving >>> 31;
    }
    for (let at = 0; at < groups.length; at++) {
      const { from, to } = groups[at] as Tables["groups"][number];
      if (!meets(state, from)) continue;
      for (let index = 0; index < to.words.length; index++) {
        const word = to.words[index] as number;
        next[word] = (next[word] as number) | (to.masks[index] as number);
      }
    }
    let left = 0;
    for (let word = 0; word < this.words; word++) {
      const taken = (next[word] as number) & (takes[word] as number);
      next[word] = taken;
      left |= taken;
    }
    return left !== 0;
  }
}

function assertsIn(node: RegexNode): Assert[] {
  switch (node.type) {
    case "set":
      return [];
    case "assert":
      return [node.assert];
    case "repeat":
      return assertsIn(node.node);
    case "cat":
    case "alt":
      return node.nodes.flatMap(assertsIn);
  }
}

function tablesOf({ follow, whole }: Wiring, words: number): Tables {
  const chained: number[] = [];
  const jumps = new Map<string, { from: number[]; to: number[] }>();
  for (const [position, followers] of follow.entries()) {
    if (followers.has(position + 1)) chained.push(position);
    const rest = [...followers].filter((follower) => follower !== position + 1).sort((a, b) => a - b);
    if (rest.length === 0) continue;
    const key = rest.join();
    const jump = jumps.get(key);
    if (jump === undefined) jumps.set(key, { from: [position], to: rest });
    else jump.from.push(position);
  }
  return {
    chain: maskOf(chained, words),
    groups: [...jumps.values()].map(({ from, to }) => ({
      from: sparse(maskOf(from, words)),
      to: sparse(maskOf(to, words)),
    })),
    first: maskOf(whole.first, words),
    last: sparse(maskOf(whole.last, words)),
    nullable: whole.nullable,
  };
}

function maskOf(positions: readonly number[], words: number): Int32Array {
  const bits = new Int32Array(words);
  for (const position of positions) bits[position >> 5] = (bits[position >> 5] as number) | (1 << (position & 31));
  return bits;
}

function meets(state: Int32Array, { words, masks }: Sparse): boolean {
  let common = 0;
  for (let index = 0; index < words.length; index++)
    common |= (state[words[index] as number] as number) & (masks[index] as number);
  return common !== 0;
}

function sparse(mask: Int32Array): Sparse {
  const words = [...mask.keys()].filter((word) => mask[word] !== 0);
  return { words: Int32Array.from(words), masks: Int32Array.from(words, (word) => mask[word] as number) };
}

/** null when there are more than MAX_CLASSES. */
function classify(
  sets: readonly CharacterSet[],
  kindsMatter: boolean,
): { ranges: Classes; members: number[][]; kinds: Uint8Array } | null {
  // copies of a repetition share their set
  const positions = Map.groupBy(sets.keys(), (position) => sets[position] as CharacterSet);
  const distinct = [...positions.keys()];
  const bounds = [
    ...new Set([
      0,
      ...(kindsMatter ? KIND_BOUNDS : []),
      ...distinct.flatMap((set) => set.map((code, index) => (index % 2 === 0 ? code : code + 1))),
    ]),
  ].sort((a, b) => a - b);
  const numbers = new Map<string, number>();
  const members: number[][] = [];
  const kinds: number[] = [];
  const classes = bounds.map((code) => {
    const takers = distinct.filter((set) => contains(set, code));
    const kind = kindsMatter ? kindOf(code) : OTHER;
    const key = `${kind} ${takers.map((set) => distinct.indexOf(set)).join()}`;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, members.length);
    members.push(takers.flatMap((set) => positions.get(set) ?? []));
    kinds.push(kind);
    return members.length - 1;
  });
  if (members.length > MAX_CLASSES) return null;
  return {
    ranges: { bounds: Int32Array.from(bounds), classes: Uint8Array.from(classes), count: members.length },
    members,
    kinds: Uint8Array.from(kinds),
  };
}

function contains(set: CharacterSet, code: number): boolean {
  for (let index = 0; index < set.length; index += 2) {
    if ((set[index] as number) <= code && code <= (set[index + 1] as number)) return true;
  }
  return false;
}
