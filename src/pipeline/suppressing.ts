/** Suppressions as people handle them: listed with what they hide, made, ended. For the command line and the API alike. */
import type { Lane, Severity } from "../model/incident.ts";
import { scopeKind, type SuppressionScope } from "../model/suppression.ts";
import type { ActionOrigin } from "./persist/actions.ts";
import type { Store } from "./persist/store.ts";
import {
  endSuppression,
  readSuppressionHits,
  readSuppressions,
  writeSuppression,
  type NewSuppression,
  type StoredSuppression,
  type SuppressionHits,
} from "./persist/suppression.ts";
import { applySuppressions } from "./tell-incidents.ts";

export interface ListedSuppression extends SuppressionScope {
  readonly uid: string;
  /** `fingerprint`, or the names it is narrowed by. */
  readonly kind: string;
  /** By the clock; which findings are covered is decided by the times of their events. */
  readonly state: "active" | "expired" | "withdrawn";
  readonly reason: string;
  readonly owner: string;
  /** ms since 1970 UTC */
  readonly created: number;
  readonly from: number | null;
  readonly until: number;
  readonly ended_time: number | null;
  readonly ended_by: string | null;
  /** Stored findings it covers. */
  readonly findings: number;
  readonly finding_severities: Readonly<Record<Severity, number>>;
  /** Last evidence of the newest of them, ms. */
  readonly last_time: number | null;
  readonly etag: string;
}

export interface SuppressingOptions {
  readonly origin: ActionOrigin;
  readonly laneOf: (source: string) => Lane | null;
  /** ms */
  readonly now: number;
}

/** Every suppression there has been, the newest first. */
export async function listSuppressions(store: Pick<Store, "rows">, now: number): Promise<ListedSuppression[]> {
  const [suppressions, hits] = await Promise.all([readSuppressions(store), readSuppressionHits(store)]);
  return suppressions.map((suppression) => listed(suppression, hits.get(suppression.uid), now));
}

/** Makes a suppression; when this returns, incidents are told without what it covers. */
export async function addSuppression(
  store: Store,
  suppression: NewSuppression,
  { origin, laneOf, now }: SuppressingOptions,
): Promise<ListedSuppression> {
  const { uid } = await writeSuppression(store, suppression, { origin, now });
  await applySuppressions(store, { laneOf, now });
  return theOne(store, uid, now);
}

/**
 * Ends a suppression before its time: what it covers stays covered, what happens from now on does not.
 * @param withdrawn take it back instead: incidents are told as though it had never been
 */
export async function stopSuppression(
  store: Store,
  suppression: StoredSuppression,
  withdrawn: boolean,
  { origin, laneOf, now }: SuppressingOptions,
): Promise<ListedSuppression> {
  await endSuppression(store, suppression, { withdrawn, origin, now });
  await applySuppressions(store, { laneOf, now });
  return theOne(store, suppression.uid, now);
}

async function theOne(store: Store, uid: string, now: number): Promise<ListedSuppression> {
  const found = (await listSuppressions(store, now)).find((each) => each.uid === uid);
  if (found === undefined) throw new Error(`suppression ${uid} was written and is not there`);
  return found;
}

function listed(
  { uid, scope, reason, owner, created, from, until, ended, changes }: StoredSuppression,
  hits: SuppressionHits | undefined,
  now: number,
): ListedSuppression {
  const count = (severity: Severity): number => hits?.severities.get(severity) ?? 0;
  return {
    uid,
    kind: scopeKind(scope),
    state: ended?.withdrawn === true ? "withdrawn" : ended !== null || until <= now ? "expired" : "active",
    ...scope,
    reason,
    owner,
    created,
    from,
    until,
    ended_time: ended?.time ?? null,
    ended_by: ended?.by ?? null,
    findings: hits?.findings ?? 0,
    finding_severities: {
      informational: count("informational"),
      low: count("low"),
      medium: count("medium"),
      high: count("high"),
      critical: count("critical"),
    },
    last_time: hits?.last_time ?? null,
    etag: `${uid.slice(0, 8)}-${changes}`,
  };
}
