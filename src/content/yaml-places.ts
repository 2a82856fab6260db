/** A YAML text with its places, and zod's issues told the way an editor jumps to: file:line:column and the nearest known name. */
import { isMap, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import type * as z from "zod";
import type { Place } from "../model/errors.ts";

export interface Problem {
  readonly message: string;
  readonly place: Place;
}

export interface PlacedYaml {
  /** The document as plain data; undefined when it does not parse. */
  readonly data: unknown;
  /** Syntax errors and repeated keys. */
  readonly problems: readonly Problem[];
  /** Where the value at the path begins; the nearest ancestor that exists when there is none. */
  placeOf(path: readonly PropertyKey[]): Place;
  /** Where the key stands in the mapping at the path. */
  placeOfKey(path: readonly PropertyKey[], key: string): Place;
}

export function readYaml(text: string, file: string): PlacedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems = document.errors.map((error) => ({ message: error.message, place: placeAt(error.pos[0]) }));

  let data: unknown;
  if (problems.length === 0) {
    try {
      data = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      problems.push({ message: error instanceof Error ? error.message : "unreadable", place: placeAt(0) });
    }
  }
  return {
    data,
    problems,
    placeOf: (path) => placeAt(offsetOf(document, path)),
    placeOfKey: (path, key) => placeAt(offsetOfKey(document, path, key)),
  };
}

/** Every issue of a failed parse as a problem with its place. */
export function describeIssues(error: z.ZodError, schema: z.ZodType, yaml: PlacedYaml): readonly Problem[] {
  const problems: Problem[] = [];
  for (const issue of error.issues) {
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, issue.path, yaml.data);
      for (const key of issue.keys) {
        const nearest = nearestName(key, known);
        problems.push({
          message: `unknown key "${key}"${nearest === null ? "" : `; did you mean "${nearest}"?`}`,
          place: yaml.placeOfKey(issue.path, key),
        });
      }
    } else if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
      const { options, path } = issue;
      const given = valueAt(yaml.data, path);
      const known = options.map(String);
      const nearest = typeof given === "string" ? nearestName(given, known) : null;
      const hint = nearest === null ? `write one of ${known.join(", ")}` : `did you mean "${nearest}"?`;
      const what = given === undefined ? "is missing" : `"${String(given).slice(0, 64)}" is not known`;
      problems.push({ message: `${path.map(String).join(".")}: ${what}; ${hint}`, place: yaml.placeOf(path) });
    } else {
      const where = issue.path.map(String).join(".");
      const missing = issue.code === "invalid_type" && where !== "" && valueAt(yaml.data, issue.path) === undefined;
      const message = missing ? "is missing" : issue.message;
      problems.push({
        message: where === "" ? message : `${where}: ${message}`,
        place: yaml.placeOf(issue.path),
      });
    }
  }
  return problems;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const step of path) value = isRecord(value) && Object.hasOwn(value, step) ? value[step as string] : undefined;
  return value;
}

/** The known name with the fewest differing letters, if it is near enough to be meant. */
export function nearestName(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase().slice(0, 64), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      current.push(
        Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + cost),
      );
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    const range =
      typeof node === "object" && node !== null && "range" in node
        ? (node.range as readonly number[] | undefined)
        : undefined;
    if (range?.[0] !== undefined) return range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function offsetOfKey(document: Document, path: readonly PropertyKey[], key: string): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isMap(node)) {
    for (const pair of node.items) {
      if (isScalar(pair.key) && String(pair.key.value) === key) return pair.key.range?.[0] ?? 0;
    }
  }
  return offsetOf(document, path);
}

/** Names a strict object of the schema allows at the path; of alternatives, the one that the data chooses. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[], data: unknown): readonly string[] {
  let value = data;
  let current: unknown = chosen(schema, value);
  for (const step of path) {
    value = isRecord(value) && Object.hasOwn(value, step) ? value[step as string] : undefined;
    if (typeof step === "number") current = chosen(definition(current)["element"], value);
    else {
      const shape = definition(current)["shape"];
      const inner = isRecord(shape) ? shape[String(step)] : undefined;
      current = chosen(inner ?? definition(current)["valueType"], value);
    }
  }
  const shape = definition(current)["shape"];
  return isRecord(shape) ? Object.keys(shape) : [];
}

/** The schema without wrappers; of a discriminated union, the alternative with the data's discriminator. */
function chosen(schema: unknown, value: unknown): unknown {
  const inner = unwrap(schema);
  const { options, discriminator } = definition(inner);
  if (!Array.isArray(options) || typeof discriminator !== "string" || !isRecord(value)) return inner;
  const wanted = Object.hasOwn(value, discriminator) ? value[discriminator] : undefined;
  const found = options.find((option: unknown) => valuesOf(option, discriminator).includes(wanted));
  return found === undefined ? inner : chosen(found, value);
}

/** What the field may be, where that is a closed set. */
function valuesOf(schema: unknown, field: string): readonly unknown[] {
  const shape = definition(unwrap(schema))["shape"];
  const { values, entries } = definition(isRecord(shape) ? unwrap(shape[field]) : undefined);
  if (Array.isArray(values)) return values;
  return isRecord(entries) ? Object.values(entries) : [];
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  for (let inner = definition(current)["innerType"]; inner !== undefined; inner = definition(current)["innerType"])
    current = inner;
  return current;
}

function definition(schema: unknown): Record<string, unknown> {
  const def = isRecord(schema) ? schema["def"] : undefined;
  return isRecord(def) ? def : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
