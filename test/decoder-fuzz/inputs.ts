/**
 * Damaged text for the fuzz tests of decoders: cheap to make, and the same for the same dice. Most inputs are sample lines with a few
 * edits, since text without any form is refused before it gets anywhere.
 */
import { globSync, readFileSync } from "node:fs";
import type { Dice } from "../dice.ts";

/** What the inputs of a format are made of. */
export interface Material {
  readonly samples: readonly string[];
  /** The format's delimiters, keywords and values. */
  readonly pieces: readonly string[];
}

/** What trips up any reader. */
export const HOSTILE = [
  "\0",
  "\ud800",
  "\udc00\ud800",
  "\ufeff",
  "\u202e",
  "\u00a0",
  "\u2028",
  "\u001d",
  "é",
  "𐀀",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "99999999999999999999",
  "9007199254740993",
  "-1",
  "-0",
  "1e999",
  "NaN",
  "\r",
  "\n",
  "\t",
  "\\",
  '"',
  "'",
  "%",
  "a".repeat(300),
  " ".repeat(70),
] as const;

/** Longest input: what takes the square of its length shows by then. */
const LONGEST = 1 << 17;
/** Inputs of that kind, of 2,048. */
const OVERLONG = 8;

/** Lines of the golden files of these sources, without the longest. */
export function golden(...ids: readonly string[]): string[] {
  const folder = new URL("../../src/pipeline/conform/golden/", import.meta.url);
  return ids
    .flatMap((id) => globSync(`${id}/*.in`, { cwd: folder }).toSorted())
    .flatMap((file) => readFileSync(new URL(file, folder), "utf8").split("\n"))
    .filter((line) => line !== "" && line.length <= 700);
}

/** A sample with up to four edits; now and then one as it is, pieces in any order, any characters, or one far too long. */
export function damaged(dice: Dice, material: Material): string {
  const kind = dice.below(2048);
  if (kind < OVERLONG) return overlong(dice, material);
  if (kind < 60) return Array.from({ length: 1 + dice.below(40) }, () => pieceOf(dice, material)).join("");
  if (kind < 80) return String.fromCharCode(...Array.from({ length: dice.below(60) }, () => dice.below(0x1_0000)));
  let text = dice.of(material.samples);
  if (kind < 160) return text;
  for (let edits = 1 + dice.below(1 + dice.below(4)); edits > 0; edits--) text = edited(text, dice, material);
  return text;
}

function pieceOf(dice: Dice, { pieces }: Material): string {
  return dice.below(4) === 0 ? dice.of(HOSTILE) : dice.of(pieces);
}

/** A few pieces, or a part of a sample, over and over: alone or within a sample, whole or damaged. */
function overlong(dice: Dice, material: Material): string {
  const text = dice.of(material.samples);
  const at = placeIn(text, dice);
  const part = dice.below(2) === 0 ? text.slice(at - 1 - dice.below(20), at) : "";
  const unit = part || Array.from({ length: 1 + dice.below(3) }, () => pieceOf(dice, material)).join("") || "a";
  const many = unit.repeat(1 + dice.below(Math.ceil(LONGEST / unit.length)));
  if (dice.below(4) === 0) return many;
  const long = text.slice(0, at) + many + text.slice(at);
  return dice.below(2) === 0 ? long : edited(edited(long, dice, material), dice, material);
}

function edited(text: string, dice: Dice, material: Material): string {
  const at = placeIn(text, dice);
  const to = at + 1 + dice.below(dice.below(4) === 0 ? 40 : 6);
  switch (dice.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, at) + pieceOf(dice, material) + text.slice(at);
    case 2:
      return text.slice(0, at) + pieceOf(dice, material) + text.slice(to);
    case 3:
      return text.slice(0, to) + text.slice(at);
    case 4: {
      const other = dice.of(material.samples);
      return text.slice(0, at) + other.slice(placeIn(other, dice));
    }
    case 5:
      return dice.below(2) === 0 ? text.slice(0, at) : text.slice(at);
    case 6:
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << dice.below(8))) + text.slice(at + 1);
    default:
      return text.slice(0, at) + pieceOf(dice, material).repeat(2 + dice.below(20)) + text.slice(at);
  }
}

/** Anywhere, or where a word begins or ends. */
function placeIn(text: string, dice: Dice): number {
  const at = dice.below(text.length + 1);
  if (dice.below(2) === 0) return at;
  const rest = BOUNDARY.exec(text.slice(at, at + 40));
  return rest === null ? at : at + rest.index;
}

const BOUNDARY = /\b/;

/** A text of `unit`s, some of them hostile: a value to write and read back. */
export function wordOf(dice: Dice, units: readonly string[], longest: number): string {
  let word = "";
  for (let left = dice.below(longest + 1); left > 0; left--) word += dice.of(units);
  return word;
}

/** Up to `most` different names of letters and digits, a letter first. */
export function namesOf(dice: Dice, most: number): string[] {
  const names = new Set<string>();
  for (let left = dice.below(most + 1); left > 0; left--)
    names.add(dice.below(20) === 0 ? "constructor" : dice.of(LETTERS) + wordOf(dice, NAME_UNITS, 6));
  return [...names];
}

const LETTERS = [..."abcdefgXYZ"];
const NAME_UNITS = [...LETTERS, ..."0123456789"];

/** A value as JSON has them, of texts made of the units. */
export function valueOf(dice: Dice, units: readonly string[], depth: number): unknown {
  switch (dice.below(depth > 0 ? 6 : 4)) {
    case 0:
      return wordOf(dice, units, 6);
    case 1:
      return dice.below(1_000_000) - 500_000;
    case 2:
      return null;
    case 3:
      return dice.below(2) === 0;
    case 4:
      return Array.from({ length: dice.below(3) }, () => valueOf(dice, units, depth - 1));
    default:
      return Object.fromEntries([
        [wordOf(dice, units, 3), valueOf(dice, units, depth - 1)],
        ["key", valueOf(dice, units, depth - 1)],
      ]);
  }
}
