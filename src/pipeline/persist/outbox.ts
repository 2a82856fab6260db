/**
 * Notifications on their way: written before anything is sent, superseded when it has been. What was marked as sent is
 * never sent again; what a process was sending when it ended is waiting still, under the same delivery id.
 */
import type { Incident, Severity } from "../../model/incident.ts";
import type {
  Change,
  ChangedIncident,
  IncidentNow,
  Notice,
  Outbox,
  OutboxEntry,
  OutboxState,
} from "../../model/notification.ts";
import { movedParameters, readMoved, STATES_QUERY } from "./actions.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { incidentsByUid } from "./incident-queries.ts";
import type { StoreReader } from "./reader.ts";
import { storeTime, type Store } from "./store.ts";

/** Of what a receiver answered, as much is kept. */
const MAX_ANSWER = 500;
/** Stories that grew more often than this are not followed further back. */
const MAX_HOPS = 16;
const MARK = "notify:";

interface EntryRow {
  readonly delivery: string;
  readonly receiver: string;
  readonly incident: string;
  readonly thread: string;
  readonly change: Change;
  readonly severity: Severity;
  readonly created_ms: string;
  readonly due_ms: string;
  readonly batch: string;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly answer: string;
  readonly reference: string;
  readonly version: string;
}

const ENTRY = `delivery, receiver, incident, thread, change, severity, toString(toUnixTimestamp64Milli(created)) AS created_ms,
  toString(toUnixTimestamp64Milli(due)) AS due_ms, batch, state, attempts, answer, reference, toString(version) AS version`;

function toEntry({ created_ms, due_ms, version, ...row }: EntryRow): OutboxEntry {
  return { ...row, created: Number(created_ms), due: Number(due_ms), version: Number(version) };
}

function toRow(entry: OutboxEntry, body: string): Record<string, unknown> {
  return {
    ...entry,
    created: storeTime(entry.created),
    due: storeTime(entry.due),
    answer: entry.answer.slice(0, MAX_ANSWER).toWellFormed(),
    reference: entry.reference.slice(0, MAX_ANSWER).toWellFormed(),
    body,
  };
}

/**
 * @param store writes
 * @param reader reads beside it, so that a long conclusion does not hold a notification up
 */
export function createOutbox(store: Store, reader: StoreReader): Outbox {
  const select = async (where: string, parameters: Record<string, unknown> = {}): Promise<OutboxEntry[]> =>
    (await reader.rows<EntryRow>(`SELECT ${ENTRY} FROM outbox FINAL WHERE ${where}`, parameters)).map(toEntry);

  return {
    changedSince: (time) => changedSince(reader, time),
    incidents: (uids) => readNow(reader, uids),
    entriesAbout: async (incidents) =>
      incidents.length === 0
        ? []
        : select("incident IN {incidents:Array(String)} ORDER BY created, attempts, delivery", { incidents }),
    closedOf: (uids) => closedOf(reader, uids),
    waiting: () => select("state = 'waiting' ORDER BY created, delivery LIMIT 1000000"),
    dead: (limit) => select(`state = 'dead' ORDER BY created DESC, delivery LIMIT ${Math.trunc(limit)}`),
    counts: async () =>
      (
        await reader.rows<{ receiver: string; state: OutboxState; n: number }>(
          "SELECT receiver, state, toUInt32(count()) AS n FROM outbox FINAL GROUP BY receiver, state ORDER BY receiver, state",
        )
      ).map(({ receiver, state, n }) => ({ receiver, state, entries: n })),

    notices: async (entries) => {
      if (entries.length === 0) return [];
      const rows = await reader.rows<{ delivery: string; body: string }>(
        `SELECT delivery, body FROM outbox FINAL
         WHERE incident IN {incidents:Array(String)} AND delivery IN {deliveries:Array(String)} AND body != ''`,
        { incidents: entries.map(({ incident }) => incident), deliveries: entries.map(({ delivery }) => delivery) },
      );
      const bodies = new Map(rows.map(({ delivery, body }) => [delivery, body]));
      return entries.flatMap(({ delivery }) => {
        const body = bodies.get(delivery);
        return body === undefined ? [] : [JSON.parse(body) as Notice];
      });
    },

    add: (entries) =>
      store.append(
        "outbox",
        entries.map(({ entry, notice }) =>
          toRow(entry, entry.state === "skipped" ? "" : JSON.stringify(notice).toWellFormed()),
        ),
      ),

    update: async (entries) => {
      const kept = entries.filter(({ state }) => state === "waiting" || state === "dead");
      const bodies = new Map<string, string>();
      if (kept.length > 0)
        for (const { delivery, body } of await reader.rows<{ delivery: string; body: string }>(
          "SELECT delivery, body FROM outbox FINAL WHERE incident IN {incidents:Array(String)} AND delivery IN {deliveries:Array(String)}",
          { incidents: kept.map(({ incident }) => incident), deliveries: kept.map(({ delivery }) => delivery) },
        ))
          bodies.set(delivery, body);
      await store.append(
        "outbox",
        entries.map((entry) => toRow(entry, bodies.get(entry.delivery) ?? "")),
      );
    },

    readMark: async (name) => {
      const position = await readCheckpoint(store, MARK + name);
      return position === null ? null : Number(position);
    },
    writeMark: (name, time) => writeCheckpoint(store, MARK + name, String(Math.trunc(time)), Math.trunc(time)),
  };
}

/** Superseded ones count only where nothing took their place: their story is withdrawn. */
async function changedSince(reader: StoreReader, time: number): Promise<ChangedIncident[]> {
  const rows = await reader.rows<{ uid: string; version: string; superseded: number; state: string; actions: number }>(
    `SELECT i.uid AS uid, toString(i.version) AS version, i.superseded AS superseded, s.state AS state, toUInt32(s.actions) AS actions
     FROM (SELECT uid, version, superseded, superseded_by FROM incident FINAL) AS i LEFT JOIN (${STATES_QUERY}) AS s ON s.incident = i.uid
     WHERE (superseded = 0 OR superseded_by = '')
       AND (i.version >= {since:UInt64} OR i.uid IN (SELECT incident FROM action WHERE time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')))
     ORDER BY i.version, i.uid LIMIT 200000`,
    { since: Math.max(0, Math.trunc(time)), ...movedParameters(await readMoved(reader)) },
  );
  return rows.map(({ uid, version, superseded, state, actions }) => ({
    uid,
    written: Number(version),
    fingerprint: `${version} ${superseded} ${state} ${actions}`,
  }));
}

async function readNow(reader: StoreReader, uids: readonly string[]): Promise<IncidentNow[]> {
  if (uids.length === 0) return [];
  const ancestors = await readAncestors(reader, uids);
  const living = (await incidentsByUid(reader, uids)).flatMap(
    ({ incident, version, state, assignee, disposition }): IncidentNow[] =>
      state === "suppressed"
        ? []
        : [
            {
              incident,
              state,
              assignee,
              disposition,
              ancestors: ancestors.get(incident.uid) ?? [],
              changed: version,
            },
          ],
  );
  const withdrawn = await reader.rows<{ body: string; version: string; superseded: number }>(
    `SELECT body, toString(version) AS version, superseded FROM incident FINAL
     WHERE uid IN {uids:Array(String)} AND superseded != 0 AND superseded_by = '' AND body != ''`,
    { uids },
  );
  const gone = withdrawn.map(({ body, version, superseded }): IncidentNow => {
    const incident = JSON.parse(body) as Incident;
    return {
      incident,
      state: "closed",
      assignee: null,
      disposition: superseded === 2 ? "suppressed" : "withdrawn",
      ancestors: ancestors.get(incident.uid) ?? [],
      changed: Number(version),
    };
  });
  return [...living, ...gone].toSorted((a, b) => a.changed - b.changed || (a.incident.uid < b.incident.uid ? -1 : 1));
}

async function closedOf(reader: StoreReader, uids: readonly string[]): Promise<ReadonlySet<string>> {
  const heirs = new Map(uids.map((uid) => [uid, uid]));
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const rows = await reader.rows<{ uid: string; heir: string }>(
      "SELECT uid, superseded_by AS heir FROM incident FINAL WHERE superseded = 1 AND superseded_by != '' AND uid IN {uids:Array(String)}",
      { uids: [...new Set(heirs.values())] },
    );
    if (rows.length === 0) break;
    const next = new Map(rows.map(({ uid, heir }) => [uid, heir]));
    for (const [uid, heir] of heirs) heirs.set(uid, next.get(heir) ?? heir);
  }
  const now = await readNow(reader, [...new Set(heirs.values())]);
  const closed = new Set(now.filter(({ state }) => state === "closed").map(({ incident }) => incident.uid));
  return new Set(uids.filter((uid) => closed.has(heirs.get(uid) ?? uid)));
}

/** Which incidents each of these has taken up, in however many steps. */
async function readAncestors(reader: StoreReader, uids: readonly string[]): Promise<Map<string, string[]>> {
  const root = new Map(uids.map((uid) => [uid, uid]));
  const ancestors = new Map<string, string[]>();
  let heirs = [...uids];
  for (let hop = 0; hop < MAX_HOPS && heirs.length > 0; hop += 1) {
    const rows = await reader.rows<{ uid: string; heir: string }>(
      `SELECT uid, superseded_by AS heir FROM incident FINAL
       WHERE superseded = 1 AND superseded_by IN {heirs:Array(String)} ORDER BY uid`,
      { heirs },
    );
    heirs = [];
    for (const { uid, heir } of rows) {
      const of = root.get(heir);
      if (of === undefined || root.has(uid)) continue;
      root.set(uid, of);
      ancestors.set(of, [...(ancestors.get(of) ?? []), uid]);
      heirs.push(uid);
    }
  }
  return ancestors;
}
