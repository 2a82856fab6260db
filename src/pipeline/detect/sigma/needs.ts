/** What a rule needs to work: the fields it reads. */
import type { DetectionNode, SigmaDocument } from "./document.ts";

/** Fields of events that the document reads, in the order they stand in it; keywords read every field and name none. */
export function fieldsOf(document: SigmaDocument): string[] {
  const fields = new Set<string>();
  if (document.kind === "correlation") {
    const aliased = new Set(document.aliases.keys());
    for (const field of [
      ...document.groupBy,
      ...(document.condition?.fields ?? []),
      ...(document.baseline?.peers ?? []),
    ])
      if (!aliased.has(field)) fields.add(field);
    for (const perRule of document.aliases.values()) for (const field of perRule.values()) fields.add(field);
  } else for (const { node } of document.detection.selections) collect(node, fields);
  return [...fields];
}

function collect(node: DetectionNode, fields: Set<string>): void {
  if (node.type !== "item") {
    for (const child of node.nodes) collect(child, fields);
    return;
  }
  if (node.field !== null) fields.add(node.field);
  if (!node.modifiers.includes("fieldref")) return;
  for (const { value } of node.values) if (typeof value === "string") fields.add(value);
}
