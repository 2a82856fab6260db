/** Messages out of bytes, however these were cut into pieces. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_MESSAGE_BYTES, SyslogFraming } from "./syslog-framing.ts";

function frame(pieces: readonly Buffer[]): { lines: string[]; tooLong: number[] } {
  const tooLong: number[] = [];
  const framing = new SyslogFraming(({ line }) => tooLong.push(line));
  const out = [...pieces.map((piece) => framing.push(piece)), framing.end()];
  const text = Buffer.concat(out.map(({ bytes }) => bytes)).toString();
  return { lines: text.split("\n").slice(0, -1), tooLong };
}

const counted = (message: string) => `${Buffer.byteLength(message)} ${message}`;

describe("framing", () => {
  test.each([
    ["lines", "<13>one\n<13>two\r\n\n<13>three\n", ["<13>one", "<13>two", "<13>three"]],
    ["counts", counted("<13>one") + counted("<13>t\nwo") + counted("<13>ü"), ["<13>one", "<13>t wo", "<13>ü"]],
    ["both in one connection", `<13>one\n${counted("<13>two")}<13>three\n`, ["<13>one", "<13>two", "<13>three"]],
    [
      "a line end after a count that does not include it",
      `${counted("<13>one")}\n${counted("<13>two")}`,
      ["<13>one", "<13>two"],
    ],
    ["a line that begins with a figure", "2026 was a year\n1 <no count\n", ["2026 was a year", "<", "no count"]],
    ["a last message without its end", "<13>one\n<13>tw", ["<13>one", "<13>tw"]],
    ["NULs at the end", "<13>one\0\n", ["<13>one"]],
    ["a count of twelve figures", "123456789012 <13>x\n", ["123456789012 <13>x"]],
  ])("%s", (_, text, lines) => {
    expect(frame([Buffer.from(text)]).lines).toEqual(lines);
  });

  test("is the same however the bytes are cut", () => {
    const message = fc
      .string({ unit: fc.constantFrom(..."<>13 ab\0ü9\r"), minLength: 1, maxLength: 30 })
      .map((text) => `<13>${text}`);
    const framed = fc
      .array(fc.tuple(message, fc.boolean()), { maxLength: 12 })
      .map((messages) =>
        Buffer.from(messages.map(([text, octets]) => (octets ? counted(text) : `${text}\n`)).join("")),
      );
    fc.assert(
      fc.property(framed, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }), (bytes, sizes) => {
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(frame(pieces)).toEqual(frame([bytes]));
      }),
      { numRuns: Number(process.env["SALLYPORT_FUZZ_RUNS"] ?? 300) },
    );
  });

  test.each([
    ["a line", Buffer.from(`<13>${"x".repeat(MAX_MESSAGE_BYTES)}\n<13>after\n`)],
    ["a count", Buffer.from(counted(`<13>${"x".repeat(MAX_MESSAGE_BYTES)}`) + counted("<13>after"))],
  ])("%s over the limit costs itself alone", (_, bytes) => {
    const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_unused, index) =>
      bytes.subarray(index * 65_536, (index + 1) * 65_536),
    );
    for (const cut of [[bytes], pieces]) expect(frame(cut)).toEqual({ lines: ["<13>after"], tooLong: [1] });
  });

  test("an absurd count holds nothing", () => {
    const framing = new SyslogFraming(() => {});
    framing.push(Buffer.from("999999999 <13>x"));
    for (let turn = 0; turn < 100; turn += 1) framing.push(Buffer.alloc(65_536, 0x61));
    expect(framing.heldBytes).toBe(0);
  });

  test("a megabyte byte by byte takes no quadratic time", () => {
    const framing = new SyslogFraming(() => {});
    const started = performance.now();
    for (let turn = 0; turn < MAX_MESSAGE_BYTES; turn += 1) framing.push(Buffer.from("x"));
    expect(framing.push(Buffer.from("\n")).lines).toBe(1);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
