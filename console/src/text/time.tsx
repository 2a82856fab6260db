/** Moments in the viewer's zone with UTC beside them; `z` held shows all in UTC. */
import { span } from "./numbers.ts";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const ZONE_CITY = (ZONE.split("/").at(-1) ?? ZONE).replaceAll("_", " ");

const formats = new Map<string, Intl.DateTimeFormat>();
function format(name: string, options: Intl.DateTimeFormatOptions, zone: string): Intl.DateTimeFormat {
  const key = `${name} ${zone}`;
  let made = formats.get(key);
  if (made === undefined) formats.set(key, (made = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone })));
  return made;
}

const SHAPES = {
  /** `21:04:42` */
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  /** `21:04:42.015` */
  exact: { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 },
  /** `21:04` */
  minute: { hour: "2-digit", minute: "2-digit" },
  /** `23 Nov` */
  day: { day: "numeric", month: "short" },
  /** `Mon 23 Nov 2026` */
  date: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  /** `23 Nov, 21:04` */
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  /** `23 Nov 2026, 21:04:42` */
  full: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
export type Shape = keyof typeof SHAPES;

export function local(ms: number, shape: Shape): string {
  return format(shape, SHAPES[shape], ZONE)
    .format(ms)
    .replace(",", shape === "date" ? "" : ",");
}

export function utc(ms: number, shape: Shape): string {
  return format(shape, SHAPES[shape], "UTC")
    .format(ms)
    .replace(",", shape === "date" ? "" : ",");
}

/** Both, for a title. */
export function both(ms: number): string {
  return `${local(ms, "full")} ${ZONE_CITY}, ${utc(ms, "full")} UTC`;
}

export function Time({ ms, shape = "short" }: { readonly ms: number; readonly shape?: Shape }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={both(ms)}>
      <span className="t-local">{local(ms, shape)}</span>
      <span className="t-utc">{utc(ms, shape)} UTC</span>
    </time>
  );
}

/** How long ago, measured from `now`. */
export function Age({ ms, now }: { readonly ms: number; readonly now: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={both(ms)}>
      <span className="t-local">{now - ms < 60_000 ? "now" : span(now - ms)}</span>
      <span className="t-utc">{utc(ms, "short")} UTC</span>
    </time>
  );
}
