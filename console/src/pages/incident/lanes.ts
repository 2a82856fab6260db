/** Where the marks of a timeline and their labels go: one lane per kind of source, labels that never overlap. */
import type { IncidentDetail, Lane } from "../../api/types.ts";
import { LANES } from "../../frame/marks.tsx";
import type { TimeScale } from "../../charts/scale.ts";
import { fit } from "../../charts/width.ts";
import { spelledText } from "../../text/spell-out.ts";

export interface Mark {
  readonly activity: string;
  readonly x: number;
  readonly line: number;
  readonly hot: boolean;
  /** Empty: it did not fit. */
  readonly label: string;
  readonly labelAt: "right" | "left";
  /** Marks of the run without words that ends here; 0: it does not. */
  readonly folded: number;
  readonly time: number;
  readonly text: string;
}

export interface LaneLayout {
  readonly lane: Lane;
  readonly sources: readonly string[];
  readonly marks: readonly Mark[];
  readonly lines: number;
  /** What stands in a lane without marks; null: it has some. */
  readonly missing: "not-visible" | "nothing" | null;
}

const MOST_LINES = 3;
/** Marks without words that are nearer than this are told as one run. */
const RUN_PX = 60;
const LABEL_GAP = 14;
const LABEL_PX = 6.4;
const MOST_LABEL_PX = 460;

export function layOut(
  incident: IncidentDetail,
  scale: TimeScale,
  from: number,
  until: number,
  left: number,
  right: number,
): readonly LaneLayout[] {
  const scored = new Set(incident.reasons.map(({ finding }) => finding));
  const hot = new Set(incident.findings.filter(({ uid }) => scored.has(uid)).flatMap(({ activities }) => activities));
  return LANES.map((lane) => {
    const all = incident.timeline.filter((entry) => entry.lane === lane);
    const entries = all.filter(({ time }) => time >= from && time <= until);
    const ends: number[] = [];
    const marks: (Mark & { folded: number })[] = [];
    for (const entry of entries) {
      const x = scale.x(entry.time);
      const text = spelledText(entry.text);
      const wanted = Math.min(MOST_LABEL_PX, text.length * LABEL_PX);
      const toLeft = x + 12 + wanted > right && x - left > right - x;
      const start = toLeft ? x - 12 - Math.min(wanted, x - left - 12) : x - 6;
      const end = toLeft ? x + 8 : Math.min(right, x + 12 + wanted);
      const free = ends.findIndex((taken) => taken + LABEL_GAP <= start);
      const line = free >= 0 ? free : ends.length < MOST_LINES ? ends.length : -1;
      const base = { activity: entry.activity, x, hot: hot.has(entry.activity), time: entry.time, text };
      if (line < 0) {
        // No room for words: such marks share a line below, and the last of a run says how many they are.
        const run = marks.at(-1);
        const inRun = run !== undefined && run.line === MOST_LINES && x - run.x < RUN_PX;
        marks.push({ ...base, line: MOST_LINES, label: "", labelAt: "right", folded: inRun ? run.folded + 1 : 1 });
        if (inRun) run.folded = 0;
        continue;
      }
      ends[line] = end;
      marks.push({
        ...base,
        line,
        label: fit(text, toLeft ? x - left - 24 : Math.min(wanted + 4, right - x - 14)),
        labelAt: toLeft ? "left" : "right",
        folded: 0,
      });
    }
    return {
      lane,
      sources: [...new Set(all.map(({ source }) => source))],
      marks,
      lines: marks.reduce((most, { line }) => Math.max(most, line + 1), 1),
      missing: all.length > 0 ? null : incident.visibility[lane] === "not-visible" ? "not-visible" : "nothing",
    };
  });
}
