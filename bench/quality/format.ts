/** The quality report as tables: by story, by behaviour, by visibility, then what belongs to no story. */
import { VISIBILITIES, visibilitiesWithin } from "../../demo/stories/index.ts";
import { share, type QualityReport, type StoryScore } from "./score.ts";

const percent = (value: number): string => `${Math.round(value * 100)} %`;

export function formatQuality(report: unknown): string {
  const { stories, falseIncidents, totals } = report as QualityReport;
  const visible = stories.filter(({ label }) => label.behaviours.length > 0);
  const lines = [
    ...aligned(
      ["story", "found", "named", "destination", "actor", "host", "incidents", "missing"],
      [...Map.groupBy(visible, ({ label }) => label.story)].map(([id, told]) => storyRow(id, told)).toSorted(byFirst),
    ),
    "",
    ...aligned(["behaviour", "named"], behaviourRows(visible).toSorted(byFirst)),
    "",
    ...aligned(["visible in", "stories", "found", "named"], visibilityRows(visible)),
    "",
  ];
  for (const { seed, incident } of falseIncidents)
    lines.push(
      `belongs to no story (seed ${seed}): ${incident.severity} ${incident.risk_score} ${incident.title} [${incident.behaviours.join(", ")}] ${incident.reasons.map(({ text }) => text).join("; ")}`,
    );
  lines.push(
    `found ${totals.found} of ${totals.stories} stories (${percent(share(totals.found, totals.stories))}), behaviours ${percent(totals.behaviourRecall)}, precision ${percent(totals.precision)}, ${totals.incidentsPerStory.toFixed(2)} incidents a story`,
    `${totals.falsePerDay.toFixed(2)} false incidents a day, ${totals.falsePerDayPerThousand.toFixed(2)} a day per 1,000 people`,
    `right behaviour ${percent(totals.rightBehaviour)}, right destination ${percent(totals.rightDestination)}, right actor ${percent(totals.rightActor)}, median time to detect ${(totals.timeToDetect / 60_000).toFixed(1)} min`,
  );
  return lines.join("\n");
}

function storyRow(id: string, told: readonly StoryScore[]): string[] {
  const found = told.filter(({ incidents }) => incidents.length > 0);
  const yes = (of: (score: StoryScore) => boolean): string => `${found.filter(of).length}`;
  const owned = found.reduce((sum, { incidents }) => sum + incidents.length, 0);
  const missing = told.flatMap(({ seed, label, missing: names, incidents }) => {
    const where = `${seed} ${label.id.split("@")[1] ?? `all: ${label.lanes.join("+")}`}`;
    if (incidents.length === 0) return [`NOTHING at ${where}`];
    return names.length === 0 ? [] : [`${names.join(" ")} at ${where}`];
  });
  return [
    id,
    `${found.length}/${told.length}`,
    yes(({ named }) => named),
    yes(({ destination }) => destination),
    yes(({ actor }) => actor),
    yes(({ host }) => host),
    found.length === 0 ? "" : (owned / found.length).toFixed(1),
    missing.join(", "),
  ];
}

function behaviourRows(scores: readonly StoryScore[]): string[][] {
  const rows = new Map<string, { told: number; named: number }>();
  for (const { label, missing } of scores) {
    for (const behaviour of label.behaviours) {
      const row = rows.get(behaviour) ?? { told: 0, named: 0 };
      rows.set(behaviour, { told: row.told + 1, named: row.named + (missing.includes(behaviour) ? 0 : 1) });
    }
  }
  return [...rows].map(([name, { told, named }]) => [name, `${named}/${told}`]);
}

/** A story counts for every way of seeing it that its logs are enough for. */
function visibilityRows(scores: readonly StoryScore[]): string[][] {
  return VISIBILITIES.flatMap((visibility) => {
    const told = scores.filter(({ label }) => visibilitiesWithin(label.lanes).includes(visibility));
    if (told.length === 0) return [];
    const found = told.filter(({ incidents }) => incidents.length > 0);
    return [[visibility, `${told.length}`, `${found.length}`, `${found.filter(({ named }) => named).length}`]];
  });
}

const byFirst = (a: readonly string[], b: readonly string[]): number => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1);

function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] as number))).join("  "),
  );
}
