/** Days and hours of the company's offices. All results are ms since 1970 UTC. */

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

export function startOfDay(time: number): number {
  return Math.floor(time / DAY) * DAY;
}

/** 0 is Sunday, as Date has it. */
export function weekday(dayStart: number): number {
  return new Date(dayStart).getUTCDay();
}

/** The moment at which the zone's clocks show the hour (fractions allowed, beyond 24 is the next day) on the day. */
export function atZone(dayStart: number, hour: number, zone: string): number {
  return dayStart + Math.round(hour * HOUR) - offset(dayStart, zone);
}

const known = new Map<string, number>();

/** Offset of the zone's clocks from UTC at noon of that day, ms. */
function offset(dayStart: number, zone: string): number {
  const key = `${zone} ${dayStart}`;
  let found = known.get(key);
  if (found === undefined) {
    const noon = dayStart + 12 * HOUR;
    const shown = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" })
      .formatToParts(noon)
      .find(({ type }) => type === "timeZoneName")?.value;
    const parts = /([+-])(\d\d):(\d\d)/.exec(shown ?? "");
    found = parts === null ? 0 : (parts[1] === "-" ? -1 : 1) * (Number(parts[2]) * HOUR + Number(parts[3]) * MINUTE);
    known.set(key, found);
  }
  return found;
}
