/** What the installation knows of itself: sources, quarantine, rules, coverage, policy. */
import * as z from "zod";
import { INCIDENT_STATES } from "./incident.ts";
import { LANES, milliseconds, named, namesParameter, paging, SEVERITIES, textParameter } from "./shape.ts";

const gap = z.object({
  from: milliseconds,
  until: milliseconds,
  reason: z.string().optional().meta({ description: "what the source says it has missed; absent for a silence" }),
});

export const SourceItem = named(
  "Source",
  z.object({
    id: z.string().meta({
      description:
        "of the kind of log; of the live source where it told of a gap and nobody knows which kind of lines is missing",
    }),
    title: z.string(),
    lane: z.enum(LANES).nullable(),
    received: z.number(),
    bytes: z.number(),
    first_event_time: milliseconds,
    last_event_time: z.number().int().meta({
      description: "ms since 1970 UTC; where `received` is 0, both are the end of its newest gap",
    }),
    behind_ms: z.number().meta({ description: "how long before the newest event of any source its own newest was" }),
    with_actor: z.number().meta({ description: "share of events that name who, 0 to 1" }),
    with_bytes_out: z.number(),
    with_url: z.number(),
    pause_ms: z.number().meta({ description: "longest pause that is usual for it" }),
    gaps: z.array(gap).meta({
      description: "silences much longer than usual and what the source says it has missed, latest first, at most 20",
    }),
    hours: z
      .array(z.object({ time: milliseconds, events: z.number() }))
      .meta({ description: "events by hour, the last seven days; hours without any are absent" }),
  }),
);

export const QuarantineItem = named(
  "QuarantinedLine",
  z.object({
    file: z.string(),
    line: z.number().meta({ description: "from 1; 0 for the file as a whole" }),
    reason: z.string(),
    excerpt: z.string(),
  }),
);
export const QuarantineQuery = z.strictObject({
  file: namesParameter("files").optional(),
  reason: namesParameter("reasons").optional(),
  text: textParameter.optional(),
  ...paging,
});

export const QuarantineReason = named(
  "QuarantineReason",
  z.object({ reason: z.string(), file: z.string(), lines: z.number() }),
);

const judged = z.object({ confirmed: z.number(), benign: z.number(), wrong: z.number(), open: z.number() });

const ruleFields = {
  id: z.string(),
  title: z.string(),
  kind: z.string().meta({ description: "`event`, or the type of a correlation" }),
  level: z.string(),
  alerts: z.boolean(),
  behaviours: z.array(z.string()),
  analytics: z.array(z.string()),
  attack: z.array(z.string()),
  logsource: z.string(),
  fields: z.array(z.object({ field: z.string(), home: z.string() })),
  rules: z.array(z.string()).meta({ description: "a correlation: the event rules it stands on" }),
  sources: z.array(z.string()).meta({ description: "source maps that can deliver what it needs" }),
  provided: z.boolean().meta({ description: "there is a source map for all it needs" }),
  delivering: z.array(z.string()).meta({ description: "those of them that have delivered events here" }),
  file: z.string().meta({ description: "below the product's folder, or as it was named" }),
  matches: z.number(),
  findings: z.number(),
  last_time: milliseconds.nullable(),
  judged: judged.meta({ description: "incidents with a finding of this rule, by what people made of them" }),
};

export const RuleItem = named("Rule", z.object(ruleFields));
export const RuleDetail = named(
  "RuleDetail",
  z.object({
    ...ruleFields,
    text: z.string().meta({ description: "the Sigma file" }),
    days: z.array(z.object({ day: z.string(), matches: z.number(), findings: z.number() })),
    examples: z.array(
      z.object({
        name: z.string(),
        fires: z.boolean(),
        events: z.number(),
        text: z.string().meta({ description: "the first lines, at most 20 kB" }),
      }),
    ),
    incidents: z.array(
      z.object({
        uid: z.string(),
        title: z.string(),
        severity: z.enum(SEVERITIES),
        risk_score: z.number(),
        last_time: milliseconds,
        state: z.enum(INCIDENT_STATES),
        disposition: z.string().nullable(),
      }),
    ),
  }),
);

const attackComponent = z.object({
  id: z.string(),
  name: z.string(),
  log_source: z.string().meta({ description: "as ATT&CK names it" }),
  channel: z.string(),
  sources: z.array(z.string()).meta({ description: "those that have sent such events in the last seven days" }),
  could: z.array(z.string()).meta({ description: "source maps that can tell it on this platform" }),
  events: z.number().meta({ description: "in the last seven days" }),
  hosts: z.number().meta({ description: "machines they name, of the source that names most" }),
  last_event_time: milliseconds.nullable(),
  rules: z.number().meta({ description: "rules of the analytic that read it" }),
  proven: z.number().meta({ description: "those of them that found something in such events here" }),
  last_time: milliseconds.nullable(),
});

export const CoverageBasis = named(
  "CoverageBasis",
  z.object({
    strategy: z.object({
      id: z.string(),
      name: z.string(),
      attack_version: z.string(),
      technique: z.string().meta({ description: "what it detects" }),
      technique_name: z.string(),
      parent: z.string(),
      parent_name: z.string(),
      tactic: z.string(),
    }),
    lanes: z.array(
      z.object({
        lane: z.enum(LANES),
        sources: z.array(z.string()),
        last_event_time: milliseconds.nullable(),
        hours: z.number().meta({ description: "hours of the last seven days with any event" }),
      }),
    ),
    analytics: z.array(
      z.object({
        id: z.string(),
        platform: z.string(),
        rules: z.number(),
        fed: z.number().meta({
          description: "rules that have every kind of event they need; none while no log of the platform arrives",
        }),
        proven: z.number().meta({ description: "rules that have found something in events of the platform here" }),
        last_time: milliseconds.nullable(),
        elements: z
          .array(z.object({ name: z.string(), tuned: z.boolean() }))
          .meta({ description: "mutable elements, and whether policy sets them" }),
        components: z.array(attackComponent),
      }),
    ),
    behaviours: z.array(
      z.object({
        id: z.string(),
        rules: z.array(z.string()),
        fed: z.boolean(),
        missing: z.array(z.string()).meta({ description: "rules that nothing here feeds" }),
        last_time: milliseconds.nullable(),
      }),
    ),
    blind_spots: z
      .array(z.object({ code: z.string(), text: z.string(), incidents: z.number() }))
      .meta({ description: "of the stored incidents, the most frequent first" }),
  }),
);

export const PolicySummary = named(
  "PolicySummary",
  z.object({
    configured: z.boolean(),
    organization: z.string().nullable(),
    sanctioned: z.object({
      repositories: z.array(z.string()).nullable(),
      users: z.array(z.string()).nullable(),
      hosts: z.array(z.object({ match: z.string(), role: z.string().nullable() })).nullable(),
      service_accounts: z.array(z.string()).nullable(),
      addresses: z.array(z.string()).nullable(),
    }),
    code_hosts: z.array(z.string()).nullable().meta({ description: "RepoDomainList; null: policy is silent" }),
    people: z.number(),
    inventory: z.number(),
    work_hours: z
      .object({ timezone: z.string(), days: z.array(z.string()), from: z.string(), to: z.string() })
      .nullable(),
    exfil_volume_threshold: z.number().nullable(),
    datastore_transfer_threshold: z.number().nullable(),
    monitored_applications: z.array(z.string()).nullable(),
    sensitive_paths: z.array(z.string()).nullable(),
    unnamed: z.object({
      destinations: z
        .array(
          z.object({
            name: z.string(),
            verdict: z.string(),
            events: z.number(),
            actors: z.number(),
            bytes_out: z.number().nullable(),
            last_time: milliseconds,
          }),
        )
        .meta({ description: "in use in the last seven days and not sanctioned" }),
      hosts: z
        .array(z.object({ name: z.string(), events: z.number(), last_time: milliseconds }))
        .meta({ description: "machines that spoke to code hosts and have no role" }),
      addresses: z
        .array(z.object({ name: z.string(), events: z.number(), last_time: milliseconds }))
        .meta({ description: "addresses that spoke to code hosts and that no machine is known for" }),
    }),
  }),
);
