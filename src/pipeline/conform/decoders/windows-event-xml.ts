/**
 * Windows event XML, `<Event><System>…</System><EventData>…</EventData></Event>` on one line, and the `EventData`
 * fragments that Log Analytics stores as text.
 *
 * @see https://learn.microsoft.com/windows/win32/wes/eventschema-schema
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { newFields, type EventFields } from "./windows-event-values.ts";
import { attributeOf, decodeEntities, walkXml, type XmlAttributes, type XmlVisitor } from "./xml.ts";

/** Text of the `System` elements by name; attributes of interest as `Provider@Name`, `TimeCreated@SystemTime`. */
export interface WindowsXml {
  readonly system: ReadonlyMap<string, string>;
  readonly data: EventFields;
}

const KEPT_ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map([
  ["Provider", ["Name"]],
  ["TimeCreated", ["SystemTime"]],
  ["Execution", ["ProcessID"]],
  ["Security", ["UserID", "UserId"]],
]);

const NONE: readonly string[] = [];

const DATA_START = "<EventData>";
const DATA_END = "</EventData>";

/** @throws {MalformedInputError} when the text is no Windows event */
export function readEventXml(text: string): WindowsXml {
  const start = text.indexOf(DATA_START);
  const reader = new EventXmlReader();
  const end = start === -1 ? -1 : readPlainData(text, start + DATA_START.length, reader.data);
  if (end === -1) return readEventXmlSlowly(text);
  walkXml(text.slice(0, start) + text.slice(end), reader);
  if (!reader.sawEvent) throw new MalformedInputError("XML that is no Windows event");
  return reader;
}

/** The same without the shortcut for plain data. */
export function readEventXmlSlowly(text: string): WindowsXml {
  const reader = new EventXmlReader();
  walkXml(text, reader);
  if (!reader.sawEvent) throw new MalformedInputError("XML that is no Windows event");
  return reader;
}

/**
 * Fields of an `<EventData>` or `<UserData>` fragment, also wrapped in `<DataItem>`.
 *
 * @throws {MalformedInputError} when the text is not XML
 */
export function readEventDataXml(text: string): EventFields {
  const reader = new EventXmlReader();
  walkXml(text, reader);
  return reader.data;
}

class EventXmlReader implements XmlVisitor {
  readonly system = new Map<string, string>();
  readonly data: EventFields = newFields();
  sawEvent = false;
  private section: "System" | "EventData" | "UserData" | null = null;
  private name: string | null = null;
  private value = "";

  open(name: string, attributes: XmlAttributes): void {
    if (this.section === null) {
      if (name === "System" || name === "EventData" || name === "UserData") this.section = name;
      else if (name === "Event") this.sawEvent = true;
      return;
    }
    this.name = this.section === "EventData" ? (attributeOf(attributes, "Name") ?? name) : name;
    this.value = "";
    if (this.section === "System") {
      for (const attribute of KEPT_ATTRIBUTES.get(name) ?? NONE) {
        const value = attributeOf(attributes, attribute);
        if (value !== undefined) this.system.set(`${name}@${attribute}`, value);
      }
    }
  }

  text(value: string): void {
    if (this.name !== null) this.value += value;
  }

  close(name: string): void {
    if (name === this.section) {
      this.section = null;
      this.name = null;
    } else if (this.name !== null) {
      if (this.section === "System") this.system.set(this.name, this.value.trim());
      else addField(this.data, this.name, this.value);
      this.name = null;
    }
  }
}

/**
 * The shortcut for what Windows writes itself: nothing but `<Data Name='…'>text</Data>`, one after the other.
 *
 * @returns the position behind `</EventData>`; -1 when there is anything else, and then `data` is of no use
 */
function readPlainData(text: string, from: number, data: EventFields): number {
  let at = from;
  while (text.startsWith("<Data Name=", at)) {
    const quote = text[at + 11];
    if (quote !== '"' && quote !== "'") return -1;
    const nameEnd = text.indexOf(quote, at + 12);
    const valueStart = nameEnd + 2;
    if (nameEnd === -1 || nameEnd - at > 140 || text.charCodeAt(nameEnd + 1) !== 0x3e) return -1;
    const valueEnd = text.indexOf("<", valueStart);
    if (valueEnd === -1 || !text.startsWith("</Data>", valueEnd)) return -1;
    const name = text.slice(at + 12, nameEnd);
    if (name.includes("&") || name.includes("<") || data[name] !== undefined) return -1;
    data[name] = decodeEntities(text.slice(valueStart, valueEnd));
    at = valueEnd + 7;
  }
  return text.startsWith(DATA_END, at) ? at + DATA_END.length : -1;
}

/** Unnamed `<Data>` elements repeat the name: their values are kept as a list. */
function addField(data: EventFields, name: string, value: string): void {
  const before = data[name];
  if (before === undefined) data[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else data[name] = [before, value];
}
