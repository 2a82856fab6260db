/**
 * Fills the gaps of matches from other events: whose address it was and which machine's, how much a connection carried.
 * What is found stands beside what the event itself said, in a newer version of the row, so that filling can be done
 * again whenever more events have come: the result depends on the set of events alone.
 */
import { storeTime, type Store } from "./store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How far in time a binding may be from the match. */
const REACH_MS = 12 * HOUR_MS;
/** How far in time the record that counts a connection's bytes may be: some bear the time of its beginning, some that of its end. */
const CONNECTION_MS = 2 * HOUR_MS;
/** A connection this soon after a DNS answer goes to the name that was asked for, ms. */
const LOOKUP_MS = 600_000;
/** Addresses with more hosts or users a day are shared: what was seen in the same hour proves nothing. */
const SHARED = 3;

/** Matches whose gaps were filled otherwise than before; gone when the next filling begins. */
export const FILLING = "filling";

/** What tells a match from all others. */
const KEY = "rule, time, activity_uid";
/** What filling looks at. */
const ASKED = `${KEY}, address, host, actor, bytes_out, connection_uid, answers, bound_host, bound_actor, carried`;
/** Bindings that any of the matches can be told by. */
const NEAR = "hour >= {near_from:DateTime64(3, 'UTC')} AND hour < {near_until:DateTime64(3, 'UTC')}";

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** What is new since gaps were last filled. */
export interface News {
  /** Event times of new activities and of new matches, ms. */
  readonly activities: readonly TimeRange[];
  readonly matches: readonly TimeRange[];
  /** A table of the addresses and days that are bound otherwise now: address, day. */
  readonly bound: string;
}

export interface Filled {
  /** Event times of the matches that changed; null when none did. */
  readonly range: TimeRange | null;
  /** Their rules. */
  readonly rules: readonly string[];
}

/**
 * Fills what the events of a span can tell. The matches that changed, as they were, stay in the table `FILLING`.
 * @param range event times of new activities, ms
 * @param version newer than all before
 * @param news only matches that it can tell something of are looked at; null: all
 */
export async function fillMatches(
  store: Pick<Store, "rows" | "command">,
  range: TimeRange,
  version: number,
  news: News | null = null,
): Promise<Filled> {
  const from = Math.max(0, Math.floor((range.from - REACH_MS) / DAY_MS) * DAY_MS);
  const until = (Math.floor((range.until + REACH_MS) / DAY_MS) + 1) * DAY_MS;
  const gaps =
    "((address != '' AND (host = '' OR actor = '')) OR (bytes_out IS NULL AND (connection_uid != '' OR notEmpty(answers))))";
  const days = `time >= '${storeTime(from)}' AND time < '${storeTime(until)}'`;
  const concerned = news === null ? null : await concernedBy(store, news, days);
  // Few are concerned, by conditions that are asked of many: their keys first.
  const keys = concerned?.map((which) => `SELECT ${KEY} FROM match WHERE ${gaps} AND ${which}`);
  const those = keys === undefined ? days : `(${KEY}) IN (${keys.join(" UNION DISTINCT ")})`;
  await store.command(
    `CREATE OR REPLACE TABLE unfilled ENGINE = Memory AS SELECT ${ASKED} FROM match FINAL WHERE ${gaps} AND ${those}`,
  );
  const near = { near_from: storeTime(Math.max(0, from - REACH_MS)), near_until: storeTime(until + REACH_MS) };
  const [counted] = await store.rows<Record<"first" | "last" | "asked" | "answered" | "told", string>>(
    `SELECT toString(minIf(toUnixTimestamp64Milli(time), bytes_out IS NULL AND connection_uid != '')) AS first,
       toString(maxIf(toUnixTimestamp64Milli(time), bytes_out IS NULL AND connection_uid != '')) AS last,
       toString(minIf(toUnixTimestamp64Milli(time), bytes_out IS NULL AND notEmpty(answers))) AS asked,
       toString(maxIf(toUnixTimestamp64Milli(time), bytes_out IS NULL AND notEmpty(answers))) AS answered,
       toString(countIf(bound_host != '' OR bound_actor != '' OR carried IS NOT NULL)
         + (SELECT count() FROM binding WHERE address IN (SELECT address FROM unfilled) AND ${NEAR})) AS told
     FROM unfilled`,
    near,
  );
  const { first = "0", last = "0", asked = "0", answered = "0", told = "0" } = counted ?? {};
  if (last === "0" && answered === "0" && told === "0")
    await store.command(
      `CREATE OR REPLACE TABLE ${FILLING} ENGINE = Memory AS SELECT *, '' AS new_host, '' AS new_actor, CAST(NULL AS Nullable(UInt64)) AS new_carried FROM match WHERE 0`,
    );
  else {
    await store.command(`CREATE OR REPLACE TABLE refilled ENGINE = Memory AS ${fillingQuery()}`, {
      ...near,
      counted_from: storeTime(Math.max(0, Number(first) - CONNECTION_MS)),
      counted_until: storeTime(Number(last) + CONNECTION_MS + 1),
      asked_from: storeTime(Number(asked)),
      asked_until: storeTime(Number(answered) + LOOKUP_MS + 1),
    });
    // Few change of the many that are asked: only those are read whole.
    await store.command(
      `CREATE OR REPLACE TABLE ${FILLING} ENGINE = Memory AS SELECT m.*, new_host, new_actor, new_carried
       FROM (SELECT * FROM match FINAL WHERE (${KEY}) IN (SELECT ${KEY} FROM refilled)) AS m INNER JOIN refilled AS r USING (${KEY})`,
    );
    await store.command("DROP TABLE refilled");
  }
  await store.command("DROP TABLE unfilled");
  const changed = await store.rows<{ rule: string; first: string; last: string }>(
    `SELECT toString(rule) AS rule, min(toUnixTimestamp64Milli(time)) AS first, max(toUnixTimestamp64Milli(time)) AS last FROM ${FILLING} GROUP BY rule`,
  );
  if (changed.length === 0) return { range: null, rules: [] };
  await store.command(
    `INSERT INTO match SELECT * EXCEPT (new_host, new_actor, new_carried)
       REPLACE (new_host AS bound_host, new_actor AS bound_actor, new_carried AS carried, {version:UInt64} AS version) FROM ${FILLING}`,
    { version },
  );
  return {
    range: {
      from: Math.min(...changed.map(({ first }) => Number(first))),
      until: Math.max(...changed.map(({ last }) => Number(last))) + 1,
    },
    rules: changed.map(({ rule }) => rule),
  };
}

/**
 * Conditions on the matches that news can fill; null where most of the days' matches are new, so that telling them from the rest
 * would cost more than it saves. They are: new ones, those of connections just counted, lookups close by, and those of
 * addresses that are bound otherwise now.
 * @param days how far bindings reach
 */
async function concernedBy(
  store: Pick<Store, "rows">,
  { activities, matches, bound }: News,
  days: string,
): Promise<string[] | null> {
  const within = (parts: readonly TimeRange[], before: number, after: number): string =>
    parts.length === 0
      ? "0"
      : `(${parts.map(({ from, until }) => `(time >= '${storeTime(Math.max(0, from - before))}' AND time < '${storeTime(until + after)}')`).join(" OR ")})`;
  const counted = `SELECT \`connection_info.uid\` FROM activity WHERE class_uid = 4001 AND \`traffic.bytes_out\` IS NOT NULL AND \`connection_info.uid\` != '' AND ${within(activities, 0, 0)}`;
  const close = `(${within(matches, 0, 0)}
    OR (bytes_out IS NULL AND connection_uid != '' AND ${within(activities, CONNECTION_MS, CONNECTION_MS)} AND connection_uid IN (${counted}))
    OR (bytes_out IS NULL AND notEmpty(answers) AND ${within(activities, LOOKUP_MS, 0)}))`;
  const [counts] = await store.rows<Record<"bound" | "fresh" | "all", string>>(
    `SELECT toString((SELECT count() FROM ${bound})) AS bound, toString((SELECT count() FROM match WHERE ${within(matches, 0, 0)})) AS fresh,
       toString((SELECT count() FROM match WHERE ${days})) AS all`,
  );
  if (Number(counts?.fresh ?? 0) * 2 > Number(counts?.all ?? 0)) return null;
  const theirs = `${days} AND (address, toDate(time)) IN (SELECT address, day FROM ${bound}) AND (host = '' OR actor = '')`;
  return counts?.bound === "0" ? [close] : [close, theirs];
}

/** Keys of the matches whose gaps are now filled otherwise, with new_host, new_actor and new_carried. */
function fillingQuery(): string {
  // An address that two machines had in turn is bound by what was seen within the hour.
  const bound = (what: string): string =>
    `multiIf(day_${what}s = 1, day_${what}, day_${what}s BETWEEN 2 AND ${SHARED} AND near_${what}s = 1, near_${what}, '')`;
  return `SELECT ${KEY}, if(m.host != '', '', ${bound("host")}) AS new_host, if(m.actor != '', '', ${bound("actor")}) AS new_actor,
      if(m.bytes_out IS NOT NULL, NULL, coalesce(connection_bytes, lookup_bytes)) AS new_carried
    FROM unfilled AS m
    LEFT JOIN (${bindingsBy("near", "toStartOfHour(hour)", "INTERVAL 1 HOUR")}) AS near ON near_address = m.address AND near_slot = toStartOfHour(m.time)
    LEFT JOIN (${bindingsBy("day", "toStartOfDay(hour)", "INTERVAL 12 HOUR")}) AS day ON day_address = m.address AND day_slot = toStartOfDay(m.time)
    LEFT JOIN (${connectionsQuery()}) AS c ON connection_rule = m.rule AND connection_activity = m.activity_uid
    LEFT JOIN (${lookupsQuery()}) AS d ON lookup_activity = m.activity_uid
    WHERE new_host != m.bound_host OR new_actor != m.bound_actor OR ifNull(new_carried, -1) != ifNull(m.carried, -1)`;
}

/**
 * How many hosts and actors had the address within reach of the slot, and one of them.
 * @param name prefix of its columns: address, slot, hosts, host, actors, actor
 */
function bindingsBy(name: string, slot: string, reach: string): string {
  return `SELECT address AS ${name}_address, arrayJoin(arrayDistinct(arrayMap(hour -> ${slot}, [hour - ${reach}, hour, hour + ${reach}]))) AS ${name}_slot,
      uniqExactIf(toString(host), host != '') AS ${name}_hosts, anyIf(toString(host), host != '') AS ${name}_host,
      uniqExactIf(toString(actor), actor != '') AS ${name}_actors, anyIf(toString(actor), actor != '') AS ${name}_actor
    FROM binding FINAL
    WHERE address IN (SELECT address FROM unfilled) AND ${NEAR}
    GROUP BY 1, 2`;
}

/** connection_rule, connection_activity, connection_bytes: what the record of the same connection counts, such as conn.log for an entry of ssl.log. */
function connectionsQuery(): string {
  return `SELECT g.rule AS connection_rule, g.activity_uid AS connection_activity, max(a.bytes) AS connection_bytes
    FROM (SELECT rule, activity_uid, connection_uid, address, time FROM unfilled WHERE bytes_out IS NULL AND connection_uid != '') AS g
    INNER JOIN (
      SELECT \`connection_info.uid\` AS uid, \`src_endpoint.ip\` AS client, time, toNullable(assumeNotNull(\`traffic.bytes_out\`)) AS bytes FROM activity
      WHERE class_uid = 4001 AND \`traffic.bytes_out\` IS NOT NULL AND time >= {counted_from:DateTime64(3, 'UTC')} AND time < {counted_until:DateTime64(3, 'UTC')}
        AND \`connection_info.uid\` IN (SELECT connection_uid FROM unfilled WHERE connection_uid != '')) AS a ON a.uid = g.connection_uid
    WHERE abs(dateDiff('millisecond', a.time, g.time)) <= ${CONNECTION_MS} AND (a.client = g.address OR a.client = '' OR g.address = '')
    GROUP BY 1, 2`;
}

/** lookup_activity, lookup_bytes: what a client sent to the addresses of an answer, up to its next question for one of them. */
function lookupsQuery(): string {
  const flow = `SELECT \`src_endpoint.ip\` AS client, \`dst_endpoint.ip\` AS server, time, assumeNotNull(\`traffic.bytes_out\`) AS bytes FROM activity FINAL
      WHERE class_uid = 4001 AND \`traffic.bytes_out\` > 0 AND time >= {asked_from:DateTime64(3, 'UTC')} AND time < {asked_until:DateTime64(3, 'UTC')}
        AND \`dst_endpoint.ip\` IN (SELECT arrayJoin(answers) FROM unfilled)`;
  return `SELECT g.activity_uid AS lookup_activity, toNullable(sum(f.bytes)) AS lookup_bytes
    FROM (${flow}) AS f
    ASOF INNER JOIN (
      SELECT address AS client, arrayJoin(answers) AS server, time, min(activity_uid) AS activity_uid FROM match
      WHERE bytes_out IS NULL AND address IN (SELECT address FROM unfilled WHERE bytes_out IS NULL AND notEmpty(answers)) AND address != '' AND notEmpty(answers)
        AND time >= {asked_from:DateTime64(3, 'UTC')} AND time < {asked_until:DateTime64(3, 'UTC')} GROUP BY client, server, time) AS g
    ON g.client = f.client AND g.server = f.server AND f.time >= g.time
    WHERE dateDiff('millisecond', g.time, f.time) <= ${LOOKUP_MS}
    GROUP BY 1`;
}
