import { evasions, resultOf } from "../../demo/evasions/index.ts";
import { stories, VISIBILITIES } from "../../demo/stories/index.ts";
import { detectionFolders, techniques, type DetectionFolder, type Rule } from "./detection-folder.ts";
import { list, table } from "./markdown.ts";
import { VISIBILITY_NAMES } from "./visibility.ts";

/** Every folder of detections/, with what it detects. */
export function detectionsPage(): string {
  const folders = detectionFolders();
  return `# Detections

Each is a folder of \`detections/\` with Sigma documents, a text, and the examples that are its tests. [How to write one](../detections.md). What shows in
which kind of log is in [a table of its own](visibility.md).

${table(
  ["detection", "what", "rules", "ATT&CK"],
  folders.map(({ id, about, rules }) => [
    `[\`${id}\`](detections/${id}.md)`,
    about.what,
    String(rules.length),
    unique(rules.flatMap(techniques)).join(", "),
  ]),
)}`;
}

/** A page for every detection: path below docs/reference/ -> its text. */
export function detectionPages(): Record<string, () => string> {
  return Object.fromEntries(detectionFolders().map((each) => [`detections/${each.id}.md`, () => detectionPage(each)]));
}

function detectionPage({ id, about, rules, examples }: DetectionFolder): string {
  const covered = evasions.filter(({ behaviours }) => behaviours.includes(id));
  const limits = unique(rules.flatMap(({ sallyport }) => sallyport?.blind_spots ?? []));
  const alike = unique(rules.flatMap(({ falsepositives = [] }) => falsepositives));
  return [
    `# ${about.title}`,
    `Detection \`${id}\`. ATT&CK: ${unique(rules.flatMap(techniques)).join(", ")}. [Rules](../../../detections/${id}/), [all detections](../detections.md).`,
    about.what,
    "## Why",
    about.why,
    "## Rules",
    ...rules.map(ruleSection),
    "## Where it shows",
    shownIn(id),
    "## Evasions covered",
    covered.length === 0
      ? "None of the [evasions](../evasions.md) is found by this detection alone."
      : table(
          ["", "evasion", "result", "what stays hidden"],
          covered.map((evasion) => [evasion.id, evasion.title, resultOf(evasion), evasion.limits]),
        ),
    "## Blind spots",
    limits.length === 0 ? "A source that is not collected. No other is known." : list(limits),
    "## Triage",
    about.triage,
    "## Tuning",
    about.tuning,
    ...(alike.length === 0 ? [] : ["What looks alike:", list(alike)]),
    "## Examples",
    list(
      examples.map(
        (name) =>
          `[${name}](../../../detections/${id}/examples/${name}) ${name.startsWith("fires-") ? "fires" : "stays quiet"}`,
      ),
    ),
  ].join("\n\n");
}

function ruleSection(rule: Rule): string {
  const { id, title, description, level, correlation, sallyport = {}, references = [] } = rule;
  const { analytics = [], points, reason, threshold, threshold_times: times = 1, next_steps = [] } = sallyport;
  const facts = [
    `Level ${level ?? "unknown"}`,
    ...(points === undefined ? [] : [`${points} points`]),
    ...(correlation === undefined
      ? ["single events"]
      : [`\`${correlation.type}\`${correlation.timespan === undefined ? "" : ` over ${correlation.timespan}`}`]),
    ...(threshold === undefined ? [] : [`\`${threshold}\`${times === 1 ? "" : ` × ${times}`}`]),
    ...techniques(rule),
    ...analytics,
    `\`${id}\``,
  ].join(" · ");
  return [
    `### ${title}`,
    ...(description === undefined ? [] : [description.trim()]),
    facts,
    ...(reason === undefined ? [] : [`> ${reason}`]),
    ...(next_steps.length === 0 ? [] : ["First steps:", list(next_steps)]),
    ...(references.length === 0 ? [] : [references.map((address) => `<${address}>`).join(" ")]),
  ].join("\n\n");
}

function shownIn(behaviour: string): string {
  const shown = VISIBILITIES.filter((visibility) =>
    stories.some(({ shows }) => shows[visibility]?.some((name) => name === behaviour) === true),
  );
  const names = shown.map((visibility) => VISIBILITY_NAMES[visibility]).join(", ");
  return shown.length === 0
    ? "No kind of log alone is enough in the simulated stories."
    : `Any of these alone is enough in simulated stories: ${names}. [All behaviours](../visibility.md).`;
}

const unique = (values: readonly string[]): string[] => [...new Set(values)].toSorted();
