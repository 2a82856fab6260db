/** Every page: no barrier in any theme, nothing sideways, nothing from elsewhere, little to load. */
import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "vitest";
import { PAGES, type Setting } from "./setting.ts";

const FIRST_PAGE_BYTES = 250_000;
/** Cumulative layout shift; 0.1 counts as good elsewhere. */
const MOST_SHIFT = 0.02;
const SHIFT = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const { value } of list.getEntries()) sum += value; }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 1_000);
})`;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export function pageTests(given: Setting): void {
  test.each(PAGES.map(({ path }, index) => [path, index] as const))(
    "%s has no barrier in any theme, and does not scroll sideways",
    async (_path, index) => {
      const { path, complete } = given.paths[index] as { path: string; complete: string };
      const { page, context, complaints } = await given.open();
      await given.goTo(page, path, complete);
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
    const { page, context, complaints } = await given.open({ width: 390, height: 844 });
    await given.goTo(page, "/", ".queue tr[data-uid]");
    const { violations } = await new AxeBuilder({ page }).disableRules(["target-size"]).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("the first page loads little, stands still, and asks for nothing from elsewhere", async () => {
    const { page, context, complaints } = await given.open();
    const sizes: Promise<number>[] = [];
    page.on("response", (response) => {
      if (response.url().endsWith(".js")) sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await given.goTo(page, "/", ".queue tr[data-uid]");
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(FIRST_PAGE_BYTES);
    expect(await page.evaluate(SHIFT)).toBeLessThan(MOST_SHIFT);
    expect(complaints).toEqual([]);
    await context.close();
  });
}
