/** What the installation says of itself: rules, coverage, policy. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CoverageBasis, Output, RuleItem } from "../pipeline/serve/contract.ts";
import { loadAttack } from "../content/load-attack.ts";
import { maps } from "../pipeline/conform/index.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

type Coverage = Output<typeof CoverageBasis>;

let company: ServedCompany;
beforeAll(async () => {
  company = await serveCompany(3);
});
afterAll(() => company.close());

test("every source that the analytics name is a source map", () => {
  const known = new Set(maps.map(({ id }) => id));
  const named = loadAttack().analytics.flatMap(({ components }) => components.flatMap(({ sources }) => sources));
  expect(named.filter((id) => !known.has(id))).toEqual([]);
});

test("the file of a rule is told below the product's folder", async () => {
  const { items } = await company.json<{ items: Output<typeof RuleItem>[] }>("/api/v1/rules?limit=200");
  expect(items.filter(({ file }) => !/^detections\/[\w-]+\/[\w-]+\.yml$/.test(file))).toEqual([]);
});

test("an analytic is fed by logs of its platform only", async () => {
  const { analytics, behaviours, strategy } = await company.json<Coverage>("/api/v1/coverage");
  expect(strategy).toMatchObject({ id: "DET0318", technique: "T1567.001" });
  expect(analytics.map(({ id }) => id)).toEqual(["AN0895", "AN0896", "AN0897", "AN0898"]);
  for (const { fed, rules, components } of analytics) {
    expect(rules).toBeGreaterThan(0);
    if (components.every(({ events }) => events === 0)) expect(fed).toBe(0);
    for (const component of components) {
      expect(component.sources.filter((id) => !component.could.includes(id))).toEqual([]);
      expect(component.events > 0).toBe(component.sources.length > 0);
      if (component.proven > 0) expect(component.last_time).not.toBeNull();
    }
  }
  // The company has no hypervisor that sends logs, though its proxy's events have every field the rules read.
  const esxi = analytics.find(({ id }) => id === "AN0898");
  expect(esxi?.components.every(({ events }) => events === 0)).toBe(true);
  expect(esxi?.fed).toBe(0);
  expect(behaviours.find(({ id }) => id === "esxi-datastore-upload")?.fed).toBe(false);
  expect(analytics.some(({ proven }) => proven > 0)).toBe(true);
  expect(analytics.flatMap(({ elements }) => elements.map(({ name }) => name))).toHaveLength(6);
});

test("the page for signing in asks for nothing that is not there", async () => {
  const page = await (await fetch(company.server.address)).text();
  const asked = [...page.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map((match) => match[1] as string);
  expect(asked.length).toBeGreaterThan(1);
  for (const path of [...asked, "/favicon.ico"])
    expect((await fetch(`${company.server.address}${path}`)).status, path).toBe(200);
});

test("a histogram counts what a list finds, however little of the time it lies in", async () => {
  type Histogram = {
    total: number;
    from: number;
    until: number;
    step_ms: number;
    buckets: { time: number; total: number }[];
  };
  type Events = { items: { time: number; actor: string }[]; next: string | null };
  const all = await company.json<Histogram>("/api/v1/event-histogram");
  expect(all.buckets.reduce((sum, { total }) => sum + total, 0)).toBe(all.total);
  expect(all.buckets.length).toBeLessThanOrEqual(122);
  const { items } = await company.json<Events>("/api/v1/events?limit=200");
  for (const { time } of items.slice(0, 3)) {
    const narrow = await company.json<Histogram>(`/api/v1/event-histogram?from=${time}&until=${time + 1}`);
    const listed = await company.json<Events>(`/api/v1/events?limit=200&from=${time}&until=${time + 1}`);
    expect([narrow.total, narrow.from, narrow.until]).toEqual([listed.items.length, time, time + 1]);
  }
  const actor = items.find((item) => item.actor !== "")?.actor ?? "";
  const path = `field=${encodeURIComponent(`context.actor.name:${actor}`)}`;
  const counted = await company.json<Histogram>(`/api/v1/event-histogram?${path}`);
  const found: { time: number }[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Events = await company.json(
      `/api/v1/events?limit=200&${path}${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    found.push(...page.items);
    cursor = page.next;
  }
  expect(counted.total).toBe(found.length);
  for (const bucket of counted.buckets)
    expect(found.filter(({ time }) => time >= bucket.time && time < bucket.time + counted.step_ms).length).toBe(
      bucket.total,
    );
  expect((await company.json<Histogram>("/api/v1/event-histogram?text=nothing-has-this")).total).toBe(0);
});
