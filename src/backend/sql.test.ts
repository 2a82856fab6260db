/** Questions in SQL: what is answered, and everything that is not. */
import * as fc from "fast-check";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSql } from "../pipeline/persist/sql-check.ts";
import { SqlRefusedError, sqlTokens, writeSql } from "../pipeline/persist/sql-tokens.ts";
import type { Output, SqlResult, SqlSchema } from "../pipeline/serve/contract.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

type Answer = Output<typeof SqlResult>;

let company: ServedCompany;
let folder: string;
beforeAll(async () => {
  company = await serveCompany(3);
  folder = mkdtempSync(join(tmpdir(), "sallyport-sql-"));
  writeFileSync(join(folder, "secret.txt"), "the-secret\n");
});
afterAll(async () => {
  await company.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (query: string): Promise<Answer> => {
  const response = await company.send("POST", "/api/v1/sql", { query });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
};

test.each([
  ["SELECT 1 AS one", [[1]]],
  ["select 'a;b -- no comment' as `x.y` -- a comment\n", [["a;b -- no comment"]]],
  ["SELECT 1 /* SETTINGS readonly = 0 */ + 1;", [[2]]],
  ["WITH t AS (SELECT 2 AS x) SELECT x FROM t", [[2]]],
  ["WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM n WHERE x < 3) SELECT max(x) FROM n", [["3"]]],
  ["SELECT countIf(number > 1), sumIf(number, number % 2 = 1) FROM numbers(4)", [["2", "4"]]],
  ["SELECT arrayMap(x -> x * 2, [1, 2]), (1, 'b').2, map('a', 1)['a'], 3::String", [[[2, 4], "b", 1, "3"]]],
  ["SELECT count() > 0 FROM default.activity", [[1]]],
  ["SELECT count() > 0 FROM activity AS a JOIN incident AS i ON 1 = 1 WHERE i.superseded = 0", [[1]]],
  ["SELECT count(*) > 0 FROM activity WHERE `context.destination.name` ILIKE '%git%'", [[1]]],
  ["SELECT toString(18446744073709551615), 18446744073709551615", [["18446744073709551615", "18446744073709551615"]]],
  ["SELECT quantile(0.5)(x) FROM (SELECT arrayJoin([1, 2, 3]) AS x)", [[2]]],
  ["SELECT row_number() OVER (PARTITION BY 1 ORDER BY number) FROM numbers(2)", [["1"], ["2"]]],
  ["SELECT CAST('2026-03-16 00:00:00' AS DateTime64(3, 'UTC')) > toDateTime('2020-01-01 00:00:00')", [[1]]],
  ["SELECT format('{} {}', 'a', 'b')", [["a b"]]],
])("%s", async (query, rows) => {
  expect((await ask(query)).rows).toEqual(rows);
});

test.each([
  "SHOW TABLES",
  "DESCRIBE activity",
  "DESC TABLE incident",
  "SHOW COLUMNS FROM match",
  "EXPLAIN SELECT 1",
  "EXPLAIN AST SELECT 1 FROM activity",
  "EXPLAIN indexes = 1 SELECT count() FROM activity",
])("%s is answered", async (query) => {
  expect((await ask(query)).rows.length).toBeGreaterThan(0);
});

/** FILE and OUT stand for a file that exists, and for one that does not. */
const HOSTILE = [
  // other statements
  "INSERT INTO activity SELECT * FROM activity",
  "INSERT INTO FUNCTION file('OUT', 'TSV') SELECT 1",
  "TRUNCATE TABLE activity",
  "DROP TABLE activity",
  "ALTER TABLE activity DELETE WHERE 1",
  "DELETE FROM activity WHERE 1",
  "CREATE TABLE x (a Int8) ENGINE = Memory",
  "CREATE TEMPORARY TABLE x AS SELECT 1",
  "ATTACH TABLE x",
  "RENAME TABLE activity TO x",
  "OPTIMIZE TABLE activity FINAL",
  "SYSTEM SHUTDOWN",
  "SYSTEM STOP MERGES",
  "KILL QUERY WHERE 1",
  "SET readonly = 0",
  "USE system",
  "GRANT ALL ON *.* TO default",
  "BACKUP TABLE activity TO Disk('x', 'y')",
  "WITH x AS (SELECT 1) INSERT INTO activity SELECT * FROM x",
  "EXPLAIN DROP TABLE activity",
  "EXPLAIN AST INSERT INTO activity SELECT 1",
  "EXPLAIN TABLE OVERRIDE mysql('a', 'b', 'c', 'd', 'e')",
  // more than one
  "SELECT 1; DROP TABLE activity",
  "SELECT 1;;SELECT 2",
  "SELECT 1; SELECT 2",
  // writing, and other limits
  "SELECT 'x' INTO OUTFILE 'OUT'",
  "SELECT 'x' INTO/**/OUTFILE'OUT'",
  "SELECT 'x' into outfile 'OUT' TRUNCATE FORMAT TSV",
  "SELECT 1 SETTINGS readonly = 0",
  "SELECT 1 SETTINGS/**/max_execution_time=0",
  "SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 0)",
  "SELECT 1 FORMAT Null",
  "EXPLAIN SELECT 1 SETTINGS max_threads = 64",
  // table functions
  "SELECT * FROM file('FILE', 'LineAsString')",
  "SELECT * FROM `file`('FILE', 'LineAsString')",
  "SELECT * FROM \"file\"('FILE', 'LineAsString')",
  "SELECT * FROM FILE ( 'FILE' )",
  "DESCRIBE file('FILE')",
  "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
  "SELECT * FROM urlCluster('c', 'http://127.0.0.1:9/')",
  "SELECT * FROM s3('http://127.0.0.1:9/x', 'TSV')",
  "SELECT * FROM remote('127.0.0.1', 'default.credential')",
  "SELECT * FROM remoteSecure('127.0.0.1', default, credential)",
  "SELECT * FROM cluster('default', default, activity)",
  "SELECT * FROM executable('sh', 'TSV', 'x String')",
  "SELECT * FROM input('x String')",
  "SELECT * FROM mysql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
  "SELECT * FROM postgresql('127.0.0.1:9', 'a', 'b', 'c', 'd')",
  "SELECT * FROM sqlite('FILE', 'x')",
  "SELECT * FROM merge('default', '.*')",
  "SELECT * FROM dictionary('x')",
  "SELECT * FROM eval('SELECT 1')",
  "SELECT * FROM mergeTreeIndex(default, credential)",
  "SELECT * FROM loop(activity)",
  "SELECT * FROM generateRandom('a Int8')",
  "SELECT * FROM hdfs('hdfs://x', 'TSV')",
  "SELECT * FROM deltaLakeLocal('/')",
  "SELECT * FROM view(SELECT 1)",
  "SELECT * FROM activity JOIN file('FILE', 'LineAsString') AS f ON 1 = 1",
  "SELECT 1 WHERE 1 IN (SELECT * FROM file('FILE', 'LineAsString'))",
  "SELECT 1 IN file('FILE')",
  // functions that look around
  "SELECT file('FILE')",
  "SELECT arrayMap(x -> file(x), ['FILE'])",
  "SELECT getSetting('readonly')",
  "SELECT getServerSetting('max_connections')",
  "SELECT getMacro('x')",
  "SELECT hostName()",
  "SELECT currentUser()",
  "SELECT version()",
  "SELECT dictGet('x', 'y', 1)",
  "SELECT joinGet('x', 'y', 1)",
  "SELECT sleep(3)",
  "SELECT sleepEachRow(1) FROM numbers(100)",
  "SELECT catboostEvaluate('FILE', 1)",
  "SELECT addressToLine(1)",
  "SELECT filesystemAvailable()",
  "SELECT serverUUID()",
  "SELECT aiGenerate('x', 'y')",
  "SELECT hasColumnInTable('default', 'credential', 'hash')",
  "SELECT initializeAggregation('sum', 1)",
  "SELECT throwIf(1)",
  // other tables
  "SELECT * FROM system.tables",
  "SELECT * FROM `system`.`tables`",
  'SELECT * FROM "system"."processes"',
  "SELECT * FROM `system.tables`",
  "SELECT * FROM SYSTEM.query_log",
  "SELECT * FROM information_schema.tables",
  "SELECT * FROM INFORMATION_SCHEMA.TABLES",
  "SELECT hash FROM credential",
  "SELECT hash FROM default.credential",
  "SELECT hash FROM `credential`",
  "SELECT hash FROM 'credential'",
  "SELECT name FROM 'system.tables'",
  "SELECT name FROM 'sys\\x74em.tables'",
  "SELECT hash FROM `\\x63redential`",
  'SELECT hash FROM "c\\u0072edential"',
  "SELECT * FROM activity, credential",
  "SELECT 1 WHERE 'x' IN credential",
  "SELECT (SELECT any(hash) FROM credential)",
  "SELECT * FROM (WITH credential AS (SELECT 1) SELECT * FROM credential)",
  "SELECT * FROM checkpoint",
  "SELECT * FROM account",
  "SELECT a.* FROM incident AS i, `account` AS a",
  "SELECT * FROM outbox",
  "SELECT 1 WHERE 'x' IN outbox",
  "SELECT * FROM schema_version",
  "DESCRIBE credential",
  "SHOW CREATE TABLE credential",
  "SHOW CREATE TABLE activity",
  "SHOW TABLES FROM system",
  "SHOW DATABASES",
  "SHOW PROCESSLIST",
  "SHOW GRANTS",
  "SHOW SETTINGS LIKE '%'",
  "SHOW FUNCTIONS",
  "SELECT * FROM nowhere",
  // ways to say the same
  "SELECT {x:Identifier}",
  "SELECT * FROM {t:Identifier}",
  "SELECT $$credential$$",
  "SELECT @@version",
  "SELECT * FROM \u201csystem\u201d.tables",
  "SELECT\u00a01",
  "SELECT 1 /* no end",
  "SELECT 'no end",
  "SELECT `no end",
  "TABLE credential",
  "VALUES (1)",
  "FROM credential SELECT *",
  "(SELECT 1) INTO OUTFILE 'OUT'",
  "",
  "   ",
  "-- nothing",
] as const;

describe("is refused before the engine reads it", () => {
  test.each(HOSTILE.map((query) => [query] as const))("%s", async (query) => {
    const out = join(folder, "out.txt");
    const text = query.replaceAll("FILE'", `${join(folder, "secret.txt")}'`).replaceAll("OUT'", `${out}'`);
    const response = await company.send("POST", "/api/v1/sql", { query: text });
    const said = await response.text();
    expect([response.status, said]).toEqual([400, expect.stringContaining("request.invalid")]);
    expect(said).not.toContain("the-secret");
    expect(existsSync(out)).toBe(false);
  });

  test("there are more than sixty of them", () => {
    expect(HOSTILE.length).toBeGreaterThan(60);
    expect(readFileSync(join(folder, "secret.txt"), "utf8")).toBe("the-secret\n");
  });
});

describe("who signed in and who changed what", () => {
  const told: { uid: string; time: string; kind: string; actor: string; body: string }[] = [];
  beforeAll(async () => {
    const incident = (await company.json<{ items: { uid: string }[] }>("/api/v1/incidents")).items[0]?.uid;
    await company.send("POST", `/api/v1/incidents/${incident}/actions`, { kind: "note", text: "seen" });
    await company.send("POST", "/api/v1/tokens", { name: "of-an-admin", role: "viewer" });
    told.push(
      ...(await company.store.rows<(typeof told)[number]>(
        "SELECT uid, toString(time) AS time, kind, actor, body FROM action FINAL WHERE incident = ''",
      )),
    );
  });

  test.each([
    "SELECT kind FROM action",
    "SELECT kind FROM action FINAL WHERE incident = '' OR kind = 'note'",
    "SELECT a.kind FROM default.action AS a PREWHERE a.uid != ''",
    'SELECT action.kind FROM "default"."action"',
    "SELECT (SELECT arraySort(groupUniqArray(kind)) FROM action)",
    "WITH x AS (SELECT * FROM action) SELECT DISTINCT kind FROM x",
    "SELECT b.kind FROM activity AS a RIGHT JOIN action AS b ON a.id = b.uid",
    "SELECT b.kind FROM incident AS a ANY RIGHT JOIN (SELECT * FROM `action`) AS b ON 1 = 2",
    "SELECT kind FROM action WHERE incident = '' OR 1 = 1 UNION ALL SELECT kind FROM action WHERE 1",
    "SELECT argMax(kind, time) FROM action GROUP BY incident",
  ])("is not in the answer of %s", async (query) => {
    expect(told.map(({ kind }) => kind)).toContain("token.create");
    const rows = JSON.stringify((await ask(query)).rows);
    expect(rows).toContain("note");
    for (const { kind } of told) expect(rows).not.toContain(kind);
  });

  test("is neither counted nor found by asking whether a row is there", async () => {
    expect((await ask("SELECT count(), countIf(incident = ''), uniq(incident) FROM action")).rows).toEqual([
      ["1", "0", "1"],
    ]);
    const [{ uid, time, kind, actor, body } = told[0]!] = told;
    const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
    const row = `(${text(uid)}, toDateTime64(${text(time)}, 3, 'UTC'), '', ${text(kind)}, ${text(actor)}, ${text(body)})`;
    expect((await ask(`SELECT ${row} IN action`)).rows).toEqual([[0]]);
    expect((await ask(`SELECT ${text(uid)} IN (SELECT uid FROM action)`)).rows).toEqual([[0]]);
  });
});

test("limits: time, memory, rows", async () => {
  const long = await company.send("POST", "/api/v1/sql", {
    query: "SELECT sum(sipHash64(number)) FROM numbers(3000000000) WHERE number % 3 = 0 GROUP BY number % 100000",
  });
  expect([long.status, ((await long.json()) as { code: string }).code]).toEqual([422, "query.too-expensive"]);
  const large = await company.send("POST", "/api/v1/sql", {
    query: "SELECT length(groupArray(repeat('x', 1000))) FROM numbers(10000000)",
  });
  expect(large.status).toBe(422);
  // What failed leaves nothing behind for the next one.
  const many = await ask("SELECT number FROM numbers(100000)");
  expect([many.rows.length, many.truncated, many.columns]).toEqual([
    10_000,
    true,
    [{ name: "number", type: "UInt64" }],
  ]);
}, 60_000);

test("as CSV that a spreadsheet does not run, and as NDJSON", async () => {
  const body = { query: "SELECT '=cmd()' AS a, [1, 2] AS b, 'x,\"y\"' AS `c.d`, NULL AS n" };
  const csv = await (await company.send("POST", "/api/v1/sql.csv", body)).text();
  expect(csv).toBe('a,b,c.d,n\r\n\'=cmd(),"[1,2]","x,""y""",\r\n');
  const lines = await company.send("POST", "/api/v1/sql", body, { accept: "application/x-ndjson" });
  expect(JSON.parse(await lines.text())).toEqual({ a: "=cmd()", b: [1, 2], "c.d": 'x,"y"', n: null });
});

test("is for engineers and admins", async () => {
  const tables = await company.json<Output<typeof SqlSchema>>("/api/v1/sql-schema");
  expect(tables.tables.find(({ name }) => name === "activity")?.columns.length).toBeGreaterThan(20);
  for (const role of ["viewer", "analyst"] as const) {
    const token = await company.server.access.createToken(role, role);
    const headers = { authorization: `Bearer ${token}` };
    expect((await company.send("POST", "/api/v1/sql", { query: "SELECT 1" }, headers)).status).toBe(403);
    expect((await company.get("/api/v1/sql-schema", headers)).status).toBe(403);
  }
});

test("any text is refused or let through as the same words", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "SELECT",
      "FROM",
      "activity",
      "credential",
      "`a.b`",
      "'x'",
      "''",
      "(",
      ")",
      ",",
      ".",
      "1",
      ".5",
      "--x\n",
      "/*y*/",
      " ",
      "\n",
      "->",
      "::",
      "AS",
      ";",
      "system",
      "#",
      "\\",
      '"',
    ),
    fc.string({ maxLength: 6, unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      try {
        const { sql } = checkSql(text);
        // Written out, the words are those that were checked.
        expect(sqlTokens(sql).map(({ kind, value }) => [kind, value])).toEqual(
          sqlTokens(text).map(({ kind, value }) => [kind, value]),
        );
        expect(writeSql(sqlTokens(sql))).toBe(sql);
      } catch (error) {
        expect(error).toBeInstanceOf(SqlRefusedError);
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
  );
});
