/** Addresses of the pages; each page's code is fetched when it is first opened, but for the queue. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { countsQuery, incidentsQuery, sessionQuery } from "./api/queries.ts";
import { Frame } from "./frame/frame.tsx";
import { NotFound, PageFailed } from "./frame/page-failed.tsx";
import { QueuePage } from "./pages/queue/queue-page.tsx";
import { queueFilter } from "./pages/queue/views.ts";
import { parseSearch, stringifySearch, type SearchParams } from "./search-params.ts";

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
});

const validateSearch = (search: Record<string, unknown>): SearchParams => search as SearchParams;

const queue = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch,
  loaderDeps: ({ search }) => search,
  // Asked for while the page's code is still being read; the page shows what fails.
  loader: async ({ context: { client }, deps }) => {
    const session = await client.ensureQueryData(sessionQuery);
    const filter = queueFilter(deps, session.name);
    void client.prefetchInfiniteQuery(incidentsQuery(filter));
    void client.prefetchQuery(countsQuery({}));
  },
  component: QueuePage,
});

const incident = createRoute({
  getParentRoute: () => root,
  path: "/incidents/$uid",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/incident/incident-page.tsx"), "IncidentPage"),
});

const search = createRoute({
  getParentRoute: () => root,
  path: "/search",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/search/search-page.tsx"), "SearchPage"),
});

const sql = createRoute({
  getParentRoute: () => root,
  path: "/search/sql",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/search/sql-page.tsx"), "SqlPage"),
});

const entities = createRoute({
  getParentRoute: () => root,
  path: "/entities",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/entity/entities-page.tsx"), "EntitiesPage"),
});

// The name stands behind `?`: names with dots and slashes would look like files.
const entity = createRoute({
  getParentRoute: () => root,
  path: "/entities/$kind",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/entity/entity-page.tsx"), "EntityPage"),
});

const detections = createRoute({
  getParentRoute: () => root,
  path: "/detections",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/detections/detections-page.tsx"), "DetectionsPage"),
});

const coverage = createRoute({
  getParentRoute: () => root,
  path: "/coverage",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/coverage/coverage-page.tsx"), "CoveragePage"),
});

const sources = createRoute({
  getParentRoute: () => root,
  path: "/sources",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/sources/sources-page.tsx"), "SourcesPage"),
});

const policy = createRoute({
  getParentRoute: () => root,
  path: "/policy",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/policy/policy-page.tsx"), "PolicyPage"),
});

const report = createRoute({
  getParentRoute: () => root,
  path: "/report",
  validateSearch,
  component: lazyRouteComponent(() => import("./pages/report/report-page.tsx"), "ReportPage"),
});

const access = createRoute({
  getParentRoute: () => root,
  path: "/access",
  component: lazyRouteComponent(() => import("./pages/access/access-page.tsx"), "AccessPage"),
});

const tree = root.addChildren([
  queue,
  incident,
  search,
  sql,
  entities,
  entity,
  detections,
  coverage,
  sources,
  policy,
  report,
  access,
]);

export function createConsoleRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    defaultErrorComponent: PageFailed,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
