/**
 * Tables that follow from `activity` alone: bindings of addresses and heartbeats of sources. What new events add to them is
 * added; doing it again changes nothing.
 */
import type { Lane } from "../../model/incident.ts";
import { storeTime, type Store } from "./store.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** Addresses and days whose matches the last `derive` may have bound otherwise; see fill.ts for how bindings are read. */
export const NEWLY_BOUND = "newly_bound";

/** Addresses that no client has by itself. */
const NO_CLIENT = ["", "127.0.0.1", "::1", "0.0.0.0", "::"];
/** Accounts of machines, not of people: that root was at an address says nothing about who was. */
const NOBODY = [
  "",
  "-",
  "root",
  "system",
  "localsystem",
  "local service",
  "network service",
  "administrator",
  "nobody",
  "daemon",
  "anonymous",
  "anonymous logon",
  "guest",
];

const list = (texts: readonly string[]): string => `(${texts.map((text) => `'${text}'`).join(", ")})`;

/**
 * What binds an address. A host: connections and lookups that the endpoint itself logs, and leases granted by DHCP. A user: every
 * event that names both, such as requests through a proxy, sign-ins that succeeded, sessions of a VPN with the address given
 * inside. A sign-in record's device is the server, and its process may run for another user: it names no host.
 */
const BINDINGS = `SELECT \`src_endpoint.ip\` AS address, toStartOfHour(time) AS hour,
    toString(if((source IN {endpoint:Array(String)} AND class_uid IN (4001, 4003)) OR (class_uid = 4004 AND activity_id IN (5, 7)), \`context.host.name\`, '')) AS host,
    toString(if(\`context.actor.name\` IN ${list(NOBODY)} OR endsWith(\`context.actor.name\`, '$'), '', \`context.actor.name\`)) AS actor
  FROM activity
  WHERE \`src_endpoint.ip\` NOT IN ${list(NO_CLIENT)} AND (host != '' OR actor != '') AND NOT (class_uid IN (3002, 4004, 4014) AND status = 'Failure')`;

export interface Derived {
  /** Hours in which a lane was heard of for the first time. */
  readonly lanes: readonly TimeRange[];
}

/**
 * @param parts event times of new activities, ms
 * @param endpointSources ids of the source maps whose events name the machine they ran on
 */
export async function derive(
  store: Store,
  parts: readonly TimeRange[],
  endpointSources: readonly string[],
  laneOf: (source: string) => Lane | null,
): Promise<Derived> {
  await bind(store, parts, endpointSources);
  const hours = parts.map((part) => widened(part, HOUR_MS));
  const before = await lanesOf(store, hours, laneOf);
  await store.command(
    `INSERT INTO heartbeat
     SELECT source, toStartOfMinute(time), count(), sum(raw_data.size), countIf(\`traffic.bytes_out\`.null = 0), countIf(\`context.actor.name\` != ''), countIf(\`url.url_string\`.size != 0)
     FROM activity WHERE ${within(
       "time",
       parts.map((part) => widened(part, MINUTE_MS)),
     )} GROUP BY 1, 2`,
  );
  const after = await lanesOf(store, hours, laneOf);
  const fresh = [...after].filter(([hour, lanes]) => !lanes.isSubsetOf(before.get(hour) ?? new Set()));
  return { lanes: fresh.map(([hour]) => ({ from: hour * HOUR_MS, until: (hour + 1) * HOUR_MS })) };
}

async function bind(store: Store, parts: readonly TimeRange[], endpointSources: readonly string[]): Promise<void> {
  await store.command(
    `CREATE OR REPLACE TABLE bindings_seen ENGINE = Memory AS SELECT DISTINCT * FROM (${BINDINGS} AND ${within("time", parts)})`,
    { endpoint: endpointSources },
  );
  const [seen] = await store.rows<{ any: number | boolean }>("SELECT count() > 0 AS any FROM bindings_seen");
  if (!seen?.any) {
    await store.command(`CREATE OR REPLACE TABLE ${NEWLY_BOUND} (address String, day Date) ENGINE = Memory`);
    await store.command("DROP TABLE bindings_seen");
    return;
  }
  const near =
    "hour >= (SELECT min(hour) FROM bindings_seen) - INTERVAL 36 HOUR AND hour <= (SELECT max(hour) FROM bindings_seen) + INTERVAL 36 HOUR";
  const known = `SELECT address, hour, toString(host) AS host, toString(actor) AS actor FROM binding WHERE address IN (SELECT address FROM bindings_seen) AND ${near}`;
  // Read once, used three times: under load the bindings of three days are many.
  await store.command(
    `CREATE OR REPLACE TABLE bindings_near ENGINE = Memory AS
     SELECT address, hour, host, actor, min(fresh) AS fresh
     FROM (SELECT address, hour, host, actor, 0 AS fresh FROM (${known}) UNION ALL SELECT address, hour, host, actor, 1 AS fresh FROM bindings_seen)
     GROUP BY address, hour, host, actor`,
  );
  // Who had an address alone goes on having it: that is news only for days in which it was not known yet.
  const days = "arrayMap(at -> toDate(at), [hour - INTERVAL 12 HOUR, hour, hour + INTERVAL 12 HOUR])";
  const shared = `SELECT address FROM bindings_near GROUP BY address HAVING uniqExactIf(host, host != '') > 1 OR uniqExactIf(actor, actor != '') > 1`;
  await store.command(
    `CREATE OR REPLACE TABLE ${NEWLY_BOUND} ENGINE = Memory AS
     SELECT DISTINCT address, arrayJoin(if(address IN (${shared}), new, arrayFilter(day -> NOT has(old, day), new))) AS day
     FROM (SELECT address, host, actor, groupUniqArrayArrayIf(days, fresh = 1) AS new, groupUniqArrayArrayIf(days, fresh = 0) AS old FROM (SELECT *, ${days} AS days FROM bindings_near) GROUP BY address, host, actor)`,
  );
  await store.command("INSERT INTO binding SELECT address, hour, host, actor FROM bindings_near WHERE fresh");
  await store.command("DROP TABLE bindings_near");
  await store.command("DROP TABLE bindings_seen");
}

const widened = ({ from, until }: TimeRange, unit: number): TimeRange => ({
  from: Math.floor(from / unit) * unit,
  until: Math.ceil(until / unit) * unit,
});

const within = (column: string, parts: readonly TimeRange[]): string =>
  parts.length === 0
    ? "0"
    : `(${parts
        .map(
          ({ from, until }) => `(${column} >= '${storeTime(Math.max(0, from))}' AND ${column} < '${storeTime(until)}')`,
        )
        .join(" OR ")})`;

/** By hour since 1970 UTC. */
async function lanesOf(
  store: Store,
  hours: readonly TimeRange[],
  laneOf: (source: string) => Lane | null,
): Promise<Map<number, Set<Lane>>> {
  const seconds = hours
    .map(({ from, until }) => `(minute >= ${from / 1000} AND minute < ${until / 1000})`)
    .join(" OR ");
  return byHour(
    await store.rows(
      `SELECT DISTINCT source, toString(intDiv(toUnixTimestamp(minute), 3600)) AS hour FROM heartbeat WHERE events > 0 AND (${seconds || "0"})`,
    ),
    laneOf,
  );
}

/** Hours in which each lane delivered events; feeds the coverage of incidents. */
export async function readLaneHours(
  store: Pick<Store, "rows">,
  laneOf: (source: string) => Lane | null,
): Promise<ReadonlyMap<number, ReadonlySet<Lane>>> {
  return byHour(
    await store.rows(
      "SELECT DISTINCT source, toString(intDiv(toUnixTimestamp(minute), 3600)) AS hour FROM heartbeat WHERE events > 0",
    ),
    laneOf,
  );
}

function byHour(
  rows: readonly { readonly source: string; readonly hour: string }[],
  laneOf: (source: string) => Lane | null,
): Map<number, Set<Lane>> {
  const lanes = new Map<number, Set<Lane>>();
  for (const { source, hour } of rows) {
    const lane = laneOf(source);
    if (lane === null) continue;
    const seen = lanes.get(Number(hour));
    if (seen === undefined) lanes.set(Number(hour), new Set([lane]));
    else seen.add(lane);
  }
  return lanes;
}
