/** Gaps of live sources among the sources. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeGap } from "../pipeline/persist/gaps.ts";
import { storeTime } from "../pipeline/persist/store.ts";
import type { Output, SourceItem } from "../pipeline/serve/contract.ts";
import { serveCompany, type ServedCompany } from "../../test/served-company.ts";

type Source = Output<typeof SourceItem>;
const T = Date.UTC(2026, 2, 20, 9);
const HOUR_MS = 3_600_000;

let company: ServedCompany;
beforeAll(async () => {
  company = await serveCompany(0);
  for (const source of ["squid", "dnsmasq"])
    await company.store.append("heartbeat", [
      {
        source,
        minute: storeTime(T).slice(0, 19),
        events: 5,
        bytes: 500,
        with_actor: 0,
        with_bytes_out: 0,
        with_url: 0,
      },
    ]);
  const gap = { from: T - HOUR_MS, until: T, reason: "a file was cut" };
  await writeGap(company.store, { ...gap, collector: "archive", source: "" }, T);
  await writeGap(company.store, { ...gap, collector: "archive", source: "", until: T - 1, reason: "another" }, T);
  await writeGap(company.store, { ...gap, collector: "proxies", source: "squid" }, T);
  // A live source may be called as a kind of log is.
  await writeGap(company.store, { ...gap, collector: "dnsmasq", source: "" }, T);
  await writeGap(company.store, { ...gap, collector: "cloud", source: "okta-system-log" }, T);
});
afterAll(() => company.close());

test("stand with the kind of log they are of, else under the id of the live source", async () => {
  const { items } = await company.json<{ items: Source[] }>("/api/v1/sources");
  expect(items.map(({ id, received, gaps }) => [id, received, gaps.map(({ reason }) => reason)])).toEqual([
    ["archive", 0, expect.arrayContaining(["a file was cut", "another"])],
    ["dnsmasq", 5, ["a file was cut"]],
    ["okta-system-log", 0, ["a file was cut"]],
    ["squid", 5, ["a file was cut"]],
  ]);
  expect(items[0]).toMatchObject({
    title: "archive",
    first_event_time: T,
    last_event_time: T,
    behind_ms: 0,
    hours: [],
  });
  // They deliver nothing.
  const rules = await company.get("/metrics");
  expect(await rules.text()).not.toContain('source="archive"');
});

test("page by page too", async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: { items: Source[]; next: string | null } = await company.json(
      `/api/v1/sources?limit=1${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next;
  }
  expect(seen).toEqual(["archive", "dnsmasq", "okta-system-log", "squid"]);
});
