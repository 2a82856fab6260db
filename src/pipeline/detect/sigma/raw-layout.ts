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

/** Field of Sigma → names other shippers have for it, in the containers of a Windows event. */
export const RAW_ALIASES: ReadonlyMap<string, readonly string[]> = new Map([
  ["eventid", ["EventID", "event_id", "eventID", "EventId", "event.code"]],
  ["channel", ["Channel", "channel", "log_name", "winlog.channel"]],
  ["provider_name", ["Provider_Name", "ProviderName", "provider_name", "providerName", "SourceName", "source_name", "Provider"]],
  ["computer", ["Computer", "computer_name", "ComputerName", "computer", "Hostname"]],
  ["computername", ["ComputerName", "Computer", "computer_name", "computer", "Hostname"]],
  ["level", ["Level", "level"]],
  ["task", ["Task", "task"]],
  ["keywords", ["Keywords", "keywords"]],
]);

export function layoutOf(event: unknown): RawLayout {
  if (typeof event !== "object" || event === null) return { containers: [], channel: "", provider: "", eventId: -1 };
  const containers: object[] = [event];
  const outer = own(event, "Event") ?? own(event, "event");
  const windows = isObject(outer) && (isObject(own(outer, "System")) || isObject(own(outer, "EventData")) || isObject(own(outer, "UserData"))) ? outer : event;
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
  const named = (names: readonly string[]) => firstText(containers, names);
  const id = named(RAW_ALIASES.get("eventid") ?? []);
  return {
    containers,
    channel: named(["Channel", "channel", "winlog.channel", "log_name"]),
    provider: named(["Provider_Name", "ProviderName", "provider_name", "providerName", "SourceName", "source_name", "winlog.provider_name"]),
    eventId: /^\d{1,5}$/.test(id) ? Number(id) : -1,
  };
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
    const name = own(element, "@Name") ?? own(element, "Name") ?? own(own(element, "#attributes"), "Name") ?? own(own(element, "$"), "Name") ?? own(own(element, "@attributes"), "Name");
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

function firstText(containers: readonly object[], names: readonly string[]): string {
  for (const container of containers) {
    for (const name of names) {
      const value = own(container, name);
      if (typeof value === "string" || typeof value === "number") return String(value);
    }
  }
  return "";
}
