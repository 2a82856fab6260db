/** Which kinds of events arrive from where, and which of them rules have held for. */
import type { StoreReader } from "./reader.ts";
import { storeTime } from "./store.ts";

export interface KindRow {
  readonly source: string;
  readonly class_uid: number;
  readonly events: number;
  readonly hosts: number;
  /** Event time of the newest, ms. */
  readonly last: number;
}

/** Events by source and OCSF class from `from` on, ms. */
export async function readKinds(reader: StoreReader, from: number): Promise<KindRow[]> {
  return reader.rows(
    `SELECT source, class_uid, toFloat64(count()) AS events, toFloat64(uniqIf(\`context.host.name\`, \`context.host.name\` != '')) AS hosts,
       toFloat64(toUnixTimestamp64Milli(max(activity.time))) AS last
     FROM activity WHERE time >= {from:DateTime64(3, 'UTC')} GROUP BY source, class_uid ORDER BY source, class_uid LIMIT 10000`,
    { from: storeTime(from) },
  );
}

export interface ProofRow {
  readonly rule: string;
  readonly source: string;
  readonly class_uid: number;
  readonly last: number;
}

/** When an event rule last held for an event of a source and class, ever. */
export async function readProofs(reader: StoreReader): Promise<ProofRow[]> {
  return reader.rows(
    `SELECT rule, source, class_uid, toFloat64(toUnixTimestamp64Milli(max(match.time))) AS last
     FROM match GROUP BY rule, source, class_uid ORDER BY rule, source, class_uid LIMIT 100000`,
  );
}
