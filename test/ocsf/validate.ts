/**
 * Checks an event against the OCSF schema: class, category, activity and type ids, required attributes, types, enums and
 * their captions, constraints, attributes the schema does not know, attributes of profiles the event does not declare.
 */
import type { Attribute, Constraints, Definition, Schema } from "./schema.ts";

/** One thing wrong with an event. */
interface Problem {
  /** Dotted path of the attribute; array items as `[0]`. */
  readonly path: string;
  readonly problem: string;
}

/** All problems of one event; none when it is valid. Values of undefined count as absent, as JSON leaves them out. */
export function validateEvent(schema: Schema, input: unknown): Problem[] {
  const problems: Problem[] = [];
  const report = (path: string, problem: string) => void problems.push({ path, problem });
  if (!isRecord(input)) return [{ path: "", problem: "is no object" }];

  const definition = schema.classes.get(input["class_uid"] as number);
  if (definition === undefined) return [{ path: "class_uid", problem: `${String(input["class_uid"])} is no class` }];
  const { uid, category } = definition;
  const expected: Record<string, unknown> = { category_uid: category.uid, type_uid: uid * 100 + Number(input["activity_id"]) };
  for (const [name, value] of Object.entries(expected)) {
    if (input[name] !== value) report(name, `is ${JSON.stringify(input[name])}, should be ${JSON.stringify(value)}`);
  }
  const metadata = input["metadata"];
  if (isRecord(metadata) && metadata["version"] !== schema.version) report("metadata.version", `should be ${schema.version}`);
  const declared = isRecord(metadata) && Array.isArray(metadata["profiles"]) ? (metadata["profiles"] as string[]) : [];
  validateObject(input, definition, "");
  return problems;

  function validateObject(value: Record<string, unknown>, { name: objectName, attributes, constraints }: Definition, at: string): void {
    const prefix = at === "" ? "" : `${at}.`;
    for (const [name, attribute] of attributes) {
      const active = typeof attribute.profile !== "string" || declared.includes(attribute.profile);
      const present = value[name] !== undefined;
      if (present && !active) report(prefix + name, `needs the profile ${attribute.profile} in metadata.profiles`);
      if (!present && active && attribute.requirement === "required") report(prefix + name, "is required");
      if (present) validateValue(value[name], attribute, prefix + name);
      if (present && attribute.sibling !== undefined) validateSibling(value, name, attribute, prefix);
    }
    for (const name of Object.keys(value)) {
      if (value[name] !== undefined && !attributes.has(name)) report(prefix + name, `is no attribute of ${objectName}`);
    }
    validateConstraints(value, constraints, at);
  }

  function validateSibling(value: Record<string, unknown>, name: string, attribute: Attribute, prefix: string): void {
    const sibling = attribute.sibling!;
    const written = value[sibling];
    const id = value[name];
    if (written === undefined || id === 0 || id === 99) return;
    const captionOfId = attribute.enum?.[String(id)]?.caption;
    if (captionOfId !== undefined && captionOfId !== written) {
      report(prefix + sibling, `is ${JSON.stringify(written)}, but ${name} ${String(id)} means ${JSON.stringify(captionOfId)}`);
    }
  }

  function validateConstraints(value: Record<string, unknown>, constraints: Constraints, at: string): void {
    const count = (names: readonly string[]) => names.filter((name) => value[name] !== undefined).length;
    const { at_least_one: some, just_one: one } = constraints;
    if (some !== undefined && count(some) === 0) report(at, `needs at least one of ${some.join(", ")}`);
    if (one !== undefined && count(one) !== 1) report(at, `needs exactly one of ${one.join(", ")}`);
  }

  function validateValue(value: unknown, attribute: Attribute, at: string): void {
    if (!attribute.is_array) return validateItem(value, attribute, at);
    if (!Array.isArray(value)) return report(at, "is no array");
    value.forEach((item, index) => validateItem(item, attribute, `${at}[${index}]`));
  }

  function validateItem(value: unknown, attribute: Attribute, at: string): void {
    if (attribute.enum !== undefined && attribute.type !== "boolean_t") {
      if (!Object.hasOwn(attribute.enum, String(value)) && attribute.type !== "string_t") return report(at, `${JSON.stringify(value)} is not in the enum`);
    }
    if (!attribute.type.endsWith("_t")) {
      if (!isRecord(value)) return report(at, "is no object");
      const nested = attribute.type === "object" ? undefined : schema.object(attribute.type);
      if (nested !== undefined) validateObject(value, nested, at);
      return;
    }
    validatePrimitive(value, attribute.type, at);
  }

  function validatePrimitive(value: unknown, type: string, at: string): void {
    const { type: baseType, regex, max_len: maxLength, range } = schema.types[type] ?? {};
    switch (baseType ?? type) {
      case "json_t":
        return;
      case "boolean_t":
        if (typeof value !== "boolean") report(at, "is no boolean");
        return;
      case "float_t":
        if (typeof value !== "number" || !Number.isFinite(value)) report(at, "is no number");
        return;
      case "integer_t":
      case "long_t":
        if (!Number.isSafeInteger(value)) report(at, `${JSON.stringify(value)} is no integer`);
        else if (range !== undefined && ((value as number) < range[0] || (value as number) > range[1])) report(at, `${String(value)} is out of range`);
        return;
      default:
        if (typeof value !== "string") return report(at, `${JSON.stringify(value)} is no string`);
        if (maxLength !== undefined && value.length > maxLength) report(at, `is longer than ${maxLength}`);
        if (regex !== undefined && !pattern(regex).test(value)) report(at, `${JSON.stringify(value)} is no ${type}`);
    }
  }
}

const patterns = new Map<string, RegExp>();

function pattern(source: string): RegExp {
  let compiled = patterns.get(source);
  if (compiled === undefined) patterns.set(source, (compiled = new RegExp(source)));
  return compiled;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
