/**
 * How long what is kept, and what is deleted once that is over.
 *
 * Events go by whole days, matches by whole months: partitions are dropped, and rewritten only where some of a day has to stay.
 * What the incidents rest on that nobody has closed stays whatever its age. Deleting changes no conclusion: how far back matches
 * are missing is written down before they go, and what was concluded up to there is never concluded again.
 */
import { STATES_QUERY, movedParameters, readMoved } from "./actions.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { dueTold } from "./retention-told.ts";
import { storeTime, type Store } from "./store.ts";

/** ms; null: for ever. */
export interface RetentionSettings {
  /** Of events whose class is not in `classes`. */
  readonly default: number | null;
  /** By OCSF class_uid. */
  readonly classes: ReadonlyMap<number, number | null>;
  readonly matches: number | null;
  readonly findings: number | null;
  readonly quarantine: number | null;
  readonly audit: number | null;
}

export interface RetentionLine {
  /** `activity 4002`, `match`, `finding`, … */
  readonly kind: string;
  readonly keep_ms: number | null;
  /** Everything before may go, ms; null: nothing. */
  readonly before: number | null;
  /** Rows that are due, and of these the ones that open incidents rest on. */
  readonly due: number;
  readonly held: number;
}

const DAY_MS = 86_400_000;
const HORIZON = "retention";
/** Deleted in one run; the rest the next time. */
const MOST_KEYS = 20_000;
/** Correlations look back over 30 days: so far above the horizon their evidence may be incomplete. */
const REACH_MS = 31 * DAY_MS;

const UID = "if(`metadata.uid` = '', lower(hex(id)), `metadata.uid`)";

/**
 * What is concluded about times before this stays as it is: matches behind it have been deleted.
 * @returns ms; 0 when nothing has been deleted
 */
export async function readSettled(store: Pick<Store, "rows">): Promise<number> {
  const horizon = await readHorizon(store);
  return horizon === 0 ? 0 : horizon + REACH_MS;
}

/** Up to where matches have been deleted, ms. */
async function readHorizon(store: Pick<Store, "rows">): Promise<number> {
  const left = await readCheckpoint(store as Store, HORIZON);
  return left === null ? 0 : (JSON.parse(left) as { horizon: number }).horizon;
}

/** Incidents that nobody has closed, and those that suppressions cover no longer than they are open. */
async function openIncidents(store: Store): Promise<string> {
  const moved = movedParameters(await readMoved(store));
  const closed = await store.rows<{ incident: string }>(
    `SELECT incident FROM (${STATES_QUERY}) WHERE state = 'closed'`,
    moved,
  );
  const uids = closed.map(({ incident }) => `'${incident.replaceAll(/[^0-9a-f]/g, "")}'`);
  return `superseded = 0 ${uids.length === 0 ? "" : `AND uid NOT IN (${uids.join(", ")})`}`;
}

/** Activities that findings of open incidents name. */
const heldQuery = (open: string): string =>
  `SELECT arrayJoin(JSONExtract(named, 'activities', 'Array(String)')) FROM (SELECT arrayJoin(JSONExtractArrayRaw(body, 'findings')) AS named FROM incident FINAL WHERE ${open})`;

interface DueDay {
  readonly partition: string;
  readonly class_uid: number;
  readonly rows: number;
  readonly held: number;
  readonly due: boolean;
}

/** Midnight UTC at or before `keep` ago; null: nothing is ever due. */
function horizonOf(keep: number | null | undefined, now: number): number | null {
  return keep === null || keep === undefined ? null : Math.floor((now - keep) / DAY_MS) * DAY_MS;
}

function keepOf(settings: RetentionSettings, classUid: number): number | null {
  const own = settings.classes.get(classUid);
  return own === undefined ? settings.default : own;
}

/** Rows of events by day and class, of days that are due for any class. */
async function dueDays(store: Store, settings: RetentionSettings, now: number, held: string): Promise<DueDay[]> {
  const horizons = [settings.default, ...settings.classes.values()].map((keep) => horizonOf(keep, now));
  const latest = Math.max(...horizons.map((horizon) => horizon ?? 0));
  if (latest <= 0) return [];
  const partitions = await store.rows<{ id: string }>(
    "SELECT DISTINCT partition_id AS id FROM system.parts WHERE database = currentDatabase() AND table = 'activity' AND active ORDER BY id",
  );
  const old = partitions.filter(({ id }) => id === "0" || dayOf(id) + DAY_MS <= latest).map(({ id }) => id);
  if (old.length === 0) return [];
  const rows = await store.rows<{ partition: string; class_uid: number; rows: number; held: number; last: number }>(
    `SELECT _partition_id AS partition, class_uid, toFloat64(count()) AS rows, toFloat64(countIf(${UID} IN (${held}))) AS held,
       toFloat64(toUnixTimestamp64Milli(max(time))) AS last
     FROM activity WHERE _partition_id IN {old:Array(String)} GROUP BY partition, class_uid ORDER BY partition, class_uid`,
    { old },
  );
  return rows.map(({ last, ...row }) => {
    const horizon = horizonOf(keepOf(settings, row.class_uid), now);
    // Days end at midnight; the one partition of impossible times goes as a whole or not at all.
    const end = row.partition === "0" ? last : dayOf(row.partition) + DAY_MS;
    return { ...row, due: horizon !== null && end <= horizon };
  });
}

function dayOf(partition: string): number {
  return Date.UTC(Number(partition.slice(0, 4)), Number(partition.slice(4, 6)) - 1, Number(partition.slice(6, 8)));
}

/** Tables whose rows are deleted by a condition, with what is kept of them in any case. */
function conditions(settings: RetentionSettings, now: number, open: string) {
  const findings = horizonOf(settings.findings, now);
  const time = (ms: number): string => `toDateTime64('${storeTime(ms)}', 3, 'UTC')`;
  const openFindings = `SELECT arrayJoin(findings) FROM incident FINAL WHERE ${open}`;
  const openUids = `SELECT uid FROM incident FINAL WHERE ${open}`;
  return [
    {
      table: "finding",
      keep: settings.findings,
      before: findings,
      due: (ms: number) => `finding.time < ${time(ms)}`,
      held: `uid IN (${openFindings})`,
    },
    {
      table: "incident",
      keep: settings.findings,
      before: findings,
      due: (ms: number) => `last_time < ${time(ms)}`,
      // And what became part of them: receivers know the story by it.
      held: `(uid IN (${openUids}) OR superseded_by IN (${openUids}))`,
    },
    {
      table: "suppressed",
      keep: settings.findings,
      before: findings,
      due: (ms: number) => `suppressed.time < ${time(ms)}`,
      held: `finding IN (${openFindings})`,
    },
    {
      table: "heartbeat",
      keep: settings.findings,
      before: findings,
      due: (ms: number) => `minute < toDateTime(${Math.floor(ms / 1000)}, 'UTC')`,
      held: "0",
    },
    {
      table: "gap",
      keep: settings.findings,
      before: findings,
      due: (ms: number) => `gap.time < ${time(ms)}`,
      held: "0",
    },
    {
      table: "binding",
      keep: settings.matches,
      before: horizonOf(settings.matches, now),
      due: (ms: number) => `hour < toDateTime(${Math.floor(ms / 1000)}, 'UTC')`,
      held: "0",
    },
    {
      table: "quarantine",
      keep: settings.quarantine,
      before: horizonOf(settings.quarantine, now),
      due: (ms: number) => `received < ${time(ms)}`,
      held: "0",
    },
    {
      table: "action",
      keep: settings.audit,
      before: horizonOf(settings.audit, now),
      due: (ms: number) => `incident = '' AND action.time < ${time(ms)}`,
      held: "0",
    },
  ] as const;
}

/** Months of matches that are over for good, and where they end, ms. */
async function dueMonths(
  store: Store,
  settings: RetentionSettings,
  now: number,
): Promise<{ partitions: string[]; rows: number; until: number }> {
  const horizon = horizonOf(settings.matches, now);
  if (horizon === null) return { partitions: [], rows: 0, until: 0 };
  const parts = await store.rows<{ id: string; rows: number }>(
    "SELECT partition_id AS id, toFloat64(sum(rows)) AS rows FROM system.parts WHERE database = currentDatabase() AND table = 'match' AND active GROUP BY id ORDER BY id",
  );
  const end = (id: string): number => Date.UTC(Number(id.slice(0, 4)), Number(id.slice(4, 6)), 1);
  const old = parts.filter(({ id }) => id !== "0" && end(id) <= horizon);
  return {
    partitions: old.map(({ id }) => id),
    rows: old.reduce((sum, { rows }) => sum + rows, 0),
    until: Math.max(0, ...old.map(({ id }) => end(id))),
  };
}

/** What is due now, by kind; deletes nothing. */
export async function planRetention(store: Store, settings: RetentionSettings, now: number): Promise<RetentionLine[]> {
  const open = await openIncidents(store);
  const days = await dueDays(store, settings, now, heldQuery(open));
  const classes = await store.rows<{ class_uid: number }>("SELECT DISTINCT class_uid FROM activity ORDER BY class_uid");
  const lines: RetentionLine[] = classes.map(({ class_uid }) => {
    const keep = keepOf(settings, class_uid);
    const due = days.filter((day) => day.class_uid === class_uid && day.due);
    const sum = (of: "rows" | "held"): number => due.reduce((total, day) => total + day[of], 0);
    return {
      kind: `activity ${class_uid}`,
      keep_ms: keep,
      before: horizonOf(keep, now),
      due: sum("rows"),
      held: sum("held"),
    };
  });
  const { rows } = await dueMonths(store, settings, now);
  const { matches } = settings;
  lines.push({ kind: "match", keep_ms: matches, before: horizonOf(matches, now), due: rows, held: 0 });
  for (const { table, keep, before, due, held } of conditions(settings, now, open)) {
    const [counted] =
      before === null
        ? []
        : await store.rows<{ due: number; held: number }>(
            `SELECT toFloat64(count()) AS due, toFloat64(countIf(${held})) AS held FROM ${table} WHERE ${due(before)}`,
          );
    lines.push({ kind: table, keep_ms: keep, before, due: counted?.due ?? 0, held: counted?.held ?? 0 });
  }
  const settled = await readSettled(store);
  for (const { table, keep, before, due, held } of await dueTold(store, {
    keepFindings: settings.findings,
    settled,
    now,
  }))
    lines.push({ kind: table, keep_ms: keep, before, due, held });
  return lines;
}

/**
 * Deletes what is due.
 * @param options.wait until rewritten parts are on disk; a server lets the store do it in its own time
 * @param options.withOpen also what open incidents rest on
 * @returns rows deleted by kind; kinds without any are left out
 */
export async function applyRetention(
  store: Store,
  settings: RetentionSettings,
  { now, wait, withOpen = false }: { now: number; wait: boolean; withOpen?: boolean },
): Promise<{ kind: string; rows: number }[]> {
  const deleted = new Map<string, number>();
  const count = (kind: string, rows: number): void =>
    void (rows > 0 && deleted.set(kind, (deleted.get(kind) ?? 0) + rows));
  const sync = `SETTINGS mutations_sync = ${wait ? 1 : 0}`;
  const open = withOpen ? "0" : await openIncidents(store);
  const held = heldQuery(open);

  const days = await dueDays(store, settings, now, held);
  for (const [partition, classes] of Map.groupBy(days, (day) => day.partition)) {
    const due = classes.filter((each) => each.due && each.rows > each.held);
    if (due.length === 0) continue;
    const kept = classes.reduce((sum, each) => sum + (each.due ? each.held : each.rows), 0);
    if (kept === 0) await store.command(`ALTER TABLE activity DROP PARTITION ID '${partition}'`);
    else {
      const rows = await store.rows<{ hex_id: string }>(
        `SELECT DISTINCT lower(hex(id)) AS hex_id FROM activity WHERE _partition_id = {partition:String} AND ${UID} IN (${held})`,
        { partition },
      );
      await store.command(
        `ALTER TABLE activity DELETE IN PARTITION ID '${partition}' WHERE class_uid IN (${due.map((each) => each.class_uid).join(", ")}) AND NOT has({kept:Array(String)}, lower(hex(id))) ${sync}`,
        { kept: rows.map(({ hex_id }) => hex_id) },
      );
    }
    for (const each of due) count(`activity ${each.class_uid}`, each.rows - each.held);
  }

  const months = await dueMonths(store, settings, now);
  if (months.partitions.length > 0) {
    const horizon = Math.max(await readHorizon(store), months.until);
    await writeCheckpoint(store, HORIZON, JSON.stringify({ horizon }), now);
    for (const partition of months.partitions)
      await store.command(`ALTER TABLE match DROP PARTITION ID '${partition}'`);
    count("match", months.rows);
  }

  for (const { table, before, due, held: stays } of conditions(settings, now, open)) {
    if (before === null) continue;
    if (stays === "0") {
      const [counted] = await store.rows<{ rows: number }>(
        `SELECT toFloat64(count()) AS rows FROM ${table} WHERE ${due(before)}`,
      );
      if ((counted?.rows ?? 0) > 0) await store.command(`ALTER TABLE ${table} DELETE WHERE ${due(before)} ${sync}`);
      count(table, counted?.rows ?? 0);
      continue;
    }
    const key = table === "suppressed" ? "finding" : "uid";
    // By key, so that a rewritten part asks no other table.
    const rows = await store.rows<{ key: string }>(
      `SELECT DISTINCT ${key} AS key FROM ${table} WHERE ${due(before)} AND NOT (${stays}) LIMIT ${MOST_KEYS}`,
    );
    const gone = rows.map((row) => row.key);
    if (gone.length === 0) continue;
    await store.command(
      `ALTER TABLE ${table} DELETE WHERE ${due(before)} AND has({gone:Array(String)}, ${key}) ${sync}`,
      { gone },
    );
    count(table, gone.length);
    if (table === "incident")
      await store.command(
        `ALTER TABLE action DELETE WHERE incident != '' AND has({gone:Array(String)}, incident) ${sync}`,
        { gone },
      );
  }

  // Last: what they speak of has to be gone.
  const settled = await readSettled(store);
  for (const { table, keyColumn, keys } of await dueTold(store, { keepFindings: settings.findings, settled, now })) {
    if (keys.length > 0)
      await store.command(`ALTER TABLE ${table} DELETE WHERE has({keys:Array(String)}, ${keyColumn}) ${sync}`, {
        keys,
      });
    count(table, keys.length);
  }
  return [...deleted].map(([kind, rows]) => ({ kind, rows }));
}
