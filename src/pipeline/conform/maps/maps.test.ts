/**
 * golden/<map>/<case>.in holds lines as received, <case>.out.json what they become, errors included.
 * `npm test -- -u` rewrites the outputs; CI never writes.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { schema } from "../../../../test/ocsf/schema.ts";
import { validateEvent } from "../../../../test/ocsf/validate.ts";
import type { OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { decode } from "../decode.ts";
import { isStateful, type SourceMap } from "../define-map.ts";
import { maps } from "./index.ts";

const golden = new URL("../golden/", import.meta.url);
/** 2026-03-20T12:00:00Z: the fixed modification time of every golden file. */
const fileModifiedTime = 1_774_008_000_000;

test("every file in this folder is a registered map with the file's name as its id", () => {
  const files = readdirSync(new URL(".", import.meta.url)).filter((name) => !/^(?:index|list)\.|\.test\./.test(name));
  expect(maps.map((map) => `${map.id}.ts`).toSorted()).toEqual(files.toSorted());
});

describe.each(maps.map((map) => ({ id: map.id, map })))("$id", ({ id, map }) => {
  const folder = new URL(`${id}/`, golden);
  const cases = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".in")) : [];

  test("has at least three golden cases", () => {
    expect(cases.length).toBeGreaterThanOrEqual(3);
  });

  const read = (file: string) =>
    readFileSync(new URL(file, folder), "utf8")
      .split("\n")
      .filter((line) => line !== "");

  test.each(cases)("%s", async (file) => {
    const lines = read(file);
    const out = fileURLToPath(new URL(file.replace(/\.in$/, ".out.json"), folder));
    await expect(`${JSON.stringify(outcome(map, lines, file), null, 2)}\n`).toMatchFileSnapshot(out);
  });

  test.skipIf(schema === undefined).each(cases)(
    "%s makes valid OCSF (skipped where ../shared/ocsf is absent)",
    (file) => {
      const events = outcome(map, read(file), file).filter((result) => result !== null && !("error" in result));
      expect(events.flatMap((event) => validateEvent(schema!, event))).toEqual([]);
    },
  );
});

type Outcome = OcsfEvent | null | { readonly error: { readonly code: string; readonly message: string } };

function outcome(map: SourceMap, lines: readonly string[], fileName: string): Outcome[] {
  const environment = { fileModifiedTime, fileName };
  const out: Outcome[] = [];
  const reader = isStateful(map) ? map.open(environment) : null;
  for (const line of lines) {
    try {
      const record = decode(line, fileModifiedTime);
      if (reader !== null) out.push(...reader.push(record).map(entry));
      else if (!isStateful(map)) {
        const events = map.conform(record, environment);
        out.push(...(events === null ? [null] : [events].flat()));
      }
    } catch (error) {
      if (!(error instanceof MalformedInputError)) throw error;
      out.push(entry(error));
    }
  }
  try {
    if (reader !== null) out.push(...reader.flush().map(entry));
  } catch (error) {
    if (!(error instanceof MalformedInputError)) throw error;
    out.push(entry(error));
  }
  return out;
}

function entry(result: OcsfEvent | MalformedInputError): Outcome {
  return result instanceof MalformedInputError ? { error: { code: result.code, message: result.message } } : result;
}
