import * as z from "zod";
import { ConfigurationSchema } from "../../src/content/configuration/index.ts";
import { table } from "./markdown.ts";
import { type JsonSchema, rowsOf } from "./policy.ts";

const TITLE = "Configuration of a running Sallyport (sallyport.yaml)";

/** JSON Schema, for editors: `# yaml-language-server: $schema=…/sallyport.schema.json`. */
export function configurationSchema(): string {
  return `${JSON.stringify({ title: TITLE, ...schemaOf() }, null, 2)}\n`;
}

function schemaOf(): JsonSchema {
  return z.toJSONSchema(ConfigurationSchema, { io: "input", unrepresentable: "any", reused: "inline" }) as JsonSchema;
}

export function configurationPage(): string {
  const root = schemaOf();
  const schema = root.properties === undefined ? Object.values(root.$defs ?? {})[0]! : root;
  const lists = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const kinds = value.items?.oneOf ?? value.items?.anyOf ?? [];
    return kinds.some(({ properties }) => properties !== undefined) ? [{ name, kinds }] : [];
  });
  return `# Configuration

Every key of \`sallyport.yaml\`. [What they are for, by task](../configuration.md). Paths are relative to the file they stand in. An unknown key is an error
that names the nearest known one.

${table(["key", "type", "meaning"], rowsOf(schema, ""))}

${lists.map(({ name, kinds }) => kinds.map((kind) => kindSection(name, kind)).join("\n\n")).join("\n\n")}`;
}

/** One kind of entry of a list whose entries are told apart by \`type\`. */
function kindSection(list: string, kind: JsonSchema): string {
  const type = kind.properties?.["type"]?.const ?? kind.title ?? "";
  const text = kind.description === undefined ? "" : `${kind.description}\n\n`;
  return `## ${list}: ${String(type)}\n\n${text}${table(["key", "type", "meaning"], rowsOf(kind, "", true))}`;
}
