/** Incidents and what people do about them. */
import { readActions, stateOf, writeAction } from "../pipeline/persist/actions.ts";
import { eventsByUid } from "../pipeline/persist/event-queries.ts";
import {
  changedIncidents,
  changeMarks,
  findIncidents,
  incidentsByUid,
  similarIncidents,
} from "../pipeline/persist/incident-queries.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import type { ChangeMarks, Changes } from "../pipeline/serve/backend.ts";
import type { Handlers } from "../pipeline/serve/contract.ts";
import { decodeCursor, toPage } from "../pipeline/serve/cursor.ts";
import { ProblemError } from "../pipeline/serve/problem.ts";
import { eventDetails } from "./events.ts";
import { evidenceOf } from "./evidence.ts";
import { etagOf, findIncident, toItem, toReference } from "./incident-items.ts";
import type { Surroundings } from "./index.ts";
import { nearMissesOf } from "./near-misses.ts";
import { rememberedCounts } from "./remembered-counts.ts";

const MOST_ACTIVITIES = 200;
const MOST_SIMILAR = 10;
const MOST_CHANGES = 200;

type IncidentHandlers = Pick<
  Handlers,
  "listIncidents" | "countIncidents" | "getIncident" | "getNearMisses" | "getEvidence" | "listActions" | "act"
>;

export function incidentHandlers({ store, reader, content, clock }: Surroundings): IncidentHandlers {
  /** Actions one after the other: each sees the one before it. */
  let acting: Promise<unknown> = Promise.resolve();
  const counted = rememberedCounts(reader);
  return {
    listIncidents: async ({ query: { sort = "risk", cursor, ...filter }, limit }) => {
      const after = cursor === undefined ? null : decodeCursor(cursor, ["number", "number", "string"] as const);
      const rows = await findIncidents(reader, filter, { order: sort, after, limit: limit + 1 });
      return toPage(rows, limit, toItem, ({ incident }) => [incident.risk_score, incident.last_time, incident.uid]);
    },

    countIncidents: async ({ query }) => {
      const { states, severities, behaviours, unassigned } = await counted(query);
      const asked = query.state?.includes("suppressed") === true;
      return {
        total: [...states].reduce((sum, [state, n]) => (state === "suppressed" && !asked ? sum : sum + n), 0),
        states: Object.fromEntries(states),
        severities: Object.fromEntries(severities),
        behaviours: Object.fromEntries(behaviours),
        unassigned,
      };
    },

    getIncident: async ({ parameters: { uid } }) => {
      const stored = await findIncident(reader, uid);
      const { incident } = stored;
      const uids = [...new Set(incident.findings.flatMap(({ activities }) => activities))].slice(0, MOST_ACTIVITIES);
      const [events, actions, similar] = await Promise.all([
        eventsByUid(reader, uids, { from: incident.first_time, until: incident.last_time }),
        readActions(reader, incident.uid),
        similarIncidents(reader, incident, MOST_SIMILAR).then((found) => incidentsByUid(reader, found)),
      ]);
      return {
        ...toItem(stored),
        activities: eventDetails(events, content()),
        actions,
        similar: similar.map(toReference).toSorted((a, b) => b.risk_score - a.risk_score),
      };
    },

    getNearMisses: async ({ parameters: { uid } }) => ({
      near_misses: await nearMissesOf(await findIncident(reader, uid), { reader, content }),
    }),

    getEvidence: async ({ parameters: { uid } }) => evidenceOf(await findIncident(reader, uid), { reader, content }),

    listActions: async ({ parameters: { uid }, query: { cursor }, limit }) => {
      const { incident } = await findIncident(reader, uid);
      const [after] = cursor === undefined ? [0] : decodeCursor(cursor, ["number"] as const);
      const rows = (await readActions(reader, incident.uid)).filter(({ time }) => time > after);
      return toPage(
        rows,
        limit,
        (row) => row,
        ({ time }) => [time],
      );
    },

    act: ({ parameters: { uid }, body, caller, ifMatch }) => {
      const done = acting.then(async () => {
        const stored = await findIncident(reader, uid);
        if (ifMatch !== null && !matches(ifMatch, etagOf(stored)))
          throw new ProblemError(
            "version-conflict",
            "somebody else was quicker, or new evidence came in: read it again",
          );
        const before = await readActions(reader, stored.incident.uid);
        const origin = { actor: caller.name, via: caller.via, address: caller.address };
        const written = await writeAction(store, stored.incident.uid, body, { before, origin, now: clock.now() });
        const now = stateOf(stored.incident.uid, [...before, written]);
        // What suppressions cover stays so, whatever people do about it.
        return toItem({ ...stored, ...now, state: stored.state === "suppressed" ? stored.state : now.state });
      });
      acting = done.catch(() => {});
      return done;
    },
  };
}

/** @param ifMatch one or several entity tags, or `*`; quotes may be left out */
export function matches(ifMatch: string, etag: string): boolean {
  return ifMatch
    .split(",")
    .map((part) => part.trim().replace(/^"(.*)"$/, "$1"))
    .some((part) => part === "*" || part === etag);
}

export async function readChanges(reader: StoreReader, since: ChangeMarks | null): Promise<Changes> {
  if (since === null) return { marks: await changeMarks(reader), incidents: [], tooMany: false };
  const { uids, ...marks } = await changedIncidents(reader, since, MOST_CHANGES + 1);
  if (uids.length > MOST_CHANGES) return { marks: await changeMarks(reader), incidents: [], tooMany: true };
  const stored = await incidentsByUid(reader, uids);
  return { marks, incidents: stored.map(toItem), tooMany: false };
}
