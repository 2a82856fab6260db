/** Questions in SQL by people who may: on a connection that the engine itself keeps from writing, one at a time, with limits. */
import { SettingsMap } from "@clickhouse/client";
import type { Client } from "./connection.ts";
import { storeError, TooExpensiveError } from "./store-error.ts";
import { checkSql, checkTables } from "./sql-check.ts";
import { SqlRefusedError } from "./sql-tokens.ts";

/** Rows an answer has at most. */
export const MOST_SQL_ROWS = 10_000;
const SECONDS = 10;
/** The engine looks at its clock between blocks only. */
const GIVE_UP_MS = (SECONDS + 5) * 1_000;
const MOST_WAITING = 3;

/** Set once for a connection; `readonly` comes last and cannot be undone. */
const LIMITS = {
  max_execution_time: SECONDS,
  timeout_before_checking_execution_speed: 0,
  max_threads: 2,
  max_memory_usage: "600000000",
  max_bytes_before_external_sort: "300000000",
  max_bytes_before_external_group_by: "300000000",
  max_rows_to_read: "2000000000",
  max_bytes_to_read: "50000000000",
  max_result_rows: String(MOST_SQL_ROWS + 1),
  max_result_bytes: String(32 << 20),
  result_overflow_mode: "break",
  max_query_size: "200000",
  max_ast_depth: "500",
  max_ast_elements: "20000",
  max_columns_to_read: "500",
  max_temporary_columns: "1000",
  compile_expressions: 0,
  allow_ddl: 0,
  allow_introspection_functions: 0,
  output_format_json_quote_64bit_integers: 1,
  // Wherever the table stands in a question: who signed in and who changed what is for admins, who read it with GET /api/v1/audit.
  additional_table_filters: SettingsMap.from({ action: "notEmpty(incident)" }),
  readonly: "1",
} as const;

export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** 64-bit integers as text. */
  readonly rows: readonly (readonly unknown[])[];
  /** There are more rows than an answer has. */
  readonly truncated: boolean;
  readonly rows_read: number;
  readonly bytes_read: number;
  readonly elapsed_ms: number;
}

interface JsonCompact {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly (readonly unknown[])[];
  readonly statistics?: { readonly elapsed: number; readonly rows_read: number; readonly bytes_read: number };
}

export class SqlReader {
  readonly #open: () => Client;
  #client: Client | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Of the store, whatever they hold. */
  #tables: ReadonlySet<string> = new Set();

  /** @param open a connection without settings */
  constructor(open: () => Client) {
    this.#open = open;
  }

  /** @throws {SqlRefusedError | TooExpensiveError | StoreUnavailableError} */
  async ask(text: string): Promise<SqlAnswer> {
    checkSql(text);
    if (this.#waiting >= MOST_WAITING) throw new TooExpensiveError("others are being answered: try again");
    this.#waiting += 1;
    const answer = this.#last.then(async () => {
      this.#client ??= await this.#connect();
      const checked = checkSql(text, this.#tables);
      if (checked.select !== null) checkTables(await this.#tablesOf(checked.select), checked);
      const { meta, data, statistics } = answerOf(await this.#run(checked.sql));
      return {
        columns: meta.map(({ name, type }) => ({ name: name.toWellFormed(), type })),
        rows: data.slice(0, MOST_SQL_ROWS),
        truncated: data.length > MOST_SQL_ROWS,
        rows_read: statistics?.rows_read ?? 0,
        bytes_read: statistics?.bytes_read ?? 0,
        elapsed_ms: Math.round((statistics?.elapsed ?? 0) * 1_000),
      };
    });
    this.#last = answer.catch(() => {});
    try {
      return await answer;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Tables that the engine's parser finds in a SELECT. */
  async #tablesOf(select: string): Promise<string[]> {
    return linesOf(await this.#run(`EXPLAIN AST ${select}`)).flatMap((line) => {
      const table = /^ *TableIdentifier (\S+)/.exec(line)?.[1];
      return table === undefined ? [] : [table];
    });
  }

  async #run(sql: string): Promise<string> {
    this.#client ??= await this.#connect();
    try {
      const result = await this.#client.query({
        query: sql,
        format: "JSONCompact",
        abort_signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      return await result.text();
    } catch (cause) {
      // What a failed question had written already would stand before the next answer.
      const client = this.#client;
      this.#client = null;
      void client?.close().catch(() => {});
      throw failureOf(cause);
    }
  }

  async #connect(): Promise<Client> {
    const client = this.#open();
    try {
      await client.command({ query: "SELECT 1", clickhouse_settings: LIMITS });
      const tables = await client.query({
        query: "SELECT name FROM system.tables WHERE database = currentDatabase()",
        format: "JSONEachRow",
      });
      this.#tables = new Set((await tables.json<{ name: string }>()).map(({ name }) => name));
      return client;
    } catch (cause) {
      void client.close().catch(() => {});
      throw storeError(cause);
    }
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#client?.close();
    this.#client = null;
  }
}

/** The engine answers EXPLAIN AST with a quoted text a node, whatever format it is asked for. */
function linesOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^"/, "").replace(/"$/, "").replaceAll('""', '"'));
}

function answerOf(text: string): JsonCompact {
  if (!text.startsWith('"')) return JSON.parse(text) as JsonCompact;
  return { meta: [{ name: "explain", type: "String" }], data: linesOf(text).map((line) => [line]) };
}

function failureOf(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/Timeout exceeded|memory limit|Limit for |TOO_MANY|aborted|timeout/i.test(message))
    return new TooExpensiveError(message.slice(0, 200), { cause });
  if (/Session is closed|not open|shut ?down/i.test(message)) return storeError(cause);
  // All else is about the question: the engine says where it did not follow.
  return new SqlRefusedError(message.replaceAll(/\s+/g, " ").slice(0, 400), { cause });
}
