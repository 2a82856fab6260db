/** The server's answers: joins the store, the source maps and the rules into what `serve/contract.ts` promises. */
import { join } from "node:path";
import { retentionSettings } from "../content/configuration/retention.ts";
import { StoreUnavailableError } from "../model/errors.ts";
import type { Catalogue } from "../model/catalogue.ts";
import type { Policy } from "../model/policy.ts";
import type { Clock } from "../model/ports.ts";
import type { PlanSet } from "../pipeline/detect/correlate/plans.ts";
import type { SigmaDocument } from "../pipeline/detect/sigma/index.ts";
import { laneOf } from "../pipeline/lanes.ts";
import { readAudit, writeAudit } from "../pipeline/persist/audit.ts";
import { readCredentials, writeCredential } from "../pipeline/persist/credentials.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import { TooExpensiveError } from "../pipeline/persist/store-error.ts";
import { SqlRefusedError } from "../pipeline/persist/sql-tokens.ts";
import type { RetentionSettings } from "../pipeline/persist/retention.ts";
import type { Store } from "../pipeline/persist/store.ts";
import { readUsers, writeUser } from "../pipeline/persist/users.ts";
import type { Backend } from "../pipeline/serve/backend.ts";
import type { Handlers, Output, Role, Status } from "../pipeline/serve/contract.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";
import { upkeepHandlers } from "./upkeep.ts";
import { entityHandlers } from "./entities.ts";
import { eventHandlers } from "./events.ts";
import { incidentHandlers, readChanges } from "./incidents.ts";
import { backtestHandlers } from "./backtest.ts";
import { coverageHandlers } from "./coverage.ts";
import { suppressionHandlers } from "./suppressions.ts";
import { ruleHandlers } from "./rules.ts";
import type { LiveState } from "./live.ts";
import { readMetrics, sourceHandlers } from "./sources.ts";
import { sqlHandlers } from "./sql.ts";
import { readCounts, readSources } from "../pipeline/persist/source-queries.ts";

/** What the installation runs with; may be another after a reload. */
export interface BackendContent {
  readonly catalogue: Catalogue;
  readonly policy: Policy | null;
  readonly documents: readonly SigmaDocument[];
  readonly planSet: PlanSet;
}

export interface BackendOptions {
  readonly store: Store;
  /** Made by `store.openReader`; closed by whoever made it. */
  readonly reader: StoreReader;
  readonly content: () => BackendContent;
  readonly clock: Clock;
  /** How long what is kept; the defaults of the configuration when left out. */
  readonly retention?: () => RetentionSettings;
  /** Where backups go that the API asks for; `backups` in the store's folder when left out. */
  readonly backupFolder?: string;
  /** Of the product, for backups. */
  readonly version?: string;
  /** The pipeline that runs, where one does; otherwise the sources are those whose events are stored. */
  readonly live?: LiveState;
}

/** What every group of handlers is made with. */
export type Surroundings = Pick<BackendOptions, "store" | "reader" | "content" | "clock">;

export function createBackend(options: BackendOptions): Backend {
  const { store, reader, clock } = options;
  return {
    handlers: guarded({
      ...incidentHandlers(options),
      ...entityHandlers(options),
      ...eventHandlers(options),
      ...sourceHandlers(options),
      ...ruleHandlers(options),
      ...coverageHandlers(options),
      ...suppressionHandlers(options),
      ...backtestHandlers(options),
      ...sqlHandlers(options),
    }),
    ...accessStores(store, clock),
    upkeep: upkeepHandlers({
      store,
      clock,
      retention: options.retention ?? (() => retentionSettings(undefined)),
      backupFolder: options.backupFolder ?? join(store.folder, "backups"),
      version: options.version ?? "",
      wait: false,
    }),
    status: async () => {
      const [counts, sources] = await Promise.all([
        readCounts(reader),
        options.live?.sources() ?? storedSources(reader),
      ]);
      return {
        store: { ...counts, detached_parts: store.detachedParts.length },
        sources,
        live: options.live?.status() ?? null,
        configuration: options.live?.configuration() ?? null,
        notify: options.live?.notify() ?? [],
      };
    },
    notReady: async () => {
      try {
        await reader.rows("SELECT 1");
        return options.live?.problem() ?? null;
      } catch (error) {
        return error instanceof Error ? error.message.slice(0, 200) : "the store does not answer";
      }
    },
    changes: (since) => readChanges(reader, since),
    metrics: async () => [...(await readMetrics(reader)), ...(options.live?.metrics() ?? [])],
  };
}

/** Where credentials, users and the trail of changes are kept. */
export function accessStores(store: Store, clock: Clock): Required<Pick<Backend, "credentials" | "users" | "audit">> {
  // Versions order the rows of one key: two changes within a millisecond must not share one.
  let version = 0;
  const next = (): number => (version = Math.max(version + 1, clock.now()));
  return {
    credentials: {
      read: async () =>
        (await readCredentials(store, clock.now())).map(({ role, ...row }) => ({ ...row, role: role as Role })),
      write: (credential, revoked) => writeCredential(store, credential, revoked, next()),
    },
    users: {
      read: async () => (await readUsers(store)).map(({ role, ...row }) => ({ ...row, role: role as Role })),
      write: (user) => writeUser(store, user, next()),
    },
    audit: {
      write: (entry) => writeAudit(store, entry, clock.now()),
      read: (before, limit) => readAudit(store, { before, limit }),
    },
  };
}

/** Nothing says when stored events arrived: their lag is not known. */
async function storedSources(reader: StoreReader): Promise<Output<typeof Status>["sources"]> {
  return (await readSources(reader)).map(({ source, events, last, gaps }) => ({
    id: source,
    received: events,
    lag_ms: null,
    last_event_time: last,
    gaps,
    lane: laneOf(source),
    health: null,
    last_error: null,
    rejected: 0,
    dropped: 0,
  }));
}

/** Failures of the store as answers. */
function guarded(handlers: Handlers): Handlers {
  const wrapped = Object.entries(handlers).map(([id, handler]) => [
    id,
    async (call: never) => {
      try {
        return await (handler as (call: never) => Promise<unknown>)(call);
      } catch (cause) {
        if (cause instanceof TooExpensiveError)
          throw new ProblemError("query.too-expensive", "narrow the time or name more of what you look for", { cause });
        if (cause instanceof SqlRefusedError)
          throw new ProblemError("request.invalid", cause.message, {
            cause,
            errors: [{ path: "body.query", message: cause.message }],
          });
        if (cause instanceof StoreUnavailableError)
          throw new ProblemError("store.unavailable", "the store did not answer: try again", { cause });
        throw cause;
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Handlers;
}
