import { rmSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listInputs } from "./inputs.ts";
import { MAX_LINE_BYTES } from "./line-chunks.ts";
import { NUL_BYTE } from "./lines.ts";
import { readInput, temporaryFolder, writeInput } from "./testing.ts";

const folder = temporaryFolder();

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index + 1} ${"x".repeat(index % 40)}`);
}

function expectedLines(lines: readonly string[]): [number, string][] {
  return lines.map((line, index): [number, string] => [index + 1, line]).filter(([, line]) => line !== "");
}

test("any text comes out whole, with its line numbers, whatever the size of a chunk", async () => {
  const line = fc.constantFrom("", "a", "bb", "Zoë 日本", "x".repeat(50));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 40 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 200 }),
      async (lines, ends, chunkBytes) => {
        const file = await writeInput(folder, "any.log", lines.join("\n") + (ends ? "\n" : ""));
        const { lines: read, rejected } = await readInput(file, { chunkBytes });
        expect(read).toEqual(expectedLines(lines));
        expect(rejected).toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
});

describe("shapes of a file", () => {
  const lines = numbered(5000);
  const text = `${lines.join("\n")}\n`;
  test.each([
    { name: "plain.log", content: text },
    { name: "windows.log", content: text.replaceAll("\n", "\r\n") },
    { name: "marked.log", content: `\uFEFF${text}` },
    { name: "no-final-newline.log", content: text.trimEnd() },
    { name: "little-endian.log", content: Buffer.from(`\uFEFF${text}`, "utf16le") },
    { name: "little-endian-unmarked.log", content: Buffer.from(text, "utf16le") },
    { name: "big-endian.log", content: Buffer.from(`\uFEFF${text}`, "utf16le").swap16() },
    { name: "one.log.gz", content: gzipSync(text) },
    { name: "members.log.gz", content: Buffer.concat([gzipSync(text.slice(0, 1000)), gzipSync(text.slice(1000))]) },
    { name: "padded.log.gz", content: Buffer.concat([gzipSync(text), Buffer.alloc(5000)]) },
    { name: "one.log.zst", content: zstdCompressSync(text) },
    {
      name: "frames.log.zst",
      content: Buffer.concat([zstdCompressSync(text.slice(0, 1000)), zstdCompressSync(text.slice(1000))]),
    },
    { name: "little-endian.log.gz", content: gzipSync(Buffer.from(`\uFEFF${text}`, "utf16le")) },
    { name: "misnamed.log", content: gzipSync(text) },
    { name: "plain-in-spite-of-its-name.gz", content: text },
  ])("$name", async ({ name, content }) => {
    const file = await writeInput(folder, name, content);
    for (const releaseBetweenReads of [false, true]) {
      const { lines: read, rejected } = await readInput(file, { chunkBytes: 10_000, releaseBetweenReads });
      expect(read).toEqual(expectedLines(lines));
      expect(rejected).toEqual([]);
    }
  });

  test.each([
    { name: "plain", content: Buffer.from(text) },
    { name: "gzip", content: gzipSync(text) },
    {
      name: "zstd in frames",
      content: Buffer.concat([zstdCompressSync(text.slice(0, 1000)), zstdCompressSync(text.slice(1000))]),
    },
  ])("standard input, $name", async ({ content }) => {
    const pieces = Array.from({ length: Math.ceil(content.length / 999) }, (_, at) =>
      content.subarray(at * 999, at * 999 + 999),
    );
    const { files } = await listInputs(["-"]);
    const { lines: read, rejected } = await readInput(files[0]!, { standardInput: Readable.from(pieces) });
    expect(read).toEqual(expectedLines(lines));
    expect(rejected).toEqual([]);
  });
});

describe("long lines", () => {
  const long = (bytes: number): string => "y".repeat(bytes);
  test.each([
    { name: "at the limit is read", length: MAX_LINE_BYTES, rejected: [] },
    { name: "over the limit", length: MAX_LINE_BYTES + 1, rejected: [{ line: 2, reason: "a line over 1 MiB" }] },
    { name: "far over the limit", length: 5 * MAX_LINE_BYTES, rejected: [{ line: 2, reason: "a line over 1 MiB" }] },
  ])("$name", async ({ length, rejected }) => {
    const file = await writeInput(folder, "long.log", `before\n${long(length)}\nafter\nlast`);
    for (const chunkBytes of [4096, MAX_LINE_BYTES, 16 * MAX_LINE_BYTES]) {
      const reading = await readInput(file, { chunkBytes });
      expect(reading.rejected).toEqual(rejected);
      expect(reading.lines.filter(([, line]) => line.length < 100)).toEqual([
        [1, "before"],
        [3, "after"],
        [4, "last"],
      ]);
      expect(reading.lines).toHaveLength(rejected.length === 0 ? 4 : 3);
    }
  });

  test.each([
    { name: "at the end", content: `a\n${long(3 * MAX_LINE_BYTES)}`, lines: [[1, "a"]], at: [2] },
    {
      name: "two in a row",
      content: `${long(2 * MAX_LINE_BYTES)}\n${long(2 * MAX_LINE_BYTES)}\nb`,
      lines: [[3, "b"]],
      at: [1, 2],
    },
  ])("$name", async ({ content, lines, at }) => {
    const file = await writeInput(folder, "long.log", content);
    for (const chunkBytes of [65_536, 8 * MAX_LINE_BYTES]) {
      const reading = await readInput(file, { chunkBytes });
      expect(reading.lines).toEqual(lines);
      expect(reading.rejected.map(({ line }) => line)).toEqual(at);
    }
  });

  test("a file without any newline is not held in memory", async () => {
    const file = await writeInput(folder, "zeros.gz", gzipSync(Buffer.alloc(100 << 20)));
    const before = process.memoryUsage.rss();
    const reading = await readInput(file);
    expect(reading.rejected).toEqual([{ line: 1, reason: "a line over 1 MiB" }]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 << 20);
  });
});

describe("damaged archives", () => {
  const lines = Array.from({ length: 8000 }, (_, index) => `line ${index + 1} ${(index * 2654435761) % 4294967296}`);
  const text = `${lines.join("\n")}\n`;
  const archives = [
    { name: "gzip", bytes: gzipSync(text) },
    { name: "zstd", bytes: zstdCompressSync(text, { params: { 201: 1 } }) },
  ];

  test.each(archives)("$name cut off: every whole line before the cut is read", async ({ name, bytes }) => {
    for (const share of [0.3, 0.6, 0.99]) {
      const file = await writeInput(folder, `cut-${name}`, bytes.subarray(0, Math.floor(bytes.length * share)));
      const { lines: read, rejected } = await readInput(file, { chunkBytes: 20_000 });
      expect(read).toEqual(expectedLines(lines).slice(0, read.length));
      expect(rejected).toEqual([{ line: read.length + 1, reason: expect.stringContaining("cut off") }]);
      // zstd hands over whole blocks of 128 KiB only
      if (name === "gzip") expect(read.length).toBeGreaterThan(lines.length * (share - 0.05));
    }
  });

  test.each(archives)("$name with one bit wrong: the lines before it are read", async ({ name, bytes }) => {
    for (const share of [0.5, 0.9]) {
      const damaged = Buffer.from(bytes);
      damaged[Math.floor(bytes.length * share)]! ^= 0x10;
      const { lines: read, rejected } = await readInput(await writeInput(folder, `flipped-${name}`, damaged));
      const good = read.filter(([line, text]) => text === lines[line - 1]).length;
      if (name === "gzip") expect(good).toBeGreaterThan(lines.length * (share - 0.05));
      expect(rejected.map(({ reason }) => reason)).toContainEqual(expect.stringContaining("damaged"));
    }
  });

  test("a wrong checksum costs no line", async () => {
    const damaged = Buffer.from(gzipSync(text));
    damaged[damaged.length - 6]! ^= 1;
    const { lines: read, rejected } = await readInput(await writeInput(folder, "checksum.gz", damaged));
    expect(read).toEqual(expectedLines(lines));
    expect(rejected).toEqual([{ line: lines.length + 1, reason: expect.stringContaining("incorrect data check") }]);
  });

  test("something else behind an archive is reported", async () => {
    const content = Buffer.concat([gzipSync(text), Buffer.from("what is this\n".repeat(100))]);
    const { lines: read, rejected } = await readInput(await writeInput(folder, "trailing.gz", content));
    expect(read).toEqual(expectedLines(lines));
    expect(rejected).toHaveLength(1);
  });

  test("an archive that is none from its first byte", async () => {
    const { lines: read, rejected } = await readInput(
      await writeInput(folder, "none.gz", Buffer.from([0x1f, 0x8b, 1, 2, 3, 4])),
    );
    expect(read).toEqual([]);
    expect(rejected).toEqual([{ line: 1, reason: expect.stringContaining("damaged at byte") }]);
  });
});

describe("files that hold no lines", () => {
  const noise = Buffer.from(
    Array.from({ length: 50_000 }, (_, index) => (index * index * 31 + (index >> 3) * 7) & 0xff),
  );
  test.each([
    { name: "empty", content: "", rejected: [] },
    { name: "empty.gz", content: gzipSync(""), rejected: [] },
    { name: "noise.bin", content: noise, rejected: [{ line: 0, reason: "a binary file" }] },
    { name: "security.evtx", content: Buffer.concat([Buffer.from("ElfFile\0"), noise]), reason: ".evtx" },
    { name: "logs.zip", content: Buffer.concat([Buffer.from("PK\x03\x04\0\0"), noise]), reason: "zip archive" },
    { name: "logs.tar.gz", content: gzipSync(tarOf("a.log", "one\ntwo\n")), reason: "tar archive" },
  ])("$name", async ({ name, content, rejected, reason }) => {
    const reading = await readInput(await writeInput(folder, name, content));
    expect(reading.lines).toEqual([]);
    expect(reading.rejected).toEqual(rejected ?? [{ line: 0, reason: expect.stringContaining(reason!) }]);
    expect(reading.chunks).toHaveLength(1);
  });

  test("a block of NULs costs the lines it covers, no more", async () => {
    const content = Buffer.from(`${numbered(2000).join("\n")}\n`);
    content.fill(0, 8192, 12_288);
    const { lines, rejected } = await readInput(await writeInput(folder, "crashed.log", content));
    expect(rejected).toEqual([{ line: expect.any(Number), reason: NUL_BYTE }]);
    expect(lines.length).toBeGreaterThan(1700);
  });

  test("a rotated log that begins with a run of NULs is read behind it", async () => {
    const content = Buffer.concat([Buffer.alloc(100_000), Buffer.from("first\nsecond\n")]);
    const { lines, rejected } = await readInput(await writeInput(folder, "sparse.log", content));
    expect(lines).toEqual([[2, "second"]]);
    expect(rejected).toEqual([{ line: 1, reason: NUL_BYTE }]);
  });

  test("a file that is gone when its turn comes", async () => {
    const file = await writeInput(folder, "gone.log", "a\n");
    rmSync(file.path);
    expect((await readInput(file)).rejected).toEqual([{ line: 1, reason: "no such file or folder" }]);
  });
});

function tarOf(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(text.length.toString(8).padStart(11, "0"), 124);
  header.write("ustar\x0000", 257);
  const body = Buffer.alloc(512);
  body.write(text);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
