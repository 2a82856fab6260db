/**
 * Who did what to the installation itself: sign-ins, users, tokens, deletions, backups. Rows of the action table that belong to
 * no incident; like all actions they are only ever added.
 */
import { randomUUID } from "node:crypto";
import type { ActionOrigin } from "./actions.ts";
import { storeTime, type Store } from "./store.ts";

export interface AuditRow {
  readonly uid: string;
  /** ms since 1970 UTC */
  readonly time: number;
  /** `user.add`, `token.revoke`, `session.start`, … */
  readonly kind: string;
  readonly actor: string;
  readonly via: string;
  readonly address: string | null;
  /** What it was done to, and how. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditEntry {
  readonly kind: string;
  readonly origin: ActionOrigin;
  readonly details: Readonly<Record<string, unknown>>;
}

/** When this returns the entry is on disk. */
export async function writeAudit(
  store: Pick<Store, "append">,
  { kind, origin, details }: AuditEntry,
  now: number,
): Promise<void> {
  await store.append("action", [
    {
      uid: randomUUID().replaceAll("-", ""),
      time: storeTime(now),
      incident: "",
      kind,
      actor: origin.actor.toWellFormed(),
      body: JSON.stringify({ via: origin.via, address: origin.address, details }).toWellFormed(),
    },
  ]);
}

/** Latest first; `before` is time and uid of the last row of the page before. */
export async function readAudit(
  source: Pick<Store, "rows">,
  { before, limit }: { before: readonly [number, string] | null; limit: number },
): Promise<AuditRow[]> {
  const rows = await source.rows<{ uid: string; at: string; kind: string; actor: string; body: string }>(
    `SELECT uid, toString(toUnixTimestamp64Milli(time)) AS at, kind, actor, body FROM action FINAL
     WHERE incident = '' ${before === null ? "" : "AND (time, uid) < ({time:DateTime64(3, 'UTC')}, {uid:String})"}
     ORDER BY time DESC, uid DESC LIMIT ${Math.trunc(limit)}`,
    before === null ? {} : { time: storeTime(before[0]), uid: before[1] },
  );
  return rows.map(({ uid, at, kind, actor, body }) => {
    const said = JSON.parse(body) as Partial<Pick<AuditRow, "via" | "address" | "details">>;
    return {
      uid,
      time: Number(at),
      kind,
      actor,
      via: said.via ?? "",
      address: said.address ?? null,
      details: said.details ?? {},
    };
  });
}
