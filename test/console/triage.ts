/** The work itself: assign, note, close, undo, many at once, and what goes wrong in between. */
import { expect, test } from "vitest";
import { poll, type Setting } from "./setting.ts";

export function triageTests(given: Setting): void {
  test("a whole triage with the keyboard alone", async () => {
    const { page, context, complaints } = await given.open();
    await given.goTo(page, "/", ".queue tr[data-uid]");
    const says = async (text: string | RegExp): Promise<void> => page.locator(".toast", { hasText: text }).waitFor();
    const press = (key: string): Promise<void> => page.keyboard.press(key);
    const title = await page.locator(".queue tr[data-uid] .what").first().innerText();

    await press("?");
    await page.getByRole("dialog", { name: "Keys of this page" }).waitFor();
    await press("Escape");
    await press("j");
    await press("a");
    await says("Assigned 1 incident to you");
    await page.locator(".c-own", { hasText: "you" }).first().waitFor();
    await page.getByRole("link", { name: title }).focus();
    await press("Enter");
    await page.getByRole("heading", { level: 1, name: title }).waitFor();

    await press("n");
    await page.keyboard.type("asked the team lead \u202Eabout it");
    await press("Control+Enter");
    await says("Note kept");
    await page.locator(".record", { hasText: "⟦U+202E⟧about it" }).waitFor();
    // Typing has not done what the letters do elsewhere.
    expect(page.url()).toContain("/incidents/");
    await press("Escape");
    await press("c");
    await page.getByRole("dialog").waitFor();
    await press("1");
    await says("Closed 1 incident: true: malicious");
    await page.locator(".meta", { hasText: "closed, true: malicious" }).waitFor();
    await press("u");
    await says("Taken back");
    await page.locator(".meta", { hasText: "open, you" }).waitFor();
    await press("c");
    await press("3");
    await page.locator(".meta", { hasText: "closed, benign: authorised" }).waitFor();

    await press("g");
    await press("i");
    await page.waitForSelector(".queue");
    await poll(() => page.locator(".queue .what", { hasText: title }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("many at once, and taken back at once", async () => {
    const { page, context } = await given.open();
    await given.goTo(page, "/", ".queue tr[data-uid]");
    const before = await page.locator(".c-own", { hasText: "you" }).count();
    for (const key of ["j", "x", "j", "j", "Shift+x"]) await page.keyboard.press(key);
    await page.getByText("3 selected").waitFor();
    await page.keyboard.press("a");
    await poll(() => page.locator(".c-own", { hasText: "you" }).count()).toBeGreaterThan(before);
    await page.locator(".toast", { hasText: "Assigned 3 incidents to you" }).waitFor();
    await page.keyboard.press("u");
    await poll(() => page.locator(".c-own", { hasText: "you" }).count()).toBe(before);
    await context.close();
  });

  test("what somebody else does shows without reloading", async () => {
    const { page, context } = await given.open();
    await given.goTo(page, "/", ".queue tr[data-uid]");
    const uid = await page.locator(".queue tr[data-uid]").last().getAttribute("data-uid");
    await given.company.send("POST", `/api/v1/incidents/${uid}/actions`, { kind: "assign", assignee: "R. Okafor" });
    await page.locator(`tr[data-uid="${uid}"] .c-own`, { hasText: "R. Okafor" }).waitFor();
    await context.close();
  });

  test("an answer that does not come is told, with what to do", async () => {
    const { page, context } = await given.open();
    await page.route("**/api/v1/incidents?**", (route) =>
      route.fulfill({
        status: 422,
        contentType: "application/problem+json",
        body: JSON.stringify({
          type: "",
          title: "The question takes too long",
          status: 422,
          detail: "narrow the time",
          code: "query.too-expensive",
          instance: "r-91c04e",
        }),
      }),
    );
    await page.goto(given.address);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/takes too long[\s\S]*narrow the time[\s\S]*r-91c04e[\s\S]*Try again/);
    await context.close();
  });
}
