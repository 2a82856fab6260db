/** Incidents as people ask for them: filtered, in pages, with what was done about them. */
import type { Incident } from "../../model/incident.ts";
import { movedParameters, readMoved, STATES_QUERY, type IncidentState } from "./actions.ts";
import { likePattern } from "./like.ts";
import type { StoreReader } from "./reader.ts";
import { storeTime } from "./store.ts";

/** Everything given must hold; of several values any. Names may hold `*`. */
export interface IncidentFilter {
  readonly state?: readonly string[] | undefined;
  readonly severity?: readonly string[] | undefined;
  readonly behaviour?: readonly string[] | undefined;
  readonly actor?: readonly string[] | undefined;
  readonly host?: readonly string[] | undefined;
  readonly address?: readonly string[] | undefined;
  readonly destination?: readonly string[] | undefined;
  readonly rule?: readonly string[] | undefined;
  readonly assignee?: readonly string[] | undefined;
  readonly disposition?: readonly string[] | undefined;
  readonly text?: string | undefined;
  /** Evidence at or after, and before, ms. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  readonly min_risk?: number | undefined;
}

export interface StoredIncident extends Omit<IncidentState, "state"> {
  /** suppressed: suppressions cover all of it. */
  readonly state: IncidentState["state"] | "suppressed";
  readonly incident: Incident;
  /** Grows whenever the incident changes. */
  readonly version: number;
}

export type IncidentOrder = "risk" | "time";
/** risk score, last evidence (ms), uid of the last row of the page before. */
export type IncidentKey = readonly [number, number, string];

const MEMBERS = {
  behaviour: "behaviours",
  actor: "actors",
  host: "hosts",
  address: "addresses",
  destination: "destinations",
  rule: "rules",
} as const;

/** SQL conditions over `incident FINAL` joined with the states, and their parameters. */
function conditionsOf(filter: IncidentFilter): { where: string[]; parameters: Record<string, unknown> } {
  const where = [filter.state?.includes("suppressed") === true ? "superseded IN (0, 2)" : "superseded = 0"];
  const parameters: Record<string, unknown> = {};
  const any = (name: keyof IncidentFilter, condition: (parameter: string) => string): void => {
    const values = filter[name];
    if (!Array.isArray(values) || values.length === 0) return;
    parameters[name] = values;
    where.push(condition(`{${name}:Array(String)}`));
  };
  any("state", (values) => `shown_state IN ${values}`);
  any("severity", (values) => `severity IN ${values}`);
  any("disposition", (values) => `s.disposition IN ${values}`);
  any("assignee", (values) => `s.assignee IN ${values}`);
  for (const [name, column] of Object.entries(MEMBERS)) {
    const values = filter[name as keyof typeof MEMBERS];
    if (values === undefined || values.length === 0) continue;
    where.push(
      `(${values
        .map((value, index) => {
          const parameter = `${name}${index}`;
          parameters[parameter] = likePattern(value);
          return `arrayExists(member -> member ILIKE {${parameter}:String}, ${column})`;
        })
        .join(" OR ")})`,
    );
  }
  if (filter.text !== undefined && filter.text !== "") {
    parameters["text"] = filter.text;
    where.push("position(told, lowerUTF8({text:String})) > 0");
  }
  if (filter.from !== undefined) {
    parameters["from"] = storeTime(filter.from);
    where.push("last_time >= {from:DateTime64(3, 'UTC')}");
  }
  if (filter.until !== undefined) {
    parameters["until"] = storeTime(filter.until);
    where.push("first_time < {until:DateTime64(3, 'UTC')}");
  }
  if (filter.min_risk !== undefined) {
    parameters["min_risk"] = filter.min_risk;
    where.push("risk_score >= {min_risk:UInt8}");
  }
  return { where, parameters };
}

const FROM = `FROM incident AS i FINAL LEFT JOIN (${STATES_QUERY}) AS s ON s.incident = i.uid`;
const SHOWN_STATE = "multiIf(superseded = 2, 'suppressed', s.state = '', 'open', s.state) AS shown_state";

/** At most `limit` incidents after the key, in order. */
export async function findIncidents(
  reader: StoreReader,
  filter: IncidentFilter,
  { order, after, limit }: { order: IncidentOrder; after: IncidentKey | null; limit: number },
): Promise<StoredIncident[]> {
  const { where, parameters } = conditionsOf(filter);
  const keys = order === "risk" ? ["risk_score", "last_time"] : ["last_time", "risk_score"];
  if (after !== null) {
    const [risk, time, uid] = after;
    Object.assign(parameters, { afterRisk: risk, afterTime: storeTime(time), afterUid: uid });
    const risks = "{afterRisk:UInt8}";
    const times = "{afterTime:DateTime64(3, 'UTC')}";
    const [first, second] = order === "risk" ? [risks, times] : [times, risks];
    where.push(
      `(${keys[0]} < ${first} OR ${keys[0]} = ${first} AND (${keys[1]} < ${second} OR ${keys[1]} = ${second} AND uid > {afterUid:String}))`,
    );
  }
  const rows = await reader.rows<StateRow>(
    `SELECT i.uid AS uid, ${SHOWN_STATE}, s.assignee AS assignee, s.disposition AS disposition, toUInt32(s.actions) AS actions
     ${FROM} WHERE ${where.join(" AND ")} ORDER BY ${keys[0]} DESC, ${keys[1]} DESC, uid LIMIT ${Math.trunc(limit)}`,
    { ...parameters, ...movedParameters(await readMoved(reader)) },
  );
  return withBodies(reader, rows);
}

interface StateRow {
  readonly uid: string;
  readonly shown_state: StoredIncident["state"];
  readonly assignee: string;
  readonly disposition: string;
  readonly actions: number;
}

async function withBodies(reader: Pick<StoreReader, "rows">, rows: readonly StateRow[]): Promise<StoredIncident[]> {
  if (rows.length === 0) return [];
  const bodies = await reader.rows<{ uid: string; body: string; version: string }>(
    "SELECT uid, body, toString(version) AS version FROM incident FINAL WHERE uid IN {uids:Array(String)} AND superseded IN (0, 2)",
    { uids: rows.map(({ uid }) => uid) },
  );
  const byUid = new Map(bodies.map((row) => [row.uid, row]));
  return rows.flatMap(({ uid, shown_state, assignee, disposition, actions }) => {
    const found = byUid.get(uid);
    // Superseded in between: it is no longer there.
    if (found === undefined) return [];
    return [
      {
        incident: JSON.parse(found.body) as Incident,
        version: Number(found.version),
        state: shown_state,
        assignee: assignee === "" ? null : assignee,
        disposition: disposition === "" ? null : disposition,
        actions,
      },
    ];
  });
}

/** The incidents with these uids, with their state. */
export async function incidentsByUid(
  reader: Pick<StoreReader, "rows">,
  uids: readonly string[],
): Promise<StoredIncident[]> {
  if (uids.length === 0) return [];
  const rows = await reader.rows<StateRow>(
    `SELECT i.uid AS uid, ${SHOWN_STATE}, s.assignee AS assignee, s.disposition AS disposition, toUInt32(s.actions) AS actions
     ${FROM} WHERE superseded IN (0, 2) AND uid IN {uids:Array(String)} ORDER BY uid`,
    { uids, ...movedParameters(await readMoved(reader)) },
  );
  return withBodies(reader, rows);
}

export interface CountedIncidents {
  readonly states: ReadonlyMap<string, number>;
  readonly severities: ReadonlyMap<string, number>;
  readonly behaviours: ReadonlyMap<string, number>;
  readonly unassigned: number;
}

/** What is suppressed is counted among the states, and nowhere else unless the filter asks for it. */
export async function countIncidents(reader: StoreReader, filter: IncidentFilter): Promise<CountedIncidents> {
  const asked = filter.state?.includes("suppressed") === true;
  const { where, parameters } = conditionsOf({ ...filter, state: filter.state ?? ["open", "closed", "suppressed"] });
  const rows = await reader.rows<{ state: string; severity: string; behaviour: string; n: number; free: number }>(
    `WITH chosen AS (SELECT ${SHOWN_STATE}, severity, if(superseded = 0 OR {asked:Bool}, behaviours, []) AS shown_behaviours, s.assignee = '' AS free ${FROM} WHERE ${where.join(" AND ")})
     SELECT shown_state AS state, severity, '' AS behaviour, toUInt32(count()) AS n, toUInt32(countIf(free)) AS free FROM chosen GROUP BY state, severity
     UNION ALL
     SELECT '' AS state, '' AS severity, toString(arrayJoin(shown_behaviours)) AS behaviour, toUInt32(count()) AS n, 0 AS free FROM chosen GROUP BY behaviour`,
    { ...parameters, asked, ...movedParameters(await readMoved(reader)) },
  );
  const counts = {
    states: new Map<string, number>(),
    severities: new Map<string, number>(),
    behaviours: new Map<string, number>(),
  };
  const add = (to: Map<string, number>, key: string, n: number): void => void to.set(key, (to.get(key) ?? 0) + n);
  let unassigned = 0;
  for (const { state, severity, behaviour, n, free } of rows) {
    if (state === "") add(counts.behaviours, behaviour, n);
    else {
      add(counts.states, state, n);
      if (state !== "suppressed" || asked) add(counts.severities, severity, n);
      if (state === "open") unassigned += free;
    }
  }
  return { ...counts, unassigned };
}

/** Uids of incidents that share a behaviour, and a person or a destination, the riskiest first. */
export async function similarIncidents(reader: StoreReader, to: Incident, limit: number): Promise<string[]> {
  const rows = await reader.rows<{ uid: string }>(
    `SELECT uid FROM incident FINAL
     WHERE superseded = 0 AND uid != {uid:String} AND hasAny(behaviours, {behaviours:Array(String)})
       AND (hasAny(actors, {actors:Array(String)}) OR hasAny(destinations, {destinations:Array(String)}))
     ORDER BY risk_score DESC, last_time DESC, uid LIMIT ${Math.trunc(limit)}`,
    { uid: to.uid, behaviours: to.behaviours, actors: to.actors, destinations: to.destinations },
  );
  return rows.map(({ uid }) => uid);
}

/**
 * Live incidents written or acted on after the marks, oldest change first.
 * @param marks version of incidents and time of actions (ms) up to which all is known
 */
export async function changedIncidents(
  reader: StoreReader,
  marks: { readonly version: number; readonly acted: number },
  limit: number,
): Promise<{ uids: string[]; version: number; acted: number }> {
  const rows = await reader.rows<{ uid: string; version: string; acted: string }>(
    `SELECT uid, toString(max(v)) AS version, toString(max(a)) AS acted FROM (
       SELECT uid, version AS v, 0 AS a FROM incident FINAL WHERE version > {version:UInt64} AND superseded = 0
       UNION ALL
       SELECT incident AS uid, 0 AS v, toUInt64(toUnixTimestamp64Milli(time)) AS a FROM action WHERE time > fromUnixTimestamp64Milli({acted:Int64}, 'UTC'))
     GROUP BY uid ORDER BY greatest(max(v), max(a)), uid LIMIT ${Math.trunc(limit)}`,
    { version: marks.version, acted: marks.acted },
  );
  return {
    uids: rows.map(({ uid }) => uid),
    version: Math.max(marks.version, ...rows.map(({ version }) => Number(version))),
    acted: Math.max(marks.acted, ...rows.map(({ acted }) => Number(acted))),
  };
}

/** Marks of now, for `changedIncidents`. */
export async function changeMarks(reader: StoreReader): Promise<{ version: number; acted: number }> {
  const [row] = await reader.rows<{ version: string; acted: string }>(
    "SELECT toString((SELECT max(version) FROM incident)) AS version, toString((SELECT toUnixTimestamp64Milli(max(time)) FROM action)) AS acted",
  );
  return { version: Number(row?.version ?? 0), acted: Math.max(0, Number(row?.acted ?? 0)) };
}
