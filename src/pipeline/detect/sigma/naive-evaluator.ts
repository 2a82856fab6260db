/**
 * The slow, obvious evaluator: every item of every rule, one after another, straight from the document.
 *
 * It is the authority the fast path is tested against and the base line of the benchmark. It shares the parser with the
 * fast path and nothing of what comes after: wildcards become regular expressions, case is folded by the native engine,
 * and expressions of rules run natively. Not for hostile rules.
 */
import type { ConditionNode } from "./condition.ts";
import type { DetectionItem, DetectionNode, RawValue, SigmaFilter, SigmaRule } from "./document.ts";

/** Value of a field of the event; undefined: not there. `field` null: every text of the event. */
export type ReadField<E> = (event: E, field: string | null) => unknown;

type Test = (texts: readonly string[], value: unknown, other: (field: string) => unknown) => boolean;

/** A rule ready to be evaluated on many events. */
export function naiveRule<E>(
  rule: SigmaRule,
  read: ReadField<E>,
  filters: readonly SigmaFilter[] = [],
): (event: E) => boolean {
  const detections = [rule.detection, ...filters.map(({ detection }) => detection)].map(
    ({ selections, conditions }) => {
      const nodes = new Map(selections.map(({ name, node }) => [name, naiveNode(node, read)]));
      return (event: E) => conditions.some(({ node }) => holds(node, nodes, event));
    },
  );
  return (event) => detections.every((detection) => detection(event));
}

function holds<E>(node: ConditionNode, selections: ReadonlyMap<string, (event: E) => boolean>, event: E): boolean {
  switch (node.type) {
    case "and":
      return node.operands.every((operand) => holds(operand, selections, event));
    case "or":
      return node.operands.some((operand) => holds(operand, selections, event));
    case "not":
      return !holds(node.operand, selections, event);
    case "selection":
      return selections.get(node.name)?.(event) ?? false;
    case "of": {
      const pattern = new RegExp(
        node.pattern === "them" ? "^" : `^${node.pattern.split("*").map(escaped).join(".*")}$`,
      );
      const chosen = [...selections].filter(
        ([name]) => pattern.test(name) && (!name.startsWith("_") || node.pattern.startsWith("_")),
      );
      const held = chosen.filter(([, selection]) => selection(event)).length;
      return chosen.length > 0 && held >= (node.quantity === "all" ? chosen.length : node.quantity);
    }
  }
}

function naiveNode<E>(node: DetectionNode, read: ReadField<E>): (event: E) => boolean {
  if (node.type === "item") return naiveItem(node, read);
  const parts = node.nodes.map((child) => naiveNode(child, read));
  return node.type === "all"
    ? (event) => parts.every((part) => part(event))
    : (event) => parts.some((part) => part(event));
}

function naiveItem<E>({ field, modifiers, values }: DetectionItem, read: ReadField<E>): (event: E) => boolean {
  const tests = values.map((value) => naiveTest(value, modifiers, field === null));
  const every = modifiers.includes("all");
  const negated = modifiers.includes("neq");
  return (event) => {
    const value = read(event, field);
    const texts = textsOf(value);
    const one = (test: Test) => test(texts, value, (other) => read(event, other));
    return (every ? tests.every(one) : tests.some(one)) !== negated;
  };
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return typeof value === "number" || typeof value === "boolean" ? [String(value)] : [];
}

const holdsNull = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) &&
    (value.length === 0 ||
      value.some((one) => (one === null ? true : Array.isArray(one) && one.length > 0 && holdsNull(one)))));

function naiveTest(raw: RawValue, modifiers: readonly string[], keyword: boolean): Test {
  const { value, source } = raw;
  const has = (modifier: string) => modifiers.includes(modifier);
  if (has("exists")) {
    const wanted = value === true || source === "true";
    return (_, seen) => (seen !== undefined) === wanted;
  }
  const part = (["minute", "hour", "day", "week", "month", "year"] as const).find(has);
  const order = (["lt", "lte", "gt", "gte"] as const).find(has);
  if (part !== undefined || order !== undefined) {
    const bound = Number(value);
    const read = part === undefined ? numeric : (text: string) => partOf(text, part);
    const compared = {
      lt: (n: number) => n < bound,
      lte: (n: number) => n <= bound,
      gt: (n: number) => n > bound,
      gte: (n: number) => n >= bound,
      eq: (n: number) => n === bound,
    }[order ?? "eq"];
    return (texts) => texts.some((text) => compared(read(text)));
  }
  if (has("re")) {
    const pattern = has("startswith") ? `^(?:${source})` : has("endswith") ? `(?:${source})$` : source;
    const expression = new RegExp(pattern, `u${has("i") ? "i" : ""}${has("m") ? "m" : ""}${has("s") ? "s" : ""}`);
    return (texts) => texts.some((text) => expression.test(text));
  }
  if (has("cidr")) return (texts) => texts.some((text) => inNetwork(text, source));
  if (has("fieldref")) {
    const same = has("cased")
      ? (text: string) => text
      : (text: string) => [...text].map((char) => char.toUpperCase().toLowerCase()).join("");
    const related = has("contains")
      ? "includes"
      : has("startswith")
        ? "startsWith"
        : has("endswith")
          ? "endsWith"
          : null;
    return (texts, _, other) =>
      texts.some((text) =>
        textsOf(other(source)).some((wanted) =>
          related === null ? same(text) === same(wanted) : same(text)[related](same(wanted)),
        ),
      );
  }
  if (value === null) return (_, seen) => holdsNull(seen);
  const tests = spellings(raw, modifiers).map((spelling) => textTest(spelling, modifiers, keyword));
  return (texts) => texts.some((text) => tests.some((test) => test(text)));
}

/** The value as written, or encoded. Each spelling is a list of characters; wildcards are the symbols below. */
const ANY = Symbol("*");
const ONE = Symbol("?");
type Spelling = readonly (string | symbol)[];

function spellings({ value, source }: RawValue, modifiers: readonly string[]): Spelling[] {
  const text = typeof value === "string" ? value : source;
  let list: Spelling[] = [characters(text)];
  let bytes = false;
  for (const modifier of modifiers) {
    if (modifier === "wide" || modifier.startsWith("utf16")) {
      bytes = true;
      const mark = modifier === "utf16" ? ["\u00ff", "\u00fe"] : [];
      list = list.map((spelling) => [
        ...mark,
        ...spelling.flatMap((char): (string | symbol)[] =>
          typeof char === "string" ? wide(char, modifier === "utf16be") : [char],
        ),
      ]);
    } else if (modifier === "base64" || modifier === "base64offset") {
      const dashed = modifiers.includes("windash") ? list.flatMap(dashes) : list;
      list = dashed.flatMap((spelling) => {
        const plain = spelling.join("");
        const data = bytes ? plain : String.fromCharCode(...new TextEncoder().encode(plain));
        return (
          modifier === "base64"
            ? [btoa(data)]
            : [0, 1, 2].map((shift) =>
                btoa(" ".repeat(shift) + data).slice([0, 2, 3][shift], [undefined, -3, -2][(data.length + shift) % 3]),
              )
        ).map((encoded) => [...encoded]);
      });
    }
  }
  return list;
}

function characters(text: string): Spelling {
  const spelling: (string | symbol)[] = [];
  const chars = [...text];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string;
    const next = chars[at + 1];
    if (char === "\\" && (next === "\\" || next === "*" || next === "?")) {
      spelling.push(next);
      at++;
    } else spelling.push(char === "*" ? ANY : char === "?" ? ONE : char);
  }
  return spelling;
}

function wide(char: string, bigEndian: boolean): string[] {
  return [...Array(char.length).keys()].flatMap((at) => {
    const code = char.charCodeAt(at);
    const pair = [String.fromCharCode(code & 255), String.fromCharCode(code >> 8)];
    return bigEndian ? pair.reverse() : pair;
  });
}

const DASHES = ["-", "/", "\u2013", "\u2014", "\u2015"];

function dashes(spelling: Spelling): Spelling[] {
  const at = spelling.findIndex((char) => typeof char === "string" && DASHES.includes(char));
  if (at < 0) return [spelling];
  return DASHES.flatMap((dash) =>
    dashes(spelling.slice(at + 1)).map((rest) => [...spelling.slice(0, at), dash, ...rest]),
  );
}

/** Lower case and a method of strings where that says it all; a regular expression for wildcards and dashes. */
function textTest(spelling: Spelling, modifiers: readonly string[], keyword: boolean): (text: string) => boolean {
  const ascii = spelling.every((char) => typeof char === "string" && char <= "\u007f");
  if (ascii && !modifiers.includes("windash")) {
    const cased = modifiers.includes("cased");
    const plain = spelling.join("");
    const wanted = cased ? plain : plain.toLowerCase();
    const seen = cased ? (text: string) => text : (text: string) => text.toLowerCase();
    if (
      modifiers.includes("contains") ||
      (keyword && !modifiers.includes("startswith") && !modifiers.includes("endswith"))
    )
      return (text) => seen(text).includes(wanted);
    if (modifiers.includes("startswith")) return (text) => seen(text).startsWith(wanted);
    if (modifiers.includes("endswith")) return (text) => seen(text).endsWith(wanted);
    return (text) => seen(text) === wanted;
  }
  const expression = textExpression(spelling, modifiers, keyword);
  return (text) => expression.test(text);
}

function textExpression(spelling: Spelling, modifiers: readonly string[], keyword: boolean): RegExp {
  const encoded = modifiers.some((modifier) => modifier.startsWith("base64"));
  const anyDash = modifiers.includes("windash") && !encoded;
  const body = spelling
    .map((char) =>
      char === ANY
        ? "[^]*"
        : char === ONE
          ? "."
          : anyDash && DASHES.includes(char as string)
            ? `[${DASHES.map(escaped).join("")}]`
            : escaped(char as string),
    )
    .join("");
  const position =
    modifiers.find((modifier) => modifier === "contains" || modifier === "startswith" || modifier === "endswith") ??
    (keyword ? "contains" : null);
  const open = position === "contains" || position === "endswith" ? "" : "^";
  const close = position === "contains" || position === "startswith" ? "" : "$";
  return new RegExp(`${open}(?:${body})${close}`, modifiers.includes("cased") ? "su" : "isu");
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}

function numeric(text: string): number {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) || /^\s*0x[0-9a-f]+\s*$/i.test(text)
    ? Number(text)
    : Number.NaN;
}

function partOf(text: string, part: "minute" | "hour" | "day" | "week" | "month" | "year"): number {
  const match = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2}))?/.exec(text);
  const number = Number(text);
  const date =
    match === null
      ? new Date(Math.abs(number) < 1e11 ? number * 1000 : number)
      : new Date(
          Date.UTC(
            Number(match[1]),
            Number(match[2]) - 1,
            Number(match[3]),
            Number(match[4] ?? Number.NaN) || 0,
            Number(match[5] ?? 0),
          ),
        );
  if (match !== null && match[4] === undefined && (part === "hour" || part === "minute")) return Number.NaN;
  if (match === null && !/^-?\d+(\.\d+)?$/.test(text)) return Number.NaN;
  if (part === "minute") return date.getUTCMinutes();
  if (part === "hour") return date.getUTCHours();
  if (part === "day") return date.getUTCDate();
  if (part === "month") return date.getUTCMonth() + 1;
  if (part === "year") return date.getUTCFullYear();
  // ISO 8601: the week of the nearest Thursday
  const thursday = new Date(date);
  thursday.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  return Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7);
}

/** IPv4 only: the table of conformance cases holds IPv6. */
function inNetwork(text: string, network: string): boolean {
  const [base = "", length = "32"] = network.split("/");
  const number = (address: string) =>
    /^(\d{1,3}\.){3}\d{1,3}$/.test(address)
      ? address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0)
      : Number.NaN;
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(text) / size) === Math.floor(number(base) / size);
}
