/**
 * Many literals searched in one pass: an Aho-Corasick automaton over classes of characters, or the same table as a trie
 * that is only followed from the start or, backwards, from the end of a text.
 *
 * Texts and literals are folded by the caller. States are numbered breadth first, so that the shallow ones, where most
 * steps happen, lie together; those with results are numbered last, so that a step is one look-up and one comparison.
 * The table is as narrow and its numbers as short as they can be: a step that misses the cache costs ten that do not.
 * All characters beyond ASCII are one class, so a literal that holds some may be found where only its shape is; the rules
 * it stands for are evaluated in full anyway.
 */

export type Anchor = "anywhere" | "start" | "end";

export interface Literal {
  readonly text: string;
  /** Handed to the caller when the literal is found. */
  readonly result: number;
}

/** Class of all characters beyond ASCII. */
const BEYOND = 128;

interface TrieNode {
  /** By class. */
  readonly children: Map<number, TrieNode>;
  results: number[];
  /** Number in breadth-first order, renumbered before the table is written. */
  id: number;
}

export class LiteralTable {
  readonly #anchor: Anchor;
  /** ASCII code → class; 0: in no literal. The last entry is that of all other characters. */
  readonly #classes: Uint8Array;
  /** Classes, and so entries in a row. */
  readonly #width: number;
  /** State × width + class → next state. */
  readonly #next: Uint16Array | Uint32Array;
  /** The first state with results. */
  readonly #firstResult: number;
  readonly #start: number;
  readonly #results: (readonly number[])[];

  /** Literals must not be empty. */
  constructor(literals: readonly Literal[], anchor: Anchor) {
    this.#anchor = anchor;
    const root: TrieNode = { children: new Map(), results: [], id: 0 };
    const classes = new Uint8Array(BEYOND + 1);
    let width = 1;
    for (const { text, result } of literals) {
      let node = root;
      for (let index = 0; index < text.length; index++) {
        const code = Math.min(text.charCodeAt(anchor === "end" ? text.length - 1 - index : index), BEYOND);
        if (classes[code] === 0) classes[code] = width++;
        const number = classes[code] as number;
        let child = node.children.get(number);
        if (child === undefined) node.children.set(number, (child = { children: new Map(), results: [], id: 0 }));
        node = child;
      }
      if (!node.results.includes(result)) node.results.push(result);
    }
    this.#classes = classes;
    this.#width = width;
    const nodes = breadthFirst(root);
    const failures = anchor === "anywhere" ? linkFailures(nodes) : new Map<TrieNode, TrieNode>();
    const silent = nodes.filter(({ results }) => results.length === 0);
    const speaking = nodes.filter(({ results }) => results.length > 0);
    const ordered = [...silent, ...speaking];
    for (const [id, node] of ordered.entries()) node.id = id;
    this.#firstResult = silent.length;
    this.#start = root.id;
    this.#results = speaking.map(({ results }) => results);
    this.#next = this.#writeTable(nodes, root, failures);
  }

  /** Calls `found` with the results of every literal that stands in the text; the same results may come more than once. */
  search(text: string, found: (results: readonly number[]) => void): void {
    if (this.#anchor === "anywhere") this.#searchAnywhere(text, found);
    else this.#follow(text, found);
  }

  #searchAnywhere(text: string, found: (results: readonly number[]) => void): void {
    const next = this.#next;
    const classes = this.#classes;
    const width = this.#width;
    const firstResult = this.#firstResult;
    let state = this.#start;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      state = next[state * width + (classes[code < BEYOND ? code : BEYOND] as number)] as number;
      if (state >= firstResult) found(this.#results[state - firstResult] as readonly number[]);
    }
  }

  #follow(text: string, found: (results: readonly number[]) => void): void {
    const next = this.#next;
    const classes = this.#classes;
    const width = this.#width;
    const firstResult = this.#firstResult;
    const backwards = this.#anchor === "end";
    const start = this.#start;
    let state = start;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(backwards ? text.length - 1 - index : index);
      state = next[state * width + (classes[code < BEYOND ? code : BEYOND] as number)] as number;
      // no edge leads back to the start: it stands for a dead end
      if (state === start) return;
      if (state >= firstResult) found(this.#results[state - firstResult] as readonly number[]);
    }
  }

  /** Breadth-first order: the failure state of a node is complete before the node is. */
  #writeTable(
    nodes: readonly TrieNode[],
    root: TrieNode,
    failures: ReadonlyMap<TrieNode, TrieNode>,
  ): Uint16Array | Uint32Array {
    const width = this.#width;
    const table =
      nodes.length <= 0xffff ? new Uint16Array(nodes.length * width) : new Uint32Array(nodes.length * width);
    table.fill(root.id);
    for (const node of nodes) {
      const row = node.id * width;
      const failure = failures.get(node);
      if (failure !== undefined) table.copyWithin(row, failure.id * width, (failure.id + 1) * width);
      for (const [number, child] of node.children) table[row + number] = child.id;
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
    for (const [number, child] of node.children) {
      let candidate = failures.get(node);
      while (candidate !== undefined && !candidate.children.has(number)) candidate = failures.get(candidate);
      const failure = candidate?.children.get(number) ?? root;
      failures.set(child, failure);
      if (failure.results.length > 0) child.results = [...new Set([...child.results, ...failure.results])];
    }
  }
  return failures;
}
