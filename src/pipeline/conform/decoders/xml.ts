/**
 * A small strict reader for the XML that Windows writes: elements, attributes, text, CDATA, comments, the five named
 * entities and character references. No DTD, no external anything, no namespaces; limits on depth and element count.
 */
import { MalformedInputError } from "../../../model/errors.ts";

const MAX_DEPTH = 16;
const MAX_ELEMENTS = 4_000;

export interface XmlVisitor {
  /** `name` without namespace prefix; attributes in the order written. */
  open(name: string, attributes: XmlAttributes, depth: number): void;
  /** Text of the innermost open element, entities decoded; called once per run of text. */
  text(value: string): void;
  close(name: string): void;
  /**
   * Reads an element without attributes at once, where the visitor knows how: asked before `open`, which is not called then.
   * `from` is the position behind the start tag. null: the walk goes through it.
   */
  readWhole?(text: string, name: string, from: number, depth: number): WholeElement | null;
}

export interface WholeElement {
  /** The position behind the end tag. */
  readonly end: number;
  /** Elements inside. */
  readonly elements: number;
}

/** Name-value pairs one after the other: most elements have none or one, so no map is built. */
export type XmlAttributes = readonly string[];

const NO_ATTRIBUTES: XmlAttributes = [];
const MAX_ATTRIBUTES = 32;
const MAX_NAME = 128;

/** 1: may begin a name, 2: may only continue one. The colon of a prefix counts as a letter. */
const NAME_CHARACTER = new Uint8Array(128);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:") NAME_CHARACTER[letter.charCodeAt(0)] = 1;
for (const other of "0123456789.-") NAME_CHARACTER[other.charCodeAt(0)] = 2;

/**
 * Walks one document or fragment.
 *
 * @param text everything before the first `<` and between top-level elements is ignored (some viewers print `- ` there)
 * @throws {MalformedInputError} on a DTD, an unclosed or mismatched element, or a limit passed
 */
export function walkXml(text: string, visitor: XmlVisitor): void {
  const stack: string[] = [];
  const count: ElementCount = { elements: 0 };
  let at = text.indexOf("<");
  while (at !== -1) {
    const next = text.charCodeAt(at + 1);
    if (next === 0x2f) {
      at = closeElement(text, at, stack, visitor);
    } else if (next === 0x21) {
      at = skipDeclaration(text, at, stack, visitor);
    } else if (next === 0x3f) {
      at = after(text, "?>", at + 2);
    } else {
      count.elements += 1;
      at = openElement(text, at, stack, visitor, count);
      if (count.elements > MAX_ELEMENTS) throw new MalformedInputError(`XML with more than ${MAX_ELEMENTS} elements`);
    }
    const following = text.indexOf("<", at);
    if (stack.length > 0) {
      if (following === -1) break;
      if (following > at) visitor.text(decodeEntities(text.slice(at, following)));
    }
    at = following;
  }
  if (stack.length > 0) throw new MalformedInputError(`XML ends inside <${stack.at(-1)}>`);
}

/** The value of an attribute, undefined when the element has none of that name. */
export function attributeOf(attributes: XmlAttributes, name: string): string | undefined {
  for (let index = 0; index < attributes.length; index += 2)
    if (attributes[index] === name) return attributes[index + 1];
  return undefined;
}

interface ElementCount {
  elements: number;
}

function openElement(text: string, at: number, stack: string[], visitor: XmlVisitor, count: ElementCount): number {
  let position = nameEnd(text, at + 1);
  const name = text.slice(at + 1, position);
  let attributes: string[] | undefined;
  for (;;) {
    const afterBlank = skipBlank(text, position);
    const code = text.charCodeAt(afterBlank);
    if (code === 0x3e || (code === 0x2f && text.charCodeAt(afterBlank + 1) === 0x3e)) {
      const whole =
        code === 0x3e && attributes === undefined
          ? visitor.readWhole?.(text, name, afterBlank + 1, stack.length)
          : null;
      if (whole != null) {
        count.elements += whole.elements;
        return whole.end;
      }
      const local = localName(name);
      visitor.open(local, attributes ?? NO_ATTRIBUTES, stack.length);
      if (code === 0x2f) {
        visitor.close(local);
        return afterBlank + 2;
      }
      if (stack.length >= MAX_DEPTH) throw new MalformedInputError(`XML nested deeper than ${MAX_DEPTH} levels`);
      stack.push(name);
      return afterBlank + 1;
    }
    if (afterBlank === position) throw new MalformedInputError(`XML with an unfinished <${name}>`);
    attributes ??= [];
    if (attributes.length >= 2 * MAX_ATTRIBUTES)
      throw new MalformedInputError(`XML element with more than ${MAX_ATTRIBUTES} attributes`);
    position = readAttribute(text, afterBlank, attributes);
  }
}

/** Appends name and value; returns the position behind the closing quote. */
function readAttribute(text: string, at: number, attributes: string[]): number {
  const end = nameEnd(text, at);
  const equals = skipBlank(text, end);
  const open = skipBlank(text, equals + 1);
  const quote = text.charCodeAt(open);
  if (text.charCodeAt(equals) !== 0x3d || (quote !== 0x22 && quote !== 0x27))
    throw new MalformedInputError("XML attribute without a quoted value");
  const close = text.indexOf(quote === 0x22 ? '"' : "'", open + 1);
  const value = close === -1 ? "<" : text.slice(open + 1, close);
  if (value.includes("<")) throw new MalformedInputError("XML attribute without its closing quote");
  attributes.push(text.slice(at, end), decodeEntities(value));
  return close + 1;
}

function nameEnd(text: string, at: number): number {
  let position = at;
  while (position < text.length) {
    const kind = NAME_CHARACTER[text.charCodeAt(position)];
    if (kind !== 1 && (kind !== 2 || position === at)) break;
    position += 1;
  }
  if (position === at || position - at > MAX_NAME) throw new MalformedInputError("XML with a bad name");
  return position;
}

function skipBlank(text: string, from: number): number {
  let at = from;
  for (
    let code = text.charCodeAt(at);
    code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
    code = text.charCodeAt(at)
  )
    at += 1;
  return at;
}

function closeElement(text: string, at: number, stack: string[], visitor: XmlVisitor): number {
  const name = stack.pop();
  const end = name === undefined ? -1 : skipBlank(text, at + 2 + name.length);
  if (name === undefined || !text.startsWith(name, at + 2) || text.charCodeAt(end) !== 0x3e) {
    throw new MalformedInputError(
      name === undefined ? "XML with an end tag too many" : `XML without the end of <${name}>`,
    );
  }
  visitor.close(localName(name));
  return end + 1;
}

function skipDeclaration(text: string, at: number, stack: readonly string[], visitor: XmlVisitor): number {
  if (text.startsWith("<!--", at)) return after(text, "-->", at + 4);
  if (text.startsWith("<![CDATA[", at)) {
    const end = after(text, "]]>", at + 9);
    if (stack.length > 0) visitor.text(text.slice(at + 9, end - 3));
    return end;
  }
  throw new MalformedInputError("XML with a document type declaration");
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at === -1) throw new MalformedInputError(`XML without the closing '${mark}'`);
  return at + mark.length;
}

function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon === -1 ? name : name.slice(colon + 1);
}

/** The semicolon is lost in what Sysmon for Linux writes: another character that ends the name will do. */
const ENTITY = /&(?:#x([0-9A-Fa-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos))(?:;|(?![A-Za-z0-9;]))/g;
const NAMED: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** The five named entities and character references; any other `&` stays as it is, as nothing is ever defined here. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    ENTITY,
    (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return NAMED.get(name) ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? whole : String.fromCodePoint(code);
    },
  );
}
