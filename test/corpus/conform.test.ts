/**
 * Every openly licensed sample beside the checkout (../shared/logs, described in its MANIFEST.tsv) is read the way `scan`
 * reads it. Skipped in a clone alone, where there are none.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { isRejected, openChunks } from "../../src/pipeline/collect/chunks.ts";
import { listInputs } from "../../src/pipeline/collect/inputs.ts";
import { readLines } from "../../src/pipeline/collect/lines.ts";
import { openStream, recogniseStream } from "../../src/pipeline/conform/index.ts";
import { schema } from "../ocsf/schema.ts";
import { validateEvent } from "../ocsf/validate.ts";
import { REFERENCES } from "./references.ts";
import { type Agreement, type Sample, samplesPage } from "./samples-page.ts";
import { SOURCES, UNRECOGNISABLE } from "./streams.ts";

const logs = new URL("../../../shared/logs/", import.meta.url);
const present = existsSync(new URL("MANIFEST.tsv", logs)) && schema !== undefined;

describe.skipIf(!present)("samples (skipped where ../shared/logs is absent)", () => {
  let samples: Sample[] = [];

  beforeAll(async () => {
    const rows = readFileSync(new URL("MANIFEST.tsv", logs), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((row) => row.split("\t"));
    samples = [];
    for (const [vendor, stream, path] of rows) samples.push(await read(`${vendor}/${stream}`, path!));
  });

  test("no map fails on a line", () => {
    expect(
      samples.flatMap(({ path, rejected }) =>
        rejected
          .filter((reason) => reason.includes(" fails on this line: "))
          .map((reason) => `${path}: ${reason}`),
      ),
    ).toEqual([]);
  });

  test("every event is valid OCSF", () => {
    const invalid = samples.flatMap(({ events }) =>
      events.flatMap(({ event, source }) =>
        validateEvent(schema!, event).map(({ path, problem }) => `${source}: ${path} ${problem}`),
      ),
    );
    expect([...new Set(invalid)]).toEqual([]);
  });

  test("every sample of a known stream is taken for what it is", () => {
    const wrong = samples
      .filter(
        ({ stream, path, source }) =>
          SOURCES[stream] !== undefined && source !== (UNRECOGNISABLE.has(path) ? null : SOURCES[stream]),
      )
      .map(({ path, source, reason }) => `${path} is taken for ${source}: ${reason}`);
    expect(wrong).toEqual([]);
  });

  test("every stream with a source is listed as such", () => {
    const listed = samples.filter(({ stream, source }) => source !== null && SOURCES[stream] === undefined);
    // Panther's standard rules are tried on records of many products, one after the other.
    expect([...new Set(listed.map(({ stream }) => stream))]).toEqual(["panther/standard"]);
  });

  test("what others read in a sample is what its events hold", () => {
    const problems = REFERENCES.flatMap(({ path, event, fields }) => {
      const found = samples.find((sample) => sample.path === path)?.events[event]?.event;
      return Object.entries(fields)
        .filter(([attribute, value]) => valueAt(found, attribute) !== value)
        .map(([attribute, value]) => `${path}, event ${event}: ${attribute} is ${String(valueAt(found, attribute))}, not ${value}`);
    });
    expect(problems).toEqual([]);
  });

  test("the table of samples is up to date", async () => {
    const page = fileURLToPath(new URL("../../docs/samples.md", import.meta.url));
    await expect(samplesPage(samples, agreements(samples))).toMatchFileSnapshot(page);
  });
});

function agreements(samples: readonly Sample[]): Agreement[] {
  return Object.entries(Object.groupBy(REFERENCES, ({ path }) => path))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, references = []]) => {
      const events = samples.find((sample) => sample.path === path)?.events ?? [];
      const fields = references.flatMap(({ event, fields: named }) =>
        Object.entries(named).map(([attribute, value]) => valueAt(events[event]?.event, attribute) === value),
      );
      return { path, fields: fields.length, agree: fields.filter(Boolean).length };
    });
}

function valueAt(event: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], event);
}

async function read(stream: string, path: string): Promise<Sample> {
  const { files } = await listInputs([fileURLToPath(new URL(path, logs))]);
  const lines: string[] = [];
  const rejected: string[] = [];
  for await (const item of openChunks(files[0]!)) {
    if (isRejected(item)) rejected.push(item.reason);
    else
      readLines(
        item.bytes,
        (line) => void lines.push(line),
        (_index, reason) => void rejected.push(reason),
      );
  }
  // What Zeek's test suite puts above its baselines is no part of the log.
  const content = lines.filter((line) => !line.startsWith("### BTest"));
  // The files' own times depend on when they were copied.
  const environment = { fileModifiedTime: 1_774_008_000_000, fileName: files[0]!.name };
  const { map, reason } = recogniseStream(content.slice(0, 60), environment);
  const events: Sample["events"][number][] = [];
  const reader = openStream({
    source: "auto",
    expected: map?.id ?? null,
    environment,
    emit: (event, source) => void events.push({ event, source: source.id }),
    reject: (_line, error) => void rejected.push(error.message),
  });
  content.forEach((line, index) => reader.push(line, index + 1));
  reader.flush();
  return { stream, path, source: map?.id ?? null, reason, events, rejected };
}
