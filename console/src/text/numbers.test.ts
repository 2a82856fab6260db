import { expect, test } from "vitest";
import { bytes, count, counted, share, span } from "./numbers.ts";

test.each([
  [null, "not told"],
  [0, "0 B"],
  [999, "999 B"],
  [4_100, "4.1 kB"],
  [99_600, "100 kB"],
  [214_000_000, "214 MB"],
  [6_200_000_000, "6.2 GB"],
])("%s bytes", (value, expected) => expect(bytes(value)).toBe(expected));

test.each([
  [40_000, "40 s"],
  [12 * 60_000, "12 min"],
  [110 * 60_000, "1 h 50"],
  [5 * 3_600_000, "5 h"],
  [3 * 86_400_000, "3 d"],
])("%s ms", (value, expected) => expect(span(value)).toBe(expected));

test("shares never round something to nothing, nor less than all to all", () => {
  expect([share(0), share(0.001), share(0.5), share(0.999), share(1)]).toEqual([
    "0 %",
    "< 1 %",
    "50 %",
    "> 99 %",
    "100 %",
  ]);
});

test("counts", () => {
  expect([count(53_121), count(4_100_000, true), counted(1, "event"), counted(2, "event")]).toEqual([
    "53,121",
    "4.1 M",
    "1 event",
    "2 events",
  ]);
});
