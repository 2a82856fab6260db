/**
 * Event rules over the store: in SQL where every field a rule reads is a column, else on the stored lines, which become
 * activities again and pass the matcher. Matches come in order of time, rule and activity.
 */
import type { Activity } from "../model/activity.ts";
import type { Catalogue } from "../model/catalogue.ts";
import type { Match } from "../model/incident.ts";
import type { Policy } from "../model/policy.ts";
import { conformAgain } from "./activities.ts";
import { createContextBuilder } from "./conform/context/index.ts";
import { placeholdersOf } from "./detect/detector.ts";
import { buildPlans } from "./detect/correlate/plans.ts";
import { compileRules, type RuleSet, type SigmaDocument, type SigmaRule } from "./detect/sigma/index.ts";
import { fieldsOf } from "./detect/sigma/needs.ts";
import { OCSF_CLASSES } from "./detect/sigma/ocsf-classes.ts";
import { compileSql, type RuleSql } from "./detect/sigma/sql.ts";
import { activityKind, applies, resolveActivityField } from "./detect/sigma/taxonomy.ts";
import { factsOf, toMatch } from "./detect/subject.ts";
import { laneOf } from "./lanes.ts";
import { FIELD_COLUMNS, huntLines, huntSlices, type HuntedLine } from "./persist/hunt.ts";
import type { Store } from "./persist/store.ts";

export interface HuntContent {
  readonly catalogue: Catalogue;
  /** With a policy, context is made anew and rules that read it are evaluated on the lines; null: context is as stored. */
  readonly policy: Policy | null;
  /** Ids of the rules to look for; all when left out. */
  readonly only?: ReadonlySet<string>;
  /** Called before each part of the range is looked through, which takes seconds; may throw to end it. */
  readonly onSlice?: () => void;
}

export interface Hunt {
  /** Rules that run as SQL. */
  readonly translated: readonly SigmaRule[];
  /** Rules that are evaluated on the stored lines, each with the reason. */
  readonly streamed: ReadonlyMap<SigmaRule, string>;
  /** Rules that read context nobody stores: without a policy they are judged by the catalogue alone. */
  readonly withoutPolicy: number;
  /** Rules that were switched off, with the reason; complete when the matches have been read. */
  readonly disabled: ReadonlyMap<SigmaRule, string>;
  /** Lines read so far that this release cannot read any more. */
  readonly unreadable: number;
  /** @param range ms since 1970 UTC; `until` is not included */
  matches(store: Pick<Store, "rows" | "stream">, range: TimeRange): AsyncGenerator<Match[]>;
}

interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** The SQL condition of a rule over the `activity` table, or why it has none. */
export function ruleSql(rule: SigmaRule, documents: readonly SigmaDocument[], policy: Policy | null): RuleSql {
  return compileSql(rule, {
    columnOf: (field) => FIELD_COLUMNS.get(field) ?? null,
    filters: documents.filter((document) => document.kind === "filter"),
    placeholders: placeholdersOf(policy),
  });
}

/** Conditions of one query together; the engine reads queries up to 256 KiB. */
const MAX_QUERY = 60_000;

/** @throws {InvalidRuleError} when a correlation among the documents names a rule that is not there */
export function createHunt(documents: readonly SigmaDocument[], content: HuntContent): Hunt {
  const translated = new Map<SigmaRule, string>();
  const streamed = new Map<SigmaRule, string>();
  for (const document of documents) {
    if (document.kind !== "rule" || content.only?.has(document.id) === false) continue;
    const result =
      content.policy !== null && readsContext(document)
        ? { reason: "context is made anew from the policy" }
        : ruleSql(document, documents, content.policy);
    if ("sql" in result) translated.set(document, result.sql);
    else streamed.set(document, result.reason);
  }
  const disabled = new Map<SigmaRule, string>();
  const reader = new LineReader(documents, content);
  const filters = documents.filter((document) => document.kind === "filter");
  return {
    translated: [...translated.keys()],
    streamed,
    withoutPolicy: content.policy === null ? [...streamed.keys()].filter(readsContext).length : 0,
    disabled,
    get unreadable() {
      return reader.unreadable;
    },
    async *matches(store, range) {
      const batches = batchesOf([...translated]);
      const classes = classesOf([...streamed.keys()]);
      const set = compileRules<Activity>([...streamed.keys(), ...filters], {
        resolve: resolveActivityField,
        kindOf: activityKind,
        applies,
        placeholders: placeholdersOf(content.policy),
        onDisabled: (rule, reason) => disabled.set(rule, reason),
      });
      for (const slice of await huntSlices(store, range)) {
        content.onSlice?.();
        const matches: Match[] = [];
        for (const batch of batches) await reader.fromSql(store, slice, batch, matches);
        if (streamed.size > 0) await reader.fromLines(store, slice, { set, classes }, matches);
        if (matches.length > 0) yield matches.sort(byTime);
      }
    },
  };
}

function readsContext(rule: SigmaRule): boolean {
  return fieldsOf(rule).some((field) => field.startsWith("context."));
}

/** As many rules to a query as it can hold. */
function batchesOf(rules: readonly (readonly [SigmaRule, string])[]): (readonly (readonly [SigmaRule, string])[])[] {
  const batches: (readonly [SigmaRule, string])[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const entry of rules) {
    if (size + entry[1].length > MAX_QUERY) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)?.push(entry);
    size += entry[1].length;
  }
  return batches;
}

/** Classes that rules read; null: all, because one of them names none. */
function classesOf(rules: readonly SigmaRule[]): number[] | null {
  const classes = new Set<number>();
  for (const { logsource } of rules) {
    const classUid = logsource.product === "ocsf" ? OCSF_CLASSES.get(logsource.service ?? "") : undefined;
    if (classUid === undefined) return null;
    classes.add(classUid);
  }
  return [...classes].toSorted((a, b) => a - b);
}

/** Stored lines → activities and their matches. */
class LineReader {
  readonly #context: (event: Activity["event"]) => Activity["context"];
  readonly #stored: boolean;
  /** Rule → fields its correlations group by or count, with their readers. */
  readonly #carried = new Map<SigmaRule, { name: string; read: (activity: Activity) => unknown }[]>();
  unreadable = 0;

  constructor(documents: readonly SigmaDocument[], { catalogue, policy }: HuntContent) {
    this.#context = createContextBuilder(catalogue, policy);
    this.#stored = policy === null;
    const { fields } = buildPlans(documents);
    for (const document of documents) {
      if (document.kind !== "rule") continue;
      const names = fields.get(document.id) ?? [];
      this.#carried.set(
        document,
        names.map((name) => ({ name, read: resolveActivityField(document.logsource, name).read })),
      );
    }
  }

  async fromSql(
    store: Pick<Store, "stream">,
    range: TimeRange,
    rules: readonly (readonly [SigmaRule, string])[],
    found: Match[],
  ): Promise<void> {
    for await (const lines of huntLines(store, range, { conditions: rules.map(([, sql]) => sql) })) {
      for (const line of lines) {
        const activity = this.#activity(line);
        if (activity === null) continue;
        for (const at of line.held) found.push(this.#match(activity, (rules[at] as (typeof rules)[number])[0]));
      }
    }
  }

  async fromLines(
    store: Pick<Store, "stream">,
    range: TimeRange,
    { set, classes }: { set: RuleSet<Activity>; classes: readonly number[] | null },
    found: Match[],
  ): Promise<void> {
    for await (const lines of huntLines(store, range, { conditions: null, classes })) {
      for (const line of lines) {
        const activity = this.#activity(line);
        if (activity === null) continue;
        for (const rule of set.match(activity)) found.push(this.#match(activity, rule));
      }
    }
  }

  #activity(line: HuntedLine): Activity | null {
    const event = conformAgain(line);
    if (event === null) {
      this.unreadable += 1;
      return null;
    }
    const context = this.#context(event);
    return { source: line.source, event, context: this.#stored ? asStored(context, line) : context };
  }

  #match(activity: Activity, rule: SigmaRule): Match {
    return toMatch(
      activity,
      factsOf(activity, laneOf(activity.source) ?? "endpoint"),
      rule.id,
      this.#carried.get(rule) ?? [],
    );
  }
}

/** What policy decided when the line was stored, where no policy is given now. */
function asStored(context: Activity["context"], { actor, host, role, verdict }: HuntedLine): Activity["context"] {
  const { destination } = context;
  return {
    ...context,
    actor: actor === "" || actor === context.actor.name ? context.actor : { ...context.actor, name: actor },
    host: {
      ...context.host,
      name: host === "" ? context.host.name : host,
      role: role === "" ? context.host.role : role,
    },
    destination:
      destination === null || verdict === ""
        ? destination
        : { ...destination, verdict: verdict as typeof destination.verdict },
  };
}

function byTime(a: Match, b: Match): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.rule !== b.rule) return a.rule < b.rule ? -1 : 1;
  return a.activity_uid < b.activity_uid ? -1 : a.activity_uid > b.activity_uid ? 1 : 0;
}
