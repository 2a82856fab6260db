/** Users, tokens, sessions and the trail in the console, in a browser on the real server. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditCsv } from "../../console/src/pages/access/audit-csv.ts";
import { consoleFolder } from "../../src/commands/serve-store.ts";
import { serveCompany, type ServedCompany } from "../served-company.ts";
import { findBrowser, NO_BROWSER, openBrowser, signIn } from "./browser.ts";

const BUILD_CONSOLE = fileURLToPath(new URL("../../bin/build-console.mjs", import.meta.url));
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const has = findBrowser() !== null;
if (!has) console.warn(`skipped: ${NO_BROWSER}`);

test("a cell of the trail runs in no spreadsheet", () => {
  const entry = { uid: "a", time: 0, kind: "session.refuse", via: "api", address: null };
  expect(auditCsv([{ ...entry, actor: '=cmd(),"x"', details: { reason: "a,b" } }])).toBe(
    'uid,time,kind,actor,via,address,details\r\na,1970-01-01T00:00:00.000Z,session.refuse,"\'=cmd(),""x""",api,,"{""reason"":""a,b""}"\r\n',
  );
});

describe.skipIf(!has)("access in the console", () => {
  let company: ServedCompany;
  let browser: Browser;

  beforeAll(async () => {
    execFileSync(process.execPath, [BUILD_CONSOLE]);
    company = await serveCompany(0, { consoleFolder: consoleFolder() });
    await company.send("POST", "/api/v1/users", { name: "tom", role: "analyst", password: "tall grass in the wind" });
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await company?.close();
  });

  const barriers = async (page: Page): Promise<string[]> =>
    (await new AxeBuilder({ page }).withTags(RULES).analyze()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n")}`,
    );
  const names = async (): Promise<string[]> =>
    (await company.json<{ items: { name: string }[] }>("/api/v1/tokens")).items.map(({ name }) => name);

  test.each(["light", "dark"] as const)("has no barriers, %s", async (theme) => {
    const { page, context, complaints } = await signIn(browser, company.server.address, company.token, { theme });
    await page.goto(`${company.server.address}/access`);
    await page.getByRole("rowheader", { name: "user.add" }).first().waitFor();
    if (process.env.PICTURE !== undefined)
      await page.screenshot({ path: `${process.env.PICTURE}-${theme}.png`, fullPage: true });
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Make a token" }).click();
    expect(await barriers(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a token with the keyboard: its secret is shown once and works, until it is revoked", async () => {
    const { page, context, complaints } = await signIn(browser, company.server.address, company.token);
    await page.goto(`${company.server.address}/access`);
    await page.getByRole("button", { name: "Make a token" }).press("Enter");
    await page.getByLabel("What it is for").focus();
    await page.keyboard.type("nightly export");
    await page.keyboard.press("Enter");
    const secret = await page.locator("dialog code").innerText();
    const asked = (): Promise<Response> =>
      fetch(`${company.server.address}/api/v1/incidents`, { headers: { authorization: `Bearer ${secret}` } });
    expect([(await asked()).status, await names()]).toEqual([200, expect.arrayContaining(["nightly export"])]);
    await page.keyboard.press("Escape");
    const row = page.locator("section[aria-labelledby=h-tokens] tbody tr", { hasText: "nightly export" });
    await row.waitFor();
    expect(await page.content()).not.toContain(secret);

    // Enter twice revokes nothing: the second goes to No.
    await row.getByRole("button", { name: "Revoke" }).press("Enter");
    await page.keyboard.press("Enter");
    expect((await asked()).status).toBe(200);
    await row.getByRole("button", { name: "Revoke" }).press("Enter");
    await row.getByRole("button", { name: /for good/ }).press("Enter");
    await page.locator(".toast", { hasText: "Revoked: nightly export" }).waitFor();
    expect((await asked()).status).toBe(401);
    await row.waitFor({ state: "detached" });
    expect(complaints.filter((complaint) => !complaint.includes("401"))).toEqual([]);
    await context.close();
  });

  test("a user's role; the trail tells, is filtered, and saved", async () => {
    const { page, context } = await signIn(browser, company.server.address, company.token);
    await page.goto(`${company.server.address}/access`);
    await page.getByLabel("Role of tom").selectOption("engineer");
    await page.getByRole("button", { name: "Make tom engineer" }).press("Enter");
    await page.locator(".toast", { hasText: "Changed: tom" }).waitFor();
    const { items } = await company.json<{ items: { name: string; role: string }[] }>("/api/v1/users");
    expect(items.map(({ name, role }) => `${name} ${role}`)).toEqual(["tom engineer"]);

    const kinds = (): Promise<string[]> => page.locator("section[aria-labelledby=h-audit] tbody th").allInnerTexts();
    await expect.poll(kinds).toContain("user.change");
    await page.getByLabel(/^Filter by/).fill("USER.CHANGE");
    expect(new Set(await kinds())).toEqual(new Set(["user.change"]));
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: /^CSV/ }).click(),
    ]);
    expect(readFileSync(await saved.path(), "utf8")).toMatch(/^uid,time,[^\r]*\r\n[0-9a-f]{32},[^\r]*user\.change/);
    await context.close();
  });

  test("others are told whom to ask; an admin signs out everywhere", async () => {
    const viewer = await company.server.access.createToken("v", "viewer");
    const other = await signIn(browser, company.server.address, viewer);
    await other.page.goto(`${company.server.address}/access`);
    await other.page.getByText("This is for admins").waitFor();
    await other.context.close();

    const { page, context } = await signIn(browser, company.server.address, company.token);
    await page.goto(company.server.address);
    await page.locator(".account summary").click();
    await page.getByRole("link", { name: "Access" }).click();
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.getByRole("button", { name: /this one too/ }).click();
    await expect
      .poll(async () => (await context.request.get(`${company.server.address}/api/v1/session`)).status())
      .toBe(401);
    await context.close();
  });
});
