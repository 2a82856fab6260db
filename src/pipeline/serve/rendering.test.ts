import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { parseMoment } from "./contract.ts";
import { hostChecker, isLoopback } from "./hosts.ts";
import { RequestMetrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { formatOf, renderList } from "./rendering.ts";

/** RFC 4180, the obvious way. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ",") {
      rows.at(-1)?.push(cell);
      cell = "";
    } else if (!quoted && character === "\r" && text[at + 1] === "\n") {
      rows.at(-1)?.push(cell);
      rows.push([]);
      cell = "";
      at += 1;
    } else cell += character;
  }
  rows.pop();
  return rows;
}

test("any text survives CSV, and none is a formula", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary", maxLength: 40 }), { maxLength: 5 }), (texts) => {
      const page = { items: texts.map((text) => ({ text, more: 5 })), next: null };
      const rows = readCsv(renderList(page, "csv", ["text", "more", "missing"])).slice(1);
      expect(rows.map(([, more, missing]) => [more, missing])).toEqual(texts.map(() => ["5", ""]));
      for (const [index, [cell = ""]] of rows.entries()) {
        expect(cell).not.toMatch(/^[=+\-@\t\r]/);
        expect(cell.replace(/^'/, "")).toBe((texts[index] as string).replaceAll("\0", "").replace(/^'/, ""));
      }
    }),
  );
});

test.each([
  [undefined, "json"],
  ["*/*", "json"],
  ["text/csv", "csv"],
  ["application/x-ndjson, */*", "ndjson"],
  ["text/html, application/json;q=0.9, text/csv", "json"],
  ["TEXT/CSV; q=1", "csv"],
])("Accept: %s asks for %s", (accept, format) => expect(formatOf(accept)).toBe(format));

test("a cursor is what it was made of, and anything else is refused", () => {
  fc.assert(
    fc.property(fc.integer(), fc.string({ unit: "grapheme" }), (number, text) => {
      expect(decodeCursor(encodeCursor([number, text]), ["number", "string"] as const)).toEqual([number, text]);
      expect(() => decodeCursor(encodeCursor([text, number]), ["number", "string"] as const)).toThrow(/cursor/);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(() => decodeCursor(text, ["number", "string", "number"] as const)).toThrow(/cursor/);
    }),
  );
});

test.each([
  ["1774000000000", 1_774_000_000_000],
  ["2026-03-20", Date.UTC(2026, 2, 20)],
  ["2026-03-20T09:46", Date.UTC(2026, 2, 20, 9, 46)],
  ["2026-03-20 09:46:40.5Z", Date.UTC(2026, 2, 20, 9, 46, 40, 500)],
  ["2026-03-20T09:46:40+02:00", Date.UTC(2026, 2, 20, 7, 46, 40)],
  ["2026-13-40", null],
  ["yesterday", null],
  ["-5", null],
  ["9".repeat(15), null],
  ["", null],
])("%s is the time %s", (text, ms) => expect(parseMoment(text)).toBe(ms));

test("only what cannot be rebound is served without being named", () => {
  const served = hostChecker(["console.acme.example"]);
  expect(["console.acme.example:443", "LOCALHOST", "192.0.2.1", "[2001:db8::1]:8440"].map(served)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(
    ["acme.example", "xlocalhost", undefined, "localhost:x", "1.2.3.4.example"].map((host) => served(host)),
  ).toEqual([false, false, false, false, false]);
  expect(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "128.0.0.1", "10.0.0.1", "::2"].map(isLoopback)).toEqual(
    [true, true, true, true, false, false, false],
  );
});

test("labels cannot break a line of metrics", () => {
  const metrics = new RequestMetrics();
  metrics.add("/a", "GET", 200, 0.01);
  metrics.add("/a", "BREW", 418, 20);
  const text = metrics.render(
    [{ name: "m", help: "h", type: "gauge", samples: [{ labels: { source: 'a"\\\nb' }, value: 1 }] }],
    "1",
  );
  metrics.stop();
  expect(text).toContain('m{source="a\\"\\\\\\nb"} 1');
  expect(text).toContain('method="other",status="4xx"} 1');
  for (const line of text.split("\n")) expect(line).toMatch(/^(?:# (?:HELP|TYPE) .+|\w+(?:\{.*\})? -?[\d.e+-]+|)$/);
});

test("the OpenAPI document names every address once, and refers only to shapes it has", () => {
  const document = openApiDocument("1.2.3") as { paths: Record<string, object>; components: { schemas: object } };
  const ids = [...JSON.stringify(document).matchAll(/"operationId":"(\w+)"/g)].map((match) => match[1]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    expect(Object.keys(document.components.schemas)).toContain(name);
  expect(JSON.stringify(document)).not.toMatch(/"\$(?:schema|id)"/);
  expect(Object.keys(document.paths)).toContain("/api/v1/incidents/{uid}/actions");
});
