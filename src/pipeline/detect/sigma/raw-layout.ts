/**
 * Where the fields of an event as it is may stand: at the top, or in the places where common tools nest Windows events.
 *
 * - evtx tools: `Event.System`, `Event.EventData`, `Event.UserData.<name>`; data as a mapping or as a list of `Data` elements
 * - winlogbeat: `winlog`, `winlog.event_data`, `winlog.user_data`; older `event_data`
 * - Wazuh: `data.win.system`, `data.win.eventdata`
 */
import { own } from "./path.ts";

/** What an event says of itself, and where its fields are. */
export interface RawLayout {
  /** Objects whose keys are field names, in the order they are asked; the event itself first. */
  readonly containers: readonly object[];
  readonly channel: string;
  readonly provider: string;
  /** -1 when it does not say. */
  readonly eventId: number;
}

/** Field of Sigma in lower case → names other shippers have for it, in the containers of a Windows event. */
export const RAW_ALIASES: ReadonlyMap<string, readonly string[]> = new Map([
  ["eventid", ["EventID", "event_id", "eventID", "EventId", "event.code"]],
  ["channel", ["Channel", "channel", "log_name", "winlog.channel"]],
  [
    "provider_name",
    ["Provider_Name", "ProviderName", "provider_name", "providerName", "SourceName", "source_name", "Provider"],
  ],
  ["computer", ["Computer", "computer_name", "ComputerName", "computer", "Hostname"]],
  ["computername", ["ComputerName", "Computer", "computer_name", "computer", "Hostname"]],
  ["level", ["Level", "level"]],
  ["task", ["Task", "task"]],
  ["keywords", ["Keywords", "keywords"]],
]);

/** What a key at the top of an event or container tells about it. */
export type KeyRole = "none" | "structure" | "channel" | "provider" | "event-id";

const ROLES: ReadonlyMap<string, KeyRole> = new Map<string, KeyRole>([
  ...["Event", "event", "EventData", "UserData", "System", "winlog", "event_data", "data"].map(
    (key) => [key, "structure"] as const,
  ),
  ...["Channel", "channel", "winlog.channel", "log_name"].map((key) => [key, "channel"] as const),
  ...[
    "Provider_Name",
    "ProviderName",
    "provider_name",
    "providerName",
    "SourceName",
    "source_name",
    "winlog.provider_name",
  ].map((key) => [key, "provider"] as const),
  ...["EventID", "event_id", "eventID", "EventId", "event.code"].map((key) => [key, "event-id"] as const),
]);

export function keyRole(key: string): KeyRole {
  return ROLES.get(key) ?? "none";
}

/**
 * @param roleOf role of a key; told every key of every container, so that it can learn their spellings
 */
export function layoutOf(event: unknown, roleOf: (key: string) => KeyRole): RawLayout {
  const facts = new Facts();
  if (typeof event !== "object" || event === null) return facts;
  facts.containers.push(event);
  if (facts.read(event, roleOf)) {
    const extra: object[] = [];
    addNested(extra, event);
    for (const container of extra) {
      facts.containers.push(container);
      facts.read(container, roleOf);
    }
  }
  return facts;
}

class Facts implements RawLayout {
  readonly containers: object[] = [];
  channel = "";
  provider = "";
  eventId = -1;

  /** One pass over the keys; true when some of them may nest fields. The first container to tell something is believed. */
  read(container: object, roleOf: (key: string) => KeyRole): boolean {
    let nests = false;
    for (const key in container) {
      const role = roleOf(key);
      if (role === "none") continue;
      if (role === "structure") {
        nests = true;
        continue;
      }
      const value = (container as Record<string, unknown>)[key];
      if (typeof value !== "string" && typeof value !== "number") continue;
      if (role === "channel") this.channel ||= String(value);
      else if (role === "provider") this.provider ||= String(value);
      else if (this.eventId < 0) this.eventId = eventIdOf(value);
    }
    return nests;
  }
}

function eventIdOf(value: string | number): number {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value <= 99_999 ? value : -1;
  return /^\d{1,5}$/.test(value) ? Number(value) : -1;
}

function addNested(containers: object[], event: object): void {
  const outer = own(event, "Event") ?? own(event, "event");
  const windows =
    isObject(outer) &&
    (isObject(own(outer, "System")) || isObject(own(outer, "EventData")) || isObject(own(outer, "UserData")))
      ? outer
      : event;
  addData(containers, own(windows, "EventData"));
  addUserData(containers, own(windows, "UserData"));
  const system = own(windows, "System");
  if (isObject(system)) containers.push(systemFields(system));
  const beat = own(event, "winlog");
  if (isObject(beat)) {
    addData(containers, own(beat, "event_data"));
    addData(containers, own(beat, "user_data"));
    containers.push(beat);
  }
  addData(containers, own(event, "event_data"));
  const wazuh = own(own(event, "data"), "win");
  if (isObject(wazuh)) {
    addData(containers, own(wazuh, "eventdata"));
    const wazuhSystem = own(wazuh, "system");
    if (isObject(wazuhSystem)) containers.push(wazuhSystem);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function addData(containers: object[], data: unknown): void {
  if (!isObject(data)) return;
  containers.push(data);
  const list = own(data, "Data");
  if (Array.isArray(list)) containers.push(namedElements(list));
}

/** `UserData` holds one element with a name of its own, and the fields in it. */
function addUserData(containers: object[], data: unknown): void {
  if (!isObject(data)) return;
  containers.push(data);
  for (const value of Object.values(data).slice(0, 4)) addData(containers, value);
}

/** `<Data Name="Image">…</Data>` as XML readers turn it into JSON: a list of elements with name and text. */
function namedElements(list: readonly unknown[]): object {
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const element of list.slice(0, 1_000)) {
    const name =
      own(element, "@Name") ??
      own(element, "Name") ??
      own(own(element, "#attributes"), "Name") ??
      own(own(element, "$"), "Name") ??
      own(own(element, "@attributes"), "Name");
    if (typeof name !== "string") continue;
    fields[name] = textOf(element) ?? own(element, "Value") ?? own(element, "value") ?? "";
  }
  return fields;
}

/** The text of an element that also has attributes. */
function textOf(element: unknown): unknown {
  return own(element, "#text") ?? own(element, "_") ?? own(element, "@text") ?? own(element, "text");
}

/** Elements of the header as Sigma names them: attributes joined with `_`, texts without their attributes. */
function systemFields(system: object): object {
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(system).slice(0, 100)) {
    if (!isObject(value)) {
      fields[name] = value;
      continue;
    }
    const text = textOf(value);
    fields[name] = text ?? value;
    for (const attributes of [own(value, "#attributes"), own(value, "@attributes"), own(value, "$"), value]) {
      if (!isObject(attributes)) continue;
      for (const [attribute, content] of Object.entries(attributes).slice(0, 40)) {
        const plain = attribute.startsWith("@") ? attribute.slice(1) : attribute;
        if (typeof content === "string" || typeof content === "number") fields[`${name}_${plain}`] ??= content;
      }
    }
  }
  return fields;
}
