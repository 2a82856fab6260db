import type { EntityDetail } from "../api/types.ts";
import { bytes, count } from "../text/numbers.ts";
import { utc } from "../text/time.tsx";

type Series = EntityDetail["expected"][number];

const WIDTH = 660;
const HEIGHT = 150;
const LEFT = 56;
const RIGHT = 16;
const BASE = HEIGHT - 24;
const TOP = 18;

export interface BandProps {
  readonly series: Series;
  /** Moments whose period is spoken of. */
  readonly hot?: readonly number[];
}

/** The expected range as a flat band, what happened as a line, what lay above it as a dot with its number. */
export function Band({ series: { points, measure, period_ms: period }, hot = [] }: BandProps) {
  const say = (value: number): string => (measure === "sum" ? bytes(value) : count(Math.round(value)));
  const most = Math.max(1, ...points.flatMap(({ total, upper }) => [total, upper ?? 0]));
  const first = points[0]?.time ?? 0;
  const last = points.at(-1)?.time ?? 1;
  const x = (time: number): number => LEFT + ((time - first) / Math.max(1, last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => BASE - Math.sqrt(value / most) * (BASE - TOP);
  const known = points.filter((point) => point.upper !== null);
  const edge = known.map(({ time, upper }) => `${x(time)},${y(upper ?? 0)}`).join(" ");
  const isHot = (time: number): boolean => hot.some((moment) => moment >= time && moment < time + period);
  const over = points.filter(({ time, total, upper }) => isHot(time) || (upper !== null && total > upper));
  const learning = points.length - known.length;
  const words = points.map(
    ({ time, total, upper }) =>
      `${utc(time, "day")} ${say(total)}${upper === null ? "" : `, expected up to ${say(upper)}`}`,
  );
  return (
    <>
      <figure tabIndex={0} aria-label="Expected and actual">
        <svg className="chart fluid" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words.join("; ")}>
          {[0, 0.25, 1].map((part) => (
            <g key={part}>
              <path className="grid" d={`M${LEFT} ${y(most * part)}H${WIDTH - RIGHT}`} />
              <text x={LEFT - 6} y={y(most * part) + 4} className="end">
                {part === 0 ? "0" : say(most * part)}
              </text>
            </g>
          ))}
          {learning > 0 && known.length === 0 && (
            <rect fill="url(#hatch)" x={LEFT} y={BASE - 8} width={WIDTH - LEFT - RIGHT} height="8" />
          )}
          {known.length > 1 && (
            <>
              <polygon
                className="band"
                points={`${edge} ${x(known.at(-1)?.time ?? 0)},${BASE} ${x(known[0]?.time ?? 0)},${BASE}`}
              />
              <polyline className="bandline" points={edge} />
            </>
          )}
          <polyline className="actual" points={points.map(({ time, total }) => `${x(time)},${y(total)}`).join(" ")} />
          {over.map(({ time, total }) => (
            <g key={time}>
              <circle className="dot" cx={x(time)} cy={y(total)} r="4.5" />
              <text
                x={x(time) + (x(time) > WIDTH - 80 ? -9 : 9)}
                y={Math.max(TOP - 6, y(total) - 7)}
                className={x(time) > WIDTH - 80 ? "lab em end" : "lab em"}
              >
                {say(total)}
              </text>
            </g>
          ))}
          <text x={LEFT} y={HEIGHT - 6}>
            {utc(first, "day")}
          </text>
          <text x={WIDTH - RIGHT} y={HEIGHT - 6} className="end">
            {utc(last, "day")}
          </text>
        </svg>
      </figure>
      <p className="figure-note">
        {known.length === 0
          ? `Learning: ${points.length} periods are known, too few to expect anything. `
          : "Shaded: expected from what went before. "}
        Square-root scale.
      </p>
    </>
  );
}
