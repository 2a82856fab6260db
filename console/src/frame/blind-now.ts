/** What cannot be seen right now: kinds of telemetry without any source, sources that fell silent, lines that could not be read. */
import { useQuery } from "@tanstack/react-query";
import { coverageQuery, quarantineReasonsQuery, sourcesQuery } from "../api/queries.ts";
import type { Source } from "../api/types.ts";
import { counted, span } from "../text/numbers.ts";
import { spelledText } from "../text/spell-out.ts";
import { local } from "../text/time.tsx";

/** Silence is told when it lasts that many times the longest pause that is usual, and no less than this. */
const TIMES_USUAL = 2;
const LEAST_MS = 30 * 60_000;

export function isSilent({ behind_ms, pause_ms }: Source): boolean {
  return behind_ms > Math.max(LEAST_MS, TIMES_USUAL * pause_ms);
}

export interface BlindSpot {
  readonly text: string;
  readonly since: number;
}

/** Longest first; null while it is not known. */
export function useBlindNow(): readonly BlindSpot[] | null {
  const coverage = useQuery(coverageQuery).data;
  const sources = useQuery(sourcesQuery).data;
  const quarantine = useQuery(quarantineReasonsQuery).data;
  if (coverage === undefined || sources === undefined) return null;
  const lanes = coverage.lanes
    .filter((lane) => lane.sources.length === 0)
    .map(({ lane }) => ({ text: `${lane}: no source has sent anything`, since: 0 }));
  const silent = sources.filter(isSilent).map(({ title, last_event_time, behind_ms }) => ({
    text: `${spelledText(title.split(":", 1)[0] ?? "")} since ${local(last_event_time, "short")}, ${span(behind_ms)}`,
    since: last_event_time,
  }));
  const lines = (quarantine ?? []).reduce((sum, reason) => sum + reason.lines, 0);
  const unread = lines === 0 ? [] : [{ text: `${counted(lines, "line")} could not be read`, since: Number.MAX_VALUE }];
  return [...lanes, ...silent, ...unread].toSorted((a, b) => a.since - b.since);
}
