/**
 * docs/reference/visibility.md, cell by cell: every story told once for each kind of log that is said to show it, in logs limited to
 * that kind, through the whole pipeline.
 */
import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StoryLabel, Telling } from "../demo/generate.ts";
import { lanesOf, stories, VISIBILITIES, type Visibility } from "../demo/stories/index.ts";
import { writeCompany } from "../demo/write.ts";
import { loadCatalogue } from "../src/content/load-catalogue.ts";
import { loadPolicy } from "../src/content/load-policy.ts";
import { DETECTIONS, loadRules } from "../src/content/load-rules.ts";
import type { Incident } from "../src/model/incident.ts";
import { listInputs } from "../src/pipeline/collect/inputs.ts";
import { parseRuleFiles, planSetOf } from "../src/pipeline/detect/detector.ts";
import { runPipeline } from "../src/pipeline/index.ts";
import { readIncidents } from "../src/pipeline/persist/findings.ts";
import { Store } from "../src/pipeline/persist/store.ts";
import { filesBelow } from "./scenario.ts";

/** Monday 2026-03-16. */
const START = Date.UTC(2026, 2, 16);
const DAY = 86_400_000;
/** From here on an incident asks for somebody's time. */
const MEDIUM = 40;

const cells = stories.flatMap((story) =>
  VISIBILITIES.filter((visibility) => story.shows[visibility] !== undefined).map((visibility) => ({
    story,
    visibility,
  })),
);

/** What is learnt from comes first: addresses and owners that were never seen need something that was. */
function plan(): Telling[] {
  const learnt: Telling[] = [
    { id: "clone-sweep", day: 0, lanes: ["audit"] },
    { id: "daily-push", day: 0, lanes: ["url"] },
  ];
  const days = [3, 4, 7, 8, 9, 10];
  return [
    ...learnt,
    ...cells.map(({ story, visibility }, index) => ({
      id: story.id,
      day: story.days > 1 ? 7 : (days[index % days.length] as number),
      lanes: lanesOf(visibility),
    })),
  ];
}

describe("every story in every kind of log that shows it", () => {
  let folder: string;
  let labels: readonly StoryLabel[];
  let incidents: readonly Incident[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-visibility-"));
    const options = { seed: 11, start: START, days: 14, people: 150, varied: true, life: false, stories: plan() };
    labels = writeCompany(folder, options).slice(2);
    const logs = join(folder, "logs");
    for (const file of filesBelow(logs)) utimesSync(file, new Date(START + 40 * DAY), new Date(START + 40 * DAY));
    const store = await Store.open(join(folder, "store"));
    try {
      const { files } = await listInputs([logs]);
      const policy = loadPolicy(join(folder, "policy.yaml"));
      const documents = parseRuleFiles(loadRules([DETECTIONS]));
      await runPipeline(files, {
        store,
        catalogue: loadCatalogue(),
        policy,
        documents,
        planSet: planSetOf(documents, policy),
        source: "auto",
        clock: { now: () => 1 },
      });
      incidents = await readIncidents(store, { from: 0, until: START + 60 * DAY });
    } finally {
      await store.close();
    }
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(cells.map(({ story, visibility }, index) => ({ id: story.id, visibility, index })))(
    "$id in $visibility",
    ({ id, visibility, index }) => {
      const label = labels[index] as StoryLabel;
      expect(label.story).toBe(id);
      const named = new Set<string>(
        incidents
          .filter((incident) => incident.risk_score >= MEDIUM && tells(incident, label))
          .flatMap(({ behaviours }) => behaviours),
      );
      const story = stories.find((candidate) => candidate.id === id);
      const promised: readonly string[] = story?.shows[visibility as Visibility] ?? [];
      expect(promised.filter((behaviour) => !named.has(behaviour))).toEqual([]);
    },
  );
});

/** One person plays one part, so that a machine, a person or a foreign repository is enough. */
function tells(incident: Incident, label: StoryLabel): boolean {
  if (incident.first_time > label.last_time + 3_600_000 || incident.last_time < label.first_time - 3_600_000)
    return false;
  const shares = (names: readonly string[], found: readonly string[]): boolean =>
    names.some((name) => found.includes(name));
  return (
    shares(label.hosts, incident.hosts) ||
    shares(
      label.actor.filter((name) => name.includes("@") || label.hosts.length === 0),
      incident.actors,
    )
  );
}
