/** Rows of an episodes query -> Findings. */
import { hash } from "node:crypto";
import type { DestinationContext } from "../../../model/activity.ts";
import type { Finding, Lane, Subject } from "../../../model/incident.ts";
import { formatBytes, formatDuration } from "../../../model/units.ts";
import { episodeGapMs, type CorrelationPlan } from "./plan.ts";

/** One row of `episodesQuery`, as JSONEachRow prints it: 64-bit integers may come as strings. */
export interface EpisodeRow {
  readonly grp: readonly string[];
  readonly day: number | string;
  readonly first: number | string;
  readonly last: number | string;
  readonly anchor: string;
  readonly hits: number | string;
  readonly measure: number;
  /** Of a deviation: JSON of what was expected, from how many earlier periods, and whose; else empty. */
  readonly note: string;
  readonly count: number | string;
  readonly bytes: Readonly<Record<string, number | string>>;
  /** Matches behind it by event rule. */
  readonly rules: Readonly<Record<string, number | string>>;
  /** Matches behind it by source. */
  readonly sources: Readonly<Record<string, number | string>>;
  readonly destinations: readonly string[];
  /** Each a JSON array of the subject's values as text: one string costs the engine far less than twenty. */
  readonly evidence: readonly string[];
}

/** @param plan must have a conclusion */
export function toFinding(plan: CorrelationPlan, row: EpisodeRow): Finding {
  const conclusion = plan.conclusion;
  if (conclusion === null) throw new TypeError(`${plan.id} concludes nothing`);
  const evidence = row.evidence.map((values) => toSubject(JSON.parse(values) as string[]));
  // Evidence is in order of time; a window may reach back to where nothing happened.
  const first_time = evidence[0]?.time ?? Number(row.first);
  const bytes: Record<string, number> = {};
  for (const [source, sum] of Object.entries(row.bytes)) if (Number(sum) > 0) bytes[source] = Number(sum);
  const destinations = row.destinations.filter((name) => name !== "").toSorted();
  const machine =
    evidence.find(({ host }) => host !== "")?.host ?? evidence.find(({ address }) => address !== "")?.address;
  const facts: Record<string, string> = {
    ...Object.fromEntries(Object.entries(row.rules).map(([rule, count]) => [rule, String(count)])),
    // What two sources saw is one thing: the one that saw most counts.
    count: String(Math.max(...Object.values(row.sources).map(Number))),
    value: measureText(plan, row.measure),
    ...limit(plan, row.measure),
    ...comparison(plan, row),
    bytes_out: formatBytes(Math.max(0, ...Object.values(bytes))),
    destination: listed(telling(destinations, evidence), "a code host"),
    actor:
      evidence.find(({ actor }) => actor !== "")?.actor ??
      (machine === undefined ? "somebody" : `somebody on ${machine}`),
    host: machine ?? "an unknown host",
    address: evidence.find(({ address }) => address !== "")?.address ?? "an unknown address",
    group: row.grp.join(", "),
    window: formatDuration(plan.windowMs),
    span: formatDuration(Number(row.last) - first_time),
  };
  return {
    uid: hash("sha256", JSON.stringify([conclusion.rule, row.grp, row.anchor, Number(row.day)]), "hex").slice(0, 32),
    rule: conclusion.rule,
    title: conclusion.title,
    severity: conclusion.severity,
    behaviours: conclusion.behaviours,
    analytics: conclusion.analytics,
    attack: conclusion.attack,
    reason: fill(conclusion.reason, facts),
    points: conclusion.points,
    next_steps: conclusion.next_steps,
    blind_spots: conclusion.blind_spots,
    reach_ms: episodeGapMs(plan),
    group: row.grp,
    first_time,
    time: Number(row.last),
    count: Number(row.count),
    bytes_out: bytes,
    destinations,
    evidence,
  };
}

/** A sum of bytes as people write sizes; every other measure as it is. */
function measureText(plan: CorrelationPlan, value: number): string {
  const sum = plan.type === "value_sum" || plan.baseline?.measure === "sum";
  return sum && plan.fields[0] === "traffic.bytes_out" ? formatBytes(value) : String(Math.round(value * 100) / 100);
}

/** From where on the condition holds, and how many times that the measure is. */
function limit(plan: CorrelationPlan, measure: number): Record<string, string> {
  const bound = plan.conditions.find(({ comparison: how }) => how === "gte" || how === "gt")?.value;
  if (bound === undefined || bound <= 0) return {};
  return { threshold: measureText(plan, bound), times: String(Math.round((measure / bound) * 10) / 10) };
}

/** What the measure was compared with, in words. */
function comparison(plan: CorrelationPlan, { note, measure }: EpisodeRow): Record<string, string> {
  // Of first sights the measure is how long nothing of the kind had been seen.
  if (plan.type === "first_seen") return { history: formatDuration(measure) };
  if (plan.absence !== null) return { history: formatDuration(plan.absence.historyMs) };
  if (note === "") return {};
  const [expected = "0", periods = "0", whose = "own"] = JSON.parse(note) as string[];
  const unit = plan.windowMs === 86_400_000 ? "day" : plan.windowMs === 3_600_000 ? "hour" : "period";
  const length = unit === "period" ? ` of ${formatDuration(plan.windowMs)}` : "";
  const count = `${periods} earlier ${unit}${periods === "1" ? "" : "s"}${length}`;
  return {
    expected: measureText(plan, Number(expected)),
    history: whose === "peers" ? `${count} of its peers` : count,
  };
}

function toSubject(values: readonly string[]): Subject {
  const [
    activity_uid = "",
    time = "0",
    source = "",
    lane = "network",
    class_uid = "0",
    actor = "",
    actorNames = "[]",
    host = "",
    host_role = "",
    address = "",
    ...rest
  ] = values;
  const [
    destination = "",
    destination_host = "",
    destination_owner = "",
    verdict = "",
    visibility = "unknown",
    look_alike_of = "",
    seen_by = "",
    operation = "",
    bytes = "",
    what = "",
  ] = rest;
  return {
    activity_uid,
    time: Number(time),
    source,
    lane: lane as Lane,
    class_uid: Number(class_uid),
    actor,
    actor_names: JSON.parse(actorNames) as string[],
    host,
    host_role,
    address,
    destination,
    destination_host,
    destination_owner,
    verdict: verdict as Subject["verdict"],
    visibility: visibility as DestinationContext["visibility"],
    look_alike_of,
    seen_by: seen_by as Subject["seen_by"],
    operation: operation as Subject["operation"],
    bytes_out: bytes === "" ? null : Number(bytes),
    what,
  };
}

/**
 * Replaces `{name}` by its fact, and `{name:push/pushes}` by number and noun; an unknown name stays as written, which
 * `rule check` reports.
 */
function fill(sentence: string, facts: Readonly<Record<string, string>>): string {
  return sentence.replaceAll(
    /\{([\w-]{1,64})(?::([^}]{1,80}))?\}/g,
    (whole, name: string, noun: string | undefined) => {
      // A rule that stands under a correlation without having matched has no count in the row.
      const fact = Object.hasOwn(facts, name) ? (facts[name] as string) : RULE_ID.test(name) ? "0" : undefined;
      if (fact === undefined) return whole;
      if (noun === undefined) return fact;
      if (noun === "time" && (fact === "1" || fact === "2")) return fact === "1" ? "once" : "twice";
      const [one = "", many = `${one}s`] = noun.split("/");
      return `${fact} ${fact === "1" ? one : many}`;
    },
  );
}

const RULE_ID = /^[\da-f]{8}-[\da-f]{4}-/i;

/** Foreign destinations first; a host alone only where nothing on it shows. */
function telling(destinations: readonly string[], evidence: readonly Subject[]): string[] {
  const foreign = new Set(
    evidence.filter(({ verdict }) => verdict === "unsanctioned").map(({ destination }) => destination),
  );
  return destinations
    .filter((name) => !destinations.some((other) => other.startsWith(`${name}/`)))
    .toSorted((a, b) => Number(foreign.has(b)) - Number(foreign.has(a)));
}

function listed(names: readonly string[], nothing: string): string {
  if (names.length === 0) return nothing;
  if (names.length <= 2) return names.join(" and ");
  return `${names[0]} and ${names.length - 1} more`;
}
