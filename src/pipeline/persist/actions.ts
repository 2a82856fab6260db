/**
 * What people do about incidents. Actions are only ever added: they are the state of an incident and its audit trail
 * in one. A story that became part of a larger one takes its assignee and notes along, but is open again: what was
 * judged is no longer the whole.
 */
import { hash } from "node:crypto";
import { storeTime, type Store } from "./store.ts";
import type { StoreReader } from "./reader.ts";

export interface ActionOrigin {
  /** Who. */
  readonly actor: string;
  readonly via: "api" | "console" | "command-line";
  /** Address or machine it came from; null where that is not known. */
  readonly address: string | null;
}

export type NewAction =
  | { readonly kind: "assign"; readonly assignee: string | null }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "close"; readonly disposition: string; readonly text?: string | undefined }
  | { readonly kind: "reopen"; readonly text?: string | undefined };

export interface ActionRow {
  readonly uid: string;
  /** ms since 1970 UTC */
  readonly time: number;
  /** The incident it was about when it was done. */
  readonly incident: string;
  readonly kind: string;
  readonly actor: string;
  readonly via: string;
  readonly address: string | null;
  readonly assignee: string | null;
  readonly text: string | null;
  readonly disposition: string | null;
}

export interface IncidentState {
  readonly state: "open" | "closed";
  readonly assignee: string | null;
  readonly disposition: string | null;
  /** Actions so far. */
  readonly actions: number;
}

/** Anything that answers queries: the store, or a reader beside it. */
type Source = Pick<Store | StoreReader, "rows">;

/** Incidents that people acted on and that have since become part of others: uid → the incident they are in now. */
export async function readMoved(source: Source): Promise<ReadonlyMap<string, string>> {
  const moved = new Map<string, string>();
  let open = (
    await source.rows<{ uid: string; heir: string }>(
      "SELECT uid, superseded_by AS heir FROM incident FINAL WHERE superseded = 1 AND superseded_by != '' AND uid IN (SELECT incident FROM action)",
    )
  ).map(({ uid, heir }) => [uid, heir] as const);
  // A story that grew twice points through two incidents.
  for (let hops = 0; open.length > 0 && hops < 16; hops += 1) {
    for (const [uid, heir] of open) moved.set(uid, heir);
    const heirs = [...new Set(open.map(([, heir]) => heir))];
    const next = new Map(
      (
        await source.rows<{ uid: string; heir: string }>(
          "SELECT uid, superseded_by AS heir FROM incident FINAL WHERE superseded = 1 AND superseded_by != '' AND uid IN {heirs:Array(String)}",
          { heirs },
        )
      ).map(({ uid, heir }) => [uid, heir]),
    );
    open = open.flatMap(([uid, heir]) => (next.has(heir) ? [[uid, next.get(heir) as string] as const] : []));
  }
  return moved;
}

/** Actions about an incident and about those that became part of it, in order of time. */
export async function readActions(source: Source, incident: string): Promise<ActionRow[]> {
  const moved = await readMoved(source);
  const incidents = [incident, ...[...moved].flatMap(([uid, heir]) => (heir === incident ? [uid] : []))];
  const rows = await source.rows<{
    uid: string;
    at: string;
    incident: string;
    kind: string;
    actor: string;
    body: string;
  }>(
    "SELECT uid, toString(toUnixTimestamp64Milli(time)) AS at, incident, kind, actor, body FROM action FINAL WHERE incident IN {incidents:Array(String)} ORDER BY time, uid",
    { incidents },
  );
  return rows.map(({ uid, at, incident: about, kind, actor, body }) => {
    const said = JSON.parse(body) as Partial<Pick<ActionRow, "via" | "address" | "assignee" | "text" | "disposition">>;
    return {
      uid,
      time: Number(at),
      incident: about,
      kind,
      actor,
      via: said.via ?? "",
      address: said.address ?? null,
      assignee: said.assignee ?? null,
      text: said.text ?? null,
      disposition: said.disposition ?? null,
    };
  });
}

/** @param actions in order of time */
export function stateOf(incident: string, actions: readonly ActionRow[]): IncidentState {
  let state: IncidentState = { state: "open", assignee: null, disposition: null, actions: actions.length };
  for (const action of actions) {
    if (action.kind === "assign") state = { ...state, assignee: action.assignee };
    else if (action.incident !== incident) continue;
    else if (action.kind === "close") state = { ...state, state: "closed", disposition: action.disposition };
    else if (action.kind === "reopen") state = { ...state, state: "open", disposition: null };
  }
  return state;
}

/**
 * Writes an action; when this returns it is on disk.
 * @param before actions about the incident so far
 * @param now ms; an action is never older than the one before it
 */
export async function writeAction(
  store: Store,
  incident: string,
  action: NewAction,
  { before, origin, now }: { before: readonly ActionRow[]; origin: ActionOrigin; now: number },
): Promise<ActionRow> {
  const { kind, ...said } = action;
  const time = Math.max(now, (before.at(-1)?.time ?? 0) + 1);
  const body = JSON.stringify({ ...said, via: origin.via, address: origin.address }).toWellFormed();
  const actor = origin.actor.toWellFormed();
  const uid = hash("sha256", JSON.stringify([incident, before.length, time, kind, actor, body]), "hex").slice(0, 32);
  await store.append("action", [{ uid, time: storeTime(time), incident, kind, actor, body }]);
  return {
    uid,
    time,
    incident,
    kind,
    actor,
    via: origin.via,
    address: origin.address,
    assignee: action.kind === "assign" ? action.assignee : null,
    text: "text" in action ? (action.text ?? null) : null,
    disposition: action.kind === "close" ? action.disposition : null,
  };
}

/**
 * One row per incident with actions: `incident`, `state`, `assignee`, `disposition`, `actions`; as `stateOf` says it.
 * The query takes the parameters of `movedParameters`.
 */
export const STATES_QUERY = `
  SELECT now_in AS incident,
    if(argMaxIf(kind, order_, own AND kind IN ('close', 'reopen')) = 'close', 'closed', 'open') AS state,
    JSONExtractString(argMaxIf(body, order_, kind = 'assign'), 'assignee') AS assignee,
    if(state = 'closed', JSONExtractString(argMaxIf(body, order_, own AND kind = 'close'), 'disposition'), '') AS disposition,
    count() AS actions
  FROM (
    SELECT transform(incident, {movedFrom:Array(String)}, {movedTo:Array(String)}, incident) AS now_in, now_in = incident AS own,
      (time, uid) AS order_, kind, body
    FROM action FINAL)
  GROUP BY now_in`;

export function movedParameters(moved: ReadonlyMap<string, string>): Record<string, unknown> {
  // transform() takes no empty arrays.
  return {
    movedFrom: moved.size === 0 ? [""] : [...moved.keys()],
    movedTo: moved.size === 0 ? [""] : [...moved.values()],
  };
}
