import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonRecordSplitter } from "./json-records.ts";
import { holdsJsonDocuments } from "./json-shape.ts";
import { readInput, temporaryFolder, writeInput } from "./testing.ts";

const folder = temporaryFolder();

const event = fc.record({
  "@timestamp": fc.nat(),
  action: fc.string(),
  nested: fc.record({ list: fc.array(fc.oneof(fc.string(), fc.record({ "@timestamp": fc.nat(), x: fc.string() }))) }),
});

const writings: { name: string; write: (events: readonly object[]) => string }[] = [
  { name: "pretty array", write: (events) => JSON.stringify(events, null, 2) },
  { name: "array on one line", write: (events) => JSON.stringify(events) },
  {
    name: "array, one element a line",
    write: (events) => `[\n${events.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`,
  },
  {
    name: "pretty objects one after the other",
    write: (events) => events.map((one) => JSON.stringify(one, null, 4)).join("\n"),
  },
  { name: "objects without line ends", write: (events) => events.map((one) => JSON.stringify(one)).join("") },
  { name: "arrays one after the other", write: (events) => events.map((one) => JSON.stringify([one])).join("\n") },
  {
    name: "tabs and Windows line ends",
    write: (events) => JSON.stringify(events, null, "\t").replaceAll("\n", "\r\n"),
  },
];

describe.each(writings)("$name", ({ write }) => {
  test("every record comes out, on the line it begins", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 2, maxLength: 12 }),
        fc.integer({ min: 1, max: 400 }),
        async (events, chunkBytes) => {
          const text = write(events);
          const { lines, rejected } = await readInput(await writeInput(folder, "documents.json", text), { chunkBytes });
          expect(lines.map(([, line]) => JSON.parse(line) as unknown)).toEqual(events);
          expect(rejected).toEqual([]);
          const source = text.split("\n");
          for (const [line] of lines) expect(source[line - 1]).toContain("{");
          expect(lines.map(([line]) => line)).toEqual(lines.map(([line]) => line).toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 40 },
    );
  });
});

test.each([
  { name: "one object a line", text: '{"a":1}\n{"a":2}\n', documents: false },
  { name: "a single object", text: '{"a":1}', documents: false },
  { name: "a first line cut off in a string", text: '{"a":"x\n{"a":2}\n', documents: false },
  { name: "a first line cut off after a comma", text: '{"a":1,\n{"a":2}\n', documents: false },
  { name: "a first line cut off after a brace", text: '{"a":{\n{"a":2}\n', documents: false },
  { name: "a text log that begins with a bracket", text: "[2026-03-02 10:00:00] started\n", documents: false },
  { name: "a text log that begins with a brace", text: "{worker 1} started\n", documents: false },
  { name: "nothing", text: "", documents: false },
  { name: "a pretty object", text: '{\n  "a": 1\n}\n', documents: true },
  { name: "an object with its first name on its first line", text: '{"a": {\n  "b": 1 } }\n', documents: true },
  { name: "objects with commas between the lines", text: '{"a":1},\n{"a":2}\n', documents: true },
  { name: "an empty array", text: "[]\n", documents: true },
  { name: "an array behind empty lines", text: '\n\n [ {"a":1} ]', documents: true },
])("$name", ({ text, documents }) => {
  expect(holdsJsonDocuments(Buffer.from(text), true)).toBe(documents);
});

test("an array of several MiB on one line", async () => {
  const events = Array.from({ length: 20_000 }, (_, index) => ({ id: index, text: "y".repeat(150) }));
  const { lines, rejected } = await readInput(await writeInput(folder, "one-line.json", JSON.stringify(events)));
  expect(lines).toHaveLength(events.length);
  expect(lines.every(([line]) => line === 1)).toBe(true);
  expect(rejected).toEqual([]);
});

test("a record over 16 MiB is rejected, the others are read", async () => {
  const events = [{ id: 1 }, { id: 2, text: "z".repeat(17 << 20) }, { id: 3 }, { id: 4 }];
  const { lines, rejected } = await readInput(await writeInput(folder, "huge.json", JSON.stringify(events, null, 1)));
  expect(lines.map(([, line]) => (JSON.parse(line) as { id: number }).id)).toEqual([1, 3, 4]);
  expect(rejected[0]).toEqual({ line: 5, reason: "a record over 16 MiB" });
});

describe("damage costs the record it is in", () => {
  const events = Array.from({ length: 100 }, (_, index) => ({
    id: index,
    action: "git.push",
    actor: { name: `u${index}`, ids: [1, 2] },
  }));
  const pretty = JSON.stringify(events, null, 2);
  const flat = JSON.stringify(events);
  const good = (lines: readonly [number, string][]): number =>
    lines.filter(([, line]) => {
      try {
        const value = JSON.parse(line) as { id?: number };
        return value.id !== undefined && JSON.stringify(value) === JSON.stringify(events[value.id]);
      } catch {
        return false;
      }
    }).length;

  test.each([
    { name: "cut off", content: pretty.slice(0, pretty.indexOf('"id": 60') + 30), least: 60 },
    { name: "cut off on one line", content: flat.slice(0, flat.indexOf('"id":60') + 30), least: 60 },
    { name: "a lost quote", content: pretty.replace('"name": "u50"', '"name": u50"'), least: 98 },
    { name: "a lost quote on one line", content: flat.replace('"name":"u50"', '"name":u50"'), least: 98 },
    {
      name: "a lost closing brace",
      content: pretty.replace(/(u50",\s+"ids": \[\s+1,\s+2\s+\]\s+)\}/, "$1 "),
      least: 98,
    },
    {
      name: "a lost closing brace on one line",
      content: flat.replace('u50","ids":[1,2]}', 'u50","ids":[1,2]'),
      least: 98,
    },
    { name: "a closing brace too many", content: flat.replace('u50","ids":[1,2]}', 'u50","ids":[1,2]}}'), least: 98 },
    { name: "a lost opening brace", content: flat.replace('{"id":50', '"id":50'), least: 98 },
    {
      name: "a block of other bytes",
      content: pretty.slice(0, 4000) + "\0".repeat(512) + pretty.slice(4512),
      least: 90,
    },
  ])("$name", async ({ content, least }) => {
    expect([pretty, flat]).not.toContain(content);
    const { lines } = await readInput(await writeInput(folder, "damaged.json", content));
    expect(good(lines)).toBeGreaterThanOrEqual(least);
  });
});

test("hostile nesting and endless beginnings end in bounded time", async () => {
  const content = ['{"a":[', "[[[[[[", '{"a":"', "\n", '"', "{"].map((piece) => `{\n"a": 1}\n${piece.repeat(400_000)}`);
  for (const text of content) {
    const started = performance.now();
    await readInput(await writeInput(folder, "hostile.json", text));
    expect(performance.now() - started).toBeLessThan(5000);
  }
});

test("damage after damage, and no record to go on with, ends in bounded time", () => {
  const bytes = Buffer.from(`{\n"a": 1}\n${'{"\n'.repeat(400_000)}`);
  const started = performance.now();
  let rejected = 0;
  const splitter = new JsonRecordSplitter({ record: () => {}, rejected: () => (rejected += 1) });
  for (let at = 0; at < bytes.length; at += 1 << 16) splitter.push(bytes.subarray(at, at + (1 << 16)));
  splitter.finish(null);
  expect(rejected).toBe(400_000);
  expect(performance.now() - started).toBeLessThan(5000);
});
