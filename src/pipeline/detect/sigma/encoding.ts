/** The encodings that modifiers apply to values. No Node built-ins: rules compile in a browser too. */

/** Bytes as a string with one character a byte. */
export function utf8Bytes(text: string): string {
  return latin1(new TextEncoder().encode(text));
}

/** UTF-16 bytes, one character a byte; `mark` prepends the little-endian byte order mark. */
export function utf16Bytes(text: string, order: "le" | "be", mark: boolean): string {
  let bytes = mark ? "\u00ff\u00fe" : "";
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const high = String.fromCharCode(code >> 8);
    const low = String.fromCharCode(code & 0xff);
    bytes += order === "le" ? low + high : high + low;
  }
  return bytes;
}

/** Base64 of a byte string. */
export function base64(bytes: string): string {
  return btoa(bytes);
}

/**
 * The three texts of which one stands in any Base64 text that encodes these bytes somewhere: characters that also depend
 * on neighbouring bytes are cut off at both ends.
 */
export function base64Offsets(bytes: string): string[] {
  const cutStart = [0, 2, 3];
  const cutEnd = [0, 3, 2];
  return [0, 1, 2].map((offset) => {
    const encoded = btoa(" ".repeat(offset) + bytes);
    return encoded.slice(cutStart[offset], encoded.length - (cutEnd[(bytes.length + offset) % 3] ?? 0));
  });
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
