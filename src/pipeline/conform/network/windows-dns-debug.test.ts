import { describe, expect, test } from "vitest";
import { isPacketLine, readDnsPacket } from "./windows-dns-debug.ts";

const TAIL =
  " 0D48 PACKET  000000000181D1C0 UDP Rcv 10.1.4.17       0c6b   Q [0001   D   NOERROR] A      (6)github(3)com(0)";

describe("dates as locales write them", () => {
  test.each([
    ["3/20/2026 10:07:14 AM", "2026-03-20T10:07:14.000Z"],
    ["3/4/2026 12:07:14 AM", "2026-03-04T00:07:14.000Z"],
    ["3/4/2026 12:07:14 PM", "2026-03-04T12:07:14.000Z"],
    ["04/03/2026 16:05:31", "2026-03-04T16:05:31.000Z"],
    ["4/3/2026 4:05:31 pm", "2026-03-04T16:05:31.000Z"],
    ["03/20/2026 16:05:31", "2026-03-20T16:05:31.000Z"],
    ["20.03.2026 23:00:18", "2026-03-20T23:00:18.000Z"],
    ["20-03-2026 23:00:18", "2026-03-20T23:00:18.000Z"],
    ["2026/3/20 13:03:50", "2026-03-20T13:03:50.000Z"],
    ["2026-03-20 오후 1:03:50", "2026-03-20T13:03:50.000Z"],
    ["20260320 13:03:50", "2026-03-20T13:03:50.000Z"],
    ["dc-1.corp.example 3/20/2026 10:07:14 AM", "2026-03-20T10:07:14.000Z"],
    ["99.99.2026 10:07:14", undefined],
    ["yesterday", undefined],
  ])("%s", (date, time) => {
    const packet = readDnsPacket(date + TAIL);
    expect(packet?.time === undefined ? undefined : new Date(packet.time).toISOString()).toBe(time);
  });
});

describe("names", () => {
  test.each([
    ["(3)API(6)GitHub(3)com(0)", "api.github.com"],
    ["(0)", "."],
    [".ns1.forge.example.", "ns1.forge.example"],
  ])("%s", (name, hostname) => {
    expect(readDnsPacket(`3/20/2026 10:07:14 AM${TAIL.replace("(6)github(3)com(0)", name)}`)?.name).toBe(hostname);
  });
});

test("other lines are no packets", () => {
  expect(isPacketLine("  Message:")).toBe(false);
  expect(isPacketLine("3/20/2026 10:07:16 AM 06B0 EVENT   The DNS server has started.")).toBe(false);
});
