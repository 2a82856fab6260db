/** What makes it a tool: deep links, times, print, narrow screens, and the evidence in one's hand. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Setting } from "./setting.ts";

export function comfortTests(given: Setting): void {
  test("every address leads to what it shows, and back", async () => {
    const { page, context, complaints } = await given.open();
    const first = given.paths[1]?.path ?? "";
    await given.goTo(page, `${first}#why`, "#why");
    const title = await page.locator("h1").innerText();
    await page.locator("#why ~ *, section[aria-labelledby=why] a").first().waitFor();
    await page.locator("section[aria-labelledby=why] table a").first().click();
    await page.waitForURL("**/detections?rule=*");
    await page.waitForSelector("#h-text");
    const rule = await page.locator("#h-rule").innerText();
    // Opened anew, the address chooses the same rule.
    await page.reload();
    await page.waitForSelector("#h-text");
    expect(await page.locator("#h-rule").innerText()).toBe(rule);
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await given.goTo(page, "/?severity=critical", ".filters");
    expect(await page.getByLabel("Severity").inputValue()).toBe("critical");
    await given.goTo(page, "/nowhere/at/all", "main");
    expect(await page.locator("main").innerText()).toMatch(/no such page|nothing here|not found/i);
    expect(complaints.filter((complaint) => !/status of 40[14]/.test(complaint))).toEqual([]);
    await context.close();
  });

  test("times stand in the viewer's zone, with UTC beside, and in UTC while z is held", async () => {
    const { page, context } = await given.open();
    await given.goTo(page, "/", ".queue tr[data-uid]");
    const time = page.locator(".queue tr[data-uid] time").first();
    const at = new Date((await time.getAttribute("datetime")) ?? "");
    const shown = (zone: string): string =>
      new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(at);
    const told = (await time.getAttribute("title")) ?? "";
    expect(told).toContain(shown("Europe/Berlin"));
    expect(told).toContain(shown("UTC"));
    await page.keyboard.down("z");
    expect(await time.innerText()).toContain(shown("UTC"));
    await page.keyboard.up("z");
    expect(await time.innerText()).not.toContain(shown("UTC"));
    await context.close();
  });

  test("what is printed is the report: no bar, no actions, everything open", async () => {
    const { page, context } = await given.open();
    for (const path of [given.paths[1]?.path ?? "", "/report"]) {
      await given.goTo(page, path, path === "/report" ? "#q3" : ".evidence tbody tr");
      await page.emulateMedia({ media: "print" });
      for (const hidden of [".bar", ".actions", ".foot", ".tabbar", ".skip"])
        for (const element of await page.locator(hidden).all()) expect(await element.isVisible(), hidden).toBe(false);
      expect(await page.locator("h1").first().isVisible()).toBe(true);
      const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(ground).toMatch(/rgb\(255, 255, 255\)|rgba\(0, 0, 0, 0\)/);
      await page.emulateMedia({ media: "screen" });
    }
    await context.close();
  });

  test("nothing scrolls sideways on a phone", async () => {
    const { page, context, complaints } = await given.open({ width: 390, height: 844 });
    for (const { path, complete } of given.paths) {
      await given.goTo(page, path, complete);
      expect([path, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([path, 390]);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("why it scores, what nearly held, and the evidence as an archive by one key", async () => {
    const { page, context, complaints } = await given.open();
    await given.goTo(page, given.paths[1]?.path ?? "", ".nearhead");
    await page.locator(".nearhead th, .nearhead td", { hasText: /came near/i }).waitFor();
    const points = await page.locator("section[aria-labelledby=why] td.points b").allInnerTexts();
    const sum = points.reduce((total, text) => total + Number(text), 0);
    expect(String(sum)).toBe(await page.locator(".score b").innerText());
    const saved = page.waitForEvent("download");
    await page.keyboard.press("e");
    const download = await saved;
    expect(download.suggestedFilename()).toMatch(/^evidence-[0-9a-f]{32}\.zip$/);
    expect(
      readFileSync(await download.path())
        .subarray(0, 4)
        .toString("latin1"),
    ).toBe("PK\u0003\u0004");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a first-time reader finds what left, where to and why within three clicks", async () => {
    const { page, context } = await given.open();
    await given.goTo(page, "/", ".queue tr[data-uid]");
    // Before any click: how much, where to and the strongest reasons stand in the row.
    const row = page.locator(".queue tr[data-uid]").first();
    expect(await row.locator(".c-dest").innerText()).not.toBe("");
    expect(await row.locator(".c-out").innerText()).toMatch(/[kMG]?B|not told/);
    await row.locator("a.what, .what a, a").first().click();
    await page.locator("#why").waitFor();
    for (const part of ["#why", "#events", "#h-blind", "#h-next"])
      expect(await page.locator(part).count(), part).toBe(1);
    expect(await page.locator(".chain .node, .chain li, .chain g").count()).toBeGreaterThan(3);
    await context.close();
  });
}
