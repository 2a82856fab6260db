/** Questions in SQL. */
import * as z from "zod";
import { named } from "./shape.ts";

export const SqlBody = z
  .strictObject({ query: z.string().min(1).max(20_000) })
  .meta({ description: "One SELECT, WITH, EXPLAIN, DESCRIBE or SHOW of ClickHouse." });

export const SqlResult = named(
  "SqlResult",
  z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.unknown())).meta({ description: "at most 10,000; integers of 64 bits as text" }),
    truncated: z.boolean().meta({ description: "there are more rows than an answer has" }),
    rows_read: z.number(),
    bytes_read: z.number(),
    elapsed_ms: z.number(),
  }),
);

export const SqlSchema = named(
  "SqlSchema",
  z.object({
    tables: z.array(
      z.object({
        name: z.string(),
        about: z.string().meta({ description: "what one row is" }),
        columns: z.array(z.object({ name: z.string(), type: z.string() })),
      }),
    ),
  }),
);

export const SQL_ENDPOINTS = {
  getSqlSchema: {
    method: "GET",
    path: "/api/v1/sql-schema",
    tag: "events",
    summary: "The tables that may be asked in SQL",
    returns: SqlSchema,
    role: "engineer",
  },
  runSql: {
    method: "POST",
    path: "/api/v1/sql",
    tag: "events",
    summary: "One question in ClickHouse's SQL: read-only, ten seconds, 10,000 rows; also as CSV and NDJSON",
    body: SqlBody,
    returns: SqlResult,
    table: true,
    role: "engineer",
  },
} as const;
