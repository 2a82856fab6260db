/** Workers that end: what their streams knew goes on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadCatalogue } from "../content/load-catalogue.ts";
import { StoreUnavailableError } from "../model/errors.ts";
import type { RecordBatch } from "./collect/intake.ts";
import { LiveWorkers } from "./live-workers.ts";
import type { JudgedBy } from "./processor.ts";

let spoolFolder: string;
let workers: LiveWorkers;
const judged: JudgedBy = { catalogue: loadCatalogue(), policy: null, documents: [] };
beforeAll(() => {
  spoolFolder = mkdtempSync(join(tmpdir(), "sallyport-workers-"));
  workers = new LiveWorkers(1, { ...judged, spoolFolder });
});
afterAll(async () => {
  await workers.terminate();
  rmSync(spoolFolder, { recursive: true, force: true });
});

const batch = (stream: string, lines: readonly string[], over: Partial<RecordBatch> = {}): RecordBatch => ({
  stream,
  source: "auto",
  fileName: "",
  modifiedTime: Date.UTC(2026, 2, 20),
  firstLine: 1,
  bytes: Buffer.from(lines.map((line) => `${line}\n`).join("")),
  ...over,
});

const FIELDS = ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "orig_bytes"];
const header = (fields: readonly string[]): string[] => [
  "#separator \\x09",
  "#set_separator\t,",
  "#empty_field\t(empty)",
  "#unset_field\t-",
  "#path\tconn",
  `#fields\t${fields.join("\t")}`,
];
const row = (n: number, more: readonly string[] = []): string =>
  [`177399810${n}.5`, `C${n}`, "10.1.4.17", "50312", "140.82.121.4", "443", "tcp", "ssl", "4200", ...more].join("\t");

/** Ends the worker as a mistake in it would: with rules that are none. What is judged by is sound again before the next one starts. */
async function kill(): Promise<void> {
  workers.judgeBy({ ...judged, documents: null as never });
  workers.judgeBy(judged);
  await expect(workers.flush()).rejects.toThrow(StoreUnavailableError);
}

test("a stream whose worker ended is read on below its header", async () => {
  const [peer, other] = ["syslog:192.0.2.7", "syslog:192.0.2.8"];
  expect(await workers.process(batch(peer, [...header(FIELDS), row(1)]))).toMatchObject({ events: 1, rejected: [] });
  await kill();
  expect(await workers.process(batch(peer, [row(2), row(3)]))).toMatchObject({ events: 2, rejected: [] });
  // Twice in a row, and after nothing but rows.
  await kill();
  expect(await workers.process(batch(peer, [row(4)]))).toMatchObject({ events: 1, rejected: [] });
  // Another header takes its place.
  const wider = [...FIELDS, "resp_bytes"];
  expect(await workers.process(batch(peer, [...header(wider), row(5, ["31"])]))).toMatchObject({ events: 1 });
  await kill();
  expect(await workers.process(batch(peer, [row(6, ["32"])]))).toMatchObject({ events: 1, rejected: [] });
  // It is that stream's alone.
  const rest = await workers.process(batch(other, [row(7)]));
  expect([rest.events, rest.rejected.length]).toEqual([0, 1]);
});

test("a header that was cut when the worker ended is kept as far as it came", async () => {
  const stream = "http:cut";
  await workers.process(batch(stream, header(FIELDS).slice(0, 3)));
  await kill();
  const read = await workers.process(batch(stream, [...header(FIELDS).slice(3), row(1)]));
  expect(read).toMatchObject({ events: 1, rejected: [] });
});

test("the header of a file counts for more than what was kept", async () => {
  const stream = "conn@1";
  await workers.process(batch(stream, [...header(FIELDS), row(1)]));
  await kill();
  const preamble = Buffer.from(`${header([...FIELDS, "resp_bytes"]).join("\n")}\n`);
  expect(await workers.process(batch(stream, [row(2, ["31"])], { preamble }))).toMatchObject({
    events: 1,
    rejected: [],
  });
});
