/** What the guide to live sources writes is what the product reads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfiguration } from "../src/content/configuration/index.ts";

const guide = readFileSync(new URL("../docs/sources-live.md", import.meta.url), "utf8");
const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "sallyport-live-guide-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string) => {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, text);
  return readConfiguration(file);
};

test.each(blocks.map((block) => [/id: ([\w-]+)/.exec(block)?.[1] ?? "", block]))(
  "the example of %s is read",
  (_, block) => {
    expect(read(block).problems).toEqual([]);
  },
);

test("all examples make one installation, with every kind of source", () => {
  const items = blocks.map((block) => block.replace(/^sources:\n/, "")).join("");
  const { configuration, problems } = read(`sources:\n${items}`);
  expect(problems).toEqual([]);
  const types = new Set(configuration?.sources.map(({ type }) => type));
  expect([...types].toSorted()).toEqual([
    "file",
    "github-audit-log",
    "github-webhook",
    "gitlab-audit-events",
    "gitlab-audit-stream",
    "http",
    "okta-system-log",
    "s3",
    "syslog",
  ]);
});

test("links within the guide lead somewhere", () => {
  const anchors = [...guide.matchAll(/^## (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
  for (const [, anchor] of guide.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
});
