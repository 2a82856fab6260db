/** What pages ask for, as TanStack Query options: the key says what is cached, so that changes can be told to all pages. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, readSession, type Query } from "./client.ts";
import type {
  Coverage,
  EntityDetail,
  EntityItem,
  EntityKind,
  EventDetail,
  EventItem,
  Histogram,
  Incident,
  IncidentCounts,
  IncidentDetail,
  NearMiss,
  Page,
  Policy,
  QuarantinedLine,
  QuarantineReason,
  Rule,
  RuleDetail,
  Source,
  SqlSchema,
  Status,
} from "./types.ts";

/** Rows a list shows before it asks for more. */
const ROWS = 100;
const MOST_ROWS = 200;
const NEVER = Number.POSITIVE_INFINITY;

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: readSession,
  staleTime: NEVER,
  retry: false,
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => get<Status>("/status", {}, signal),
  staleTime: 30_000,
});

export const incidentsQuery = (filter: Query) =>
  infiniteQueryOptions({
    queryKey: ["incidents", filter],
    queryFn: ({ signal, pageParam }) =>
      get<Page<Incident>>("/api/v1/incidents", { ...filter, limit: ROWS, cursor: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const countsQuery = (filter: Query) =>
  queryOptions({
    queryKey: ["counts", filter],
    queryFn: ({ signal }) => get<IncidentCounts>("/api/v1/incident-counts", filter, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export const incidentQuery = (uid: string) =>
  queryOptions({
    queryKey: ["incident", uid],
    queryFn: ({ signal }) => get<IncidentDetail>(`/api/v1/incidents/${encodeURIComponent(uid)}`, {}, signal),
    staleTime: 60_000,
  });

/** Rules that nearly held; asked for by itself, because every rule is tried again for it. */
export const nearMissesQuery = (uid: string) =>
  queryOptions({
    queryKey: ["near-misses", uid],
    queryFn: async ({ signal }) =>
      (await get<{ near_misses: NearMiss[] }>(`/api/v1/incidents/${encodeURIComponent(uid)}/near-misses`, {}, signal))
        .near_misses,
    staleTime: 300_000,
    retry: false,
  });

export const entitiesQuery = (kind: EntityKind, text: string) =>
  infiniteQueryOptions({
    queryKey: ["entities", kind, text],
    queryFn: ({ signal, pageParam }) =>
      get<Page<EntityItem>>(
        `/api/v1/entities/${kind}`,
        { text: text === "" ? undefined : text, limit: ROWS, cursor: pageParam ?? undefined },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const entityQuery = (kind: EntityKind, name: string) =>
  queryOptions({
    queryKey: ["entity", kind, name],
    queryFn: ({ signal }) =>
      get<EntityDetail>(`/api/v1/entities/${kind}/${encodeURIComponent(name)}`, { timezone: viewerZone() }, signal),
    staleTime: 60_000,
    retry: false,
  });

export const eventsQuery = (filter: Query) =>
  infiniteQueryOptions({
    queryKey: ["events", filter],
    queryFn: ({ signal, pageParam }) =>
      get<Page<EventItem>>("/api/v1/events", { ...filter, limit: ROWS, cursor: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    retry: false,
  });

export const histogramQuery = (filter: Query) =>
  queryOptions({
    queryKey: ["histogram", filter],
    queryFn: ({ signal }) => get<Histogram>("/api/v1/event-histogram", filter, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });

export const eventQuery = (uid: string) =>
  queryOptions({
    queryKey: ["event", uid],
    queryFn: ({ signal }) => get<EventDetail>(`/api/v1/events/${encodeURIComponent(uid)}`, {}, signal),
    staleTime: NEVER,
  });

/** All of a list that is never long: sources, rules. */
async function all<Item>(path: string, signal: AbortSignal): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Item> = await get<Page<Item>>(path, { limit: MOST_ROWS, cursor }, signal);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && items.length < 5_000);
  return items;
}

export const sourcesQuery = queryOptions({
  queryKey: ["sources"],
  queryFn: ({ signal }) => all<Source>("/api/v1/sources", signal),
  staleTime: 30_000,
});

export const quarantineReasonsQuery = queryOptions({
  queryKey: ["quarantine-reasons"],
  queryFn: ({ signal }) => all<QuarantineReason>("/api/v1/quarantine-reasons", signal),
  staleTime: 30_000,
});

export const quarantineQuery = (filter: Query) =>
  infiniteQueryOptions({
    queryKey: ["quarantine", filter],
    queryFn: ({ signal, pageParam }) =>
      get<Page<QuarantinedLine>>(
        "/api/v1/quarantine",
        { ...filter, limit: 50, cursor: pageParam ?? undefined },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

export const rulesQuery = queryOptions({
  queryKey: ["rules"],
  queryFn: ({ signal }) => all<Rule>("/api/v1/rules", signal),
  staleTime: 60_000,
});

export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: ["rule", id],
    queryFn: ({ signal }) => get<RuleDetail>(`/api/v1/rules/${encodeURIComponent(id)}`, {}, signal),
    staleTime: 60_000,
  });

export const coverageQuery = queryOptions({
  queryKey: ["coverage"],
  queryFn: ({ signal }) => get<Coverage>("/api/v1/coverage", {}, signal),
  staleTime: 60_000,
});

export const policyQuery = queryOptions({
  queryKey: ["policy"],
  queryFn: ({ signal }) => get<Policy>("/api/v1/policy", {}, signal),
  staleTime: 60_000,
});

export const sqlSchemaQuery = queryOptions({
  queryKey: ["sql-schema"],
  queryFn: ({ signal }) => get<SqlSchema>("/api/v1/sql-schema", {}, signal),
  staleTime: NEVER,
  retry: false,
});

/** IANA name of the viewer's time zone. */
export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
