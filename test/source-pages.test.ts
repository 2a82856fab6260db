/**
 * The pages of docs/reference/sources/ are true: the example that a page shows is recognised as its source and becomes the activity
 * shown below it. That the pages are what the maps say is a check of its own (`npm run check -- docs`).
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { activityOf, shortened } from "../scripts/docs/source-example.ts";
import { maps } from "../src/pipeline/conform/index.ts";

describe.each(maps.map(({ id, exporting }) => ({ id, exporting })))("$id", ({ id, exporting }) => {
  const page = readFileSync(new URL(`../docs/reference/sources/${id}.md`, import.meta.url), "utf8");

  test("the page tells how to export the log", () => {
    expect(exporting.length).toBeGreaterThan(20);
    expect(page).toContain(`## How to export it\n\n${exporting}\n`);
  });

  test("the example becomes the activity shown", () => {
    const lines = block(page, "text");
    const source = page.includes(`told \`--source ${id}\``) ? id : "auto";
    const event = activityOf(lines, source, id);
    expect(event).not.toBeNull();
    expect(shortened(event!)).toBe(block(page, "yaml"));
  });
});

/** The text of the first fenced block in this language. */
function block(page: string, language: string): string {
  const match = new RegExp(`^(\`{3}|~{6})${language}\\n([\\s\\S]*?)\\n\\1$`, "m").exec(page);
  return match?.[2] ?? "";
}
