import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INVALID_UTF8, NUL_BYTE, readLines } from "./lines.ts";

interface Outcome {
  readonly count: number;
  readonly lines: readonly (readonly [index: number, line: string])[];
  readonly rejected: readonly (readonly [index: number, reason: string])[];
}

function read(bytes: Uint8Array): Outcome {
  const lines: [number, string][] = [];
  const rejected: [number, string][] = [];
  const count = readLines(
    bytes,
    (line, index) => lines.push([index, line]),
    (index, reason, excerpt) => {
      expect(excerpt).toMatch(/^[\x20-\x7e]{0,200}$/);
      rejected.push([index, reason]);
    },
  );
  return { count, lines, rejected };
}

/** The definition: cut at every newline, then look at each line alone. */
function readSlow(bytes: Uint8Array): Outcome {
  const pieces: number[][] = [[]];
  for (const byte of bytes) {
    if (byte === 10) pieces.push([]);
    else pieces.at(-1)!.push(byte);
  }
  if (pieces.at(-1)!.length === 0) pieces.pop();
  const lines: [number, string][] = [];
  const rejected: [number, string][] = [];
  for (const [index, piece] of pieces.entries()) {
    if (piece.at(-1) === 13) piece.pop();
    if (piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) piece.splice(0, 3);
    if (piece.length === 0) continue;
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(piece));
      if (piece.includes(0)) rejected.push([index, NUL_BYTE]);
      else lines.push([index, text]);
    } catch {
      rejected.push([index, piece.includes(0) ? NUL_BYTE : INVALID_UTF8]);
    }
  }
  return { count: pieces.length, lines, rejected };
}

const fragment = fc.oneof(
  fc
    .constantFrom("\n", "\r\n", "\r", "\n\n", "plain text", '{"a":1}', "\uFEFF", "Zoë", "日本", "🛟")
    .map((text) => Buffer.from(text)),
  fc
    .constantFrom([0], [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xef, 0xbb], [0xe9])
    .map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
);

test("agrees with the slow definition on any bytes", () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), (fragments) => {
      const bytes = new Uint8Array(Buffer.concat(fragments));
      expect(read(bytes)).toEqual(readSlow(bytes));
    }),
    { numRuns: 600 },
  );
});

test("agrees with the slow definition on ASCII", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "\n", "\r", "{", " "), { maxLength: 60 }), (characters) => {
      const bytes = new Uint8Array(Buffer.from(characters.join("")));
      expect(read(bytes)).toEqual(readSlow(bytes));
    }),
    { numRuns: 300 },
  );
});

describe("line numbers", () => {
  test.each([
    { name: "count empty lines", text: "\n\na\n", count: 3, lines: [[2, "a"]] },
    {
      name: "count a last line without its newline",
      text: "a\nb",
      count: 2,
      lines: [
        [0, "a"],
        [1, "b"],
      ],
    },
    { name: "are none in an empty chunk", text: "", count: 0, lines: [] },
  ])("$name", ({ text, count, lines }) => {
    expect(read(new Uint8Array(Buffer.from(text)))).toEqual({ count, lines, rejected: [] });
  });
});

test("reads a view into a larger buffer", () => {
  const bytes = new Uint8Array(Buffer.from("xx\none\ntwo\nyy"));
  expect(read(bytes.subarray(3, 11)).lines).toEqual([
    [0, "one"],
    [1, "two"],
  ]);
});

test("a bad line costs one line", () => {
  const bytes = Buffer.concat([Buffer.from("a\nb"), Buffer.from([0xff]), Buffer.from("\nc\n\0d\nZoë\n")]);
  expect(read(bytes)).toEqual({
    count: 5,
    lines: [
      [0, "a"],
      [2, "c"],
      [4, "Zoë"],
    ],
    rejected: [
      [1, INVALID_UTF8],
      [3, NUL_BYTE],
    ],
  });
});
