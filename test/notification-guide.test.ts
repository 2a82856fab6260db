/** The examples of docs/notifications.md are what the product reads, and every kind of receiver has one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfiguration } from "../src/content/configuration/index.ts";
import { RECEIVER_KINDS } from "../src/pipeline/notify/kinds/index.ts";

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "sallyport-guide-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const guide = readFileSync(new URL("../docs/notifications.md", import.meta.url), "utf8");
const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);

test.each(blocks)("is read:\n%s", (block) => {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, block);
  expect(readConfiguration(file).problems.map(({ message }) => message)).toEqual([]);
});

test("every kind of receiver has a heading and an example", () => {
  const examples = blocks.join("\n");
  for (const { type, title } of RECEIVER_KINDS) {
    expect(examples).toMatch(new RegExp(`type: ${type}\\b`));
    expect(guide).toMatch(new RegExp(`^### .*${title}`, "m"));
  }
});
