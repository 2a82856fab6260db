/** What rules, correlations and filters have in common: title, id, level, tags and the other describing attributes. */
import { entryOf, plainValue, textOf, textsOf } from "./attributes.ts";
import { LEVELS, RELATIONS, STATUSES, type Logsource, type Metadata, type Place } from "./document.ts";
import { nearest, type IssueList } from "./issue.ts";
import type { LocatedMap } from "./located-yaml.ts";

const COMMON = [
  "title",
  "id",
  "related",
  "name",
  "taxonomy",
  "status",
  "description",
  "license",
  "references",
  "author",
  "date",
  "modified",
  "fields",
  "falsepositives",
  "level",
  "tags",
  "scope",
  "sallyport",
];
/** Attributes of old rules and of tools around Sigma: allowed, without meaning here. */
const TOLERATED = [
  "action",
  "enrichment",
  "reference",
  "related_rules",
  "simulation",
  "regression_tests_path",
  "sigma-version",
  "version",
  "custom",
  "ruletype",
  "notes",
  "category",
  "falsepositive",
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** @param own attributes only this kind of document has */
export function parseMetadata(map: LocatedMap, own: readonly string[], issues: IssueList): Metadata {
  const text = (key: string) => textOf(map, key, issues) ?? null;
  const texts = (key: string) => textsOf(map, key, issues).map((item) => item.text);
  const tags = textsOf(map, "tags", issues);
  const place = (key: string): Place => entryOf(map, key)?.value.place ?? map.place;
  reportUnknown(map, own, issues);
  const title = text("title")?.trim() ?? "";
  if (title === "")
    issues.add("attribute.missing", map.place, "the document has no title", "add `title:` with what it detects");
  else if (title.length > 256)
    issues.add("title.length", place("title"), "the title is longer than 256 characters", "shorten it");
  const uuid = text("id");
  if (uuid !== null && !UUID.test(uuid))
    issues.add(
      "id.format",
      place("id"),
      `“${uuid.slice(0, 60)}” is no UUID`,
      "generate one, for instance with `uuidgen`",
    );
  for (const key of ["date", "modified"]) {
    const date = text(key);
    if (date !== null && !DATE.test(date))
      issues.add(
        "attribute.value",
        place(key),
        `“${date.slice(0, 40)}” is no date of the form YYYY-MM-DD`,
        dateFix(date),
      );
  }
  const name = text("name");
  return {
    id: uuid ?? name ?? title,
    uuid,
    name,
    title,
    description: text("description"),
    status: oneOf(map, "status", STATUSES, issues),
    level: oneOf(map, "level", LEVELS, issues),
    tags: tags.map((tag) => tag.text),
    tagPlaces: tags.map((tag) => tag.place),
    author: text("author"),
    date: text("date"),
    modified: text("modified"),
    license: text("license"),
    taxonomy: text("taxonomy"),
    references: texts("references"),
    falsepositives: texts("falsepositives"),
    fields: texts("fields"),
    scope: texts("scope"),
    related: related(map, issues),
    custom: customOf(map, issues),
    place: map.place,
    places: new Map(map.entries.map(({ key, value }) => [key, value.place])),
  };
}

function reportUnknown(map: LocatedMap, own: readonly string[], issues: IssueList): void {
  const known = [...COMMON, ...own];
  for (const { key, keyPlace } of map.entries) {
    if (known.includes(key) || TOLERATED.includes(key)) continue;
    if (own.includes("detection") && /^(?:condition|timeframe|selection|keywords|filter)/.test(key)) {
      issues.add(
        "attribute.unknown",
        keyPlace,
        `“${key.slice(0, 60)}” stands outside the detection`,
        "indent it below `detection:`",
      );
      continue;
    }
    const near = nearest(key, known);
    // the specification allows arbitrary custom attributes: only what looks like a misspelling is reported
    if (near !== null && !known.includes(key))
      issues.add(
        "attribute.unknown",
        keyPlace,
        `“${key.slice(0, 60)}” is no attribute of Sigma`,
        `did you mean \`${near}\`?`,
      );
  }
}

function oneOf<const T extends string>(
  map: LocatedMap,
  key: string,
  values: readonly T[],
  issues: IssueList,
): T | null {
  const text = textOf(map, key, issues);
  if (text === undefined) return null;
  const value = values.find((candidate) => candidate === text.toLowerCase());
  if (value !== undefined) return value;
  issues.add(
    "attribute.value",
    entryOf(map, key)?.value.place ?? map.place,
    `“${text.slice(0, 40)}” is no ${key}`,
    `write one of ${values.join(", ")}`,
  );
  return null;
}

function related(map: LocatedMap, issues: IssueList): { id: string; type: string }[] {
  const entry = entryOf(map, "related");
  if (entry === undefined) return [];
  const items = entry.value.type === "list" ? entry.value.items : [entry.value];
  const relations: { id: string; type: string }[] = [];
  for (const item of items) {
    const id = item.type === "map" ? textOf(item, "id", issues) : undefined;
    const type = item.type === "map" ? textOf(item, "type", issues) : undefined;
    if (id === undefined || type === undefined) {
      issues.add(
        "attribute.value",
        item.place,
        "a relation has an id and a type",
        "write `- id: …` and `type: derived` below `related:`",
      );
      continue;
    }
    if (!RELATIONS.some((relation) => relation === type))
      issues.add(
        "attribute.value",
        item.place,
        `“${type.slice(0, 40)}” is no relation`,
        `write one of ${RELATIONS.join(", ")}`,
      );
    relations.push({ id, type });
  }
  return relations;
}

function customOf(map: LocatedMap, issues: IssueList): Readonly<Record<string, unknown>> {
  const entry = entryOf(map, "sallyport");
  if (entry === undefined) return Object.create(null) as Record<string, unknown>;
  if (entry.value.type !== "map") {
    issues.add("attribute.type", entry.value.place, "`sallyport` must be a mapping");
    return Object.create(null) as Record<string, unknown>;
  }
  return plainValue(entry.value) as Record<string, unknown>;
}

/** null when the document has none that could select logs; the reason is among the issues. */
export function parseLogsource(map: LocatedMap, issues: IssueList): Logsource | null {
  const entry = entryOf(map, "logsource");
  if (entry === undefined) {
    issues.add(
      "attribute.missing",
      map.place,
      "the document has no logsource",
      "add `logsource:` with category, product or service",
    );
    return null;
  }
  if (entry.value.type !== "map") {
    issues.add(
      "attribute.type",
      entry.value.place,
      "logsource must be a mapping",
      "write category, product or service below it, indented",
    );
    return null;
  }
  const source = entry.value;
  const part = (key: string) => textOf(source, key, issues)?.trim().toLowerCase() || null;
  const logsource = {
    category: part("category"),
    product: part("product"),
    service: part("service"),
    definition: textOf(source, "definition", issues) ?? null,
  };
  if (logsource.category === null && logsource.product === null && logsource.service === null) {
    issues.add(
      "logsource.empty",
      source.place,
      "the log source names no category, product or service",
      "add at least one of them",
    );
    return null;
  }
  return logsource;
}

/** Year first is turned round; of `01/02/2024` nobody knows which is the month. */
function dateFix(date: string): string {
  const yearFirst = /^\s*(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})\b/.exec(date);
  if (yearFirst === null) return "write the year first, then month and day: `2026-03-31`";
  const [, year = "", month = "", day = ""] = yearFirst;
  return `write it as ${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}
