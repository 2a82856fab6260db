/** Trying a rule against what is stored, before it is enabled. */
import * as z from "zod";
import { milliseconds, named, SEVERITIES } from "./shape.ts";

/** What one request may ask for. */
export const BACKTEST_LIMITS = { characters: 60_000, days: 31, usualDays: 7, matches: 100_000, seconds: 60 } as const;

export const BacktestBody = z
  .strictObject({
    text: z.string().min(1).max(BACKTEST_LIMITS.characters).meta({
      description: "Sigma YAML: event rules, correlations, filters; one that is enabled is replaced by its id",
    }),
    until: milliseconds.nonnegative().meta({ description: "up to the newest event when left out" }).optional(),
    days: z
      .int()
      .min(1)
      .max(BACKTEST_LIMITS.days)
      .meta({ description: `days before that; ${BACKTEST_LIMITS.usualDays} when left out` })
      .optional(),
  })
  .meta({ description: "The rule and the time to try it on." });

const busiest = z.array(z.object({ name: z.string(), matches: z.number() }));

const finding = z.object({
  uid: z.string(),
  rule: z.string(),
  title: z.string(),
  severity: z.enum(SEVERITIES),
  points: z.number(),
  reason: z.string(),
  first_time: milliseconds,
  time: milliseconds,
  count: z.number(),
});

const incident = z.object({
  uid: z.string(),
  title: z.string(),
  severity: z.enum(SEVERITIES),
  risk_score: z.number(),
  first_time: milliseconds,
  last_time: milliseconds,
});

const changes = <Item extends z.ZodType>(item: Item) =>
  z.object({
    before: z.number().meta({ description: "with what is enabled now" }),
    after: z.number().meta({ description: "with the rule" }),
    added: z.number(),
    gone: z.number(),
    changed: z.number(),
    examples: z.object({
      added: z.array(item),
      gone: z.array(item),
      changed: z.array(z.object({ before: item, after: item })),
    }),
  });

export const BacktestItem = named(
  "Backtest",
  z.object({
    from: milliseconds,
    until: milliseconds,
    rules: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        enabled: z.boolean().meta({ description: "one with this id is enabled: it is compared with that" }),
      }),
    ),
    events: z.number().meta({ description: "stored events that were looked through" }),
    seconds: z.number(),
    events_per_second: z.number(),
    cost_ns: z
      .number()
      .nullable()
      .meta({ description: "what the rules would take of each event that comes in, nanoseconds" }),
    matches: z.number(),
    days: z.array(z.object({ day: z.string(), matches: z.number() })),
    subjects: busiest,
    destinations: busiest,
    examples: z.array(
      z.object({
        rule: z.string(),
        time: milliseconds,
        source: z.string(),
        actor: z.string(),
        host: z.string(),
        address: z.string(),
        destination: z.string(),
        activity: z.string().meta({ description: "uid of the event" }),
      }),
    ),
    findings: changes(finding),
    incidents: changes(incident).nullable().meta({ description: "null: too many findings to tell incidents anew" }),
    streamed: z
      .array(z.object({ rule: z.string(), reason: z.string() }))
      .meta({ description: "rules that could not be asked as SQL, with the reason" }),
    disabled: z
      .array(z.object({ rule: z.string(), reason: z.string() }))
      .meta({ description: "rules that were switched off because they took too long" }),
    unreadable: z.number().meta({ description: "stored lines that this release cannot read" }),
    capped: z.boolean().meta({ description: `stopped at ${BACKTEST_LIMITS.matches} matches` }),
  }),
  "What a rule would have found in what is stored, beside what is found without it. Lists hold at most 50.",
);
