/** Rules that nearly held for an incident, and what decided: predicates of event rules, and counts and partners of correlations. */
import type { Activity } from "../model/activity.ts";
import { conformAgain } from "../pipeline/activities.ts";
import { createContextBuilder } from "../pipeline/conform/context/index.ts";
import type { CorrelationPlan } from "../pipeline/detect/correlate/plan.ts";
import { createDetector, type Detector } from "../pipeline/detect/detector.ts";
import type { Explanation, ExplanationNode } from "../pipeline/detect/sigma/index.ts";
import { eventsByUid, type EventRow } from "../pipeline/persist/event-queries.ts";
import type { StoredIncident } from "../pipeline/persist/incident-queries.ts";
import type { StoreReader } from "../pipeline/persist/reader.ts";
import type { NearMiss, Output } from "../pipeline/serve/contract.ts";
import type { BackendContent, Surroundings } from "./index.ts";

type Miss = Output<typeof NearMiss>;

/** Asking every rule about an event takes about a millisecond a rule. */
const MOST_ACTIVITIES = 24;
const MOST_MISSES = 12;

const detectors = new WeakMap<BackendContent["documents"], Detector>();

function detectorOf({ documents, policy }: BackendContent): Detector {
  let detector = detectors.get(documents);
  if (detector === undefined) detectors.set(documents, (detector = createDetector(documents, policy)));
  return detector;
}

/** Nearest first: correlations by how much of what they ask was there, event rules by how few predicates failed. */
export async function nearMissesOf(
  { incident }: StoredIncident,
  { reader, content }: Pick<Surroundings, "reader" | "content">,
): Promise<Miss[]> {
  const uids = [...new Set(incident.findings.flatMap(({ activities }) => activities))].slice(0, 1_000);
  const rows = await eventsByUid(reader, uids, { from: incident.first_time, until: incident.last_time });
  const matches = await matchesOf(reader, uids, incident.first_time, incident.last_time);
  const detector = detectorOf(content());
  const found = new Set(incident.findings.map(({ rule }) => rule));
  const matched = new Set(matches.keys());
  return [
    ...correlationMisses(detector, found, matches),
    ...predicateMisses(detector, content(), sampleOf(rows), found, matched),
  ].slice(0, MOST_MISSES);
}

/** Of every kind of event the first few: the rest fail by the same predicates. */
function sampleOf(rows: readonly EventRow[]): EventRow[] {
  const seen = new Map<string, number>();
  return rows
    .filter(({ source, class_uid, activity_id }) => {
      const kind = `${source} ${class_uid} ${activity_id}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      return (seen.get(kind) ?? 0) <= 4;
    })
    .slice(0, MOST_ACTIVITIES);
}

function predicateMisses(
  { documents, ruleSet, planSet }: Detector,
  { catalogue, policy }: BackendContent,
  rows: readonly EventRow[],
  found: ReadonlySet<string>,
  matched: ReadonlySet<string>,
): Miss[] {
  const contextOf = createContextBuilder(catalogue, policy);
  const activities = rows.flatMap((row): Activity[] => {
    const event = conformAgain(row);
    return event === null ? [] : [{ source: row.source, event, context: contextOf(event) }];
  });
  const conclusions = [...planSet.plans.values()];
  const misses: Miss[] = [];
  for (const rule of documents) {
    if (rule.kind !== "rule" || matched.has(rule.id) || found.has(rule.id)) continue;
    let nearest: { explanation: Explanation; closeness: Closeness; activity: Activity } | null = null;
    for (const activity of activities) {
      const explanation = ruleSet.explain(activity, rule);
      if (!explanation.applies || explanation.held) continue;
      const closeness = closenessOf(explanation.conditions);
      // One part that failed beside at least one that held.
      if (closeness.failed !== 1 || closeness.held < (isRuledOut(explanation) ? 1 : 2)) continue;
      if (nearest === null || closeness.held > nearest.closeness.held) nearest = { explanation, closeness, activity };
    }
    if (nearest === null) continue;
    const conclusion = conclusions.find((plan) => plan.conclusion !== null && plan.rules.includes(rule.id))?.conclusion;
    const { explanation, closeness, activity } = nearest;
    misses.push({
      kind: "predicate",
      rule: rule.id,
      title: rule.title,
      concludes: conclusion == null || conclusion.rule === rule.id ? null : conclusion.title,
      behaviours: [...(conclusion?.behaviours ?? [])],
      activity: activity.event.metadata.uid ?? null,
      time: activity.event.time,
      held: closeness.held,
      parts: closeness.held + closeness.failed,
      decided: wordsOf(explanation).slice(0, 500).toWellFormed(),
    });
  }
  return misses.toSorted((a, b) => b.held - a.held || (a.title < b.title ? -1 : 1));
}

/** A `not …` decided: all else held. */
function isRuledOut({ reason }: Explanation): boolean {
  return reason.startsWith("holds: ");
}

function wordsOf(explanation: Explanation): string {
  return isRuledOut(explanation)
    ? `ruled out: ${explanation.reason.slice("holds: ".length)}`
    : explanation.reason.replace(/^does not hold: /, "asks for ");
}

interface Closeness {
  readonly held: number;
  readonly failed: number;
}

/** Of the condition that came nearest: how many of the parts that must hold together held. */
function closenessOf(conditions: readonly ExplanationNode[]): Closeness {
  const each = conditions.map(partsOf);
  return each.toSorted((a, b) => a.failed - b.failed || b.held - a.held)[0] ?? { held: 0, failed: 0 };
}

/** What is not there (`not …`) holds for most events: it makes none of them near. */
function partsOf(node: ExplanationNode): Closeness {
  const parts = node.text === "any of these" || node.children.length === 0 ? [node] : node.children;
  return {
    held: parts.filter((part) => part.held && !part.text.startsWith("not ")).length,
    failed: parts.filter((part) => !part.held).length,
  };
}

interface MatchedRule {
  readonly matches: number;
  readonly bytes: number;
  readonly destinations: number;
}

async function matchesOf(
  reader: StoreReader,
  uids: readonly string[],
  from: number,
  until: number,
): Promise<ReadonlyMap<string, MatchedRule>> {
  if (uids.length === 0) return new Map();
  const rows = await reader.rows<{ rule: string } & MatchedRule>(
    `SELECT rule, toFloat64(count()) AS matches, toFloat64(sum(ifNull(bytes_out, 0))) AS bytes, toFloat64(uniqExact(destination)) AS destinations
     FROM match FINAL WHERE activity_uid IN {uids:Array(String)} AND match.time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND match.time <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
     GROUP BY rule`,
    { uids, from: Math.floor(from), until: Math.ceil(until) },
  );
  return new Map(rows.map(({ rule, ...row }) => [rule, row]));
}

/** Correlations that some of the incident's events count towards, and that did not conclude anything. */
function correlationMisses(
  { planSet, documents }: Detector,
  found: ReadonlySet<string>,
  matches: ReadonlyMap<string, MatchedRule>,
): Miss[] {
  const titles = new Map(
    documents.flatMap((document) => (document.kind === "filter" ? [] : [[document.id, document.title]])),
  );
  const misses: Miss[] = [];
  for (const plan of planSet.plans.values()) {
    const { conclusion } = plan;
    if (conclusion === null || found.has(conclusion.rule) || plan.id.endsWith("#alert")) continue;
    const told = plan.rules.flatMap((rule) => matches.get(rule) ?? []);
    if (told.length === 0) continue;
    const measured = measureOf(plan, told, titles, matches);
    if (measured === null) continue;
    misses.push({
      kind: "correlation",
      rule: conclusion.rule,
      title: conclusion.title,
      concludes: null,
      behaviours: [...conclusion.behaviours],
      activity: null,
      time: null,
      held: measured.held,
      parts: measured.parts,
      decided: measured.decided,
    });
  }
  const share = ({ held, parts }: Miss): number => held / Math.max(1, parts);
  return misses.toSorted((a, b) => share(b) - share(a) || (a.title < b.title ? -1 : 1));
}

function measureOf(
  plan: CorrelationPlan,
  told: readonly MatchedRule[],
  titles: ReadonlyMap<string, string>,
  matches: ReadonlyMap<string, MatchedRule>,
): { held: number; parts: number; decided: string } | null {
  const wanted = plan.conditions.find(({ comparison }) => comparison === "gte" || comparison === "gt")?.value ?? null;
  const count = told.reduce((sum, { matches: n }) => sum + n, 0);
  const window = `within ${minutesOf(plan.windowMs)}`;
  switch (plan.type) {
    case "event_count":
      if (wanted === null || count >= wanted) return null;
      return { held: count, parts: wanted, decided: `${count} of ${wanted} events ${window}` };
    case "value_count": {
      const distinct = Math.max(...told.map(({ destinations }) => destinations));
      if (wanted === null || !plan.fields.every((field) => field.startsWith("context.destination"))) return null;
      if (distinct >= wanted) return null;
      return { held: distinct, parts: wanted, decided: `${distinct} of ${wanted} different destinations ${window}` };
    }
    case "value_sum": {
      const bytes = told.reduce((sum, row) => sum + row.bytes, 0);
      if (wanted === null || bytes >= wanted || !plan.fields.includes("traffic.bytes_out")) return null;
      const text =
        bytes === 0
          ? "no source told how much"
          : `${bytes.toLocaleString("en")} of ${wanted.toLocaleString("en")} bytes`;
      return { held: bytes, parts: wanted, decided: `${text} ${window}` };
    }
    case "temporal":
    case "temporal_ordered": {
      const missing = plan.rules.filter((rule) => !matches.has(rule));
      if (missing.length === 0 || plan.expression !== null) return null;
      const names = missing.slice(0, 3).map((rule) => titles.get(rule) ?? rule);
      return {
        held: plan.rules.length - missing.length,
        parts: plan.rules.length,
        decided: `${names.join(", ")}: nothing like it in the events of this incident`,
      };
    }
    default:
      return null;
  }
}

function minutesOf(ms: number): string {
  const minutes = ms / 60_000;
  return minutes < 120
    ? `${Math.round(minutes)} min`
    : minutes < 2_880
      ? `${Math.round(minutes / 60)} h`
      : `${Math.round(minutes / 1_440)} days`;
}
