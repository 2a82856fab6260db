/**
 * Which rules of a bucket could hold for an event: per slot one look-up for whole values, one trie for beginnings, one
 * for endings and one automaton for texts anywhere. Rules without a witness are candidates always; rules with two are
 * candidates when both are found.
 */
import { LIST, TEXT, type EventView, type Part } from "./event-view.ts";
import { LiteralTable, type Anchor, type Literal } from "./literal-table.ts";
import type { Witness } from "./witness.ts";

interface SlotIndex {
  readonly slot: number;
  readonly equal: ReadonlyMap<string, readonly number[]> | null;
  readonly anywhere: LiteralTable | null;
  /** For beginnings and endings. */
  readonly anchored: readonly LiteralTable[];
}

/** Slots that are empty together where their part of the event is missing. */
interface PartIndex<E> {
  readonly part: Part<E> | null;
  readonly slots: SlotIndex[];
}

export class CandidateIndex<E> {
  readonly #view: EventView<E>;
  readonly #parts: readonly PartIndex<E>[];
  readonly #always: readonly number[];
  /** Number of rules; what a literal stands for is a rule below it, or a half of a pair from it on. */
  readonly #rules: number;
  /** Pair → rule. */
  readonly #pairs: readonly number[];
  /** Event in which a rule, or half a pair, was found last. */
  readonly #marks: Int32Array;
  #now = 0;
  /** Candidates of the last event: the first `#count` entries. */
  readonly #candidates: Int32Array;
  #count = 0;
  readonly #add: (rules: readonly number[]) => void;

  /**
   * @param witnesses one or two a rule, null where a rule has none
   * @param slotOf slot of a witness's field for a rule
   */
  constructor(
    view: EventView<E>,
    witnesses: readonly (readonly Witness[] | null)[],
    slotOf: (rule: number, field: string | null) => number,
  ) {
    this.#view = view;
    const bySlot = new Map<number, { equal: Map<string, number[]>; literals: Map<Anchor, Literal[]> }>();
    const always: number[] = [];
    const pairs: number[] = [];
    const add = (rule: number, witness: Witness, result: number): void => {
      for (const { field, relation, text } of witness) {
        const slot = slotOf(rule, field);
        let entry = bySlot.get(slot);
        if (entry === undefined) bySlot.set(slot, (entry = { equal: new Map(), literals: new Map() }));
        if (relation === "equals") push(entry.equal, text, result);
        else push(entry.literals, relation, { text, result });
      }
    };
    for (const [rule, each] of witnesses.entries()) {
      const [first, second] = each ?? [];
      if (first === undefined) always.push(rule);
      else if (second === undefined) add(rule, first, rule);
      else {
        const half = witnesses.length + 2 * (pairs.push(rule) - 1);
        add(rule, first, half);
        add(rule, second, half + 1);
      }
    }
    const parts = new Map<Part<E> | null, PartIndex<E>>();
    for (const [slot, { equal, literals }] of bySlot) {
      const part = view.partOf(slot);
      let entry = parts.get(part);
      if (entry === undefined) parts.set(part, (entry = { part, slots: [] }));
      entry.slots.push({
        slot,
        equal: equal.size > 0 ? equal : null,
        anywhere: tableOf(literals, "anywhere"),
        anchored: [tableOf(literals, "start"), tableOf(literals, "end")].filter((table) => table !== null),
      });
    }
    this.#parts = [...parts.values()];
    this.#always = always;
    this.#rules = witnesses.length;
    this.#pairs = pairs;
    this.#marks = new Int32Array(witnesses.length + 2 * pairs.length);
    this.#candidates = new Int32Array(witnesses.length);
    this.#add = (rules) => this.#mark(rules);
  }

  /** Number of candidates for the event the view has open; read them with `candidate`. */
  collect(): number {
    this.#now = (this.#now + 1) | 0;
    this.#count = 0;
    const parts = this.#parts;
    for (let index = 0; index < parts.length; index++) {
      const { part, slots } = parts[index] as PartIndex<E>;
      if (part === null || this.#view.has(part)) this.#look(slots);
    }
    if (this.#always.length > 0) this.#mark(this.#always);
    return this.#count;
  }

  #look(slots: readonly SlotIndex[]): void {
    const view = this.#view;
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

  #mark(found: readonly number[]): void {
    const marks = this.#marks;
    const now = this.#now;
    const rules = this.#rules;
    for (let index = 0; index < found.length; index++) {
      const result = found[index] as number;
      if (marks[result] === now) continue;
      marks[result] = now;
      if (result < rules) this.#candidates[this.#count++] = result;
      else {
        const half = result - rules;
        // a pair becomes a candidate when its second half is found, whichever that is
        if (marks[rules + (half ^ 1)] === now) this.#candidates[this.#count++] = this.#pairs[half >> 1] as number;
      }
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
