/** Counts of incidents, counted again only when an incident or an action has been written or removed since. */
import { countIncidents, type CountedIncidents, type IncidentFilter } from "../pipeline/persist/incident-queries.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";

/** Filters remembered; the oldest go first. */
const MOST = 200;

/** @returns what `countIncidents` says, of the store as it is when asked */
export function rememberedCounts(reader: StoreReader): (filter: IncidentFilter) => Promise<CountedIncidents> {
  let state = "";
  const known = new Map<string, Promise<CountedIncidents>>();
  return async (filter) => {
    // Rows that a merge or a removal takes away change the number; it is metadata, as cheap as the newest version.
    const now = JSON.stringify(
      await reader.rows(
        "SELECT (SELECT (count(), max(version)) FROM incident) AS incidents, (SELECT (count(), max(time)) FROM action) AS actions",
      ),
    );
    if (now !== state) known.clear();
    state = now;
    const key = JSON.stringify(filter);
    const before = known.get(key);
    if (before !== undefined) return before;
    const counting = countIncidents(reader, filter);
    known.set(key, counting);
    counting.catch(() => known.get(key) === counting && known.delete(key));
    for (const oldest of known.keys()) {
      if (known.size <= MOST) break;
      known.delete(oldest);
    }
    return counting;
  };
}
