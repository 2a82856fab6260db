import { maps } from "../../src/pipeline/conform/maps/index.ts";
import { list, table } from "./markdown.ts";

/** Every source map, in alphabetical order of its id. */
export function sourcesPage(): string {
  const sorted = maps.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const overview = table(
    ["source", "what it is", "lane"],
    sorted.map(({ id, title, lane }) => [`[\`${id}\`](#${id})`, title, lane]),
  );
  const sections = sorted.map(({ id, title, product, reference, lane, limits }) =>
    [
      `## ${id}`,
      `${title}. Product: ${product.vendor_name} ${product.name}. Lane: ${lane}.`,
      `Format: <${reference}>`,
      ...(limits.length > 0 ? [`It cannot tell:\n\n${list(limits)}`] : []),
    ].join("\n\n"),
  );
  return `# Log sources

${maps.length} sources are recognised by their content, line by line; \`--source ID\` forces one. What a source cannot tell becomes a blind spot of the incidents
that rest on it.

${overview}

${sections.join("\n\n")}`;
}
