/**
 * The embedded ClickHouse behind `@clickhouse/client`, and the lock that keeps a second process away.
 *
 * chDB binds one data directory per process and refuses a directory that another process has open; a note with our
 * process id beside it lets the refusal say who that is.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { createClient } from "@clickhouse/client";
import { Session } from "chdb";
import {
  createChdbConnection,
  type ChdbConnection,
  type ConnBaseQueryParams,
  type Connection as ConnectionOf,
} from "chdb/connection";
import { StoreLockedError, StoreUnavailableError } from "../../model/errors.ts";

export type Client = ReturnType<typeof createClient>;
type Connection = ConnectionOf<Readable>;
type Settings = Readonly<Record<string, string | number>>;

export interface OpenedConnection {
  readonly client: Client;
  /** Absolute path of the store's folder. */
  readonly folder: string;
  /** One more connection like `client`, for tables in memory: what one does waits for nothing that the other does. */
  openBeside(): Client;
  /** One more connection to the same engine, without any setting: whoever takes it sets limits once, `readonly = 1` last. */
  openBare(): Client;
  /** One more connection to the same engine, for reading: its queries do not wait for those of `client`, nor the other way round. */
  openReader(): Client;
  /** The same for work that keeps tables of its own: it may write, and ends when it takes too long. */
  openWorker(): Client;
  close(): Promise<void>;
}

/** Query settings of every connection. Embedded use shares the machine with the parser: two threads are enough. */
const SETTINGS = {
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
  compile_sort_description: 0,
  max_threads: 2,
  max_insert_threads: 1,
  // Inserts leave repeated rows out themselves; collapsing the block once more costs a third of the insert.
  optimize_on_insert: 0,
  max_partitions_per_insert_block: 0,
  // A query may not take the machine down; aggregations and sorts spill to disk before that.
  max_memory_usage: String(1_500_000_000),
  max_bytes_before_external_sort: String(300_000_000),
  max_bytes_before_external_group_by: String(300_000_000),
  join_use_nulls: 0,
} as const;

/** A reader asks on behalf of people: its questions end soon, stay small and change nothing. */
const READER_SETTINGS = {
  ...SETTINGS,
  readonly: "2",
  max_execution_time: 10,
  max_result_bytes: String(64 << 20),
  max_memory_usage: String(600_000_000),
} as const;

/** Work beside the pipeline may take its time, not the machine. */
const WORKER_SETTINGS = {
  ...SETTINGS,
  max_threads: 1,
  max_execution_time: 120,
  max_memory_usage: String(600_000_000),
} as const;

/**
 * The engine's own settings, which must be known before it opens the folder. The defaults are those of a machine that
 * does nothing else: caches of gigabytes, merges of a hundred parts at once, a hundred threads to remove merged parts, each
 * of which keeps its stack and its arena of memory ever after.
 */
const ENGINE_CONFIGURATION = `<clickhouse>
  <background_pool_size>1</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <merges_mutations_memory_usage_soft_limit>300000000</merges_mutations_memory_usage_soft_limit>
  <mark_cache_size>67108864</mark_cache_size>
  <primary_index_cache_size>67108864</primary_index_cache_size>
  <max_parts_cleaning_thread_pool_size>2</max_parts_cleaning_thread_pool_size>
  <max_active_parts_loading_thread_pool_size>2</max_active_parts_loading_thread_pool_size>
  <max_outdated_parts_loading_thread_pool_size>2</max_outdated_parts_loading_thread_pool_size>
  <max_io_thread_pool_size>4</max_io_thread_pool_size>
  <max_thread_pool_free_size>16</max_thread_pool_free_size>
  <backups>
    <allowed_path>/</allowed_path>
  </backups>
  <merge_tree>
    <max_parts_to_merge_at_once>10</max_parts_to_merge_at_once>
  </merge_tree>
</clickhouse>
`;

/**
 * Opens the folder, making it when it does not exist.
 * @throws {StoreLockedError} when another process has it open
 * @throws {StoreUnavailableError} when the engine cannot open it
 */
export async function openConnection(folder: string): Promise<OpenedConnection> {
  const path = resolve(folder);
  const owner = join(path, "owner");
  try {
    mkdirSync(dirname(path), { recursive: true });
    // It holds log lines: for nobody but the user it is made by. A folder that is there keeps what it was given.
    if (!existsSync(path)) mkdirSync(path, { mode: 0o700, recursive: true });
    mkdirSync(join(path, "spool"), { recursive: true });
    claim(owner, path);
  } catch (cause) {
    if (cause instanceof StoreLockedError) throw cause;
    throw new StoreUnavailableError(`cannot write to the store's folder ${path}: check that it exists and is yours`, {
      cause,
    });
  }
  let client: Client;
  let session: Session;
  try {
    const data = join(path, "clickhouse");
    const configuration = join(path, "engine.xml");
    writeFileSync(configuration, ENGINE_CONFIGURATION);
    // The first session of a folder brings the settings; the client's connection shares its engine.
    session = new Session(data, { connectionArgs: [`--config-file=${configuration}`] });
    client = connect(data, SETTINGS);
    await client.command({ query: "SELECT 1" });
  } catch (cause) {
    rmSync(owner, { force: true });
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StoreUnavailableError(`cannot open the store ${path}: ${message.slice(0, 300)}`, { cause });
  }
  return {
    openBare: () => connect(join(path, "clickhouse"), {}),
    client,
    folder: path,
    // What is defined there lies in memory and is defined anew again and again: waiting for the disk would gain nothing.
    openBeside: () => connect(join(path, "clickhouse"), { ...SETTINGS, fsync_metadata: 0 }),
    openReader: () => connect(join(path, "clickhouse"), READER_SETTINGS),
    openWorker: () => connect(join(path, "clickhouse"), WORKER_SETTINGS),
    close: async () => {
      await client.close();
      session.close();
      rmSync(owner, { force: true });
    },
  };
}

function connect(path: string, settings: Settings): Client {
  return createClient({
    connection: settingOnce(createChdbConnection({ path }), settings),
  } as unknown as Parameters<typeof createClient>[0]);
}

/**
 * Sends settings with statements until one has succeeded: they hold for the session from then on. The client would send them
 * with every statement, each as a statement of its own, and together they take longer than a short query.
 */
function settingOnce(connection: ChdbConnection, settings: Settings): Connection {
  let pending = settings;
  const withPending = <Sent extends ConnBaseQueryParams>(sent: Sent): Sent => ({
    ...sent,
    clickhouse_settings: { ...pending, ...sent.clickhouse_settings },
  });
  const settle = async <Result>(answer: Promise<Result>): Promise<Result> => {
    const result = await answer;
    pending = {};
    return result;
  };
  return {
    query: (sent) => settle(connection.query(withPending(sent))),
    command: (sent) => settle(connection.command(withPending(sent))),
    // An insert of nothing succeeds without having been run.
    exec: (sent) => connection.exec(withPending(sent)),
    insert: (sent) => connection.insert(withPending(sent)),
    ping: (sent) => connection.ping(sent),
    close: () => connection.close(),
  };
}

/**
 * Leaves our mark in the store's folder. The mark of a process that has ended (killed, power cut) is taken over.
 * @throws {StoreLockedError} when a living process has left its mark
 */
function claim(owner: string, path: string): void {
  const mark = identify(process.pid);
  try {
    writeFileSync(owner, mark, { flag: "wx" });
    return;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  }
  const left = readFileSync(owner, "utf8");
  const pid = Number.parseInt(left, 10);
  if (pid !== process.pid && pid > 0 && identify(pid) === left) {
    throw new StoreLockedError(
      `the store ${path} is in use by process ${pid}: stop it, or name another folder with --store`,
    );
  }
  writeFileSync(owner, mark);
}

/** Process id and, where the system tells it, its start time: a process id alone is given out again. Empty: no such process. */
function identify(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ESRCH") return "";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold blanks; the start time is the 22nd field.
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}\n`;
  } catch {
    return `${pid}\n`;
  }
}
