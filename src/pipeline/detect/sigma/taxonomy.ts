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
import { CATEGORIES, SOURCES, type SourceRow } from "./taxonomy-sources.ts";
import { windowsApplies, windowsFacts, WINDOWS_CATEGORIES, WINDOWS_SERVICES } from "./windows-logs.ts";

/** `class/activity/source`, and for Windows event logs `/product:service/event id` besides. */
export function activityKind({ source, event }: Activity): string {
  let kinds = KINDS.get(source);
  if (kinds === undefined) KINDS.set(source, (kinds = new Map<number, string>()));
  const number = event.class_uid * 1_000 + event.activity_id;
  let kind = kinds.get(number);
  if (kind === undefined) {
    if (kinds.size > 1_000) kinds.clear();
    kinds.set(number, (kind = `${event.class_uid}/${event.activity_id}/${source}`));
  }
  return isWindowsLog(source) ? windowsKind(kind, event.metadata) : kind;
}

/** Kinds by source, class and activity, and Windows ones by channel: few, and the same text every time. */
const KINDS = new Map<string, Map<number, string>>();
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

function isWindowsLog(source: string): boolean {
  return source.startsWith("windows-") || source === "linux-sysmon";
}

/** Whether a rule's log source covers a kind of activity. */
export function applies(logsource: Logsource, kind: string): boolean {
  const [classUid = "", activityId = "", source = "", windows, eventCode] = kind.split("/");
  const { category, product, service } = logsource;
  if (product === "ocsf")
    return category === null && (service === null || OCSF_CLASSES.get(service) === Number(classUid));
  if (windows !== undefined) {
    const [os, name = ""] = windows.split(":");
    const eventId = eventCode !== undefined && /^\d{1,5}$/.test(eventCode) ? Number(eventCode) : -1;
    return windowsApplies(logsource, { service: name, eventId, product: os === "linux" ? "linux" : "windows" });
  }
  const row = sourceRow(source);
  if (row === null) return false;
  if (product !== null && !row.products.includes(product)) return false;
  if (category === null) return service === null || row.services.includes(service);
  return CATEGORIES.some(([name, { classes, activities, vantages, service: narrowed }]) => {
    if (name !== category || !vantages.includes(row.vantage) || !classes.includes(Number(classUid))) return false;
    if (activities.length > 0 && !activities.includes(Number(activityId))) return false;
    return service === null || service === narrowed || row.services.includes(service);
  });
}

/** The line of a source map in the table of sources; null for one Sigma has no name for. */
export function sourceRow(source: string): SourceRow | null {
  const line = SOURCES.find(([id]) => id === source || (id.endsWith("*") && source.startsWith(id.slice(0, -1))));
  return line?.[1] ?? null;
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

/** Where a field of a rule stands in an activity. */
export const resolveActivityField: FieldResolver<Activity> = (logsource, field) => {
  if (field.startsWith("context.")) {
    const read = pathReader(field.slice("context.".length));
    // null: nothing is known, so the field does not exist for rules
    return { key: field, read: ({ context }) => read(context) ?? undefined };
  }
  if (logsource.product === "ocsf") {
    const read = pathReader(field);
    return { key: `ocsf ${field}`, read: ({ event }) => read(event) };
  }
  const [name, table] = fieldTable(logsource);
  // events of Windows logs carry all their own fields already
  const complete = logsource.product === "windows";
  return {
    key: `${name} ${complete ? "" : "record "}${field}`,
    read: publicField(field, table, complete ? null : recordReader(field)),
  };
};

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
    fields: Object.entries(table).map(([field, homes]) => [
      field,
      (Array.isArray(homes) ? (homes as readonly Home[]) : [homes as Home])
        .map((home) => (typeof home === "string" ? home : "(derived)"))
        .join(", "),
    ]),
  }));
}
