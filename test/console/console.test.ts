/** The console in a browser, on the real server with the incidents of an invented company. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consoleFolder } from "../../src/commands/serve-store.ts";
import { serveCompany, type ServedCompany } from "../served-company.ts";
import { findBrowser, NO_BROWSER, openBrowser, signIn } from "./browser.ts";
import { HOSTILE } from "./hostile.ts";

const FIRST_PAGE_BYTES = 250_000;
/** Cumulative layout shift; 0.1 counts as good elsewhere. */
const MOST_SHIFT = 0.02;
const SHIFT = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const { value } of list.getEntries()) sum += value; }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 1_000);
})`;
const BUILD_CONSOLE = fileURLToPath(new URL("../../bin/build-console.mjs", import.meta.url));
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const poll = <Value>(read: () => Promise<Value>) => expect.poll(read, { timeout: 10_000 });
/** What makes the page scroll sideways. */
const OVERFLOWING = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && element.closest(".hscroll, .vh, .sprite") === null)
  .map((element) => element.tagName + "." + element.getAttribute("class") + " " + element.textContent.slice(0, 40)).slice(0, 5)`;
/** Text that hides or reorders what is around it, with the elements it stands in. */
const HIDDEN = String.raw`[...document.querySelectorAll("body *")]
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && /[\u200b-\u200f\u202a-\u202e\u2066-\u2069\u0000-\u0008\u001b]/.test(node.data)))
  .map((element) => element.outerHTML.slice(0, 120)).slice(0, 5)`;
const has = findBrowser() !== null;
if (!has) console.warn(`skipped: ${NO_BROWSER}`);

/** Every page, with what stands on it once it is complete. */
const PAGES: readonly { readonly path: string; readonly complete: string }[] = [
  { path: "/", complete: ".queue tr[data-uid]" },
  { path: "/incidents/FIRST", complete: ".evidence tbody tr" },
  { path: "/search?q=context.destination.verdict:unsanctioned", complete: ".results tr[data-row]" },
  { path: "/entities", complete: "tbody tr" },
  { path: "/entities/user?name=USER", complete: "#h-heat" },
  { path: "/detections", complete: "#h-text" },
  { path: "/coverage", complete: "#h-attack" },
  { path: "/sources", complete: "#h-quarantine" },
  { path: "/policy", complete: "#h-ours" },
  { path: "/report", complete: "#q3" },
];

describe.skipIf(!has)("the console", () => {
  let company: ServedCompany;
  let browser: Browser;
  let address = "";
  let paths: readonly { readonly path: string; readonly complete: string }[] = [];

  const open = (view = {}) => signIn(browser, address, company.token, view);
  const goTo = async (page: Page, path: string, complete: string): Promise<void> => {
    await page.goto(`${address}${path}`);
    await page.waitForSelector(complete);
  };

  beforeAll(async () => {
    execFileSync(process.execPath, [BUILD_CONSOLE]);
    company = await serveCompany(7, { consoleFolder: consoleFolder() });
    address = company.server.address;
    browser = await openBrowser();
    const { items } = await company.json<{ items: { uid: string; actors: string[] }[] }>("/api/v1/incidents");
    const user = items.find(({ actors }) => actors.length > 0)?.actors[0] ?? "";
    paths = PAGES.map(({ path, complete }) => ({
      path: path.replace("FIRST", items[0]?.uid ?? "").replace("USER", encodeURIComponent(user)),
      complete,
    }));
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await company?.close();
  });

  test.each(PAGES.map(({ path }, index) => [path, index] as const))(
    "%s has no barrier in any theme, and does not scroll sideways",
    async (_path, index) => {
      const { path, complete } = paths[index] as { path: string; complete: string };
      const { page, context, complaints } = await open();
      await goTo(page, path, complete);
      const barriers = async (builder: AxeBuilder): Promise<string[]> =>
        (await builder.analyze()).violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n")}`,
        );
      expect(await barriers(new AxeBuilder({ page }).withTags(RULES))).toEqual([]);
      // Another theme changes colours and nothing else.
      for (const contrast of ["standard", "more"]) {
        await page.evaluate(`document.documentElement.dataset.contrast = ${JSON.stringify(contrast)}`);
        for (const colorScheme of ["dark", "light"] as const) {
          if (contrast === "standard" && colorScheme === "light") continue;
          await page.emulateMedia({ colorScheme });
          const found = await barriers(new AxeBuilder({ page }).withRules(["color-contrast"]));
          expect(found, `${colorScheme}, contrast ${contrast}`).toEqual([]);
        }
      }
      for (const width of [1_280, 860]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate("document.documentElement.scrollWidth"), `at ${width} px`).toBeLessThanOrEqual(
          width,
        );
      }
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  test("the queue on a phone has no barrier and does not scroll sideways", async () => {
    const { page, context, complaints } = await open({ width: 390, height: 844 });
    await goTo(page, "/", ".queue tr[data-uid]");
    const { violations } = await new AxeBuilder({ page }).disableRules(["target-size"]).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("the first page loads little, stands still, and asks for nothing from elsewhere", async () => {
    const { page, context, complaints } = await open();
    const sizes: Promise<number>[] = [];
    page.on("response", (response) => {
      if (response.url().endsWith(".js")) sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await goTo(page, "/", ".queue tr[data-uid]");
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(FIRST_PAGE_BYTES);
    expect(await page.evaluate(SHIFT)).toBeLessThan(MOST_SHIFT);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a whole triage with the keyboard alone", async () => {
    const { page, context, complaints } = await open();
    await goTo(page, "/", ".queue tr[data-uid]");
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
    const { page, context } = await open();
    await goTo(page, "/", ".queue tr[data-uid]");
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
    const { page, context } = await open();
    await goTo(page, "/", ".queue tr[data-uid]");
    const uid = await page.locator(".queue tr[data-uid]").last().getAttribute("data-uid");
    await company.send("POST", `/api/v1/incidents/${uid}/actions`, { kind: "assign", assignee: "R. Okafor" });
    await page.locator(`tr[data-uid="${uid}"] .c-own`, { hasText: "R. Okafor" }).waitFor();
    await context.close();
  });

  test("an answer that does not come is told, with what to do", async () => {
    const { page, context } = await open();
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
    await page.goto(address);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/takes too long[\s\S]*narrow the time[\s\S]*r-91c04e[\s\S]*Try again/);
    await context.close();
  });

  test("anything is found from anywhere", async () => {
    const { page, context, complaints } = await open();
    await goTo(page, "/", ".queue tr[data-uid]");
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
    const { page, context, complaints } = await open();
    await goTo(page, "/search", ".results tr[data-row]");
    await page.keyboard.press("/");
    await page.keyboard.type("source:squid git-receive-pack");
    await page.keyboard.press("Enter");
    await poll(() => page.locator(".pane .sechead small").innerText()).toBe("squid");
    await page.locator(".pane mark").first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test(`${HOSTILE.length} hostile strings in every field run nothing and break nothing`, async () => {
    const { page, context, complaints } = await open();
    let next = 0;
    await page.route("**/api/v1/**", async (route) => {
      if (route.request().method() !== "GET" || /\/(?:stream|session)$/.test(route.request().url()))
        return route.continue();
      const response = await route.fetch();
      if (!response.ok()) return route.fulfill({ response });
      const poisoned = poison(await response.json(), () => HOSTILE[next++ % HOSTILE.length] as string);
      return route.fulfill({ response, body: JSON.stringify(poisoned) });
    });
    for (const { path, complete } of paths) {
      await page.goto(`${address}${path}`);
      await page.waitForSelector(complete);
      expect(await page.evaluate(OVERFLOWING), path).toEqual([]);
      const live = await page.evaluate(
        `[...document.querySelectorAll("a[href]")].map((a) => a.href).filter((href) => !href.startsWith(location.origin))`,
      );
      expect(live, path).toEqual([]);
      expect(
        await page.evaluate(
          "[document.querySelectorAll('#root script, #root img, #root iframe, #root style').length, window.hostile ?? 0]",
        ),
        path,
      ).toEqual([0, 0]);
      expect(await page.evaluate(HIDDEN), path).toEqual([]);
    }
    await page.unrouteAll({ behavior: "ignoreErrors" });
    expect(next).toBeGreaterThan(HOSTILE.length * 3);
    // An entity whose name was made up is not known: that is no complaint.
    expect(complaints.filter((complaint) => !/status of 40[04]/.test(complaint))).toEqual([]);
    await context.close();
  }, 120_000);
});

/** Fields that the product writes itself; all others may hold what logs, repositories or people wrote. */
const OURS = new Set([
  "uid",
  "id",
  "finding",
  "activity",
  "activities",
  "lane",
  "state",
  "severity",
  "verdict",
  "visibility",
  "disposition",
  "kind",
  "day",
  "level",
  "code",
  "class_name",
  "etag",
  "next",
  "timezone",
  "measure",
  "rule",
  "rules",
  "sources",
  "source",
  "delivering",
  "behaviours",
  "analytics",
  "attack",
  "operation",
  "operations",
  "endpoint",
  "network",
  "identity",
  "repository",
  "schema_version",
  "file",
  "logsource",
  "home",
  "work_hours",
  "incident",
  "title_of_rule",
]);

function poison(value: unknown, draw: () => string, name = ""): unknown {
  if (OURS.has(name)) return value;
  if (typeof value === "string") return draw();
  if (Array.isArray(value)) return value.map((item) => poison(item, draw, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poison(item, draw, key)]));
}
