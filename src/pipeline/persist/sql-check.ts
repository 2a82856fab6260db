/**
 * What of SQL is let through to the store for people: one question that reads our tables and nothing else. The engine is embedded and runs
 * with our rights, so its own `readonly` is not enough: it lets `file()` read and INTO OUTFILE write.
 */
import { isPureFunction } from "./sql-functions.ts";
import { SqlRefusedError, sqlTokens, writeSql, type SqlToken } from "./sql-tokens.ts";

/** Tables that may be asked, and what one row of each is. */
export const SQL_TABLES: ReadonlyMap<string, string> = new Map([
  ["activity", "one OCSF event; columns are OCSF paths, raw_data the line as received"],
  ["match", "one event rule that holds for one activity; use FINAL"],
  ["finding", "one conclusion of a rule; use FINAL and superseded = 0"],
  ["incident", "one story; use FINAL and superseded = 0"],
  ["action", "what somebody did about an incident; use FINAL (what was done to the installation: GET /api/v1/audit)"],
  ["heartbeat", "what a source delivered in a minute; use FINAL"],
  ["quarantine", "a line that could not be read; use FINAL"],
  ["binding", "whose an address was in an hour"],
  ["profile", "what a group of a deviation rule amounted to in a period; use FINAL"],
  ["first_seen", "when a value was first and last seen by a correlation"],
  ["gap", "a span that a live source has missed; use FINAL"],
]);

/** Words that no question for reading has, unless quoted: statements, and clauses that write or change limits. */
const REFUSED: ReadonlySet<string> = new Set(
  `alter attach backup check create delete detach drop exchange execute grant infile insert into kill move optimize outfile
   parallel rename restore revoke set settings system truncate undrop update use watch`.split(/\s+/),
);
/** Other schemas, and what of ours holds secrets or is none of a question's business. */
const HIDDEN: ReadonlySet<string> = new Set(
  `system information_schema _temporary_and_external_tables account credential checkpoint outbox schema_version`.split(
    /\s+/,
  ),
);
/** Words that stand before a bracket without being functions. */
const WORDS_BEFORE_BRACKET: ReadonlySet<string> = new Set(
  `all and any anti array as asc asof between by case cross cube desc distinct else end except exists filter from full group
   grouping having in inner intersect interval is join left like ilike limit not offset on or order outer over partition prewhere qualify
   right rollup select semi sets then totals union using values when where window with within columns apply replace explain ast plan pipeline syntax estimate`.split(
    /\s+/,
  ),
);
const EXPLAIN_WORDS: ReadonlySet<string> = new Set(
  `ast syntax plan pipeline estimate query tree header description indexes actions json graph compact`.split(/\s+/),
);

export interface CheckedSql {
  /** What may go to the engine, comments left out. */
  readonly sql: string;
  /** The SELECT in it, for the engine to name its tables; null where there is none. */
  readonly select: string | null;
  /** Names that WITH gives to queries. */
  readonly given: ReadonlySet<string>;
}

/**
 * @param hidden names of tables in the store; those that are not in SQL_TABLES are refused wherever they stand
 * @throws {SqlRefusedError} saying what to write instead
 */
export function checkSql(text: string, hidden: ReadonlySet<string> = new Set()): CheckedSql {
  const tokens = sqlTokens(text);
  const first = word(tokens[0]);
  if (tokens.length === 0) throw new SqlRefusedError("write a question: SELECT …");
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "name" && hidden.has(token.value) && !SQL_TABLES.has(token.value))
      throw new SqlRefusedError(`${token.value} is not to be read here`);
    checkToken(token, tokens, index);
  }
  switch (first) {
    case "select":
    case "with":
      return { sql: writeSql(tokens), select: writeSql(tokens), given: givenNames(tokens) };
    case "explain": {
      const begin = tokens.findIndex((token) => ["select", "with"].includes(word(token)));
      const odd = tokens
        .slice(1, begin)
        .find((token) => token.kind === "text" || (token.kind === "name" && !EXPLAIN_WORDS.has(word(token))));
      if (begin < 0 || odd !== undefined) throw new SqlRefusedError("EXPLAIN takes a SELECT");
      return { sql: writeSql(tokens), select: writeSql(tokens.slice(begin)), given: givenNames(tokens) };
    }
    case "desc":
    case "describe": {
      const rest = tokens.slice(word(tokens[1]) === "table" ? 2 : 1);
      if (rest.length !== 1 || !SQL_TABLES.has(rest[0]?.value ?? ""))
        throw new SqlRefusedError(`DESCRIBE takes one of the tables ${[...SQL_TABLES.keys()].join(", ")}`);
      return { sql: writeSql(tokens), select: null, given: new Set() };
    }
    case "show":
      return { sql: showStatement(tokens), select: null, given: new Set() };
    default:
      throw new SqlRefusedError("a question begins with SELECT, WITH, EXPLAIN, DESCRIBE or SHOW");
  }
}

/** @param tables as the engine's own parser names them. @throws {SqlRefusedError} for any that is not ours to show */
export function checkTables(tables: readonly string[], { given }: CheckedSql): void {
  for (const table of tables) {
    const name = table.startsWith("default.") ? table.slice("default.".length) : table;
    if (!SQL_TABLES.has(name) && !given.has(table))
      throw new SqlRefusedError(`there is no table ${table.slice(0, 100)}: ask ${[...SQL_TABLES.keys()].join(", ")}`);
  }
}

function checkToken(token: SqlToken, tokens: readonly SqlToken[], index: number): void {
  if (token.kind !== "name") return;
  const next = tokens[index + 1];
  const lower = token.value.toLowerCase();
  // Quoted or not, and as part of a dotted name: nothing here is called like that.
  for (const part of lower.split("."))
    if (HIDDEN.has(part)) throw new SqlRefusedError(`${part} is not to be read here`);
  if (next?.value === "(" && next.kind === "mark") {
    const isWord = !token.quoted && WORDS_BEFORE_BRACKET.has(lower);
    if (!isWord && !isPureFunction(token.value))
      throw new SqlRefusedError(`the function ${token.value.slice(0, 60)} is not among those that may be called`);
  }
  if (token.quoted) return;
  if (lower === "format" && next?.value !== "(")
    throw new SqlRefusedError("FORMAT is chosen by how the answer is asked for: leave it out");
  if (REFUSED.has(lower) && tokens[index - 1]?.value !== ".")
    throw new SqlRefusedError(
      `${token.value.toUpperCase().slice(0, 20)} is not taken: questions read, and have the limits they have`,
    );
}

function showStatement(tokens: readonly SqlToken[]): string {
  const words = tokens.slice(1).map(word);
  const last = tokens.at(-1)?.value ?? "";
  if (words.length === 1 && words[0] === "tables")
    return `SELECT arrayJoin([${[...SQL_TABLES.keys()].map((name) => `'${name}'`).join(", ")}]) AS name`;
  if (words.length === 3 && words[0] === "columns" && words[1] === "from" && SQL_TABLES.has(last))
    return `DESCRIBE ${last}`;
  throw new SqlRefusedError("SHOW takes TABLES, or COLUMNS FROM a table");
}

function givenNames(tokens: readonly SqlToken[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [index, token] of tokens.entries())
    if (token.kind === "name" && word(tokens[index + 1]) === "as" && tokens[index + 2]?.value === "(")
      names.add(token.value);
  return names;
}

/** Of a bare name, in lower case; of all else nothing. */
function word(token: SqlToken | undefined): string {
  return token?.kind === "name" && !token.quoted ? token.value.toLowerCase() : "";
}
