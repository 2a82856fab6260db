/** Finding: from anywhere, by words and fields, in SQL. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { poll, type Setting } from "./setting.ts";

export function searchTests(given: Setting): void {
  test("anything is found from anywhere", async () => {
    const { page, context, complaints } = await given.open();
    await given.goTo(page, "/", ".queue tr[data-uid]");
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "Search everything" }).waitFor();
    await page.keyboard.type("github.com/");
    await page
      .getByRole("option", { name: /^github\.com\// })
      .first()
      .waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/entities/destination?name=github.com**");
    await page.waitForSelector("#h-heat");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("search, narrowed with the keyboard", async () => {
    const { page, context, complaints } = await given.open();
    await given.goTo(page, "/search", ".results tr[data-row]");
    await page.keyboard.press("/");
    await page.keyboard.type("source:squid git-receive-pack");
    await page.keyboard.press("Enter");
    await poll(() => page.locator(".pane .sechead small").innerText()).toBe("squid");
    await page.locator(".pane mark").first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a question in SQL, by keyboard, and its answer as a file", async () => {
    const { page, context, complaints } = await given.open();
    await given.goTo(page, "/search/sql", ".schema details");
    // Nothing has been asked, and there is something to ask.
    expect(await page.locator(".questions button").count()).toBeGreaterThan(3);
    await page.keyboard.press("/");
    await page.keyboard.type("SELECT source, count() AS events FROM activity GROUP BY source ORDER BY source");
    await page.keyboard.press("Control+Enter");
    await page.locator(".answer tbody tr").first().waitFor();
    const sources = await page.locator(".answer tbody td:first-child").allInnerTexts();
    expect(sources).toContain("squid");
    expect(page.url()).toContain("/search/sql?q=SELECT");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV" }).click();
    const lines = readFileSync(await (await saved).path(), "utf8")
      .trimEnd()
      .split("\r\n");
    expect(lines).toHaveLength(sources.length + 1);
    expect(lines[0]).toBe("source,events");

    await page.getByRole("textbox", { name: "Question in SQL" }).fill("SELECT * FROM file('/etc/passwd')");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("alert").getByText("the function file is not among those that may be called").waitFor();
    await page.getByRole("button", { name: "What arrives by hour and source" }).click();
    await page.locator(".answer th", { hasText: "hour" }).waitFor();
    expect(complaints.filter((complaint) => !complaint.includes("status of 400"))).toEqual([]);
    await context.close();
  });

  test("every question that is suggested has an answer", async () => {
    const { SQL_QUESTIONS } = await import("../../console/src/pages/search/sql-questions.ts");
    for (const { ask, sql } of SQL_QUESTIONS) {
      const response = await given.company.send("POST", "/api/v1/sql", { query: sql });
      expect([ask, response.status]).toEqual([ask, 200]);
      expect(((await response.json()) as { rows: unknown[] }).rows.length, ask).toBeGreaterThan(0);
    }
  });

  test("whoever may not ask in SQL is told who may", async () => {
    const token = await given.company.server.access.createToken("vera", "viewer");
    const { page, context, complaints } = await given.open({}, token);
    await given.goTo(page, "/search/sql", ".empty");
    expect(await page.locator(".empty").innerText()).toContain("engineers and administrators");
    expect(await page.locator("textarea").count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });
}
