import { expect, test } from "vitest";
import { parseEventTime } from "./event-time.ts";

const REFERENCE = Date.UTC(2026, 2, 20, 12);

test.each<[string | undefined, string | undefined]>([
  ["2018/11/30 16:09:07", "2018-11-30T16:09:07.000Z"],
  ["2018-11-30 16:09:07.25", "2018-11-30T16:09:07.250Z"],
  ["9/16/19 10:00", "2019-09-16T10:00:00.000Z"],
  ["Mar 01 2021 20:48:21", "2021-03-01T20:48:21.000Z"],
  ["Mar 01 2021 20:48:21.123 GMT", "2021-03-01T20:48:21.123Z"],
  ["Mar 01 2021 20:48:21 +0100", "2021-03-01T19:48:21.000Z"],
  ["Mar  1 20:48:21", "2026-03-01T20:48:21.000Z"],
  ["Dec 31 20:48:21", "2025-12-31T20:48:21.000Z"],
  ["2024-06-25T21:30:00.103000Z", "2024-06-25T21:30:00.103Z"],
  ["1614631701000", "2021-03-01T20:48:21.000Z"],
  ["2026-03-20T09:15:03,129999999", "2026-03-20T09:15:03.129Z"],
  ["2018/13/30 16:09:07", undefined],
  ["2026-03-20T09:15:03.", undefined],
  ["2026-03-20T09:15:03.Z", undefined],
  ["Foo 01 2021 20:48:21", undefined],
  ["Mar 01 2021 29:48:21", undefined],
  ["yesterday", undefined],
  [undefined, undefined],
])("%s", (text, iso) => {
  const time = parseEventTime(text, REFERENCE);
  expect(time === undefined ? undefined : new Date(time).toISOString()).toBe(iso);
});
