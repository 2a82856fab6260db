/**
 * Logs of firewalls and of unknown products with characters lost, added and replaced: every line is refused, without an error of the
 * program, or becomes an event that is valid OCSF.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schema } from "../../../../test/ocsf/schema.ts";
import { validateEvent } from "../../../../test/ocsf/validate.ts";
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { decode } from "../decode.ts";
import type { StatelessMap } from "../define-map.ts";
import genericCef from "../maps/generic-cef.ts";
import genericEcs from "../maps/generic-ecs.ts";
import genericKeyValue from "../maps/generic-key-value.ts";
import genericLeef from "../maps/generic-leef.ts";
import genericOcsf from "../maps/generic-ocsf.ts";
import paloAltoPanos from "../maps/palo-alto-panos.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);
const environment = { fileModifiedTime: 1_774_008_000_000, fileName: "" };

const PIECES = [
  "|",
  "=",
  ",",
  '"',
  "\\",
  " ",
  "\t",
  ":",
  "{",
  "x",
  "-1",
  "999.9.9.9",
  "2026-03-20",
  "\u202e\u0000",
  "",
];

/** Of OCSF that is passed through, ids and captions are not compared with the schema's enums. */
const EVENTS_CHECKED: readonly StatelessMap[] = [genericCef, genericEcs, genericKeyValue, genericLeef, paloAltoPanos];

function goldenLines(id: string): string[] {
  const folder = new URL(`../golden/${id}/`, import.meta.url);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".in")) : [];
  return files.flatMap((file) => readFileSync(new URL(file, folder), "utf8").split("\n")).filter((line) => line !== "");
}

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  lost: fc.nat(8),
  piece: fc.constantFrom(...PIECES),
});

function apply(line: string, edits: readonly { at: number; lost: number; piece: string }[]): string {
  return edits.reduce((text, { at, lost, piece }) => {
    const place = Math.floor(at * text.length);
    return text.slice(0, place) + piece + text.slice(place + lost);
  }, line);
}

describe.each([...EVENTS_CHECKED, genericOcsf].map((map) => ({ id: map.id, map })))("$id", ({ map }) => {
  test("refuses a damaged line or makes an event of it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...goldenLines(map.id)),
        fc.array(edit, { minLength: 1, maxLength: 5 }),
        (line, edits) => {
          const events = conform(map, apply(line, edits));
          for (const event of events) expect(Number.isSafeInteger(event.time)).toBe(true);
          if (schema !== undefined && EVENTS_CHECKED.includes(map))
            expect(events.flatMap((event) => validateEvent(schema!, event))).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

function conform(map: StatelessMap, line: string): readonly OcsfEvent[] {
  try {
    const record = decode(line, environment.fileModifiedTime);
    expect(map.recognise(record)).toBeLessThanOrEqual(1);
    const events = map.conform(record, environment);
    return events === null ? [] : (JSON.parse(JSON.stringify([events].flat())) as OcsfEvent[]);
  } catch (error) {
    if (error instanceof MalformedInputError) return [];
    throw error;
  }
}
