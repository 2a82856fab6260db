/**
 * Fills the gaps of matches from other events: whose address it was and which machine's, how much a connection carried.
 * What is found stands beside what the event itself said, in a newer version of the row, so that filling can be done
 * again whenever more events have come: the result depends on the set of events alone.
 */
import { storeTime, type Store } from "./store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How far in time a binding, or the record that counts a connection's bytes, may be from the match. */
const REACH_MS = 12 * HOUR_MS;
/** A connection this soon after a DNS answer goes to the name that was asked for, ms. */
const LOOKUP_MS = 600_000;
/** Addresses with more hosts or users a day are shared: what was seen in the same hour proves nothing. */
const SHARED = 3;

/** Matches whose gaps were filled otherwise than before; gone when the next filling begins. */
export const FILLING = "filling";

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
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
 */
export async function fillMatches(
  store: Pick<Store, "rows" | "command">,
  range: TimeRange,
  version: number,
): Promise<Filled> {
  const from = Math.max(0, Math.floor((range.from - REACH_MS) / DAY_MS) * DAY_MS);
  const until = (Math.floor((range.until + REACH_MS) / DAY_MS) + 1) * DAY_MS;
  const span = { from: storeTime(from), until: storeTime(until) };

  await store.command(
    `CREATE OR REPLACE TABLE unfilled ENGINE = Memory AS SELECT * FROM match FINAL
     WHERE time >= {from:DateTime64(3, 'UTC')} AND time < {until:DateTime64(3, 'UTC')}
       AND ((address != '' AND (host = '' OR actor = '')) OR (bytes_out IS NULL AND (connection_uid != '' OR notEmpty(answers))))`,
    span,
  );
  await store.command(`CREATE OR REPLACE TABLE ${FILLING} ENGINE = Memory AS ${fillingQuery()}`, {
    near_from: storeTime(Math.max(0, from - REACH_MS)),
    near_until: storeTime(until + REACH_MS),
  });
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

/** Matches with gaps that are now filled otherwise: as they were, with new_host, new_actor and new_carried. */
function fillingQuery(): string {
  // An address that two machines had in turn is bound by what was seen within the hour.
  const bound = (what: string): string =>
    `multiIf(day_${what}s = 1, day_${what}, day_${what}s BETWEEN 2 AND ${SHARED} AND near_${what}s = 1, near_${what}, '')`;
  return `SELECT m.*, if(m.host != '', '', ${bound("host")}) AS new_host, if(m.actor != '', '', ${bound("actor")}) AS new_actor,
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
    WHERE address IN (SELECT address FROM unfilled) AND hour >= {near_from:DateTime64(3, 'UTC')} AND hour < {near_until:DateTime64(3, 'UTC')}
    GROUP BY 1, 2`;
}

/** connection_rule, connection_activity, connection_bytes: what the record of the same connection counts, such as conn.log for an entry of ssl.log. */
function connectionsQuery(): string {
  return `SELECT g.rule AS connection_rule, g.activity_uid AS connection_activity, max(a.bytes) AS connection_bytes
    FROM (SELECT rule, activity_uid, connection_uid, address, time FROM unfilled WHERE bytes_out IS NULL AND connection_uid != '') AS g
    INNER JOIN (
      SELECT \`connection_info.uid\` AS uid, \`src_endpoint.ip\` AS client, time, toNullable(assumeNotNull(\`traffic.bytes_out\`)) AS bytes FROM activity
      WHERE class_uid = 4001 AND \`traffic.bytes_out\` IS NOT NULL AND time >= {near_from:DateTime64(3, 'UTC')} AND time < {near_until:DateTime64(3, 'UTC')}
        AND \`connection_info.uid\` IN (SELECT connection_uid FROM unfilled WHERE connection_uid != '')) AS a ON a.uid = g.connection_uid
    WHERE abs(dateDiff('millisecond', a.time, g.time)) <= ${REACH_MS} AND (a.client = g.address OR a.client = '' OR g.address = '')
    GROUP BY 1, 2`;
}

/** lookup_activity, lookup_bytes: what a client sent to the addresses of an answer, up to its next question for one of them. */
function lookupsQuery(): string {
  const flow = `SELECT \`src_endpoint.ip\` AS client, \`dst_endpoint.ip\` AS server, time, assumeNotNull(\`traffic.bytes_out\`) AS bytes FROM activity FINAL
      WHERE class_uid = 4001 AND \`traffic.bytes_out\` > 0 AND time >= {near_from:DateTime64(3, 'UTC')} AND time < {near_until:DateTime64(3, 'UTC')}
        AND \`dst_endpoint.ip\` IN (SELECT arrayJoin(answers) FROM unfilled)`;
  return `SELECT g.activity_uid AS lookup_activity, toNullable(sum(f.bytes)) AS lookup_bytes
    FROM (${flow}) AS f
    ASOF INNER JOIN (
      SELECT address AS client, arrayJoin(answers) AS server, time, min(activity_uid) AS activity_uid FROM unfilled
      WHERE bytes_out IS NULL AND address != '' GROUP BY client, server, time) AS g
    ON g.client = f.client AND g.server = f.server AND f.time >= g.time
    WHERE dateDiff('millisecond', g.time, f.time) <= ${LOOKUP_MS}
    GROUP BY 1`;
}
