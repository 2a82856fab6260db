/**
 * Which rules of a bucket could hold for an event: per slot one look-up for whole values, one trie for beginnings, one
 * for endings and one automaton for texts anywhere. Rules without a witness are candidates always.
 */
import { LIST, TEXT, type EventView } from "./event-view.ts";
import { LiteralTable, type Anchor, type Literal } from "./literal-table.ts";
import type { Witness } from "./witness.ts";

interface SlotIndex {
  readonly slot: number;
  readonly equal: ReadonlyMap<string, readonly number[]> | null;
  readonly anywhere: LiteralTable | null;
  /** For beginnings and endings. */
  readonly anchored: readonly LiteralTable[];
}

export class CandidateIndex<E> {
  readonly #view: EventView<E>;
  readonly #slots: readonly SlotIndex[];
  readonly #always: readonly number[];
  readonly #marks: Int32Array;
  #now = 0;
  /** Candidates of the last event: the first `#count` entries. */
  readonly #candidates: Int32Array;
  #count = 0;
  readonly #add: (rules: readonly number[]) => void;

  /**
   * @param witnesses one a rule, null where a rule has none
   * @param slotOf slot of a witness's field for a rule
   */
  constructor(
    view: EventView<E>,
    witnesses: readonly (Witness | null)[],
    slotOf: (rule: number, field: string | null) => number,
  ) {
    this.#view = view;
    const bySlot = new Map<number, { equal: Map<string, number[]>; literals: Map<Anchor, Literal[]> }>();
    const always: number[] = [];
    for (const [rule, witness] of witnesses.entries()) {
      if (witness === null) {
        always.push(rule);
        continue;
      }
      for (const { field, relation, text } of witness) {
        const slot = slotOf(rule, field);
        let entry = bySlot.get(slot);
        if (entry === undefined) bySlot.set(slot, (entry = { equal: new Map(), literals: new Map() }));
        if (relation === "equals") push(entry.equal, text, rule);
        else push(entry.literals, relation, { text, result: rule });
      }
    }
    this.#slots = [...bySlot].map(([slot, { equal, literals }]) => ({
      slot,
      equal: equal.size > 0 ? equal : null,
      anywhere: tableOf(literals, "anywhere"),
      anchored: [tableOf(literals, "start"), tableOf(literals, "end")].filter((table) => table !== null),
    }));
    this.#always = always;
    this.#marks = new Int32Array(witnesses.length);
    this.#candidates = new Int32Array(witnesses.length);
    this.#add = (rules) => this.#mark(rules);
  }

  /** Number of candidates for the event the view has open; read them with `candidate`. */
  collect(): number {
    this.#now = (this.#now + 1) | 0;
    this.#count = 0;
    const view = this.#view;
    const slots = this.#slots;
    for (let index = 0; index < slots.length; index++) {
      const entry = slots[index] as SlotIndex;
      const shape = view.shape(entry.slot);
      if (shape === TEXT) {
        const text = view.folded(entry.slot);
        if (entry.anywhere !== null) entry.anywhere.search(text, this.#add);
        this.#searchWhole(entry, text);
      } else if (shape === LIST) {
        if (entry.anywhere !== null) entry.anywhere.search(view.joined(entry.slot), this.#add);
        if (entry.equal !== null || entry.anchored.length > 0)
          for (const text of view.foldedList(entry.slot)) this.#searchWhole(entry, text);
      }
    }
    if (this.#always.length > 0) this.#mark(this.#always);
    return this.#count;
  }

  candidate(index: number): number {
    return this.#candidates[index] as number;
  }

  #searchWhole({ equal, anchored }: SlotIndex, text: string): void {
    if (equal !== null) {
      const rules = equal.get(text);
      if (rules !== undefined) this.#mark(rules);
    }
    for (let index = 0; index < anchored.length; index++) (anchored[index] as LiteralTable).search(text, this.#add);
  }

  #mark(rules: readonly number[]): void {
    const marks = this.#marks;
    const now = this.#now;
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index] as number;
      if (marks[rule] === now) continue;
      marks[rule] = now;
      this.#candidates[this.#count++] = rule;
    }
  }
}

function tableOf(literals: ReadonlyMap<Anchor, readonly Literal[]>, anchor: Anchor): LiteralTable | null {
  const list = literals.get(anchor);
  return list === undefined ? null : new LiteralTable(list, anchor);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
