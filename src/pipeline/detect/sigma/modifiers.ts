/**
 * Field modifiers: which exist, how they combine, and what they make of a value.
 *
 * @see https://sigmahq.io/sigma-specification/specification/sigma-appendix-modifiers.html (version 2.1)
 */
import { DATE_PARTS, type DatePart } from "./date-part.ts";
import type { DetectionItem, Place, RawValue } from "./document.ts";
import { base64, base64Offsets, utf16Bytes, utf8Bytes } from "./encoding.ts";
import { nearest } from "./issue.ts";
import { ModifierError } from "./modifier-error.ts";
import { parseNetwork } from "./network.ts";
import { ANY, hasWildcard, joinParts, literalPattern, parsePattern, plainText, type PatternPart } from "./pattern.ts";
import { expandPlaceholders, placeholderNames, type Placeholders } from "./placeholder.ts";
import type { ItemPredicate, Operator, Predicate } from "./predicate.ts";

/** Modifier → what group it belongs to. Groups exclude each other except where `checkCombination` says otherwise. */
const KINDS = {
  contains: "position",
  startswith: "position",
  endswith: "position",
  all: "link",
  neq: "link",
  cased: "case",
  exists: "exists",
  re: "regex",
  i: "regex-flag",
  ignorecase: "regex-flag",
  m: "regex-flag",
  multiline: "regex-flag",
  s: "regex-flag",
  dotall: "regex-flag",
  lt: "compare",
  lte: "compare",
  gt: "compare",
  gte: "compare",
  minute: "date",
  hour: "date",
  day: "date",
  week: "date",
  month: "date",
  year: "date",
  cidr: "cidr",
  fieldref: "field",
  expand: "expand",
  windash: "dash",
  base64: "base64",
  base64offset: "base64",
  wide: "utf16",
  utf16: "utf16",
  utf16le: "utf16",
  utf16be: "utf16",
} as const;

type Kind = (typeof KINDS)[keyof typeof KINDS];

export const MODIFIERS: readonly string[] = Object.keys(KINDS);

/** Which other kinds may stand beside a kind that takes the whole value. */
const COMPANIONS: Partial<Readonly<Record<Kind, readonly Kind[]>>> = {
  exists: [],
  regex: ["regex-flag", "link", "position", "expand"],
  cidr: ["link", "expand"],
  compare: ["link", "date", "compare"],
  date: ["link", "compare"],
  field: ["link", "position", "case"],
};

const MAX_DASH_VARIANTS = 3125;

/**
 * Applies the modifiers of an item in their order.
 *
 * @param placeholders values of `%name%`; null leaves placeholders as they are, to check an item without them
 * @throws {ModifierError}
 */
export function lowerItem(item: DetectionItem, placeholders: Placeholders | null): ItemPredicate {
  const { modifiers, place, field } = item;
  checkCombination(modifiers, field, place);
  const groups = item.values.map((value) => {
    const expands = modifiers.includes("expand");
    // without values there is nothing yet that could be checked
    if (expands && placeholders === null && placeholderNames(String(value.value)).length > 0) return [];
    const expanded = expands ? expandPlaceholders(value, placeholders) : [value];
    return expanded.flatMap((one) => lowerValue(one, modifiers, field));
  });
  return { field, groups, every: modifiers.includes("all"), negated: modifiers.includes("neq") };
}

function checkCombination(modifiers: readonly string[], field: string | null, place: Place): void {
  const kinds = modifiers.map((modifier) => {
    const kind = Object.hasOwn(KINDS, modifier) ? KINDS[modifier as keyof typeof KINDS] : undefined;
    if (kind !== undefined) return kind;
    if (modifier === "not")
      throw new ModifierError(
        "modifier.not",
        place,
        "`not` is no modifier",
        "use `neq`, or a selection of its own with `not` in the condition",
      );
    const near = nearest(modifier, MODIFIERS);
    throw new ModifierError(
      "modifier.unknown",
      place,
      `modifier “${modifier.slice(0, 40)}” does not exist`,
      near === null ? `the modifiers are ${MODIFIERS.join(", ")}` : `did you mean \`${near}\`?`,
    );
  });
  const fail = (message: string, fix = "") => {
    throw new ModifierError("modifier.combination", place, message, fix);
  };
  for (const [index, modifier] of modifiers.entries()) {
    if (modifiers.indexOf(modifier) !== index) fail(`\`${modifier}\` stands twice`);
    const kind = kinds[index] as Kind;
    const companions = COMPANIONS[kind];
    if (companions === undefined) continue;
    const other = modifiers.find((_, at) => at !== index && !companions.includes(kinds[at] as Kind));
    if (other !== undefined) fail(`\`${modifier}\` cannot be combined with \`${other}\``);
  }
  const count = (kind: Kind) => kinds.filter((other) => other === kind).length;
  if (count("position") > 1) fail("`contains`, `startswith` and `endswith` exclude each other");
  if (count("compare") > 1)
    fail("`lt`, `lte`, `gt` and `gte` exclude each other", "write two items, or a selection for each bound");
  if (count("date") > 1) fail("the date modifiers exclude each other");
  if (count("base64") > 1 || count("utf16") > 1) fail("a value is encoded once");
  if (count("regex-flag") > 0 && !modifiers.includes("re")) fail("`i`, `m` and `s` belong to `re`", "write `|re|i`");
  const regex = modifiers.indexOf("re");
  if (kinds.some((kind, at) => at < regex && (kind === "regex-flag" || kind === "position")))
    fail("`re` applies to the value as written and must come first");
  const encode = kinds.indexOf("base64");
  if (encode >= 0 && (kinds.indexOf("utf16") > encode || kinds.indexOf("dash") > encode))
    fail("text is transformed before it is encoded", "put `base64` or `base64offset` after it");
  const position = kinds.indexOf("position");
  if (position >= 0 && (kinds.indexOf("base64") > position || kinds.indexOf("utf16") > position))
    fail(`\`${modifiers[position]}\` adds wildcards, which cannot be encoded`, "put it last");
  if (field === null && kinds.some((kind) => kind === "exists" || kind === "field"))
    fail("keywords have no field that could be compared or exist");
}

function lowerValue(raw: RawValue, modifiers: readonly string[], field: string | null): Predicate[] {
  const first = (candidates: readonly string[]) => modifiers.find((modifier) => candidates.includes(modifier));
  const compare = first(["lt", "lte", "gt", "gte"]) as Operator | undefined;
  const date = first(DATE_PARTS) as DatePart | undefined;
  if (modifiers.includes("exists")) return [existsPredicate(raw)];
  if (date !== undefined)
    return [{ type: "date", part: date, operator: compare ?? "eq", value: numberOf(raw, `\`${date}\``) }];
  if (compare !== undefined) return [{ type: "compare", operator: compare, value: numberOf(raw, `\`${compare}\``) }];
  if (modifiers.includes("re")) return [regexPredicate(raw, modifiers)];
  if (modifiers.includes("cidr")) return [cidrPredicate(raw)];
  if (modifiers.includes("fieldref")) return [fieldPredicate(raw, modifiers)];
  const { value, source } = raw;
  if (value === null) {
    if (modifiers.some((modifier) => modifier !== "all" && modifier !== "neq"))
      throw new ModifierError(
        "value.type",
        raw.place,
        "null cannot be modified",
        "remove the modifiers, or write '' for an empty value",
      );
    if (field === null) throw new ModifierError("value.type", raw.place, "null is no keyword");
    return [{ type: "null" }];
  }
  const plain = field !== null && modifiers.every((modifier) => modifier === "all" || modifier === "neq");
  if (typeof value === "number" && plain)
    return [{ type: "number", texts: [...new Set([String(value), source.trim().toLowerCase()])] }];
  return textPredicates(raw, modifiers, field);
}

/** Walks through the modifiers that transform text, in their order. */
function textPredicates(raw: RawValue, modifiers: readonly string[], field: string | null): Predicate[] {
  const written = typeof raw.value === "string" ? raw.value : raw.source;
  let alternatives: PatternPart[][] = [parsePattern(written)];
  let bytes = false;
  let dashes = false;
  // an unmodified keyword is searched anywhere in a value
  let position = field === null ? "contains" : null;
  for (const modifier of modifiers) {
    switch (modifier) {
      case "windash":
        dashes = true;
        break;
      case "wide":
      case "utf16":
      case "utf16le":
      case "utf16be":
        // the dashes beyond ASCII have other bytes than `-`: what is encoded is every way to write them
        if (dashes) alternatives = alternatives.flatMap((parts) => dashVariants(parts, raw));
        dashes = false;
        alternatives = alternatives.map((parts) => parts.map((part, index) => utf16Part(part, modifier, index === 0)));
        bytes = true;
        break;
      case "base64":
      case "base64offset":
        alternatives = alternatives
          .flatMap((parts) => (dashes ? dashVariants(parts, raw) : [parts]))
          .flatMap((parts) => {
            const text = plainText(parts);
            if (text === null)
              throw new ModifierError(
                "value.type",
                raw.place,
                "text with wildcards cannot be encoded",
                "escape the wildcards with a backslash, or remove them",
              );
            const data = bytes ? text : utf8Bytes(text);
            return (modifier === "base64" ? [base64(data)] : base64Offsets(data)).map(literalPattern);
          });
        dashes = false;
        break;
      case "contains":
      case "startswith":
      case "endswith":
        position = modifier;
        break;
      default:
        break;
    }
  }
  const cased = modifiers.includes("cased");
  return alternatives.map((parts) => ({ type: "text", parts: positioned(parts, position), cased, dashes }));
}

function positioned(parts: readonly PatternPart[], position: string | null): PatternPart[] {
  if (position === "contains") return joinParts([ANY], parts, [ANY]);
  if (position === "startswith") return joinParts(parts, [ANY]);
  if (position === "endswith") return joinParts([ANY], parts);
  return [...parts];
}

function utf16Part(part: PatternPart, modifier: string, first: boolean): PatternPart {
  if (part.type !== "text") return part;
  return {
    type: "text",
    text: utf16Bytes(part.text, modifier === "utf16be" ? "be" : "le", modifier === "utf16" && first),
  };
}

/** Every way to write the dashes of a value, for encodings that hide them. */
function dashVariants(parts: readonly PatternPart[], raw: RawValue): PatternPart[][] {
  const dashes = parts.reduce(
    (sum, part) => sum + (part.type === "text" ? part.text.split(ANY_DASH).length - 1 : 0),
    0,
  );
  if (5 ** dashes > MAX_DASH_VARIANTS)
    throw new ModifierError(
      "value.type",
      raw.place,
      "a value with more than five dashes has too many permutations to encode",
      "shorten it",
    );
  let variants: PatternPart[][] = [[]];
  for (const part of parts) {
    const [first = "", ...others] = part.type === "text" ? part.text.split(ANY_DASH) : [];
    const start = part.type === "text" ? literalPattern(first) : [part];
    variants = variants.map((before) => joinParts(before, start));
    for (const piece of others)
      variants = variants.flatMap((before) => DASHES.map((dash) => joinParts(before, literalPattern(dash + piece))));
  }
  return variants;
}

const ANY_DASH = /[-/\u2013-\u2015]/;
const DASHES = ["-", "/", "\u2013", "\u2014", "\u2015"];

function existsPredicate({ value, source, place }: RawValue): Predicate {
  if (typeof value === "boolean") return { type: "exists", expected: value };
  const word = source.trim().toLowerCase();
  if (word === "true" || word === "yes") return { type: "exists", expected: true };
  if (word === "false" || word === "no") return { type: "exists", expected: false };
  throw new ModifierError("value.type", place, "`exists` asks for true or false", "write `true` or `false`");
}

function numberOf({ value, source, place }: RawValue, modifier: string): number {
  const number =
    typeof value === "number"
      ? value
      : typeof value === "string" && /^\s*[-+]?\d+(?:\.\d+)?\s*$/.test(value)
        ? Number(value)
        : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new ModifierError(
    "value.type",
    place,
    `${modifier} asks for a number, not “${source.slice(0, 40)}”`,
    "write a number without quotes",
  );
}

function regexPredicate({ value, source, place }: RawValue, modifiers: readonly string[]): Predicate {
  if (value === null || typeof value === "boolean")
    throw new ModifierError("value.type", place, "`re` asks for a regular expression", "write it in single quotes");
  const pattern = typeof value === "string" ? value : source;
  const has = (...names: string[]) => names.some((name) => modifiers.includes(name));
  const anchored = has("startswith") ? `^(?:${pattern})` : has("endswith") ? `(?:${pattern})$` : pattern;
  return {
    type: "regex",
    pattern: anchored,
    flags: { ignoreCase: has("i", "ignorecase"), multiLine: has("m", "multiline"), dotAll: has("s", "dotall") },
  };
}

function cidrPredicate({ value, source, place }: RawValue): Predicate {
  const network = typeof value === "string" ? parseNetwork(value) : null;
  if (network === null)
    throw new ModifierError(
      "cidr.syntax",
      place,
      `“${source.slice(0, 60)}” is no network`,
      "write an address and a length: `10.0.0.0/8`, `fe80::/10`",
    );
  return { type: "cidr", network, text: source };
}

function fieldPredicate({ value, source, place }: RawValue, modifiers: readonly string[]): Predicate {
  if (typeof value !== "string" || value === "")
    throw new ModifierError(
      "value.type",
      place,
      `“${source.slice(0, 40)}” is no field name`,
      "`fieldref` asks for the name of a field",
    );
  const parts = parsePattern(value);
  if (hasWildcard(parts)) throw new ModifierError("value.type", place, "a field name has no wildcards");
  const relation =
    (["contains", "startswith", "endswith"] as const).find((modifier) => modifiers.includes(modifier)) ?? "equals";
  return { type: "field", field: plainText(parts) ?? value, relation, cased: modifiers.includes("cased") };
}
