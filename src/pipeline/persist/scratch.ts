/**
 * A store beside the store: matches, and what correlations learn from them, in tables of their own in memory, while activities,
 * bindings and heartbeats are those of the store. Queries are the same as over the store; what they would write goes nowhere else.
 */
import type { Match } from "../../model/incident.ts";
import { MATCH_COLUMNS } from "./columns.ts";
import type { Client } from "./connection.ts";
import { storeError } from "./store-error.ts";
import { storeTime } from "./store.ts";

const FILLED =
  "bound_host LowCardinality(String), bound_actor LowCardinality(String), carried Nullable(UInt64), version UInt64";
const TIME = "DateTime64(3, 'UTC')";

/** Table -> its columns, and the newest version of each row as FINAL would have it. */
const TABLES = {
  match: {
    columns: `${MATCH_COLUMNS.map(({ name, stored }) => `\`${name}\` ${stored}`).join(", ")}, ${FILLED}`,
    newest: "ORDER BY version DESC LIMIT 1 BY rule, activity_uid",
  },
  first_seen: { columns: `correlation String, group String, value String, first ${TIME}, last ${TIME}`, newest: "" },
  profile: {
    columns:
      "correlation String, period Int64, group String, peer LowCardinality(String), total Float64, suspect UInt8, version UInt64",
    newest: "ORDER BY version DESC LIMIT 1 BY correlation, group, period",
  },
} as const;
type Table = keyof typeof TABLES;

/** Tables that filling makes for itself. */
const PASSING = ["filling", "unfilled"] as const;

let opened = 0;

export class Scratch {
  readonly #client: Client;
  readonly #prefix: string;

  private constructor(client: Client, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** @param client a connection that may write; closed with the scratch */
  static async open(client: Client): Promise<Scratch> {
    const running = opened === 0;
    opened += 1;
    const scratch = new Scratch(client, `scratch_${process.pid}_${Date.now().toString(36)}_${opened}_`);
    // Left by a process that was killed; a store belongs to one process at a time.
    if (running) await scratch.#dropAll("scratch\\_");
    for (const [name, { columns }] of Object.entries(TABLES))
      await scratch.#run(`CREATE TABLE ${scratch.#prefix}${name} (${columns}) ENGINE = Memory`);
    return scratch;
  }

  /** @see Store.rows */
  async rows<Row>(query: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    try {
      const result = await this.#client.query({
        query: this.#redirect(query),
        query_params: parameters,
        format: "JSONEachRow",
      });
      return await result.json<Row>();
    } catch (cause) {
      throw storeError(cause);
    }
  }

  /** @see Store.stream */
  async *stream<Row>(query: string, parameters: Record<string, unknown> = {}): AsyncGenerator<Row[]> {
    const result = await this.#client.query({
      query: this.#redirect(query),
      query_params: parameters,
      format: "JSONEachRow",
    });
    for await (const batch of result.stream<Row>()) yield batch.map((row) => row.json<Row>());
  }

  /** @see Store.command */
  command(query: string, parameters: Record<string, unknown> = {}): Promise<void> {
    return this.#run(this.#redirect(query), parameters);
  }

  async addMatches(matches: readonly Match[]): Promise<void> {
    if (matches.length === 0) return;
    try {
      await this.#client.insert({
        table: `${this.#prefix}match`,
        values: matches.map((match) => ({ ...match, time: storeTime(match.time) })),
        format: "JSONEachRow",
      });
    } catch (cause) {
      throw storeError(cause);
    }
  }

  /** Takes over matches that the store has of these rules, their gaps filled as they are. */
  async copyMatches(rules: readonly string[], range: { readonly from: number; readonly until: number }): Promise<void> {
    if (rules.length === 0) return;
    await this.#run(
      `INSERT INTO ${this.#prefix}match SELECT * FROM match FINAL WHERE rule IN {rules:Array(String)}
       AND time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC')`,
      { rules, from: Math.floor(range.from), until: Math.ceil(range.until) },
    );
  }

  async close(): Promise<void> {
    opened -= 1;
    try {
      await this.#dropAll(this.#prefix.replaceAll("_", "\\_"));
    } finally {
      await this.#client.close();
    }
  }

  async #dropAll(like: string): Promise<void> {
    const tables = await this.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE {like:String}",
      { like: `${like}%` },
    );
    for (const { name } of tables) await this.#run(`DROP TABLE IF EXISTS \`${name}\``);
  }

  async #run(query: string, parameters: Record<string, unknown> = {}): Promise<void> {
    try {
      await this.#client.command({ query, query_params: parameters });
    } catch (cause) {
      throw storeError(cause);
    }
  }

  /** Names of tables after FROM, JOIN, INTO and TABLE; texts in quotes are left as they are. */
  #redirect(query: string): string {
    return query.replaceAll(
      /'(?:[^'\\]|\\.)*'|\b(FROM|JOIN|INTO|TABLE) (match|first_seen|profile|filling|unfilled)\b( FINAL)?/g,
      (whole, verb: string | undefined, name: string) => {
        if (verb === undefined) return whole;
        const table = `${this.#prefix}${name}`;
        if (verb === "INTO" || verb === "TABLE" || PASSING.some((passing) => passing === name))
          return `${verb} ${table}`;
        const { newest } = TABLES[name as Table];
        return newest === "" ? `${verb} ${table}` : `${verb} (SELECT * FROM ${table} ${newest})`;
      },
    );
  }
}
