/**
 * Tables that follow from `activity` alone: bindings of addresses and heartbeats of sources. They are
 * recomputed for the hours a run has touched; doing it again changes nothing.
 */
import type { Lane } from "../../model/incident.ts";
import { storeTime, type Store } from "./store.ts";

const HOUR_MS = 3_600_000;

/**
 * @param range event times the run has touched, ms
 * @param endpointSources ids of the source maps whose events name the machine they ran on
 */
export async function derive(
  store: Store,
  range: { from: number; until: number },
  endpointSources: readonly string[],
): Promise<void> {
  const parameters = {
    from: storeTime(Math.floor(range.from / HOUR_MS) * HOUR_MS),
    until: storeTime(Math.ceil((range.until + 1) / HOUR_MS) * HOUR_MS),
    endpoint: endpointSources,
  };
  const within = "time >= {from:DateTime64(3, 'UTC')} AND time < {until:DateTime64(3, 'UTC')}";

  // An endpoint's own connections tell its address; sign-ins and proxies tell whose address it is. A sign-in record's
  // device is the server, and its process may run for another user: neither binds.
  await store.command(
    `INSERT INTO binding
     SELECT \`src_endpoint.ip\`, toStartOfHour(time), if(source IN {endpoint:Array(String)} AND class_uid IN (4001, 4003), \`context.host.name\`, '') AS host, \`context.actor.name\` AS actor
     FROM activity
     WHERE ${within} AND \`src_endpoint.ip\` NOT IN ('', '127.0.0.1', '::1', '0.0.0.0', '::') AND (host != '' OR actor != '')
     GROUP BY 1, 2, 3, 4`,
    parameters,
  );
  await store.command(
    `INSERT INTO heartbeat
     SELECT source, toStartOfMinute(time), count(), sum(raw_data.size), countIf(\`traffic.bytes_out\` IS NOT NULL), countIf(\`context.actor.name\` != ''), countIf(\`url.url_string\` != '')
     FROM activity WHERE ${within} GROUP BY 1, 2`,
    parameters,
  );
}

/** Hours in which each lane delivered events; feeds the coverage of incidents. */
export async function readLaneHours(
  store: Pick<Store, "rows">,
  laneOf: (source: string) => Lane | null,
): Promise<ReadonlyMap<number, ReadonlySet<Lane>>> {
  const rows = await store.rows<{ source: string; hour: string }>(
    "SELECT source, toString(intDiv(toUnixTimestamp(minute), 3600)) AS hour FROM heartbeat WHERE events > 0 GROUP BY source, hour",
  );
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
