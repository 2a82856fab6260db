import type { SourceMap } from "../../src/pipeline/conform/define-map.ts";
import { maps } from "../../src/pipeline/conform/maps/index.ts";
import { list, table } from "./markdown.ts";
import { casesOf, shortened } from "./source-example.ts";

const sorted: readonly SourceMap[] = maps.toSorted((a, b) => (a.id < b.id ? -1 : 1));

const LANES: readonly (readonly [lane: SourceMap["lane"], title: string])[] = [
  ["repository", "Code hosts"],
  ["network", "Network, proxies and DNS"],
  ["identity", "Sign-ons"],
  ["endpoint", "Endpoints"],
];

/** Every source map, by lane, in alphabetical order of its id. */
export function sourcesPage(): string {
  const overviews = LANES.map(([lane, title]) =>
    [
      `## ${title}`,
      table(
        ["source", "what it is"],
        sorted.filter((map) => map.lane === lane).map(({ id, title: what }) => [`[\`${id}\`](sources/${id}.md)`, what]),
      ),
    ].join("\n\n"),
  );
  return `# Log sources

${maps.length} sources are recognised by their content, line by line; \`--source ID\` forces one. [How to bring a log in, and how to add a
source](../sources.md). What a source cannot tell becomes a blind spot of the incidents that rest on it.

${overviews.join("\n\n")}`;
}

/** A page for every source: path below docs/reference/ -> its text. */
export function sourcePages(): Record<string, () => string> {
  return Object.fromEntries(sorted.map((map) => [`sources/${map.id}.md`, () => sourcePage(map)]));
}

function sourcePage(map: SourceMap): string {
  const { id, title, product, reference, lane, exporting, limits } = map;
  const { example, attributes, cases } = casesOf(map);
  const classes = [...attributes].map(([name, paths]) => `${name}: ${grouped(paths).join(", ")}.`);
  const told = example.recognised ? "" : `, told \`--source ${id}\``;
  return [
    `# ${title}`,
    `Source \`${id}\`. Product: ${nameOf(product)}. Lane: ${lane}. [Format](${reference}).`,
    "## How to export it",
    exporting,
    "## Example",
    `As received${told}:`,
    fenced("text", example.lines),
    "The activity it becomes, shortened:",
    fenced("yaml", shortened(example.event)),
    "## What it fills",
    `In the ${cases} files of its [golden cases](../../../src/pipeline/conform/golden/${id}/), besides what every event has. What has no home in OCSF stays under \`unmapped\`.`,
    list(classes),
    "## What it cannot tell",
    list(limits),
  ].join("\n\n");
}

/** `a.b`, `a.c`, `d` -> `a.{b,c}`, `d`. */
function grouped(paths: ReadonlySet<string>): string[] {
  const parents = Map.groupBy([...paths].toSorted(), (path) => path.slice(0, path.lastIndexOf(".") + 1));
  return [...parents].flatMap(([parent, all]) => {
    if (parent === "" || all.length === 1) return all.map((path) => `\`${path}\``);
    return `\`${parent}{${all.map((path) => path.slice(parent.length)).join(",")}}\``;
  });
}

function nameOf({ name, vendor_name: vendor }: SourceMap["product"]): string {
  return name.startsWith(vendor) ? name : `${vendor} ${name}`;
}

/** A fence longer than any in the text. */
function fenced(language: string, text: string): string {
  const fence = text.includes("```") ? "~~~~~~" : "```";
  return `${fence}${language}\n${text}\n${fence}`;
}
