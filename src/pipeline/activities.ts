/** Activities out of the store: what a line was is derived anew from the line itself, so that it is stored once. */
import type { Activity, OcsfEvent } from "../model/activity.ts";
import type { Catalogue } from "../model/catalogue.ts";
import type { Policy } from "../model/policy.ts";
import { createContextBuilder } from "./conform/context/index.ts";
import { openStream } from "./conform/index.ts";
import type { Store } from "./persist/store.ts";

export interface StoredLine {
  readonly source: string;
  readonly at: number;
  readonly uid: string;
  readonly preamble: string;
  readonly raw_data: string;
}

/** Activities of the range in order of time, in batches, as OCSF events with their context under `enrichments`. */
export async function* readActivities(
  store: Store,
  range: { from: number; until: number },
  content: { catalogue: Catalogue; policy: Policy | null },
): AsyncGenerator<OcsfEvent[]> {
  const context = createContextBuilder(content.catalogue, content.policy);
  const batches = store.stream<StoredLine>(
    `SELECT source, toUnixTimestamp64Milli(time) AS at, if(\`metadata.uid\` = '', lower(hex(id)), \`metadata.uid\`) AS uid, preamble, raw_data FROM activity
     WHERE time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC') ORDER BY time, id
     SETTINGS output_format_json_quote_64bit_integers = 0`,
    { from: Math.floor(range.from), until: Math.ceil(range.until) },
  );
  for await (const batch of batches) {
    yield batch.flatMap((line) => {
      const event = conformAgain(line);
      return event === null ? [] : [withContext(event, context(event))];
    });
  }
}

/** The event a stored line became; null when this release no longer reads the line. */
export function conformAgain({ source, at, uid, preamble, raw_data }: StoredLine): OcsfEvent | null {
  const events: OcsfEvent[] = [];
  const stream = openStream({
    source,
    environment: { fileModifiedTime: at, fileName: "" },
    emit: (event) => events.push(event),
    reject: () => {},
  });
  for (const line of preamble === "" ? [] : preamble.split("\n")) stream.push(line, 0);
  // Records of several lines were joined by line ends.
  for (const line of raw_data.split("\n")) stream.push(line, 0);
  stream.flush();
  const event = events.find(({ metadata }) => metadata.uid === uid) ?? events[0];
  return event === undefined ? null : { ...event, time: at, metadata: { ...event.metadata, uid }, raw_data };
}

/** @see https://schema.ocsf.io/1.8.0/objects/enrichment */
export function withContext(event: OcsfEvent, context: Activity["context"]): OcsfEvent {
  const enrichments: NonNullable<OcsfEvent["enrichments"]> = [];
  const add = (name: string, value: string | null | undefined, data: unknown): void => {
    if (value !== null && value !== undefined && value !== "") enrichments.push({ name, value, data: data as never });
  };
  add("context.actor", context.actor.name, context.actor);
  add("context.host", context.host.name, context.host);
  add("context.destination", context.destination?.name, context.destination);
  add("context.address", context.address.ip, context.address);
  if (context.work_hours !== null)
    add("context.work_hours", String(context.work_hours), { work_hours: context.work_hours });
  if (context.sensitive_path) add("context.sensitive_path", "true", { sensitive_path: true });
  return enrichments.length === 0 ? event : { ...event, enrichments };
}
