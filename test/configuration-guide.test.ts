/** What the guide and the examples write is what the product reads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { readConfiguration } from "../src/content/configuration/index.ts";
import { SourceSchema } from "../src/content/configuration/sources.ts";
import { readPolicy } from "../src/content/load-policy.ts";

const docs = new URL("../docs/", import.meta.url);
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "sallyport-guide-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function problems(text: string): string[] {
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, text);
  return readConfiguration(file).problems.map(({ message }) => message);
}

const guide = readFileSync(new URL("configuration.md", docs), "utf8");
const blocks = [...guide.matchAll(/^( *)```yaml\n([\s\S]*?)^\1```$/gm)].map(([, indent = "", text = ""]) =>
  text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
);

test("every example of the guide is read", () => {
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  for (const block of blocks) expect(problems(block), block).toEqual([]);
});

test("the guide shows every kind of source", () => {
  const schema = JSON.stringify(z.toJSONSchema(SourceSchema, { io: "input", unrepresentable: "any" }));
  const kinds = [...schema.matchAll(/"const":"([a-z0-9-]+)"/g)].map(([, kind]) => kind);
  expect(kinds.length).toBeGreaterThanOrEqual(5);
  for (const kind of kinds) expect(guide, kind).toContain(`type: ${kind}`);
});

test("the example files are read", () => {
  expect(problems(readFileSync(new URL("examples/sallyport.yaml", docs), "utf8"))).toEqual([]);
  expect(readPolicy(readFileSync(new URL("examples/policy.yaml", docs), "utf8"), "policy.yaml").problems).toEqual([]);
});
