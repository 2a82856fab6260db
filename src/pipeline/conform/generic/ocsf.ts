/**
 * Events that are OCSF already -> OCSF 1.8.0. What the schema does not know, or what is of another kind than it wants, goes to `unmapped`
 * under its path; an event that lacks what its class requires is refused.
 *
 * @see https://schema.ocsf.io/1.8.0
 */
import type { JsonObject, OcsfEvent } from "../../../model/activity.ts";
import { MalformedInputError } from "../../../model/errors.ts";
import { emailAddress } from "../api-activity.ts";
import { isIpAddress, portOf } from "../decoders/ip-address.ts";
import { parseTime } from "../decoders/timestamp.ts";
import { integer, object, property, text } from "../read-json.ts";
import {
  OCSF_EVENT_KINDS,
  OCSF_OBJECT_KINDS,
  OCSF_OBJECT_ONE_OF,
  OCSF_OBJECT_REQUIRED,
} from "../tables/ocsf-attributes.ts";
import { OCSF_CLASSES, OCSF_COMMON } from "../tables/ocsf-classes.ts";

const VERSION = "1.8.0";

const MAX_DEPTH = 12;
const MAX_ITEMS = 1000;
/** Left-over paths of one event. */
const MAX_LEFT = 256;

/** 0 to 1. Never throws. */
export function recogniseOcsf(json: JsonObject): number {
  const uid = property(json, "class_uid");
  if (typeof uid !== "number" || !OCSF_CLASSES.has(uid)) return 0;
  const metadata = object(json, "metadata");
  return metadata !== undefined && (text(metadata, "version") ?? object(metadata, "product")) !== undefined ? 0.6 : 0;
}

/** What these hold follows from the rest, whatever the event says. */
const COMPUTED: ReadonlySet<string> = new Set([
  "class_uid",
  "class_name",
  "category_uid",
  "category_name",
  "activity_id",
  "type_uid",
  "type_name",
  "time",
  "severity_id",
  "severity",
  "metadata",
  "unmapped",
]);

const CATEGORIES: readonly string[] = [
  "Uncategorized",
  "System Activity",
  "Findings",
  "Identity & Access Management",
  "Network Activity",
  "Discovery",
  "Application Activity",
];

/** @throws {MalformedInputError} where class or time are unreadable, or a required attribute is missing */
export function conformOcsf(json: JsonObject): OcsfEvent {
  const classUid = classOf(json);
  const known = classUid === undefined ? undefined : OCSF_CLASSES.get(classUid);
  if (classUid === undefined || known === undefined)
    throw new MalformedInputError(`no OCSF class ${JSON.stringify(property(json, "class_uid") ?? null)}`.slice(0, 80));
  const time = parseTime(property(json, "time")) ?? parseTime(property(json, "time_dt"));
  if (time === undefined) throw new MalformedInputError("OCSF event without a readable time");

  const unmapped: Record<string, unknown> = {};
  copyUnmapped(json, unmapped);
  const left = new Left(unmapped);
  const activityId = activityOf(json, classUid);
  const categoryUid = Math.floor(classUid / 1000);
  const event: Record<string, unknown> = {
    activity_id: activityId,
    category_uid: categoryUid,
    category_name: CATEGORIES[categoryUid],
    class_uid: classUid,
    class_name: known.name,
    type_uid: classUid * 100 + activityId,
    time,
    severity_id: severityOf(json),
    metadata: metadataOf(json, left),
  };
  for (const name of Object.keys(json)) {
    if (COMPUTED.has(name)) continue;
    const kind = OCSF_COMMON.has(name) || known.attributes.has(name) ? OCSF_EVENT_KINDS.get(name) : undefined;
    if (kind === undefined) left.add(name, json[name]);
    else {
      const value = admit(json[name], kind, name, left, 0);
      if (value !== undefined) event[name] = value;
    }
  }
  const missing = known.required.find((name) => event[name] === undefined);
  if (missing !== undefined) throw new MalformedInputError(`OCSF ${known.name} without ${missing}`);
  if (known.oneOf.length > 0 && known.oneOf.every((name) => event[name] === undefined))
    throw new MalformedInputError(`OCSF ${known.name} with neither ${known.oneOf.join(" nor ")}`);
  if (left.any) event["unmapped"] = unmapped;
  return event as unknown as OcsfEvent;
}

/** Before 1.0, which Security Lake wrote for a long time, API Activity had the number of today's User Access Management. */
function classOf(json: JsonObject): number | undefined {
  const uid = integer(json, "class_uid");
  return uid === 3005 && text(json, "class_name") === "API Activity" ? 6003 : uid;
}

/** What had no place, by its path. */
class Left {
  readonly #target: Record<string, unknown>;
  #count = 0;

  constructor(target: Record<string, unknown>) {
    this.#target = target;
    this.#count = Object.keys(target).length;
  }

  get any(): boolean {
    return this.#count > 0;
  }

  add(path: string, value: unknown): void {
    if (value === undefined || value === null || path === "__proto__" || this.#count >= MAX_LEFT) return;
    this.#count += 1;
    this.#target[path] = value;
  }
}

function copyUnmapped(json: JsonObject, target: Record<string, unknown>): void {
  const own = object(json, "unmapped");
  if (own === undefined) return;
  for (const name of Object.keys(own).slice(0, MAX_ITEMS)) if (name !== "__proto__") target[name] = own[name];
}

function activityOf(json: JsonObject, classUid: number): number {
  const activity = integer(json, "activity_id");
  if (activity !== undefined && activity >= 0 && activity <= 99) return activity;
  const byType = (integer(json, "type_uid") ?? -1) - classUid * 100;
  return byType >= 0 && byType <= 99 ? byType : 0;
}

function severityOf(json: JsonObject): number {
  const severity = integer(json, "severity_id");
  return severity !== undefined && ((severity >= 0 && severity <= 6) || severity === 99) ? severity : 0;
}

function metadataOf(json: JsonObject, left: Left): Record<string, unknown> {
  const written = object(json, "metadata") ?? {};
  const metadata = (admit(written, "@metadata", "metadata", left, 0) ?? {}) as Record<string, unknown>;
  const version = text(written, "version");
  if (version !== undefined && version !== VERSION) left.add("metadata.version", version);
  const product = metadata["product"] as Record<string, unknown> | undefined;
  return {
    ...metadata,
    version: VERSION,
    product: product?.["name"] === undefined ? { ...product, name: product?.["vendor_name"] ?? "unknown" } : product,
  };
}

/** The value as its kind wants it; undefined, and left over, where it is of another. */
function admit(value: unknown, kind: string, path: string, left: Left, depth: number): unknown {
  if (value === null || value === undefined) return undefined;
  if (kind.endsWith("[]")) {
    const items: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [value];
    const item = kind.slice(0, -2);
    const admitted = items.map((each) => admit(each, item, path, left, depth)).filter((each) => each !== undefined);
    return admitted.length === 0 ? undefined : admitted;
  }
  const admitted = kind.startsWith("@")
    ? admitObject(value, kind.slice(1), path, left, depth)
    : admitPlain(value, kind);
  if (admitted === undefined) left.add(path, value);
  return admitted;
}

function admitPlain(value: unknown, kind: string): unknown {
  switch (kind) {
    case "json":
      return value;
    case "bool":
      return typeof value === "boolean" ? value : value === "true" ? true : value === "false" ? false : undefined;
    case "int":
    case "float": {
      const number = typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,12})?$/.test(value) ? Number(value) : value;
      if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
      return kind === "float" || Number.isSafeInteger(number) ? number : undefined;
    }
    case "port": {
      const number = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
      return typeof number === "number" ? portOf(number) : undefined;
    }
    case "ip":
      return typeof value === "string" && isIpAddress(value) ? value : undefined;
    case "mail":
      return typeof value === "string" ? emailAddress(value) : undefined;
    default:
      if (typeof value === "string") return value === "" ? undefined : value;
      return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
  }
}

function admitObject(value: unknown, name: string, path: string, left: Left, depth: number): unknown {
  if (typeof value !== "object" || Array.isArray(value) || depth >= MAX_DEPTH) return undefined;
  const kinds = OCSF_OBJECT_KINDS.get(name);
  if (kinds === undefined) return value;
  const source = value as JsonObject;
  const admitted: Record<string, unknown> = {};
  let any = false;
  for (const key of Object.keys(source)) {
    const kind = kinds.get(key);
    if (kind === undefined) {
      left.add(`${path}.${key}`, source[key]);
      continue;
    }
    const inner = admit(source[key], kind, `${path}.${key}`, left, depth + 1);
    if (inner === undefined) continue;
    admitted[key] = inner;
    any = true;
  }
  // A number that stands for one of several captions may be unknown; anything else that is required makes the object useless.
  for (const key of any ? (OCSF_OBJECT_REQUIRED.get(name) ?? []) : []) {
    if (admitted[key] !== undefined) continue;
    if (!key.endsWith("_id")) return undefined;
    admitted[key] = 0;
  }
  const oneOf = OCSF_OBJECT_ONE_OF.get(name);
  return any && (oneOf === undefined || oneOf.some((key) => admitted[key] !== undefined)) ? admitted : undefined;
}
