/**
 * Compiled rules, matched against one event at a time. Keeps nothing between events but what it learned about kinds.
 *
 * Events are sorted by kind into buckets of the rules whose log source covers that kind; a bucket is built when its first
 * event comes. Inside a bucket the candidate index names the few rules that could hold, and only those are evaluated.
 */
import { CandidateIndex } from "./candidate-index.ts";
import type { Logsource, SigmaDocument, SigmaFilter, SigmaRule } from "./document.ts";
import { Meter, PlanCompiler, type Evaluate } from "./evaluator.ts";
import { allTexts, EventView, type Part } from "./event-view.ts";
import { explainRule, type Explanation } from "./explain.ts";
import { ModifierError } from "./modifier-error.ts";
import type { Placeholders } from "./placeholder.ts";
import { filterApplies, planDetection, withFilters, type Plan } from "./plan.ts";
import { chooseWitnesses, possibleLiterals, type WitnessLiteral } from "./witness.ts";

/**
 * Where a rule's field stands in an event. Fields with the same key have the same value; it is read at most once an event.
 * `read` returns undefined for a field that is not there, null for one that is null; lists mean any of their elements.
 * `part`, the same function for all fields of one part of the event, says whether that part is there: where it is not, none
 * of its fields is.
 */
export type FieldResolver<E> = (
  logsource: Logsource,
  field: string,
) => { readonly key: string; readonly read: (event: E) => unknown; readonly part?: Part<E> | undefined };

export interface CompileOptions<E> {
  readonly resolve: FieldResolver<E>;
  /** A short name of what sort of event this is; there must be few. */
  readonly kindOf: (event: E) => string;
  /** Whether a rule's log source covers events of a kind. */
  readonly applies: (logsource: Logsource, kind: string) => boolean;
  /** What keywords are searched in: every text anywhere in the value returned. The event itself when left out. */
  readonly keywordsIn?: (event: E) => unknown;
  /** Values of `%name%` in values with the `expand` modifier. A rule whose placeholder has none is disabled. */
  readonly placeholders?: Placeholders;
  /** Told once about every rule that cannot be compiled, throws, or exceeds its budget; the others go on. */
  readonly onDisabled?: (rule: SigmaRule, reason: string) => void;
  /** Steps a rule may take over characters of one event; see DEFAULT_BUDGET. */
  readonly budget?: number;
}

export interface RuleSet<E> {
  /** The rules among the documents, in their order. */
  readonly rules: readonly SigmaRule[];
  /** Rules that are switched off, with the reason. */
  readonly disabled: ReadonlyMap<SigmaRule, string>;
  /** The rules that hold for the event, in their order. */
  match(event: E): readonly SigmaRule[];
  /** Why a rule does or does not hold, part by part. */
  explain(event: E, rule: SigmaRule): Explanation;
}

/** About a third of a second of automaton steps: far above any sane rule on the longest value. */
export const DEFAULT_BUDGET = 32_000_000;
const MAX_BUCKETS = 1_024;
const NONE: readonly SigmaRule[] = [];

/** Compiles rules and applies filters to them; correlations among the documents are left alone. Never throws for a rule. */
export function compileRules<E>(documents: readonly SigmaDocument[], options: CompileOptions<E>): RuleSet<E> {
  return new CompiledRuleSet(documents, options);
}

interface CompiledRule {
  /** Its place among the compiled rules. */
  readonly number: number;
  readonly rule: SigmaRule;
  readonly plan: Plan;
  readonly evaluate: Evaluate;
}

interface Bucket<E> {
  /** Indices into the compiled rules. */
  readonly rules: readonly number[];
  /** By position in `rules`: whether a candidate holds without being evaluated. */
  readonly decided: readonly boolean[];
  readonly index: CandidateIndex<E> | null;
}

class CompiledRuleSet<E> implements RuleSet<E> {
  readonly rules: readonly SigmaRule[];
  readonly #options: CompileOptions<E>;
  readonly #filters: readonly SigmaFilter[];
  readonly #disabled = new Map<SigmaRule, string>();
  readonly #view = new EventView<E>();
  readonly #slots = new Map<string, number>();
  readonly #meter: Meter;
  readonly #compiled: CompiledRule[] = [];
  readonly #buckets = new Map<string, Bucket<E>>();
  /** Buckets of different kinds with the same rules are one. */
  readonly #bucketsByRules = new Map<string, Bucket<E>>();

  constructor(documents: readonly SigmaDocument[], options: CompileOptions<E>) {
    this.#options = options;
    this.rules = documents.filter((document) => document.kind === "rule");
    this.#filters = documents.filter((document) => document.kind === "filter");
    this.#meter = new Meter(options.budget ?? DEFAULT_BUDGET);
    const compiler = new PlanCompiler(this.#view, (logsource, field) => this.#slotOf(logsource, field), this.#meter);
    const placeholders: Placeholders = options.placeholders ?? new Map<string, readonly string[]>();
    for (const rule of this.rules) {
      try {
        const plan = withFilters(planDetection(rule.detection, placeholders), rule, this.#filters, placeholders);
        const { evaluate } = compiler.compile(plan, rule.logsource);
        this.#compiled.push({ number: this.#compiled.length, rule, plan, evaluate });
      } catch (error) {
        this.#disable(
          rule,
          error instanceof ModifierError
            ? `${error.message}; ${error.fix}`
            : `it cannot be compiled: ${messageOf(error)}`,
        );
      }
    }
  }

  get disabled(): ReadonlyMap<SigmaRule, string> {
    return this.#disabled;
  }

  match(event: E): readonly SigmaRule[] {
    const { rules, decided, index } = this.#bucketOf(this.#options.kindOf(event));
    if (index === null) return NONE;
    this.#view.open(event);
    const count = index.collect();
    let matched: CompiledRule[] | null = null;
    let last = -1;
    let sorted = true;
    for (let at = 0; at < count; at++) {
      const candidate = index.candidate(at);
      const number = rules[candidate] as number;
      const compiled = this.#compiled[number] as CompiledRule;
      if (decided[candidate] !== true && !this.#holds(compiled)) continue;
      (matched ??= []).push(compiled);
      if (number < last) sorted = false;
      last = number;
    }
    this.#view.close();
    if (matched === null) return NONE;
    // what one look-up finds is in order already
    if (!sorted) matched.sort((a, b) => a.number - b.number);
    return matched.map(({ rule }) => rule);
  }

  explain(event: E, rule: SigmaRule): Explanation {
    const kind = this.#options.kindOf(event);
    const disabled = this.#disabled.get(rule);
    this.#view.open(event);
    try {
      return explainRule(
        rule,
        this.#filters.filter((filter) => filterApplies(filter, rule)),
        {
          kind,
          applies: this.#options.applies(rule.logsource, kind),
          disabled: disabled ?? null,
          placeholders: this.#options.placeholders ?? new Map<string, readonly string[]>(),
          view: this.#view,
          slotOf: (field) => this.#slotOf(rule.logsource, field),
        },
      );
    } finally {
      this.#view.close();
    }
  }

  #holds({ rule, evaluate }: CompiledRule): boolean {
    this.#meter.reset();
    try {
      return evaluate() && !this.#disabled.has(rule);
    } catch (error) {
      if (!this.#disabled.has(rule)) this.#disable(rule, messageOf(error));
      return false;
    }
  }

  #disable(rule: SigmaRule, reason: string): void {
    this.#disabled.set(rule, reason);
    // indices of compiled rules stay; only the buckets forget the rule
    this.#buckets.clear();
    this.#bucketsByRules.clear();
    this.#options.onDisabled?.(rule, reason);
  }

  #slotOf(logsource: Logsource, field: string | null): number {
    if (field === null)
      return this.#slot("keywords", (event) =>
        allTexts(this.#options.keywordsIn === undefined ? event : this.#options.keywordsIn(event)),
      );
    const { key, read, part } = this.#options.resolve(logsource, field);
    return this.#slot(`field ${key}`, read, part);
  }

  #slot(key: string, read: (event: E) => unknown, part?: Part<E>): number {
    let slot = this.#slots.get(key);
    if (slot === undefined) this.#slots.set(key, (slot = this.#view.addSlot(read, part)));
    return slot;
  }

  #bucketOf(kind: string): Bucket<E> {
    const known = this.#buckets.get(kind);
    if (known !== undefined) return known;
    const numbers: number[] = [];
    for (const [number, { rule }] of this.#compiled.entries()) {
      if (!this.#disabled.has(rule) && this.#options.applies(rule.logsource, kind)) numbers.push(number);
    }
    const signature = numbers.join();
    let bucket = this.#bucketsByRules.get(signature);
    if (bucket === undefined) this.#bucketsByRules.set(signature, (bucket = this.#build(numbers)));
    if (this.#buckets.size >= MAX_BUCKETS) this.#buckets.clear();
    this.#buckets.set(kind, bucket);
    return bucket;
  }

  #build(numbers: readonly number[]): Bucket<E> {
    if (numbers.length === 0) return { rules: numbers, decided: [], index: null };
    const rules = numbers.map((number) => this.#compiled[number] as CompiledRule);
    const counts = new Map<string, number>();
    const keyOf = ({ rule }: CompiledRule, { field, relation, text }: WitnessLiteral) =>
      `${this.#slotOf(rule.logsource, field)} ${relation} ${text}`;
    for (const compiled of rules) {
      const keys = new Set(possibleLiterals(compiled.plan).map((literal) => keyOf(compiled, literal)));
      for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const choices = rules.map((compiled) =>
      chooseWitnesses(compiled.plan, (literal) => counts.get(keyOf(compiled, literal)) ?? 1),
    );
    const index = new CandidateIndex(
      this.#view,
      choices.map((choice) => choice?.witnesses ?? null),
      (rule, field) => this.#slotOf((rules[rule] as CompiledRule).rule.logsource, field),
    );
    return { rules: numbers, decided: choices.map((choice) => choice?.decided === true), index };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
