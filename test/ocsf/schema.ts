/**
 * The OCSF schema as its repository stores it (dictionary, events, objects, profiles), resolved into flat definitions:
 * `extends` chains and `$include`s merged, every attribute with its dictionary type.
 *
 * @see https://github.com/ocsf/ocsf-schema
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** One attribute of a class or object after all merging. */
export interface Attribute {
  readonly type: string;
  readonly is_array?: boolean;
  readonly requirement?: "required" | "recommended" | "optional";
  readonly enum?: Readonly<Record<string, { readonly caption: string }>>;
  /** Name of the attribute that holds the caption of this one's value. */
  readonly sibling?: string;
  /** The profile that brings the attribute in; it counts only where `metadata.profiles` lists that profile. */
  readonly profile?: string | null;
}

export interface Constraints {
  readonly at_least_one?: readonly string[];
  readonly just_one?: readonly string[];
}

export interface Definition {
  readonly name: string;
  readonly caption: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly constraints: Constraints;
}

export interface ClassDefinition extends Definition {
  readonly uid: number;
  readonly category: { readonly uid: number; readonly caption: string };
}

interface DataType {
  readonly type?: string;
  readonly regex?: string;
  readonly max_len?: number;
  readonly range?: readonly [number, number];
}

export interface Schema {
  readonly version: string;
  readonly classes: ReadonlyMap<number, ClassDefinition>;
  object(name: string): Definition | undefined;
  readonly types: Readonly<Record<string, DataType>>;
}

type Raw = Record<string, unknown>;
interface RawDefinition {
  name: string;
  caption?: string;
  extends?: string;
  category?: string;
  uid?: number;
  attributes: Raw;
  constraints?: Constraints;
}

const beside = new URL("../../../shared/ocsf/", import.meta.url);

/** The schema that lies beside a checkout of the project; undefined in a clone alone, where its tests skip. */
export const schema: Schema | undefined = existsSync(beside) ? loadSchema(beside) : undefined;

/** Reads and resolves the schema of a folder laid out like the ocsf-schema repository. */
function loadSchema(folder: URL): Schema {
  const read = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, folder), "utf8")) as T;
  const dictionary = read<{ attributes: Record<string, Raw>; types: { attributes: Record<string, DataType> } }>("dictionary.json");
  const categories = read<{ attributes: Record<string, { uid: number; caption: string }> }>("categories.json").attributes;
  const rawEvents = readDefinitions(folder, "events/");
  const rawObjects = readDefinitions(folder, "objects/");

  /** The attributes written in one file, with what `$include` pulls in; later entries override earlier ones key by key. */
  const own = (attributes: Raw): Map<string, Raw> => {
    const merged = new Map<string, Raw>();
    const include = attributes["$include"];
    for (const path of typeof include === "string" ? [include] : Array.isArray(include) ? (include as string[]) : []) {
      const included = read<{ name?: string; meta?: string; attributes: Record<string, Raw> }>(path);
      const profile = included.meta === "profile" ? { profile: included.name } : {};
      for (const [name, value] of Object.entries(included.attributes)) merged.set(name, { ...merged.get(name), ...value, ...profile });
    }
    for (const [name, value] of Object.entries(attributes)) {
      if (name !== "$include") merged.set(name, overlay(merged.get(name), value as Raw));
    }
    return merged;
  };

  const resolve = (raw: RawDefinition, all: ReadonlyMap<string, RawDefinition>): { attributes: Map<string, Raw>; constraints: Constraints } => {
    const parent = raw.extends === undefined ? undefined : all.get(raw.extends);
    const base = parent === undefined ? undefined : resolve(parent, all);
    const attributes = new Map(base?.attributes ?? []);
    for (const [name, value] of own(raw.attributes)) attributes.set(name, overlay(attributes.get(name), value));
    return { attributes, constraints: raw.constraints ?? base?.constraints ?? {} };
  };

  const define = (raw: RawDefinition, all: ReadonlyMap<string, RawDefinition>): Definition => {
    const { attributes, constraints } = resolve(raw, all);
    const typed = new Map<string, Attribute>();
    for (const [name, value] of attributes) {
      typed.set(name, overlay(dictionary.attributes[name], value) as unknown as Attribute);
    }
    return { name: raw.name, caption: raw.caption ?? raw.name, attributes: typed, constraints };
  };

  const categoryOf = (raw: RawDefinition): string | undefined => raw.category ?? (raw.extends === undefined ? undefined : categoryOf(rawEvents.get(raw.extends)!));

  const classes = new Map<number, ClassDefinition>();
  for (const raw of rawEvents.values()) {
    // The base event is class 0 of category 0; the compiled schema numbers both, its files do not.
    const category = raw.name === "base_event" ? { uid: 0, caption: "Uncategorized" } : categories[categoryOf(raw) ?? ""];
    const ownUid = raw.name === "base_event" ? 0 : raw.uid;
    if (ownUid === undefined || category === undefined) continue;
    const uid = category.uid * 1000 + ownUid;
    const definition = define(raw, rawEvents);
    const attributes = new Map(definition.attributes);
    // The base event's enums hold only its own ids; the compiled schema replaces them by the class's.
    attributes.set("class_uid", { ...attributes.get("class_uid")!, enum: { [uid]: { caption: definition.caption } } });
    attributes.set("category_uid", { ...attributes.get("category_uid")!, enum: { [category.uid]: category } });
    classes.set(uid, { ...definition, attributes, uid, category });
  }
  const objects = new Map<string, Definition>();
  return {
    version: read<{ version: string }>("version.json").version,
    classes,
    types: dictionary.types.attributes,
    object(name) {
      const raw = rawObjects.get(name);
      if (raw !== undefined && !objects.has(name)) objects.set(name, define(raw, rawObjects));
      return objects.get(name);
    },
  };
}

/** Attribute definitions merge key by key; their enums value by value. */
function overlay(base: Raw | undefined, over: Raw): Raw {
  const merged: Raw = { ...base, ...over };
  if (base?.["enum"] !== undefined && over["enum"] !== undefined) merged["enum"] = { ...(base["enum"] as Raw), ...(over["enum"] as Raw) };
  return merged;
}

function readDefinitions(folder: URL, path: string): Map<string, RawDefinition> {
  const found = new Map<string, RawDefinition>();
  for (const entry of readdirSync(new URL(path, folder), { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".json")) continue;
    const raw = JSON.parse(readFileSync(new URL(path + entry, folder), "utf8")) as RawDefinition;
    found.set(raw.name, raw);
  }
  return found;
}
