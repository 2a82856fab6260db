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
}

/** Name-value pairs one after the other: most elements have none or one, so no map is built. */
export type XmlAttributes = readonly string[];

const NO_ATTRIBUTES: XmlAttributes = [];
const NAME = /[A-Za-z_][\w.:-]{0,127}/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]{0,127})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;

/**
 * Walks one document or fragment.
 *
 * @param text everything before the first `<` and between top-level elements is ignored (some viewers print `- ` there)
 * @throws {MalformedInputError} on a DTD, an unclosed or mismatched element, a bad entity, or a limit passed
 */
export function walkXml(text: string, visitor: XmlVisitor): void {
  const stack: string[] = [];
  let elements = 0;
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
      elements += 1;
      if (elements > MAX_ELEMENTS) throw new MalformedInputError(`XML with more than ${MAX_ELEMENTS} elements`);
      at = openElement(text, at, stack, visitor);
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
  for (let index = 0; index < attributes.length; index += 2) if (attributes[index] === name) return attributes[index + 1];
  return undefined;
}

function openElement(text: string, at: number, stack: string[], visitor: XmlVisitor): number {
  NAME.lastIndex = at + 1;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) throw new MalformedInputError("XML with a bare '<'");
  let position = NAME.lastIndex;
  let attributes: string[] | undefined;
  ATTRIBUTE.lastIndex = position;
  for (let match = ATTRIBUTE.exec(text); match !== null; match = ATTRIBUTE.exec(text)) {
    attributes ??= [];
    if (attributes.length >= 64) throw new MalformedInputError("XML element with more than 32 attributes");
    attributes.push(match[1] ?? "", decodeEntities(match[2] ?? match[3] ?? ""));
    position = ATTRIBUTE.lastIndex;
  }
  TAG_END.lastIndex = position;
  const end = TAG_END.exec(text);
  if (end === null) throw new MalformedInputError(`XML with an unfinished <${name}>`);
  const local = localName(name);
  visitor.open(local, attributes ?? NO_ATTRIBUTES, stack.length);
  if (end[1] === "/") visitor.close(local);
  else {
    if (stack.length >= MAX_DEPTH) throw new MalformedInputError(`XML nested deeper than ${MAX_DEPTH} levels`);
    stack.push(local);
  }
  return TAG_END.lastIndex;
}

function closeElement(text: string, at: number, stack: string[], visitor: XmlVisitor): number {
  const end = text.indexOf(">", at);
  if (end === -1) throw new MalformedInputError("XML with an unfinished end tag");
  const name = localName(text.slice(at + 2, end).trimEnd());
  if (stack.pop() !== name) throw new MalformedInputError(`XML with an unexpected </${name.slice(0, 64)}>`);
  visitor.close(name);
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

function decodeEntities(text: string): string {
  let ampersand = text.indexOf("&");
  if (ampersand === -1) return text;
  let out = "";
  let from = 0;
  while (ampersand !== -1) {
    const end = text.indexOf(";", ampersand);
    if (end === -1 || end - ampersand > 10) throw new MalformedInputError("XML with a bare '&'");
    out += text.slice(from, ampersand) + entity(text.slice(ampersand + 1, end));
    from = end + 1;
    ampersand = text.indexOf("&", from);
  }
  return out + text.slice(from);
}

function entity(name: string): string {
  switch (name) {
    case "lt":
      return "<";
    case "gt":
      return ">";
    case "amp":
      return "&";
    case "quot":
      return '"';
    case "apos":
      return "'";
    default: {
      const match = /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}))$/.exec(name);
      const code = match === null ? Number.NaN : match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
      if (Number.isNaN(code) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new MalformedInputError(`XML with the unknown entity &${name};`);
      return String.fromCodePoint(code);
    }
  }
}
