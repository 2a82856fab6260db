/**
 * Which values the groups of a correlation have had in a span of time, kept from one conclusion to the next: busy groups repeat
 * themselves, and reading a day of their matches again to count the same few values takes longer the later it is.
 *
 * It knows at least what the store holds, for as long as it is told of every new match: a match whose gaps were filled otherwise
 * stays under its former group as well. So it can say that a group has not enough values, and never that it has.
 */
import type { TouchedFacts } from "../model/incident.ts";
import type { CorrelationPlan } from "./detect/correlate/plan.ts";
import { base, seen, type TimeRange } from "./detect/correlate/sql.ts";
import { canTellValues, groupOf, valuesOf } from "./detect/correlate/touched.ts";
import type { Store } from "./persist/store.ts";

type Plans = ReadonlyMap<string, CorrelationPlan>;

/** Groups with a value that are kept, of all correlations together: some 100 bytes each. */
const MOST = 200_000;
/** Spans of correlations: what arrives late is judged by its own day. */
const MOST_ENTRIES = 64;

interface Entry {
  readonly plan: CorrelationPlan;
  readonly range: TimeRange;
  /** By group, as JSON. */
  readonly values: Map<string, Set<string>>;
  /** Something was added, or a group alerted, since that was asked last. */
  changed: boolean;
}

export class KnownValues {
  readonly #most: number;
  readonly #entries = new Map<string, Entry>();
  /** Spans with more than is kept: not asked again and again. */
  readonly #beyond = new Set<string>();
  #size = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** To be told of every new match, and of those filled otherwise as they were and as they are. null: there are too many to tell. */
  learn(facts: readonly TouchedFacts[] | null): void {
    if (facts === null) {
      this.forget();
      return;
    }
    const byRule = Map.groupBy(facts, ({ rule }) => rule);
    for (const [key, entry] of this.#entries) if (!this.#learn(entry, byRule)) this.#drop(key);
    if (this.#size > this.#most) this.forget();
  }

  /**
   * The most different values that one of the groups can have within the range; null where that cannot be told.
   * @param groups null: of all groups
   */
  async atMost(
    store: Pick<Store, "rows">,
    plan: CorrelationPlan,
    plans: Plans,
    range: TimeRange,
    groups: readonly (readonly string[])[] | null,
  ): Promise<number | null> {
    const entry = this.#find(keyOf(plan, range), plan) ?? (await this.#read(store, plan, plans, range));
    if (entry === null) return null;
    const asked = groups === null ? entry.values.keys() : groups.map((group) => JSON.stringify(group));
    let most = 0;
    for (const group of asked) most = Math.max(most, entry.values.get(group)?.size ?? 0);
    return most;
  }

  /**
   * False: since this was asked last, matches within the range have brought no group a value that they had not brought before, and
   * no group has alerted. What the store held when it was asked first counts for nothing: it may hold more than has been concluded.
   */
  hasChanged(plan: CorrelationPlan, plans: Plans, range: TimeRange): boolean {
    const key = `told ${keyOf(plan, range)}`;
    const entry = this.#find(key, plan);
    if (entry === null) {
      if (canTellValues(plan, plans)) this.#keep(key, { plan, range, values: new Map(), changed: false });
      return true;
    }
    const { changed } = entry;
    entry.changed = false;
    return changed;
  }

  forget(): void {
    this.#entries.clear();
    this.#beyond.clear();
    this.#size = 0;
  }

  /** @returns false when what is new cannot be told */
  #learn(entry: Entry, byRule: ReadonlyMap<string, readonly TouchedFacts[]>): boolean {
    const { plan, range } = entry;
    for (const one of plan.rules.flatMap((rule) => byRule.get(rule) ?? [])) {
      if (one.to < range.from || one.from >= range.until) continue;
      const values = valuesOf(plan, one);
      if (values === null) return false;
      for (const value of values) this.#add(entry, groupOf(plan, one), value);
    }
    if (plan.baseline?.suspicion.some((rule) => byRule.has(rule)) === true) entry.changed = true;
    return true;
  }

  #find(key: string, plan: CorrelationPlan): Entry | null {
    const entry = this.#entries.get(key);
    // Rules that were read anew may have kept their ids.
    if (entry?.plan !== plan) return null;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  async #read(
    store: Pick<Store, "rows">,
    plan: CorrelationPlan,
    plans: Plans,
    range: TimeRange,
  ): Promise<Entry | null> {
    const key = keyOf(plan, range);
    if (this.#beyond.has(key) || !canTellValues(plan, plans)) return null;
    const room = Math.max(0, this.#most - this.#size);
    const rows = await store.rows<{ grp: string[]; value: string }>(
      `SELECT grp, value FROM (${base(plan, plans, range, seen({ table: "match", groups: null }))}) WHERE value != '' GROUP BY grp, value LIMIT ${room + 1}`,
    );
    if (rows.length > room) {
      this.#beyond.add(key);
      return null;
    }
    const entry: Entry = { plan, range, values: new Map(), changed: false };
    for (const { grp, value } of rows) this.#add(entry, grp, value);
    return this.#keep(key, entry);
  }

  #keep(key: string, entry: Entry): Entry {
    this.#drop(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) if (this.#entries.size > MOST_ENTRIES) this.#drop(oldest);
    return entry;
  }

  #drop(key: string): void {
    for (const values of this.#entries.get(key)?.values.values() ?? []) this.#size -= values.size;
    this.#entries.delete(key);
  }

  #add(entry: Entry, group: readonly string[], value: string): void {
    if (group.includes("")) return;
    const key = JSON.stringify(group);
    let values = entry.values.get(key);
    if (values === undefined) entry.values.set(key, (values = new Set()));
    if (values.has(value)) return;
    values.add(value);
    entry.changed = true;
    this.#size += 1;
  }
}

function keyOf({ id }: CorrelationPlan, { from, until }: TimeRange): string {
  return `${id} ${from} ${until}`;
}
