/** What is known of users, hosts, addresses, tokens and destinations: when they act, how much, where, with what. */
import { likePattern } from "./like.ts";
import type { StoreReader } from "./reader.ts";
import { storeTime } from "./store.ts";

export const ENTITY_COLUMNS = {
  user: "`context.actor.name`",
  host: "`context.host.name`",
  address: "`src_endpoint.ip`",
  token: "`actor.session.credential_uid`",
  destination: "`context.destination.name`",
} as const;
export type EntityKind = keyof typeof ENTITY_COLUMNS;

/** Half-open range of event time, ms. */
export interface TimeRange {
  readonly from: number;
  readonly until: number;
}

export interface EntityRow {
  readonly name: string;
  readonly events: number;
  readonly first: number;
  readonly last: number;
  readonly bytes_out: number | null;
}

const WITHIN = "time >= {from:DateTime64(3, 'UTC')} AND time < {until:DateTime64(3, 'UTC')}";
const within = ({ from, until }: TimeRange): Record<string, unknown> => ({
  from: storeTime(from),
  until: storeTime(until),
});

/** Sources that saw one transfer both count it: of every group it is what the source that saw most says. */
function summed(group: string, where: string): string {
  return `SELECT ${group}, sum(n) AS events, min(a) AS first, max(z) AS last, max(bytes) AS bytes_out FROM (
    SELECT ${group}, source, toFloat64(count()) AS n, toFloat64(toUnixTimestamp64Milli(min(activity.time))) AS a, toFloat64(toUnixTimestamp64Milli(max(activity.time))) AS z,
      if(countIf(\`traffic.bytes_out\` IS NOT NULL) = 0, NULL, toFloat64(sum(\`traffic.bytes_out\`))) AS bytes
    FROM activity WHERE ${where} GROUP BY ${group}, source)
  GROUP BY ${group}`;
}

/** Time of the newest event, ms; null in an empty store. */
export async function newestEvent(reader: StoreReader): Promise<number | null> {
  const [row] = await reader.rows<{ n: number; last: number }>(
    "SELECT toFloat64(count()) AS n, toFloat64(toUnixTimestamp64Milli(max(time))) AS last FROM activity",
  );
  return row === undefined || row.n === 0 ? null : row.last;
}

/** The busiest first; `after` is events and name of the last row of the page before. */
export async function findEntities(
  reader: StoreReader,
  kind: EntityKind,
  range: TimeRange,
  { text, after, limit }: { text: string; after: readonly [number, string] | null; limit: number },
): Promise<EntityRow[]> {
  const column = ENTITY_COLUMNS[kind];
  const parameters: Record<string, unknown> = { ...within(range), text: likePattern(`*${text}*`) };
  if (after !== null) Object.assign(parameters, { afterEvents: after[0], afterName: after[1] });
  return reader.rows<EntityRow>(
    `SELECT ${column} AS name, events, first, last, bytes_out
     FROM (${summed(column, `${WITHIN} AND ${column} != ''${text === "" ? "" : ` AND ${column} ILIKE {text:String}`}`)})
     ${after === null ? "" : "WHERE events < {afterEvents:Float64} OR events = {afterEvents:Float64} AND name > {afterName:String}"}
     ORDER BY events DESC, name LIMIT ${Math.trunc(limit)}`,
    parameters,
  );
}

/** null when no event of the range names it. */
export async function readEntity(
  reader: StoreReader,
  kind: EntityKind,
  name: string,
  range: TimeRange,
): Promise<EntityRow | null> {
  const column = ENTITY_COLUMNS[kind];
  const [row] = await reader.rows<EntityRow>(
    `SELECT ${column} AS name, events, first, last, bytes_out FROM (${summed(column, `${WITHIN} AND ${column} = {name:String}`)})`,
    { ...within(range), name },
  );
  return row ?? null;
}

export interface Rhythm {
  /** 1 (Monday) to 7, 0 to 23. */
  readonly hours: readonly { readonly weekday: number; readonly hour: number; readonly events: number }[];
  readonly days: readonly { readonly day: string; readonly events: number; readonly bytes_out: number | null }[];
}

export async function readRhythm(
  reader: StoreReader,
  kind: EntityKind,
  name: string,
  range: TimeRange,
  timezone: string,
): Promise<Rhythm> {
  const where = `${WITHIN} AND ${ENTITY_COLUMNS[kind]} = {name:String}`;
  const parameters = { ...within(range), name, timezone };
  const [hours, days] = await Promise.all([
    reader.rows<{ weekday: number; hour: number; events: number }>(
      `SELECT toDayOfWeek(toTimezone(activity.time, {timezone:String})) AS weekday, toHour(toTimezone(activity.time, {timezone:String})) AS hour, toFloat64(count()) AS events
       FROM activity WHERE ${where} GROUP BY weekday, hour ORDER BY weekday, hour`,
      parameters,
    ),
    reader.rows<{ day: string; events: number; bytes_out: number | null }>(
      `SELECT toString(at) AS day, sum(n) AS events, max(bytes) AS bytes_out FROM (
         SELECT toDate(toTimezone(activity.time, {timezone:String})) AS at, source, toFloat64(count()) AS n,
           if(countIf(\`traffic.bytes_out\` IS NOT NULL) = 0, NULL, toFloat64(sum(\`traffic.bytes_out\`))) AS bytes
         FROM activity WHERE ${where} GROUP BY at, source)
       GROUP BY at ORDER BY at LIMIT 1000`,
      parameters,
    ),
  ]);
  return { hours, days };
}

export interface DestinationRow extends EntityRow {
  readonly verdict: string;
  readonly operations: readonly string[];
}

/** Where it went, the largest first. */
export async function readDestinations(
  reader: StoreReader,
  kind: EntityKind,
  name: string,
  range: TimeRange,
): Promise<DestinationRow[]> {
  return reader.rows<DestinationRow>(
    `SELECT name, max(said) AS verdict, arraySort(groupUniqArrayArray(done)) AS operations, sum(n) AS events, min(a) AS first, max(z) AS last, max(bytes) AS bytes_out FROM (
       SELECT \`context.destination.name\` AS name, source, argMax(\`context.destination.verdict\`, activity.time) AS said, groupUniqArray(20)(toString(\`context.destination.operation\`)) AS done,
         toFloat64(count()) AS n, toFloat64(toUnixTimestamp64Milli(min(activity.time))) AS a, toFloat64(toUnixTimestamp64Milli(max(activity.time))) AS z,
         if(countIf(\`traffic.bytes_out\` IS NOT NULL) = 0, NULL, toFloat64(sum(\`traffic.bytes_out\`))) AS bytes
       FROM activity WHERE ${WITHIN} AND ${ENTITY_COLUMNS[kind]} = {name:String} AND \`context.destination.name\` != '' GROUP BY name, source)
     GROUP BY name ORDER BY bytes_out DESC NULLS LAST, events DESC, name LIMIT 200`,
    { ...within(range), name },
  );
}

export interface CompanionRow {
  readonly name: string;
  readonly events: number;
  readonly last: number;
}

/** What an entity was seen with: the values of another column in its events, most frequent first. */
export async function readCompanions(
  reader: StoreReader,
  kind: EntityKind,
  name: string,
  range: TimeRange,
  other: EntityKind | "source",
): Promise<CompanionRow[]> {
  const column = other === "source" ? "source" : ENTITY_COLUMNS[other];
  return reader.rows<CompanionRow>(
    `SELECT ${column} AS name, toFloat64(count()) AS events, toFloat64(toUnixTimestamp64Milli(max(activity.time))) AS last
     FROM activity WHERE ${WITHIN} AND ${ENTITY_COLUMNS[kind]} = {name:String} AND ${column} != ''
     GROUP BY ${column} ORDER BY events DESC, name LIMIT 50`,
    { ...within(range), name },
  );
}

export interface ProfileRow {
  readonly correlation: string;
  /** JSON array of the values the group is made of. */
  readonly group: string;
  /** Start, ms. */
  readonly period: number;
  readonly total: number;
  readonly suspect: number;
}

/** Totals of periods of the groups that `name` is part of. */
export async function readProfiles(
  reader: StoreReader,
  correlations: readonly string[],
  name: string,
): Promise<ProfileRow[]> {
  if (correlations.length === 0) return [];
  return reader.rows<ProfileRow>(
    `SELECT correlation, group, toFloat64(period) AS period, total, suspect FROM profile FINAL
     WHERE correlation IN {correlations:Array(String)} AND has(JSONExtract(group, 'Array(String)'), {name:String}) AND total > 0
     ORDER BY correlation, group, profile.period LIMIT 20000`,
    { correlations, name },
  );
}

/** Destinations that policy does not sanction, and machines without a role or name that spoke to code hosts, in the range. */
export async function readUnnamed(
  reader: StoreReader,
  range: TimeRange,
): Promise<{
  destinations: (EntityRow & { verdict: string; actors: number })[];
  hosts: CompanionRow[];
  addresses: CompanionRow[];
}> {
  const [destinations, hosts, addresses] = await Promise.all([
    reader.rows<EntityRow & { verdict: string; actors: number }>(
      `SELECT name, max(said) AS verdict, sum(n) AS events, max(people) AS actors, min(a) AS first, max(z) AS last, max(bytes) AS bytes_out FROM (
         SELECT \`context.destination.name\` AS name, source, argMax(\`context.destination.verdict\`, activity.time) AS said, toFloat64(count()) AS n,
           toFloat64(uniqExactIf(\`context.actor.name\`, \`context.actor.name\` != '')) AS people,
           toFloat64(toUnixTimestamp64Milli(min(activity.time))) AS a, toFloat64(toUnixTimestamp64Milli(max(activity.time))) AS z,
           if(countIf(\`traffic.bytes_out\` IS NOT NULL) = 0, NULL, toFloat64(sum(\`traffic.bytes_out\`))) AS bytes
         FROM activity WHERE ${WITHIN} AND \`context.destination.name\` != '' AND \`context.destination.verdict\` != 'sanctioned' GROUP BY name, source)
       GROUP BY name ORDER BY verdict = 'unsanctioned' DESC, events DESC, name LIMIT 200`,
      within(range),
    ),
    reader.rows<CompanionRow>(
      `SELECT \`context.host.name\` AS name, toFloat64(count()) AS events, toFloat64(toUnixTimestamp64Milli(max(activity.time))) AS last
       FROM activity WHERE ${WITHIN} AND \`context.host.name\` != '' AND \`context.host.role\` = '' AND \`context.destination.name\` != ''
       GROUP BY name ORDER BY events DESC, name LIMIT 200`,
      within(range),
    ),
    reader.rows<CompanionRow>(
      `SELECT \`src_endpoint.ip\` AS name, toFloat64(count()) AS events, toFloat64(toUnixTimestamp64Milli(max(activity.time))) AS last
       FROM activity WHERE ${WITHIN} AND \`src_endpoint.ip\` != '' AND \`context.host.name\` = '' AND \`context.destination.name\` != ''
       GROUP BY name ORDER BY events DESC, name LIMIT 200`,
      within(range),
    ),
  ]);
  return { destinations, hosts, addresses };
}
