/** Two ways to run a position automaton over a text, both with bounded work for every character. */
import type { PositionAutomaton } from "./regex-automaton.ts";

/** Deterministic states up to which a table of them is made, and operations that making it may take. */
const MAX_STATES = 500;
const MAX_WORK = 3_000_000;
const NO_MATCH = -2;
const MATCH = -1;

export type Search = (text: string) => boolean;

/** Looks at all positions at once: `automaton.cost` operations a character. */
export function bitSearch(automaton: PositionAutomaton): Search {
  let state = new Int32Array(automaton.words);
  let next = new Int32Array(automaton.words);
  return (text) => {
    state.fill(0);
    let before = 0;
    for (let index = 0; index < text.length;) {
      const code = text.codePointAt(index) as number;
      const after = automaton.classOf(code);
      if (automaton.accepts(state, before, after)) return true;
      const alive = automaton.step(state, next, before, after);
      if (!alive && automaton.anchored) return false;
      [state, next] = [next, state];
      before = automaton.kindOf(after);
      index += code > 0xffff ? 2 : 1;
    }
    return automaton.accepts(state, before, -1);
  };
}

interface Determined {
  /** Set of positions. */
  readonly positions: Int32Array;
  /** Kind of the character before. */
  readonly before: number;
}

/** The deterministic automaton as a table: one look-up a character. null when it has too many states. */
export function tableSearch(automaton: PositionAutomaton): Search | null {
  const { classCount, words, cost } = automaton;
  const states: Determined[] = [{ positions: new Int32Array(words), before: 0 }];
  const known = new Map<string, number>([[keyOf(states[0] as Determined), 0]]);
  const rows: Int16Array[] = [];
  const endings: boolean[] = [];
  const next = new Int32Array(words);
  let work = 0;
  for (let at = 0; at < states.length; at++) {
    const { positions, before } = states[at] as Determined;
    work += classCount * cost;
    if (work > MAX_WORK) return null;
    const row = new Int16Array(classCount);
    for (let after = 0; after < classCount; after++) {
      if (automaton.accepts(positions, before, after)) {
        row[after] = MATCH;
        continue;
      }
      if (!automaton.step(positions, next, before, after) && automaton.anchored) {
        row[after] = NO_MATCH;
        continue;
      }
      const target: Determined = { positions: next, before: automaton.kindOf(after) };
      const key = keyOf(target);
      let number = known.get(key);
      if (number === undefined) {
        number = states.length;
        if (number >= MAX_STATES) return null;
        known.set(key, number);
        states.push({ positions: next.slice(), before: target.before });
      }
      row[after] = number;
    }
    rows.push(row);
    endings.push(automaton.accepts(positions, before, -1));
  }
  const table = new Int16Array(rows.length * classCount);
  for (const [index, row] of rows.entries()) table.set(row, index * classCount);
  return (text) => {
    let state = 0;
    for (let index = 0; index < text.length;) {
      const code = text.codePointAt(index) as number;
      state = table[state * classCount + automaton.classOf(code)] as number;
      if (state < 0) return state === MATCH;
      index += code > 0xffff ? 2 : 1;
    }
    return endings[state] as boolean;
  };
}

function keyOf({ positions, before }: Determined): string {
  return `${before} ${positions.join()}`;
}
