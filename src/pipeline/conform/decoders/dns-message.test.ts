import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDnsMessage } from "./dns-message.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("DNS messages", () => {
  test.each([
    [
      "a question",
      "0006 0100 0001 0000 0000 0000 06 476974487562 03 636f6d 00 0001 0001",
      { id: 6, isResponse: false, rcode: 0, name: "github.com", type: "A", answers: [] },
    ],
    [
      "an address behind an alias, names compressed",
      "0007 8180 0001 0002 0000 0000 01 61 07 6578616d706c65 00 0001 0001" +
        "c00c 0005 0001 0000003c 0004 01 62 c00e  c023 0001 0001 0000003c 0004 cb007116",
      {
        id: 7,
        isResponse: true,
        rcode: 0,
        name: "a.example",
        type: "A",
        answers: [
          { type: "CNAME", rdata: "b.example", ttl: 60 },
          { type: "A", rdata: "203.0.113.22", ttl: 60 },
        ],
      },
    ],
    [
      "no such name",
      "0008 8183 0001 0000 0000 0000 00 0002 0001",
      { id: 8, isResponse: true, rcode: 3, name: ".", type: "NS", answers: [] },
    ],
    [
      "a name that points at itself",
      "0009 8180 0001 0001 0000 0000 c00c 0001 0001",
      { id: 9, isResponse: true, rcode: 0, name: undefined, type: undefined, answers: [] },
    ],
    [
      "text, an IPv6 address, and a record cut off",
      "000a 8180 0001 0003 0000 0000 01 61 00 00ff 0001" +
        "c00c 0010 0001 00000001 0004 03 6b3d76  c00c 001c 0001 00000001 0010 20010db8000000000000000000000022 c00c 0001 0001",
      {
        id: 10,
        isResponse: true,
        rcode: 0,
        name: "a",
        type: "ANY",
        answers: [
          { type: "TXT", rdata: "k=v", ttl: 1 },
          { type: "AAAA", rdata: "2001:db8::22", ttl: 1 },
        ],
      },
    ],
  ])("%s", (_name, hex, message) => {
    expect(readDnsMessage(bytes(hex))).toEqual(message);
  });

  test("fewer bytes than a header are none", () => {
    expect(readDnsMessage(bytes("0006 0100"))).toBeNull();
  });

  test("any bytes are read within bounds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 600 }), (array) => {
        const message = readDnsMessage(array)!;
        expect(message.answers.length).toBeLessThanOrEqual(64);
        expect((message.name ?? "").length).toBeLessThanOrEqual(1_100);
      }),
      { numRuns: RUNS },
    );
  });
});
