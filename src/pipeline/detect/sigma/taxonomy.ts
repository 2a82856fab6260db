/**
 * Sigma's taxonomy on conformed activities: which rules read which activities, and where their fields are.
 *
 * - `context.…` reads what policy, inventory and catalogue add.
 * - `product: ocsf`: field names are OCSF paths, `service` is a class in snake case.
 * - Every other log source keeps Sigma's names. A field is looked up in the source's own fields (`unmapped`), then at its
 *   home in OCSF, then in the record as it was received.
 */
import type { Activity, OcsfEvent } from "../../../model/activity.ts";
import type { Logsource } from "./document.ts";
import { OCSF_CLASSES } from "./ocsf-classes.ts";
import { own, pathReader } from "./path.ts";
import type { FieldResolver } from "./rule-set.ts";
import { FIELD_TABLES, type FieldTable, type Home } from "./taxonomy-fields.ts";
import {
  CATEGORIES,
  CLASSES_SEEN,
  SOURCES,
  UNLISTED_SOURCE,
  WINDOWS_SOURCES,
  type SourceRow,
} from "./taxonomy-sources.ts";
import { windowsApplies, windowsFacts, WINDOWS_CATEGORIES, WINDOWS_SERVICES } from "./windows-logs.ts";

/**
 * `class/activity/source`, for Windows event logs `/product:service/event id` besides, and for sources that run on several
 * systems `:system` after the source.
 */
export function activityKind({ source, event }: Activity): string {
  let known = KINDS.get(source);
  if (known === undefined) {
    if (KINDS.size > 1_000) KINDS.clear();
    const row = sourceRow(source);
    known = { kinds: new Map(), windows: isWindowsLog(source), systems: row?.systems === true };
    KINDS.set(source, known);
  }
  const { kinds, windows, systems } = known;
  const system = systems ? (event.device?.os?.type_id ?? 0) : 0;
  const number = (event.class_uid * 1_000 + event.activity_id) * 1_000 + system;
  let kind = kinds.get(number);
  if (kind === undefined) {
    if (kinds.size > 1_000) kinds.clear();
    const suffix = SYSTEMS.get(system);
    kind = `${event.class_uid}/${event.activity_id}/${source}${suffix === undefined ? "" : `:${suffix}`}`;
    kinds.set(number, kind);
  }
  return windows ? windowsKind(kind, event.metadata) : kind;
}

/** OCSF `device.os.type_id` → `logsource.product`. */
const SYSTEMS: ReadonlyMap<number, string> = new Map([
  [100, "windows"],
  [200, "linux"],
  [300, "macos"],
]);

/** Kinds by source, class and activity, and Windows ones by channel: few, and the same text every time. */
const KINDS = new Map<string, { kinds: Map<number, string>; windows: boolean; systems: boolean }>();
const WINDOWS_KINDS = new Map<string, Map<string, string>>();

function windowsKind(
  kind: string,
  { log_name = "", log_provider = "", event_code = "" }: OcsfEvent["metadata"],
): string {
  const channel = log_name === "" ? log_provider : log_name;
  let byCode = WINDOWS_KINDS.get(channel);
  if (byCode === undefined) {
    if (WINDOWS_KINDS.size > 1_000) WINDOWS_KINDS.clear();
    WINDOWS_KINDS.set(channel, (byCode = new Map<string, string>()));
  }
  const key = `${kind} ${event_code}`;
  let full = byCode.get(key);
  if (full === undefined) {
    if (byCode.size > 1_000) byCode.clear();
    const { service, product } = windowsFacts(log_name, log_provider, -1);
    byCode.set(key, (full = `${kind}/${product}:${service}/${event_code}`));
  }
  return full;
}

/** Whether channel and event id tell what the events of a source are. */
export function isWindowsLog(source: string): boolean {
  return sourceRow(source) === null;
}

/** Whether a rule's log source covers a kind of activity. */
export function applies(logsource: Logsource, kind: string): boolean {
  const [classUid = "", activityId = "", from = "", windows, eventCode] = kind.split("/");
  const { category, product, service } = logsource;
  if (product === "ocsf")
    return category === null && (service === null || OCSF_CLASSES.get(service) === Number(classUid));
  if (windows !== undefined) {
    const [os, name = ""] = windows.split(":");
    const eventId = eventCode !== undefined && /^\d{1,5}$/.test(eventCode) ? Number(eventCode) : -1;
    return windowsApplies(logsource, { service: name, eventId, product: os === "linux" ? "linux" : "windows" });
  }
  const [source = "", system] = from.split(":");
  const row = sourceRow(source);
  if (row === null) return false;
  if (product !== null && (!row.products.includes(product) || (system !== undefined && product !== system)))
    return false;
  if (category === null) return service === null || row.services.includes(service);
  return CATEGORIES.some(([name, { classes, activities, vantages, service: narrowed }]) => {
    if (
      name !== category ||
      !row.vantages.some((vantage) => vantages.includes(vantage)) ||
      !classes.includes(Number(classUid))
    )
      return false;
    if (activities.length > 0 && !activities.includes(Number(activityId))) return false;
    return service === null || service === narrowed || row.services.includes(service);
  });
}

/** What a source map is to Sigma; null for a Windows event log. One that the table does not list has no name, but may show anything. */
export function sourceRow(source: string): SourceRow | null {
  const listed = SOURCES.find(([id]) => fits(id, source))?.[1];
  if (listed !== undefined) return listed;
  return source === "sysmon-linux" || source.startsWith("windows-") ? null : UNLISTED_SOURCE;
}

function fits(pattern: string, source: string): boolean {
  const [start = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === source;
  const end = rest.at(-1) ?? "";
  let at = start.length;
  if (!source.startsWith(start) || !source.endsWith(end)) return false;
  for (const part of rest.slice(0, -1)) {
    const found = source.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + end.length <= source.length;
}

/** Whether any source could ever provide a log source; false: a rule for it never sees an event. */
export function isKnownLogsource({ category, product, service }: Logsource): boolean {
  if (product === "ocsf") return category === null && (service === null || OCSF_CLASSES.has(service));
  const products = new Set(["windows", ...SOURCES.flatMap(([, row]) => row.products)]);
  const categories = new Set([...WINDOWS_CATEGORIES, ...CATEGORIES.map(([name]) => name)]);
  const services = new Set([
    ...WINDOWS_SERVICES,
    ...SOURCES.flatMap(([, row]) => row.services),
    ...CATEGORIES.flatMap(([, row]) => row.service ?? []),
  ]);
  return (
    (product === null || products.has(product)) &&
    (category === null || categories.has(category)) &&
    (service === null || services.has(service))
  );
}

/**
 * Whether a source map can deliver events of a log source at all: by what the source is and where it looks from, not by
 * what its log happens to hold.
 */
export function provides(logsource: Logsource, source: string): boolean {
  const { category, product, service } = logsource;
  const row = sourceRow(source);
  if (product === "ocsf") {
    const classUid = service === null ? null : OCSF_CLASSES.get(service);
    if (classUid === null) return category === null;
    if (classUid === undefined || category !== null) return false;
    return (row?.vantages ?? ["endpoint" as const]).some((vantage) => CLASSES_SEEN[vantage].includes(classUid));
  }
  if (isWindowsLog(source)) {
    const os = source === "sysmon-linux" ? "linux" : "windows";
    const services = WINDOWS_SOURCES.get(source) ?? [...WINDOWS_SERVICES];
    return services.some((name) => windowsApplies(logsource, { service: name, eventId: -1, product: os }));
  }
  if (row === null || (product !== null && !row.products.includes(product))) return false;
  if (category === null) return service === null || row.services.includes(service);
  return CATEGORIES.some(
    ([name, { vantages, service: narrowed }]) =>
      name === category &&
      row.vantages.some((vantage) => vantages.includes(vantage)) &&
      (service === null || service === narrowed || row.services.includes(service)),
  );
}

/** Where a field is looked up, in words: a context field, paths of OCSF, or the source's own record. */
export function homeOf(logsource: Logsource, field: string): string {
  if (field.startsWith("context.")) return "context";
  if (logsource.product === "ocsf") return field;
  const [, table] = fieldTable(logsource);
  const homes = Object.hasOwn(table, field) ? table[field] : undefined;
  return homes === undefined ? "record" : describeHomes(homes);
}

/** Where a field of a rule stands in an activity. */
export const resolveActivityField: FieldResolver<Activity> = (logsource, field) => {
  if (field.startsWith("context.")) {
    const read = pathReader(field.slice("context.".length));
    const part = field.startsWith("context.destination.") ? hasDestination : undefined;
    // null: nothing is known, so the field does not exist for rules
    return { key: field, read: ({ context }) => read(context) ?? undefined, part };
  }
  if (logsource.product === "ocsf") {
    const read = pathReader(field);
    const part = OCSF_PARTS.get(field.slice(0, field.indexOf(".")));
    return { key: `ocsf ${field}`, read: ({ event }) => read(event), part };
  }
  const [name, table] = fieldTable(logsource);
  // events of Windows logs carry all their own fields already
  const complete = logsource.product === "windows";
  return {
    key: `${name} ${complete ? "" : "record "}${field}`,
    read: publicField(field, table, complete ? null : recordReader(field)),
  };
};

const hasDestination = ({ context }: Activity): boolean => context.destination !== null;

/** Objects of an event that rules ask for several fields of, and that most events lack. */
const OCSF_PARTS: ReadonlyMap<string, (activity: Activity) => boolean> = new Map([
  ["process", ({ event }: Activity) => event.process !== undefined],
  ["http_request", ({ event }: Activity) => event.http_request !== undefined],
]);

function fieldTable({ category, product, service }: Logsource): readonly [name: string, table: FieldTable] {
  const agrees = (wanted: string, part: string | null) => wanted === "*" || wanted === part;
  const line = FIELD_TABLES.find(
    ([, wantedCategory, wantedProduct, wantedService]) =>
      agrees(wantedCategory, category) && agrees(wantedProduct, product) && agrees(wantedService, service),
  );
  return line === undefined ? ["none", {}] : [line[0], line[4]];
}

function publicField(
  field: string,
  table: FieldTable,
  record: ((text: string) => unknown) | null,
): (activity: Activity) => unknown {
  const homes = homesOf(field, table);
  const nested = field.includes(".") ? pathReader(field) : null;
  return ({ event }) => {
    const { unmapped } = event;
    if (unmapped !== undefined) {
      const value = own(unmapped, field);
      if (value !== undefined) return value;
      const deeper = nested === null ? undefined : nested(unmapped);
      if (deeper !== undefined) return deeper;
    }
    for (let index = 0; index < homes.length; index++) {
      const value = (homes[index] as (event: OcsfEvent) => unknown)(event);
      if (value !== undefined && value !== null) return value;
    }
    return record === null || event.raw_data === undefined ? undefined : record(event.raw_data);
  };
}

function homesOf(field: string, table: FieldTable): ((event: OcsfEvent) => unknown)[] {
  const homes = Object.hasOwn(table, field) ? table[field] : undefined;
  if (homes === undefined) return [];
  const list: readonly Home[] = Array.isArray(homes) ? (homes as readonly Home[]) : [homes as Home];
  return list.map((home) => (typeof home === "string" ? pathReader(home) : home));
}

/** The last record that was parsed for a field without a home, and its text: rules of one event ask for the same. */
let recordText = "";
let record: unknown;

/** Reads a field out of a record as received, when that is JSON; it is parsed only when the field's name stands in it. */
function recordReader(field: string): (text: string) => unknown {
  const nested = pathReader(field);
  const last = field.slice(field.lastIndexOf(".") + 1);
  const quoted = JSON.stringify(last);
  return (text) => {
    if (!text.includes(quoted)) return undefined;
    if (text !== recordText) {
      recordText = text;
      record = parseRecord(text);
    }
    const value = own(record, field);
    return value === undefined ? nested(record) : value;
  };
}

function parseRecord(text: string): unknown {
  const start = text.indexOf("{");
  if (start < 0) return undefined;
  try {
    return JSON.parse(start === 0 ? text : text.slice(start)) as unknown;
  } catch {
    return undefined;
  }
}

/** Every line of the tables, for the reference in the documentation. */
export function taxonomyLines(): {
  name: string;
  category: string;
  product: string;
  service: string;
  fields: [field: string, homes: string][];
}[] {
  return FIELD_TABLES.map(([name, category, product, service, table]) => ({
    name,
    category,
    product,
    service,
    fields: Object.entries(table).map(([field, homes]) => [field, describeHomes(homes)]),
  }));
}

function describeHomes(homes: Home | readonly Home[]): string {
  return (Array.isArray(homes) ? (homes as readonly Home[]) : [homes as Home])
    .map((home) => (typeof home === "string" ? home : "(derived)"))
    .join(", ");
}
