/**
 * Records of repository, identity and endpoint logs with values of the wrong type, keys missing and hostile text in any place: every
 * one is refused or becomes an event that is valid OCSF.
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
import { maps } from "./index.ts";

const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "" };

const HOSTILE: readonly unknown[] = [
  null,
  7,
  -1,
  1.5,
  1e30,
  0,
  "",
  {},
  [],
  [null],
  true,
  "true",
  "x".repeat(300),
  "\u202e\u0000",
  "2026-03-20T09:00:00Z",
  "999.9.9.9",
  "{",
  { a: { b: 1 } },
  ["a", {}],
  JSON.parse('{"__proto__":{"polluted":1}}'),
];

/** Even choices from one seed: fast-check's own numbers favour small ones, which here would replace whole records. */
function chooser(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) % below;
  };
}

/** The value with some of its parts replaced or left out; `choose` gives a number below its argument. */
function mutate(value: unknown, choose: (below: number) => number): unknown {
  if (choose(12) === 0) return HOSTILE[choose(HOSTILE.length)];
  if (Array.isArray(value)) return value.map((item) => mutate(item, choose));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(() => choose(15) !== 0);
  return Object.fromEntries(kept.map(([key, item]) => [key, mutate(item, choose)]));
}

function goldenRecords(id: string): object[] {
  const folder = new URL(`../golden/${id}/`, import.meta.url);
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => file.endsWith(".in") && !file.startsWith("damaged"))
    : [];
  return files
    .flatMap((file) => readFileSync(new URL(file, folder), "utf8").split("\n"))
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as object);
}

const subjects = maps
  .filter((map) => map.lane !== "network")
  .map((map) => ({ id: map.id, map, records: goldenRecords(map.id) }))
  .filter(({ records }) => records.length > 0);

describe.skipIf(schema === undefined).each(subjects)(
  "$id (skipped where ../shared/ocsf is absent)",
  ({ map, records }) => {
    test("refuses a damaged record or makes valid OCSF of it", () => {
      fc.assert(
        fc.property(fc.constantFrom(...records), fc.integer(), (record, seed) => {
          const line = JSON.stringify(mutate(record, chooser(seed)));
          expect(conform(map, line).flatMap((event) => validateEvent(schema!, event))).toEqual([]);
        }),
        { numRuns: 150 },
      );
    });
  },
);

function conform(map: SourceMap, line: string): readonly OcsfEvent[] {
  try {
    const record = decode(line, environment.fileModifiedTime);
    expect(map.recognise(record)).toBeLessThanOrEqual(1);
    const events = isStateful(map) ? map.open(environment).push(record) : map.conform(record, environment);
    const made = events === null ? [] : [events].flat().filter((event) => !(event instanceof MalformedInputError));
    return JSON.parse(JSON.stringify(made)) as OcsfEvent[];
  } catch (error) {
    if (error instanceof MalformedInputError) return [];
    throw error;
  }
}
