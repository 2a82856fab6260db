/**
 * When what receivers were told, and what people decided not to be told, may be forgotten.
 *
 * Both are asked again whenever incidents are: a notice that is forgotten would be sent a second time, a suppression that is forgotten
 * would let its findings come back. So they go only when the incident or the findings they speak of are gone, and when nothing about
 * their time is ever concluded again.
 */
import { readSuppressions } from "./suppression.ts";
import { storeTime, type Store } from "./store.ts";

export interface ToldDue {
  readonly table: "outbox" | "suppression";
  /** ms; null: for ever. */
  readonly keep: number | null;
  /** ms; null: nothing is due. */
  readonly before: number | null;
  readonly due: number;
  readonly held: number;
  /** Of the rows that may go; with all their versions, or an earlier one would come to light. */
  readonly keyColumn: "delivery" | "uid";
  readonly keys: readonly string[];
}

const DAY_MS = 86_400_000;
/** Whether a receiver was told is asked about until its incident is gone; not before then does this matter. */
const KEEP_NOTICES_MS = 30 * DAY_MS;
/** Deleted in one run; the rest the next time. */
const MOST_KEYS = 20_000;

/**
 * @param times.keepFindings as in the settings of retention, ms
 * @param times.settled what lies before is never concluded again, ms; 0: nothing does
 */
export async function dueTold(
  store: Store,
  { keepFindings, settled, now }: { keepFindings: number | null; settled: number; now: number },
): Promise<readonly ToldDue[]> {
  const before = (keep: number | null): number | null =>
    keep === null || settled === 0 ? null : Math.min(settled, Math.floor((now - keep) / DAY_MS) * DAY_MS);
  return [
    await dueNotices(store, before(KEEP_NOTICES_MS)),
    await dueSuppressions(store, keepFindings, before(keepFindings)),
  ];
}

async function dueNotices(store: Store, before: number | null): Promise<ToldDue> {
  const line = { table: "outbox", keep: KEEP_NOTICES_MS, keyColumn: "delivery" } as const;
  if (before === null || before <= 0) return { ...line, before: null, due: 0, held: 0, keys: [] };
  // By its newest version: what has been sent was waiting once.
  const old = `FROM outbox FINAL WHERE state != 'waiting' AND created < toDateTime64('${storeTime(before)}', 3, 'UTC')`;
  const standing = "incident IN (SELECT uid FROM incident)";
  const [counted] = await store.rows<{ due: number; held: number }>(
    `SELECT toFloat64(count()) AS due, toFloat64(countIf(${standing})) AS held ${old}`,
  );
  const { due = 0, held = 0 } = counted ?? {};
  const rows =
    due === held
      ? []
      : await store.rows<{ delivery: string }>(`SELECT delivery ${old} AND NOT (${standing}) LIMIT ${MOST_KEYS}`);
  return { ...line, before, due, held, keys: rows.map(({ delivery }) => delivery) };
}

async function dueSuppressions(store: Store, keep: number | null, before: number | null): Promise<ToldDue> {
  const line = { table: "suppression", keep, keyColumn: "uid" } as const;
  if (before === null || before <= 0) return { ...line, before: null, due: 0, held: 0, keys: [] };
  const over = (await readSuppressions(store)).filter(
    ({ created, until, ended }) => created < before && (until < before || ended?.withdrawn === true),
  );
  if (over.length === 0) return { ...line, before, due: 0, held: 0, keys: [] };
  const covering = await store.rows<{ uid: string }>(
    "SELECT DISTINCT arrayJoin(suppressions) AS uid FROM suppressed FINAL",
  );
  const held = new Set(covering.map(({ uid }) => uid));
  const keys = over.map(({ uid }) => uid).filter((uid) => !held.has(uid));
  return { ...line, before, due: over.length, held: over.length - keys.length, keys: keys.slice(0, MOST_KEYS) };
}
