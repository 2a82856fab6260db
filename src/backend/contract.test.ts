/** Every address of the contract, against a real store over real HTTP, answers in the shape it promises. */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ENDPOINTS,
  Status,
  type Endpoint,
  type EndpointId,
  type IncidentItem,
  type Output,
} from "../pipeline/serve/contract.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

type Incident = Output<typeof IncidentItem>;

let company: ServedCompany;
let incident: Incident;
/** A suppression that is ended. */
let ended: string;
beforeAll(async () => {
  company = await serveCompany(3);
  incident = (await company.json<{ items: Incident[] }>("/api/v1/incidents")).items[0] as Incident;
  for (let n = 1; n <= 7; n += 1)
    await company.send("POST", `/api/v1/incidents/${incident.uid}/actions`, { kind: "note", text: `note ${n}` });
  for (let n = 1; n <= 3; n += 1) {
    const body = { user: `nobody-${n}`, reason: `reason ${n}` };
    const made = await company.send("POST", "/api/v1/suppressions", body);
    ended = ((await made.json()) as { uid: string }).uid;
  }
});
afterAll(() => company.close());

const actor = (): string => encodeURIComponent(incident.actors[0] ?? "");

/** An address of every endpoint that has an answer. */
const SAMPLES = {
  listIncidents: () => "/api/v1/incidents?limit=2",
  countIncidents: () => "/api/v1/incident-counts",
  getIncident: () => `/api/v1/incidents/${incident.uid}`,
  getNearMisses: () => `/api/v1/incidents/${incident.uid}/near-misses`,
  getEvidence: () => `/api/v1/incidents/${incident.uid}/evidence`,
  listActions: () => `/api/v1/incidents/${incident.uid}/actions`,
  act: () => `/api/v1/incidents/${incident.uid}/actions`,
  listSuppressions: () => "/api/v1/suppressions?limit=2",
  createSuppression: () => "/api/v1/suppressions",
  previewSuppression: () => "/api/v1/suppression-preview",
  endSuppression: () => `/api/v1/suppressions/${ended}/end`,
  listEntities: () => "/api/v1/entities/destination?limit=2",
  getEntity: () => `/api/v1/entities/user/${actor()}`,
  listEvents: () => "/api/v1/events?limit=2",
  countEvents: () => "/api/v1/event-histogram",
  getEvent: () => `/api/v1/events/${incident.findings.find(({ activities }) => activities.length > 0)?.activities[0]}`,
  listSources: () => "/api/v1/sources?limit=2",
  listQuarantine: () => "/api/v1/quarantine?limit=2",
  countQuarantine: () => "/api/v1/quarantine-reasons",
  listRules: () => "/api/v1/rules?limit=2",
  getRule: () => `/api/v1/rules/${incident.findings[0]?.rule}`,
  backtestRule: () => "/api/v1/rule-backtest",
  getCoverage: () => "/api/v1/coverage",
  getPolicy: () => "/api/v1/policy",
  getSqlSchema: () => "/api/v1/sql-schema",
  runSql: () => "/api/v1/sql",
} satisfies Readonly<Record<EndpointId, () => string>>;

/** What is sent to those that take a body. */
const BODIES: Readonly<Partial<Record<EndpointId, unknown>>> = {
  act: { kind: "note", text: "seen" },
  createSuppression: { destination: "github.com/nobody/nothing", reason: "a test" },
  previewSuppression: { destination: "github.com/*" },
  endSuppression: { withdraw: true },
  backtestRule: { text: readFileSync(new URL("../../detections/api-upload/rule.yml", import.meta.url), "utf8") },
  runSql: { query: "SELECT 1" },
};

describe.each(Object.entries<Endpoint>(ENDPOINTS))("%s", (id, endpoint) => {
  const path = (): string => SAMPLES[id as EndpointId]();
  const whole: z.ZodType =
    endpoint.columns === undefined
      ? endpoint.returns
      : z.object({ items: z.array(endpoint.returns), next: z.string().nullable() });

  test.skipIf(endpoint.media !== undefined)("answers as promised, and nothing beside it", async () => {
    const response =
      endpoint.method === "GET"
        ? await company.get(path())
        : await company.send(endpoint.method, path(), BODIES[id as EndpointId]);
    const body: unknown = await response.json();
    expect([response.status, body]).toEqual([endpoint.status ?? 200, expect.anything()]);
    // Parsing leaves out what the shape does not name.
    expect(whole.parse(body)).toEqual(body);
    if (endpoint.columns !== undefined) expect((body as { items: unknown[] }).items.length).toBeGreaterThan(0);
  });

  test("takes a token, and no parameter it does not know", async () => {
    const method = endpoint.method;
    const init = method === "GET" ? {} : { method, body: "{}", headers: { "content-type": "application/json" } };
    const without = await fetch(`${company.server.address}${path()}`, init);
    expect([without.status, ((await without.json()) as { code: string }).code]).toEqual([401, "auth.required"]);
    if (method !== "GET") return;
    const unknown = await company.get(`${path()}${path().includes("?") ? "&" : "?"}nonsense=1`);
    expect([unknown.status, unknown.headers.get("content-type")]).toEqual([
      400,
      "application/problem+json; charset=utf-8",
    ]);
  });

  if (endpoint.columns === undefined || endpoint.method !== "GET") return;
  const columns = endpoint.columns;

  test("is to be had as CSV and NDJSON, by ending and by Accept", async () => {
    const [base, search = ""] = path().split("?");
    const csv = await (await company.get(`${base}.csv?${search}`)).text();
    expect(csv.split("\r\n")[0]).toBe(columns.join(","));
    expect(await (await company.get(path(), { accept: "text/csv" })).text()).toBe(csv);
    const lines = (await (await company.get(path(), { accept: "application/x-ndjson" })).text()).split("\n");
    expect(lines.pop()).toBe("");
    for (const line of lines) endpoint.returns.parse(JSON.parse(line));
    expect(await (await company.get(`${base}.ndjson?${search}`)).text()).toBe(`${lines.join("\n")}\n`);
  });

  test("comes in pages that, put together, are the whole", async () => {
    const base = path().split("?", 1)[0] as string;
    const all = (await company.json<{ items: unknown[] }>(`${base}?limit=200`)).items.slice(0, 12);
    const paged: unknown[] = [];
    let next: string | null = "";
    while (next !== null && paged.length < all.length) {
      const page: { items: unknown[]; next: string | null } = await company.json(
        `${base}?limit=5${next === "" ? "" : `&cursor=${next}`}`,
      );
      expect(page.items.length).toBeLessThanOrEqual(5);
      paged.push(...page.items);
      next = page.next;
    }
    expect(paged.slice(0, all.length)).toEqual(all);
    for (const cursor of ["x", "W10", btoa("[1,2,3,4]"), btoa('{"a":1}'), btoa("[null]"), "A".repeat(1_999)])
      expect((await company.get(`${base}?cursor=${encodeURIComponent(cursor)}`)).status).toBe(400);
  });
});

test("status, health and metrics", async () => {
  const bare = (path: string): Promise<Response> => fetch(`${company.server.address}${path}`);
  expect(await (await bare("/healthz")).json()).toEqual({ status: "ok", reason: null });
  expect((await bare("/readyz")).status).toBe(200);
  const status = Status.parse(await (await bare("/status")).json());
  expect(status.store.activities).toBeGreaterThan(50);
  expect(status.store).toMatchObject({ quarantined: 5, detached_parts: 0 });
  expect(status.sources.length).toBeGreaterThan(3);
  const metrics = await (await bare("/metrics")).text();
  expect(metrics).toMatch(/^sallyport_store_rows\{table="activities"\} \d+$/m);
  // Whatever is asked for, labels are those of the contract.
  await bare("/api/v1/../../etc/passwd");
  await company.get(`/api/v1/${"x".repeat(300)}`);
  const routes = [...(await (await bare("/metrics")).text()).matchAll(/route="([^"]*)"/g)].map((match) => match[1]);
  expect(new Set(routes).size).toBeLessThan(70);
  expect(routes.join()).not.toMatch(/xxx|passwd/);
});

test("an incident is told with its evidence as received", async () => {
  type Detail = Incident & {
    activities: { uid: string; event: { raw_data: string } | null; raw_data: string; what: string }[];
  };
  const detail = await company.json<Detail>(`/api/v1/incidents/${incident.uid}`);
  const named = new Set(incident.findings.flatMap(({ activities }) => activities));
  expect(new Set(detail.activities.map(({ uid }) => uid))).toEqual(named);
  for (const { event, raw_data, what } of detail.activities) {
    expect(event?.raw_data).toBe(raw_data);
    expect(what).not.toBe("");
  }
});
