/** What correlations read of the match table, field by field, with the gaps of matches filled. */
import { quote, type CorrelationPlan } from "./plan.ts";

/** Half-open range of event time, ms. */
export interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** Fields with a column of their own in the match table; the others are in its `fields` map. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ["context.actor.name", "actor"],
  ["context.host.name", "host"],
  ["context.host.role", "host_role"],
  ["context.address.ip", "address"],
  ["context.destination.name", "destination"],
  ["context.destination.host", "destination_host"],
  ["context.destination.owner", "destination_owner"],
  ["context.destination.verdict", "verdict"],
  ["context.destination.operation", "operation"],
  ["traffic.bytes_out", "if(bytes_out IS NULL, '', toString(bytes_out))"],
  // Nobody is left out of a count because a source does not name them.
  ["context.subject", "multiIf(actor != '', actor, host != '', host, address != '', address, '-')"],
  // A correlation without group-by: one group of everything.
  ["context.everything", "'*'"],
  ["context.machine", "multiIf(host != '', host, address != '', address, actor != '', actor, '-')"],
  ["context.rule", "toString(rule)"],
  // Two sources that record one thing are two events: what counts events counts them by source.
  ["context.source", "source"],
  // When it happened, UTC: to count in how many different hours something goes on.
  ["context.minute", "toString(toStartOfMinute(time))"],
  ["context.hour", "toString(toStartOfHour(time))"],
  ["context.day", "toString(toDate(time))"],
  // Four hours of days of work or of weekends, UTC: habits are no finer.
  [
    "context.week_part",
    "concat(if(toDayOfWeek(time) > 5, 'weekend', 'workday'), ' ', toString(intDiv(toHour(time), 4) * 4))",
  ],
]);

/** True when the field needs no place in the `fields` map of a match. */
export function hasColumn(field: string): boolean {
  return COLUMNS.has(field);
}

function expression(field: string): string {
  return COLUMNS.get(field) ?? `fields[${quote(field)}]`;
}

export function groupExpression(plan: CorrelationPlan, name: string): string {
  const perRule = plan.aliases.get(name);
  if (perRule === undefined) return expression(name);
  const branches = [...perRule].map(([rule, field]) => `rule = ${quote(rule)}, ${expression(field)}`);
  return branches.length === 0 ? "''" : `multiIf(${branches.join(", ")}, '')`;
}

/** The counted, summed or remembered value; several fields make one value, empty where one of them is missing. */
export function valueExpression(plan: CorrelationPlan): string {
  const values = plan.fields.map((field) => `toString(${groupExpression(plan, field)})`);
  if (values.length === 0) return "''";
  if (values.length === 1) return values[0] as string;
  return `if(has([${values.join(", ")}], ''), '', toJSONString([${values.join(", ")}]))`;
}

const list = (items: readonly string[]): string => `(${items.map(quote).join(", ")})`;
const at = (ms: number): string => `fromUnixTimestamp64Milli(${Math.trunc(ms)}, 'UTC')`;

/** Columns of the match table that expressions of groups and values read. */
const READ = [
  "actor",
  "host",
  "host_role",
  "address",
  "destination",
  "destination_host",
  "destination_owner",
  "verdict",
  "operation",
  "source",
  "bytes_out",
  "fields",
] as const;

/** What a match lacks itself, as `persist/fill.ts` found it: who and which host had the address, what the connection carried. */
const FILLED: Readonly<Record<string, string>> = {
  host: "if(m.host = '', m.bound_host, m.host)",
  actor: "if(m.actor = '', m.bound_actor, m.actor)",
  bytes_out: "coalesce(m.bytes_out, m.carried)",
};

/**
 * Matches of the rules with their gaps filled.
 * @param expressions what is read of them besides rule, time and activity_uid; null: every column
 * @param table rows like those of the match table
 */
export function matches(rules: readonly string[], range: TimeRange, expressions: string | null, table: string): string {
  const read = expressions === null ? null : READ.filter((name) => new RegExp(`\\b${name}\\b`).test(expressions));
  const columns =
    read === null
      ? `m.* REPLACE(${Object.entries(FILLED)
          .map(([name, value]) => `${value} AS ${name}`)
          .join(", ")})`
      : ["rule", "time", "activity_uid", ...read].map((name) => `${FILLED[name] ?? `m.${name}`} AS ${name}`).join(", ");
  return `SELECT ${columns} FROM ${table} AS m WHERE m.rule IN ${list(rules)} AND m.time >= ${at(range.from)} AND m.time < ${at(range.until)}`;
}

/** The newest version of each match. */
export const MATCHES = "(SELECT * FROM match FINAL)";

/** The values that make peers of groups, as one; empty where one of them is missing. */
export function peerExpression(plan: CorrelationPlan): string {
  const values = (plan.baseline?.peers ?? []).map((field) => `toString(${groupExpression(plan, field)})`);
  return values.length === 0 ? "''" : `if(has([${values.join(", ")}], ''), '', toJSONString([${values.join(", ")}]))`;
}
