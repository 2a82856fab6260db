/** The table of addresses, put together from its groups. */
import { expect, test } from "vitest";
import { ENDPOINTS, SERVER_ENDPOINTS, type Endpoint } from "./contract.ts";
import { ADMIN_ENDPOINTS } from "./contract/access.ts";
import { EVENT_ENDPOINTS } from "./contract/event.ts";
import { INCIDENT_ENDPOINTS } from "./contract/incident-endpoints.ts";
import { KNOWLEDGE_ENDPOINTS } from "./contract/knowledge-endpoints.ts";
import { SQL_ENDPOINTS } from "./contract/sql.ts";
import { SUPPRESSION_ENDPOINTS } from "./contract/suppression.ts";
import { UPKEEP_ENDPOINTS } from "./contract/upkeep.ts";
import { openApiDocument } from "./openapi.ts";

test("no group takes a name of another", () => {
  const groups = [INCIDENT_ENDPOINTS, SUPPRESSION_ENDPOINTS, EVENT_ENDPOINTS, KNOWLEDGE_ENDPOINTS, SQL_ENDPOINTS];
  expect(Object.keys(ENDPOINTS)).toEqual(groups.flatMap((group) => Object.keys(group)));
  const own = Object.keys(SERVER_ENDPOINTS);
  expect(own).toEqual(expect.arrayContaining([...Object.keys(ADMIN_ENDPOINTS), ...Object.keys(UPKEEP_ENDPOINTS)]));
  expect(own.filter((id) => Object.hasOwn(ENDPOINTS, id))).toEqual([]);
});

test("every address and method is told once, in the document too", () => {
  const all = Object.values<Endpoint>({ ...ENDPOINTS, ...SERVER_ENDPOINTS });
  const addresses = all.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(addresses).size).toBe(addresses.length);
  const { paths } = openApiDocument("0.0.0") as { paths: Record<string, Record<string, unknown>> };
  for (const { method, path } of all) expect(paths[path]).toHaveProperty(method.toLowerCase());
});
