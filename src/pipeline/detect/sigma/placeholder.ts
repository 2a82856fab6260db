/** `%name%` in values with the `expand` modifier. */
import type { RawValue } from "./document.ts";
import { ModifierError } from "./modifier-error.ts";

export type Placeholders = ReadonlyMap<string, readonly string[]>;

const PLACEHOLDER = /(\\?)%([A-Za-z0-9_.-]{1,64})%|\\%/;
const MAX_EXPANSIONS = 20_000;

/** Names of the placeholders in a text, escaped ones left out. */
export function placeholderNames(text: string): string[] {
  return pieces(text).flatMap(({ placeholder }) => (placeholder === null ? [] : [placeholder]));
}

/**
 * The value once for every combination of its placeholders' values, which may hold wildcards.
 *
 * @param placeholders null: only check, and leave the placeholders in place
 * @throws {ModifierError} when a placeholder has no value
 */
export function expandPlaceholders(raw: RawValue, placeholders: Placeholders | null): RawValue[] {
  if (typeof raw.value !== "string" || placeholders === null) return [raw];
  let texts = [""];
  for (const { text, placeholder } of pieces(raw.value)) {
    if (placeholder === null) {
      texts = texts.map((start) => start + text);
      continue;
    }
    const values = placeholders.get(placeholder);
    if (values === undefined)
      throw new ModifierError(
        "value.placeholder",
        raw.place,
        `placeholder %${placeholder}% has no value`,
        "give it a value in the configuration, or remove `expand`",
      );
    if (texts.length * values.length > MAX_EXPANSIONS)
      throw new ModifierError(
        "value.placeholder",
        raw.place,
        `the placeholders make more than ${MAX_EXPANSIONS} values`,
      );
    texts = texts.flatMap((start) => values.map((value) => start + value));
  }
  return texts.map((text) => ({ ...raw, value: text }));
}

function pieces(text: string): { text: string; placeholder: string | null }[] {
  const found: { text: string; placeholder: string | null }[] = [];
  const pattern = new RegExp(PLACEHOLDER, "g");
  let at = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [, escape, name] = match;
    found.push({ text: text.slice(at, match.index), placeholder: null });
    if (name === undefined || escape === "\\") {
      // `\%` is a plain percent sign, and the next one may begin a placeholder
      found.push({ text: "%", placeholder: null });
      pattern.lastIndex = match.index + 2;
    } else {
      found.push({ text: "", placeholder: name });
    }
    at = pattern.lastIndex;
  }
  found.push({ text: text.slice(at), placeholder: null });
  return found;
}
