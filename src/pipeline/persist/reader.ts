/** Reading beside the store: questions of people, on connections of their own, that can change nothing and end soon. */
import { StoreUnavailableError } from "../../model/errors.ts";
import type { Client } from "./connection.ts";

/** Questions asked at the same time; one connection answers one after the other. */
const CONNECTIONS = 3;

interface Line {
  readonly client: Client;
  waiting: number;
}

/** A question that took more time or memory than one may take. */
export class TooExpensiveError extends Error {
  override get name(): string {
    return "TooExpensiveError";
  }
}

export class StoreReader {
  readonly #open: () => Client;
  readonly #lines: Line[] = [];

  constructor(open: () => Client) {
    this.#open = open;
  }

  /**
   * Runs a query; 64-bit integers come as strings unless the query casts them.
   * @throws {TooExpensiveError | StoreUnavailableError}
   */
  async rows<Row>(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    const line = this.#line();
    line.waiting += 1;
    try {
      const result = await line.client.query({ query, query_params: parameters, format: "JSONEachRow" });
      return await result.json<Row>();
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      if (/Timeout exceeded|memory limit|MEMORY_LIMIT|Limit for result/i.test(message))
        throw new TooExpensiveError(message.slice(0, 200), { cause });
      throw storeError(cause);
    } finally {
      line.waiting -= 1;
    }
  }

  /** An idle connection, a new one while there may be more, or the one with the shortest queue. */
  #line(): Line {
    const idle = this.#lines.find(({ waiting }) => waiting === 0);
    if (idle !== undefined) return idle;
    if (this.#lines.length < CONNECTIONS) {
      const line = { client: this.#open(), waiting: 0 };
      this.#lines.push(line);
      return line;
    }
    return this.#lines.reduce((best, line) => (line.waiting < best.waiting ? line : best));
  }

  async close(): Promise<void> {
    await Promise.all(this.#lines.splice(0).map(({ client }) => client.close()));
  }
}

export function storeError(cause: unknown): StoreUnavailableError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StoreUnavailableError(message.slice(0, 2_000), { cause });
}
