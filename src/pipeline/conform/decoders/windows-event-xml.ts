/**
 * Windows event XML, `<Event><System>…</System><EventData>…</EventData></Event>` on one line, and the `EventData`
 * fragments that Log Analytics stores as text.
 *
 * @see https://learn.microsoft.com/windows/win32/wes/eventschema-schema
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { newFields, type EventFields } from "./windows-event-values.ts";
import { attributeOf, decodeEntities, walkXml, type WholeElement, type XmlAttributes, type XmlVisitor } from "./xml.ts";

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

const DATA_END = "</EventData>";

/** @throws {MalformedInputError} when the text is no Windows event */
export function readEventXml(text: string): WindowsXml {
  return readWith(new QuickReader(), text);
}

/** The same without the shortcut for plain data. */
export function readEventXmlSlowly(text: string): WindowsXml {
  return readWith(new EventXmlReader(), text);
}

function readWith(reader: EventXmlReader, text: string): WindowsXml {
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
  data: EventFields = newFields();
  sawEvent = false;
  protected section: "System" | "EventData" | "UserData" | null = null;
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

/** With a shortcut for what Windows writes itself: nothing but `<Data Name='…'>text</Data>`, one after the other. */
class QuickReader extends EventXmlReader {
  readWhole(text: string, name: string, from: number, depth: number): WholeElement | null {
    // Below the root an element of the data is in no danger of being nested too deeply.
    if (name !== "EventData" || depth !== 1 || this.section !== null) return null;
    // A field that an earlier element gave makes a list with one of the same name.
    for (const _field in this.data) return null;
    const whole = readPlainData(text, from, this.data);
    if (whole === null) this.data = newFields();
    return whole;
  }
}

/** null when there is anything else, and then `data` is of no use. */
function readPlainData(text: string, from: number, data: EventFields): WholeElement | null {
  let at = from;
  let elements = 0;
  while (text.startsWith("<Data Name=", at)) {
    const quote = text[at + 11];
    if (quote !== '"' && quote !== "'") return null;
    const nameEnd = text.indexOf(quote, at + 12);
    const valueStart = nameEnd + 2;
    if (nameEnd === -1 || nameEnd - at > 140 || text.charCodeAt(nameEnd + 1) !== 0x3e) return null;
    const valueEnd = text.indexOf("<", valueStart);
    if (valueEnd === -1 || !text.startsWith("</Data>", valueEnd)) return null;
    const name = text.slice(at + 12, nameEnd);
    if (name.includes("&") || name.includes("<") || data[name] !== undefined) return null;
    data[name] = decodeEntities(text.slice(valueStart, valueEnd));
    elements += 1;
    at = valueEnd + 7;
  }
  return text.startsWith(DATA_END, at) ? { end: at + DATA_END.length, elements } : null;
}

/** Unnamed `<Data>` elements repeat the name: their values are kept as a list. */
function addField(data: EventFields, name: string, value: string): void {
  const before = data[name];
  if (before === undefined) data[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else data[name] = [before, value];
}
