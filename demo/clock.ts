/** Days and hours of the company's offices. All results are ms since 1970 UTC. */

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

type Zone = "Europe/Berlin" | "Europe/Lisbon";

export function startOfDay(time: number): number {
  return Math.floor(time / DAY) * DAY;
}

/** 0 is Sunday, as Date has it. */
export function weekday(dayStart: number): number {
  return new Date(dayStart).getUTCDay();
}

export function isWeekend(dayStart: number): boolean {
  return weekday(dayStart) % 6 === 0;
}

/** The moment at which an office's clocks show the hour (fractions allowed, beyond 24 is the next day) on the day. */
export function at(dayStart: number, hour: number, zone: Zone = "Europe/Berlin"): number {
  return dayStart + Math.round(hour * HOUR) - offset(dayStart, zone);
}

/** Offset of the zone's clocks from UTC on that day, ms. European Union rule: summer time from the last Sunday of March to the last of October. */
function offset(dayStart: number, zone: Zone): number {
  const year = new Date(dayStart).getUTCFullYear();
  const summer = dayStart >= lastSunday(year, 2) && dayStart < lastSunday(year, 9);
  return ((zone === "Europe/Berlin" ? 1 : 0) + (summer ? 1 : 0)) * HOUR;
}

function lastSunday(year: number, month: number): number {
  const last = Date.UTC(year, month + 1, 0);
  return last - weekday(last) * DAY;
}
