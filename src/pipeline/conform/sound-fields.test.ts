import { describe, expect, test } from "vitest";
import { MalformedInputError } from "../../model/errors.ts";
import { createEvent } from "./ocsf.ts";
import { soundFields } from "./sound-fields.ts";

const base = { product: { name: "Test", vendor_name: "Acme" }, time: 1_774_001_234_000 };

describe("soundFields", () => {
  test("leaves what is sound as it is", () => {
    const fields = { src_endpoint: { ip: "fe80::1%eth0", port: 0 }, traffic: { bytes_out: 0 }, message: "m" };
    expect(soundFields(fields)).toBe(fields);
  });

  test.each([
    [{ ip: "10.0.0.999", hostname: "a.example" }, { hostname: "a.example" }],
    [{ ip: "10.0.0.1", port: 65_536 }, { ip: "10.0.0.1" }],
    [{ ip: "10.0.0.1", port: -1 }, { ip: "10.0.0.1" }],
    [{ ip: "10.0.0.1", port: Number.NaN }, { ip: "10.0.0.1" }],
    [{ ip: "soon", port: 443 }, undefined],
    [
      { ip: "::FFFF:10.1.4.17", port: 443 },
      { ip: "10.1.4.17", port: 443 },
    ],
    [{ mac: "00:00:5e:00:53:01", zone: "lan" }, undefined],
  ])("endpoint %j becomes %j", (endpoint, expected) => {
    expect(soundFields({ src_endpoint: endpoint }).src_endpoint).toEqual(expected);
  });

  test.each([
    [{ bytes_out: -1, bytes_in: 2 }, { bytes_in: 2 }],
    [{ bytes_out: Number.NaN }, undefined],
    [{ packets: 1.5 }, undefined],
    [{ bytes: 2 ** 53 }, undefined],
  ])("counts %j become %j", (traffic, expected) => {
    expect(soundFields({ traffic, cumulative_traffic: traffic })).toEqual({
      traffic: expected,
      cumulative_traffic: expected,
    });
  });

  test.each([65_536, -1, Number.NaN, 1.5])("a lookup's number is none of %s", (packet_uid) => {
    expect(soundFields({ query: { hostname: "a.example", packet_uid } }).query).toEqual({ hostname: "a.example" });
  });

  test("evidence of nothing is none", () => {
    expect(
      soundFields({ evidences: [{ src_endpoint: { ip: "x" } }, { dst_endpoint: { ip: "192.0.2.1" } }] }).evidences,
    ).toEqual([{ dst_endpoint: { ip: "192.0.2.1" } }]);
    expect(soundFields({ evidences: [{ src_endpoint: undefined, dst_endpoint: undefined }] }).evidences).toBe(
      undefined,
    );
  });
});

test("an event needs a time, a conversation an end", () => {
  expect(() => createEvent(4001, 6, { ...base, time: Number.NaN }, { src_endpoint: { ip: "10.0.0.1" } })).toThrow(
    MalformedInputError,
  );
  expect(() => createEvent(4003, 1, base, { src_endpoint: { ip: "x", port: 53 } })).toThrow(MalformedInputError);
});
