/** Reads typed attributes out of a located document, reporting what is of the wrong kind. */
import type { Place } from "../../../model/errors.ts";
import type { IssueList } from "./issue.ts";
import type { Located, LocatedEntry, LocatedMap } from "./located-yaml.ts";

export function entryOf(map: LocatedMap, key: string): LocatedEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** Text of a string attribute; numbers and booleans count by their source text. undefined: not there or of another kind. */
export function textOf(map: LocatedMap, key: string, issues: IssueList): string | undefined {
  const entry = entryOf(map, key);
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.type === "scalar" && value.value !== null)
    return typeof value.value === "string" ? value.value : value.source;
  if (value.type === "scalar") return undefined;
  issues.add("attribute.type", value.place, `${key} must be text, not a ${value.type}`);
  return undefined;
}

/** A list of texts, or one text standing for a list of one. */
export function textsOf(map: LocatedMap, key: string, issues: IssueList): { text: string; place: Place }[] {
  const entry = entryOf(map, key);
  if (entry === undefined) return [];
  const items = entry.value.type === "list" ? entry.value.items : [entry.value];
  const texts: { text: string; place: Place }[] = [];
  for (const item of items) {
    if (item.type === "scalar") {
      if (item.value !== null)
        texts.push({ text: typeof item.value === "string" ? item.value : item.source, place: item.place });
    } else {
      issues.add("attribute.type", item.place, `${key} must be a list of texts, not of ${item.type}s`);
    }
  }
  return texts;
}

/** A plain value for people outside the engine: maps become objects without prototype. */
export function plainValue(value: Located): unknown {
  if (value.type === "scalar") return value.value;
  if (value.type === "list") return value.items.map(plainValue);
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { key, value: child } of value.entries) plain[key] = plainValue(child);
  return plain;
}
