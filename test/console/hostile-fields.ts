/** Two hundred hostile strings in every field that logs, repositories or people may fill. */
import { expect, test } from "vitest";
import { HOSTILE } from "./hostile.ts";
import type { Setting } from "./setting.ts";

/** What makes the page scroll sideways. */
const OVERFLOWING = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && element.closest(".hscroll, .vh, .sprite") === null)
  .map((element) => element.tagName + "." + element.getAttribute("class") + " " + element.textContent.slice(0, 40)).slice(0, 5)`;
/** Text that hides or reorders what is around it, with the elements it stands in; in an editor it stands as it is. */
const HIDDEN = String.raw`[...document.querySelectorAll("body *:not(textarea)")]
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && /[\u200b-\u200f\u202a-\u202e\u2066-\u2069\u0000-\u0008\u001b]/.test(node.data)))
  .map((element) => element.outerHTML.slice(0, 120)).slice(0, 5)`;

export function hostileTests(given: Setting): void {
  test(`${HOSTILE.length} hostile strings in every field run nothing and break nothing`, async () => {
    const { page, context, complaints } = await given.open();
    let next = 0;
    await page.route("**/api/v1/**", async (route) => {
      if (route.request().method() !== "GET" || /\/(?:stream|session)$/.test(route.request().url()))
        return route.continue();
      const response = await route.fetch();
      if (!response.ok()) return route.fulfill({ response });
      const poisoned = poison(await response.json(), () => HOSTILE[next++ % HOSTILE.length] as string);
      return route.fulfill({ response, body: JSON.stringify(poisoned) });
    });
    for (const { path, complete } of given.paths) {
      // What is still under way for the page before would come to nobody.
      await page.waitForLoadState("networkidle");
      await page.goto(`${given.address}${path}`);
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
}

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
  "could",
  "log_source",
  "channel",
  "platform",
  "attack_version",
  "technique",
  "technique_name",
  "parent",
  "parent_name",
  "tactic",
]);

function poison(value: unknown, draw: () => string, name = ""): unknown {
  if (OURS.has(name)) return value;
  if (typeof value === "string") return draw();
  if (Array.isArray(value)) return value.map((item) => poison(item, draw, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poison(item, draw, key)]));
}
