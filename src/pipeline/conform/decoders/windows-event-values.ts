/** What every spelling of a Windows event becomes, and how its single values are read. */
import { object, property, text, textOf } from "../read-json.ts";

export interface WindowsAccount {
  readonly uid: string | undefined;
  readonly name: string | undefined;
  readonly domain: string | undefined;
}

export interface WindowsEvent {
  /** `Provider@Name`, for instance `Microsoft-Windows-Sysmon`; empty when the record does not say. */
  readonly provider: string;
  readonly channel: string;
  readonly eventId: number;
  /** As the source spells it. */
  readonly computer: string | undefined;
  /** ms since 1970 UTC: when the event was written; undefined when unreadable. */
  readonly time: number | undefined;
  readonly recordId: string | undefined;
  /** Audit outcome of Security events, from their keywords. */
  readonly outcome: "success" | "failure" | undefined;
  /** Who the process that wrote the event ran as: `Security@UserID`, with a name where the source looked it up. */
  readonly account: WindowsAccount | undefined;
  /** The process that wrote the event: `Execution@ProcessID`, as the source spells it. */
  readonly processId: unknown;
  /** The fields of EventData or UserData by their original names. Read own properties only. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The fields were gathered for this event and belong to it; false: they are part of the record. */
  readonly ownsData: boolean;
}

/** A number, a decimal string, or an object around one (`#text`, `id`, `Value`). */
export function eventIdOf(value: unknown): number | undefined {
  if (typeof value === "number")
    return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff ? value : undefined;
  if (typeof value === "string") return /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  const inner = property(value, "#text") ?? property(value, "id") ?? property(value, "Value") ?? property(value, "_");
  return typeof inner === "object" ? undefined : eventIdOf(inner);
}

/** The audit keywords 0x8010000000000000 and 0x8020000000000000 as the signed decimals NXLog writes; both are exact. */
const FAILURE_SIGNED = -(2 ** 63) + 2 ** 52;
const SUCCESS_SIGNED = -(2 ** 63) + 2 ** 53;

/** Keywords as hexadecimal mask, signed decimal, or words -> audit outcome. */
export function outcomeOf(keywords: unknown): WindowsEvent["outcome"] {
  if (Array.isArray(keywords))
    return keywords.length > 0 && keywords.length < 16
      ? (outcomeOf(keywords[0]) ?? outcomeOf(keywords.slice(1)))
      : undefined;
  if (typeof keywords === "number")
    return keywords === FAILURE_SIGNED ? "failure" : keywords === SUCCESS_SIGNED ? "success" : undefined;
  if (typeof keywords !== "string") return undefined;
  if (keywords.startsWith("0x80")) return keywords[4] === "1" ? "failure" : keywords[4] === "2" ? "success" : undefined;
  if (/^-\d{19}$/.test(keywords)) return outcomeOf(Number(keywords));
  if (/^audit[ _]?failure$/i.test(keywords)) return "failure";
  return /^audit[ _]?success$/i.test(keywords) ? "success" : undefined;
}

/** The text of an element that may carry attributes: `"x"`, `{"#text": "x"}`. */
export function textContent(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number") return String(value);
  return typeof value === "object" && value !== null ? (textOf(value, "#text") ?? textOf(value, "_")) : undefined;
}

/** An XML attribute in the ways evtx tools write it: `#attributes`, `@Name`, a sibling `Key_attributes`, or plain. */
export function xmlAttribute(parent: unknown, element: string, name: string): string | undefined {
  const value = property(parent, element);
  const holder = object(value, "#attributes") ?? object(value, "@attributes") ?? object(value, "$");
  return (
    textOf(holder, name) ??
    textOf(value, `@${name}`) ??
    textOf(property(parent, `${element}_attributes`), name) ??
    textOf(value, name) ??
    textOf(property(value, "attributes"), name)
  );
}

/** `Provider@Name` of a System element. */
export function providerOf(system: unknown): string | undefined {
  return xmlAttribute(system, "Provider", "Name") ?? text(system, "Provider");
}

/** Provider of flat records; products disagree about the key. */
export function flatProvider(source: unknown): string {
  return (
    text(source, "SourceName") ??
    text(source, "Provider") ??
    text(source, "ProviderName") ??
    text(source, "EventSourceName") ??
    text(source, "Provider_Name") ??
    text(source, "Source") ??
    ""
  );
}

/** undefined when neither a SID nor a name is known. */
export function accountOf(
  uid: string | undefined,
  name?: string | undefined,
  domain?: string | undefined,
): WindowsAccount | undefined {
  return uid === undefined && name === undefined ? undefined : { uid, name, domain };
}

/** Fields by names that strangers chose: made by `newFields`, without prototype. */
export type EventFields = Record<string, unknown>;

export function newFields(): EventFields {
  return Object.create(null) as EventFields;
}
