/** Questions in SQL, and what they can be asked of. */
import { SQL_TABLES } from "../pipeline/persist/sql-check.ts";
import type { Handlers } from "../pipeline/serve/contract.ts";
import type { Surroundings } from "./index.ts";

type SqlHandlers = Pick<Handlers, "runSql" | "getSqlSchema">;

export function sqlHandlers({ reader }: Surroundings): SqlHandlers {
  return {
    runSql: ({ body }) => reader.askSql(body.query),

    getSqlSchema: async () => {
      const rows = await reader.rows<{ table: string; name: string; type: string }>(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND table IN {tables:Array(String)} ORDER BY table, position",
        { tables: [...SQL_TABLES.keys()] },
      );
      const columns = Map.groupBy(rows, ({ table }) => table);
      return {
        tables: [...SQL_TABLES].map(([name, about]) => ({
          name,
          about,
          columns: (columns.get(name) ?? []).map((column) => ({ name: column.name, type: column.type })),
        })),
      };
    },
  };
}
