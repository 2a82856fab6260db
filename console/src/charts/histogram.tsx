import { useRef, useState, type KeyboardEvent } from "react";
import type { Histogram as Counts } from "../api/types.ts";
import { count, counted, span } from "../text/numbers.ts";
import { local } from "../text/time.tsx";
import { useWidth } from "./width.ts";

const HEIGHT = 84;
const BASE = 62;
const DRAG_PX = 4;

export interface HistogramProps {
  readonly data: Counts;
  readonly onSelect: (from: number, until: number) => void;
}

/** How many when; dragging over it narrows the time, arrow keys read it and Enter narrows to what they read. */
export function Histogram({ data, onSelect }: HistogramProps) {
  const [figure, width] = useWidth<HTMLElement>(800);
  const svg = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const [read, setRead] = useState<number | null>(null);
  const { buckets, step_ms: step } = data;
  const first = buckets[0]?.time ?? 0;
  const slots = Math.max(1, Math.round(((buckets.at(-1)?.time ?? first) - first) / step) + 1);
  const slot = width / slots;
  const most = Math.max(1, ...buckets.map(({ total }) => total));
  const x = (time: number): number => ((time - first) / step) * slot;
  const timeAt = (px: number): number => first + (px / slot) * step;
  const place = (clientX: number): number =>
    Math.min(width, Math.max(0, clientX - (svg.current?.getBoundingClientRect().left ?? 0)));
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const bucket = read === null ? undefined : buckets[read];
    if (by !== 0) setRead(Math.min(buckets.length - 1, Math.max(0, (read ?? -1) + by)));
    else if (event.key === "Enter" && bucket !== undefined) onSelect(bucket.time, bucket.time + step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const reading = read === null ? undefined : buckets[read];
  const labels = Math.max(1, Math.min(7, Math.floor(width / 110)));
  return (
    <figure
      ref={figure}
      className="histogram"
      tabIndex={0}
      aria-label="Events over time; arrow keys read, Enter narrows"
      onKeyDown={onKeyDown}
    >
      <svg
        ref={svg}
        className="chart"
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={`${counted(data.total, "event")}, at most ${count(most)} in ${span(step)}`}
        onPointerDown={(event) => {
          if (event.button === 0) setDrag({ from: place(event.clientX), to: place(event.clientX) });
        }}
        onPointerMove={(event) => {
          if (drag !== null) setDrag({ ...drag, to: place(event.clientX) });
        }}
        onPointerLeave={() => setDrag(null)}
        onPointerUp={() => {
          if (drag !== null && Math.abs(drag.to - drag.from) > DRAG_PX)
            onSelect(timeAt(Math.min(drag.from, drag.to)), timeAt(Math.max(drag.from, drag.to)));
          setDrag(null);
        }}
      >
        {buckets.map(({ time, total }, index) => {
          const height = total === 0 ? 0 : Math.max(1.5, (total / most) * (BASE - 8));
          return (
            <rect
              key={time}
              className={index === read ? "col on" : "col"}
              x={x(time) + 0.5}
              y={BASE - height}
              width={Math.max(0.5, slot - 1.5)}
              height={height}
            />
          );
        })}
        <path className="axis" d={`M0 ${BASE + 0.5}H${width}`} />
        {Array.from({ length: labels }, (_, index) => {
          const time = first + (index / labels) * slots * step;
          return (
            <text key={index} x={x(time)} y={HEIGHT - 6}>
              {local(time, slots * step > 172_800_000 ? "short" : "minute")}
            </text>
          );
        })}
        {drag !== null && (
          <rect
            className="dragged"
            x={Math.min(drag.from, drag.to)}
            y="0"
            width={Math.abs(drag.to - drag.from)}
            height={BASE}
          />
        )}
      </svg>
      <p className="vh" role="status">
        {reading === undefined ? "" : `${local(reading.time, "short")}, ${counted(reading.total, "event")}`}
      </p>
    </figure>
  );
}
