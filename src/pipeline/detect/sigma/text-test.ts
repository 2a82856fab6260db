/** Predicates on one text, compiled to functions of that text in the form they ask for. */
import { datePart } from "./date-part.ts";
import type { Form } from "./event-view.ts";
import { networkContains, parseAddress } from "./network.ts";
import { fold, foldDashes, globMatcher, type PatternPart } from "./pattern.ts";
import type { Operator, Predicate } from "./predicate.ts";
import { compileRegex, MAX_REGEX_VALUE } from "./regex.ts";

export interface TextTest {
  readonly form: Form;
  readonly test: (text: string) => boolean;
  /** The texts it accepts, when it accepts exactly those. */
  readonly equals: readonly string[] | null;
  /** Rough cost relative to an equality; decides the order in which parts of a rule are evaluated. */
  readonly cost: number;
  /** Characters it may take a step over in the worst case, as a multiple of the text's length; 0: not counted. */
  readonly weight: number;
}

/** null for predicates that are not about a text: null, exists and field. */
export function compileTextTest(predicate: Predicate): TextTest | null {
  switch (predicate.type) {
    case "text":
      return compileText(predicate.parts, predicate.cased, predicate.dashes);
    case "number": {
      const texts = new Set(predicate.texts);
      return { form: "folded", test: (text) => texts.has(text), equals: predicate.texts, cost: 1, weight: 0 };
    }
    case "compare": {
      const compare = comparison(predicate.operator, predicate.value);
      return {
        form: "plain",
        test: (text) => {
          const number = numberOf(text);
          return number !== null && compare(number);
        },
        equals: null,
        cost: 3,
        weight: 0,
      };
    }
    case "date": {
      const compare = comparison(predicate.operator, predicate.value);
      const { part } = predicate;
      return {
        form: "plain",
        test: (text) => {
          const number = datePart(part, text);
          return number !== null && compare(number);
        },
        equals: null,
        cost: 6,
        weight: 0,
      };
    }
    case "regex": {
      const { test, engine, weight } = compileRegex(predicate.pattern, predicate.flags);
      return {
        form: "plain",
        test,
        equals: null,
        cost: engine === "native" ? 20 : 60,
        weight,
      };
    }
    case "cidr": {
      const { network } = predicate;
      return {
        form: "plain",
        test: (text) => {
          const address = parseAddress(text);
          return address !== null && networkContains(network, address);
        },
        equals: null,
        cost: 8,
        weight: 0,
      };
    }
    case "field":
    case "null":
    case "exists":
      return null;
  }
}

function compileText(parts: readonly PatternPart[], cased: boolean, dashes: boolean): TextTest {
  const form: Form = cased ? (dashes ? "plain-dashes" : "plain") : dashes ? "folded-dashes" : "folded";
  const normal = (text: string) => (dashes ? foldDashes(cased ? text : fold(text)) : cased ? text : fold(text));
  const pattern = parts.map((part): PatternPart =>
    part.type === "text" ? { type: "text", text: normal(part.text) } : part,
  );
  const [first, second, third] = pattern;
  const base = { form, equals: null, weight: 0 };
  if (first === undefined) return { ...base, test: (text) => text === "", equals: [""], cost: 1 };
  if (pattern.length === 1) {
    if (first.type === "any") return { ...base, test: () => true, cost: 1 };
    if (first.type === "text") {
      const wanted = first.text;
      return { ...base, test: (text) => text === wanted, equals: [wanted], cost: 1 };
    }
  }
  if (pattern.length === 2 && first.type === "any" && second?.type === "text") {
    const wanted = second.text;
    return { ...base, test: (text) => text.endsWith(wanted), cost: 2 };
  }
  if (pattern.length === 2 && first.type === "text" && second?.type === "any") {
    const wanted = first.text;
    return { ...base, test: (text) => text.startsWith(wanted), cost: 2 };
  }
  if (pattern.length === 3 && first.type === "any" && second?.type === "text" && third?.type === "any") {
    const wanted = second.text;
    return { ...base, test: (text) => text.includes(wanted), cost: 4 };
  }
  const matches = globMatcher(pattern);
  const hasOne = pattern.some(({ type }) => type === "one");
  // with `?` a run is tried at every place: long values are cut where expressions are
  if (hasOne && first.type === "any") {
    return {
      ...base,
      test: (text) => matches(text.length > MAX_REGEX_VALUE ? text.slice(0, MAX_REGEX_VALUE) : text),
      cost: 12,
      weight: 1,
    };
  }
  return { ...base, test: matches, cost: 8 };
}

function comparison(operator: Operator, bound: number): (value: number) => boolean {
  switch (operator) {
    case "lt":
      return (value) => value < bound;
    case "lte":
      return (value) => value <= bound;
    case "gt":
      return (value) => value > bound;
    case "gte":
      return (value) => value >= bound;
    case "eq":
      return (value) => value === bound;
  }
}

const NUMBER = /^\s*[-+]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][-+]?\d{1,3})?\s*$/;
const HEXADECIMAL = /^\s*0[xX][0-9a-fA-F]{1,13}\s*$/;

/** The number a text spells, decimal or `0x…`; null when it spells none. */
export function numberOf(text: string): number | null {
  if (text.length > 90) return null;
  if (NUMBER.test(text) || HEXADECIMAL.test(text)) return Number(text);
  return null;
}
