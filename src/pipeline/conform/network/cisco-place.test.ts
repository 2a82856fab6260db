import { describe, expect, test } from "vitest";
import { readDuration, readPlace, readUser } from "./cisco-place.ts";

describe("ends of connections", () => {
  test.each([
    ["outside:203.0.113.22/443", { interface_name: "outside", ip: "203.0.113.22", port: 443 }, undefined],
    ["203.0.113.22/443", { ip: "203.0.113.22", port: 443 }, undefined],
    ["(0.0.0.0)", { ip: "0.0.0.0" }, undefined],
    ["dmz:build-srv/80", { interface_name: "dmz", hostname: "build-srv", port: 80 }, undefined],
    ["outside:2001:db8::22/443", { interface_name: "outside", ip: "2001:db8::22", port: 443 }, undefined],
    ["2001:db8::22", { ip: "2001:db8::22" }, undefined],
    ["outside:203.0.113.22/99999", { interface_name: "outside", ip: "203.0.113.22" }, undefined],
    ["in:10.1.4.17/1(LOCAL\\alice, 123)", { interface_name: "in", ip: "10.1.4.17", port: 1 }, { name: "alice" }],
    ["in:10.1.4.17(type 8, code 0)", { interface_name: "in", ip: "10.1.4.17" }, undefined],
  ])("%s", (text, endpoint, user) => {
    expect(readPlace(text)).toEqual({ endpoint, user });
  });

  test("an address on the other side of NAT", () => {
    expect(readPlace("inside:10.1.4.17/1", "198.51.100.1/2")?.endpoint.proxy_endpoint).toEqual({
      ip: "198.51.100.1",
      port: 2,
    });
    expect(readPlace("inside:10.1.4.17/1", "10.1.4.17/1")?.endpoint.proxy_endpoint).toBeUndefined();
  });

  test.each(["unknown:unknown", "outside:", ""])("%j is nobody", (text) => {
    expect(readPlace(text)).toBeNull();
  });
});

describe("users", () => {
  test.each([
    ["alice", { name: "alice" }],
    ["<alice>", { name: "alice" }],
    ["LOCAL\\ACME\\First Last", { name: "First Last", domain: "ACME" }],
    ["LOCAL\\\\alice", { name: "alice" }],
    ["ACME\\alice, 123:group", { name: "alice", domain: "ACME" }],
    ["alice@acme.example", { name: "alice@acme.example", email_addr: "alice@acme.example" }],
    ["*****", undefined],
    ["203.0.113.5", undefined],
    ["9999:my_SgtName", undefined],
    ["No Authentication Required", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%j", (text, user) => {
    expect(readUser(text)).toEqual(user);
  });
});

test.each([
  ["0:01:08", 68_000],
  ["92:24:20", 332_660_000],
  ["0h:32m:16s", 1_936_000],
  ["1d:24h:00m:00s", 172_800_000],
  ["soon", undefined],
])("a duration of %s", (text, ms) => {
  expect(readDuration(text)).toBe(ms);
});
