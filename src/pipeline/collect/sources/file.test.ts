/** Log files written, rotated, cut, compressed and removed under a source that follows them. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFileSource, type FileSourceOptions } from "./file.ts";
import { FakeCheckpoints, type FakePorts, fakePorts, running, until } from "./testing.ts";

let folder = "";
let checkpoints = new FakeCheckpoints();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-file-"));
  checkpoints = new FakeCheckpoints();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const numbered = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => `line ${from + index} of a log that is followed`);
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

function open(options: Partial<FileSourceOptions> = {}, ports = fakePorts(checkpoints)) {
  const paths = [at("access.log*")];
  return { ports, source: createFileSource({ id: "proxy", paths, pollMs: 15, quietMs: 80, ...options }, ports) };
}

const count = (ports: FakePorts, lines: number) => until(() => ports.intake.lines.length >= lines, `${lines} lines`);

test("reads what is there, then what is added, and not again after a restart", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 3)));
  const one = open();
  await running(one.source, async () => {
    await count(one.ports, 3);
    appendFileSync(at("access.log"), text(numbered(3, 5)));
    await count(one.ports, 5);
  });
  appendFileSync(at("access.log"), text(numbered(5, 7)));
  const two = open();
  await running(two.source, () => count(two.ports, 2));
  expect([...one.ports.intake.lines, ...two.ports.intake.lines]).toEqual(numbered(0, 7));
  expect(two.ports.intake.batches[0]).toMatchObject({ source: "auto", fileName: "access.log", firstLine: 6 });
  expect(two.source.health()).toMatchObject({ state: "stopped", received: 2, dropped: 0, gaps: [] });
});

test("begins at the end when told to, but reads files that come later whole", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 50)) + "half a");
  writeFileSync(at("access.log.9.gz"), gzipSync(text(numbered(900, 905))));
  const { ports, source } = open({ from: "end" });
  await running(source, async () => {
    await sleep(60);
    appendFileSync(at("access.log"), " line\n");
    writeFileSync(at("access.log.new"), text(numbered(100, 102)));
    await count(ports, 3);
    await sleep(150);
  });
  expect(ports.intake.lines.toSorted()).toEqual(["half a line", ...numbered(100, 102)]);
});

test("follows rotation by renaming, what is written to the old file afterwards included", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 10)));
  const { ports, source } = open();
  await running(source, async () => {
    await count(ports, 10);
    renameSync(at("access.log"), at("access.log.1"));
    appendFileSync(at("access.log.1"), text(numbered(10, 12)) + "the end of it");
    writeFileSync(at("access.log"), text(numbered(12, 14)));
    await count(ports, 15);
    await sleep(50);
  });
  expect(ports.intake.lines.toSorted()).toEqual([...numbered(0, 14), "the end of it"].toSorted());
});

test("follows a file renamed to what no pattern names, and one that was unlinked", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 2)));
  const { ports, source } = open({ paths: [at("access.log")] });
  await running(source, async () => {
    await count(ports, 2);
    renameSync(at("access.log"), at("old"));
    appendFileSync(at("old"), text(numbered(2, 4)));
    await count(ports, 4);
    writeFileSync(at("access.log"), text(numbered(4, 6)));
    await count(ports, 6);
    appendFileSync(at("access.log"), `${numbered(6, 7)[0]!}\nno end`);
    rmSync(at("access.log"));
    await count(ports, 8);
  });
  expect(ports.intake.lines).toEqual([...numbered(0, 7), "no end"]);
});

test("finds the rest of a file that was rotated while nobody looked", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 4)));
  const one = open({ paths: [at("access.log")] });
  await running(one.source, () => count(one.ports, 4));
  appendFileSync(at("access.log"), text(numbered(4, 6)));
  renameSync(at("access.log"), at("access.log-20260101"));
  writeFileSync(at("access.log"), text(numbered(6, 8)));
  const two = open({ paths: [at("access.log")] });
  await running(two.source, () => count(two.ports, 4));
  expect(two.ports.intake.lines.toSorted()).toEqual(numbered(4, 8));
});

test("reads on in a copy when the file was cut before all was read", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 100)));
  const one = open();
  await running(one.source, () => count(one.ports, 100));
  appendFileSync(at("access.log"), text(numbered(100, 120)));
  copyFileSync(at("access.log"), at("access.log.1"));
  truncateSync(at("access.log"));
  appendFileSync(at("access.log"), text(numbered(120, 123)));
  const two = open();
  await running(two.source, async () => {
    await count(two.ports, 23);
    await sleep(200);
  });
  expect(two.ports.intake.lines.toSorted()).toEqual(numbered(100, 123).toSorted());
});

test("copying and cutting while it reads loses and repeats nothing", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 100)));
  const { ports, source } = open();
  await running(source, async () => {
    await count(ports, 100);
    for (let round = 1; round <= 3; round += 1) {
      appendFileSync(at("access.log"), text(numbered(round * 100, round * 100 + 50)));
      copyFileSync(at("access.log"), at(`access.log.${round}`));
      await sleep(round * 10);
      truncateSync(at("access.log"));
      appendFileSync(at("access.log"), text(numbered(round * 100 + 50, round * 100 + 100)));
      await count(ports, round * 100 + 100);
    }
    await sleep(250);
  });
  expect(ports.intake.lines.toSorted()).toEqual(numbered(0, 400).toSorted());
});

test.each([
  ["gzip", ".gz", gzipSync],
  ["zstd", ".zst", zstdCompressSync],
])("reads a %s archive from where its file was left off, and a new one whole", async (_, suffix, compress) => {
  writeFileSync(at("access.log"), text(numbered(0, 60)));
  const one = open();
  await running(one.source, () => count(one.ports, 60));
  appendFileSync(at("access.log"), text(numbered(60, 70)));
  writeFileSync(at(`access.log.1${suffix}`), compress(readFileSync(at("access.log"))));
  rmSync(at("access.log"));
  writeFileSync(at(`access.log.2${suffix}`), compress(text(numbered(200, 210))));
  const two = open();
  await running(two.source, async () => {
    await count(two.ports, 20);
    await sleep(150);
  });
  expect(two.ports.intake.lines.toSorted()).toEqual([...numbered(60, 70), ...numbered(200, 210)].toSorted());
  const three = open();
  await running(three.source, () => sleep(200));
  expect(three.ports.intake.lines).toEqual([]);
});

test("an archive of a file that was read to its end brings nothing new", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 60)));
  const { ports, source } = open();
  await running(source, async () => {
    await count(ports, 60);
    renameSync(at("access.log"), at("access.log.1"));
    writeFileSync(at("access.log"), text(numbered(60, 61)));
    await count(ports, 61);
    writeFileSync(at("access.log.1.gz"), gzipSync(readFileSync(at("access.log.1"))));
    rmSync(at("access.log.1"));
    await sleep(500);
  });
  expect(ports.intake.lines).toEqual(numbered(0, 61));
});

test("a new file on a reused inode is read from its start", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 60)));
  const one = open();
  await running(one.source, () => count(one.ports, 60));
  // The same inode with other content is what a reused one looks like.
  writeFileSync(at("access.log"), text(numbered(1000, 1100)));
  const two = open();
  await running(two.source, () => count(two.ports, 100));
  expect(two.ports.intake.lines).toEqual(numbered(1000, 1100));
});

test("tells of bytes that were cut before they were read, once", async () => {
  let skew = 0;
  writeFileSync(at("access.log"), text(numbered(0, 5)));
  const one = open();
  await running(one.source, async () => {
    await count(one.ports, 5);
    one.ports.intake.mood = "busy";
    appendFileSync(at("access.log"), text(numbered(5, 9)));
    await until(() => one.ports.intake.refused > 1);
  });
  writeFileSync(at("access.log"), "another\n");
  const two = open(
    {},
    fakePorts(checkpoints, () => Date.now() + skew),
  );
  await running(two.source, async () => {
    await count(two.ports, 1);
    expect(two.source.health().gaps).toEqual([]);
    skew = 60_000;
    await until(() => two.source.health().gaps.length > 0);
    await sleep(60);
  });
  expect(two.source.health().gaps).toHaveLength(1);
  expect(two.source.health().gaps[0]!.reason).toMatch(
    /access\.log: cut or removed before its last 132 bytes were read/,
  );
});

test("the last line waits for its end", async () => {
  writeFileSync(at("access.log"), "one\ntw");
  const { ports, source } = open();
  await running(source, async () => {
    await count(ports, 1);
    await sleep(200);
    expect(ports.intake.lines).toEqual(["one"]);
    appendFileSync(at("access.log"), "o\nthree\n");
    await count(ports, 3);
  });
  expect(ports.intake.lines).toEqual(["one", "two", "three"]);
});

test("a line over the limit costs itself alone, also when it comes in pieces", async () => {
  writeFileSync(at("access.log"), `first\n${"y".repeat(1_200_000)}\nsecond\n${"x".repeat(3_000_000)}`);
  const { ports, source } = open();
  await running(source, async () => {
    await count(ports, 2);
    appendFileSync(at("access.log"), `${"x".repeat(6_000_000)}\nthird\n`);
    await count(ports, 3);
  });
  expect(ports.intake.lines).toEqual(["first", "second", "third"]);
  expect(ports.intake.rejected.map(({ line, reason }) => [line, reason])).toEqual([
    [2, "a line over 1 MiB"],
    [4, "a line over 1 MiB"],
  ]);
  expect(ports.intake.batches.at(-1)!.firstLine).toBe(5);
});

test("a hole that a writer leaves after its file was cut is passed over", async () => {
  writeFileSync(at("access.log"), Buffer.concat([Buffer.alloc(5_000_000), Buffer.from("after the hole\nnext\n")]));
  const { ports, source } = open();
  await running(source, () => count(ports, 2));
  expect(ports.intake.lines).toEqual(["after the hole", "next"]);
});

test("space reserved ahead of a writer is not taken for text", async () => {
  writeFileSync(at("access.log"), Buffer.concat([Buffer.from("one\n"), Buffer.alloc(4096)]));
  const { ports, source } = open();
  await running(source, async () => {
    await count(ports, 1);
    await sleep(60);
    writeFileSync(at("access.log"), Buffer.concat([Buffer.from("one\ntwo\n"), Buffer.alloc(4092)]), { flag: "r+" });
    await count(ports, 2);
  });
  expect(ports.intake.lines).toEqual(["one", "two"]);
});

test("a file that cannot be read is told of and stops no other", async () => {
  symlinkSync(at("access.log.a"), at("access.log.a"));
  writeFileSync(at("access.log.b"), "open\n");
  const { ports, source } = open();
  await running(source, async () => {
    await count(ports, 1);
    await until(() => source.health().state === "failing");
    expect(source.health().problem).toContain("a link that leads back to itself");
    rmSync(at("access.log.a"));
    writeFileSync(at("access.log.a"), "read\n");
    await count(ports, 2);
    await until(() => source.health().state === "running");
  });
});

test("a damaged archive is told of and stops no other", async () => {
  let skew = 0;
  const ports = fakePorts(checkpoints, () => Date.now() + skew);
  const archive = gzipSync(Array.from({ length: 20_000 }, () => Math.random().toString(36)).join("\n") + "\n");
  writeFileSync(at("access.log.1.gz"), archive.subarray(0, archive.length - 50_000));
  writeFileSync(at("access.log"), "open\n");
  const { source } = open({}, ports);
  await running(source, async () => {
    await until(() => source.health().state === "failing");
    expect(source.health().problem).toContain("not whole yet, or damaged");
    expect(ports.intake.rejected).toEqual([]);
    skew = 60_000;
    await until(() => ports.intake.rejected.length === 1);
    await until(() => source.health().state === "running");
  });
  expect(ports.intake.rejected[0]!.reason).toContain("cut off");
  expect(ports.intake.lines).toContain("open");
});

test("what the store refuses is offered until it is stored, and no position is written before", async () => {
  writeFileSync(at("access.log"), text(numbered(0, 3)));
  const one = open();
  one.ports.intake.mood = "busy";
  await running(one.source, () => until(() => one.ports.intake.refused > 2));
  const two = open();
  two.ports.intake.mood = "fails";
  await running(two.source, async () => {
    await until(() => two.ports.intake.refused > 1);
    two.ports.intake.mood = "stores";
    await count(two.ports, 3);
  });
  expect(two.ports.intake.lines).toEqual(numbered(0, 3));
});

test("a header is read again before lines that need it", async () => {
  writeFileSync(at("access.log"), "#fields\ta\tb\n#types\tx\ty\n1\t2\n#close\n#fields\tc\td\n3\t4\n");
  const one = open();
  await running(one.source, () => count(one.ports, 6));
  appendFileSync(at("access.log"), "5\t6\n");
  const two = open();
  await running(two.source, () => count(two.ports, 3));
  expect(two.ports.intake.lines).toEqual(["#close", "#fields\tc\td", "5\t6"]);
});

test("every batch below a header carries it, for a reader that begins anew", async () => {
  writeFileSync(at("access.log"), "#Fields: a b\n1 2\n");
  const { ports, source } = open();
  await running(source, async () => {
    await count(ports, 2);
    appendFileSync(at("access.log"), "3 4\n");
    await count(ports, 3);
    appendFileSync(at("access.log"), "#Fields: c d\n5 6\n");
    await count(ports, 5);
    appendFileSync(at("access.log"), "7 8\n");
    await count(ports, 6);
  });
  const carried = ports.intake.batches.map(({ preamble }) => Buffer.from(preamble ?? []).toString());
  expect(carried).toEqual(["", "#Fields: a b\n", "#Fields: a b\n", "#Fields: c d\n"]);
});

test("patterns reach into folders and name each file once", async () => {
  mkdirSync(at("a/b/c"), { recursive: true });
  mkdirSync(at(".hidden"));
  for (const name of ["a/one.log", "a/b/c/two.log", ".hidden/three.log", "a/.four.log", "a/[five].log"])
    writeFileSync(at(name), `${name}\n`);
  const { ports, source } = open({ paths: [at("**/*.log"), at("a/one.log"), at("a/?five].log")] });
  await running(source, async () => {
    await count(ports, 3);
    await sleep(60);
  });
  expect(ports.intake.lines.toSorted()).toEqual(["a/[five].log", "a/b/c/two.log", "a/one.log"]);
});
