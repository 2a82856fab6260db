/**
 * Text of strangers made safe to show: what would steer a terminal, hide or reorder text becomes visible. One function
 * for the command line and the console.
 *
 * @see https://www.unicode.org/reports/tr36/ (bidirectional text spoofing)
 */

/** C0 and C1 controls, format characters of any plane (bidi, zero width, soft hyphen, of music), line and paragraph separators, lone surrogates, tags, noncharacters. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\p{Cf}]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\p{Noncharacter_Code_Point}/gu;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x09, "TAB"],
  [0x0a, "LF"],
  [0x0d, "CR"],
  [0x1b, "ESC"],
]);

/** `a\u001b[31m` -> `a⟦ESC⟧[31m`, `a\u202eb` -> `a⟦U+202E⟧b`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) as number;
    return `⟦${NAMES.get(code) ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`}⟧`;
  });
}

/** As `printable`, cut to at most `width` characters with an ellipsis. */
export function printableCut(text: string, width: number): string {
  const shown = printable(text.length > width * 4 ? text.slice(0, width * 4) : text);
  const characters = [...shown];
  return characters.length <= width ? shown : `${characters.slice(0, width - 1).join("")}…`;
}
