/**
 * Plans → functions of the current event.
 *
 * Equal items of different rules become one function, whose result is kept for the event. Parts of a conjunction run
 * cheapest first, which cannot change the result: evaluating has no effects. Work on long values is counted, so that a
 * rule can be stopped.
 */
import type { Logsource } from "./document.ts";
import { LIST, MISSING, NULL, TEXT, type EventView } from "./event-view.ts";
import { foldDashes } from "./pattern.ts";
import type { Plan } from "./plan.ts";
import type { ItemPredicate, Predicate } from "./predicate.ts";
import { compileTextTest, type TextTest } from "./text-test.ts";

export type Evaluate = () => boolean;

export interface Compiled {
  readonly evaluate: Evaluate;
  readonly cost: number;
}

/** A rule did more work on one event than its budget allows. */
export class BudgetError extends Error {
  constructor(budget: number) {
    super(`it took more than ${budget} steps on one event`);
    this.name = "BudgetError";
  }
}

/** Counts steps on long values; the rule set resets it before every rule. */
export class Meter {
  readonly #budget: number;
  #spent = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  reset(): void {
    this.#spent = 0;
  }

  /** @throws {BudgetError} */
  spend(steps: number): void {
    this.#spent += steps;
    if (this.#spent > this.#budget) throw new BudgetError(this.#budget);
  }
}

export class PlanCompiler<E> {
  readonly #view: EventView<E>;
  readonly #slotOf: (logsource: Logsource, field: string | null) => number;
  readonly #meter: Meter;
  /** Canonical text of an item → its function, used by how many rules. */
  readonly #items = new Map<string, Compiled>();

  constructor(view: EventView<E>, slotOf: (logsource: Logsource, field: string | null) => number, meter: Meter) {
    this.#view = view;
    this.#slotOf = slotOf;
    this.#meter = meter;
  }

  compile(plan: Plan, logsource: Logsource): Compiled {
    switch (plan.type) {
      case "item":
        return this.#item(plan.item, logsource);
      case "not": {
        const { evaluate, cost } = this.compile(plan.plan, logsource);
        return { evaluate: () => !evaluate(), cost };
      }
      case "and":
        return conjunction(this.#parts(plan.plans, logsource));
      case "or":
        return disjunction(this.#parts(plan.plans, logsource));
      case "at-least":
        return atLeast(this.#parts(plan.plans, logsource), plan.count);
    }
  }

  #parts(plans: readonly Plan[], logsource: Logsource): Compiled[] {
    return plans.map((plan) => this.compile(plan, logsource)).sort((a, b) => a.cost - b.cost);
  }

  #item(item: ItemPredicate, logsource: Logsource): Compiled {
    const slot = this.#slotOf(logsource, item.field);
    const references = item.groups
      .flat()
      .flatMap((predicate) => (predicate.type === "field" ? [this.#slotOf(logsource, predicate.field)] : []));
    const key = `${slot} ${references.join()} ${JSON.stringify([item.groups, item.every, item.negated])}`;
    const known = this.#items.get(key);
    if (known !== undefined) return known;
    const compiled = this.#compileItem(item, slot, logsource);
    const kept = compiled.cost < 4 ? compiled : this.#keep(compiled);
    this.#items.set(key, kept);
    return kept;
  }

  /** Evaluates once an event. */
  #keep({ evaluate, cost }: Compiled): Compiled {
    const view = this.#view;
    let at = -1;
    let result = false;
    return {
      evaluate: () => {
        const now = view.number;
        if (at !== now) {
          result = evaluate();
          at = now;
        }
        return result;
      },
      cost,
    };
  }

  #compileItem({ groups, every, negated }: ItemPredicate, slot: number, logsource: Logsource): Compiled {
    let compiled: Compiled;
    if (every) compiled = conjunction(groups.map((group) => this.#group(group, slot, logsource)));
    else compiled = this.#group(groups.flat(), slot, logsource);
    if (!negated) return compiled;
    const { evaluate, cost } = compiled;
    return { evaluate: () => !evaluate(), cost };
  }

  /** Any of the predicates holds for the slot. */
  #group(predicates: readonly Predicate[], slot: number, logsource: Logsource): Compiled {
    const parts: Compiled[] = [];
    const tests = new Map<string, TextTest[]>();
    for (const predicate of predicates) {
      const test = compileTextTest(predicate);
      if (test === null) parts.push(this.#shapeTest(predicate, slot, logsource));
      else tests.set(test.form, [...(tests.get(test.form) ?? []), test]);
    }
    for (const group of tests.values()) parts.push(this.#textTests(group, slot));
    return disjunction(parts.sort((a, b) => a.cost - b.cost));
  }

  #shapeTest(predicate: Predicate, slot: number, logsource: Logsource): Compiled {
    const view = this.#view;
    if (predicate.type === "exists") {
      const { expected } = predicate;
      return { evaluate: () => (view.shape(slot) !== MISSING) === expected, cost: 1 };
    }
    if (predicate.type === "field")
      return { evaluate: this.#fieldTest(predicate, slot, this.#slotOf(logsource, predicate.field)), cost: 6 };
    return {
      evaluate: () => {
        const shape = view.shape(slot);
        return shape === MISSING || shape === NULL || (shape === LIST && view.holdsNull(slot));
      },
      cost: 1,
    };
  }

  #fieldTest({ relation, cased }: Extract<Predicate, { type: "field" }>, slot: number, otherSlot: number): Evaluate {
    const view = this.#view;
    const form = cased ? "plain" : "folded";
    const related = {
      equals: (a: string, b: string) => a === b,
      contains: (a: string, b: string) => a.includes(b),
      startswith: (a: string, b: string) => a.startsWith(b),
      endswith: (a: string, b: string) => a.endsWith(b),
    }[relation];
    return () => {
      const others = view.texts(otherSlot, form);
      return others.length > 0 && view.texts(slot, form).some((text) => others.some((other) => related(text, other)));
    };
  }

  /** One function for all tests of a form: any of them holds for any text of the slot. */
  #textTests(tests: readonly TextTest[], slot: number): Compiled {
    const view = this.#view;
    const { form } = tests[0] as TextTest;
    const cost = tests.reduce((sum, test) => sum + test.cost, 0);
    const weight = tests.reduce((sum, test) => sum + test.weight, 0);
    const test = this.#metered(anyTest(tests), weight);
    const seen = form === "plain" || form === "folded" ? test : (text: string) => test(foldDashes(text));
    if (form === "folded" || form === "folded-dashes") {
      return {
        evaluate: () => {
          const shape = view.shape(slot);
          if (shape === TEXT) return seen(view.folded(slot));
          return shape === LIST && some(view.foldedList(slot), seen);
        },
        cost,
      };
    }
    return {
      evaluate: () => {
        const shape = view.shape(slot);
        if (shape === TEXT) return seen(view.text(slot));
        return shape === LIST && some(view.list(slot), seen);
      },
      cost,
    };
  }

  #metered(test: (text: string) => boolean, weight: number): (text: string) => boolean {
    if (weight === 0) return test;
    const meter = this.#meter;
    return (text) => {
      meter.spend(text.length * weight);
      return test(text);
    };
  }
}

/** Equalities become one look-up; the others run in order, cheapest first. */
function anyTest(tests: readonly TextTest[]): (text: string) => boolean {
  const equal = new Set(tests.flatMap(({ equals }) => equals ?? []));
  const others = tests
    .filter(({ equals }) => equals === null)
    .sort((a, b) => a.cost - b.cost)
    .map(({ test }) => test);
  const [first, second, third] = others;
  if (equal.size > 0) {
    const [only] = equal;
    if (others.length === 0) return equal.size === 1 ? (text) => text === only : (text) => equal.has(text);
    return (text) => equal.has(text) || some(others, (test) => test(text));
  }
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined && second !== undefined && third === undefined) return (text) => first(text) || second(text);
  return (text) => {
    for (let index = 0; index < others.length; index++)
      if ((others[index] as (text: string) => boolean)(text)) return true;
    return false;
  };
}

function some<T>(values: readonly T[], test: (value: T) => boolean): boolean {
  for (let index = 0; index < values.length; index++) if (test(values[index] as T)) return true;
  return false;
}

function conjunction(parts: readonly Compiled[]): Compiled {
  const cost = parts.reduce((sum, part) => sum + part.cost, 0);
  const functions = parts.map(({ evaluate }) => evaluate);
  const [first, second, third] = functions;
  if (first === undefined) return { evaluate: () => true, cost };
  if (second === undefined) return { evaluate: first, cost };
  if (third === undefined) return { evaluate: () => first() && second(), cost };
  return {
    evaluate: () => {
      for (let index = 0; index < functions.length; index++) if (!(functions[index] as Evaluate)()) return false;
      return true;
    },
    cost,
  };
}

function disjunction(parts: readonly Compiled[]): Compiled {
  const cost = parts.reduce((sum, part) => sum + part.cost, 0);
  const functions = parts.map(({ evaluate }) => evaluate);
  const [first, second, third] = functions;
  if (first === undefined) return { evaluate: () => false, cost };
  if (second === undefined) return { evaluate: first, cost };
  if (third === undefined) return { evaluate: () => first() || second(), cost };
  return {
    evaluate: () => {
      for (let index = 0; index < functions.length; index++) if ((functions[index] as Evaluate)()) return true;
      return false;
    },
    cost,
  };
}

function atLeast(parts: readonly Compiled[], count: number): Compiled {
  const functions = parts.map(({ evaluate }) => evaluate);
  return {
    evaluate: () => {
      let held = 0;
      for (let index = 0; index < functions.length && held < count; index++)
        if ((functions[index] as Evaluate)()) held++;
      return held >= count;
    },
    cost: parts.reduce((sum, part) => sum + part.cost, 0),
  };
}
