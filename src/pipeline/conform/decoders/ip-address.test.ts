import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ipAddress, isIpAddress } from "./ip-address.ts";

test.each([
  ["10.0.0.51", "10.0.0.51"],
  ["10.0.0.51:52144", "10.0.0.51"],
  ["192.0.2.7, 10.0.0.1", "192.0.2.7"],
  ["2001:db8::7", "2001:db8::7"],
  ["::ffff:192.0.2.7", "::ffff:192.0.2.7"],
  ["[2001:db8::7]:443", "2001:db8::7"],
  ["fe80::1%eth0", "fe80::1"],
  ["256.0.0.1", undefined],
  ["1:2:3:4:5:6:7:8:9", undefined],
  ["1::2::3", undefined],
  ["::1:", undefined],
  ["unknown", undefined],
  ["", undefined],
  [7, undefined],
])("%j is %j", (value, expected) => {
  expect(ipAddress(value)).toBe(expected);
});

test("every address the generator writes is one, and what is returned always is", () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => isIpAddress(address)));
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = ipAddress(text);
      return found === undefined || isIpAddress(found);
    }),
  );
});

test("what is passed over as a name holds no address: behind a blank it is read in full", () => {
  const text = fc.string({ unit: fc.constantFrom(..."10.:[]afgZ ,%25-@\ufeff"), maxLength: 16 });
  fc.assert(
    fc.property(text, (value) => ipAddress(value) === ipAddress(` ${value}`)),
    { numRuns: 2_000 },
  );
});
