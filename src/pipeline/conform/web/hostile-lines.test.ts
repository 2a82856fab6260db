/**
 * Lines of web proxies and servers with characters changed, cut out, doubled or moved to another line: every one is refused or
 * becomes an event that is valid OCSF, and none takes long.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schema } from "../../../../test/ocsf/schema.ts";
import { validateEvent } from "../../../../test/ocsf/validate.ts";
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { decode } from "../decode.ts";
import { isStateful, type SourceMap } from "../define-map.ts";
import { maps } from "../maps/index.ts";
import { readNssPairs } from "./nss-record.ts";
import { readNative } from "./squid-entry.ts";

const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "" };
const RUNS = Number(process.env["WEB_FUZZ_RUNS"] ?? 150);
const IDS = new Set([
  ...["apache", "bluecoat-proxysg", "caddy", "cloudflare-gateway", "haproxy", "netskope", "nginx", "squid", "traefik"],
  "zscaler-zia",
]);

const HOSTILE = [
  '"',
  "\\",
  "[",
  "]",
  "{",
  "}",
  "|",
  "=",
  "\t",
  " ",
  "-",
  "%",
  "#",
  "\u0000",
  "\u202e",
  "é",
  "999999",
  "http://",
];

function goldenCases(id: string): string[][] {
  const folder = new URL(`../golden/${id}/`, import.meta.url);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".in") && !file.startsWith("damaged"))
        .map((file) =>
          readFileSync(new URL(file, folder), "utf8")
            .split("\n")
            .filter((line) => line !== ""),
        )
    : [];
}

const VALUES: readonly unknown[] = [
  null,
  7,
  -1,
  1.5,
  1e30,
  "",
  " ",
  "-",
  {},
  [],
  [null],
  true,
  "x".repeat(300),
  "\u202e\u0000",
  "999.9.9.9",
  ["a", {}],
  "2026-13-40T99:00:00Z",
];

/** The record with some of its values, at any depth, replaced. */
function replaceValues(line: string, changes: readonly { readonly key: number; readonly value: unknown }[]): string {
  let record: unknown = JSON.parse(line);
  for (const { key, value } of changes) {
    let seen = 0;
    record = JSON.parse(JSON.stringify(record), function (this: unknown, _name, held: unknown) {
      seen += 1;
      return seen === key + 1 && typeof this === "object" ? value : held;
    }) as unknown;
    if (typeof record !== "object" || record === null || Array.isArray(record)) return line;
  }
  return JSON.stringify(record);
}

interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

const edit = fc.record({ at: fc.nat(2_000), cut: fc.nat(12), put: fc.constantFrom("", ...HOSTILE) });

function damage(line: string, edits: readonly Edit[]): string {
  let text = line;
  for (const { at, cut, put } of edits) {
    const place = at % (text.length + 1);
    text = text.slice(0, place) + put + text.slice(place + cut);
  }
  return text;
}

describe.skipIf(schema === undefined).each(maps.filter(({ id }) => IDS.has(id)).map((map) => ({ id: map.id, map })))(
  "$id (skipped where ../shared/ocsf is absent)",
  ({ id, map }) => {
    test("refuses a damaged line or makes valid OCSF of it", () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...goldenCases(id)),
          fc.array(edit, { minLength: 1, maxLength: 4 }),
          fc.nat(20),
          (lines, edits, which) => {
            const broken = lines.map((line, index) => (index === which % lines.length ? damage(line, edits) : line));
            expect(conform(map, broken).flatMap((event) => validateEvent(schema!, event))).toEqual([]);
          },
        ),
        { numRuns: RUNS },
      );
    });

    test("refuses a JSON record with values of another kind or makes valid OCSF of it", () => {
      const records = goldenCases(id)
        .flat()
        .filter((line) => line.startsWith("{"));
      fc.assert(
        fc.property(
          fc.nat(1_000),
          fc.array(fc.record({ key: fc.nat(200), value: fc.constantFrom(...VALUES) }), { minLength: 1, maxLength: 5 }),
          (which, changes) => {
            if (records.length === 0) return;
            const line = replaceValues(records[which % records.length]!, changes);
            expect(conform(map, [line]).flatMap((event) => validateEvent(schema!, event))).toEqual([]);
          },
        ),
        { numRuns: RUNS },
      );
    });

    test("reads a line of a hundred thousand characters in time", () => {
      for (const [line] of goldenCases(id)) {
        for (const filler of ['"', "a ", "\\x", "=", "/", "{|", "- ", ", "]) {
          const long = line! + filler.repeat(100_000 / filler.length);
          const before = performance.now();
          conform(map, [long, long.slice(5)]);
          expect(performance.now() - before).toBeLessThan(2_000);
        }
      }
    });
  },
);

test.each<[string, (line: string) => unknown, string]>([
  [
    "a user's name made of slashes",
    readNative,
    `1774001234.250 130 10.1.4.17 TCP_MISS/200 5 GET http://h.example/ ${"AAA/".repeat(100_000)} HIER_DIRECT/- -`,
  ],
  [
    "what looks like the end of the line, over and over",
    readNative,
    `1774001234.250 130 10.1.4.17 TCP_MISS/200 5 GET http://h.example/ -${" AAA/- - [".repeat(40_000)}\n`,
  ],
  ["blanks within a value", readNssPairs, `user=a action=Allowed url=h.example reason=${" ".repeat(400_000)}9`],
])("%s: read in linear time", (_name, read, line) => {
  const before = performance.now();
  read(line);
  expect(performance.now() - before).toBeLessThan(1_500);
});

function conform(map: SourceMap, lines: readonly string[]): OcsfEvent[] {
  const events: OcsfEvent[] = [];
  const reader = isStateful(map) ? map.open(environment) : null;
  for (const line of lines) {
    try {
      const record = decode(line, environment.fileModifiedTime);
      const confidence = map.recognise(record);
      expect(confidence >= 0 && confidence <= 1).toBe(true);
      reader?.claims?.(record);
      const made = reader !== null ? reader.push(record) : isStateful(map) ? [] : map.conform(record, environment);
      if (made === null) continue;
      for (const event of [made].flat()) if (!(event instanceof MalformedInputError)) events.push(event);
    } catch (error) {
      if (!(error instanceof MalformedInputError)) throw error;
    }
  }
  return JSON.parse(JSON.stringify(events)) as OcsfEvent[];
}
