/** Correlation documents: what is read out of them, and what is refused. */

const correlation = (lines: string) => `title: c\ncorrelation:\n${lines.replace(/^/gm, "  ")}\n`;
const counted = "rules: [r]\ngroup-by: [host]\ntimespan: 5m\n";

/** A correlation section and part of what it becomes; or the codes of the errors. */
export type CorrelationRow = readonly [
  name: string,
  text: string,
  expected: Record<string, unknown> | readonly string[],
];

const gte = (value: number) => ({ comparisons: [{ comparison: "gte", value }] });

export const CORRELATION_ROWS: readonly CorrelationRow[] = [
  [
    "event_count",
    correlation(`type: event_count\n${counted}condition: { gte: 10 }`),
    { type: "event_count", groupBy: ["host"], timespan: 300_000, condition: gte(10) },
  ],
  [
    "value_count",
    correlation(`type: value_count\n${counted}condition: { field: user, gte: 10 }`),
    { type: "value_count", condition: { fields: ["user"], ...gte(10) } },
  ],
  [
    "value_count of several fields",
    correlation(`type: value_count\n${counted}condition: { field: [user, domain], gte: 10 }`),
    { condition: { fields: ["user", "domain"] } },
  ],
  [
    "value_sum",
    correlation(`type: value_sum\n${counted}condition: { field: bytes, gt: 1000000 }`),
    { type: "value_sum", condition: { comparisons: [{ comparison: "gt", value: 1_000_000 }] } },
  ],
  [
    "value_avg",
    correlation(`type: value_avg\n${counted}condition: { field: bytes, gt: 500.5 }`),
    { type: "value_avg", condition: { comparisons: [{ comparison: "gt", value: 500.5 }] } },
  ],
  [
    "value_percentile",
    correlation(`type: value_percentile\n${counted}condition: { field: bytes, percentile: 95, gte: 10 }`),
    { type: "value_percentile", condition: { percentile: 95 } },
  ],
  [
    "value_percentile without percentile",
    correlation(`type: value_percentile\n${counted}condition: { field: image, lte: 1 }`),
    { condition: { percentile: 50 } },
  ],
  [
    "value_median",
    correlation(`type: value_median\n${counted}condition: { field: bytes, gte: 10 }`),
    { type: "value_median" },
  ],
  [
    "temporal",
    correlation("type: temporal\nrules: [a, b]\ngroup-by: [host, user]\ntimespan: 5m"),
    { type: "temporal", groupBy: ["host", "user"], condition: null },
  ],
  [
    "temporal with a count",
    correlation("type: temporal\nrules: [a, b, c]\ngroup-by: [host]\ntimespan: 5m\ncondition: { gte: 2 }"),
    { condition: gte(2) },
  ],
  [
    "temporal with an expression",
    correlation("type: temporal\nrules: [a, b, c]\ngroup-by: [host]\ntimespan: 5m\ncondition: a and (b or not c)"),
    { condition: { expression: { type: "and" } } },
  ],
  [
    "temporal_ordered",
    correlation("type: temporal_ordered\nrules: [a, b]\ngroup-by: [host]\ntimespan: 5m"),
    { type: "temporal_ordered" },
  ],
  [
    "first_seen",
    correlation(`type: first_seen\n${counted}history: 30d\nlearning: 7d`),
    { type: "first_seen", baseline: { history: 2_592_000_000, learning: 604_800_000 } },
  ],
  [
    "first_seen looks back over its timespan",
    correlation(`type: first_seen\n${counted}`),
    { baseline: { history: 300_000, learning: 0 } },
  ],
  [
    "deviation",
    correlation(
      `type: deviation\n${counted}measure: sum\nminimum: 1000\npeers: [team]\ncondition: { field: bytes, gt: 3 }`,
    ),
    { type: "deviation", baseline: { measure: "sum", minimum: 1000, peers: ["team"] } },
  ],
  [
    "absence",
    correlation(
      `type: absence\nrules: [a, b, c]\nunless: [c]\ntimespan: 20m\nhistory: 14d\nhorizon: 12h\ncondition: { gte: 5 }`,
    ),
    {
      type: "absence",
      timespan: 1_200_000,
      baseline: { history: 1_209_600_000, horizon: 43_200_000, unless: [{ reference: "c" }] },
    },
  ],
  [
    "a range",
    correlation(`type: event_count\n${counted}condition: { gt: 100, lte: 200 }`),
    {
      condition: {
        comparisons: [
          { comparison: "gt", value: 100 },
          { comparison: "lte", value: 200 },
        ],
      },
    },
  ],
  [
    "eq",
    correlation(`type: event_count\n${counted}condition: { eq: 3 }`),
    { condition: { comparisons: [{ comparison: "eq", value: 3 }] } },
  ],
  [
    "neq",
    correlation(`type: event_count\n${counted}condition: { neq: 3 }`),
    { condition: { comparisons: [{ comparison: "neq", value: 3 }] } },
  ],
  [
    "lt",
    correlation(`type: event_count\n${counted}condition: { lt: 3 }`),
    { condition: { comparisons: [{ comparison: "lt", value: 3 }] } },
  ],
  [
    "seconds",
    correlation("type: event_count\nrules: [r]\ntimespan: 30s\ncondition: { gte: 1 }"),
    { timespan: 30_000, groupBy: [] },
  ],
  ["hours", correlation("type: event_count\nrules: [r]\ntimespan: 2h\ncondition: { gte: 1 }"), { timespan: 7_200_000 }],
  [
    "days",
    correlation("type: event_count\nrules: [r]\ntimespan: 3d\ncondition: { gte: 1 }"),
    { timespan: 259_200_000 },
  ],
  [
    "weeks",
    correlation("type: event_count\nrules: [r]\ntimespan: 1w\ncondition: { gte: 1 }"),
    { timespan: 604_800_000 },
  ],
  [
    "the old name of timespan",
    correlation("type: event_count\nrules: [r]\ntimeframe: 5m\ncondition: { gte: 1 }"),
    { timespan: 300_000 },
  ],
  [
    "a rule as text",
    correlation("type: event_count\nrules: r\ntimespan: 5m\ncondition: { gte: 1 }"),
    { rules: [{ reference: "r" }] },
  ],
  [
    "generate within",
    correlation(`type: event_count\n${counted}condition: { gte: 1 }\ngenerate: true`),
    { generate: true },
  ],
  [
    "generate outside",
    `generate: true\n${correlation(`type: event_count\n${counted}condition: { gte: 1 }`)}`,
    { generate: true },
  ],
  ["no generate", correlation(`type: event_count\n${counted}condition: { gte: 1 }`), { generate: false }],
  [
    "level, tags and name",
    `name: n\nlevel: high\ntags: [attack.exfiltration]\n${correlation(`type: event_count\n${counted}condition: { gte: 1 }`)}`,
    { name: "n", level: "high", tags: ["attack.exfiltration"] },
  ],
  [
    "custom attributes",
    `sallyport: { points: 5 }\n${correlation(`type: event_count\n${counted}condition: { gte: 1 }`)}`,
    { custom: { points: 5 } },
  ],
  ["no type", correlation(`${counted}condition: { gte: 1 }`), ["attribute.missing"]],
  ["an unknown type", correlation(`type: event_counts\n${counted}condition: { gte: 1 }`), ["correlation.type"]],
  ["no rules", correlation("type: event_count\ntimespan: 5m\ncondition: { gte: 1 }"), ["attribute.missing"]],
  ["a rule twice", correlation("type: temporal\nrules: [a, a]\ntimespan: 5m"), ["correlation.rule"]],
  ["no timespan", correlation("type: event_count\nrules: [r]\ncondition: { gte: 1 }"), ["attribute.missing"]],
  [
    "a timespan without unit",
    correlation("type: event_count\nrules: [r]\ntimespan: 5\ncondition: { gte: 1 }"),
    ["correlation.timespan"],
  ],
  [
    "a timespan of nothing",
    correlation("type: event_count\nrules: [r]\ntimespan: 0m\ncondition: { gte: 1 }"),
    ["correlation.timespan"],
  ],
  [
    "a timespan in words",
    correlation("type: event_count\nrules: [r]\ntimespan: 5 minutes\ncondition: { gte: 1 }"),
    ["correlation.timespan"],
  ],
  ["no condition", correlation(`type: event_count\n${counted}`), ["attribute.missing"]],
  [
    "a condition without comparison",
    correlation(`type: value_count\n${counted}condition: { field: user }`),
    ["correlation.condition"],
  ],
  [
    "value_count without field",
    correlation(`type: value_count\n${counted}condition: { gte: 5 }`),
    ["correlation.condition"],
  ],
  [
    "value_sum of two fields",
    correlation(`type: value_sum\n${counted}condition: { field: [a, b], gte: 5 }`),
    ["correlation.condition"],
  ],
  [
    "event_count with a field",
    correlation(`type: event_count\n${counted}condition: { field: a, gte: 5 }`),
    ["correlation.condition"],
  ],
  [
    "an unknown comparison",
    correlation(`type: event_count\n${counted}condition: { above: 5 }`),
    ["correlation.condition", "correlation.condition"],
  ],
  [
    "a comparison with a text",
    correlation(`type: event_count\n${counted}condition: { gte: many }`),
    ["correlation.condition", "correlation.condition"],
  ],
  [
    "a percentile beyond",
    correlation(`type: value_percentile\n${counted}condition: { field: a, percentile: 101, gte: 5 }`),
    ["correlation.condition"],
  ],
  [
    "a percentile elsewhere",
    correlation(`type: value_sum\n${counted}condition: { field: a, percentile: 50, gte: 5 }`),
    ["correlation.condition"],
  ],
  [
    "an expression elsewhere",
    correlation(`type: event_count\n${counted}condition: a and b`),
    ["correlation.condition"],
  ],
  [
    "an expression over other rules",
    correlation("type: temporal\nrules: [a, b]\ntimespan: 5m\ncondition: a and c"),
    ["correlation.condition"],
  ],
  [
    "a deviation of a sum without field",
    correlation(`type: deviation\n${counted}measure: sum\ncondition: { gt: 3 }`),
    ["correlation.condition"],
  ],
  [
    "an excuse that is not read",
    correlation(`type: absence\nrules: [a, b]\nunless: [c]\ntimespan: 20m\ncondition: { gte: 5 }`),
    ["correlation.rule"],
  ],
  [
    "an absence of one rule",
    correlation(`type: absence\nrules: [a]\ntimespan: 20m\ncondition: { gte: 5 }`),
    ["correlation.rule"],
  ],
  ["aliases as a list", correlation(`type: temporal\nrules: [a, b]\ntimespan: 5m\naliases: [x]`), ["attribute.type"]],
];
