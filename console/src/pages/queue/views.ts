/** The saved views of the queue, and what an address of it asks the API for. */
import type { Query } from "../../api/client.ts";
import { one, type SearchParams } from "../../search-params.ts";

export const VIEWS = [
  { id: "open", label: "Open" },
  { id: "mine", label: "Mine" },
  { id: "nobody", label: "Nobody's" },
  { id: "closed", label: "Closed" },
  { id: "suppressed", label: "Suppressed" },
] as const;
export type ViewId = (typeof VIEWS)[number]["id"];

/** Filters that an address of the queue may carry besides its view. */
export const FILTERS = ["severity", "behaviour", "actor", "host", "destination", "text"] as const;

export function viewOf(search: SearchParams): ViewId {
  return VIEWS.find(({ id }) => id === one(search.view))?.id ?? "open";
}

/** @param me whose incidents are "mine" */
export function viewFilter(view: ViewId, me: string): Query {
  switch (view) {
    case "open":
      return { state: "open" };
    case "mine":
      return { state: "open", assignee: me };
    case "nobody":
      return { state: "open", assignee: "" };
    case "closed":
      return { state: "closed" };
    case "suppressed":
      return { state: "suppressed" };
  }
}

export function queueFilter(search: SearchParams, me: string): Query {
  const view = viewOf(search);
  const given = Object.fromEntries(FILTERS.map((name) => [name, search[name]]));
  const sort = one(search.sort) === "time" || (view === "closed" && one(search.sort) === "") ? "time" : undefined;
  return { ...viewFilter(view, me), ...given, sort };
}
