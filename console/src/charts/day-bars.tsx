import { bytes, count } from "../text/numbers.ts";

export interface DayBarsProps {
  readonly days: readonly { readonly day: string; readonly events: number; readonly bytes_out: number | null }[];
  /** The day that is spoken of, `2026-11-19`. */
  readonly hot?: string;
  readonly measure?: "bytes_out" | "events";
}

const WIDTH = 660;
const HEIGHT = 150;
const LEFT = 56;
const BASE = HEIGHT - 24;
const TOP = 18;
/** Beyond it small days would not be seen. */
const SQUARE_ROOT_FROM = 8;

/** A bar a day, on a square-root scale when one day dwarfs the others; days without a number are hatched. */
export function DayBars({ days, hot, measure = "bytes_out" }: DayBarsProps) {
  const values = days.map((day) => day[measure]);
  const known = values.filter((value) => value !== null);
  const most = Math.max(1, ...known);
  const usual = known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)] ?? 0;
  const root = most > SQUARE_ROOT_FROM * Math.max(1, usual);
  const height = (value: number): number => (root ? Math.sqrt(value / most) : value / most) * (BASE - TOP);
  const step = (WIDTH - LEFT - 4) / Math.max(1, days.length);
  const width = Math.min(28, Math.max(1, step - 3));
  const say = (value: number | null): string => (measure === "bytes_out" ? bytes(value) : count(value ?? 0));
  const every = Math.ceil(days.length / 8);
  const words = days.map(({ day }, index) => `${day} ${say(values[index] ?? null)}`).join(", ");
  return (
    <>
      <figure tabIndex={0} aria-label={`${measure === "bytes_out" ? "Bytes out" : "Events"} by day`}>
        <svg className="chart fluid" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`By day: ${words}`}>
          {[0, root ? 0.25 : 0.5, 1].map((part) => {
            const y = BASE - (root ? Math.sqrt(part) : part) * (BASE - TOP);
            return (
              <g key={part}>
                <path className="grid" d={`M${LEFT} ${y}H${WIDTH}`} />
                <text x={LEFT - 6} y={y + 4} className="end">
                  {part === 0 ? "0" : say(most * part)}
                </text>
              </g>
            );
          })}
          {days.map(({ day }, index) => {
            const value = values[index] ?? null;
            const x = LEFT + index * step + (step - width) / 2;
            const bar = value === null ? BASE - TOP : Math.max(value > 0 ? 1.5 : 0, height(value));
            return (
              <g key={day}>
                <title>{`${day}: ${say(value)}`}</title>
                <rect
                  className={value === null ? undefined : day === hot ? "col hot" : "col"}
                  fill={value === null ? "url(#hatch)" : undefined}
                  x={x}
                  y={BASE - bar}
                  width={width}
                  height={bar}
                />
                {day === hot && value !== null && (
                  <text x={x + width / 2} y={BASE - bar - 5} className="lab em mid">
                    {say(value)}
                  </text>
                )}
                {index % every === 0 && (
                  <text x={x + width / 2} y={HEIGHT - 6} className="mid">
                    {dayName(day)}
                  </text>
                )}
              </g>
            );
          })}
          <path className="axis" d={`M${LEFT} ${BASE + 0.5}H${WIDTH}`} />
        </svg>
      </figure>
      <p className="figure-note">
        {root && "Square-root scale. "}
        {values.includes(null) && "Hatched: no source told how much. "}
      </p>
      <details className="twin">
        <summary>As a table</summary>
        <table className="small">
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col" className="num">
                Out
              </th>
              <th scope="col" className="num">
                Events
              </th>
            </tr>
          </thead>
          <tbody>
            {days.map(({ day, events, bytes_out: out }) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                <td className="num">{bytes(out)}</td>
                <td className="num">{count(events)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

function dayName(day: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(
    new Date(`${day}T00:00Z`),
  );
}
