/** A bucket as it fills: every object is read, once, whatever its key and whatever breaks. */
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LiveSource } from "../intake.ts";
import { type BucketFault, CREDENTIALS, FakeBucket } from "./buckets.test-support.ts";
import { createS3Source, type S3SourceOptions } from "./s3.ts";
import { readListing } from "./s3-listing.ts";
import { FakeCheckpoints, fakePorts, type FakePorts, until } from "./testing.ts";
import { TestClock } from "./vendor-logs.test-support.ts";

const T0 = Date.UTC(2026, 2, 20, 9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let clock: TestClock;
let bucket: FakeBucket;
let checkpoints: FakeCheckpoints;
beforeEach(async () => {
  clock = new TestClock(T0);
  checkpoints = new FakeCheckpoints();
  bucket = new FakeBucket(clock);
  await bucket.start();
});
afterEach(() => bucket.stop());

function open(more: Partial<S3SourceOptions> = {}): { ports: FakePorts; source: LiveSource } {
  const ports = fakePorts(checkpoints, () => clock.now());
  const about = { id: "audit", bucket: "audit-logs", region: "eu-central-1", pathStyle: true };
  const source = createS3Source(
    { ...about, baseUrl: bucket.baseUrl, credentials: () => CREDENTIALS, ...more },
    ports,
    clock,
  );
  return { ports, source };
}

async function runUntil(source: LiveSource, end: number): Promise<void> {
  let turns = 0;
  await source.start();
  await new Promise<void>((resolve, reject) => {
    clock.onTick = () => {
      if (clock.time >= end && (source.health().lagMs ?? Infinity) < 10 * MINUTE) resolve();
      if ((turns += 1) > 5_000) reject(new Error(`no end in sight: ${source.health().problem}`));
    };
  });
  await source.stop();
}

const record = (n: number): string => `{"n":${n}}`;

test("gzip, zstd, plain lines, arrays and documents with records; strange keys; what is no log is left", async () => {
  const lines = (from: number): string => [0, 1, 2].map((n) => `${record(from + n)}\n`).join("");
  bucket.put("2026/03/20/a b+c(1)'ü.json.gz", gzipSync(lines(0)));
  bucket.put("2026/03/20/b.ndjson.zst", zstdCompressSync(lines(10)));
  bucket.put("2026/03/20/c.log", lines(20).trimEnd());
  bucket.put("2026/03/20/d.json", `[\n  ${record(30)},\n  ${record(31)}\n]`);
  bucket.put("2026/03/20/", "");
  bucket.put("elsewhere/e.log", lines(90));
  const { ports, source } = open({ prefix: "2026/", source: "github-audit" });
  await runUntil(source, T0 + MINUTE);
  const stored = ports.intake.lines.map((line) => Number(/\d+/.exec(line)![0]));
  expect(stored.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31]);
  // Objects are read side by side: any of them may come first.
  expect(ports.intake.batches).toContainEqual(
    expect.objectContaining({ source: "github-audit", fileName: "a b+c(1)'ü.json", firstLine: 1 }),
  );
  expect(source.health()).toMatchObject({ received: 11, dropped: 0, problem: null, gaps: [] });
});

test("keys of no order: those put before the first one are found when all is listed; a restart reads nothing again", async () => {
  bucket.put("m/1", record(1));
  const one = open({ listAllMs: 30 * MINUTE });
  clock.onTick = () => {};
  await runUntil(one.source, T0 + 2 * MINUTE);
  bucket.put("z/2", record(2));
  bucket.put("a/3", record(3));
  const two = open({ listAllMs: 30 * MINUTE });
  await runUntil(two.source, T0 + 5 * MINUTE);
  bucket.put("b/4", record(4));
  bucket.put("a/0", record(5));
  const three = open({ listAllMs: 30 * MINUTE });
  await runUntil(three.source, T0 + 50 * MINUTE);
  bucket.put("a/00", record(6));
  await runUntil(open({ listAllMs: 30 * MINUTE }).source, T0 + 120 * MINUTE);
  expect(bucket.read.toSorted()).toEqual(["a/0", "a/00", "a/3", "b/4", "m/1", "z/2"]);
  expect(bucket.lists.some(({ searchParams }) => searchParams.has("start-after"))).toBe(true);
});

test("an object counts as read when all of it is stored, not before", async () => {
  bucket.put("one.log", `${record(1)}\n${record(2)}\n`);
  const one = open();
  one.ports.intake.mood = "fails";
  await one.source.start();
  await until(() => one.ports.intake.refused > 0);
  await one.source.stop();
  const two = open();
  await runUntil(two.source, T0 + 5 * MINUTE);
  expect(two.ports.intake.lines).toEqual([record(1), record(2)]);
  await runUntil(open().source, T0 + 10 * MINUTE);
  expect(bucket.read).toEqual(["one.log", "one.log"]);
});

test("a connection that breaks inside a large object goes on behind what is stored", async () => {
  const count = 60_000;
  bucket.put("large.log", Array.from({ length: count }, (_, n) => `${record(n)} ${"x".repeat(40)}\n`).join(""));
  bucket.faults = [null, "break", null, "break"];
  const { ports, source } = open();
  await runUntil(source, T0 + 10 * MINUTE);
  expect(ports.intake.lines).toHaveLength(count);
  expect(new Set(ports.intake.lines).size).toBe(count);
  expect(ports.intake.rejected).toEqual([]);
  expect(ports.logged.join()).toMatch(/large\.log: the object ended early/);
});

test("an object that is refused or damaged stops no other", async () => {
  bucket.put("a.log", record(1));
  bucket.put("b.log", record(2));
  bucket.put("c.log.gz", gzipSync(`${record(3)}\n`.repeat(5_000)).subarray(0, 60));
  bucket.put("d.log", record(4));
  bucket.refused.set("a.log", "AccessDenied");
  bucket.refused.set("b.log", "InvalidObjectState");
  const { ports, source } = open();
  await source.start();
  await until(() => source.health().state === "failing" && bucket.read.length >= 2);
  expect(source.health().problem).toMatch(/a\.log: the server answers 403 \(AccessDenied\)/);
  bucket.refused.delete("a.log");
  await until(() => source.health().state === "running");
  await source.stop();
  expect(ports.intake.lines).toContain(record(4));
  expect(ports.intake.lines).toContain(record(1));
  expect(ports.intake.gaps).toEqual([
    expect.objectContaining({ until: T0 + 1, reason: expect.stringMatching(/^b\.log .*InvalidObjectState/) }),
  ]);
  expect(ports.intake.rejected).toEqual([expect.objectContaining({ stream: "audit:c.log.gz" })]);
});

test("objects deleted while nobody read are a gap with its span", async () => {
  bucket.put("a.log", record(1));
  await runUntil(open().source, T0 + MINUTE);
  const stopped = clock.time;
  bucket.objects.clear();
  clock.time += 48 * HOUR;
  bucket.put("c.log", record(3), clock.time - HOUR);
  const resumed = clock.time;
  const { ports, source } = open();
  await runUntil(source, clock.time + MINUTE);
  expect(ports.intake.lines).toEqual([record(3)]);
  expect(ports.intake.gaps).toHaveLength(1);
  expect(ports.intake.gaps[0]!.from).toBeGreaterThan(stopped - 5 * MINUTE);
  expect(ports.intake.gaps[0]!.until).toBe(resumed - HOUR);
});

test("a clock an hour off is set right by the server's", async () => {
  bucket.skewMs = -HOUR;
  bucket.put("a.log", record(1), T0 - HOUR);
  const { ports, source } = open();
  await source.start();
  await until(() => ports.intake.lines.length === 1);
  await source.stop();
});

test("answers that are no list are no empty bucket", () => {
  for (const text of ["", "<html></html>", "<ListBucketResult><Contents>", '{"objects":[]}'])
    expect(readListing(text)).toBe(null);
  expect(readListing("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>")).toBe(null);
  const key = "&lt;a&gt;&amp;&#x41;&#66;";
  expect(
    readListing(
      `<ListBucketResult><Contents><Key>${key}</Key><LastModified>2026-03-20T09:00:00Z</LastModified></Contents></ListBucketResult>`,
    )?.objects[0]?.key,
  ).toBe("<a>&AB");
});

test("whatever breaks, every line arrives; what was read is not asked for again", async () => {
  const object = fc.record({
    key: fc.string({ unit: fc.constantFrom(..."abz/09 +ü"), minLength: 1, maxLength: 6 }),
    lines: fc.integer({ min: 1, max: 4 }),
    minute: fc.integer({ min: -60, max: 200 }),
    uploadMinutes: fc.constantFrom(0, 0, 0, 90),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { maxLength: 25 }),
      fc.array(fc.constantFrom<BucketFault>("503", "reset", "break", null, null), { maxLength: 30 }),
      fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 3 }),
      async (objects, faults, stops) => {
        await bucket.stop();
        clock = new TestClock(T0);
        checkpoints = new FakeCheckpoints();
        bucket = new FakeBucket(clock);
        await bucket.start();
        const expected: string[] = [];
        for (const [index, { key, lines, minute, uploadMinutes }] of objects.entries()) {
          const text = Array.from({ length: lines }, (_, n) => record(index * 10 + n));
          expected.push(...text);
          const body = index % 2 === 0 ? gzipSync(text.join("\n")) : text.join("\n");
          // Segments of dots have no address; see the test above.
          bucket.put(`${index % 3}/${key}${index}`, body, T0 + minute * MINUTE, uploadMinutes * MINUTE);
        }
        bucket.faults = [...faults];
        const stored: string[] = [];
        for (const stop of [...stops.toSorted((a, b) => a - b), 360]) {
          const { ports, source } = open({ pollMs: 5 * MINUTE, listAllMs: 20 * MINUTE });
          await runUntil(source, Math.max(clock.time, T0 + stop * MINUTE));
          stored.push(...ports.intake.lines);
          expect(ports.intake.gaps).toEqual([]);
        }
        expect(stored.toSorted()).toEqual(expected.toSorted());
      },
    ),
    { numRuns: Number(process.env["SALLYPORT_FUZZ_RUNS"] ?? 20) },
  );
}, 60_000);
