/** From moments to places on a line: pauses that would take most of it are cut, and the cut is drawn. */

export interface Cut {
  readonly from: number;
  readonly until: number;
  /** Middle of the cut, px. */
  readonly x: number;
}

export interface TimeScale {
  readonly x: (ms: number) => number;
  /** Inverse of `x`; inside a cut its beginning. */
  readonly at: (x: number) => number;
  readonly cuts: readonly Cut[];
  readonly ticks: readonly { readonly ms: number; readonly x: number }[];
}

const CUT_SHARE = 0.2;
const CUT_WIDTH = 36;
const STEPS = [
  1_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000,
  43_200_000, 86_400_000, 172_800_000, 604_800_000,
];

/**
 * @param times of all marks, any order
 * @param from first moment that is shown, and `until` the last, ms
 * @param left px of `from`, and `right` of `until`
 */
export function timeScale(
  times: readonly number[],
  from: number,
  until: number,
  left: number,
  right: number,
): TimeScale {
  const inside = [...new Set([from, ...times.filter((time) => time >= from && time <= until), until])].toSorted(
    (a, b) => a - b,
  );
  const span = Math.max(1, until - from);
  const segments: { from: number; until: number; cut: boolean }[] = [];
  let start = from;
  for (let index = 1; index < inside.length; index += 1) {
    const [before, after] = [inside[index - 1] as number, inside[index] as number];
    if (after - before <= CUT_SHARE * span || inside.length < 4) continue;
    const margin = (after - before) * 0.04;
    if (before + margin > start) segments.push({ from: start, until: before + margin, cut: false });
    segments.push({ from: before + margin, until: after - margin, cut: true });
    start = after - margin;
  }
  segments.push({ from: start, until, cut: false });
  const shown = segments.filter(({ cut }) => !cut).reduce((sum, segment) => sum + segment.until - segment.from, 0);
  const cutCount = segments.filter(({ cut }) => cut).length;
  const perMs = (right - left - cutCount * CUT_WIDTH) / Math.max(1, shown);
  let x = left;
  const placed = segments.map((segment) => {
    const width = segment.cut ? CUT_WIDTH : (segment.until - segment.from) * perMs;
    const at = { ...segment, x, width };
    x += width;
    return at;
  });
  const place = (ms: number): number => {
    const segment = placed.find(({ until: end }) => ms <= end) ?? placed.at(-1);
    if (segment === undefined) return left;
    const part = (ms - segment.from) / Math.max(1, segment.until - segment.from);
    return segment.x + Math.min(1, Math.max(0, part)) * segment.width;
  };
  return {
    x: place,
    at: (px) => {
      const segment = placed.find((one) => px <= one.x + one.width) ?? placed.at(-1);
      if (segment === undefined) return from;
      if (segment.cut || segment.width === 0) return segment.from;
      return segment.from + ((px - segment.x) / segment.width) * (segment.until - segment.from);
    },
    cuts: placed
      .filter(({ cut }) => cut)
      .map((cut) => ({ from: cut.from, until: cut.until, x: cut.x + cut.width / 2 })),
    ticks: placed.filter(({ cut }) => !cut).flatMap((segment) => ticksOf(segment, perMs, place)),
  };
}

const TICK_PX = 84;

function ticksOf(segment: { from: number; until: number }, perMs: number, place: (ms: number) => number) {
  const step = STEPS.find((ms) => ms * perMs >= TICK_PX) ?? 604_800_000 * 4;
  // Whole hours and days of the viewer, not of UTC.
  const offset = new Date(segment.from).getTimezoneOffset() * 60_000;
  const ticks: { ms: number; x: number }[] = [];
  for (let ms = Math.ceil((segment.from - offset) / step) * step + offset; ms <= segment.until; ms += step)
    ticks.push({ ms, x: place(ms) });
  return ticks;
}
