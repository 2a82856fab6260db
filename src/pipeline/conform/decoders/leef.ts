/**
 * IBM QRadar's Log Event Extended Format -> header and attributes.
 *
 *     LEEF:1.0|Vendor|Product|Version|EventID|key=value<tab>key=value
 *     LEEF:2.0|Vendor|Product|Version|EventID|Delimiter|key=value^key=value
 *
 * Under 1.0 some products part the attributes by bars. The delimiter of 2.0 is a character, or its code as `x5E` or `0x5E`; the tab where it is left out.
 *
 * @see https://www.ibm.com/docs/en/dsm?topic=leef-overview
 */
import { readBarHeader, readExtension } from "./cef.ts";

const MAX_ATTRIBUTES = 512;

export interface LeefEvent {
  readonly version: "1.0" | "2.0";
  readonly vendor: string;
  readonly product: string;
  readonly productVersion: string;
  readonly eventId: string;
  /** The first occurrence of each key; values as written, without blanks around them. */
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * The LEEF event of a text, which may begin with other text. `LEEF:` itself may be missing at the very beginning, since
 * syslog readers take it for the program's name. null when there is none. Never throws.
 */
export function parseLeef(body: string): LeefEvent | null {
  const start = beginningOf(body);
  if (start === -1) return null;
  const header = readBarHeader(body, start, 5);
  if (header === null) return null;
  const [version, vendor, product, productVersion, eventId] = header.fields as [string, string, string, string, string];
  const { delimiter, end } = delimiterOf(body, header.end);
  return {
    version: version.trim().startsWith("2") ? "2.0" : "1.0",
    vendor,
    product,
    productVersion,
    eventId,
    attributes: readAttributes(body, end, delimiter),
  };
}

/** The place of the version number behind `LEEF:`; -1 when nothing here can be a LEEF header. */
function beginningOf(body: string): number {
  for (let at = body.indexOf("LEEF:"); at !== -1; at = body.indexOf("LEEF:", at + 5)) {
    if (/^ {0,2}[12](?:\.0)?\|/.test(body.slice(at + 5, at + 12))) return at + 5;
  }
  return /^ ?[12]\.0\|/.test(body.slice(0, 6)) ? 0 : -1;
}

/** The field behind the event id, where it is a delimiter; some products write it under 1.0 too. */
function delimiterOf(body: string, at: number): { delimiter: string; end: number } {
  if (body.charAt(at) === "|") {
    // `||` is an empty field, `|||` a bar as the delimiter.
    return body.charAt(at + 1) === "|" ? { delimiter: "|", end: at + 2 } : { delimiter: "\t", end: at + 1 };
  }
  const bar = body.slice(at, at + 7).indexOf("|");
  if (bar !== -1) {
    const text = body.slice(at, at + bar);
    if (text.trim() === "") return { delimiter: "\t", end: at + bar + 1 };
    const code = /^ ?0?[xX]([0-9A-Fa-f]{1,4}) ?$/.exec(text);
    if (code !== null) return { delimiter: String.fromCharCode(Number.parseInt(code[1]!, 16)), end: at + bar + 1 };
    if (text === "\\t") return { delimiter: "\t", end: at + bar + 1 };
    if (bar === 1 && text !== "=") return { delimiter: text, end: at + 2 };
  }
  return { delimiter: "\t", end: at };
}

/** Palo Alto Networks' template for 1.0 parts by bars what the format parts by tabs. */
const BARRED =
  /^[A-Za-z][A-Za-z0-9_]{0,63}=[^|=]{0,512}\|[A-Za-z][A-Za-z0-9_]{0,63}=[^|]{0,512}\|[A-Za-z][A-Za-z0-9_]{0,63}=/;

function readAttributes(body: string, from: number, delimiter: string): ReadonlyMap<string, string> {
  if (delimiter === "\t" && !body.includes("\t", from) && BARRED.test(body.slice(from, from + 1_300)))
    return readAttributes(body, from, "|");
  // Relays turn tabs into blanks: then the words before `=` part the attributes, as in CEF.
  if (delimiter === "\t" && !body.includes("\t", from)) return readExtension(body, from);
  const attributes = new Map<string, string>();
  let equals = -1;
  let at = from;
  while (at < body.length && attributes.size < MAX_ATTRIBUTES) {
    const next = body.indexOf(delimiter, at);
    const end = next === -1 ? body.length : next;
    // Looked for again only where it has been passed: pieces without one cost nothing.
    if (equals < at) equals = body.indexOf("=", at);
    if (equals === -1) break;
    if (equals < end) {
      const key = body.slice(at, equals).trim();
      if (key !== "" && !attributes.has(key)) attributes.set(key, body.slice(equals + 1, end).trim());
    }
    at = end + 1;
  }
  return attributes;
}
