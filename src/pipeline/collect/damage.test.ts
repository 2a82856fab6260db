/** Five hundred damaged files: reading one never fails or hangs, and costs only the lines that the damage touches. */
import { gzipSync, zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readInput, temporaryFolder, writeInput } from "./testing.ts";

const folder = temporaryFolder();

/** Invented logs whose lines tell their number. */
const logs: Record<string, string[]> = {
  ndjson: numbered((n) =>
    JSON.stringify({ n, action: "git.push", actor: "mara", repo: "acme/x", nested: { list: [1, { a: "b" }] } }),
  ),
  text: numbered(
    (n) =>
      `${1774000000 + n}.123 250 10.1.4.17 TCP_MISS/200 ${n} CONNECT git.acme.example:443 - HIER_DIRECT/192.0.2.7 -`,
  ),
  syslog: numbered((n) => `<134>Mar  2 10:00:00 ws-017 dnsmasq[7]: query[A] host${n}.acme.example from 10.1.4.17`),
};

function numbered(line: (n: number) => string): string[] {
  return Array.from({ length: 120 }, (_, n) => line(n));
}

interface Damage {
  readonly at: number;
  readonly kind: "cut" | "delete" | "flip" | "insert" | "repeat" | "zeros";
  readonly bytes: Uint8Array;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  kind: fc.constantFrom("cut", "delete", "flip", "insert", "repeat", "zeros"),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }),
});

/** The damaged bytes, and which of the original are untouched: everything outside [from, to). */
function apply(original: Buffer, { at, kind, bytes }: Damage): { content: Buffer; from: number; to: number } {
  const from = Math.floor(at * original.length);
  const end = (length: number): number => Math.min(original.length, from + length);
  const spliced = (to: number, ...between: Uint8Array[]): Buffer =>
    Buffer.concat([original.subarray(0, from), ...between, original.subarray(to)]);
  switch (kind) {
    case "cut":
      return { content: original.subarray(0, from), from, to: original.length };
    case "delete":
      return { content: spliced(end(bytes.length)), from, to: end(bytes.length) };
    case "flip": {
      const content = Buffer.from(original);
      content[from]! ^= 1 << (bytes[0]! & 7);
      return { content, from, to: from + 1 };
    }
    case "insert":
      return { content: spliced(from, bytes), from, to: from };
    case "repeat":
      return { content: spliced(from, original.subarray(from, end(300))), from, to: from };
    case "zeros":
      return { content: spliced(end(512), Buffer.alloc(end(512) - from)), from, to: end(512) };
  }
}

test("lines that no damage touches come out as they were", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(logs)),
      damage,
      fc.integer({ min: 40, max: 5000 }),
      async (kind, harm, chunkBytes) => {
        const lines = logs[kind]!;
        const { content, from, to } = apply(Buffer.from(`${lines.join("\n")}\n`), harm);
        const reading = await readInput(await writeInput(folder, "damaged.log", content), { chunkBytes });
        const read = new Set(reading.lines.map(([, line]) => line));
        let start = 0;
        for (const line of lines) {
          const end = start + line.length;
          if (end < from || start > to) expect(read).toContain(line);
          start = end + 1;
        }
      },
    ),
    { numRuns: 260 },
  );
});

test("damaged archives and documents are read without failing, and no line is made up before the damage", async () => {
  const forms: Record<string, (lines: string[]) => Buffer> = {
    gzip: (lines) => gzipSync(`${lines.join("\n")}\n`),
    zstd: (lines) => zstdCompressSync(`${lines.join("\n")}\n`),
    "two gzip members": (lines) =>
      Buffer.concat([gzipSync(`${lines[0]}\n`), gzipSync(`${lines.slice(1).join("\n")}\n`)]),
    "UTF-16": (lines) => Buffer.from(`\uFEFF${lines.join("\n")}\n`, "utf16le"),
    "UTF-16 without mark": (lines) => Buffer.from(`${lines.join("\n")}\n`, "utf16le"),
    "pretty JSON": (lines) =>
      Buffer.from(
        JSON.stringify(
          lines.map((line) => ({ line })),
          null,
          2,
        ),
      ),
    "JSON on one line": (lines) => Buffer.from(JSON.stringify(lines.map((line) => ({ line })))),
    "Latin-1": (lines) => Buffer.from(lines.map((line) => `${line} \xe9\xfc`).join("\n"), "latin1"),
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(forms)),
      fc.constantFrom(...Object.keys(logs)),
      damage,
      async (form, kind, harm) => {
        const { content } = apply(forms[form]!(logs[kind]!), harm);
        const started = performance.now();
        const { items } = await readInput(await writeInput(folder, "damaged.bin", content));
        expect(items.length).toBeLessThan(500);
        expect(performance.now() - started).toBeLessThan(3000);
      },
    ),
    { numRuns: 200 },
  );
});

test("any bytes at all", async () => {
  const start = fc.constantFrom(
    "",
    "\x1f\x8b\x08\0",
    "\x28\xb5\x2f\xfd",
    "\xff\xfe",
    "\xfe\xff",
    "[{",
    '{\n"',
    "\xef\xbb\xbf",
    "BZh9",
  );
  await fc.assert(
    fc.asyncProperty(start, fc.uint8Array({ maxLength: 3000 }), async (first, rest) => {
      await readInput(await writeInput(folder, "any.bin", Buffer.concat([Buffer.from(first, "latin1"), rest])), {
        chunkBytes: 512,
      });
    }),
    { numRuns: 80 },
  );
});
