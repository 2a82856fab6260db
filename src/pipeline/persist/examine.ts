/** A store looked at without changing it: no migration, no merge, nothing written but the mark of who has it open. */
import { StoreUnavailableError } from "../../model/errors.ts";
import { openConnection } from "./connection.ts";
import { planRetention, type RetentionSettings } from "./retention.ts";
import { readSources, type SourceRow } from "./source-queries.ts";
import { storeError } from "./store-error.ts";
import { NEWEST_SCHEMA, type Store } from "./store.ts";
import type { StoreReader } from "./reader.ts";

export interface StoreExamination {
  readonly schema: number;
  readonly newestSchema: number;
  readonly detached: readonly { readonly table: string; readonly part: string; readonly reason: string }[];
  /** Event times, ms; null where there are no events. */
  readonly oldest: number | null;
  readonly newest: number | null;
  readonly activities: number;
  readonly bytes: number;
  /** The following are empty for a store of an older schema. */
  readonly sources: readonly SourceRow[];
  /** Rows due for deletion that nothing holds. */
  readonly overdue: number;
  readonly users: number;
  readonly tokens: number;
}

/**
 * @param folder of a store that exists
 * @throws {StoreLockedError | StoreUnavailableError}
 */
export async function examineStore(
  folder: string,
  retention: RetentionSettings,
  now: number,
): Promise<StoreExamination> {
  const connection = await openConnection(folder);
  const rows = async <Row>(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> => {
    try {
      const { client } = connection;
      return await (await client.query({ query, query_params: parameters, format: "JSONEachRow" })).json<Row>();
    } catch (cause) {
      throw storeError(cause);
    }
  };
  const source = { rows };
  try {
    const [version] = await rows<{ version: number }>("SELECT max(version) AS version FROM schema_version").catch(
      () => [],
    );
    if (version === undefined) throw new StoreUnavailableError(`${folder} holds no store of Sallyport`);
    const detached = await rows<StoreExamination["detached"][number]>(
      "SELECT table, name AS part, reason FROM system.detached_parts WHERE database = currentDatabase() AND reason != ''",
    );
    const [extent] = await rows<{ n: number; oldest: number; newest: number }>(
      "SELECT toFloat64(count()) AS n, toFloat64(toUnixTimestamp64Milli(min(time))) AS oldest, toFloat64(toUnixTimestamp64Milli(max(time))) AS newest FROM activity",
    );
    const [disk] = await rows<{ bytes: number }>(
      "SELECT toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE active AND database = currentDatabase()",
    );
    const current = version.version === NEWEST_SCHEMA;
    const [access] = current
      ? await rows<{ users: number; tokens: number }>(
          `SELECT toUInt32((SELECT count() FROM account FINAL WHERE disabled = 0)) AS users,
             toUInt32((SELECT count() FROM credential FINAL WHERE kind = 'token' AND revoked = 0 AND expires > now64(3))) AS tokens`,
        )
      : [];
    const plan = current ? await planRetention(source as unknown as Store, retention, now) : [];
    return {
      schema: version.version,
      newestSchema: NEWEST_SCHEMA,
      detached,
      oldest: (extent?.n ?? 0) === 0 ? null : (extent?.oldest ?? null),
      newest: (extent?.n ?? 0) === 0 ? null : (extent?.newest ?? null),
      activities: extent?.n ?? 0,
      bytes: disk?.bytes ?? 0,
      sources: current ? await readSources(source as unknown as StoreReader) : [],
      overdue: plan.reduce((sum, { due, held }) => sum + due - held, 0),
      users: access?.users ?? 0,
      tokens: access?.tokens ?? 0,
    };
  } finally {
    await connection.close();
  }
}
