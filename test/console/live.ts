/** What arrives while somebody looks: the list does not move under the hand. */
import { expect, test } from "vitest";
import { storeTime } from "../../src/pipeline/persist/store.ts";
import type { Incident } from "../../src/model/incident.ts";
import { poll, type Setting } from "./setting.ts";

/** Writes an incident as a conclusion does, and tells those who listen. */
async function arrive({ company }: Setting, uid: string, change: Partial<Incident>): Promise<void> {
  const [row] = await company.reader.rows<{ body: string }>(
    "SELECT body FROM incident FINAL WHERE superseded = 0 ORDER BY risk_score DESC, uid LIMIT 1",
  );
  const incident = { ...(JSON.parse(row?.body ?? "{}") as Incident), uid, ...change };
  await company.store.append("incident", [
    {
      uid,
      first_time: storeTime(incident.first_time),
      last_time: storeTime(incident.last_time),
      risk_score: incident.risk_score,
      severity: incident.severity,
      findings: incident.findings.map((finding) => finding.uid),
      body: JSON.stringify(incident),
      version: Date.now(),
      superseded: 0,
      superseded_by: "",
    },
  ]);
  company.server.notify();
}

export function liveTests(given: Setting): void {
  test("a new incident arrives without taking focus, place or scroll, and is shown when asked for", async () => {
    const { page, context, complaints } = await given.open({ width: 1_280, height: 500 });
    await given.goTo(page, "/", ".queue tr[data-uid]");
    await page.waitForLoadState("networkidle");
    for (const key of ["j", "j", "j", "j"]) await page.keyboard.press(key);
    const state = `[document.activeElement?.getAttribute("data-uid"), document.activeElement?.getBoundingClientRect().top, [...document.querySelectorAll(".queue tr[data-uid]")].map((row) => row.dataset.uid).join()]`;
    const [focused, , rows] = (await page.evaluate(state)) as [string, number, string];
    expect(focused).not.toBeNull();
    const uid = "f".repeat(32);
    await arrive(given, uid, {
      title: "Somebody new pushed 12 MB to a place of their own",
      risk_score: 99,
      severity: "critical",
    });
    await page.locator(".arrived", { hasText: "1 new" }).waitFor();
    const [stillFocused, , stillRows] = (await page.evaluate(state)) as [string, number, string];
    expect([stillFocused, stillRows]).toEqual([focused, rows]);
    await page.keyboard.press("r");
    await page.locator(`tr[data-uid="${uid}"]`).waitFor();
    expect(await page.locator(".arrived").count()).toBe(0);
    // The row that had the focus has it still.
    expect(((await page.evaluate(state)) as [string])[0]).toBe(focused);

    // More evidence for one that is shown already changes its row where it is.
    await arrive(given, uid, {
      title: "Somebody new pushed 24 MB to a place of their own",
      risk_score: 99,
      severity: "critical",
    });
    await page.locator(`tr[data-uid="${uid}"] .what`, { hasText: "24 MB" }).waitFor();
    expect(await page.locator(".arrived").count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("an incident that is open shows what comes in", async () => {
    const { page, context } = await given.open();
    const uid = "e".repeat(32);
    await arrive(given, uid, { title: "First seen so" });
    await given.goTo(page, `/incidents/${uid}`, "#why");
    await page.waitForLoadState("networkidle");
    await arrive(given, uid, { title: "Then seen otherwise" });
    await page.getByRole("heading", { level: 1, name: "Then seen otherwise" }).waitFor();
    await given.company.send("POST", `/api/v1/incidents/${uid}/actions`, { kind: "note", text: "from another desk" });
    await page.locator(".record", { hasText: "from another desk" }).waitFor();
    await context.close();
  });

  test("a server that goes silent is told at the foot", async () => {
    const { page, context } = await given.open();
    await page.route("**/api/v1/stream", (route) => route.abort());
    await given.goTo(page, "/", ".queue tr[data-uid]");
    await poll(() => page.locator(".foot").innerText()).toContain("Not live since");
    await context.close();
  });
}
