/** Findings -> incidents: the shape of contract.md. Pure: the same findings and coverage give the same incidents. */
import { hash } from "node:crypto";
import type { Finding, Incident, Lane, Subject } from "../../model/incident.ts";
import { formatBytes } from "../../model/units.ts";
import { blindSpotsOf, type SourceGap, visibilityOf } from "./blind-spots.ts";
import { groupFindings } from "./group.ts";
import { byPoints, scoreStory, severityOf } from "./score.ts";
import { titleOf } from "./title.ts";

/** What could be seen between two times, ms. */
export interface Coverage {
  /** Lanes whose sources delivered any event, the hour around them included. */
  (from: number, until: number): ReadonlySet<Lane>;
  /** Spans in which a source has missed something, or cannot prove that it has not; none where nothing tells. */
  readonly gaps?: (from: number, until: number) => readonly SourceGap[];
}

const MOST_NAMES = 100;
const MOST_TIMELINE = 60;
/** More is not read at three in the morning. */
const MOST_STEPS = 6;

/** Incidents in order of risk, highest first. */
export function escalate(findings: readonly Finding[], coverage: Coverage): Incident[] {
  return groupFindings(findings)
    .map((story) => toIncident(story, coverage))
    .toSorted((a, b) => b.risk_score - a.risk_score || a.first_time - b.first_time || (a.uid < b.uid ? -1 : 1));
}

function toIncident(findings: readonly Finding[], coverage: Coverage): Incident {
  const evidence = distinctEvidence(findings);
  const first_time = Math.min(...findings.map((finding) => finding.first_time));
  const last_time = Math.max(...findings.map((finding) => finding.time));
  const visibility = visibilityOf(evidence, coverage(first_time, last_time));
  const lanes = new Set(evidence.map(({ lane }) => lane));
  const { score, reasons } = scoreStory(findings, lanes.size);
  const bytes_out = bytesOut(findings, evidence);
  // What the reasons rest on; the other findings say the same again.
  const telling = byPoints(findings).filter(({ uid }) => reasons.some(({ finding }) => finding === uid));
  const behaviours = unique(byPoints(findings).flatMap((finding) => finding.behaviours));
  const actors = unique(
    evidence.flatMap(({ actor, actor_names }) => (actor === "" ? actor_names : [actor, ...actor_names])),
  ).slice(0, MOST_NAMES);
  const hosts = unique(evidence.map(({ host }) => host)).slice(0, MOST_NAMES);
  const addresses = unique(evidence.map(({ address }) => address)).slice(0, MOST_NAMES);
  const details = destinationDetails(findings, evidence);
  const destinations = details.map(({ name }) => name);
  const title = titleOf(
    new Set(behaviours),
    {
      actor: actors.find((name) => name.includes("@")) ?? actors[0] ?? null,
      host: hosts[0] ?? null,
      address: addresses[0] ?? null,
      destination: destinations[0] ?? null,
      destinations: destinations.length,
      bytesOut: bytes_out,
      spanMs: last_time - first_time,
    },
    byPoints(findings)[0]?.title ?? "",
  );
  const anchor = findings.toSorted((a, b) => a.first_time - b.first_time || (a.uid < b.uid ? -1 : 1))[0] as Finding;
  return {
    schema_version: 1,
    uid: hash("sha256", `incident ${anchor.uid}`, "hex").slice(0, 32),
    title,
    severity: severityOf(score),
    risk_score: score,
    reasons,
    first_time,
    last_time,
    actors,
    hosts,
    addresses,
    destinations,
    bytes_out,
    behaviours,
    analytics: unique(findings.flatMap((finding) => finding.analytics)).toSorted(),
    attack: unique(findings.flatMap((finding) => finding.attack)).toSorted(),
    findings: findings
      .toSorted((a, b) => a.time - b.time || (a.uid < b.uid ? -1 : 1))
      .map(({ uid, rule, title: name, time, severity, evidence: rows }) => ({
        uid,
        rule,
        title: name,
        time,
        severity,
        activities: rows.map(({ activity_uid }) => activity_uid),
      })),
    visibility,
    destination_details: details,
    blind_spots: blindSpotsOf(telling, evidence, visibility, bytes_out, coverage.gaps?.(first_time, last_time)),
    next_steps: nextSteps(telling),
    timeline: timelineOf(evidence, findings),
  };
}

const unique = (values: readonly string[]): string[] => [...new Set(values)].filter((value) => value !== "");

/** Each activity once, in order of time. */
function distinctEvidence(findings: readonly Finding[]): Subject[] {
  const byUid = new Map<string, Subject>();
  for (const { evidence } of findings)
    for (const subject of evidence) if (!byUid.has(subject.activity_uid)) byUid.set(subject.activity_uid, subject);
  return [...byUid.values()].toSorted((a, b) => a.time - b.time || (a.activity_uid < b.activity_uid ? -1 : 1));
}

/** Two sources that saw one transfer both count it: the incident's amount is what the source that saw most of it says. */
function bytesOut(findings: readonly Finding[], evidence: readonly Subject[]): number | null {
  const bySource = new Map<string, number>();
  for (const { source, bytes_out } of evidence)
    if (bytes_out !== null) bySource.set(source, (bySource.get(source) ?? 0) + bytes_out);
  for (const finding of findings)
    for (const [source, sum] of Object.entries(finding.bytes_out))
      bySource.set(source, Math.max(bySource.get(source) ?? 0, sum));
  return bySource.size === 0 ? null : Math.max(...bySource.values());
}

/**
 * The first step of every reason before the second of any.
 * @param findings the most telling first
 */
function nextSteps(findings: readonly Finding[]): string[] {
  const most = Math.max(0, ...findings.map(({ next_steps }) => next_steps.length));
  const steps = Array.from({ length: most }, (_, rank) => findings.flatMap(({ next_steps }) => next_steps[rank] ?? []));
  return unique(steps.flat()).slice(0, MOST_STEPS);
}

/** The most telling destinations first: unsanctioned before unknown before sanctioned; a host alone only where nothing on it, or below its name, shows. */
function destinationDetails(
  findings: readonly Finding[],
  evidence: readonly Subject[],
): Incident["destination_details"][number][] {
  const byName = new Map<string, Incident["destination_details"][number]>();
  for (const { destination, verdict, visibility, look_alike_of } of evidence) {
    if (destination === "") continue;
    const before = byName.get(destination);
    byName.set(destination, {
      name: destination,
      verdict: verdict === "" ? "unknown" : verdict,
      visibility: visibility === "unknown" ? (before?.visibility ?? "unknown") : visibility,
      look_alike_of: look_alike_of === "" ? (before?.look_alike_of ?? null) : look_alike_of,
    });
  }
  for (const name of findings.flatMap((finding) => finding.destinations)) {
    if (!byName.has(name)) byName.set(name, { name, verdict: "unknown", visibility: "unknown", look_alike_of: null });
  }
  const names = [...byName.keys()];
  const rank = { unsanctioned: 0, unknown: 1, sanctioned: 2 } as const;
  return [...byName.values()]
    .filter(
      ({ name }) =>
        !names.some((other) => other.startsWith(`${name}/`) || (other.split("/", 1)[0] ?? "").endsWith(`.${name}`)),
    )
    .toSorted((a, b) => rank[a.verdict] - rank[b.verdict] || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES);
}

/** What was seen when; the same thing again and again is one line. */
function timelineOf(evidence: readonly Subject[], findings: readonly Finding[]): Incident["timeline"][number][] {
  const because = new Map<string, string>();
  for (const { title, evidence: rows } of byPoints(findings))
    for (const { activity_uid } of rows) if (!because.has(activity_uid)) because.set(activity_uid, title);
  const lines: { time: number; lane: Lane; source: string; text: string; activity: string; times: number }[] = [];
  for (const subject of evidence) {
    const { time, lane, source, activity_uid: activity } = subject;
    const text = describe(subject, because.get(activity) ?? subject.operation);
    const last = lines.at(-1);
    if (last !== undefined && last.lane === lane && last.source === source && last.text === text) last.times += 1;
    else if (lines.length < MOST_TIMELINE) lines.push({ time, lane, source, text, activity, times: 1 });
  }
  return lines.map(({ times, text, ...line }) => ({ ...line, text: times === 1 ? text : `${text} (${times} times)` }));
}

function describe({ what, actor, host, address, destination, bytes_out }: Subject, because: string): string {
  const amount = bytes_out === null || bytes_out === 0 ? "" : `, ${formatBytes(bytes_out)} out`;
  if (what !== "") return `${what}${amount}`;
  return `${because}: ${actor || host || address}${destination === "" ? "" : ` → ${destination}`}${amount}`;
}
