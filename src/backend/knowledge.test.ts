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
