/** The store: opened once per process, migrated, and spoken to through one client. */
import { readdirSync, rmSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { StoreUnavailableError } from "../../model/errors.ts";
import { ACTIVITY_COLUMNS, MATCH_COLUMNS } from "./columns.ts";
import { openConnection, type Client, type OpenedConnection } from "./connection.ts";
import { StoreReader } from "./reader.ts";
import { storeError } from "./store-error.ts";
import { MIGRATIONS } from "./schema.ts";

/** A Native block on disk, ready to be inserted. */
export interface SpooledBlock {
  readonly table: "activity" | "match";
  readonly path: string;
  readonly rows: number;
  /** Event times of the rows, ms. */
  readonly minTime: number;
  readonly maxTime: number;
  /** The same by spans of five minutes, in order; half-open. */
  readonly spans: readonly { readonly from: number; readonly until: number }[];
}

export interface DetachedPart {
  readonly table: string;
  readonly part: string;
  readonly reason: string;
}

/** Rows are inserted as texts of about this size: the engine holds several copies of each. */
const APPEND_BYTES = 4 << 20;

export class Store {
  readonly #connection: OpenedConnection;
  /** Parts the engine set aside when it opened the store: their rows are missing until they are restored. */
  readonly detachedParts: readonly DetachedPart[];
  /** The store that was opened: of what stands for one folder there may be several, see `beside`. */
  readonly origin: Store;

  private constructor(connection: OpenedConnection, detachedParts: readonly DetachedPart[], origin?: Store) {
    this.#connection = connection;
    this.detachedParts = detachedParts;
    this.origin = origin ?? this;
  }

  /**
   * @param folder made when it does not exist
   * @throws {StoreLockedError | StoreUnavailableError}
   */
  static async open(folder: string): Promise<Store> {
    const connection = await openConnection(folder);
    try {
      await migrate(connection.client);
    } catch (error) {
      await connection.close();
      throw error;
    }
    const store = new Store(connection, []);
    // Blocks of a run that was killed: their input was never acknowledged and will come again.
    for (const name of readdirSync(store.spoolFolder)) rmSync(join(store.spoolFolder, name), { force: true });
    const detached = await store.rows<DetachedPart>(
      "SELECT table, name AS part, reason FROM system.detached_parts WHERE database = currentDatabase() AND reason != ''",
    );
    return new Store(connection, detached);
  }

  /** The same store over a connection of its own: long work here holds up nothing there. Close it before the one it came from. */
  beside(): Store {
    const client = this.#connection.openBeside();
    return new Store({ ...this.#connection, client, close: () => client.close() }, this.detachedParts, this.origin);
  }

  /** A way to read that waits for nothing the store is doing, and that the store does not wait for. Close it before the store. */
  openReader(): StoreReader {
    return new StoreReader(
      () => this.#connection.openReader(),
      () => this.#connection.openBare(),
    );
  }

  /** A connection for work that keeps tables of its own, as `Scratch` does. Close it before the store. */
  openWorker(): Client {
    return this.#connection.openWorker();
  }

  get folder(): string {
    return this.#connection.folder;
  }

  /** Room left on the disk of the store, bytes; null where the system does not tell. */
  async freeBytes(): Promise<number | null> {
    try {
      const { bavail, bsize } = await statfs(this.#connection.folder);
      return bavail * bsize;
    } catch {
      return null;
    }
  }

  /** Where workers write blocks for `insert`. */
  get spoolFolder(): string {
    return Store.spoolFolderOf(this.#connection.folder);
  }

  /** Where it will be once the store in the folder is open. */
  static spoolFolderOf(folder: string): string {
    return join(resolve(folder), "spool");
  }

  /** Inserts a spooled block and removes its file; when this returns, the rows are on disk. Rows already there are left out. */
  async insert(block: SpooledBlock): Promise<void> {
    const path = block.path.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
    const range = `time BETWEEN fromUnixTimestamp64Milli(${Math.floor(block.minTime)}, 'UTC') AND fromUnixTimestamp64Milli(${Math.ceil(block.maxTime)}, 'UTC')`;
    const columns = (block.table === "activity" ? ACTIVITY_COLUMNS : MATCH_COLUMNS).map(({ name }) => `\`${name}\``);
    const selected = columns
      .map((name) => (name === "`time`" ? "fromUnixTimestamp64Milli(time, 'UTC')" : name))
      .join(", ");
    const fresh =
      block.table === "activity"
        ? `WHERE id NOT IN (SELECT id FROM activity WHERE ${range}) LIMIT 1 BY id`
        : `WHERE (rule, activity_uid) NOT IN (SELECT rule, activity_uid FROM match WHERE ${range}) LIMIT 1 BY rule, activity_uid`;
    await this.command(
      `INSERT INTO ${block.table} (${columns.join(", ")}) SELECT ${selected} FROM file('${path}', 'Native') ${fresh}`,
    );
    rmSync(block.path, { force: true });
  }

  /**
   * Keeps the engine from merging parts of activities and matches, which would take the processor from a bulk load, or lets
   * it again. Other tables are left alone: their deletions would wait for merges to begin. Forgotten when the process ends.
   */
  async holdMerges(held: boolean): Promise<void> {
    for (const table of ["activity", "match"]) await this.command(`SYSTEM ${held ? "STOP" : "START"} MERGES ${table}`);
  }

  /** Runs a statement that returns nothing. `{name:Type}` parameters are bound by the server. */
  async command(query: string, parameters: Record<string, unknown> = {}): Promise<void> {
    try {
      await this.#connection.client.command({ query, query_params: parameters });
    } catch (cause) {
      throw storeError(cause);
    }
  }

  /** Runs a query; 64-bit integers come as strings unless the query casts them. */
  async rows<Row>(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    try {
      const result = await this.#connection.client.query({ query, query_params: parameters, format: "JSONEachRow" });
      return await result.json<Row>();
    } catch (cause) {
      throw storeError(cause);
    }
  }

  /** Streams the rows of a large result in batches. */
  async *stream<Row>(query: string, parameters: Record<string, unknown> = {}): AsyncIterable<Row[]> {
    const result = await this.#connection.client.query({ query, query_params: parameters, format: "JSONEachRow" });
    for await (const batch of result.stream<Row>()) yield batch.map((row) => row.json<Row>());
  }

  /** Inserts few rows as JSON. Idempotent where the table's key is deterministic. */
  async append(table: string, rows: readonly Record<string, unknown>[]): Promise<void> {
    try {
      let values: Record<string, unknown>[] = [];
      let size = 0;
      const flush = async (): Promise<void> => {
        if (values.length > 0) await this.#connection.client.insert({ table, values, format: "JSONEachRow" });
        values = [];
        size = 0;
      };
      for (const row of rows) {
        values.push(row);
        size += 200 + (typeof row.body === "string" ? row.body.length : 0);
        if (size >= APPEND_BYTES) await flush();
      }
      await flush();
    } catch (cause) {
      throw storeError(cause);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

/** Version of the tables that this release knows. */
export const NEWEST_SCHEMA = MIGRATIONS.at(-1)?.version ?? 0;

/** ms -> the text that DateTime64(3) columns take in JSON rows. */
export function storeTime(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, -1);
}

async function migrate(client: Client): Promise<void> {
  try {
    await client.command({
      query:
        "CREATE TABLE IF NOT EXISTS schema_version (version UInt32) ENGINE = ReplacingMergeTree ORDER BY version SETTINGS fsync_after_insert = 1",
    });
    const result = await client.query({
      query: "SELECT max(version) AS version FROM schema_version",
      format: "JSONEachRow",
    });
    const [row] = await result.json<{ version: number }>();
    const current = row?.version ?? 0;
    if (current > NEWEST_SCHEMA)
      throw new StoreUnavailableError(
        `the store was written by a newer release (schema ${current}, this one knows ${NEWEST_SCHEMA}): update sallyport`,
      );
    for (const { version, statements } of MIGRATIONS) {
      if (version <= current) continue;
      // A run killed in the middle leaves some statements done: each may be run again.
      for (const query of statements)
        await client.command({ query: query.replace(/^CREATE TABLE /, "CREATE TABLE IF NOT EXISTS ") });
      await client.command({
        query: "INSERT INTO schema_version VALUES ({version:UInt32})",
        query_params: { version },
      });
    }
  } catch (cause) {
    if (cause instanceof StoreUnavailableError) throw cause;
    throw storeError(cause);
  }
}
