/** A rejected line as a person may see it: short, one line, printable ASCII only. */

const LIMIT = 200;

/** At most 200 characters of the beginning; every other byte as \xNN. */
export function excerptOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const shown = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
    if (text.length + shown.length > LIMIT) break;
    text += shown;
  }
  return text;
}
