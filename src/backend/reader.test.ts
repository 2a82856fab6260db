/** Questions of people beside a store that takes events. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { TooExpensiveError } from "../pipeline/persist/store-error.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

let company: ServedCompany;
beforeAll(async () => {
  company = await serveCompany(0);
});
afterAll(() => company.close());

test("a long question holds up neither an insert nor a short question, and what is written is seen at once", async () => {
  const { reader, store } = company;
  const order: string[] = [];
  const long = reader
    .rows("SELECT sum(sipHash64(number)) FROM numbers(3000000000) SETTINGS max_execution_time = 2")
    .then(() => order.push("long"))
    .catch((error: unknown) => {
      order.push("long");
      return error;
    });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await store.append("checkpoint", [{ source: "test", position: "1", version: 1 }]);
  order.push("insert");
  expect(await reader.rows("SELECT position FROM checkpoint WHERE source = 'test'")).toEqual([{ position: "1" }]);
  order.push("short");
  expect(await long).toBeInstanceOf(TooExpensiveError);
  expect(order).toEqual(["insert", "short", "long"]);
});

test("a reader changes nothing", async () => {
  for (const statement of [
    "TRUNCATE TABLE activity",
    "INSERT INTO checkpoint (source) VALUES ('x')",
    "DROP TABLE incident",
    "SET readonly = 0",
  ])
    await expect(company.reader.rows(statement), statement).rejects.toThrow(/readonly|Cannot|Syntax error/i);
  expect(await company.reader.rows("SELECT source FROM checkpoint WHERE source = 'x'")).toEqual([]);
});
