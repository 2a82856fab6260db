/**
 * Which groups of a correlation new matches belong to, so that only these are judged again. Says in code what `base` of
 * sql.ts says in SQL; touched.test.ts holds both to each other.
 */
import type { TouchedFacts } from "../../../model/incident.ts";
import type { CorrelationPlan } from "./plan.ts";

type Plans = ReadonlyMap<string, CorrelationPlan>;

/** Fields of a group that name a person, a machine or an address: what a match shares with its group in these can be looked up. */
const ENTITIES: ReadonlySet<string> = new Set([
  "context.subject",
  "context.machine",
  "context.actor.name",
  "context.host.name",
  "context.address.ip",
]);

const first = (...values: readonly string[]): string => values.find((value) => value !== "") ?? "-";

const READERS: ReadonlyMap<string, (facts: TouchedFacts) => string> = new Map<string, (facts: TouchedFacts) => string>([
  ["context.actor.name", ({ actor }) => actor],
  ["context.host.name", ({ host }) => host],
  ["context.host.role", (facts) => facts.host_role],
  ["context.address.ip", ({ address }) => address],
  ["context.destination.name", ({ destination }) => destination],
  ["context.destination.host", (facts) => facts.destination_host],
  ["context.destination.owner", (facts) => facts.destination_owner],
  ["context.destination.verdict", ({ verdict }) => verdict],
  ["context.destination.operation", ({ operation }) => operation],
  ["context.subject", ({ actor, host, address }) => first(actor, host, address)],
  ["context.machine", ({ host, address, actor }) => first(host, address, actor)],
  ["context.everything", () => "*"],
  ["context.rule", ({ rule }) => rule],
  ["context.source", ({ source }) => source],
]);

/** Fields that differ from match to match, and are no facts. */
const UNREAD: ReadonlySet<string> = new Set([
  "traffic.bytes_out",
  "context.minute",
  "context.hour",
  "context.day",
  "context.week_part",
]);

/** False for plans that group by a number or a time: all their groups must be judged. */
export function canTell(plan: CorrelationPlan, plans: Plans): boolean {
  const names = plan.groupBy.flatMap((name) => [name, ...(plan.aliases.get(name)?.values() ?? [])]);
  return (
    !names.some((name) => UNREAD.has(name)) &&
    plan.rules.every((rule) => {
      const below = plans.get(rule);
      return below === undefined || canTell(below, plans);
    })
  );
}

/** The groups of the plan that the matches belong to, each once; those with a missing value are none. */
export function touchedGroups(plan: CorrelationPlan, plans: Plans, facts: readonly TouchedFacts[]): string[][] {
  const groups = new Map<string, string[]>();
  const add = (group: string[]): void => {
    if (!group.includes("")) groups.set(JSON.stringify(group), group);
  };
  const byRule = Map.groupBy(facts, ({ rule }) => rule);
  for (const rule of plan.rules) {
    const below = plans.get(rule);
    if (below === undefined) for (const one of byRule.get(rule) ?? []) add(groupOf(plan, one));
    else for (const group of touchedGroups(below, plans, facts)) add(outerGroup(plan, below, group));
  }
  // Alerts of a group decide which of its periods teach.
  for (const rule of plan.baseline?.suspicion ?? []) for (const one of byRule.get(rule) ?? []) add(groupOf(plan, one));
  return [...groups.values()];
}

/** The group that matches with these facts belong to; empty texts where a value is missing. */
export function groupOf(plan: CorrelationPlan, facts: TouchedFacts): string[] {
  return plan.groupBy.map((name) => read(fieldOf(plan, name, facts.rule), facts));
}

/** The field that carries the name in matches of the rule; empty where none does. */
function fieldOf({ aliases }: CorrelationPlan, name: string, rule: string): string {
  const perRule = aliases.get(name);
  return perRule === undefined ? name : (perRule.get(rule) ?? "");
}

function read(field: string, facts: TouchedFacts): string {
  return READERS.get(field)?.(facts) ?? (Object.hasOwn(facts.fields, field) ? (facts.fields[field] as string) : "");
}

/** Units of time that are values, ms. */
const SLOTS: ReadonlyMap<string, number> = new Map([
  ["context.minute", 60_000],
  ["context.hour", 3_600_000],
  ["context.day", 86_400_000],
]);

/** True for plans over event rules with one value, told by facts: `valuesOf` says which. */
export function canTellValues(plan: CorrelationPlan, plans: Plans): boolean {
  const [name, ...more] = plan.fields;
  if (name === undefined || more.length > 0 || plan.rules.some((rule) => plans.has(rule))) return false;
  const fields = plan.rules.map((rule) => fieldOf(plan, name, rule));
  return canTell(plan, plans) && fields.every((field) => field !== "what" && (SLOTS.has(field) || !UNREAD.has(field)));
}

/** Units of time between two matches with the same facts that are told: forged times may be decades apart. */
const MOST_SLOTS = 10_000;

/**
 * Values of matches with these facts, and others where they are units of time: every one from the first match to the last.
 * null: they are too many to tell.
 */
export function valuesOf(plan: CorrelationPlan, facts: TouchedFacts): string[] | null {
  const field = fieldOf(plan, plan.fields[0] ?? "", facts.rule);
  const slot = SLOTS.get(field);
  if (slot === undefined) return [read(field, facts)].filter((value) => value !== "");
  if ((facts.to - facts.from) / slot > MOST_SLOTS) return null;
  const values: string[] = [];
  for (let at = Math.floor(facts.from / slot) * slot; at <= facts.to; at += slot)
    values.push(
      new Date(at)
        .toISOString()
        .slice(0, field === "context.day" ? 10 : 19)
        .replace("T", " "),
    );
  return values;
}

function outerGroup(plan: CorrelationPlan, below: CorrelationPlan, group: readonly string[]): string[] {
  return plan.groupBy.map((name) => {
    const index = below.groupBy.indexOf(plan.aliases.get(name)?.get(below.id) ?? name);
    return index === -1 ? "" : (group[index] ?? "");
  });
}

/**
 * Values one of which every match of these groups has as its person, machine or address (`-` where it has none of them);
 * null where the plan's groups say nothing of these.
 */
export function entitiesOf(plan: CorrelationPlan, groups: readonly (readonly string[])[]): string[] | null {
  const index = plan.groupBy.findIndex((name) => ENTITIES.has(name) && !plan.aliases.has(name));
  if (index === -1) return null;
  return [...new Set(groups.map((group) => group[index] ?? ""))];
}
