/**
 * Many literals searched in one pass: an Aho-Corasick automaton over classes of characters, or the same table as a trie
 * that is only followed from the start or, backwards, from the end of a text.
 *
 * Texts and literals are folded by the caller. Rows are a power of two wide and states with results are numbered last, so
 * that a step is one look-up and one comparison.
 */

export type Anchor = "anywhere" | "start" | "end";

export interface Literal {
  readonly text: string;
  /** Handed to the caller when the literal is found. */
  readonly result: number;
}

interface TrieNode {
  readonly children: Map<number, TrieNode>;
  results: number[];
  /** Number in breadth-first order, renumbered before the table is written. */
  id: number;
}

const DEAD = -1;

export class LiteralTable {
  readonly #anchor: Anchor;
  /** Character code → class; 0: in no literal. */
  readonly #classes: Uint16Array;
  /** Bits of a row's width. */
  readonly #shift: number;
  /** Row offset + class → row offset of the next state. */
  readonly #next: Int32Array;
  /** Row offset of the first state with results. */
  readonly #firstResult: number;
  readonly #start: number;
  readonly #results: (readonly number[])[];

  /** Literals must not be empty. */
  constructor(literals: readonly Literal[], anchor: Anchor) {
    this.#anchor = anchor;
    const root: TrieNode = { children: new Map(), results: [], id: 0 };
    let highest = 0;
    const classOf = new Map<number, number>();
    for (const { text, result } of literals) {
      let node = root;
      for (let index = 0; index < text.length; index++) {
        const code = text.charCodeAt(anchor === "end" ? text.length - 1 - index : index);
        if (!classOf.has(code)) classOf.set(code, classOf.size + 1);
        highest = Math.max(highest, code);
        let child = node.children.get(code);
        if (child === undefined) node.children.set(code, (child = { children: new Map(), results: [], id: 0 }));
        node = child;
      }
      if (!node.results.includes(result)) node.results.push(result);
    }
    this.#classes = new Uint16Array(highest + 1);
    for (const [code, number] of classOf) this.#classes[code] = number;
    this.#shift = Math.ceil(Math.log2(classOf.size + 1));
    const nodes = breadthFirst(root);
    const failures = anchor === "anywhere" ? linkFailures(nodes) : new Map<TrieNode, TrieNode>();
    const silent = nodes.filter(({ results }) => results.length === 0);
    const speaking = nodes.filter(({ results }) => results.length > 0);
    const ordered = [...silent, ...speaking];
    for (const [id, node] of ordered.entries()) node.id = id;
    this.#firstResult = silent.length << this.#shift;
    this.#start = root.id << this.#shift;
    this.#results = speaking.map(({ results }) => results);
    this.#next = this.#writeTable(nodes, root, failures, classOf);
  }

  /** Calls `found` with the results of every literal that stands in the text; the same results may come more than once. */
  search(text: string, found: (results: readonly number[]) => void): void {
    if (this.#anchor === "anywhere") this.#searchAnywhere(text, found);
    else this.#follow(text, found);
  }

  #searchAnywhere(text: string, found: (results: readonly number[]) => void): void {
    const next = this.#next;
    const classes = this.#classes;
    const known = classes.length;
    const firstResult = this.#firstResult;
    let state = this.#start;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      state = next[state + (code < known ? (classes[code] as number) : 0)] as number;
      if (state >= firstResult) found(this.#results[(state - firstResult) >> this.#shift] as readonly number[]);
    }
  }

  #follow(text: string, found: (results: readonly number[]) => void): void {
    const next = this.#next;
    const classes = this.#classes;
    const known = classes.length;
    const firstResult = this.#firstResult;
    const backwards = this.#anchor === "end";
    let state = this.#start;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(backwards ? text.length - 1 - index : index);
      if (code >= known) return;
      state = next[state + (classes[code] as number)] as number;
      if (state < 0) return;
      if (state >= firstResult) found(this.#results[(state - firstResult) >> this.#shift] as readonly number[]);
    }
  }

  /** Breadth-first order: the failure state of a node is complete before the node is. */
  #writeTable(nodes: readonly TrieNode[], root: TrieNode, failures: ReadonlyMap<TrieNode, TrieNode>, classOf: ReadonlyMap<number, number>): Int32Array {
    const width = 1 << this.#shift;
    const table = new Int32Array(nodes.length * width).fill(this.#anchor === "anywhere" ? root.id << this.#shift : DEAD);
    for (const node of nodes) {
      const row = node.id << this.#shift;
      const failure = failures.get(node);
      if (failure !== undefined) table.copyWithin(row, failure.id << this.#shift, (failure.id << this.#shift) + width);
      for (const [code, child] of node.children) table[row + (classOf.get(code) ?? 0)] = child.id << this.#shift;
    }
    return table;
  }
}

function breadthFirst(root: TrieNode): TrieNode[] {
  const nodes = [root];
  for (let index = 0; index < nodes.length; index++) nodes.push(...(nodes[index] as TrieNode).children.values());
  return nodes;
}

/** For each node the longest other node that ends its text; results are joined along the way. */
function linkFailures(nodes: readonly TrieNode[]): Map<TrieNode, TrieNode> {
  const [root] = nodes;
  const failures = new Map<TrieNode, TrieNode>();
  if (root === undefined) return failures;
  for (const node of nodes) {
    for (const [code, child] of node.children) {
      let candidate = failures.get(node);
      while (candidate !== undefined && !candidate.children.has(code)) candidate = failures.get(candidate);
      const failure = candidate?.children.get(code) ?? root;
      failures.set(child, failure);
      if (failure.results.length > 0) child.results = [...new Set([...child.results, ...failure.results])];
    }
  }
  return failures;
}
