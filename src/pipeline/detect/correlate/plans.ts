/** Sigma documents -> correlation plans, and which fields the matches of each event rule must carry for them. */
import * as z from "zod";
import { InvalidRuleError } from "../../../model/errors.ts";
import type { Severity } from "../../../model/incident.ts";
import type { SigmaCorrelation, SigmaDocument, SigmaRule } from "../sigma/document.ts";
import { chainsOf, renamed, UnorderedConditionError } from "./occurrence.ts";
import type { AbsenceTerms, Conclusion, CorrelationPlan, CorrelationType, DeviationBaseline } from "./plan.ts";
import { hasColumn } from "./match-fields.ts";

/** Behaviours of contract.md; a rule stands behind one or more of them. */
export const BEHAVIOURS = [
  "push-to-unsanctioned-repository",
  "api-upload",
  "git-data-api-upload",
  "gist-or-snippet-upload",
  "create-repository-then-write",
  "repository-create-burst",
  "exposure-change",
  "mirror-migration",
  "bulk-clone",
  "workflow-exfiltration",
  "runner-registration",
  "side-channel-upload",
  "credential-access",
  "supply-chain-ancestry",
  "stage-then-send",
  "low-and-slow",
  "esxi-datastore-upload",
  "private-to-public-crossing",
  "unsanctioned-forge",
  "defences-disabled",
  "token-polling",
  "volume-anomaly",
  "off-hours-activity",
  "first-seen-access",
  "unexpected-application",
  "unsanctioned-source-host",
  "sensitive-content-pushed",
] as const;

/** The `sallyport:` mapping of a rule. Every key is optional: a public rule has none. */
export const RuleExtensionSchema = z
  .strictObject({
    behaviours: z.array(z.enum(BEHAVIOURS)).default([]).meta({ description: "Behaviours the rule shows." }),
    analytics: z
      .array(z.string().regex(/^AN\d{4}$/))
      .default([])
      .meta({ description: "ATT&CK analytics it implements." }),
    points: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: "Risk points of a finding; by level when left out." }),
    reason: z.string().min(1).optional().meta({
      description:
        "Reason shown to the analyst, with {count} {value} {bytes_out} {destination} {actor} {host} {address} {group} {window} {span}, {threshold} and {times} (how many times that) of a condition, {expected} of a deviation, {history} of what remembers, and {name} of a rule: how often it matched. {count:push/pushes} puts the noun behind the number.",
    }),
    next_steps: z.array(z.string()).default([]).meta({ description: "What to do first, in order." }),
    blind_spots: z.array(z.string()).default([]).meta({ description: "What this rule cannot see." }),
    "group-by": z.array(z.string()).min(1).optional().meta({
      description:
        "For an event rule that alerts: matches with equal values are one finding. Subject and destination when left out.",
    }),
    scope: z
      .enum(["group", "everyone"])
      .default("group")
      .meta({ description: "For first_seen: new to the group, or to everyone." }),
    threshold: z.enum(["ExfilVolumeThreshold", "DatastoreTransferThreshold"]).optional().meta({
      description:
        "Key of policy.yaml whose size replaces the number of a value_sum condition, or the minimum of a deviation.",
    }),
    threshold_times: z.number().positive().default(1).meta({ description: "What that size is multiplied by." }),
  })
  .meta({ id: "RuleExtension" });

const POINTS: Readonly<Record<Severity, number>> = { informational: 5, low: 20, medium: 40, high: 65, critical: 85 };

/** Sizes of policy.yaml that conditions may name, bytes. */
export type Thresholds = Readonly<Partial<Record<"ExfilVolumeThreshold" | "DatastoreTransferThreshold", number>>>;

export interface PlanSet {
  /** By id; includes plans that only other plans stand on. */
  readonly plans: ReadonlyMap<string, CorrelationPlan>;
  /** Rule id -> fields its matches must carry besides the columns of the match table. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly documents: ReadonlyMap<string, SigmaDocument>;
}

/** @throws {InvalidRuleError} when a correlation names a rule that is not there, or a `sallyport` block does not validate */
export function buildPlans(documents: readonly SigmaDocument[], thresholds: Thresholds = {}): PlanSet {
  const byId = new Map<string, SigmaDocument>();
  const resolveName = new Map<string, string>();
  const byUuid = new Map<string, string>();
  for (const document of documents) {
    if (document.kind === "filter") continue;
    byId.set(document.id, document);
    resolveName.set(document.id, document.id);
    if (document.name !== null) resolveName.set(document.name, document.id);
    if (document.uuid !== null) byUuid.set(document.uuid.toLowerCase(), document.id);
  }
  const correlations = [...byId.values()].filter((document) => document.kind === "correlation");
  const silenced = new Set<string>();
  const voiced = new Set<string>();
  const plans = new Map<string, CorrelationPlan>();

  for (const correlation of correlations) {
    const rules = correlation.rules.map(({ reference, place }) => {
      const id = resolveName.get(reference) ?? byUuid.get(reference.toLowerCase());
      if (id === undefined)
        throw new InvalidRuleError(
          `correlation ${correlation.title}: no rule has the name or id ${JSON.stringify(reference)}`,
          { place },
        );
      resolveName.set(reference, id);
      return id;
    });
    for (const rule of rules) (correlation.generate ? voiced : silenced).add(rule);
    plans.set(correlation.id, correlationPlan(correlation, rules, resolveName, thresholds));
  }
  for (const { id, title, place } of correlations) {
    const plan = plans.get(id);
    if (plan?.type === "absence" && plan.rules.slice(1).some((rule) => plans.has(rule)))
      throw new InvalidRuleError(`correlation ${title}: what an absence misses are events, not another correlation`, {
        place,
      });
  }
  const depths = new Map<string, number>();
  for (const { id, title, place } of correlations) {
    if (depthOf(id, plans, depths, 1) > MAX_DEPTH)
      throw new InvalidRuleError(
        `correlation ${title}: it stands on itself, or on correlations more than ${MAX_DEPTH} deep`,
        { place },
      );
  }
  for (const document of byId.values()) {
    if (silenced.has(document.id) && !voiced.has(document.id)) {
      const plan = plans.get(document.id);
      if (plan !== undefined) plans.set(document.id, { ...plan, conclusion: null });
    } else if (document.kind === "rule") plans.set(`${document.id}#alert`, alertPlan(document));
  }
  addSuspicion(plans);
  return { plans, fields: fieldsOf(plans), documents: byId };
}

/** Correlations below one another; queries nest as deep. */
const MAX_DEPTH = 6;

/** More than MAX_DEPTH for a circle. */
function depthOf(
  id: string,
  plans: ReadonlyMap<string, CorrelationPlan>,
  known: Map<string, number>,
  level: number,
): number {
  const plan = plans.get(id);
  if (plan === undefined) return 0;
  if (level > MAX_DEPTH) return Infinity;
  const depth = known.get(id) ?? 1 + Math.max(0, ...plan.rules.map((rule) => depthOf(rule, plans, known, level + 1)));
  if (depth <= MAX_DEPTH) known.set(id, depth);
  return depth;
}

function extension(document: SigmaRule | SigmaCorrelation): z.infer<typeof RuleExtensionSchema> {
  const parsed = RuleExtensionSchema.safeParse({ ...document.custom });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InvalidRuleError(`sallyport.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`, {
    place: document.place,
    cause: parsed.error,
  });
}

function conclude(document: SigmaRule | SigmaCorrelation, defaultReason: string): Conclusion {
  const own = extension(document);
  const severity = document.level ?? "medium";
  return {
    rule: document.id,
    title: document.title,
    severity,
    behaviours: own.behaviours,
    analytics: own.analytics,
    attack: document.tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1]?.toUpperCase() ?? []),
    reason: own.reason ?? defaultReason,
    points: own.points ?? POINTS[severity],
    next_steps: own.next_steps,
    blind_spots: own.blind_spots,
  };
}

/** An event rule that alerts: its matches of one subject and destination are one finding. */
function alertPlan(rule: SigmaRule): CorrelationPlan {
  return {
    id: `${rule.id}#alert`,
    type: "event_count",
    rules: [rule.id],
    groupBy: extension(rule)["group-by"] ?? ["context.subject"],
    aliases: new Map(),
    windowMs: 0,
    conditions: [{ comparison: "gte", value: 1 }],
    expression: null,
    fields: [],
    percentile: 50,
    learningMs: 0,
    baseline: null,
    absence: null,
    scope: "group",
    conclusion: conclude(rule, `${rule.title} ({count:event})`),
  };
}

function correlationPlan(
  correlation: SigmaCorrelation,
  rules: readonly string[],
  resolveName: ReadonlyMap<string, string>,
  thresholds: Thresholds,
): CorrelationPlan {
  const own = extension(correlation);
  const named = own.threshold === undefined ? undefined : thresholds[own.threshold];
  const size = named === undefined ? undefined : named * own.threshold_times;
  const aliases = new Map<string, ReadonlyMap<string, string>>();
  for (const [alias, perRule] of correlation.aliases) {
    aliases.set(
      alias,
      new Map([...perRule].map(([reference, field]) => [resolveName.get(reference) ?? reference, field])),
    );
  }
  const asked = correlation.condition?.expression ?? null;
  const plan: CorrelationPlan = {
    id: correlation.id,
    type: correlation.type as CorrelationType,
    rules,
    groupBy: correlation.groupBy.length === 0 ? ["context.everything"] : correlation.groupBy,
    aliases,
    windowMs: correlation.timespan,
    conditions: (correlation.condition?.comparisons ?? []).map(({ comparison, value }) => ({
      comparison,
      // A deviation's condition is about how unusual it is, its minimum about how much.
      value: correlation.type === "deviation" ? value : (size ?? value),
    })),
    expression: asked && renamed(asked, (name) => resolveName.get(name) ?? name),
    // Who answered is what an absence remembers.
    fields: correlation.type === "absence" ? ["context.source"] : (correlation.condition?.fields ?? []),
    percentile: correlation.condition?.percentile ?? 50,
    learningMs: correlation.baseline?.learning ?? 0,
    baseline: correlation.type === "deviation" ? baselineOf(correlation, size) : null,
    absence: correlation.type === "absence" ? absenceOf(correlation, resolveName) : null,
    scope: own.scope,
    conclusion: withRuleIds(conclude(correlation, `${correlation.title} ({count:event} in {span})`), resolveName),
  };
  if (plan.type === "temporal_ordered") checkOrder(plan, correlation);
  return plan;
}

function baselineOf({ baseline, title, place }: SigmaCorrelation, size: number | undefined): DeviationBaseline {
  if (baseline === null) throw new InvalidRuleError(`correlation ${title}: a deviation needs a baseline`, { place });
  const { measure, history: historyMs, learning: learningMs, minimum, peers } = baseline;
  return { measure, historyMs, learningMs, minimum: size ?? minimum, peers, suspicion: [] };
}

function absenceOf(
  { baseline, title, place }: SigmaCorrelation,
  resolveName: ReadonlyMap<string, string>,
): AbsenceTerms {
  if (baseline === null) throw new InvalidRuleError(`correlation ${title}: an absence needs a history`, { place });
  const excuses = baseline.unless.map(({ reference }) => resolveName.get(reference) ?? reference);
  return { historyMs: baseline.history, horizonMs: baseline.horizon, excuses };
}

/** Levels of rules whose matches keep a period from teaching what is normal. */
const SUSPICIOUS: ReadonlySet<Severity> = new Set(["medium", "high", "critical"]);

/** Tells every deviation which rules alert by themselves, now that it is known which do. */
function addSuspicion(plans: Map<string, CorrelationPlan>): void {
  const suspicion = [...plans.values()].flatMap(({ id, rules, conclusion }) =>
    id.endsWith("#alert") && conclusion !== null && SUSPICIOUS.has(conclusion.severity) ? rules : [],
  );
  for (const [id, plan] of plans) {
    if (plan.baseline !== null) plans.set(id, { ...plan, baseline: { ...plan.baseline, suspicion } });
  }
}

function checkOrder(plan: CorrelationPlan, { title, place }: SigmaCorrelation): void {
  try {
    chainsOf(plan);
  } catch (cause) {
    if (!(cause instanceof UnorderedConditionError)) throw cause;
    throw new InvalidRuleError(`correlation ${title}: ${cause.message}`, { place, cause });
  }
}

/** Reasons name rules as correlations do; counts are kept by id. */
function withRuleIds(conclusion: Conclusion, resolveName: ReadonlyMap<string, string>): Conclusion {
  const reason = conclusion.reason.replaceAll(/\{([\w-]{1,64})(?=[:}])/g, (whole, name: string) =>
    resolveName.has(name) ? `{${resolveName.get(name)}` : whole,
  );
  return { ...conclusion, reason };
}

function fieldsOf(plans: ReadonlyMap<string, CorrelationPlan>): Map<string, string[]> {
  const fields = new Map<string, Set<string>>();
  const need = (rule: string, field: string): void => {
    const below = plans.get(rule);
    if (below !== undefined) {
      // The field of a plan comes from the event rules below it.
      for (const inner of below.rules) need(inner, below.aliases.get(field)?.get(inner) ?? field);
      return;
    }
    if (hasColumn(field)) return;
    const known = fields.get(rule);
    if (known === undefined) fields.set(rule, new Set([field]));
    else known.add(field);
  };
  for (const plan of plans.values()) {
    for (const rule of plan.rules) {
      for (const name of plan.groupBy) need(rule, plan.aliases.get(name)?.get(rule) ?? name);
      for (const field of [...plan.fields, ...(plan.baseline?.peers ?? [])])
        need(rule, plan.aliases.get(field)?.get(rule) ?? field);
    }
  }
  return new Map([...fields].map(([rule, names]) => [rule, [...names].toSorted()]));
}
