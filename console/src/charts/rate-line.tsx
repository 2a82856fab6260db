import type { Source } from "../api/types.ts";
import { counted } from "../text/numbers.ts";

const WIDTH = 220;
const HEIGHT = 22;
const HOUR_MS = 3_600_000;
const SPAN_MS = 7 * 24 * HOUR_MS;

/** Events by hour over seven days, all sources at the same height; silences that are not usual are hatched. */
export function RateLine({ source, until }: { readonly source: Source; readonly until: number }) {
  const from = until - SPAN_MS;
  const most = Math.max(1, ...source.hours.map(({ events }) => events));
  const byHour = new Map(source.hours.map(({ time, events }) => [Math.floor(time / HOUR_MS), events]));
  const x = (ms: number): number => Math.min(WIDTH, Math.max(0, ((ms - from) / SPAN_MS) * WIDTH));
  const first = Math.floor(from / HOUR_MS);
  const points = Array.from({ length: 169 }, (_, index) => {
    const events = byHour.get(first + index) ?? 0;
    return `${x((first + index) * HOUR_MS).toFixed(1)},${(HEIGHT - 2 - Math.sqrt(events / most) * (HEIGHT - 4)).toFixed(1)}`;
  });
  const gaps = [
    ...source.gaps,
    ...(source.behind_ms > source.pause_ms ? [{ from: source.last_event_time, until }] : []),
  ].filter((gap) => gap.until > from);
  return (
    <svg
      className="chart"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Events by hour over seven days, at most ${counted(most, "event")} an hour, ${counted(gaps.length, "unusual silence")}`}
    >
      {gaps.map((gap) => (
        <rect
          key={gap.from}
          fill="url(#hatch)"
          x={x(gap.from)}
          y="0"
          width={Math.max(1, x(gap.until) - x(gap.from))}
          height={HEIGHT}
        />
      ))}
      <polyline className="actual thin" points={points.join(" ")} />
    </svg>
  );
}
