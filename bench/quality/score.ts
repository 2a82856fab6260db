/** Incidents against labels: which story an incident tells, and how well. */
import type { StoryLabel } from "../../demo/generate.ts";
import type { Incident } from "../../src/model/incident.ts";

const HOUR = 3_600_000;

export interface StoryScore {
  readonly seed: number;
  readonly label: StoryLabel;
  readonly incidents: readonly Incident[];
  /** Behaviours that its sources show and no incident names. */
  readonly missing: readonly string[];
  /** At least one of its behaviours is named. */
  readonly named: boolean;
  readonly destination: boolean;
  readonly actor: boolean;
  readonly host: boolean;
  /** From the story's first trace to the evidence that made an incident of it, ms; null where there is none. */
  readonly delayMs: number | null;
}

export interface FalseIncident {
  readonly seed: number;
  readonly incident: Incident;
}

export interface QualityReport {
  readonly stories: readonly StoryScore[];
  /** Incidents of medium or above that belong to no story. */
  readonly falseIncidents: readonly FalseIncident[];
  readonly totals: Totals;
}

export interface Totals {
  /** Stories that some source shows; the others cannot be told from everyday work. */
  readonly stories: number;
  readonly found: number;
  readonly blind: number;
  readonly behaviourRecall: number;
  readonly precision: number;
  readonly incidentsPerStory: number;
  readonly falsePerDay: number;
  readonly falsePerDayPerThousand: number;
  readonly rightBehaviour: number;
  readonly rightDestination: number;
  readonly rightActor: number;
  /** Median, ms. */
  readonly timeToDetect: number;
}

/** Labels whose story the incident tells. */
export function ownersOf(incident: Incident, labels: readonly StoryLabel[]): StoryLabel[] {
  return labels.filter((label) => belongs(incident, label));
}

export function scoreStories(
  seed: number,
  labels: readonly StoryLabel[],
  incidents: readonly Incident[],
): StoryScore[] {
  return labels.map((label) =>
    scoreStory(
      seed,
      label,
      incidents.filter((incident) => belongs(incident, label)),
    ),
  );
}

/** An incident belongs to a story that it overlaps in time and shares a person, a machine, a destination or an address of its own with. */
function belongs(incident: Incident, label: StoryLabel): boolean {
  if (incident.first_time > label.last_time + HOUR || incident.last_time < label.first_time - HOUR) return false;
  const shares = (names: readonly string[], found: readonly string[]): boolean =>
    names.some((name) => found.includes(name));
  if (
    shares(label.hosts, incident.hosts) ||
    shares(
      label.destination.filter((name) => name.includes("/")),
      // what many do with the company's own repositories joins nothing
      incident.destination_details.filter(({ verdict }) => verdict !== "sanctioned").map(({ name }) => name),
    )
  )
    return true;
  // A local account is the same name on many machines.
  const person = label.actor.filter((name) => name.includes("@") || label.hosts.length === 0);
  return (
    shares(person, incident.actors) ||
    (label.hosts.length === 0 && label.actor.length === 0 && shares(label.addresses, incident.addresses))
  );
}

function scoreStory(seed: number, label: StoryLabel, incidents: readonly Incident[]): StoryScore {
  const seen = new Set<string>(incidents.flatMap(({ behaviours }) => behaviours));
  const any = (names: readonly string[], of: (incident: Incident) => readonly string[]): boolean =>
    names.length === 0 || incidents.some((incident) => of(incident).some((name) => names.includes(name)));
  const first = Math.min(...incidents.flatMap(({ findings }) => findings.map(({ time }) => time)));
  return {
    seed,
    label,
    incidents,
    missing: label.behaviours.filter((behaviour) => !seen.has(behaviour)),
    named: label.behaviours.some((behaviour) => seen.has(behaviour)),
    destination: any(label.destination, ({ destinations }) => destinations),
    actor: any(label.actor, ({ actors }) => actors),
    host: any(label.hosts, ({ hosts }) => hosts),
    delayMs: Number.isFinite(first) ? Math.max(0, first - label.first_time) : null,
  };
}

/**
 * @param days of all companies together
 * @param personDays people times days
 */
export function totalsOf(scores: readonly StoryScore[], falseCount: number, days: number, personDays: number): Totals {
  const visible = scores.filter(({ label }) => label.behaviours.length > 0);
  const found = visible.filter(({ incidents }) => incidents.length > 0);
  const told = visible.reduce((sum, { label }) => sum + label.behaviours.length, 0);
  const missed = visible.reduce((sum, { missing }) => sum + missing.length, 0);
  const owned = scores.reduce((sum, { incidents }) => sum + incidents.length, 0);
  const delays = found.flatMap(({ delayMs }) => (delayMs === null ? [] : [delayMs])).toSorted((a, b) => a - b);
  const ratio = (of: (score: StoryScore) => boolean): number => share(found.filter(of).length, found.length);
  return {
    stories: visible.length,
    found: found.length,
    blind: scores.length - visible.length,
    behaviourRecall: share(told - missed, told),
    precision: share(owned, owned + falseCount),
    incidentsPerStory:
      found.length === 0 ? 0 : found.reduce((sum, { incidents }) => sum + incidents.length, 0) / found.length,
    falsePerDay: falseCount / days,
    falsePerDayPerThousand: (falseCount / personDays) * 1_000,
    rightBehaviour: ratio(({ named }) => named),
    rightDestination: ratio(({ destination }) => destination),
    rightActor: ratio(({ actor }) => actor),
    timeToDetect: delays[Math.floor(delays.length / 2)] ?? 0,
  };
}

export function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}
