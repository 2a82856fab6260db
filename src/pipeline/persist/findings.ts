/** Findings and incidents in the store: written when they changed, superseded when the events behind them say otherwise. */
import { hash } from "node:crypto";
import type { Finding, Incident } from "../../model/incident.ts";
import { storeTime, type Store } from "./store.ts";

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
}

const DAY_MS = 86_400_000;
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
/** Date columns end in 2149; a range without an end is cut there. */
const LAST_DAY = Date.UTC(2149, 5, 1);
/** Findings read at a time: each may hold forty events. */
const FINDING_BATCH = 1_000;

/** What was concluded about one rule. */
export interface Concluded {
  readonly rule: string;
  /** Whole days that were judged. */
  readonly range: TimeRange;
  /** All findings of the groups judged in these days. */
  readonly findings: readonly Finding[];
}

/**
 * Makes the stored findings of each rule in its days exactly these.
 * @param settled what was found before this stays as it is: its evidence may have been deleted
 * @param judged a query of the groups judged, as (rule, group); null: all
 * @returns the spans of event time of what changed
 */
export async function replaceFindings(
  store: Store,
  concluded: readonly Concluded[],
  now: number,
  settled = 0,
  judged: string | null = null,
): Promise<TimeRange[]> {
  if (concluded.length === 0) return [];
  // Rules that were judged over the same days are asked for together.
  const days = Map.groupBy(concluded, ({ range }) => `${day(range.from)} ${day(Math.min(range.until, LAST_DAY))}`);
  const asked = [...days].map(([key, same]) => {
    const [from, until] = key.split(" ");
    return `(rule IN (${same.map(({ rule }) => `'${rule.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`).join(", ")}) AND day >= '${from}' AND day < '${until}')`;
  });
  const stored = await store.rows<StoredFinding>(
    `SELECT uid, toString(rule) AS of_rule, content, toString(day) AS of_day, toFloat64(toUnixTimestamp64Milli(first_time)) AS first, toFloat64(toUnixTimestamp64Milli(time)) AS last
     FROM finding FINAL WHERE superseded = 0 AND (${asked.join(" OR ")})${judged === null ? "" : ` AND (toString(rule), group) IN (${judged})`}`,
  );
  const byRule = Map.groupBy(stored, (row) => row.of_rule);
  const rows: Record<string, unknown>[] = [];
  const changed: TimeRange[] = [];
  for (const { rule, findings } of concluded) {
    const before = new Map((byRule.get(rule) ?? []).map((row) => [row.uid, row]));
    for (const finding of findings) {
      const body = JSON.stringify(finding);
      const content = hash("sha256", body, "hex").slice(0, 32);
      const known = before.get(finding.uid);
      before.delete(finding.uid);
      if (known?.content === content || (known !== undefined && known.last < settled)) continue;
      changed.push({ from: finding.first_time, until: finding.time + 1 });
      if (known !== undefined) changed.push({ from: known.first, until: known.last + 1 });
      rows.push({
        uid: finding.uid,
        rule,
        group: JSON.stringify(finding.group),
        day: day(finding.time),
        first_time: storeTime(finding.first_time),
        time: storeTime(finding.time),
        content,
        body,
        version: now,
        superseded: 0,
      });
    }
    for (const { uid, of_day: of, first, last } of before.values()) {
      if (last < settled) continue;
      changed.push({ from: first, until: last + 1 });
      rows.push({
        uid,
        rule,
        group: "",
        day: of,
        first_time: storeTime(first),
        time: storeTime(last),
        content: "",
        body: "",
        version: now,
        superseded: 1,
      });
    }
  }
  await store.append("finding", rows);
  return changed;
}

interface StoredFinding {
  readonly uid: string;
  readonly of_rule: string;
  readonly content: string;
  readonly of_day: string;
  readonly first: number;
  readonly last: number;
}

/** Findings whose evidence lies in the range, in order of time. */
export async function readFindings(store: Store, range: TimeRange): Promise<Finding[]> {
  const rows = await store.rows<{ body: string }>(
    "SELECT body FROM finding FINAL WHERE superseded = 0 AND time >= {from:DateTime64(3, 'UTC')} AND first_time < {until:DateTime64(3, 'UTC')} ORDER BY first_time, uid SETTINGS max_block_size = 512",
    { from: storeTime(Math.max(0, range.from)), until: storeTime(Math.min(range.until, LAST_DAY)) },
  );
  return rows.map(({ body }) => JSON.parse(body) as Finding);
}

/**
 * Findings in order of time, in batches: all whose rule, and whose text, can be what is looked for.
 * @param narrowed patterns with `*` and `?`; what they exclude for certain does not come, the rest is for the caller to judge
 */
export async function* streamFindings(
  store: Pick<Store, "rows">,
  narrowed: { readonly rule: string | null; readonly destination: string | null; readonly user: string | null },
): AsyncGenerator<Finding[]> {
  const where = ["superseded = 0"];
  const parameters: Record<string, unknown> = {};
  if (narrowed.rule !== null && !/[*?]/.test(narrowed.rule)) {
    where.push("lower(rule) = {rule:String}");
    parameters["rule"] = narrowed.rule.toLowerCase();
  }
  for (const name of ["user", "destination"] as const) {
    // In a body such a name stands as it is; JSON would write others with escapes.
    const plain = /^[\w.@/:-]+$/.test(narrowed[name] ?? "");
    if (!plain) continue;
    where.push(`positionCaseInsensitive(body, {${name}:String}) > 0`);
    parameters[name] = narrowed[name];
  }
  const keys = await store.rows<{ uid: string }>(
    `SELECT uid FROM finding FINAL WHERE ${where.join(" AND ")} ORDER BY first_time, uid`,
    parameters,
  );
  for (let at = 0; at < keys.length; at += FINDING_BATCH)
    yield await findingsByUid(
      store,
      keys.slice(at, at + FINDING_BATCH).map(({ uid }) => uid),
    );
}

/** The findings with these uids, in order of time. */
export async function findingsByUid(store: Pick<Store, "rows">, uids: readonly string[]): Promise<Finding[]> {
  if (uids.length === 0) return [];
  const rows = await store.rows<{ body: string }>(
    "SELECT body FROM finding FINAL WHERE superseded = 0 AND uid IN {uids:Array(String)} ORDER BY first_time, uid SETTINGS max_block_size = 512",
    { uids },
  );
  return rows.map(({ body }) => JSON.parse(body) as Finding);
}

/** At most two findings whose uid begins like this; exactly the one whose uid it is, where there is such a one. */
export async function findingsByUidPrefix(store: Pick<Store, "rows">, prefix: string): Promise<Finding[]> {
  const rows = await store.rows<{ uid: string; body: string }>(
    "SELECT uid, body FROM finding FINAL WHERE superseded = 0 AND startsWith(uid, {prefix:String}) ORDER BY uid LIMIT 2",
    { prefix },
  );
  const exact = rows.filter(({ uid }) => uid === prefix);
  return (exact.length > 0 ? exact : rows).map(({ body }) => JSON.parse(body) as Finding);
}

/** What `superseded` says of an incident's row: it stands, another stands for it, or suppressions cover all of it. */
const STANDS = 0;
const SUPERSEDED = 1;
const SUPPRESSED = 2;

/** Incidents whose evidence lies in the range, highest risk first. */
export function readIncidents(store: Pick<Store, "rows">, range: TimeRange): Promise<Incident[]> {
  return incidentsThat(store, STANDS, range);
}

/** Stories whose evidence lies in the range and is covered by suppressions, as they would be told; highest risk first. */
export function readSuppressedIncidents(store: Pick<Store, "rows">, range: TimeRange): Promise<Incident[]> {
  return incidentsThat(store, SUPPRESSED, range);
}

async function incidentsThat(store: Pick<Store, "rows">, state: number, range: TimeRange): Promise<Incident[]> {
  const rows = await store.rows<{ body: string }>(
    `SELECT body FROM incident FINAL WHERE superseded = {state:UInt8} AND last_time >= {from:DateTime64(3, 'UTC')} AND first_time < {until:DateTime64(3, 'UTC')}
     ORDER BY risk_score DESC, first_time, uid`,
    { state, from: storeTime(Math.max(0, range.from)), until: storeTime(Math.min(range.until, LAST_DAY)) },
  );
  return rows.map(({ body }) => JSON.parse(body) as Incident);
}

/**
 * The incident with this uid, or the one that its story has since become part of; null when there is none.
 * A unique prefix of the uid is enough.
 */
export async function readIncident(store: Pick<Store, "rows">, uid: string): Promise<Incident | null> {
  let wanted = uid;
  // A story that grew twice points through two superseded incidents.
  for (let hops = 0; hops < 16; hops += 1) {
    const rows = await store.rows<{ uid: string; body: string; superseded: number; superseded_by: string }>(
      "SELECT uid, body, superseded, superseded_by FROM incident FINAL WHERE startsWith(uid, {uid:String}) ORDER BY superseded, uid LIMIT 2",
      { uid: wanted },
    );
    const found = rows.find((row) => row.uid === wanted) ?? (rows.length === 1 ? rows[0] : undefined);
    if (found === undefined) return null;
    if (found.superseded !== SUPERSEDED) return JSON.parse(found.body) as Incident;
    if (found.superseded_by === "") return null;
    wanted = found.superseded_by;
  }
  return null;
}

/**
 * Writes the incidents that changed; those of `range` that no longer exist are superseded by the one that took their findings.
 * @param suppressed stories that suppressions cover: kept, and told only to those who ask for them
 */
export async function replaceIncidents(
  store: Store,
  range: TimeRange,
  incidents: readonly Incident[],
  now: number,
  suppressed: readonly Incident[] = [],
): Promise<void> {
  const margin = 30 * DAY_MS;
  const around = { from: range.from - margin, until: range.until + margin };
  const before = new Map<string, { readonly incident: Incident; readonly state: number }>();
  for (const state of [STANDS, SUPPRESSED])
    for (const incident of await incidentsThat(store, state, around)) before.set(incident.uid, { incident, state });
  const rows: Record<string, unknown>[] = [];
  const told = [
    ...incidents.map((incident) => ({ incident, state: STANDS })),
    ...suppressed.map((incident) => ({ incident, state: SUPPRESSED })),
  ];
  for (const { incident, state } of told) {
    const known = before.get(incident.uid);
    before.delete(incident.uid);
    if (known?.state === state && JSON.stringify(known.incident) === JSON.stringify(incident)) continue;
    rows.push({ ...incidentRow(incident, now, ""), superseded: state });
  }
  for (const { incident: gone } of before.values()) {
    if (gone.last_time < range.from || gone.first_time >= range.until) continue;
    const uids = new Set(gone.findings.map((finding) => finding.uid));
    const activities = new Set(gone.findings.flatMap((finding) => finding.activities));
    // What stands comes first: a part that is suppressed takes nothing along that is still told.
    const heirs = told.map(({ incident }) => incident);
    const heir =
      heirs.find(({ findings }) => findings.some((finding) => uids.has(finding.uid))) ??
      heirs.find(({ findings }) => findings.some((finding) => finding.activities.some((uid) => activities.has(uid))));
    rows.push({ ...incidentRow(gone, now, heir?.uid ?? ""), superseded: SUPERSEDED });
  }
  await store.append("incident", rows);
}

function incidentRow(incident: Incident, now: number, supersededBy: string): Record<string, unknown> {
  return {
    uid: incident.uid,
    first_time: storeTime(incident.first_time),
    last_time: storeTime(incident.last_time),
    risk_score: incident.risk_score,
    severity: incident.severity,
    findings: incident.findings.map(({ uid }) => uid),
    body: JSON.stringify(incident),
    version: now,
    superseded: STANDS,
    superseded_by: supersededBy,
  };
}
