/** Which lane of the timeline a source belongs to. */
import type { Lane } from "../model/incident.ts";
import { maps } from "./conform/index.ts";

const lanes: ReadonlyMap<string, Lane> = new Map(maps.map((map) => [map.id, map.lane]));

/** null for a source that this release no longer knows. */
export function laneOf(source: string): Lane | null {
  return lanes.get(source) ?? null;
}

/** Ids of the source maps whose events name the machine they ran on. */
export const endpointSources: readonly string[] = maps.filter(({ lane }) => lane === "endpoint").map(({ id }) => id);
