/**
 * How well the detections find what happened: invented companies whose logs hold labelled stories go through the whole
 * pipeline, and its incidents are compared with the labels. Only this file and what it calls know the labels.
 *
 * `node bench/quality.ts [--stories varied|demo] [--seeds 101,102,103] [--people 60] [--days 14] [--verbose]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { CompanyOptions, StoryLabel } from "../demo/generate.ts";
import { planStories } from "../demo/plan.ts";
import { drawProfile } from "../demo/profile.ts";
import { writeCompany } from "../demo/write.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import type { Incident } from "../src/model/incident.ts";
import { systemClock } from "../src/model/ports.ts";
import { listInputs } from "../src/pipeline/collect/inputs.ts";
import { parseRuleFiles, planSetOf } from "../src/pipeline/detect/detector.ts";
import { runPipeline } from "../src/pipeline/index.ts";
import { readIncidents } from "../src/pipeline/persist/findings.ts";
import { Store } from "../src/pipeline/persist/store.ts";
import { formatQuality } from "./quality/format.ts";
import {
  ownersOf,
  scoreStories,
  totalsOf,
  type FalseIncident,
  type QualityReport,
  type StoryScore,
} from "./quality/score.ts";

/** A Monday, so that the days of the stories are days of work. */
const START = Date.UTC(2026, 2, 16);
/** From here on an incident asks for somebody's time. */
const MEDIUM = 40;

export interface QualityOptions {
  readonly seeds?: readonly number[];
  /** demo: the eight stories of the demo's week; varied: other companies, every story, each seen in another way. */
  readonly stories?: "demo" | "varied";
  readonly people?: number;
  readonly days?: number;
  /** Print every incident with what it was taken for. */
  readonly verbose?: boolean;
}

export async function run({
  seeds = [101, 102, 103],
  stories = "varied",
  people,
  days,
  verbose = false,
}: QualityOptions = {}): Promise<QualityReport> {
  const scores: StoryScore[] = [];
  const falseIncidents: FalseIncident[] = [];
  let span = 0;
  let staff = 0;
  for (const seed of seeds) {
    const options = stories === "demo" ? demoCompany(seed, people, days) : variedCompany(seed, people, days);
    const { labels, incidents } = await detect(options);
    const serious = incidents.filter(({ risk_score }) => risk_score >= MEDIUM);
    scores.push(...scoreStories(seed, labels, serious));
    for (const incident of serious) {
      const owners = ownersOf(incident, labels);
      if (owners.length === 0) falseIncidents.push({ seed, incident });
      if (verbose) console.log(describe(seed, incident, owners));
    }
    span += options.days;
    staff += (options.people ?? 20) * options.days;
  }
  return { stories: scores, falseIncidents, totals: totalsOf(scores, falseIncidents.length, span, staff) };
}

function demoCompany(seed: number, people: number | undefined, days = 7): CompanyOptions {
  return { seed, start: START, days, ...(people === undefined ? {} : { people }) };
}

function variedCompany(seed: number, people = 60, days = 14): CompanyOptions {
  const profile = drawProfile(seed, START, days);
  const plan = planStories({ seed, start: START, days, profile });
  return { seed, start: START, days, people, profile, stories: plan, varied: true, skip: true };
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
      const policy = loadPolicy(join(folder, "policy.yaml"));
      const documents = parseRuleFiles(loadRules([DETECTIONS]));
      const summary = await runPipeline(files, {
        store,
        catalogue: loadCatalogue(),
        policy,
        documents,
        planSet: planSetOf(documents, policy),
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

function describe(seed: number, incident: Incident, owners: readonly StoryLabel[]): string {
  return `${seed}  ${owners.map(({ id }) => id).join(" & ") || "FALSE"}  ${incident.risk_score}  ${incident.title}\n      ${incident.behaviours.join(" ")} ${incident.actors.join(",")} ${incident.hosts.join(",")}\n${incident.reasons.map(({ text, points }) => `      +${points} ${text}`).join("\n")}`;
}

export const format = formatQuality;

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      stories: { type: "string", default: "varied" },
      seeds: { type: "string", default: "101,102,103" },
      people: { type: "string" },
      days: { type: "string" },
      verbose: { type: "boolean", default: false },
    },
  });
  const report = await run({
    stories: values.stories === "demo" ? "demo" : "varied",
    seeds: values.seeds.split(",").map(Number),
    verbose: values.verbose,
    ...(values.people === undefined ? {} : { people: Number(values.people) }),
    ...(values.days === undefined ? {} : { days: Number(values.days) }),
  });
  console.log(format(report));
}
