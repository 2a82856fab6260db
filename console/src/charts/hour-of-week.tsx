import { count } from "../text/numbers.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const STEP_X = 26;
const STEP_Y = 20;
const LEFT = 34;
const TOP = 18;

export interface HourOfWeekProps {
  /** 168 counts from Monday 00:00. */
  readonly hours: readonly number[];
  readonly work: { readonly days: readonly string[]; readonly from: string; readonly to: string } | null;
  /** Hours of the week that incidents fell into. */
  readonly pins: readonly number[];
}

/** When somebody is active: five steps of one colour, work hours outlined, incidents boxed. */
export function HourOfWeek({ hours, work, pins }: HourOfWeekProps) {
  const most = Math.max(1, ...hours);
  const step = (value: number): number => (value === 0 ? 0 : Math.max(1, Math.ceil(Math.sqrt(value / most) * 4)));
  const busiest = hours.indexOf(Math.max(...hours));
  return (
    <>
      <figure tabIndex={0} aria-label="Activity by hour of the week">
        <svg
          className="chart fluid"
          viewBox="0 0 666 162"
          role="img"
          aria-label={`Activity by hour of the week; most on ${DAYS[Math.floor(busiest / 24)] ?? ""} at ${busiest % 24}:00, ${count(most)} events`}
        >
          {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
            <text key={hour} x={LEFT + hour * STEP_X} y="11">
              {String(hour).padStart(2, "0")}
            </text>
          ))}
          {DAYS.map((day, row) => (
            <g key={day}>
              <text x="0" y={TOP + row * STEP_Y + 13}>
                {day}
              </text>
              {hours.slice(row * 24, row * 24 + 24).map((value, hour) => (
                <rect
                  key={hour}
                  className={`h${step(value)}`}
                  x={LEFT + hour * STEP_X}
                  y={TOP + row * STEP_Y}
                  width={STEP_X - 2}
                  height={STEP_Y - 2}
                >
                  <title>{`${day} ${hour}:00, ${count(value)} events`}</title>
                </rect>
              ))}
            </g>
          ))}
          {work !== null && <Work {...work} />}
          {pins.map((pin) => (
            <rect
              key={pin}
              className="pin"
              x={LEFT + (pin % 24) * STEP_X - 1}
              y={TOP + Math.floor(pin / 24) * STEP_Y - 1}
              width={STEP_X}
              height={STEP_Y}
            />
          ))}
        </svg>
      </figure>
      <details className="twin">
        <summary>As a table</summary>
        <div className="hscroll" role="region" tabIndex={0} aria-label="Activity by hour, scrolls sideways">
          <table className="small">
            <thead>
              <tr>
                <th scope="col">Day</th>
                {Array.from({ length: 24 }, (_, hour) => (
                  <th key={hour} scope="col" className="num">
                    {hour}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {DAYS.map((day, row) => (
                <tr key={day}>
                  <th scope="row">{day}</th>
                  {hours.slice(row * 24, row * 24 + 24).map((value, hour) => (
                    <td key={hour} className="num">
                      {value}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

/** Runs of work days as boxes. */
function Work({ days, from, to }: { readonly days: readonly string[]; readonly from: string; readonly to: string }) {
  const rows = DAYS.flatMap((day, index) => (days.includes(day.toLowerCase()) ? [index] : []));
  const runs: { first: number; last: number }[] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === row - 1) run.last = row;
    else runs.push({ first: row, last: row });
  }
  const hour = (text: string): number => Number(text.slice(0, 2)) + Number(text.slice(3, 5)) / 60;
  return runs.map(({ first, last }) => (
    <rect
      key={first}
      className="work"
      x={LEFT + hour(from) * STEP_X - 1.5}
      y={TOP + first * STEP_Y - 1.5}
      width={(hour(to) - hour(from)) * STEP_X}
      height={(last - first + 1) * STEP_Y}
    />
  ));
}
