/** When a notice goes out: at once, with the next digest, or when quiet hours end. */
import type { Severity } from "../../model/incident.ts";
import { instantOf, localTime, plusDays, weekday } from "./local-time.ts";

export type Digest = { readonly everyMs: number } | { readonly minutes: number };

export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly timezone?: string | undefined;
  readonly days?: readonly string[] | undefined;
}

export interface Schedule {
  readonly digest?: string | undefined;
  readonly quiet_hours?: QuietHours | undefined;
  readonly at_once?: readonly Severity[] | undefined;
  readonly timezone?: string | undefined;
}

export interface Departure {
  /** ms since 1970 UTC */
  readonly due: number;
  /** Notices with the same go out together; empty: on its own. */
  readonly batch: string;
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/** A notice made just before a digest goes with the next one: that one may be on its way. */
const NOTICE_MS = 2_000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** `15m`, `1h`, `daily at 08:00`; null for anything else. Spans divide a day, so that digests come at the same times every day. */
export function parseDigest(text: string): Digest | null {
  const every = /^(\d{1,4})\s*([mh])$/.exec(text.trim());
  if (every !== null) {
    const everyMs = Number(every[1]) * (UNITS.get(every[2] ?? "") ?? 0);
    return everyMs > 0 && 86_400_000 % everyMs === 0 ? { everyMs } : null;
  }
  const daily = /^daily at ([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  return daily === null ? null : { minutes: Number(daily[1]) * 60 + Number(daily[2]) };
}

/** @param now ms since 1970 UTC */
export function departureOf(schedule: Schedule, severity: Severity, now: number): Departure {
  const { digest, quiet_hours: quiet, at_once: atOnce = ["critical"], timezone = "UTC" } = schedule;
  if (atOnce.includes(severity)) return { due: now, batch: "" };
  const parsed = digest === undefined ? null : parseDigest(digest);
  let due = parsed === null ? now : nextDigest(parsed, now + NOTICE_MS, timezone);
  const held = quiet === undefined ? null : quietUntil(quiet, due, quiet.timezone ?? timezone);
  if (held !== null) due = held;
  return { due, batch: parsed === null && held === null ? "" : String(due) };
}

function nextDigest(digest: Digest, now: number, timezone: string): number {
  if ("everyMs" in digest) return Math.ceil(now / digest.everyMs) * digest.everyMs;
  const today = { ...localTime(now, timezone), minutes: digest.minutes };
  const at = instantOf(today, timezone);
  return at >= now ? at : instantOf(plusDays(today, 1), timezone);
}

/** When the quiet hours that hold at `time` end, ms since 1970 UTC; null when none hold. */
export function quietUntil(quiet: QuietHours, time: number, timezone: string): number | null {
  const from = minutesOf(quiet.from);
  const to = minutesOf(quiet.to);
  const today = localTime(time, timezone);
  // Those that began yesterday may still hold.
  for (const ago of [1, 0]) {
    const begins = { ...plusDays(today, -ago), minutes: from };
    if (quiet.days !== undefined && !quiet.days.includes(DAYS[weekday(begins)] ?? "")) continue;
    const start = instantOf(begins, timezone);
    const end = instantOf({ ...plusDays(begins, to <= from ? 1 : 0), minutes: to }, timezone);
    if (start <= time && time < end) return end;
  }
  return null;
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
}
