import { describe, expect, test } from "vitest";
import { readBareHeader } from "./bare-header.ts";

/** 2026-03-20T12:00:00Z */
const REFERENCE = 1_774_008_000_000;

describe("headers of firewalls", () => {
  test.each([
    ["Mar 20 2026 10:07:14 fw-1 : ", "2026-03-20T10:07:14.000Z", "fw-1"],
    ["<166>Mar 20 10:07:14 fw-1: ", "2026-03-20T10:07:14.000Z", "fw-1"],
    ["Mar  2 10:07:14 198.51.100.10 ", "2026-03-02T10:07:14.000Z", "198.51.100.10"],
    ["Dec 31 23:59:59 fw-1 ", "2025-12-31T23:59:59.000Z", "fw-1"],
    ["Mar 20 2026 10:07:14: ", "2026-03-20T10:07:14.000Z", undefined],
    ["Mar 20 2026 10:07:14 EDT: ", "2026-03-20T14:07:14.000Z", undefined],
    ["Mar 20 2026 10:07:14 UTC: ", "2026-03-20T10:07:14.000Z", undefined],
    ["Mar 20 10:07:14.138340591: ", "2026-03-20T10:07:14.138Z", undefined],
    ["<166>:Mar 20 10:07:14 UTC: ", "2026-03-20T10:07:14.000Z", undefined],
    ["<166>2026-03-20T10:07:14Z: ", "2026-03-20T10:07:14.000Z", undefined],
    ["2026-03-20T10:07:14+01:00 firepower  ", "2026-03-20T09:07:14.000Z", "firepower"],
    ["Mar 20 2026 10:07:14 localhost CiscoASA[999]: ", "2026-03-20T10:07:14.000Z", "localhost"],
    ["Mar 20 2026 10:07:14 <IP>: ", "2026-03-20T10:07:14.000Z", undefined],
    ["<166>fw-1 ", undefined, "fw-1"],
    ["<166>:: ", undefined, undefined],
    ["", undefined, undefined],
  ])("%j", (text, time, hostname) => {
    const header = readBareHeader(text, REFERENCE);
    expect(header.time === undefined ? undefined : new Date(header.time).toISOString()).toBe(time);
    expect(header.hostname).toBe(hostname);
  });
});
