/**
 * Is a moment within WorkHours? The zone's rules come from Intl; one look-up serves a quarter of an hour, since every
 * change of every zone's clock falls on a quarter.
 */
import type { Policy } from "../../../model/policy.ts";

const QUARTER_MS = 900_000;
const DAY_MINUTES = 1440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const MAX_CACHED = 8192;

export interface WorkHours {
  /** @param time ms since 1970 UTC. null when policy states no work hours. */
  within(time: number): boolean | null;
  /** Is the person on call then? @param names lower case */
  onCall(time: number, names: readonly string[]): boolean;
}

export function createWorkHours(policy: Policy | null): WorkHours {
  const hours = policy?.WorkHours;
  const zone = new Zone(hours?.timezone ?? "UTC");
  const shifts = (policy?.on_call ?? []).map((shift) => ({
    user: shift.user.toLowerCase(),
    within: compileShift(shift.from, shift.to, zone),
  }));
  return {
    within: hours === undefined ? () => null : compileHours(hours, zone),
    onCall: (time, names) => shifts.some((shift) => names.includes(shift.user) && shift.within(time)),
  };
}

function compileHours(hours: NonNullable<Policy["WorkHours"]>, zone: Zone): (time: number) => boolean {
  const days = new Set<number>((hours.days ?? ["mon", "tue", "wed", "thu", "fri"]).map((day) => DAYS.indexOf(day)));
  const from = minutesOf(hours.from ?? "00:00");
  const to = minutesOf(hours.to ?? "24:00");
  return (time) => {
    const minute = zone.minuteOfWeek(time);
    const day = Math.floor(minute / DAY_MINUTES);
    const ofDay = minute - day * DAY_MINUTES;
    if (from < to) return ofDay >= from && ofDay < to && days.has(day);
    // Past midnight: the early hours belong to the day before.
    return ofDay >= from ? days.has(day) : ofDay < to && days.has((day + 6) % 7);
  };
}

function compileShift(from: string, to: string, zone: Zone): (time: number) => boolean {
  if (!from.includes("-") || !to.includes("-")) {
    const first = minutesOf(from.slice(-5));
    const last = minutesOf(to.slice(-5));
    return (time) => {
      const ofDay = zone.minuteOfWeek(time) % DAY_MINUTES;
      return first < last ? ofDay >= first && ofDay < last : ofDay >= first || ofDay < last;
    };
  }
  const first = zone.moment(from);
  const last = zone.moment(to);
  return (time) => time >= first && time < last;
}

function minutesOf(clock: string): number {
  const [hour, minute] = clock.split(":");
  return Number(hour) * 60 + Number(minute);
}

/** A time zone's wall clock. */
class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-GB", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
  }

  /** 0 is Monday, midnight. */
  minuteOfWeek(time: number): number {
    const minutes = Math.floor(time / 60_000) + this.#offsetMinutes(time);
    // 1970-01-01 was a Thursday.
    return (((minutes + 3 * DAY_MINUTES) % WEEK_MINUTES) + WEEK_MINUTES) % WEEK_MINUTES;
  }

  /** `2026-03-21`, `2026-03-21T18:00`, with or without a zone of its own -> ms since 1970 UTC. */
  moment(text: string): number {
    const iso = text.replace(" ", "T");
    if (/(?:Z|[+-]\d{2}:\d{2})$/.test(iso) && iso.includes("T")) return Date.parse(iso);
    const wall = Date.parse(iso.includes("T") ? `${iso}Z` : `${iso}T00:00Z`);
    // The offset an hour off the edge of a change may be the other one: asking twice settles it.
    const guess = wall - this.#offsetMinutes(wall) * 60_000;
    return wall - this.#offsetMinutes(guess) * 60_000;
  }

  #offsetMinutes(time: number): number {
    const quarter = Math.floor(time / QUARTER_MS);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const start = quarter * QUARTER_MS;
    // Beyond what a Date can hold there is no wall clock.
    if (!(Math.abs(start) <= 8.64e15)) return 0;
    const parts = new Map(this.#format.formatToParts(start).map(({ type, value }) => [type, Number(value)]));
    const wall = Date.UTC(
      parts.get("year") ?? 1970,
      (parts.get("month") ?? 1) - 1,
      parts.get("day") ?? 1,
      parts.get("hour") ?? 0,
      parts.get("minute") ?? 0,
    );
    const offset = Math.round((wall - start) / 60_000);
    if (this.#offsets.size >= MAX_CACHED) this.#offsets.clear();
    this.#offsets.set(quarter, offset);
    return offset;
  }
}
