/**
 * The server's stream of changed incidents, merged into what is cached: rows change where they stand, new ones are only counted
 * until the viewer asks for them, so that a list never moves under the hand.
 */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { Incident, Page } from "./types.ts";

export interface Live {
  /** Since when nothing comes, ms; null: it does. */
  readonly silentSince: number | null;
  /** Uids that no list shows yet. */
  readonly arrived: ReadonlySet<string>;
}

/** The stream may still tell of what was before an action of one's own: that long it does not overwrite it. */
const OWN_MS = 1_500;
const own = new Map<string, { readonly etag: string; readonly until: number }>();

const listeners = new Set<() => void>();
let live: Live = { silentSince: null, arrived: new Set() };

function set(next: Partial<Live>): void {
  live = { ...live, ...next };
  for (const listener of listeners) listener();
}

export function useLive(): Live {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => live,
  );
}

/** The lists have been read anew. */
export function clearArrived(): void {
  if (live.arrived.size > 0) set({ arrived: new Set() });
}

export function listenForChanges(client: QueryClient): () => void {
  const source = new EventSource("/api/v1/stream");
  source.addEventListener("open", () => set({ silentSince: null }));
  source.addEventListener("error", () => set({ silentSince: live.silentSince ?? Date.now() }));
  source.addEventListener("reset", () => void client.invalidateQueries({ queryKey: ["incidents"] }));
  source.addEventListener("incident", (event: MessageEvent<string>) => {
    const incident = JSON.parse(event.data) as Incident;
    const mine = own.get(incident.uid);
    if (mine !== undefined && mine.until > Date.now() && mine.etag !== incident.etag)
      setTimeout(() => void client.invalidateQueries({ queryKey: ["incidents"] }), OWN_MS);
    else merge(client, incident);
  });
  return () => source.close();
}

/** What the viewer did: lists are asked for again, so that what no longer belongs to them goes. */
export function mergeOwn(client: QueryClient, incident: Incident): void {
  own.set(incident.uid, { etag: incident.etag, until: Date.now() + OWN_MS });
  merge(client, incident);
}

/** Puts `incident` in place of its older self everywhere. */
export function merge(client: QueryClient, incident: Incident): void {
  let known = false;
  client.setQueriesData<InfiniteData<Page<Incident>>>({ queryKey: ["incidents"] }, (data) => {
    if (data === undefined) return data;
    return {
      ...data,
      pages: data.pages.map((page) => {
        if (!page.items.some(({ uid }) => uid === incident.uid)) return page;
        known = true;
        return { ...page, items: page.items.map((item) => (item.uid === incident.uid ? incident : item)) };
      }),
    };
  });
  if (!known && incident.state === "open") set({ arrived: new Set([...live.arrived, incident.uid]) });
  const detail = client.getQueryData<Incident>(["incident", incident.uid]);
  if (detail !== undefined && detail.etag !== incident.etag)
    void client.invalidateQueries({ queryKey: ["incident", incident.uid] });
  void client.invalidateQueries({ queryKey: ["counts"] });
}
