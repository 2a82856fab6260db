/** The worked example of docs/sources.md is true: its map runs, knows its line among all sources, and makes the event shown. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MalformedInputError } from "../src/model/errors.ts";
import { decode } from "../src/pipeline/conform/decode.ts";
import type { StatelessMap } from "../src/pipeline/conform/define-map.ts";
import { maps } from "../src/pipeline/conform/index.ts";
import { recogniseRecord, SURE } from "../src/pipeline/conform/recognise.ts";
import { schema } from "./ocsf/schema.ts";
import { validateEvent } from "./ocsf/validate.ts";

const documentation = readFileSync(new URL("../docs/sources.md", import.meta.url), "utf8");
const [, guide = ""] = documentation.split("\n## Add a source\n");
const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "relay.log" };
const line = block("text");
const folder = mkdtempSync(join(tmpdir(), "sallyport-source-"));
let map: StatelessMap;

beforeAll(async () => {
  const conform = new URL("../src/pipeline/conform/", import.meta.url);
  const source = block("ts").replaceAll(/from "(\.[^"]+)"/g, (_, path: string) => {
    return `from "${new URL(path, new URL("maps/", conform)).href}"`;
  });
  const file = join(folder, "acme-relay.ts");
  writeFileSync(file, source);
  ({ default: map } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default: StatelessMap });
});

afterAll(() => rmSync(folder, { recursive: true }));

test("the map knows its line, and no other map claims it as surely", () => {
  const record = decode(line, environment.fileModifiedTime);
  expect(recogniseRecord(record, [...maps, map], null)).toEqual({ map, confidence: 0.95 });
  expect(recogniseRecord(record, maps, null)?.confidence ?? 0).toBeLessThan(SURE);
});

test("the line becomes the event shown, which is valid OCSF", () => {
  const event = map.conform(decode(line, environment.fileModifiedTime), environment);
  expect(JSON.parse(JSON.stringify(event))).toEqual(JSON.parse(block("json")));
  if (schema !== undefined) expect(validateEvent(schema, event as never)).toEqual([]);
});

test("damaged lines are malformed, not a crash", () => {
  for (let end = 0; end < line.length; end += 1) {
    try {
      map.conform(decode(line.slice(0, end), environment.fileModifiedTime), environment);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedInputError);
    }
  }
});

test("the line of the list is written as the others are", () => {
  const list = readFileSync(new URL("../src/pipeline/conform/maps/list.ts", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const shape = (text: string): string => text.replaceAll(/[a-z][A-Za-z0-9-]*(?=\.ts| \})/g, "x");
  expect(shape(guide.match(/^export \{.*$/m)![0])).toBe(shape(list.at(-1)!));
});

/** The first block in this language below the heading. */
function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\`$`, "m").exec(guide)?.[1] ?? "";
}
