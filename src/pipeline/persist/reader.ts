/** Reading beside the store: questions of people, on connections of their own, that can change nothing and end soon. */
import type { Client } from "./connection.ts";
import { storeError, TooExpensiveError } from "./store-error.ts";
import { SqlReader, type SqlAnswer } from "./sql-reader.ts";

/** Questions asked at the same time; one connection answers one after the other. */
const CONNECTIONS = 3;

/** A connection and what is asked of it, one question after the other. */
interface Line {
  client: Client;
  waiting: number;
  last: Promise<unknown>;
}

export class StoreReader {
  readonly #open: () => Client;
  readonly #sql: SqlReader;
  readonly #lines: Line[] = [];

  /** @param bare opens a connection without settings, for questions in SQL */
  constructor(open: () => Client, bare: () => Client) {
    this.#open = open;
    this.#sql = new SqlReader(bare);
  }

  /**
   * Runs a query; 64-bit integers come as strings unless the query casts them.
   * @throws {TooExpensiveError | StoreUnavailableError}
   */
  async rows<Row>(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    const line = this.#line();
    line.waiting += 1;
    const answer = line.last.then(() => this.#ask<Row>(line, query, parameters));
    line.last = answer.catch(() => {});
    try {
      return await answer;
    } finally {
      line.waiting -= 1;
    }
  }

  /**
   * A question of somebody who may ask in SQL; it can read the tables of `SQL_TABLES` and nothing else.
   * @throws {SqlRefusedError | TooExpensiveError | StoreUnavailableError}
   */
  askSql(text: string): Promise<SqlAnswer> {
    return this.#sql.ask(text);
  }

  async #ask<Row>(line: Line, query: string, parameters: Record<string, unknown>): Promise<Row[]> {
    try {
      const result = await line.client.query({ query, query_params: parameters, format: "JSONEachRow" });
      return await result.json<Row>();
    } catch (cause) {
      // The engine would put what a failed query had written already before the next answer of its connection.
      const failed = line.client;
      line.client = this.#open();
      void failed.close().catch(() => {});
      const message = cause instanceof Error ? cause.message : String(cause);
      if (/Timeout exceeded|memory limit|MEMORY_LIMIT|Limit for result/i.test(message))
        throw new TooExpensiveError(message.slice(0, 200), { cause });
      throw storeError(cause);
    }
  }

  /** An idle connection, a new one while there may be more, or the one with the shortest queue. */
  #line(): Line {
    const idle = this.#lines.find(({ waiting }) => waiting === 0);
    if (idle !== undefined) return idle;
    if (this.#lines.length < CONNECTIONS) {
      const line = { client: this.#open(), waiting: 0, last: Promise.resolve() };
      this.#lines.push(line);
      return line;
    }
    return this.#lines.reduce((best, line) => (line.waiting < best.waiting ? line : best));
  }

  async close(): Promise<void> {
    await Promise.all([this.#sql.close(), ...this.#lines.splice(0).map(({ client }) => client.close())]);
  }
}
