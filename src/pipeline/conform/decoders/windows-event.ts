/**
 * Windows event records -> one shape, whatever wrote them: winlogbeat and Elastic Agent (ECS and before), NXLog and
 * other flat JSON, the `Event` JSON of evtx tools, EvtxECmd, Wazuh, Log Analytics tables, Get-WinEvent, OpenTelemetry,
 * and event XML.
 *
 * @see https://learn.microsoft.com/windows/win32/wes/eventschema-schema
 */
import { MalformedInputError } from "../../../model/errors.ts";
import type { DecodedRecord } from "../define-map.ts";
import { object, property, text } from "../read-json.ts";
import { parseTime } from "./timestamp.ts";
import {
  readBeatEvent,
  readEvtxEvent,
  readFlatEvent,
  readOpenTelemetryEvent,
  readWazuhEvent,
} from "./windows-event-json.ts";
import {
  accountOf,
  eventIdOf,
  flatProvider,
  outcomeOf,
  providerOf,
  textContent,
  type WindowsEvent,
} from "./windows-event-values.ts";
import { readEventXml } from "./windows-event-xml.ts";

export type { WindowsEvent } from "./windows-event-values.ts";

/** What tells one Windows event from another, without reading its fields. */
export interface WindowsHeader {
  readonly provider: string;
  readonly channel: string;
  readonly eventId: number;
}

const XML_PROVIDER = /<Provider\s[^>]{0,200}?Name\s*=\s*["']([^"']{1,200})["']/;
const XML_EVENT_ID = /<EventID[^>]{0,64}>\s*(\d{1,6})/;
const XML_CHANNEL = /<Channel>([^<]{1,200})<\/Channel>/;
/** System comes first in an event and is short. */
const XML_HEAD_LENGTH = 2_000;

/** Cheap: for recognising. null when the record is no Windows event of any known spelling. */
export function windowsHeader(record: DecodedRecord): WindowsHeader | null {
  if (record !== askedRecord) {
    askedHeader = readHeader(record);
    askedRecord = record;
  }
  return askedHeader;
}

/** Six maps ask the same of one record after another; records do not change. */
let askedRecord: DecodedRecord | null = null;
let askedHeader: WindowsHeader | null = null;

function readHeader(record: DecodedRecord): WindowsHeader | null {
  const { json } = record;
  if (json !== null) return jsonHeader(json);
  const at = xmlStart(record.body);
  if (at === -1) return null;
  const head = record.body.slice(at, at + XML_HEAD_LENGTH);
  const eventId = XML_EVENT_ID.exec(head)?.[1];
  if (eventId === undefined) return null;
  return {
    provider: XML_PROVIDER.exec(head)?.[1] ?? "",
    channel: XML_CHANNEL.exec(head)?.[1] ?? "",
    eventId: Number(eventId),
  };
}

function jsonHeader(json: unknown): WindowsHeader | null {
  const source = object(json, "_source") ?? json;
  const beat = object(source, "winlog");
  if (beat !== undefined)
    return header(
      text(beat, "provider_name") ?? text(object(source, "event"), "provider"),
      text(beat, "channel"),
      property(beat, "event_id") ?? property(object(source, "event"), "code"),
    );
  const system = object(object(source, "Event"), "System");
  if (system !== undefined)
    return header(providerOf(system), textContent(property(system, "Channel")), property(system, "EventID"));
  const wazuh = object(object(source, "win") ?? object(object(source, "data"), "win"), "system");
  if (wazuh !== undefined)
    return header(text(wazuh, "providerName"), text(wazuh, "channel"), property(wazuh, "eventID"));
  const flatId = property(source, "EventID") ?? property(source, "EventId");
  if (flatId !== undefined) {
    return header(
      flatProvider(source),
      text(source, "Channel") ?? text(source, "EventLog") ?? text(source, "LogName") ?? "",
      flatId,
    );
  }
  if (property(source, "event_id") !== undefined) {
    const provider = text(source, "source_name") ?? text(object(source, "provider"), "name");
    return header(provider, text(source, "log_name") ?? text(source, "channel"), property(source, "event_id"));
  }
  if (property(source, "ProviderName") !== undefined && property(source, "LogName") !== undefined) {
    return header(text(source, "ProviderName"), text(source, "LogName"), property(source, "Id"));
  }
  return null;
}

function header(provider: string | undefined, channel: string | undefined, id: unknown): WindowsHeader | null {
  const eventId = eventIdOf(id);
  return eventId === undefined ? null : { provider: provider ?? "", channel: channel ?? "", eventId };
}

/**
 * Reads the whole event; null when the record is no Windows event.
 *
 * @throws {MalformedInputError} when it begins like event XML and is none
 */
export function readWindowsEvent(record: DecodedRecord): WindowsEvent | null {
  const { json } = record;
  if (json === null) {
    const at = xmlStart(record.body);
    return at === -1 ? null : readEventText(at === 0 ? record.body : record.body.slice(at));
  }
  const source = object(json, "_source") ?? json;
  if (object(source, "winlog") !== undefined) return readBeatEvent(source);
  if (object(object(source, "Event"), "System") !== undefined) return readEvtxEvent(source);
  const wazuh = object(source, "win") ?? object(object(source, "data"), "win");
  if (object(wazuh, "system") !== undefined) return readWazuhEvent(wazuh);
  if (property(source, "EventID") !== undefined || property(source, "EventId") !== undefined)
    return readFlatEvent(source);
  if (object(source, "event_id") !== undefined) return readOpenTelemetryEvent(source);
  if (property(source, "event_id") !== undefined) return readBeatEvent(source);
  return property(source, "ProviderName") !== undefined && property(source, "LogName") !== undefined
    ? readFlatEvent(source)
    : null;
}

/** Position of the event element: at the start, or behind the `- ` and the XML declaration some viewers print. -1: no event. */
function xmlStart(body: string): number {
  if (body.startsWith("<Event")) return 0;
  const at = body.indexOf("<Event");
  return at !== -1 && at < 128 && /^(?:[-\s]|<\?xml[^>]*\?>)*$/.test(body.slice(0, at)) ? at : -1;
}

/**
 * One event in XML.
 *
 * @throws {MalformedInputError} when it is none
 */
export function readEventText(xml: string): WindowsEvent {
  const { system, data } = readEventXml(xml);
  const eventId = eventIdOf(system.get("EventID"));
  if (eventId === undefined) throw new MalformedInputError("Windows event without EventID");
  return {
    provider: system.get("Provider@Name") ?? "",
    channel: system.get("Channel") ?? "",
    eventId,
    computer: system.get("Computer") || undefined,
    time: parseTime(system.get("TimeCreated@SystemTime")),
    recordId: system.get("EventRecordID") || undefined,
    outcome: outcomeOf(system.get("Keywords")),
    account: accountOf(system.get("Security@UserID") ?? system.get("Security@UserId")),
    processId: system.get("Execution@ProcessID"),
    data,
    ownsData: true,
  };
}
