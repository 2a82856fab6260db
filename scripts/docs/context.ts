import { CONTEXT_FIELDS } from "../../src/pipeline/conform/context/fields.ts";
import { table } from "./markdown.ts";

export function contextPage(): string {
  return `# Context fields

What is added to every event before rules see it, from the catalogue of code hosts and from \`policy.yaml\`. A rule asks for a field by its name; a
field that is null does not exist for it.

${table(
  ["field", "type", "meaning"],
  CONTEXT_FIELDS.map(({ name, type, description }) => [`\`${name}\``, type, description]),
)}`;
}
