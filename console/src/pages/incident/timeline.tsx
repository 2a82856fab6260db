/** What happened, one lane per kind of source; wheel, keys and dragging zoom into it. */
import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { IncidentDetail } from "../../api/types.ts";
import { timeScale } from "../../charts/scale.ts";
import { fit, useWidth } from "../../charts/width.ts";
import { LANE_NAMES } from "../../frame/marks.tsx";
import { Head } from "../../frame/states.tsx";
import { counted, span } from "../../text/numbers.ts";
import { spelledText } from "../../text/spell-out.ts";
import { local, Time, utc, ZONE_CITY } from "../../text/time.tsx";
import { Untrusted } from "../../text/untrusted.tsx";
import { layOut, type LaneLayout, type Mark } from "./lanes.ts";

const LEFT = 178;
const HEAD = 26;
const LINE = 22;
const LEAST_WIDTH = 900;
const LEAST_SPAN_MS = 200;
const DRAG_PX = 6;
const CUT_LABEL_PX = 56;

export interface TimelineProps {
  readonly incident: IncidentDetail;
  /** Shows the event of a mark. */
  readonly onOpen: (activity: string) => void;
}

export function Timeline({ incident, onOpen }: TimelineProps) {
  const { timeline } = incident;
  const whole = useMemo(() => wholeSpan(timeline.map(({ time }) => time)), [timeline]);
  const [view, setView] = useState<{ from: number; until: number } | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const { from, until } = view ?? whole;
  const read = cursor === null ? undefined : timeline[cursor];

  const zoom = (factor: number, around = (from + until) / 2): void => {
    const width = Math.max(LEAST_SPAN_MS, (until - from) * factor);
    if (width >= whole.until - whole.from) return setView(null);
    const start = Math.min(Math.max(whole.from, around - (around - from) * factor), whole.until - width);
    setView({ from: start, until: start + width });
  };
  const move = (by: number): void => {
    const width = until - from;
    const start = Math.min(Math.max(whole.from, from + by * width), whole.until - width);
    if (view !== null) setView({ from: start, until: start + width });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step !== 0 && event.shiftKey) move(step / 4);
    else if (step !== 0) setCursor(Math.min(timeline.length - 1, Math.max(0, cursor === null ? 0 : cursor + step)));
    else if (event.key === "+" || event.key === "=") zoom(0.5, read?.time);
    else if (event.key === "-") zoom(2, read?.time);
    else if (event.key === "0") setView(null);
    else if (event.key === "Enter" && read !== undefined) onOpen(read.activity);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <section aria-labelledby="h-tl">
      <Head
        id="h-tl"
        title="What happened"
        note={`${ZONE_CITY}. Filled marks carry the score, open marks are context.`}
        push={
          <>
            <span className="zoom">
              <button className="chip" type="button" onClick={() => zoom(0.5)} aria-label="Zoom in">
                +
              </button>
              <button
                className="chip"
                type="button"
                onClick={() => zoom(2)}
                aria-label="Zoom out"
                disabled={view === null}
              >
                −
              </button>
              <button className="chip" type="button" onClick={() => setView(null)} disabled={view === null}>
                All of it
              </button>
            </span>
            <a href="#events">{counted(timeline.length, "event")} as a table</a>
          </>
        }
      />
      <Drawing
        incident={incident}
        from={from}
        until={until}
        read={read?.activity ?? null}
        onKeyDown={onKeyDown}
        onWheel={(delta, around) => zoom(delta > 0 ? 1.25 : 0.8, around)}
        onSelect={(start, end) => setView({ from: start, until: Math.max(end, start + LEAST_SPAN_MS) })}
        onOpen={onOpen}
      />
      <p className="figure-note reading wide-only" role="status">
        {read === undefined ? (
          "Focus the timeline: arrows read event after event, + and − zoom, shift and arrows move, 0 shows all. Dragging zooms too."
        ) : (
          <>
            {local(read.time, "exact")} <span className="dimmer">{utc(read.time, "exact")} UTC</span>, {read.lane},{" "}
            {read.source}: <Untrusted text={read.text} />
          </>
        )}
      </p>
      <ol className="steps narrow-only">
        {timeline.map(({ time, text, lane, source, activity }) => (
          <li key={activity}>
            <Time ms={time} shape="minute" />
            <span>
              <Untrusted text={text} form="sentence" />
            </span>
            <span className="src">
              {lane}, {source}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** With some room at both ends, so that marks do not stand on the edge. */
function wholeSpan(times: readonly number[]): { from: number; until: number } {
  const first = Math.min(...times);
  const last = Math.max(...times);
  const room = Math.max(2_000, (last - first) * 0.02);
  return times.length === 0 ? { from: 0, until: 1 } : { from: first - room, until: last + room };
}

interface DrawingProps {
  readonly incident: IncidentDetail;
  readonly from: number;
  readonly until: number;
  /** Activity under the reading cursor. */
  readonly read: string | null;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onWheel: (delta: number, around: number) => void;
  readonly onSelect: (from: number, until: number) => void;
  readonly onOpen: (activity: string) => void;
}

function Drawing({ incident, from, until, read, onKeyDown, onWheel, onSelect, onOpen }: DrawingProps) {
  const [figure, measured] = useWidth<HTMLElement>(1_376);
  const svg = useRef<SVGSVGElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const width = Math.max(LEAST_WIDTH, measured);
  const scale = timeScale(
    incident.timeline.map(({ time }) => time),
    from,
    until,
    LEFT,
    width - 10,
  );
  const lanes = layOut(incident, scale, from, until, LEFT, width);
  const heights = lanes.map(({ lines }) => Math.max(42, 20 + lines * LINE));
  const tops = heights.map((_, index) => HEAD + heights.slice(0, index).reduce((sum, height) => sum + height, 0));
  const height = HEAD + heights.reduce((sum, one) => sum + one, 0) + 1;
  const placeOf = (event: PointerEvent | WheelEvent | React.WheelEvent): number =>
    Math.min(width, Math.max(LEFT, event.clientX - (svg.current?.getBoundingClientRect().left ?? 0)));
  const description = lanes
    .map(
      ({ lane, marks, missing }) =>
        `${lane}: ${missing === null ? counted(marks.length, "event") : missing === "nothing" ? "nothing found" : "not visible"}`,
    )
    .join("; ");
  return (
    <figure
      ref={figure}
      className="hscroll wide-only timeline"
      tabIndex={0}
      aria-label="Timeline; arrow keys read it, plus and minus zoom"
      onKeyDown={onKeyDown}
    >
      <svg
        ref={svg}
        className="chart"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Timeline from ${local(from, "full")} to ${local(until, "full")} ${ZONE_CITY}. ${description}. The same events are in the table below.`}
        onPointerDown={(event) => {
          if (event.button === 0) setDrag({ from: placeOf(event), to: placeOf(event) });
        }}
        onPointerMove={(event) => {
          if (drag !== null) setDrag({ ...drag, to: placeOf(event) });
        }}
        onPointerLeave={() => setDrag(null)}
        onPointerUp={() => {
          if (drag !== null && Math.abs(drag.to - drag.from) > DRAG_PX)
            onSelect(scale.at(Math.min(drag.from, drag.to)), scale.at(Math.max(drag.from, drag.to)));
          setDrag(null);
        }}
        onWheel={(event) => {
          if (event.altKey || event.shiftKey) onWheel(event.deltaY, scale.at(placeOf(event)));
        }}
      >
        {scale.ticks
          .filter(({ x }) => scale.cuts.every((cut) => Math.abs(cut.x - x) > CUT_LABEL_PX))
          .map(({ ms, x }) => (
            <g key={ms}>
              <path className="grid" d={`M${x} ${HEAD - 2}V${height}`} />
              <text x={x} y="14" className={x < LEFT + 20 ? undefined : x > width - 30 ? "end" : "mid"}>
                {local(ms, until - from < 180_000 ? "clock" : until - from > 129_600_000 ? "short" : "minute")}
              </text>
            </g>
          ))}
        {lanes.map((lane, index) => (
          <LaneRow
            key={lane.lane}
            layout={lane}
            top={tops[index] as number}
            width={width}
            read={read}
            onOpen={onOpen}
            incident={incident}
          />
        ))}
        <path className="axis" d={`M0 ${height - 0.5}H${width}`} />
        {scale.cuts.map(({ x, from: start, until: end }) => (
          <g key={start} className="cut">
            <path d={`M${x - 4} ${HEAD - 2}V${height}M${x + 4} ${HEAD - 2}V${height}`} />
            <text x={x} y="14" className="mid">
              {span(end - start)}
            </text>
          </g>
        ))}
        {drag !== null && (
          <rect
            className="dragged"
            x={Math.min(drag.from, drag.to)}
            y={HEAD}
            width={Math.abs(drag.to - drag.from)}
            height={height - HEAD}
          />
        )}
      </svg>
    </figure>
  );
}

interface LaneRowProps {
  readonly layout: LaneLayout;
  readonly incident: IncidentDetail;
  readonly top: number;
  readonly width: number;
  readonly read: string | null;
  readonly onOpen: (activity: string) => void;
}

function LaneRow({ layout: { lane, sources, marks, missing }, incident, top, width, read, onOpen }: LaneRowProps) {
  const note =
    missing === "nothing" ? "nothing found" : fit(`Not visible: ${blindText(incident, lane)}`, width - LEFT - 60);
  return (
    <g>
      <path className="axis" d={`M0 ${top - 0.5}H${width}`} />
      <text x="0" y={top + 17} className="lab em">
        {LANE_NAMES[lane]}
      </text>
      <text x="0" y={top + 32}>
        {sources.slice(0, 2).join(", ")}
        {sources.length > 2 ? ` +${sources.length - 2}` : ""}
      </text>
      {missing === "not-visible" && (
        <>
          <rect fill="url(#hatch)" x={LEFT} y={top + 10} width={width - LEFT - 10} height="22" />
          <rect className="hbox" x={LEFT + 0.5} y={top + 10.5} width={width - LEFT - 11} height="21" />
          <rect className="lane" x={LEFT + 14} y={top + 11} width={note.length * 6.4 + 12} height="20" />
        </>
      )}
      {missing !== null && (
        <text x={missing === "nothing" ? LEFT : LEFT + 20} y={top + 25} className={missing === "nothing" ? "" : "lab2"}>
          {note}
        </text>
      )}
      {marks.map((mark) => (
        <MarkShape
          key={mark.activity}
          mark={mark}
          width={width}
          y={top + 14 + mark.line * LINE}
          read={mark.activity === read}
          onOpen={onOpen}
        />
      ))}
    </g>
  );
}

function MarkShape({
  mark,
  width,
  y,
  read,
  onOpen,
}: {
  mark: Mark;
  width: number;
  y: number;
  read: boolean;
  onOpen: (activity: string) => void;
}) {
  const { x, hot, label, labelAt, folded, activity, time, text } = mark;
  const atEnd = x > width - 60;
  return (
    <g className="mark-of" onClick={() => onOpen(activity)}>
      <title>{`${local(time, "exact")}, ${text}`}</title>
      {read && <rect className="readring" x={x - 8} y={y - 4} width="16" height="16" rx="2" />}
      <rect className={hot ? "ev hot" : "ev ctx"} x={x - 4} y={y} width="8" height="8" />
      {label !== "" && (
        <text
          x={labelAt === "right" ? x + 11 : x - 10}
          y={y + 8}
          className={`${hot ? "lab" : "lab2"}${labelAt === "left" ? " end" : ""}`}
        >
          {label}
        </text>
      )}
      {folded > 1 && (
        <text x={atEnd ? x - 10 : x + 11} y={y + (atEnd ? 20 : 8)} className={atEnd ? "lab2 end" : "lab2"}>
          {folded} more
        </text>
      )}
    </g>
  );
}

function blindText(incident: IncidentDetail, lane: string): string {
  const spot = incident.blind_spots.find(({ code, text }) => code.includes(lane) || text.toLowerCase().includes(lane));
  return spot === undefined ? `no ${lane} source told of this time` : spelledText(spot.text);
}
