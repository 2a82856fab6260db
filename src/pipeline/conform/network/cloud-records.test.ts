import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDnsMessage, parseRuleMessage } from "./azure-firewall-message.ts";
import { headerColumns, readObject, readRow, rowFormat } from "./vpc-flow-record.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

const MESSAGE =
  "HTTPS request from 10.1.4.17:49553 to git.example:443. Url: git.example/a.b: c. Action: Deny. No rule matched. Rule: R. x";
const DNS =
  "DNS Request: [2001:db8::17]:61248 - 6513 AAAA IN git.example. udp 43 false 512 NOERROR qr,rd,ra 145 0.002s";
const ROW =
  "2 123456789010 eni-1235b8ca123456789 10.1.4.17 192.0.2.44 52812 443 6 9 900 1773997801 1773997860 ACCEPT OK";

test("the parts of a rule's message", () => {
  const message = parseRuleMessage(MESSAGE);
  expect(message).toMatchObject({
    protocol: "HTTPS",
    source: { host: "10.1.4.17", port: 49_553 },
    destination: { host: "git.example", port: 443 },
    translated: undefined,
  });
  expect([...message!.details]).toEqual([
    ["Url", "git.example/a.b: c"],
    ["Action", "Deny"],
    ["Rule", "R. x"],
    ["Reason", "No rule matched"],
  ]);
});

test("the parts of a DNS message", () => {
  expect(parseDnsMessage(DNS)).toEqual({
    source: { host: "2001:db8::17", port: 61_248 },
    id: 6_513,
    type: "AAAA",
    class: "IN",
    name: "git.example.",
    protocol: "udp",
    rcode: "NOERROR",
  });
});

test.each(["", "request from", "TCP request from", "DNS Request: ", `${" ".repeat(9)}TCP request from 1.2.3.4:1`])(
  "%j is no message",
  (text) => {
    expect([parseRuleMessage(text), parseDnsMessage(text)]).toEqual([null, null]);
  },
);

describe("VPC flow records", () => {
  test.each([
    ["a row", ROW, 14],
    ["a row with more of the documented columns", `${ROW} vpc-1 subnet-2`, 16],
  ])("%s", (_name, line, cells) => {
    expect(readRow(line, rowFormat(line)!)?.size).toBe(cells);
  });

  test.each(["", "2 unknown eni-1 - -", "GET / HTTP/1.1", ROW.replace("443", "https"), ROW.replace(" OK", " FINE")])(
    "%j is none",
    (line) => {
      expect(rowFormat(line)).toBeNull();
    },
  );

  test("a header names AWS's fields only", () => {
    expect(headerColumns("version srcaddr dstaddr bytes")).toEqual(["version", "srcaddr", "dstaddr", "bytes"]);
    expect(headerColumns("version srcaddr password")).toBeNull();
  });

  test("names in any spelling; what is not recorded is left out", () => {
    expect([...readObject({ srcAddr: "10.1.4.17", dst_addr: "-", "log-status": "OK", Bytes: 7, other: "x" })]).toEqual([
      ["srcaddr", "10.1.4.17"],
      ["log-status", "OK"],
      ["bytes", "7"],
    ]);
  });
});

/** Real text with a piece of it repeated, cut out or replaced. */
const hostile = fc
  .tuple(
    fc.constantFrom(MESSAGE, DNS, ROW),
    fc.nat(130),
    fc.nat(40),
    fc.oneof(fc.string(), fc.constantFrom(" ", ".", ":", ": ", "[")),
    fc.nat(3_000),
  )
  .map(([text, at, length, piece, times]) => text.slice(0, at) + piece.repeat(times) + text.slice(at + length));

test("hostile text is read or refused, in time that its length bounds", () => {
  const started = performance.now();
  fc.assert(
    fc.property(hostile, (text) => {
      parseRuleMessage(text);
      parseDnsMessage(text);
      readRow(text, rowFormat(text) ?? headerColumns(text) ?? []);
    }),
    { numRuns: RUNS },
  );
  expect((performance.now() - started) / RUNS).toBeLessThan(50);
});
