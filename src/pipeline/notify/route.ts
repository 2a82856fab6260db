/** Who is told what: pure, from an incident as it is now and what the receiver was told of it. */
import { hash } from "node:crypto";
import type { Severity } from "../../model/incident.ts";
import {
  SEVERITIES,
  type Change,
  type IncidentNow,
  type Notice,
  type OutboxEntry,
  type CHANGES,
} from "../../model/notification.ts";
import { compilePatterns } from "../../model/pattern.ts";
import type { Policy } from "../../model/policy.ts";
import { departureOf, type Schedule } from "./schedule.ts";

/** What a receiver asks for. Everything given must hold. */
export interface Route extends Schedule {
  readonly id: string;
  readonly min_severity?: Severity | undefined;
  readonly severities?: readonly Severity[] | undefined;
  readonly behaviours?: readonly string[] | undefined;
  readonly teams?: readonly string[] | undefined;
  readonly changes?: readonly (typeof CHANGES)[number][] | undefined;
}

export interface Planned {
  readonly entry: OutboxEntry;
  readonly notice: Notice;
}

export type Planner = (now: IncidentNow, told: readonly OutboxEntry[], time: number) => Planned | null;

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** @param policy tells who is in which team */
export function createPlanner(route: Route, policy: Policy | null): Planner {
  const wants = matcherOf(route, policy);
  const changes = new Set<Change>(route.changes ?? ["new", "raised"]);
  if (changes.has("closed")) changes.add("reopened");
  return (now, told, time) => {
    const all = told.filter(({ receiver }) => receiver === route.id);
    const mine = all.filter(({ state }) => state !== "dropped");
    const step = nextStep(now, { told: mine, all }, wants);
    if (step === null || (mine.length > 0 && !changes.has(step.change))) return null;
    const { incident } = now;
    // Nothing told yet and not asked for: kept, so that what comes next is known to be a rise.
    const skipped = !changes.has(step.change);
    const delivery = deliveryId(route.id, incident.uid, step.name);
    const threads = [...new Set(mine.map(({ thread }) => thread))];
    const thread = threads[0] ?? incident.uid;
    const merged = threads.slice(1);
    const { due, batch } = departureOf(route, incident.severity, time);
    const previous = mostSevere(mine);
    return {
      entry: {
        delivery,
        receiver: route.id,
        incident: incident.uid,
        thread,
        change: step.change,
        severity: incident.severity,
        created: time,
        due,
        batch,
        state: skipped ? "skipped" : "waiting",
        attempts: 0,
        answer: "",
        reference: "",
        version: 1,
      },
      notice: {
        delivery,
        change: step.change,
        previous_severity: previous,
        thread,
        merged,
        incident,
        state: now.state,
        assignee: now.assignee,
        disposition: now.disposition,
        test: false,
      },
    };
  };
}

/** The same for the same step of the same incident, whichever process finds it. */
export function deliveryId(receiver: string, incident: string, step: string): string {
  return hash("sha256", JSON.stringify([receiver, incident, step]), "hex").slice(0, 32);
}

interface Step {
  readonly change: Change;
  /** Unique among the steps of an incident. */
  readonly name: string;
}

/** @param entries.all with those that were dropped: their names are taken */
function nextStep(
  now: IncidentNow,
  { told, all }: { readonly told: readonly OutboxEntry[]; readonly all: readonly OutboxEntry[] },
  wants: (now: IncidentNow) => boolean,
): Step | null {
  const { incident, state } = now;
  const dropped = all.filter((entry) => entry.incident === incident.uid && entry.state === "dropped");
  // Whether an earlier incident was closed says nothing of the story it became part of.
  const own = told.filter((entry) => entry.incident === incident.uid);
  const turns = own.filter(({ change }) => change === "closed" || change === "reopened");
  const wasClosed = turns.at(-1)?.change === "closed";
  const turn = turns.length + dropped.filter(({ change }) => change === "closed" || change === "reopened").length + 1;
  if (state === "closed") return told.length === 0 || wasClosed ? null : { change: "closed", name: `closed:${turn}` };
  if (wasClosed) return { change: "reopened", name: `reopened:${turn}` };
  if (!wants(now)) return null;
  const before = mostSevere(told);
  const again = dropped.length === 0 ? "" : `:${dropped.length + 1}`;
  if (before === null) return { change: "new", name: `new${again}` };
  return rank(incident.severity) > rank(before)
    ? { change: "raised", name: `raised:${incident.severity}${again}` }
    : null;
}

function mostSevere(told: readonly OutboxEntry[]): Severity | null {
  let most: Severity | null = null;
  for (const { severity } of told) if (most === null || rank(severity) > rank(most)) most = severity;
  return most;
}

function matcherOf(route: Route, policy: Policy | null): (now: IncidentNow) => boolean {
  const least = rank(route.min_severity ?? "low");
  const severities = route.severities === undefined ? null : new Set<Severity>(route.severities);
  const behaves = route.behaviours === undefined ? null : compilePatterns(route.behaviours);
  const members = route.teams === undefined ? null : membersOf(route.teams, policy);
  return ({ incident }) =>
    rank(incident.severity) >= least &&
    (severities === null || severities.has(incident.severity)) &&
    (behaves === null || incident.behaviours.some((behaviour) => behaves(behaviour))) &&
    (members === null || incident.actors.some((actor) => members.has(actor.toLowerCase())));
}

/** Addresses and logins of the people of these teams, lower case. */
function membersOf(teams: readonly string[], policy: Policy | null): ReadonlySet<string> {
  const wanted = new Set(teams.map((team) => team.toLowerCase()));
  const people = (policy?.people ?? []).filter(({ team }) => team !== undefined && wanted.has(team.toLowerCase()));
  return new Set(people.flatMap(({ user, logins = [] }) => [user, ...logins]).map((name) => name.toLowerCase()));
}
