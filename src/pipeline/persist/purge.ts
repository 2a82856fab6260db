/**
 * Deletes what is stored about one person, as a request to be forgotten asks for.
 *
 * Events go, and what was learnt of them. What an open incident rests on, and the matches behind findings that stand, stay unless the
 * incidents about the person are to go as well: a half-deleted conclusion would be a wrong one.
 */
import { purgeSuppressions } from "./purge-suppressions.ts";
import { storeTime, type Store } from "./store.ts";

export interface PurgeOptions {
  /** Also findings and incidents about this person alone. */
  readonly incidents: boolean;
  /** Only count. */
  readonly dryRun: boolean;
  /** Until rewritten parts are on disk. */
  readonly wait: boolean;
}

export interface PurgeCounts {
  readonly activities: number;
  readonly matches: number;
  readonly bindings: number;
  readonly baselines: number;
  readonly quarantined: number;
  readonly findings: number;
  readonly incidents: number;
  /** What receivers were told, or are still to be told, of these incidents. */
  readonly notices: number;
  /** Suppressions that name the person: they stay, without the name. */
  readonly suppressions: number;
  /** Events that stay, because an open incident rests on them. */
  readonly held: number;
  /** Incidents that stay: about others too, or not asked for. */
  readonly left: number;
}

const UID = "if(`metadata.uid` = '', lower(hex(id)), `metadata.uid`)";
const NAMES = "{names:Array(String)}";
const PERSON = `(has(${NAMES}, lowerUTF8(\`actor.user.name\`)) OR has(${NAMES}, lowerUTF8(\`actor.user.email_addr\`)) OR has(${NAMES}, lowerUTF8(\`context.actor.name\`)))`;
const MATCHED = `(has(${NAMES}, lowerUTF8(actor)) OR has(${NAMES}, lowerUTF8(bound_actor)) OR arrayExists(name -> has(${NAMES}, lowerUTF8(name)), actor_names))`;
const GROUPED = `arrayExists(name -> has(${NAMES}, lowerUTF8(name)), JSONExtract(group, 'Array(String)'))`;

/**
 * @param names what the person is called in logs: `mara`, `mara@acme.example`, `ACME\mara`; case does not count
 * @returns what was deleted, or would be
 */
export async function purgePerson(store: Store, names: readonly string[], options: PurgeOptions): Promise<PurgeCounts> {
  const parameters = { names: names.map((name) => name.toLowerCase().toWellFormed()) };
  const sync = `SETTINGS mutations_sync = ${options.wait ? 1 : 0}`;
  const standing = await store.rows<{
    uid: string;
    alone: number;
    closed: number;
    findings: string[];
    activities: string[];
  }>(
    `SELECT uid, toUInt8(arrayAll(name -> has(${NAMES}, lowerUTF8(name)), actors)) AS alone, findings,
       toUInt8(uid IN (SELECT incident FROM action GROUP BY incident HAVING argMaxIf(kind, time, kind IN ('close', 'reopen')) = 'close')) AS closed,
       arrayFlatten(arrayMap(named -> JSONExtract(named, 'activities', 'Array(String)'), JSONExtractArrayRaw(body, 'findings'))) AS activities
     FROM incident FINAL WHERE superseded != 1 AND arrayExists(name -> has(${NAMES}, lowerUTF8(name)), actors)`,
    parameters,
  );
  const going = options.incidents ? standing.filter(({ alone }) => alone === 1) : [];
  const staying = standing.filter((incident) => !going.includes(incident));
  const held = [...new Set(staying.filter(({ closed }) => closed === 0).flatMap(({ activities }) => activities))];

  // Matches within the spans of findings that stand are what these would be concluded from again.
  const spans = await store.rows<{ from: number; until: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(first_time)) AS from, toFloat64(toUnixTimestamp64Milli(time)) AS until
     FROM finding FINAL WHERE superseded = 0 AND uid IN {uids:Array(String)} ORDER BY from`,
    { uids: staying.flatMap(({ findings }) => findings) },
  );
  const spanned = joinSpans(spans)
    .map(
      ({ from, until }) =>
        `match.time BETWEEN toDateTime64('${storeTime(from)}', 3, 'UTC') AND toDateTime64('${storeTime(until)}', 3, 'UTC')`,
    )
    .join(" OR ");
  const findings = going.flatMap((incident) => incident.findings);
  const incidents = going.map(({ uid }) => uid);

  const parts: readonly {
    name: keyof PurgeCounts | null;
    table: string;
    where: string;
    more?: Record<string, unknown>;
  }[] = [
    {
      name: "activities",
      table: "activity",
      where: `${PERSON} AND NOT has({held:Array(String)}, ${UID})`,
      more: { held },
    },
    { name: "matches", table: "match", where: `${MATCHED}${spanned === "" ? "" : ` AND NOT (${spanned})`}` },
    { name: "bindings", table: "binding", where: `has(${NAMES}, lowerUTF8(actor))` },
    { name: "baselines", table: "first_seen", where: `(${GROUPED} OR has(${NAMES}, lowerUTF8(value)))` },
    { name: "baselines", table: "profile", where: GROUPED },
    {
      name: "quarantined",
      table: "quarantine",
      where: `arrayExists(name -> position(lowerUTF8(excerpt), name) > 0, ${NAMES})`,
    },
    { name: "findings", table: "finding", where: "has({findings:Array(String)}, uid)", more: { findings } },
    { name: null, table: "suppressed", where: "has({findings:Array(String)}, finding)", more: { findings } },
    { name: "notices", table: "outbox", where: "has({incidents:Array(String)}, incident)", more: { incidents } },
    { name: "incidents", table: "incident", where: "has({incidents:Array(String)}, uid)", more: { incidents } },
  ];
  const counts = new Map<keyof PurgeCounts, number>();
  for (const { name, table, where, more } of parts) {
    const bound = { ...parameters, ...more };
    const [row] = await store.rows<{ rows: number }>(
      `SELECT toFloat64(count()) AS rows FROM ${table} WHERE ${where}`,
      bound,
    );
    const rows = row?.rows ?? 0;
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + rows);
    if (rows > 0 && !options.dryRun) await store.command(`ALTER TABLE ${table} DELETE WHERE ${where} ${sync}`, bound);
  }
  if (incidents.length > 0 && !options.dryRun)
    await store.command(`ALTER TABLE action DELETE WHERE has({incidents:Array(String)}, incident) ${sync}`, {
      incidents,
    });
  // Before that they keep incidents hidden, which are there still.
  const suppressions = options.incidents
    ? await purgeSuppressions(store, parameters.names, { dryRun: options.dryRun, sync })
    : 0;
  const [stays] = await store.rows<{ rows: number }>(
    `SELECT toFloat64(count()) AS rows FROM activity WHERE ${PERSON} AND has({held:Array(String)}, ${UID})`,
    { ...parameters, held },
  );
  const of = (name: keyof PurgeCounts): number => counts.get(name) ?? 0;
  return {
    activities: of("activities"),
    matches: of("matches"),
    bindings: of("bindings"),
    baselines: of("baselines"),
    quarantined: of("quarantined"),
    findings: of("findings"),
    incidents: of("incidents"),
    notices: of("notices"),
    suppressions,
    held: stays?.rows ?? 0,
    left: staying.length,
  };
}

/** Spans in order, those that touch as one; of very many the nearest are joined. */
function joinSpans(spans: readonly { from: number; until: number }[]): { from: number; until: number }[] {
  const joined: { from: number; until: number }[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    const pause = joined.length < 500 ? 0 : 30 * 86_400_000;
    if (last !== undefined && span.from - last.until <= pause) last.until = Math.max(last.until, span.until);
    else joined.push({ ...span });
  }
  return joined;
}
