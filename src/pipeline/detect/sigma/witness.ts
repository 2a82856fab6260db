/**
 * Literals one of which must stand in an event for a rule to hold: what the candidate index searches for.
 *
 * A witness is a disjunction: the rule cannot hold unless at least one of its literals is found in the named slot. Among
 * the possible ones the least frequent is chosen, by length and by how many rules share it; where that one is frequent
 * all the same, a second one is asked for besides.
 */
import { fold } from "./pattern.ts";
import type { PatternPart } from "./pattern.ts";
import type { Plan } from "./plan.ts";
import type { ItemPredicate, Predicate } from "./predicate.ts";
import { parseRegex, type RegexNode } from "./regex-syntax.ts";

export interface WitnessLiteral {
  /** null: the whole event, for keywords. */
  readonly field: string | null;
  readonly relation: "equals" | "start" | "end" | "anywhere";
  /** Folded; may be empty only for "equals". */
  readonly text: string;
}

export type Witness = readonly WitnessLiteral[];

/** More literals than this make an index of their own; such a rule is evaluated always. */
const MAX_LITERALS = 5_000;
/** Searched literals are cut to this length: candidates only, and the table stays small. */
const MAX_ANYWHERE = 16;
const MAX_ANCHORED = 40;

/** Texts that so many events hold that finding them says nothing, with the share of events assumed. */
const COMMON: ReadonlyMap<string, number> = new Map([
  [".exe", 0.6],
  [".dll", 0.3],
  ["\\", 0.9],
  ["/", 0.9],
  [".", 0.9],
  ["-", 0.6],
  ["http", 0.3],
  ["https://", 0.3],
  ["http://", 0.2],
  ["c:\\", 0.7],
  [":\\", 0.7],
  [":\\windows\\", 0.6],
  ["c:\\windows\\", 0.6],
  ["\\windows\\", 0.6],
  ["c:\\windows\\system32\\", 0.5],
  [":\\windows\\system32\\", 0.5],
  ["\\system32\\", 0.5],
  ["c:\\program files\\", 0.3],
  ["c:\\program files (x86)\\", 0.2],
  ["c:\\users\\", 0.3],
  ["hklm\\", 0.4],
  ["hkey_local_machine\\", 0.4],
  ["\\software\\microsoft\\", 0.3],
  ["/usr/bin/", 0.5],
  ["\\appdata\\local\\", 0.15],
  ["\\svchost.exe", 0.2],
  ["\\cmd.exe", 0.1],
  ["\\powershell.exe", 0.08],
  ["system", 0.3],
]);

/** Assumed share of events that hold a text of so many characters. */
const SHARE_BY_LENGTH = [1, 0.6, 0.35, 0.12, 0.05, 0.02, 0.01, 0.006, 0.004];
/** Texts that many rules name are those of programs and words that many events hold. */
const POPULARITY_WEIGHT = 0.8;

/** Fields that take few values: most events hold any of them. */
const FEW_VALUES: ReadonlySet<string> = new Set([
  "Company",
  "Product",
  "IntegrityLevel",
  "EventType",
  "EventID",
  "Initiated",
  "Protocol",
  "Signed",
  "SignatureStatus",
  "Channel",
  "Provider_Name",
  "LogonType",
  "cs-method",
  "sc-status",
  "type",
  "verb",
  "eventSource",
  "proto",
  "qtype_name",
  "record_type",
  "Status",
  "ResultType",
  "outcome.result",
]);
const FEW_VALUES_SHARE = 0.15;

export type Popularity = (literal: WitnessLiteral) => number;

/** What an index asks of an event before a rule is looked at. */
export interface Choice {
  /** Each of them must be found: the rarest, and a second one where many events hold it. */
  readonly witnesses: readonly Witness[];
  /** true: the rule holds whenever they are found, and need not be evaluated. */
  readonly decided: boolean;
}

/** null when the rule can hold without any literal. */
export function chooseWitnesses(plan: Plan, popularity: Popularity): Choice | null {
  const { parts, complete } = witnessesOf(plan, popularity);
  const usable = parts.filter(({ literals }) => literals.length <= MAX_LITERALS).sort((a, b) => a.share - b.share);
  const [first, second] = usable;
  if (first === undefined) return null;
  const one = second === undefined || first.share < FREQUENT || second.literals.length > MAX_SECOND;
  const chosen = one ? [first] : [first, second];
  return {
    witnesses: chosen.map(({ literals }) => literals),
    decided: complete && chosen.length === parts.length && chosen.every(({ exact }) => exact),
  };
}

/** From this share of events on a witness is worth a second one, which costs a search less than an evaluation. */
const FREQUENT = 0.01;
const MAX_SECOND = 40;

/** Every literal that could become part of the rule's witnesses. */
export function possibleLiterals(plan: Plan): WitnessLiteral[] {
  const literals: WitnessLiteral[] = [];
  witnessesOf(plan, (literal) => {
    literals.push(literal);
    return 1;
  });
  return literals;
}

interface Scored {
  readonly literals: Witness;
  /** Estimated share of events that hold one of the literals. */
  readonly share: number;
  /** true: what the literals stand for holds whenever one of them is found. */
  readonly exact: boolean;
}

/** Witnesses that all must be found; complete: together they are all that a plan asks. */
interface Found {
  readonly parts: readonly Scored[];
  readonly complete: boolean;
}

const NOTHING: Found = { parts: [], complete: false };

function witnessesOf(plan: Plan, popularity: Popularity): Found {
  switch (plan.type) {
    case "item":
      return itemWitnesses(plan.item, popularity);
    case "not":
      return NOTHING;
    case "and": {
      const children = plan.plans.map((child) => witnessesOf(child, popularity));
      return {
        parts: children.flatMap(({ parts }) => parts),
        complete: children.every(({ complete }) => complete),
      };
    }
    case "or":
    case "at-least": {
      const children = plan.plans.map((child) => witnessesOf(child, popularity));
      const joined = union(children.map(({ parts }) => rarest(parts)));
      if (joined === null) return NOTHING;
      const complete = plan.type === "or" && children.every((child) => child.complete && child.parts.length === 1);
      return { parts: [joined], complete };
    }
  }
}

function itemWitnesses({ field, groups, every, negated }: ItemPredicate, popularity: Popularity): Found {
  if (negated) return NOTHING;
  const scored = groups.map((group) => union(group.map((predicate) => predicateWitness(field, predicate, popularity))));
  if (every) {
    const parts = scored.filter((one) => one !== null);
    return { parts, complete: parts.length === scored.length };
  }
  const joined = union(scored);
  return joined === null ? NOTHING : { parts: [joined], complete: true };
}

function rarest(candidates: readonly (Scored | null)[]): Scored | null {
  let best: Scored | null = null;
  for (const candidate of candidates)
    if (candidate !== null && (best === null || candidate.share < best.share)) best = candidate;
  return best;
}

function union(candidates: readonly (Scored | null)[]): Scored | null {
  const literals: WitnessLiteral[] = [];
  let share = 0;
  let exact = true;
  for (const candidate of candidates) {
    if (candidate === null) return null;
    for (const literal of candidate.literals) literals.push(literal);
    share += candidate.share;
    exact &&= candidate.exact;
  }
  return { literals, share, exact };
}

function predicateWitness(field: string | null, predicate: Predicate, popularity: Popularity): Scored | null {
  const score = (literals: readonly WitnessLiteral[], exact = false): Scored => ({
    literals,
    share: literals.reduce((sum, literal) => sum + shareOf(literal, popularity), 0),
    exact,
  });
  switch (predicate.type) {
    case "text": {
      const exact = isExact(predicate);
      const options = textLiterals(field, predicate.parts, predicate.dashes).map((literals) => score(literals, exact));
      // the spellings of a dash are one text: an event seldom holds more than one of them
      return rarest(
        predicate.dashes
          ? options.map((option) => ({ ...option, share: option.share / option.literals.length }))
          : options,
      );
    }
    case "number":
      return score(
        predicate.texts.map((text) => ({ field, relation: "equals", text: fold(text) })),
        predicate.texts.every((text) => text === fold(text)),
      );
    case "regex": {
      const texts = regexLiterals(parseRegex(predicate.pattern, predicate.flags));
      return texts === null
        ? null
        : score(texts.map((text) => ({ field, relation: "anywhere", text: text.slice(0, MAX_ANYWHERE) })));
    }
    default:
      return null;
  }
}

/** Whether the search finds the very text: whole, or a beginning, end or part that is not cut and of ASCII alone. */
function isExact({ parts, cased, dashes }: Extract<Predicate, { type: "text" }>): boolean {
  if (cased || dashes) return false;
  const texts = parts.filter((part) => part.type === "text");
  const [only] = texts;
  if (parts.length <= 1) return parts.length === texts.length;
  if (only === undefined || texts.length > 1 || parts.some(({ type }) => type === "one")) return false;
  // NUL stands between the elements of a list
  if (!/^[\u0001-\u007f]+$/.test(fold(only.text))) return false;
  return fold(only.text).length <= (parts.length === 2 ? MAX_ANCHORED : MAX_ANYWHERE);
}

function shareOf(literal: WitnessLiteral, popularity: Popularity): number {
  const { field, relation, text } = literal;
  if (field !== null && FEW_VALUES.has(field)) return FEW_VALUES_SHARE;
  const common = COMMON.get(text);
  const byLength = common ?? SHARE_BY_LENGTH[Math.min(text.length, SHARE_BY_LENGTH.length - 1)] ?? 1;
  const anchored =
    common !== undefined || relation === "anywhere" ? 1 : relation === "equals" && text.length > 0 ? 0.4 : 0.6;
  // beyond eight characters a little rarer with every one
  const long = common === undefined && text.length > 8 ? 8 / text.length : 1;
  return byLength * anchored * long * popularity(literal) ** POPULARITY_WEIGHT;
}

/** One list of alternatives per piece of text that every match must hold. */
function textLiterals(field: string | null, parts: readonly PatternPart[], dashes: boolean): WitnessLiteral[][] {
  if (parts.length === 0) return [[{ field, relation: "equals", text: "" }]];
  const options: WitnessLiteral[][] = [];
  for (const [index, part] of parts.entries()) {
    if (part.type !== "text") continue;
    const relation =
      parts.length === 1 ? "equals" : index === 0 ? "start" : index === parts.length - 1 ? "end" : "anywhere";
    if (!dashes) options.push([literalOf(field, relation, fold(part.text))]);
    else options.push(...dashLiterals(field, relation, fold(part.text)));
  }
  return options;
}

function literalOf(field: string | null, relation: WitnessLiteral["relation"], text: string): WitnessLiteral {
  if (relation === "equals") return { field, relation, text };
  if (relation === "start") return { field, relation, text: text.slice(0, MAX_ANCHORED) };
  return { field, relation, text: relation === "end" ? text.slice(-MAX_ANCHORED) : text.slice(-MAX_ANYWHERE) };
}

/** All spellings where there are few; the pieces between the dashes where there are many. */
function dashLiterals(field: string | null, relation: WitnessLiteral["relation"], text: string): WitnessLiteral[][] {
  const pieces = text.split(/[-/\u2013-\u2015]/);
  if (pieces.length <= 3) {
    let spellings = [pieces[0] ?? ""];
    for (const piece of pieces.slice(1))
      spellings = spellings.flatMap((start) =>
        ["-", "/", "\u2013", "\u2014", "\u2015"].map((dash) => start + dash + piece),
      );
    return [spellings.map((spelling) => literalOf(field, relation, spelling))];
  }
  return pieces.filter((piece) => piece.length > 0).map((piece) => [literalOf(field, "anywhere", piece)]);
}

/** Characters that are rare enough to be searched alone. */
const RARE_CHARACTERS: ReadonlySet<string> = new Set("`^~|{}[]$!<>;&@");

/** Folded texts of which one stands in every match of the expression; null when none is certain. */
export function regexLiterals(node: RegexNode): string[] | null {
  const found = literalRuns(node);
  const usable = found.filter(
    (texts) => texts.length <= 64 && texts.every((text) => text.length >= 2 || RARE_CHARACTERS.has(text)),
  );
  if (usable.length === 0) return null;
  const shortest = (texts: readonly string[]) => Math.min(...texts.map(({ length }) => length));
  return usable.reduce((best, texts) => (shortest(texts) > shortest(best) ? texts : best));
}

/** Each list: alternatives of which one must stand in the text. */
function literalRuns(node: RegexNode): string[][] {
  switch (node.type) {
    case "set": {
      const char = foldedCharacter(node.set);
      return char === null ? [] : [[char]];
    }
    case "assert":
      return [];
    case "repeat":
      return node.min > 0 ? literalRuns(node.node) : [];
    case "alt": {
      const branches = node.nodes.map((child) => regexLiterals(child));
      return branches.some((branch) => branch === null) ? [] : [branches.flatMap((branch) => branch ?? [])];
    }
    case "cat": {
      const runs: string[][] = [];
      let run = "";
      const flush = () => {
        if (run !== "") runs.push([run]);
        run = "";
      };
      for (const child of node.nodes) {
        const char = child.type === "set" ? foldedCharacter(child.set) : null;
        if (char !== null) run += char;
        // an assertion takes no character: the run goes on
        else if (child.type !== "assert") {
          flush();
          runs.push(...literalRuns(child));
        }
      }
      flush();
      return runs;
    }
  }
}

/** The folded character all members of a set share; ASCII only, where folding is certain. */
function foldedCharacter(set: readonly number[]): string | null {
  let char: string | null = null;
  for (let index = 0; index < set.length; index += 2) {
    const from = set[index] as number;
    if (from !== set[index + 1] || from > 127) return null;
    const folded = fold(String.fromCharCode(from));
    if (char !== null && char !== folded) return null;
    char = folded;
  }
  return char;
}
