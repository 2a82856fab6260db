import * as fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";
import { parseRetryAfter } from "./http-request.ts";
import { instantOf, localTime } from "./local-time.ts";
import { departureOf, parseDigest, quietUntil } from "./schedule.ts";

const at = (iso: string): number => Date.parse(iso);
const NIGHT = { from: "22:00", to: "06:30" };

test.each([
  ["in the evening, until the morning", NIGHT, "2026-05-04T21:00:00Z", "2026-05-05T04:30:00Z"],
  ["after midnight", NIGHT, "2026-05-05T02:00:00Z", "2026-05-05T04:30:00Z"],
  ["in the minute they end", NIGHT, "2026-05-05T04:30:00Z", null],
  ["in the minute they begin", NIGHT, "2026-05-04T20:00:00Z", "2026-05-05T04:30:00Z"],
  ["by day", NIGHT, "2026-05-05T10:00:00Z", null],
  // 29 March 2026: 02:00 -> 03:00 in Berlin; the night is an hour shorter.
  ["in the night the clock goes forward", NIGHT, "2026-03-28T22:00:00Z", "2026-03-29T04:30:00Z"],
  ["with an end that the clock skips", { from: "22:00", to: "02:30" }, "2026-03-28T22:00:00Z", "2026-03-29T01:30:00Z"],
  // 25 October 2026: 03:00 -> 02:00; the night is an hour longer.
  ["in the night the clock goes back", NIGHT, "2026-10-24T22:00:00Z", "2026-10-25T05:30:00Z"],
  ["with an end that comes twice", { from: "22:00", to: "02:30" }, "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z"],
  ["on a day they do not begin", { ...NIGHT, days: ["fri"] }, "2026-05-04T21:00:00Z", null],
  ["on Saturday morning, begun on Friday", { ...NIGHT, days: ["fri"] }, "2026-05-09T02:00:00Z", "2026-05-09T04:30:00Z"],
  ["all weekend", { from: "00:00", to: "24:00", days: ["sat", "sun"] }, "2026-05-09T12:00:00Z", "2026-05-09T22:00:00Z"],
  ["around the clock", { from: "08:00", to: "08:00" }, "2026-05-09T12:00:00Z", "2026-05-10T06:00:00Z"],
])("quiet hours of Berlin, %s", (_, quiet, time, until) => {
  expect(quietUntil(quiet, at(time), "Europe/Berlin")).toBe(until === null ? null : at(until));
});

test("instants and wall clocks agree, whatever the zone and the day", () => {
  const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
  fc.assert(
    fc.property(
      fc.integer({ min: at("2000-01-01T00:00:00Z") / 60_000, max: at("2040-01-01T00:00:00Z") / 60_000 }),
      fc.constantFrom(...zones),
      (minute, zone) => {
        const time = minute * 60_000;
        const back = instantOf(localTime(time, zone), zone);
        // An hour that comes twice is taken the first time.
        expect(time - back === 0 || (time - back > 0 && time - back <= 3_600_000)).toBe(true);
        expect(localTime(back, zone)).toEqual(localTime(time, zone));
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ["15m", { everyMs: 900_000 }],
  ["1h", { everyMs: 3_600_000 }],
  ["24h", { everyMs: 86_400_000 }],
  ["daily at 07:30", { minutes: 450 }],
  ["0m", null],
  ["7m", null],
  ["daily at 25:00", null],
  ["weekly", null],
  ["1h; rm", null],
])("digest %s", (text, digest) => {
  expect(parseDigest(text)).toEqual(digest);
});

test.each([
  ["at once", {}, "high", "2026-05-04T10:07:00Z", "2026-05-04T10:07:00Z", false],
  ["with the next quarter", { digest: "15m" }, "high", "2026-05-04T10:07:00Z", "2026-05-04T10:15:00Z", true],
  [
    "not with a digest that is leaving",
    { digest: "15m" },
    "high",
    "2026-05-04T10:14:59Z",
    "2026-05-04T10:30:00Z",
    true,
  ],
  ["critical: no digest", { digest: "15m" }, "critical", "2026-05-04T10:07:00Z", "2026-05-04T10:07:00Z", false],
  [
    "critical: a digest, where told so",
    { digest: "15m", at_once: [] },
    "critical",
    "2026-05-04T10:07:00Z",
    "2026-05-04T10:15:00Z",
    true,
  ],
  [
    "daily, today",
    { digest: "daily at 18:00", timezone: "Europe/Berlin" },
    "low",
    "2026-05-04T10:00:00Z",
    "2026-05-04T16:00:00Z",
    true,
  ],
  [
    "daily, tomorrow, over the change of the clock",
    { digest: "daily at 08:00", timezone: "Europe/Berlin" },
    "low",
    "2026-03-28T10:00:00Z",
    "2026-03-29T06:00:00Z",
    true,
  ],
  ["after quiet hours", { quiet_hours: NIGHT }, "high", "2026-05-04T23:00:00Z", "2026-05-05T06:30:00Z", true],
  [
    "critical in quiet hours",
    { quiet_hours: NIGHT },
    "critical",
    "2026-05-04T23:00:00Z",
    "2026-05-04T23:00:00Z",
    false,
  ],
  [
    "a digest that falls into quiet hours",
    { digest: "1h", quiet_hours: NIGHT },
    "high",
    "2026-05-04T21:30:00Z",
    "2026-05-05T06:30:00Z",
    true,
  ],
] as const)("%s", (_, schedule, severity, now, due, together) => {
  const departure = departureOf(schedule, severity, at(now));
  expect(new Date(departure.due).toISOString()).toBe(new Date(at(due)).toISOString());
  expect(departure.batch !== "").toBe(together);
});

test("waits double up to a quarter of an hour, vary by half, and are no shorter than asked for", () => {
  expect([1, 2, 3, 4].map((failures) => backoffMs(failures, 0, undefined))).toEqual([500, 1_000, 2_000, 4_000]);
  expect([1, 2, 3, 4].map((failures) => backoffMs(failures, 1, undefined))).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(backoffMs(50, 1, undefined)).toBe(900_000);
  expect(backoffMs(1, 0.5, 60_000)).toBe(60_000);
  expect(backoffMs(1, 0.5, 365 * 86_400_000)).toBe(86_400_000);
});

test.each([
  ["120", 120_000],
  [" 3 ", 3_000],
  ["Mon, 04 May 2026 10:00:10 GMT", 10_000],
  ["Mon, 04 May 2026 09:00:00 GMT", 0],
  ["soon", undefined],
  ["-5", undefined],
  ["99999999999999", undefined],
])("Retry-After: %s", (value, ms) => {
  const found = parseRetryAfter(value, at("2026-05-04T10:00:00Z"));
  if (value === "-5") expect(found === undefined || found === 0).toBe(true);
  else expect(found).toBe(ms);
});
