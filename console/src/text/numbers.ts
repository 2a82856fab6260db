/** Numbers in words people read: bytes, counts, shares, spans of time. */

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `214 MB`, `4.1 kB`, decimal as network counters are; null is `not told`, never 0. */
export function bytes(count: number | null): string {
  if (count === null) return "not told";
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : Number(value.toPrecision(value >= 10 ? 3 : 2))} ${UNITS[unit]}`;
}

/** `53,121`; from ten thousand on with `short` `53 k`, `4.1 M`. */
export function count(value: number, short = false): string {
  if (short && value >= 1_000_000) return `${Number((value / 1_000_000).toPrecision(2))} M`;
  if (short && value >= 10_000) return `${Math.round(value / 1000)} k`;
  return COUNT.format(value);
}

/** `1 incident`, `3 incidents`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 0 to 1 → `62 %`; never 0 for something, nor 100 for less than all. */
export function share(part: number): string {
  const percent = Math.round(part * 100);
  if (percent === 0 && part > 0) return "< 1 %";
  if (percent === 100 && part < 1) return "> 99 %";
  return `${percent} %`;
}

/** ms → `40 s`, `12 min`, `1 h 50`, `5 h`, `3 d`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 4 && minutes % 60 > 0) return `${hours} h ${String(minutes % 60).padStart(2, "0")}`;
  const rounded = Math.round(minutes / 60);
  return rounded < 48 ? `${rounded} h` : `${Math.round(rounded / 24)} d`;
}
