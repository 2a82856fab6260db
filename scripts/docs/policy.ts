import * as z from "zod";
import { PolicySchema } from "../../src/model/policy.ts";
import { table } from "./markdown.ts";

/** As much of JSON Schema as the policy and the configuration use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly title?: string;
  readonly default?: unknown;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

export function policyPage(): string {
  const root = z.toJSONSchema(PolicySchema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  // A schema with an id is written as a definition that the root refers to.
  const schema = root.properties === undefined ? Object.values(root.$defs ?? {})[0]! : root;
  return `# Policy

Every key of \`policy.yaml\`; all at the top are optional. [What they are for, with examples](../policy.md).

${table(["key", "type", "meaning"], rowsOf(schema, ""))}`;
}

/** @param told whether what is required at the top is told too */
export function rowsOf(schema: JsonSchema, prefix: string, told = prefix !== ""): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const key = `${prefix}${name}`;
    const inner = value.items?.properties === undefined ? rowsOf(value, `${key}.`) : rowsOf(value.items, `${key}[].`);
    const fallback = value.default === undefined ? "" : ` Default \`${JSON.stringify(value.default)}\`.`;
    const needed = told && schema.required?.includes(name) === true ? " Required." : "";
    return [[`\`${key}\``, typeOf(value), `${value.description ?? ""}${needed}${fallback}`], ...inner];
  });
}

function typeOf({ type, items, anyOf, enum: choices, const: only }: JsonSchema): string {
  if (only !== undefined) return `\`${String(only)}\``;
  if (choices !== undefined) return `one of ${choices.map(String).join(", ")}`;
  if (anyOf !== undefined) return anyOf.map(typeOf).join(" or ");
  if (type === "array")
    return `list of ${items?.properties === undefined && items?.oneOf === undefined ? typeOf(items ?? {}) : "entries"}`;
  if (type === "object") return "group";
  return Array.isArray(type) ? type.join(" or ") : String(type ?? "any");
}
