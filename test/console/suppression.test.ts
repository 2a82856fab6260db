/** Suppressing an incident and trying a rule, in a browser on the real server. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consoleFolder } from "../../src/commands/serve-store.ts";
import { serveCompany, type ServedCompany } from "../served-company.ts";
import { findBrowser, NO_BROWSER, openBrowser, signIn } from "./browser.ts";

const BUILD_CONSOLE = fileURLToPath(new URL("../../bin/build-console.mjs", import.meta.url));
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const has = findBrowser() !== null;
if (!has) console.warn(`skipped: ${NO_BROWSER}`);

interface Item {
  readonly uid: string;
  readonly title: string;
  readonly state: string;
}

describe.skipIf(!has)("suppressing in the console", () => {
  let company: ServedCompany;
  let browser: Browser;

  beforeAll(async () => {
    execFileSync(process.execPath, [BUILD_CONSOLE]);
    company = await serveCompany(3, { consoleFolder: consoleFolder() });
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await company?.close();
  });

  const uids = async (query = ""): Promise<string[]> =>
    (await company.json<{ items: Item[] }>(`/api/v1/incidents${query}`)).items.map(({ uid }) => uid);
  const says = (page: Page, text: RegExp): Promise<void> => page.locator(".toast", { hasText: text }).waitFor();
  const barriers = async (page: Page): Promise<string[]> =>
    (await new AxeBuilder({ page }).withTags(RULES).analyze()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n")}`,
    );

  test("with the keyboard: what it hides shows before it does, and u takes it back", async () => {
    const before = await uids();
    const [first = ""] = before;
    const { page, context, complaints } = await signIn(browser, company.server.address, company.token);
    await page.goto(`${company.server.address}/incidents/${first}`);
    await page.waitForSelector(".evidence tbody tr");
    await page.keyboard.press("s");
    const dialog = page.locator("dialog");
    await dialog.getByText(/Hides \d+ findings?/).waitFor();
    await dialog.getByText(/gone/).first().waitFor();
    expect(await barriers(page)).toEqual([]);
    const confirm = dialog.getByRole("button", { name: "Suppress" });
    expect(await confirm.isDisabled()).toBe(true);

    // The reason has the focus already.
    await page.keyboard.type("agreed with the team lead");
    // A name that nobody has hides nothing; the preview follows what is typed.
    const user = dialog.getByLabel("Person or account, pattern");
    const name = await user.inputValue();
    await user.fill("nobody@acme.example");
    await dialog.getByText("Hides nothing that is stored").waitFor();
    await user.fill(name);
    for (const label of ["Machine", "Address", "Destination", "Rule"])
      await dialog.getByLabel(label, { exact: true }).setChecked(false);
    await dialog.getByText(/1 incident gone/).waitFor();
    await confirm.click();
    await says(page, /Suppressed: \d+ findings? hidden/);
    expect(await uids()).toEqual(before.filter((uid) => uid !== first));
    expect(await uids("?state=suppressed")).toEqual([first]);
    await expect.poll(() => page.locator(".story .meta").first().innerText()).toContain("suppressed");

    await page.locator("body").press("u");
    await says(page, /Taken back/);
    expect(await uids()).toEqual(before);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("the detections page lists what is suppressed, with its hits, and ends it", async () => {
    const [first = ""] = await uids();
    const { actors } = await company.json<{ actors: string[] }>(`/api/v1/incidents/${first}`);
    const made = await company.send("POST", "/api/v1/suppressions", {
      user: actors[0],
      reason: "a drill <b>of ours</b>",
    });
    expect(made.status).toBe(201);
    const { page, context, complaints } = await signIn(browser, company.server.address, company.token);
    await page.goto(`${company.server.address}/detections`);
    const row = page.locator("tr[data-suppression]").first();
    await row.getByText("a drill <b>of ours</b>").waitFor();
    await row
      .getByText(/high|critical|medium/)
      .first()
      .waitFor();
    await page.waitForSelector("#h-text");
    expect(await barriers(page)).toEqual([]);
    for (const width of [1_280, 860]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate("document.documentElement.scrollWidth"), `at ${width} px`).toBeLessThanOrEqual(width);
    }
    await row.getByRole("button", { name: "End now" }).click();
    await says(page, /Ended/);
    expect(await uids()).not.toContain(first);
    await page.getByRole("button", { name: /that is over|that are over/ }).click();
    await page.locator("tr[data-suppression]").first().getByRole("button", { name: "Take back" }).click();
    await says(page, /Taken back/);
    await expect.poll(() => uids()).toContain(first);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a rule is changed and tried against history before it is enabled", async () => {
    const { page, context, complaints } = await signIn(browser, company.server.address, company.token);
    await page.goto(`${company.server.address}/detections`);
    await page.waitForSelector("#h-text");
    const section = page.locator(".try-rule");
    await section.getByRole("button", { name: "Try it" }).click();
    await section.getByText(/Compared with the rule as it is enabled/).waitFor({ timeout: 60_000 });
    await section.getByText("Change the rule, or paste another").click();
    const text = section.getByLabel(/Sigma YAML/);
    await text.fill("title: x\nlogsource: {product: ocsf}\ndetection:\n  a:\n    nonsense|wrong: 1\n  condition: a\n");
    await section.getByRole("button", { name: "Try it" }).click();
    await section.getByText(/rule\.yml:5/).waitFor();
    await text.fill(
      "title: Any upload\nid: 6b1d2f9e-0000-4000-8000-000000000001\nlevel: low\nlogsource: {product: ocsf}\ndetection:\n  a:\n    context.destination.operation: [push, upload]\n  condition: a\n",
    );
    await section.getByRole("button", { name: "Try it" }).click();
    await section.getByText(/Not enabled now/).waitFor({ timeout: 60_000 });
    await section
      .getByText(/\d+ matches/)
      .first()
      .waitFor();
    expect(await barriers(page)).toEqual([]);
    // The refused rule is told by the server with 400, which browsers write into their console.
    expect(complaints.filter((complaint) => !complaint.includes("400"))).toEqual([]);
    await context.close();
  });
});
