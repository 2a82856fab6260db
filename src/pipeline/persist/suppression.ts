/**
 * Suppressions in the store. Rows are only ever added: what was decided, that it was ended, and that incidents have been told
 * anew since; together they are the suppression. Which findings are covered is written down beside them, to be counted.
 */
import { hash } from "node:crypto";
import type { Severity } from "../../model/incident.ts";
import type { Suppression, SuppressionScope } from "../../model/suppression.ts";
import type { ActionOrigin } from "./actions.ts";
import type { StoreReader } from "./reader.ts";
import { storeTime, type Store } from "./store.ts";

/** Anything that answers queries: the store, or a reader beside it. */
type Source = Pick<Store | StoreReader, "rows">;

export interface StoredSuppression extends Suppression {
  /** Incidents in the store are as they are with it. false: a process ended in between, the next conclusion does it. */
  readonly applied: boolean;
  /** Times it was changed: 0 when it is as it was made. */
  readonly changes: number;
}

interface Row {
  readonly uid: string;
  readonly kind: "add" | "expire" | "withdraw" | "applied";
  readonly at: string;
  readonly actor: string;
  readonly body: string;
}

/** Every suppression there has been, the newest first. */
export async function readSuppressions(source: Source): Promise<StoredSuppression[]> {
  const rows = await source.rows<Row>(
    "SELECT uid, kind, toString(toUnixTimestamp64Milli(time)) AS at, actor, body FROM suppression FINAL ORDER BY time, uid",
  );
  const found = new Map<string, StoredSuppression>();
  for (const { uid, kind, at, actor, body } of rows) {
    const known = found.get(uid);
    if (kind === "add") {
      const said = JSON.parse(body) as Pick<Suppression, "scope" | "reason" | "owner" | "from" | "until">;
      found.set(uid, { ...said, uid, created: Number(at), ended: null, applied: false, changes: 0 });
    } else if (known === undefined) continue;
    else if (kind === "applied") found.set(uid, { ...known, applied: true });
    else {
      const { until } = JSON.parse(body) as { until: number };
      const withdrawn = kind === "withdraw" || known.ended?.withdrawn === true;
      found.set(uid, {
        ...known,
        until: Math.min(known.until, until),
        ended: { time: Number(at), by: actor, withdrawn },
        applied: false,
        changes: known.changes + 1,
      });
    }
  }
  return [...found.values()].toSorted((a, b) => b.created - a.created || (a.uid < b.uid ? -1 : 1));
}

export interface NewSuppression {
  readonly scope: SuppressionScope;
  readonly reason: string;
  readonly owner: string;
  readonly from: number | null;
  readonly until: number;
  /** The incident it was decided on, where there was one: its actions tell of it. */
  readonly incident: string | null;
}

/** When this returns it is on disk, and hides nothing yet. @param now ms */
export async function writeSuppression(
  store: Store,
  { incident, ...said }: NewSuppression,
  { origin, now }: { origin: ActionOrigin; now: number },
): Promise<StoredSuppression> {
  const body = JSON.stringify(said).toWellFormed();
  const uid = hash("sha256", `suppression ${now} ${origin.actor} ${body}`.toWellFormed(), "hex").slice(0, 32);
  await store.append("suppression", [
    { uid, kind: "add", time: storeTime(now), actor: origin.actor.toWellFormed(), body },
  ]);
  await writeAction(store, { kind: "suppress", uid, incident, origin, now, said: { ...said, text: said.reason } });
  return { ...said, uid, created: now, ended: null, applied: false, changes: 0 };
}

/**
 * Ends a suppression before its time. What it covers stays covered, unless it is withdrawn: then it is as though it had never been.
 * The end lies after the newest event there is, so that logs of another year, read later, are not covered by it.
 */
export async function endSuppression(
  store: Store,
  suppression: StoredSuppression,
  { withdrawn, origin, now }: { withdrawn: boolean; origin: ActionOrigin; now: number },
): Promise<StoredSuppression> {
  const [row] = await store.rows<{ events: string; newest: string }>(
    "SELECT toString(count()) AS events, toString(toUnixTimestamp64Milli(max(time))) AS newest FROM activity WHERE time <= {now:DateTime64(3, 'UTC')}",
    { now: storeTime(now) },
  );
  const seen = Number(row?.events ?? 0) === 0 ? now : Math.min(now, Number(row?.newest) + 1);
  const until = Math.min(suppression.until, seen);
  const time = Math.max(now, suppression.created + 1, (suppression.ended?.time ?? 0) + 1);
  const kind = withdrawn ? "withdraw" : "expire";
  const { uid } = suppression;
  await store.append("suppression", [
    { uid, kind, time: storeTime(time), actor: origin.actor.toWellFormed(), body: JSON.stringify({ until }) },
  ]);
  await writeAction(store, { kind: `suppress-${kind}`, uid, incident: null, origin, now: time, said: { until } });
  return {
    ...suppression,
    until,
    ended: { time, by: origin.actor, withdrawn: withdrawn || suppression.ended?.withdrawn === true },
    applied: false,
    changes: suppression.changes + 1,
  };
}

/** Says that incidents have been told anew with these. @param now ms */
export async function markApplied(
  store: Store,
  suppressions: readonly StoredSuppression[],
  now: number,
): Promise<void> {
  await store.append(
    "suppression",
    suppressions.map(({ uid, created, ended }) => ({
      uid,
      kind: "applied",
      time: storeTime(Math.max(now, created + 1, (ended?.time ?? 0) + 1)),
      actor: "",
      body: "",
    })),
  );
}

/** Who, when and from where, among all other actions; @see audit of the installation */
async function writeAction(
  store: Store,
  action: {
    readonly kind: string;
    readonly uid: string;
    readonly incident: string | null;
    readonly origin: ActionOrigin;
    readonly now: number;
    readonly said: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { kind, uid: suppression, incident, origin, now, said } = action;
  const { text, ...rest } = said;
  const body = JSON.stringify({
    via: origin.via,
    address: origin.address,
    text: text ?? null,
    details: { suppression, ...rest },
  }).toWellFormed();
  const uid = hash("sha256", JSON.stringify([incident, now, kind, origin.actor, body]), "hex").slice(0, 32);
  await store.append("action", [
    { uid, time: storeTime(now), incident: incident ?? "", kind, actor: origin.actor.toWellFormed(), body },
  ]);
}

/** A finding that suppressions cover. */
export interface CoveredFinding {
  readonly uid: string;
  readonly rule: string;
  readonly severity: Severity;
  /** Last evidence, ms. */
  readonly time: number;
  readonly suppressions: readonly string[];
}

/**
 * Makes the covered findings of a range of event time exactly these.
 * @param range half-open, of their last evidence, ms
 */
export async function replaceCovered(
  store: Store,
  range: { readonly from: number; readonly until: number },
  covered: readonly CoveredFinding[],
  now: number,
): Promise<void> {
  const stored = await store.rows<{ finding: string; suppressions: string[]; at: string }>(
    `SELECT finding, suppressions, toString(toUnixTimestamp64Milli(time)) AS at FROM suppressed FINAL
     WHERE time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({until:Int64}, 'UTC') AND notEmpty(suppressions)`,
    { from: Math.floor(Math.max(0, range.from)), until: Math.ceil(range.until) },
  );
  const before = new Map(stored.map((row) => [row.finding, row]));
  const rows: Record<string, unknown>[] = [];
  for (const { uid, rule, severity, time, suppressions } of covered) {
    const known = before.get(uid);
    before.delete(uid);
    if (known !== undefined && Number(known.at) === time && known.suppressions.join() === suppressions.join()) continue;
    rows.push({ finding: uid, rule, severity, time: storeTime(time), suppressions, version: now });
  }
  for (const { finding, at } of before.values())
    rows.push({ finding, rule: "", severity: "", time: storeTime(Number(at)), suppressions: [], version: now });
  await store.append("suppressed", rows);
}

export interface SuppressionHits {
  readonly findings: number;
  readonly severities: ReadonlyMap<string, number>;
  /** Last evidence of the newest, ms. */
  readonly last_time: number;
}

/** What each suppression covers in the store; one that covers nothing is absent. */
export async function readSuppressionHits(source: Source): Promise<ReadonlyMap<string, SuppressionHits>> {
  const rows = await source.rows<{ uid: string; severity: string; findings: number; last: string }>(
    `SELECT arrayJoin(suppressions) AS uid, severity, toUInt32(count()) AS findings, toString(max(toUnixTimestamp64Milli(time))) AS last
     FROM suppressed FINAL GROUP BY uid, severity`,
  );
  const hits = new Map<string, { findings: number; severities: Map<string, number>; last_time: number }>();
  for (const { uid, severity, findings, last } of rows) {
    const of = hits.get(uid) ?? { findings: 0, severities: new Map<string, number>(), last_time: 0 };
    hits.set(uid, of);
    of.findings += findings;
    of.severities.set(severity, findings);
    of.last_time = Math.max(of.last_time, Number(last));
  }
  return hits;
}
