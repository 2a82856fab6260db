/** Incidents in the shapes of the contract. */
import type { Incident } from "../model/incident.ts";
import { readIncident } from "../pipeline/persist/findings.ts";
import { incidentsByUid, type StoredIncident } from "../pipeline/persist/incident-queries.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import type { IncidentItem, IncidentReference, Output } from "../pipeline/serve/contract.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";

/** @throws {ProblemError} when there is none, or several begin like this */
export async function findIncident(reader: StoreReader, uid: string): Promise<StoredIncident> {
  const incident = await readIncident(reader, uid);
  const [stored] = incident === null ? [] : await incidentsByUid(reader, [incident.uid]);
  if (stored === undefined)
    throw new ProblemError("not-found", `no incident has the uid ${uid}, or more than one begins with it`);
  return stored;
}

/** Changes with new evidence and with every action. */
export function etagOf({ version, actions }: StoredIncident): string {
  return `${version.toString(36)}-${actions}`;
}

export function toItem(stored: StoredIncident): Output<typeof IncidentItem> {
  const { incident, state, assignee, disposition } = stored;
  return {
    ...incident,
    state,
    assignee,
    disposition: disposition as Output<typeof IncidentItem>["disposition"],
    etag: etagOf(stored),
  };
}

export function toReference({ incident, state, disposition }: StoredIncident): Output<typeof IncidentReference> {
  const { uid, title, severity, risk_score, last_time }: Incident = incident;
  return {
    uid,
    title,
    severity,
    risk_score,
    last_time,
    state,
    disposition: disposition as Output<typeof IncidentReference>["disposition"],
  };
}
