/**
 * What a conclusion looks at instead of the whole match table: the new matches, and all matches of the groups they belong to.
 * Tables in memory, made anew by each conclusion.
 */
import type { TouchedFacts } from "../../model/incident.ts";
import type { Store } from "./store.ts";

/** Half-open range of event time, ms. */
interface TimeRange {
  readonly from: number;
  readonly until: number;
}

/** New matches, and those whose gaps were filled otherwise, as they were and as they are. */
export const TOUCHED = "touched";
/** Matches of the groups that are judged: like the newest versions in `match`. */
export const SCENE = "scene";
/** plan, grp, rule, group: the groups to judge, as values and as findings spell them. */
export const TOUCHED_GROUPS = "touched_group";

/** More new matches than this are concluded from the whole match table: their groups are nearly all. */
const MOST_TOUCHED = 60_000;

const at = (ms: number): string => `fromUnixTimestamp64Milli(${Math.trunc(Math.max(0, ms))}, 'UTC')`;
const within = (parts: readonly TimeRange[]): string =>
  parts.length === 0
    ? "0"
    : `(${parts.map(({ from, until }) => `(time >= ${at(from)} AND time < ${at(until)})`).join(" OR ")})`;
const quoted = (texts: readonly string[]): string =>
  `(${texts.map((text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`).join(", ")})`;

/**
 * Gathers the matches of the rules in the parts, and those of the table of filled gaps.
 * @param rules ids of event rules; not empty
 * @returns null when there are too many
 */
export async function gatherTouched(
  store: Store,
  parts: readonly TimeRange[],
  rules: readonly string[],
  filling: string,
): Promise<TouchedFacts[] | null> {
  const fresh = `rule IN ${quoted(rules)} AND ${within(parts)}`;
  const [size] = await store.rows<{ n: string }>(
    `SELECT toString((SELECT count() FROM match WHERE ${fresh}) + (SELECT count() FROM ${filling})) AS n`,
  );
  if (Number(size?.n ?? 0) > MOST_TOUCHED) return null;
  const filled = "* EXCEPT (new_host, new_actor, new_carried)";
  await store.command(
    `CREATE OR REPLACE TABLE ${TOUCHED} ENGINE = Memory AS
     SELECT * FROM match FINAL WHERE ${fresh}
     UNION ALL SELECT ${filled} FROM ${filling}
     UNION ALL SELECT ${filled} REPLACE (new_host AS bound_host, new_actor AS bound_actor, new_carried AS carried) FROM ${filling}`,
  );
  return store.rows<TouchedFacts>(
    `SELECT toString(rule) AS rule, toString(if(m.actor = '', m.bound_actor, m.actor)) AS actor, toString(if(m.host = '', m.bound_host, m.host)) AS host,
       toString(host_role) AS host_role, toString(address) AS address, toString(destination) AS destination, toString(destination_host) AS destination_host,
       toString(destination_owner) AS destination_owner, toString(verdict) AS verdict, toString(operation) AS operation, toString(source) AS source,
       mapFilter((k, v) -> k != 'what', m.fields) AS fields,
       toFloat64(min(toUnixTimestamp64Milli(time))) AS from, toFloat64(max(toUnixTimestamp64Milli(time))) AS to
     FROM ${TOUCHED} AS m GROUP BY ALL`,
  );
}

export interface TouchedGroup {
  /** Id of the plan that judges it. */
  readonly plan: string;
  readonly grp: readonly string[];
  /** Rule and group of the findings. */
  readonly rule: string;
  readonly group: string;
}

/** A query of the groups that a plan judges again. */
export function groupsOf(plan: string): string {
  return `SELECT grp FROM ${TOUCHED_GROUPS} WHERE plan = ${quoted([plan]).slice(1, -1)}`;
}

export async function writeGroups(store: Store, groups: readonly TouchedGroup[]): Promise<void> {
  await store.command(
    `CREATE OR REPLACE TABLE ${TOUCHED_GROUPS} (plan LowCardinality(String), grp Array(String), rule LowCardinality(String), group String) ENGINE = Memory`,
  );
  if (groups.length > 0)
    await store.append(TOUCHED_GROUPS, groups as readonly Record<string, unknown>[] & readonly TouchedGroup[]);
}

/** Matches that a plan rests on. */
export interface ScenePart {
  /** Ids of event rules. */
  readonly rules: readonly string[];
  readonly range: TimeRange;
  /** Values one of which is the match's person, machine or address (`-`: it has none of them); null: whoever it is. */
  readonly entities: readonly string[] | null;
}

/** Matches by rule and day (since 1970 UTC). */
export interface SceneCount {
  readonly rule: string;
  readonly day: string;
  readonly matches: string;
}

/** What `gatherScene` would hold of these parts at most: a match that was written twice counts twice. */
export async function countScene(store: Store, parts: readonly ScenePart[]): Promise<SceneCount[]> {
  const entities = [...new Set(parts.flatMap(({ entities: values }) => values ?? []))];
  await store.command("CREATE OR REPLACE TABLE touched_entity (value String) ENGINE = Memory");
  if (entities.length > 0)
    await store.append(
      "touched_entity",
      entities.map((value) => ({ value })),
    );
  return countBy(store, `match WHERE ${conditionOf(parts)}`);
}

/** @param parts some of those that were counted last */
export async function gatherScene(store: Store, parts: readonly ScenePart[]): Promise<SceneCount[]> {
  await store.command(
    `CREATE OR REPLACE TABLE ${SCENE} ENGINE = Memory AS SELECT * FROM match FINAL WHERE ${conditionOf(parts)}
     SETTINGS do_not_merge_across_partitions_select_final = 1`,
  );
  return countBy(store, SCENE);
}

function countBy(store: Store, from: string): Promise<SceneCount[]> {
  return store.rows(
    `SELECT toString(rule) AS rule, toString(intDiv(toUnixTimestamp64Milli(time), 86400000)) AS day, toString(count()) AS matches FROM ${from} GROUP BY rule, day`,
  );
}

function conditionOf(parts: readonly ScenePart[]): string {
  const whole = rangesByRule(parts.filter(({ entities }) => entities === null));
  const some = rangesByRule(parts.filter(({ entities }) => entities !== null));
  const known = "(SELECT value FROM touched_entity)";
  const actor = "if(actor = '', bound_actor, actor)";
  const host = "if(host = '', bound_host, host)";
  const nobody = parts.some(({ entities }) => entities?.includes("-"))
    ? ` OR (${actor} = '' AND ${host} = '' AND address = '')`
    : "";
  const theirs = `(${actor} IN ${known} OR ${host} IN ${known} OR address IN ${known}${nobody})`;
  const wanted = [
    ...(whole.length > 0 ? [`(${whole.join(" OR ")})`] : []),
    ...(some.length > 0 ? [`((${some.join(" OR ")}) AND ${theirs})`] : []),
  ];
  return wanted.length === 0 ? "0" : wanted.join(" OR ");
}

/** For rules that several parts read, the widest of their ranges; conditions on rule and time, one for each range. */
function rangesByRule(parts: readonly ScenePart[]): string[] {
  const ranges = new Map<string, TimeRange>();
  for (const { rules, range } of parts) {
    for (const rule of rules) {
      const known = ranges.get(rule) ?? range;
      ranges.set(rule, { from: Math.min(known.from, range.from), until: Math.max(known.until, range.until) });
    }
  }
  return [...Map.groupBy(ranges, ([, { from, until }]) => `${from} ${until}`).values()].map((same) => {
    const range = same[0]?.[1] as TimeRange;
    return `(rule IN ${quoted(same.map(([rule]) => rule).toSorted())} AND ${within([range])})`;
  });
}
