/**
 * Windows event XML, `<Event><System>…</System><EventData>…</EventData></Event>` on one line, and the `EventData`
 * fragments that Log Analytics stores as text.
 *
 * @see https://learn.microsoft.com/windows/win32/wes/eventschema-schema
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { attributeOf, walkXml, type XmlAttributes, type XmlVisitor } from "./xml.ts";

/** Text of the `System` elements by name; attributes of interest as `Provider@Name`, `TimeCreated@SystemTime`. */
export interface WindowsXml {
  readonly system: ReadonlyMap<string, string>;
  readonly data: Record<string, unknown>;
}

const KEPT_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = Object.assign(Object.create(null) as Record<string, readonly string[]>, {
  Provider: ["Name", "EventSourceName"],
  TimeCreated: ["SystemTime"],
  Execution: ["ProcessID", "ThreadID"],
  Security: ["UserID", "UserId"],
  Correlation: ["ActivityID"],
});

/** @throws {MalformedInputError} when the text is no Windows event */
export function readEventXml(text: string): WindowsXml {
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
export function readEventDataXml(text: string): Record<string, unknown> {
  const reader = new EventXmlReader();
  walkXml(text, reader);
  return reader.data;
}

class EventXmlReader implements XmlVisitor {
  readonly system = new Map<string, string>();
  readonly data: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
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
      for (const attribute of KEPT_ATTRIBUTES[name] ?? []) {
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

/** Unnamed `<Data>` elements repeat the name: their values are kept as a list. */
function addField(data: Record<string, unknown>, name: string, value: string): void {
  const before = data[name];
  if (before === undefined) data[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else data[name] = [before, value];
}
