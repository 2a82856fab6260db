/**
 * The position automaton of an expression: one state for every character set of the unrolled expression.
 *
 * It tells whether the deterministic automaton stays small, which is what the linear engine builds as it goes; and it runs
 * those that do not, all states at once as bits of a few words. Repetitions become runs of bits that move together, so the
 * cost of a character is a few operations a word, whatever the text.
 */
import type { CharacterSet, RegexNode } from "./regex-syntax.ts";

/** Deterministic states up to which an expression counts as tame, and the work of finding out. */
const MAX_STATES = 500;
const MAX_STEPS = 600_000;
const MAX_CLASSES = 256;

interface Fragment {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
}

const EMPTY: Fragment = { first: [], last: [], nullable: true };

export class PositionAutomaton {
  readonly #sets: CharacterSet[] = [];
  readonly #follow: Set<number>[] = [];
  readonly #whole: Fragment;
  readonly #fromStart: boolean;
  readonly #toEnd: boolean;
  /** true: an assertion stands where this automaton cannot honour it. */
  #asserts = false;

  constructor(node: RegexNode) {
    const parts = node.type === "cat" ? node.nodes : [node];
    const isAssert = (part: RegexNode | undefined, assert: string) => part?.type === "assert" && part.assert === assert;
    this.#fromStart = isAssert(parts[0], "start");
    this.#toEnd = isAssert(parts.at(-1), "end");
    this.#whole = this.#build({
      type: "cat",
      nodes: parts.slice(this.#fromStart ? 1 : 0, this.#toEnd ? -1 : undefined),
    });
  }

  #build(node: RegexNode): Fragment {
    switch (node.type) {
      case "assert":
        this.#asserts = true;
        return EMPTY;
      case "set": {
        const position = this.#sets.length;
        this.#sets.push(node.set);
        this.#follow.push(new Set());
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
    for (const position of from) for (const next of to) this.#follow[position]?.add(next);
  }

  /** x{2,4} is x x (x (x)?)?: a copy may be left out only with those after it, which keeps the edges few. */
  #repeat(node: RegexNode, min: number, max: number | null): Fragment {
    const copies = Array.from({ length: max ?? Math.max(1, min) }, () => this.#build(node));
    const final = copies.at(-1);
    if (final === undefined) return EMPTY;
    if (max === null) this.#link(final.last, final.first);
    let whole = EMPTY;
    for (let at = copies.length - 1; at >= 0; at--) {
      const copy = copies[at] as Fragment;
      const joined = this.#join(copy, whole);
      whole = at >= min ? { ...joined, nullable: true } : joined;
    }
    return whole;
  }

  /** true: made deterministic it has few states. Assertions are taken as passed. */
  staysSmall(): boolean {
    const { first } = this.#whole;
    const classes = this.#classes().map(({ members }) => new Set(members));
    const known = new Set<string>();
    const queue: (readonly number[])[] = [first];
    let steps = 0;
    for (let at = 0; at < queue.length; at++) {
      const state = queue[at] as readonly number[];
      for (const members of classes) {
        const next = new Set(first);
        for (const position of state) {
          if (!members.has(position)) continue;
          for (const follower of this.#follow[position] ?? []) next.add(follower);
        }
        steps += state.length + next.size;
        if (steps > MAX_STEPS) return false;
        const target = [...next].sort((a, b) => a - b);
        const key = target.join();
        if (known.has(key)) continue;
        known.add(key);
        if (known.size > MAX_STATES) return false;
        queue.push(target);
      }
    }
    return true;
  }

  /** Ranges of characters that no set tells apart, from each bound to the next, with the positions that take them. */
  #classes(): { from: number; members: readonly number[] }[] {
    const bounds = [
      ...new Set(this.#sets.flatMap((set) => set.map((code, index) => (index % 2 === 0 ? code : code + 1)))),
    ];
    return [0, ...bounds.filter((code) => code > 0).sort((a, b) => a - b)].map((from) => ({
      from,
      members: [...this.#sets.keys()].filter((position) => contains(this.#sets[position] as CharacterSet, from)),
    }));
  }

  /**
   * A search that looks at all states at once; null where assertions or too many kinds of characters stand in the way.
   * `cost` is the number of operations a character takes.
   */
  bitSearch(): { cost: number; test: (text: string) => boolean } | null {
    const classes = this.#asserts ? null : this.#classes();
    if (classes === null || classes.length > MAX_CLASSES) return null;
    const count = this.#sets.length;
    const words = Math.max(1, Math.ceil(count / 32));
    const { first, last, nullable } = this.#whole;
    const mask = (positions: Iterable<number>): Int32Array => {
      const bits = new Int32Array(words);
      for (const position of positions) bits[position >> 5] = (bits[position >> 5] as number) | (1 << (position & 31));
      return bits;
    };
    // Most positions lead to the next one, which is a shift. What is left is grouped by where it leads.
    const chained: number[] = [];
    const jumps = new Map<string, { from: number[]; to: number[] }>();
    for (const [position, followers] of this.#follow.entries()) {
      if (followers.has(position + 1)) chained.push(position);
      const rest = [...followers].filter((follower) => follower !== position + 1).sort((a, b) => a - b);
      if (rest.length === 0) continue;
      const jump = jumps.get(rest.join());
      if (jump === undefined) jumps.set(rest.join(), { from: [position], to: rest });
      else jump.from.push(position);
    }
    const chain = mask(chained);
    const groups = [...jumps.values()].map(({ from, to }) => ({ from: mask(from), to: mask(to) }));
    const search = new BitSearch({
      words,
      bounds: Int32Array.from(classes.map(({ from }) => from)),
      takes: classes.map(({ members }) => mask(members)),
      chain,
      groups,
      first: mask(first),
      last: mask(last),
      nullable,
      fromStart: this.#fromStart,
      toEnd: this.#toEnd,
    });
    return { cost: words * (4 + 2 * groups.length), test: (text) => search.test(text) };
  }
}

interface BitTables {
  readonly words: number;
  /** First code of every class, ascending. */
  readonly bounds: Int32Array;
  /** By class: the positions that take its characters. */
  readonly takes: readonly Int32Array[];
  readonly chain: Int32Array;
  readonly groups: readonly { readonly from: Int32Array; readonly to: Int32Array }[];
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly nullable: boolean;
  readonly fromStart: boolean;
  readonly toEnd: boolean;
}

class BitSearch {
  readonly #tables: BitTables;
  readonly #ascii = new Uint8Array(128);
  readonly #state: Int32Array;
  readonly #next: Int32Array;

  constructor(tables: BitTables) {
    this.#tables = tables;
    this.#state = new Int32Array(tables.words);
    this.#next = new Int32Array(tables.words);
    for (let code = 0; code < 128; code++) this.#ascii[code] = this.#search(code);
  }

  test(text: string): boolean {
    const { words, takes, chain, groups, first, last, nullable, fromStart, toEnd } = this.#tables;
    const state = this.#state.fill(0);
    const next = this.#next;
    if (nullable && (!toEnd || !fromStart || text === "")) return true;
    let index = 0;
    while (index < text.length) {
      const code = text.codePointAt(index) as number;
      const takers = takes[code < 128 ? (this.#ascii[code] as number) : this.#search(code)] as Int32Array;
      let carry = 0;
      for (let word = 0; word < words; word++) {
        const moving = (state[word] as number) & (chain[word] as number);
        next[word] = (moving << 1) | carry | (fromStart && index > 0 ? 0 : (first[word] as number));
        carry = moving >>> 31;
      }
      for (let at = 0; at < groups.length; at++) {
        const { from, to } = groups[at] as BitTables["groups"][number];
        let any = 0;
        for (let word = 0; word < words; word++) any |= (state[word] as number) & (from[word] as number);
        if (any !== 0)
          for (let word = 0; word < words; word++) next[word] = (next[word] as number) | (to[word] as number);
      }
      index += code > 0xffff ? 2 : 1;
      let ends = 0;
      for (let word = 0; word < words; word++) {
        const taken = (next[word] as number) & (takers[word] as number);
        state[word] = taken;
        ends |= taken & (last[word] as number);
      }
      if (ends !== 0 && (!toEnd || index === text.length)) return true;
    }
    return false;
  }

  /** Class of a code: the last whose bound is not above it. */
  #search(code: number): number {
    const { bounds } = this.#tables;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((bounds[middle] as number) <= code) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function contains(set: CharacterSet, code: number): boolean {
  for (let index = 0; index < set.length; index += 2) {
    if ((set[index] as number) <= code && code <= (set[index + 1] as number)) return true;
  }
  return false;
}
