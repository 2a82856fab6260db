/** Damaged JSON for the fuzz tests: mostly sound JSON in which values and names stand where they should not. */
import type { Dice } from "../dice.ts";
import { damaged, type Material } from "./inputs.ts";

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A sample and where its names and values stand. */
interface Document {
  readonly text: string;
  readonly names: readonly Span[];
  readonly values: readonly Span[];
}

export interface JsonMaterial extends Material {
  readonly documents: readonly Document[];
}

const NAMES = ['"__proto__"', '"constructor"', '"toString"', '"length"', '"0"', '""', '"\\ud800"'];
const VALUES = [
  "null",
  "true",
  "false",
  "0",
  "-1",
  "1.5",
  "1e400",
  "99999999999999999999",
  "1774000000",
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  '"99999999999999999999"',
  '"2026-03-20T09:15:03Z"',
  "[]",
  "{}",
  "[null]",
  "[[],{}]",
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"#text":"1"}',
  '{"length":4294967295}',
  `${"[".repeat(70)}${"]".repeat(70)}`,
  `${'{"a":'.repeat(60)}1${"}".repeat(60)}`,
  `"${"a".repeat(3000)}"`,
];

export function jsonMaterial(samples: readonly string[], pieces: readonly string[] = []): JsonMaterial {
  return {
    samples,
    pieces: [...'{}[]:,"\\ ', '":"', '":{"', '"},"', "null", "1", ...NAMES, ...pieces],
    documents: samples.map(documentOf),
  };
}

/** A sample in which a name or a value, or two, are others; a quarter of them damaged as text besides. */
export function damagedJson(dice: Dice, material: JsonMaterial): string {
  if (dice.below(4) === 0) return damaged(dice, material);
  const { text, names, values } = dice.of(material.documents);
  let end = text.length;
  let tail = "";
  for (let edits = 1 + dice.below(2); edits > 0; edits--) {
    const isName = dice.below(4) === 0;
    const span = dice.of(isName ? names : values) as Span | undefined;
    if (span === undefined || span.to > end) continue;
    tail = (isName ? nameFrom(dice, material) : valueFrom(dice, material)) + text.slice(span.to, end) + tail;
    end = span.from;
  }
  return text.slice(0, end) + tail;
}

function nameFrom(dice: Dice, { documents }: JsonMaterial): string {
  const { text, names } = dice.of(documents);
  if (dice.below(2) === 0 || names.length === 0) return dice.of(NAMES);
  const { from, to } = dice.of(names);
  return text.slice(from, to);
}

function valueFrom(dice: Dice, { documents }: JsonMaterial): string {
  const { text, values } = dice.of(documents);
  if (dice.below(2) === 0 || values.length === 0) return dice.of(VALUES);
  const { from, to } = dice.of(values);
  const value = text.slice(from, to);
  const around = dice.below(8);
  return around === 0 ? `[${value}]` : around === 1 ? JSON.stringify(value) : value;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.\w]+|[{}[\]]/g;

function documentOf(text: string): Document {
  const names: Span[] = [];
  const values: Span[] = [];
  const open: number[] = [];
  for (const { 0: token, index: from } of text.matchAll(TOKEN)) {
    const to = from + token.length;
    if (token === "{" || token === "[") open.push(from);
    else if (token === "}" || token === "]") values.push({ from: open.pop() ?? from, to });
    else (/^\s*:/.test(text.slice(to, to + 8)) ? names : values).push({ from, to });
  }
  return { text, names, values };
}
