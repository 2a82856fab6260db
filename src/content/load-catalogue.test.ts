/** The catalogue is data; its examples are its tests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ipaddr from "ipaddr.js";
import { describe, expect, test } from "vitest";
import type { OcsfEvent } from "../model/activity.ts";
import { createContextBuilder } from "../pipeline/conform/context/index.ts";
import { parseUrl } from "../pipeline/conform/context/git-address.ts";
import { createSites } from "../pipeline/conform/context/sites.ts";
import { locateUrl } from "../pipeline/conform/context/locate.ts";
import { loadCatalogue } from "./load-catalogue.ts";

const catalogue = loadCatalogue();

test("holds at least sixty services that keep repositories", () => {
  expect(catalogue.services.filter(({ kind }) => kind === "code-host").length).toBeGreaterThanOrEqual(60);
});

test("every range is one, with its source and date", () => {
  for (const { ranges } of catalogue.services) {
    for (const { cidrs, source, date } of ranges ?? []) {
      expect(source).not.toBe("");
      expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      for (const cidr of cidrs) expect(ipaddr.isValidCIDR(cidr), cidr).toBe(true);
    }
  }
});

test("no exact host of a service stands under another's wildcard by accident", () => {
  const sites = createSites(catalogue, null);
  for (const service of catalogue.services) {
    for (const hosts of Object.values(service.hosts)) {
      for (const host of hosts.filter((name) => !/[*{]/.test(name)))
        expect(sites.site(host)?.service, host).toBe(service.id);
    }
    for (const host of (service.excluded ?? []).filter((name) => !/[*{]/.test(name)))
      expect(sites.site(host), host).toBeNull();
  }
});

const examples = catalogue.services.flatMap((service) =>
  service.examples.map((example) => ({
    ...example,
    id: service.id,
    selfHosted: service.self_hosted === true,
    method: example.method ?? null,
  })),
);

describe("examples", () => {
  const builtIn = createSites(catalogue, null);
  test.each(examples)("$id: $method $url", ({ id, selfHosted, method, url, name, endpoint, operation }) => {
    const address = parseUrl(url);
    if (address === null) throw new Error("not an address");
    const sites = selfHosted ? createSites(catalogue, { MonitoredDomains: [address.host] }) : builtIn;
    const site = sites.site(address.host);
    if (site === null) throw new Error("no site");
    const located = locateUrl(sites, site, address.scheme, method, address.path, address.query);
    expect({
      service: site.service,
      name: located.name === "" ? located.host : `${located.host}/${located.name}`,
      endpoint: located.endpoint,
      operation: located.operation,
    }).toEqual({ service: id, name, endpoint, operation });
  });

  test("the same through a whole event", () => {
    const context = createContextBuilder(catalogue, null);
    for (const { url, method, name, selfHosted } of examples) {
      const address = parseUrl(url);
      if (address === null || selfHosted || method === null) continue;
      const { host: hostname, path, query: query_string, scheme } = address;
      const event = {
        class_uid: 4002,
        activity_id: 6,
        time: 0,
        metadata: { product: { name: "Squid" } },
        http_request: { http_method: method, url: { scheme, hostname, path, query_string } },
      };
      expect(context(event as unknown as OcsfEvent).destination?.name, url).toBe(name);
    }
  });
});

test("mistakes are told with their place", () => {
  const folder = mkdtempSync(join(tmpdir(), "catalogue-"));
  const load = (text: string): string => {
    writeFileSync(join(folder, "x.yaml"), text);
    try {
      loadCatalogue(folder);
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
  };
  const service = (id: string, host: string): string =>
    `  - { id: ${id}, title: T, kind: code-host, host: ${host}, grammar: g, hosts: { web: [${host}] }, examples: [{ url: "https://${host}/", name: ${host}, endpoint: web, operation: read }] }\n`;
  const grammar = "grammars: { g: { repository: [], routes: [] } }\n";
  try {
    expect(load(`${grammar}services:\n${service("one", "a.example")}`)).toBe("");
    expect(load(`${grammar}services:\n${service("one", "a.example")}${service("one", "b.example")}`)).toBe(
      "x.yaml:4:5: service one stands already at x.yaml:3",
    );
    expect(load(`${grammar}services:\n${service("one", "a.example")}${service("two", "a.example")}`)).toMatch(
      /^x\.yaml:4:\d+: host a\.example stands already at x\.yaml:3$/,
    );
    expect(load(`${grammar}servces: []\n`)).toBe('x.yaml:2:1: unknown key "servces"; did you mean "services"?');
    expect(load(`services:\n${service("one", "a.example")}`)).toContain('there is no grammar "g"');
    expect(load("services: [")).toMatch(/^x\.yaml:1:\d+: /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
