import { describe, expect, test } from "vitest";
import { flowDirection, isServerToClient, orientFlow } from "./one-way-flow.ts";

const SYN = 0x02;
const SYN_ACK = 0x12;
const FIN = 0x01;

describe("which side serves", () => {
  test.each([
    ["a client's port to a well-known one", 52_812, 443, undefined, false],
    ["and back", 443, 52_812, undefined, true],
    ["a usual service above 1023", 8080, 50_001, undefined, true],
    ["a registered port against a client's", 5_500, 40_000, undefined, true],
    ["two ports of a kind stay as written", 40_000, 50_000, undefined, false],
    ["two well-known ports stay as written", 500, 500, undefined, false],
    ["no ports", undefined, 443, undefined, false],
    ["SYN alone asks, whatever the ports", 443, 52_812, SYN, false],
    ["SYN and ACK answer, whatever the ports", 52_812, 443, SYN_ACK, true],
    ["other flags say nothing", 443, 52_812, FIN, true],
  ])("%s", (_name, sender, receiver, flags, reply) => {
    expect(isServerToClient(sender, receiver, flags)).toBe(reply);
  });
});

const client = { ip: "10.1.4.17", port: 52_812 };
const server = { ip: "192.0.2.44", port: 443 };

test("each way of a connection counts once, under the same two ends", () => {
  const there = orientFlow({ sender: client, receiver: server, bytes: 900, packets: 9 });
  const back = orientFlow({ sender: server, receiver: client, bytes: 70, packets: 7 });
  expect([there.traffic, back.traffic]).toEqual([
    { bytes_out: 900, packets_out: 9 },
    { bytes_in: 70, packets_in: 7 },
  ]);
  for (const flow of [there, back]) expect([flow.src_endpoint, flow.dst_endpoint]).toEqual([client, server]);
});

test("nothing counted is no traffic", () => {
  const flow = orientFlow({ sender: client, receiver: undefined, bytes: undefined, packets: undefined });
  expect(flow.traffic).toBeUndefined();
});

test.each([
  ["inbound", false, 1],
  ["inbound", true, 2],
  ["outbound", false, 2],
  ["outbound", true, 1],
  ["lateral", true, 3],
  [undefined, true, 0],
] as const)("%s, turned round: %s", (direction, isReply, id) => {
  expect(flowDirection(direction, isReply).direction_id).toBe(id);
});
