/** The JSON spellings of a Windows event, one reader each; windows-event.ts chooses between them. */
import { parseJson } from "../decode.ts";
import { list, object, property, text, textOf } from "../read-json.ts";
import { completeFromEcs } from "./windows-event-ecs.ts";
import { parseTime } from "./timestamp.ts";
import {
  accountOf,
  eventIdOf,
  flatProvider,
  outcomeOf,
  providerOf,
  newFields,
  textContent,
  xmlAttribute,
  type EventFields,
  type WindowsEvent,
} from "./windows-event-values.ts";
import { readEventDataXml } from "./windows-event-xml.ts";

/** winlogbeat and Elastic Agent: `winlog.*` since 7.0, top-level `event_data` before. */
export function readBeatEvent(source: unknown): WindowsEvent | null {
  const winlog = object(source, "winlog") ?? source;
  const event = object(source, "event");
  const eventId = eventIdOf(property(winlog, "event_id") ?? property(event, "code"));
  if (eventId === undefined) return null;
  let data: Readonly<EventFields> = object(winlog, "event_data") ?? object(winlog, "user_data") ?? {};
  // The modules of winlogbeat and Elastic Agent move the fields they know out of event_data.
  if (winlog !== source && object(source, "process") !== undefined && !Object.hasOwn(data, "Image"))
    data = completeFromEcs(source, data);
  const outcome = text(event, "outcome");
  const user = object(winlog, "user");
  return {
    provider: text(winlog, "provider_name") ?? text(winlog, "source_name") ?? text(event, "provider") ?? "",
    channel: text(winlog, "channel") ?? text(winlog, "log_name") ?? "",
    eventId,
    computer: text(winlog, "computer_name") ?? text(object(source, "host"), "name"),
    time:
      parseTime(property(winlog, "time_created")) ??
      parseTime(property(source, "@timestamp")) ??
      parseTime(property(event, "created")),
    recordId: textOf(winlog, "record_id") ?? textOf(winlog, "record_number"),
    outcome: outcome === "success" || outcome === "failure" ? outcome : outcomeOf(property(winlog, "keywords")),
    account: accountOf(text(user, "identifier"), text(user, "name"), text(user, "domain")),
    processId: property(object(winlog, "process"), "pid") ?? property(winlog, "process_id"),
    data,
    ownsData: false,
  };
}

/** `{"Event": {"System": …, "EventData": …}}` as evtx tools and XML converters print it. */
export function readEvtxEvent(source: unknown): WindowsEvent | null {
  const event = property(source, "Event");
  const system = property(event, "System");
  const eventId = eventIdOf(property(system, "EventID"));
  if (eventId === undefined) return null;
  return {
    provider: providerOf(system) ?? "",
    channel: textContent(property(system, "Channel")) ?? "",
    eventId,
    computer: textContent(property(system, "Computer")),
    time: parseTime(xmlAttribute(system, "TimeCreated", "SystemTime") ?? property(system, "TimeCreated")),
    recordId: textContent(property(system, "EventRecordID")),
    outcome: outcomeOf(property(system, "Keywords")),
    account: accountOf(xmlAttribute(system, "Security", "UserID")),
    processId: xmlAttribute(system, "Execution", "ProcessID"),
    data: eventData(property(event, "EventData")) ?? userData(property(event, "UserData")) ?? {},
    ownsData: false,
  };
}

/** Wazuh's `win.system` and `win.eventdata`, whose names begin in lower case. */
export function readWazuhEvent(win: unknown): WindowsEvent | null {
  const system = property(win, "system");
  const eventId = eventIdOf(property(system, "eventID"));
  if (eventId === undefined) return null;
  const data: EventFields = newFields();
  const fields = object(win, "eventdata") ?? {};
  for (const key of Object.keys(fields)) data[key.charAt(0).toUpperCase() + key.slice(1)] = fields[key];
  return {
    provider: text(system, "providerName") ?? "",
    channel: text(system, "channel") ?? "",
    eventId,
    computer: text(system, "computer"),
    time: parseTime(property(system, "systemTime")),
    recordId: textOf(system, "eventRecordID"),
    outcome: outcomeOf(text(system, "severityValue")) ?? outcomeOf(property(system, "keywords")),
    account: undefined,
    processId: property(system, "processID"),
    data,
    ownsData: true,
  };
}

/** OpenTelemetry's windowseventlog receiver: `event_id: {id}`, `event_data` flat or as a list of one-key objects. */
export function readOpenTelemetryEvent(source: unknown): WindowsEvent | null {
  const eventId = eventIdOf(property(source, "event_id"));
  if (eventId === undefined) return null;
  const held = object(source, "event_data");
  let data: Readonly<EventFields> = held ?? {};
  if (held !== undefined && Array.isArray(held["data"])) {
    const fields: EventFields = newFields();
    for (const item of list(held, "data")) {
      if (typeof item === "object" && item !== null)
        for (const key of Object.keys(item)) fields[key] = property(item, key);
    }
    data = fields;
  }
  return {
    provider: text(object(source, "provider"), "name") ?? "",
    channel: text(source, "channel") ?? "",
    eventId,
    computer: text(source, "computer"),
    time: parseTime(property(source, "system_time")),
    recordId: textOf(source, "record_id"),
    outcome: outcomeOf(property(source, "keywords")),
    account: accountOf(text(object(source, "security"), "user_id")),
    processId: property(object(source, "execution"), "process_id"),
    data,
    ownsData: false,
  };
}

/** What flat records say about the record itself rather than about what happened. */
const ENVELOPE: ReadonlySet<string> = new Set([
  ..."@timestamp @version tags host port type message Message".split(" "),
  ..."EventID EventId Id Channel LogName EventLog Computer Hostname MachineName SourceName Provider ProviderName ProviderId EventSourceName Provider_Name ProviderGuid".split(
    " ",
  ),
  ..."EventTime EventReceivedTime TimeCreated TimeGenerated TimeCollected SystemTime RecordNumber RecordId EventRecordID EventRecordId".split(
    " ",
  ),
  ..."Keywords KeywordsDisplayNames Level LevelDisplayName EventLevel EventLevelName Severity SeverityValue Version Task TaskDisplayName Opcode OpcodeValue OpcodeDisplayName Category".split(
    " ",
  ),
  ..."EventData ParameterXml RenderedDescription Payload Properties Bookmark ContainerLog MatchedQueryIds RelatedActivityId Qualifiers".split(
    " ",
  ),
  ..."SourceModuleName SourceModuleType ThreadID ThreadId ExecutionProcessID ActivityID ActivityId".split(" "),
  ..."TenantId SourceSystem Type MG ManagementGroupName EventOriginId SourceComputerId _ResourceId Activity".split(" "),
  ..."PayloadData1 PayloadData2 PayloadData3 PayloadData4 PayloadData5 PayloadData6 MapDescription ChunkNumber SourceFile HiddenRecord ExtraDataOffset ExecutableInfo RemoteHost".split(
    " ",
  ),
]);

/**
 * Flat JSON: the event's fields stand beside its header (NXLog, Mordor samples, SecurityEvent), or in `EventData` as an
 * object, as JSON text or as XML text (Log Analytics), or in `Payload` (EvtxECmd), or only in Sysmon's message text.
 *
 * @throws {MalformedInputError} when `EventData` begins like XML or JSON and is none
 */
export function readFlatEvent(source: unknown): WindowsEvent | null {
  const eventId = eventIdOf(property(source, "EventID") ?? property(source, "EventId") ?? property(source, "Id"));
  if (eventId === undefined) return null;
  const data: EventFields = newFields();
  const flat = source as Readonly<EventFields>;
  for (const key of Object.keys(flat)) if (!ENVELOPE.has(key)) data[key] = flat[key];
  const nested =
    embeddedData(property(source, "EventData")) ?? embeddedData(property(source, "ParameterXml")) ?? payload(source);
  if (nested !== undefined) for (const key of Object.keys(nested)) data[key] = nested[key];
  const invoked = text(source, "Payload");
  // PowerShell's 4103 has a field of this name; in EvtxECmd's it is all fields
  if (invoked !== undefined && !invoked.startsWith("{")) data["Payload"] ??= invoked;
  const message = text(source, "Message") ?? text(source, "RenderedDescription");
  if (message !== undefined && data["ProcessGuid"] === undefined && message.includes("\nProcessGuid: "))
    readMessage(message, data);
  return {
    provider: flatProvider(source),
    channel: text(source, "Channel") ?? text(source, "EventLog") ?? text(source, "LogName") ?? "",
    eventId,
    computer:
      text(source, "Hostname") ?? text(source, "Computer") ?? text(source, "MachineName") ?? text(source, "host"),
    time: flatTime(source),
    recordId:
      textOf(source, "RecordNumber") ??
      textOf(source, "EventRecordID") ??
      textOf(source, "EventRecordId") ??
      textOf(source, "RecordId"),
    outcome:
      outcomeOf(property(source, "Keywords")) ??
      outcomeOf(text(source, "EventType")) ??
      outcomeOf(property(source, "KeywordsDisplayNames")),
    account: accountOf(
      text(source, "UserID") ?? text(source, "UserId"),
      text(source, "AccountName"),
      text(source, "Domain"),
    ),
    processId: property(source, "ExecutionProcessID"),
    data,
    ownsData: true,
  };
}

const ZONE = /(?:Z|UTC|[+-]\d{2}:?\d{2})$/;
const DOTNET_DATE = /^\/Date\((\d{10,14})\)\/$/;

/**
 * A time that names its zone wins: NXLog's EventTime is local time without one, beside which collectors put the UTC
 * time of receipt.
 */
function flatTime(source: unknown): number | undefined {
  const candidates = [
    property(source, "TimeCreated") ?? property(source, "SystemTime"),
    property(source, "EventTime"),
    property(source, "@timestamp"),
    property(source, "TimeGenerated"),
  ];
  for (const value of candidates) {
    if (typeof value !== "string") continue;
    const date = DOTNET_DATE.exec(value)?.[1];
    if (date !== undefined) return parseTime(date);
    if (ZONE.test(value)) {
      const time = parseTime(value);
      if (time !== undefined) return time;
    }
  }
  for (const value of candidates) {
    const time = parseTime(value);
    if (time !== undefined) return time;
  }
  return parseTime(property(source, "EventReceivedTime"));
}

/** `EventData` as evtx tools print it: fields by name, or a `Data` list of name and text. undefined when it is no object. */
function eventData(value: unknown): Readonly<EventFields> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const items = property(value, "Data");
  if (typeof items !== "object" || items === null) return withoutAttributes(value as EventFields);
  const fields: EventFields = newFields();
  const unnamed: unknown[] = [];
  for (const item of Array.isArray(items) ? items : [items]) {
    const name =
      textOf(object(item, "#attributes") ?? object(item, "@attributes") ?? object(item, "$"), "Name") ??
      textOf(item, "@Name") ??
      textOf(item, "Name") ??
      textOf(item, "name");
    const content =
      property(item, "#text") ??
      property(item, "_") ??
      property(item, "text") ??
      property(item, "content") ??
      property(item, "Value") ??
      property(item, "value");
    if (name !== undefined) fields[name] = content ?? "";
    else unnamed.push(...(Array.isArray(content) ? content : [content ?? item]));
  }
  for (const key of Object.keys(value)) if (key !== "Data" && !isAttribute(key)) fields[key] = property(value, key);
  if (unnamed.length > 0) fields["Data"] = unnamed;
  return fields;
}

/** `UserData` holds one element, named by its provider, around the fields. */
function userData(value: unknown): Readonly<EventFields> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const key of Object.keys(value)) {
    const inner = object(value, key);
    if (inner !== undefined && !isAttribute(key)) return withoutAttributes(inner as EventFields);
  }
  return withoutAttributes(value as EventFields);
}

function withoutAttributes(fields: Readonly<EventFields>): Readonly<EventFields> {
  if (!Object.keys(fields).some(isAttribute)) return fields;
  const kept: EventFields = newFields();
  for (const key of Object.keys(fields)) if (!isAttribute(key)) kept[key] = fields[key];
  return kept;
}

function isAttribute(key: string): boolean {
  const first = key.charCodeAt(0);
  return first === 0x23 || first === 0x40 || key === "$" || key === "xmlns" || key.endsWith("_attributes");
}

function embeddedData(value: unknown): Readonly<EventFields> | undefined {
  if (typeof value !== "string") return eventData(value);
  const start = value.trimStart();
  if (start.startsWith("<")) return readEventDataXml(start);
  return start.startsWith("{") ? eventData(parseJson(start)) : undefined;
}

function payload(source: unknown): Readonly<EventFields> | undefined {
  const value = text(source, "Payload");
  if (value === undefined || !value.startsWith("{")) return undefined;
  const parsed = parseJson(value);
  return eventData(property(parsed, "EventData")) ?? userData(property(parsed, "UserData"));
}

/** Sysmon's message is not translated: `Name: value` lines. */
function readMessage(message: string, data: EventFields): void {
  for (const line of message.split("\n", 64)) {
    const colon = line.indexOf(": ");
    if (colon > 0 && colon < 40 && !line.slice(0, colon).includes(" "))
      data[line.slice(0, colon)] = line.slice(colon + 2).trimEnd();
  }
}
