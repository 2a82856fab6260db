import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Chunk, isRejected } from "./chunk.ts";
import { type InputFile, listInputs } from "./inputs.ts";
import { readLines } from "./lines.ts";
import { mergeByTime, type MergeOptions } from "./merge.ts";
import { temporaryFolder, writeInput } from "./testing.ts";

const folder = temporaryFolder();

/** Lines begin with their time, "-" where there is none. */
const timeOf = (line: string): number | null => {
  const time = Number.parseInt(line, 10);
  return Number.isNaN(time) ? null : time;
};

interface Merged {
  readonly lines: string[];
  /** Of every chunk, the time it begins with. */
  readonly starts: number[];
  readonly rejected: string[];
  readonly largest: number;
}

async function merge(files: readonly InputFile[], options: Partial<MergeOptions> = {}): Promise<Merged> {
  const lines: string[] = [];
  const starts: number[] = [];
  const rejected: string[] = [];
  let largest = 0;
  for await (const item of mergeByTime(files, { timeOf, ...options })) {
    if (isRejected(item)) {
      rejected.push(`${item.file.name}:${item.line}`);
      continue;
    }
    const before = lines.length;
    readLines(
      item.bytes,
      (line) => lines.push(line),
      () => {},
    );
    const start = lines
      .slice(before)
      .map(timeOf)
      .find((time) => time !== null);
    if (start !== undefined && start !== null) starts.push(start);
    largest = Math.max(largest, item.bytes.length);
    transfer(item);
  }
  return { lines, starts, rejected, largest };
}

/** What handing a chunk to a worker does to it here. */
function transfer({ bytes }: Chunk): void {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
}

function inOrder(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

test("every line once, each file in its own order, chunks in order of time", async () => {
  const log = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(log, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 60 }),
      async (logs, chunkBytes) => {
        const files: InputFile[] = [];
        for (const [index, times] of logs.entries()) {
          const text = inOrder(times)
            .map((time, at) => `${time} ${index} ${at}\n`)
            .join("");
          files.push(await writeInput(folder, `any-${index}.log`, text));
        }
        const { lines, starts } = await merge(files, { chunkBytes });
        expect(starts).toEqual(inOrder(starts));
        for (const [index, times] of logs.entries()) {
          const own = lines.filter((line) => line.split(" ")[1] === String(index));
          expect(own).toEqual(inOrder(times).map((time, at) => `${time} ${index} ${at}`));
        }
        expect(lines).toHaveLength(logs.flat().length);
      },
    ),
    { numRuns: 60 },
  );
});

describe("order of files", () => {
  test("those without a time come first, by name", async () => {
    const files = [
      await writeInput(folder, "timed-b.log", "5 b\n6 b\n"),
      await writeInput(folder, "untimed-2.log", "- second\n"),
      await writeInput(folder, "timed-a.log", "# header\n3 a\n9 a\n"),
      await writeInput(folder, "untimed-1.log", "- first\n"),
      await writeInput(folder, "empty.log", ""),
    ];
    const { lines } = await merge(files, { chunkBytes: 1 });
    expect(lines).toEqual(["- first", "- second", "# header", "3 a", "5 b", "6 b", "9 a"]);
  });

  test("archives, other encodings and JSON documents take part", async () => {
    const files = [
      await writeInput(folder, "four.gz", gzipSync("4 gzip\n")),
      await writeInput(folder, "two.zst", zstdCompressSync("2 zstd\n")),
      await writeInput(folder, "three.log", Buffer.from("\uFEFF3 utf-16\n", "utf16le")),
      await writeInput(folder, "one.json", '[\n  { "time": 1 },\n  { "time": 5 }\n]\n'),
    ];
    const time = (line: string): number | null => timeOf(line) ?? timeOf(/"time": (\d+)/.exec(line)?.[1] ?? "");
    const { lines } = await merge(files, { chunkBytes: 4, timeOf: time });
    expect(lines).toEqual(['{ "time": 1 }', "2 zstd", "3 utf-16", "4 gzip", '{ "time": 5 }']);
  });

  test("standard input is merged with files", async () => {
    const { files } = await listInputs(["-"]);
    files.push(await writeInput(folder, "beside.log", "1 file\n3 file\n"));
    const standardInput = Readable.from([Buffer.from("2 pipe\n"), Buffer.from("4 pipe\n")]);
    const { lines } = await merge(files, { chunkBytes: 7, standardInput });
    expect(lines).toEqual(["1 file", "2 pipe", "3 file", "4 pipe"]);
  });

  test("a first record longer than a head is still found its time", async () => {
    const files = [
      await writeInput(folder, "long-record.log", `7 ${"x".repeat(100_000)}\n8 y\n`),
      await writeInput(folder, "short-record.log", "6 short\n"),
    ];
    const { lines } = await merge(files);
    expect(lines.map((line) => line.slice(0, 1))).toEqual(["6", "7", "8"]);
  });
});

test("what cannot be read is reported in place, once", async () => {
  const cut = gzipSync("1 a\n".repeat(50_000));
  const files = [
    await writeInput(folder, "cut.log.gz", cut.subarray(0, cut.length - 20)),
    await writeInput(folder, "fine.log", "2 b\n"),
    await writeInput(
      folder,
      "noise.bin",
      Buffer.from(Array.from({ length: 9000 }, (_, index) => (index * index * 31) & 0xff)),
    ),
  ];
  const { lines, rejected } = await merge(files);
  expect(rejected.map((place) => place.split(":")[0])).toEqual(["noise.bin", "cut.log"]);
  expect(lines.at(-1)).toBe("2 b");
});

test("a thousand files that overlap are interleaved within the bounds", async () => {
  const many = temporaryFolder();
  const count = 1000;
  const perFile = 12;
  for (let file = 0; file < count; file++) {
    const text = Array.from({ length: perFile }, (_, at) => `${at * count + file} ${"x".repeat(700)}\n`).join("");
    await writeInput(many, `${file}.log${file % 10 === 0 ? ".gz" : ""}`, file % 10 === 0 ? gzipSync(text) : text);
  }
  const { files } = await listInputs([many]);
  expect(files).toHaveLength(readdirSync(many).length);
  const { lines, starts, largest } = await merge(files, { chunkBytes: 2000 });
  expect(lines).toHaveLength(count * perFile);
  expect(starts).toEqual(inOrder(starts));
  expect(largest).toBeLessThan(4000);
});

test("stopping early closes every file", async () => {
  const files = [
    await writeInput(folder, "left.log", "1 a\n".repeat(1000)),
    await writeInput(folder, "right.log", "1 b\n".repeat(1000)),
  ];
  const open = (): number => readdirSync("/proc/self/fd").length;
  if (process.platform !== "linux") return;
  const before = open();
  for await (const item of mergeByTime(files, { timeOf, chunkBytes: 100 })) if (!isRejected(item)) break;
  expect(open()).toBe(before);
});
