/**
 * How well the detections find what happened: invented companies whose logs hold labelled stories go through the whole
 * pipeline, and its incidents are compared with the labels. Only this file knows the labels.
 *
 * `node bench/quality.ts [--stories varied|demo] [--seeds 1,2,3] [--people 60] [--verbose]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { CompanyOptions, StoryLabel } from "../demo/generate.ts";
import { stories } from "../demo/stories/index.ts";
import { writeCompany } from "../demo/write.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import type { Incident } from "../src/model/incident.ts";
import { systemClock } from "../src/model/ports.ts";
import { listInputs } from "../src/pipeline/collect/inputs.ts";
import { runPipeline } from "../src/pipeline/index.ts";
import { readIncidents } from "../src/pipeline/persist/findings.ts";
import { Store } from "../src/pipeline/persist/store.ts";

const HOUR = 3_600_000;
/** A Monday, so that the days of the stories are days of work. */
const START = Date.UTC(2026, 2, 16);
/** From here on an incident asks for somebody's time. */
const MEDIUM = 40;

export interface QualityOptions {
  readonly seeds?: readonly number[];
  /** demo: the eight stories of the demo's week; varied: every story, each told by anybody who fits. */
  readonly stories?: "demo" | "varied";
  readonly people?: number;
  /** Print every incident with what it was taken for. */
  readonly verbose?: boolean;
}

export interface StoryScore {
  readonly seed: number;
  readonly label: StoryLabel;
  readonly incidents: readonly Incident[];
  readonly missing: readonly string[];
  readonly destination: boolean;
  readonly actor: boolean;
  readonly host: boolean;
}

export interface QualityReport {
  readonly stories: readonly StoryScore[];
  /** Incidents of medium or above that belong to no story. */
  readonly falseIncidents: readonly { readonly seed: number; readonly incident: Incident }[];
  readonly totals: {
    readonly stories: number;
    readonly found: number;
    readonly behaviourRecall: number;
    readonly precision: number;
    readonly incidentsPerStory: number;
    readonly falsePerDay: number;
    readonly rightDestination: number;
    readonly rightActor: number;
  };
}

export async function run({
  seeds = [1, 2, 3],
  stories: which = "varied",
  people,
  verbose = false,
}: QualityOptions = {}): Promise<QualityReport> {
  const scores: StoryScore[] = [];
  const falseIncidents: { seed: number; incident: Incident }[] = [];
  const days = which === "demo" ? 7 : 14;
  for (const seed of seeds) {
    const options: CompanyOptions =
      which === "demo"
        ? { seed, start: START, days, ...(people === undefined ? {} : { people }) }
        : { seed, start: START, days, people: people ?? 60, varied: true, stories: spread() };
    const { labels, incidents } = await detect(options);
    const serious = incidents.filter(({ risk_score }) => risk_score >= MEDIUM);
    for (const label of labels)
      scores.push(
        scoreStory(
          seed,
          label,
          serious.filter((incident) => belongs(incident, label)),
        ),
      );
    for (const incident of serious) {
      const owners = labels.filter((label) => belongs(incident, label));
      if (owners.length === 0) falseIncidents.push({ seed, incident });
      if (verbose)
        console.log(
          `${seed}  ${owners.map(({ id }) => id).join("+") || "FALSE"}  ${incident.risk_score}  ${incident.title}\n      ${incident.behaviours.join(" ")}\n${incident.reasons.map(({ text, points }) => `      +${points} ${text}`).join("\n")}`,
        );
    }
  }
  return {
    stories: scores,
    falseIncidents,
    totals: totalsOf(scores, falseIncidents.length, seeds.length * days),
  };
}

async function detect(
  options: CompanyOptions,
): Promise<{ labels: readonly StoryLabel[]; incidents: readonly Incident[] }> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-quality-"));
  try {
    const labels = writeCompany(folder, options);
    const store = await Store.open(join(folder, "store"));
    try {
      const { files } = await listInputs([join(folder, "logs")]);
      const summary = await runPipeline(files, {
        store,
        catalogue: loadCatalogue(),
        policy: loadPolicy(join(folder, "policy.yaml")),
        rules: loadRules([DETECTIONS]),
        source: "auto",
        clock: systemClock,
      });
      const incidents =
        summary.range === null
          ? []
          : await readIncidents(store, { from: summary.range.from, until: summary.range.until + 1 });
      return { labels, incidents };
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every story once, on the working days after the two from which first-seen correlations learn. */
function spread(): { id: string; day: number }[] {
  const days = [2, 3, 4, 7, 8, 9, 10, 11];
  return stories.map(({ id, days: lasts }, index) => ({
    id,
    day: lasts > 1 ? 7 : (days[index % days.length] as number),
  }));
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
      incident.destinations,
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
  const seen = new Set(incidents.flatMap(({ behaviours }) => behaviours));
  const any = (names: readonly string[], of: (incident: Incident) => readonly string[]): boolean =>
    names.length === 0 || incidents.some((incident) => of(incident).some((name) => names.includes(name)));
  return {
    seed,
    label,
    incidents,
    missing: label.behaviours.filter((behaviour) => !seen.has(behaviour)),
    destination: any(label.destination, ({ destinations }) => destinations),
    actor: any(label.actor, ({ actors }) => actors),
    host: any(label.hosts, ({ hosts }) => hosts),
  };
}

function totalsOf(scores: readonly StoryScore[], falseCount: number, days: number): QualityReport["totals"] {
  const found = scores.filter(({ incidents }) => incidents.length > 0);
  const told = scores.reduce((sum, { label }) => sum + label.behaviours.length, 0);
  const missed = scores.reduce((sum, { missing }) => sum + missing.length, 0);
  const owned = found.reduce((sum, { incidents }) => sum + incidents.length, 0);
  return {
    stories: scores.length,
    found: found.length,
    behaviourRecall: share(told - missed, told),
    precision: share(owned, owned + falseCount),
    incidentsPerStory: found.length === 0 ? 0 : owned / found.length,
    falsePerDay: falseCount / days,
    rightDestination: share(found.filter(({ destination }) => destination).length, found.length),
    rightActor: share(found.filter(({ actor }) => actor).length, found.length),
  };
}

const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);
const percent = (value: number): string => `${Math.round(value * 100)} %`;

/** The report as tables: by story, by behaviour, then what belongs to no story. */
export function format(report: unknown): string {
  const { stories: scores, falseIncidents, totals } = report as QualityReport;
  const lines: string[] = [];
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): void =>
    void lines.push(...aligned(head, rows), "");
  const byStory = Map.groupBy(scores, ({ label }) => label.id);
  const rows = [...byStory].map(([id, told]) => {
    const found = told.filter(({ incidents }) => incidents.length > 0);
    const missing = told.flatMap(({ seed, missing: names, incidents }) =>
      incidents.length === 0 ? [`nothing at seed ${seed}`] : names.map((name) => `${name} at ${seed}`),
    );
    const yes = (of: (score: StoryScore) => boolean): string => `${found.filter(of).length}`;
    const owned = found.reduce((sum, { incidents }) => sum + incidents.length, 0);
    return [
      id,
      `${found.length}/${told.length}`,
      yes(({ missing: names }) => names.length === 0),
      yes(({ destination }) => destination),
      yes(({ actor }) => actor),
      yes(({ host }) => host),
      found.length === 0 ? "" : (owned / found.length).toFixed(1),
      missing.join(", "),
    ];
  });
  table(["story", "found", "behaviours", "destination", "actor", "host", "incidents", "missing"], rows);

  const behaviours = new Map<string, { told: number; seen: number }>();
  for (const { label, missing } of scores) {
    for (const behaviour of label.behaviours) {
      const entry = behaviours.get(behaviour) ?? { told: 0, seen: 0 };
      behaviours.set(behaviour, { told: entry.told + 1, seen: entry.seen + (missing.includes(behaviour) ? 0 : 1) });
    }
  }
  table(
    ["behaviour", "seen"],
    [...behaviours].map(([name, { told, seen }]) => [name, `${seen}/${told}`]),
  );

  for (const { seed, incident } of falseIncidents)
    lines.push(
      `belongs to no story (seed ${seed}): ${incident.severity} ${incident.risk_score} ${incident.title} [${incident.behaviours.join(", ")}]`,
    );
  lines.push(
    `found ${totals.found} of ${totals.stories} stories, behaviours ${percent(totals.behaviourRecall)}, precision ${percent(totals.precision)}, ${totals.incidentsPerStory.toFixed(2)} incidents a story, ${totals.falsePerDay.toFixed(2)} false incidents a day, destination right ${percent(totals.rightDestination)}, actor right ${percent(totals.rightActor)}`,
  );
  return lines.join("\n");
}

function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] as number))).join("  "),
  );
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      stories: { type: "string", default: "varied" },
      seeds: { type: "string", default: "1,2,3" },
      people: { type: "string" },
      verbose: { type: "boolean", default: false },
    },
  });
  const report = await run({
    stories: values.stories === "demo" ? "demo" : "varied",
    seeds: values.seeds.split(",").map(Number),
    verbose: values.verbose,
    ...(values.people === undefined ? {} : { people: Number(values.people) }),
  });
  console.log(format(report));
}
