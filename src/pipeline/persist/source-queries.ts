/** What arrives and what it led to: sources, quarantine, hits of rules, sizes of tables. */
import { movedParameters, readMoved, STATES_QUERY } from "./actions.ts";
import { readGaps, type GapRow } from "./gaps.ts";
import { likePattern } from "./like.ts";
import type { StoreReader } from "./reader.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface SourceRow {
  readonly source: string;
  readonly events: number;
  readonly bytes: number;
  readonly with_actor: number;
  readonly with_bytes_out: number;
  readonly with_url: number;
  /** Of its first and last event's minute, ms. */
  readonly first: number;
  readonly last: number;
  /** Longest pause that is usual, ms. */
  readonly pause: number;
  /** Silences much longer than that, and what its live source says it has missed, latest first; `reason` of the latter. */
  readonly gaps: readonly { readonly from: number; readonly until: number; readonly reason?: string }[];
}

/** A silence is a gap when it is this many times as long as 19 of 20 pauses of the source, and at least an hour. */
const GAP_FACTOR = 4;
const SHORTEST_GAP_MS = 3_600_000;
const MOST_GAPS = 20;

export async function readSources(reader: StoreReader): Promise<SourceRow[]> {
  const rows = await reader.rows<Omit<SourceRow, "gaps"> & { silences: [number, number][] }>(
    `SELECT source, toFloat64(sum(h.events)) AS events, toFloat64(sum(h.bytes)) AS bytes, toFloat64(sum(h.with_actor)) AS with_actor, toFloat64(sum(h.with_bytes_out)) AS with_bytes_out,
       toFloat64(sum(h.with_url)) AS with_url, min(at) AS first, max(at) + ${MINUTE_MS} AS last, ifNotFinite(quantileExactIf(0.95)(silent, silent > 0), 0) AS pause,
       arraySlice(arrayReverseSort(silence -> silence.1, groupArrayIf((at - silent, at), silent > ${SHORTEST_GAP_MS})), 1, 1000) AS silences
     FROM (
       SELECT *, toFloat64(toUnixTimestamp(minute)) * 1000 AS at,
         if(row_number() OVER w = 1, 0, at - lagInFrame(at) OVER w) AS silent
       FROM heartbeat FINAL WHERE events > 0
       WINDOW w AS (PARTITION BY source ORDER BY minute ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS h
     GROUP BY source ORDER BY source LIMIT 10000`,
  );
  const told = Map.groupBy(await readGaps(reader), sourceOfGap);
  return rows.map(({ silences, pause, ...row }) => ({
    ...row,
    pause,
    gaps: [
      ...silences
        .filter(([from, until]) => until - from >= Math.max(SHORTEST_GAP_MS, GAP_FACTOR * pause))
        // The minute of the last event before is not silent.
        .map(([from, until]) => ({ from: from + MINUTE_MS, until })),
      ...(told.get(row.source) ?? []).map(({ from, until, reason }) => ({ from, until, reason })),
    ]
      .toSorted((one, other) => other.from - one.from)
      .slice(0, MOST_GAPS),
  }));
}

/** The id a gap stands under: of the live source where nobody knows which kind of lines is missing. */
function sourceOfGap({ source, collector }: Pick<GapRow, "source" | "collector">): string {
  return source || collector;
}

/** Gaps of sources from which nothing is stored, by their id: they have no line among the sources. */
export async function readLoneGaps(
  reader: StoreReader,
  sources: readonly Pick<SourceRow, "source">[],
): Promise<ReadonlyMap<string, SourceRow["gaps"]>> {
  const known = new Set(sources.map(({ source }) => source));
  const lone = (await readGaps(reader)).filter((gap) => !known.has(sourceOfGap(gap)));
  return new Map(
    [...Map.groupBy(lone, sourceOfGap)].map(([id, gaps]) => [
      id,
      gaps.slice(0, MOST_GAPS).map(({ from, until, reason }) => ({ from, until, reason })),
    ]),
  );
}

/** Events by source and hour in the days before `until`, ms. */
export async function readSourceHours(
  reader: StoreReader,
  until: number,
  days: number,
): Promise<{ source: string; time: number; events: number }[]> {
  return reader.rows(
    `SELECT source, toFloat64(toUnixTimestamp(toStartOfHour(minute))) * 1000 AS time, toFloat64(sum(events)) AS events
     FROM heartbeat FINAL WHERE minute >= toDateTime({from:UInt32}, 'UTC') AND minute <= toDateTime({until:UInt32}, 'UTC')
     GROUP BY source, time ORDER BY source, time`,
    { from: Math.max(0, Math.floor((until - days * DAY_MS) / 1000)), until: Math.floor(until / 1000) },
  );
}

export interface QuarantineRow {
  readonly uid: string;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  readonly excerpt: string;
}

/** In order of file and line; `after` is file, line and uid of the last row of the page before. */
export async function findQuarantined(
  reader: StoreReader,
  filter: { readonly files: readonly string[]; readonly reasons: readonly string[]; readonly text: string },
  { after, limit }: { after: readonly [string, number, string] | null; limit: number },
): Promise<QuarantineRow[]> {
  const where: string[] = ["1"];
  const parameters: Record<string, unknown> = {};
  for (const [column, values] of [
    ["file", filter.files],
    ["reason", filter.reasons],
  ] as const) {
    if (values.length === 0) continue;
    where.push(
      `(${values
        .map((value, index) => {
          parameters[`${column}${index}`] = likePattern(value);
          return `${column} ILIKE {${column}${index}:String}`;
        })
        .join(" OR ")})`,
    );
  }
  if (filter.text !== "") {
    parameters["text"] = filter.text;
    where.push("positionCaseInsensitiveUTF8(excerpt, {text:String}) > 0");
  }
  if (after !== null) {
    Object.assign(parameters, { afterFile: after[0], afterLine: after[1], afterUid: after[2] });
    where.push("(file, quarantine.line, uid) > ({afterFile:String}, {afterLine:UInt64}, {afterUid:String})");
  }
  return reader.rows<QuarantineRow>(
    `SELECT uid, file, toFloat64(quarantine.line) AS line, reason, excerpt FROM quarantine FINAL WHERE ${where.join(" AND ")}
     ORDER BY file, quarantine.line, uid LIMIT ${Math.trunc(limit)}`,
    parameters,
  );
}

/** Lines by file and reason, most first. */
export async function countQuarantined(
  reader: StoreReader,
  limit: number,
): Promise<{ file: string; reason: string; lines: number }[]> {
  return reader.rows(
    `SELECT file, reason, toFloat64(count()) AS lines FROM quarantine FINAL GROUP BY file, reason ORDER BY lines DESC, file, reason LIMIT ${Math.trunc(limit)}`,
  );
}

export interface HitRow {
  readonly rule: string;
  readonly matches: number;
  readonly findings: number;
  /** Event time of the last of either, ms. */
  readonly last: number;
}

export async function readHits(reader: StoreReader): Promise<HitRow[]> {
  return reader.rows<HitRow>(
    `SELECT rule, sum(m) AS matches, sum(f) AS findings, max(z) AS last FROM (
       SELECT toString(rule) AS rule, toFloat64(count()) AS m, 0. AS f, toFloat64(toUnixTimestamp64Milli(max(time))) AS z FROM match FINAL GROUP BY rule
       UNION ALL
       SELECT toString(rule) AS rule, 0. AS m, toFloat64(count()) AS f, toFloat64(toUnixTimestamp64Milli(max(time))) AS z FROM finding FINAL WHERE superseded = 0 GROUP BY rule)
     GROUP BY rule`,
  );
}

export async function readHitDays(
  reader: StoreReader,
  rules: readonly string[],
  alert: string,
): Promise<{ day: string; matches: number; findings: number }[]> {
  return reader.rows(
    `SELECT toString(d) AS day, sum(m) AS matches, sum(f) AS findings FROM (
       SELECT toDate(time) AS d, toFloat64(count()) AS m, 0. AS f FROM match FINAL WHERE rule IN {rules:Array(String)} GROUP BY d
       UNION ALL
       SELECT day AS d, 0. AS m, toFloat64(count()) AS f FROM finding FINAL WHERE rule = {alert:String} AND superseded = 0 GROUP BY d)
     GROUP BY d ORDER BY d DESC LIMIT 400`,
    { rules, alert },
  );
}

/** Incidents by rule and by what people made of them; `disposition` is empty while nobody judged. */
export async function readJudgements(
  reader: StoreReader,
): Promise<{ rule: string; disposition: string; incidents: number }[]> {
  return reader.rows(
    `SELECT arrayJoin(rules) AS rule, s.disposition AS disposition, toFloat64(count()) AS incidents
     FROM incident AS i FINAL LEFT JOIN (${STATES_QUERY}) AS s ON s.incident = i.uid WHERE superseded = 0 GROUP BY rule, disposition`,
    movedParameters(await readMoved(reader)),
  );
}

/** Blind spots of the stored incidents, the most frequent first. */
export async function readBlindSpots(
  reader: StoreReader,
): Promise<{ code: string; text: string; incidents: number }[]> {
  const rows = await reader.rows<{ code: string; text: string; ways: number; incidents: number }>(
    `SELECT JSONExtractString(spot, 'code') AS code, any(JSONExtractString(spot, 'text')) AS text, toFloat64(uniqExact(JSONExtractString(spot, 'text'))) AS ways,
       toFloat64(count()) AS incidents
     FROM (SELECT arrayJoin(JSONExtractArrayRaw(body, 'blind_spots')) AS spot FROM incident FINAL WHERE superseded = 0 ORDER BY risk_score DESC LIMIT 10000)
     GROUP BY code, if(code = 'rule-limit', JSONExtractString(spot, 'text'), '') ORDER BY incidents DESC, code, text LIMIT 50`,
  );
  // Limits of rules have nothing in common. Of all else one text names a machine or a repository; it does not stand for all.
  return rows.map(({ code, text, ways, incidents }) => ({
    code,
    text: ways > 1 ? `${text}, and ${ways - 1} more like it` : text,
    incidents,
  }));
}

export interface StoreCounts {
  readonly activities: number;
  readonly matches: number;
  readonly findings: number;
  readonly incidents: number;
  readonly quarantined: number;
  readonly bytes_on_disk: number;
}

/** Counting a store of so many matches takes a while. */
const MANY_MATCHES = 500_000;
/** It may take this share of the time: who asks more often is told what was counted last. */
const COUNTING_SHARE = 1 / 50;
const counted = new WeakMap<StoreReader, { readonly counts: Promise<StoreCounts>; until: number }>();

/**
 * How much the store holds. A store of many matches takes seconds to count them, and monitoring asks every few: the counts of
 * such a store may be minutes old.
 */
export async function readCounts(reader: StoreReader): Promise<StoreCounts> {
  const begun = performance.now();
  const known = counted.get(reader);
  if (known !== undefined && begun < known.until) return known.counts;
  const entry = { counts: countAll(reader), until: Number.POSITIVE_INFINITY };
  counted.set(reader, entry);
  try {
    const counts = await entry.counts;
    const took = performance.now() - begun;
    entry.until = counts.matches < MANY_MATCHES ? 0 : begun + took / COUNTING_SHARE;
    return counts;
  } catch (error) {
    counted.delete(reader);
    throw error;
  }
}

async function countAll(reader: StoreReader): Promise<StoreCounts> {
  const count = (of: string): string => `toFloat64((SELECT count() FROM ${of}))`;
  const [row] = await reader.rows<StoreCounts>(
    `SELECT ${count("activity")} AS activities, ${count("match FINAL")} AS matches, ${count("finding FINAL WHERE superseded = 0")} AS findings,
       ${count("incident FINAL WHERE superseded = 0")} AS incidents, ${count("quarantine FINAL")} AS quarantined,
       toFloat64((SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase())) AS bytes_on_disk`,
  );
  return row ?? { activities: 0, matches: 0, findings: 0, incidents: 0, quarantined: 0, bytes_on_disk: 0 };
}
