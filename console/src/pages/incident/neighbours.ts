/** The incidents before and after one, in the order the queue last showed, or would show when it was never open. */
import { useInfiniteQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { incidentsQuery } from "../../api/queries.ts";
import type { Incident, Page } from "../../api/types.ts";

export interface Neighbours {
  readonly previous: string | undefined;
  readonly next: string | undefined;
  /** `2 of 9`; null when the incident is not in the list. */
  readonly place: string | null;
}

export function useNeighbours(uid: string): Neighbours {
  const client = useQueryClient();
  const open = useInfiniteQuery(incidentsQuery({ state: "open" })).data;
  const lists = client
    .getQueriesData<InfiniteData<Page<Incident>>>({ queryKey: ["incidents"] })
    .map(([key, data]) => ({ data, at: client.getQueryState(key)?.dataUpdatedAt ?? 0 }))
    .toSorted((a, b) => b.at - a.at);
  for (const data of [...lists.map((list) => list.data), open]) {
    const uids = data?.pages.flatMap(({ items }) => items.map((item) => item.uid)) ?? [];
    const index = uids.indexOf(uid);
    if (index >= 0)
      return { previous: uids[index - 1], next: uids[index + 1], place: `${index + 1} of ${uids.length}` };
  }
  return { previous: undefined, next: undefined, place: null };
}
