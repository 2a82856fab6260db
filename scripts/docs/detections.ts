import { readdirSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { list, table } from "./markdown.ts";

const folder = new URL("../../detections/", import.meta.url);

/** What the page tells of a rule document; shapes are checked where rules are loaded. */
interface Rule {
  readonly title: string;
  readonly description?: string;
  readonly level?: string;
  readonly tags?: readonly string[];
  readonly falsepositives?: readonly string[];
  readonly sallyport?: {
    readonly behaviours?: readonly string[];
    readonly points?: number;
    readonly next_steps?: readonly string[];
    readonly blind_spots?: readonly string[];
  };
}

/** Every folder of detections/, with the rules in it that alert. */
export function detectionsPage(): string {
  const detections = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, rules: alertingRules(name) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const overview = table(
    ["detection", "rules", "ATT&CK"],
    detections.map(({ name, rules }) => [
      `[\`${name}\`](#${name})`,
      rules.map(({ title }) => title).join("; "),
      [...new Set(rules.flatMap(techniques))].toSorted().join(", "),
    ]),
  );
  return `# Detections

Each is a folder of \`detections/\` with Sigma documents and the examples that are its tests. [How to write one](../detections.md).

${overview}

${detections.map(({ name, rules }) => [`## ${name}`, ...rules.map(section)].join("\n\n")).join("\n\n")}`;
}

/** Rules that only serve a correlation have neither points nor behaviours. */
function alertingRules(name: string): Rule[] {
  const text = readFileSync(new URL(`${name}/rule.yml`, folder), "utf8");
  const rules = parseAllDocuments(text).map((document) => document.toJS() as Rule);
  return rules.filter(({ sallyport }) => sallyport?.behaviours !== undefined);
}

function techniques({ tags = [] }: Rule): string[] {
  return tags.filter((tag) => /^attack\.t\d/.test(tag)).map((tag) => tag.slice("attack.".length).toUpperCase());
}

function section(rule: Rule): string {
  const { title, description, level, falsepositives = [], sallyport = {} } = rule;
  const { behaviours = [], points, next_steps = [], blind_spots = [] } = sallyport;
  const facts = [
    `Level ${level ?? "unknown"}`,
    ...(points === undefined ? [] : [`${points} points`]),
    `behaviour ${behaviours.map((behaviour) => `\`${behaviour}\``).join(", ")}`,
    ...techniques(rule),
  ].join(" · ");
  return [
    `### ${title}`,
    ...(description === undefined ? [] : [description.trim()]),
    facts,
    ...labelled("Looks alike", falsepositives),
    ...labelled("Next steps", next_steps),
    ...labelled("Blind spots", blind_spots),
  ].join("\n\n");
}

function labelled(label: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${label}:\n\n${list(items)}`];
}
