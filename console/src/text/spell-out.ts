/**
 * Text of strangers in pieces that are safe to show: what would hide, reorder or paint over text is spelled out. Says the same as
 * `printable` of the command line, which a test holds, and marks which pieces it spelled.
 */

export interface Piece {
  readonly text: string;
  /** Stands for characters that cannot be shown as they are. */
  readonly spelled: boolean;
}

/** C0 and C1 controls, format characters (bidi, zero width, soft hyphen), separators, tags, lone surrogates, noncharacters; private use. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ue000-\uf8ff]|[\u{e0000}-\u{e0fff}]|[\u{f0000}-\u{10ffff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\p{Noncharacter_Code_Point}/u;
const COMBINING = /\p{M}/u;
const NAMES: Readonly<Record<number, string>> = { 0x09: "TAB", 0x0a: "LF", 0x0d: "CR", 0x1b: "ESC" };
/** Marks a letter may carry; more of them paint over the lines around it. */
const MARKS_PER_LETTER = 4;
/** Almost all text is plain, and found to be so at once. */
const PLAIN = /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u058f]*$/;

/** `a\u001b[31m` → `a`, `⟦ESC⟧`, `[31m`. Any string is taken, however long. */
export function spellOut(text: string): readonly Piece[] {
  if (PLAIN.test(text)) return [{ text, spelled: false }];
  const pieces: Piece[] = [];
  let plain = "";
  let marks = 0;
  let dropped = 0;
  const add = (spelled: string): void => {
    if (plain !== "") pieces.push({ text: plain, spelled: false });
    plain = "";
    pieces.push({ text: spelled, spelled: true });
  };
  const tellDropped = (): void => {
    if (dropped > 0) add(`⟦+${dropped} marks⟧`);
    dropped = 0;
  };
  for (const character of text) {
    if (UNSAFE.test(character)) {
      tellDropped();
      marks = 0;
      const code = character.codePointAt(0) as number;
      add(`⟦${NAMES[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`}⟧`);
    } else if (COMBINING.test(character)) {
      marks += 1;
      if (marks > MARKS_PER_LETTER) dropped += 1;
      else plain += character;
    } else {
      tellDropped();
      marks = 0;
      plain += character;
    }
  }
  tellDropped();
  if (plain !== "") pieces.push({ text: plain, spelled: false });
  return pieces;
}

/** As one string, for titles and accessible names, where nothing can be marked. */
export function spelledText(text: string): string {
  return spellOut(text)
    .map((piece) => piece.text)
    .join("");
}

/** Copied text that no program takes for an address: `hxxps://github[.]com/a`. */
export function defang(text: string): string {
  return text
    .replaceAll(/\bhttp(s?):\/\//gi, "hxxp$1://")
    .replaceAll(/(?<=[\p{L}\d-])\.(?=[\p{L}\d-]{1,63}(?:[./:\s"']|$))/gu, "[.]");
}
