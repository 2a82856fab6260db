/**
 * Conclusions about a store that is in use: a company of 1,000 people, 30 days of matches, and one working day arriving in
 * batches of 10,000 events, each concluded by itself. Sources arrive up to ten minutes late, each by its own delay.
 *
 * The past is one simulated working day, copied to the days before it with other people and machines each day of the week.
 * `SALLYPORT_BENCH_DAYS` (30), `SALLYPORT_BENCH_PEOPLE` (1,000) and `SALLYPORT_BENCH_BATCHES` (100) set how much.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Telling } from "../demo/generate.ts";
import { stories } from "../demo/stories/index.ts";
import { writeCompany } from "../demo/write.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import { listInputs } from "../src/pipeline/collect/inputs.ts";
import { conclude } from "../src/pipeline/conclude.ts";
import { parseRuleFiles, planSetOf } from "../src/pipeline/detect/detector.ts";
import type { PlanSet } from "../src/pipeline/detect/correlate/plans.ts";
import { ingest } from "../src/pipeline/ingest.ts";
import { endpointSources, laneOf } from "../src/pipeline/lanes.ts";
import { joinDues, type Due } from "../src/pipeline/persist/due.ts";
import { Store } from "../src/pipeline/persist/store.ts";

const DAYS = Number(process.env["SALLYPORT_BENCH_DAYS"] ?? 30);
const PEOPLE = Number(process.env["SALLYPORT_BENCH_PEOPLE"] ?? 1_000);
const BATCHES = Number(process.env["SALLYPORT_BENCH_BATCHES"] ?? 100);
const BATCH_EVENTS = 10_000;
const DAY_MS = 86_400_000;
/** Tuesday 2026-03-17, and the Wednesday that arrives. */
const START = Date.UTC(2026, 2, 17);
const TODAY = START + DAY_MS;
/** Sources deliver late by up to so much, ms. */
const MOST_LATE_MS = 600_000;

export async function run(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-conclude-"));
  try {
    writeCompany(join(folder, "company"), {
      seed: 11,
      start: START,
      days: 2,
      people: PEOPLE,
      stories: tellings(),
      skip: true,
    });
    const store = await Store.open(join(folder, "store"));
    try {
      return await measure(store, join(folder, "company"));
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every story that takes no longer than a day, half of them yesterday. */
function tellings(): Telling[] {
  return stories.flatMap(({ id, days }, index) => (days > 1 ? [] : [{ id, day: index % 2 }]));
}

async function measure(store: Store, company: string): Promise<string> {
  const policy = loadPolicy(join(company, "policy.yaml"));
  const documents = parseRuleFiles(loadRules([DETECTIONS]));
  const planSet = planSetOf(documents, policy);
  const { files } = await listInputs([join(company, "logs")]);
  await ingest(files, { store, catalogue: loadCatalogue(), policy, documents, source: "auto" });
  await holdToday(store);
  await copyPast(store);
  let now = 1;
  const settle = (due: Due): Promise<void> =>
    conclude(store, { planSet, due, laneOf, endpointSources, now: (now += 1) });
  const past = { from: START - (DAYS - 1) * DAY_MS, until: TODAY };
  const begun = performance.now();
  await settle({ activities: past, matches: past, rules: [...planSet.documents.keys()] });
  const whole = performance.now() - begun;

  const laps: number[] = [];
  /** ms of both cores; what else runs on the machine does not count. */
  const processor: number[] = [];
  let events = 0;
  let matches = 0;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const arrived = await arrive(store, batch, planSet);
    if (arrived === null) break;
    events += arrived.events;
    matches += arrived.matches;
    const lap = performance.now();
    const spent = process.cpuUsage();
    for (const due of joinDues(arrived.dues)) await settle(due);
    laps.push(performance.now() - lap);
    const { user, system } = process.cpuUsage(spent);
    processor.push((user + system) / 1000);
  }
  const rows = await store.rows<{ table: string; n: string }>(
    "SELECT table, toString(sum(rows)) AS n FROM system.parts WHERE active AND database = currentDatabase() AND table IN ('match', 'finding', 'incident', 'binding') GROUP BY table ORDER BY table",
  );
  return [
    `${PEOPLE} people, ${DAYS} days; rows: ${rows.map(({ table, n }) => `${table} ${Number(n).toLocaleString("en")}`).join(", ")}`,
    `everything concluded at once: ${(whole / 1000).toFixed(1)} s`,
    `${laps.length} batches of ${BATCH_EVENTS.toLocaleString("en")} events (${events.toLocaleString("en")} events, ${matches.toLocaleString("en")} matches), each concluded by itself:`,
    `  median ${quantile(laps, 0.5)} s, p99 ${quantile(laps, 0.99)} s, longest ${quantile(laps, 1)} s; first ten ${quantile(laps.slice(0, 10), 0.5)} s, last ten ${quantile(laps.slice(-10), 0.5)} s`,
    `  processor time: median ${quantile(processor, 0.5)} s, p99 ${quantile(processor, 0.99)} s; first ten ${quantile(processor.slice(0, 10), 0.5)} s, last ten ${quantile(processor.slice(-10), 0.5)} s`,
  ].join("\n");
}

const quantile = (values: readonly number[], of: number): string =>
  ((values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * of))] ?? 0) / 1000).toFixed(
    2,
  );

const at = (ms: number): string => `fromUnixTimestamp64Milli(${ms}, 'UTC')`;

/** Takes what happens today out of the tables, to be put in again batch by batch in the order of arrival. */
async function holdToday(store: Store): Promise<void> {
  const arrival = `toUnixTimestamp64Milli(time) + cityHash64(toString(source)) % ${MOST_LATE_MS}`;
  await store.command(
    `CREATE TABLE held_activity ENGINE = MergeTree ORDER BY batch AS
     SELECT *, intDiv(row_number() OVER (ORDER BY ${arrival}, id) - 1, ${BATCH_EVENTS}) AS batch FROM activity WHERE time >= ${at(TODAY)}`,
  );
  await store.command(
    `CREATE TABLE arrival ENGINE = Memory AS SELECT batch, min(${arrival}) AS first FROM held_activity GROUP BY batch ORDER BY batch`,
  );
  await store.command(
    `CREATE TABLE held_match ENGINE = MergeTree ORDER BY batch AS
     SELECT m.*, a.batch AS batch FROM (SELECT *, 1 AS one, ${arrival} AS arrived FROM match WHERE time >= ${at(TODAY)}) AS m
     ASOF INNER JOIN (SELECT 1 AS one, toInt64(first) AS first, batch FROM arrival) AS a ON a.one = m.one AND m.arrived >= a.first`,
  );
  for (const table of ["activity", "match"]) await store.command(`DELETE FROM ${table} WHERE time >= ${at(TODAY)}`);
}

/** The one day of the past again for every day before it; who does what moves on by one person a day. */
async function copyPast(store: Store): Promise<void> {
  for (let day = 1; day < DAYS; day += 1) {
    const earlier = (table: string): string => `${table}.time - toIntervalDay({day:UInt32}) AS time`;
    await store.command(
      `INSERT INTO match SELECT * REPLACE (${earlier("m")}, concat(activity_uid, '-', toString({day:UInt32})) AS activity_uid,
         if(connection_uid = '', '', concat(connection_uid, '-', toString({day:UInt32}))) AS connection_uid)
       FROM match AS m WHERE m.time >= ${at(START)}`,
      { day },
    );
    // Events of older days are read by nothing: what was derived of them stays.
    if (day > 2) continue;
    await store.command(
      `INSERT INTO activity SELECT * REPLACE (${earlier("a")}, sipHash128Reference(id, {day:UInt32}) AS id,
         if(\`connection_info.uid\` = '', '', concat(\`connection_info.uid\`, '-', toString({day:UInt32}))) AS \`connection_info.uid\`)
       FROM activity AS a WHERE a.time >= ${at(START)}`,
      { day },
    );
  }
}

async function arrive(
  store: Store,
  batch: number,
  { documents }: PlanSet,
): Promise<{ dues: Due[]; events: number; matches: number } | null> {
  const parameters = { batch };
  for (const table of ["activity", "match"])
    await store.command(
      `INSERT INTO ${table} SELECT * EXCEPT (batch${table === "match" ? ", one, arrived" : ""}) FROM held_${table} WHERE batch = {batch:UInt32}`,
      parameters,
    );
  const spans = (table: string): Promise<{ from: string; until: string; n: string; rules: string[] }[]> =>
    store.rows(
      `SELECT toString(min(toUnixTimestamp64Milli(time))) AS from, toString(max(toUnixTimestamp64Milli(time)) + 1) AS until, toString(count()) AS n,
         ${table === "match" ? "groupUniqArray(toString(rule))" : "[]::Array(String)"} AS rules
       FROM held_${table} WHERE batch = {batch:UInt32} GROUP BY intDiv(toUnixTimestamp64Milli(time), 60000) ORDER BY min(time)`,
      parameters,
    );
  const activities = await spans("activity");
  const matched = await spans("match");
  if (activities.length === 0) return null;
  const rangeOf = ({ from, until }: { from: string; until: string }) => ({ from: Number(from), until: Number(until) });
  return {
    dues: [
      ...activities.map((span): Due => ({ activities: rangeOf(span), matches: null, rules: [] })),
      ...matched.map((span): Due => ({
        activities: rangeOf(span),
        matches: rangeOf(span),
        rules: span.rules.filter((rule) => documents.has(rule)),
      })),
    ],
    events: activities.reduce((sum, { n }) => sum + Number(n), 0),
    matches: matched.reduce((sum, { n }) => sum + Number(n), 0),
  };
}
