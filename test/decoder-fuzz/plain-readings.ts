/** Slow and plain readers of formats whose decoders look ahead: what these read, the decoders have to read. */
import type { KeyValueOptions } from "../../src/pipeline/conform/decoders/key-value.ts";

/** `key=value` text, one character at a time and without look-ahead for separators. */
export function readPairsPlainly(
  text: string,
  { separator = "=", delimiter = " " }: KeyValueOptions,
): Map<string, string> {
  const pairs = new Map<string, string>();
  const isBreak = (character: string): boolean =>
    character === delimiter || (delimiter === " " && /[\t-\r ]/.test(character));
  let closable = true;
  let key = "";
  for (let at = 0; at < text.length && pairs.size < 512;) {
    const character = text[at++]!;
    if (isBreak(character)) key = "";
    else if (character !== separator) key += character;
    else {
      if (delimiter !== " " || separator === ":") while (text[at] === " ") at += 1;
      const quoted = closable && text[at] === '"' ? quotedPlainly(text.slice(at)) : undefined;
      if (closable && text[at] === '"' && quoted === undefined) closable = false;
      let value = "";
      if (quoted === undefined) {
        while (at < text.length && !isBreak(text[at]!)) value += text[at++]!;
        if (delimiter !== " ") value = value.trimEnd();
      } else {
        at += quoted.length;
        value = quoted.slice(1, -1).replace(/\\"|""/g, '"');
        if (!value.replaceAll("\\\\", "").includes("\\")) value = value.replaceAll("\\\\", "\\");
      }
      const name = key.length > 128 ? "" : delimiter === " " ? key.trimStart() : key.trim();
      if (name !== "" && !name.includes('"') && !pairs.has(name)) pairs.set(name, value);
      key = "";
    }
  }
  return pairs;
}

/** A text that begins with a quote, up to the quote that closes it. */
function quotedPlainly(text: string): string | undefined {
  for (let at = 1; at < text.length; at += 1) {
    const isLast = at + 2 >= text.length;
    if ((text[at] === "\\" && !isLast) || (text[at] === '"' && text[at + 1] === '"')) at += 1;
    else if (text[at] === '"') return text.slice(0, at + 1);
  }
  return undefined;
}

/** The extension of a CEF event: what stands between one `key=` and the next. */
export function readExtensionPlainly(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  const keys = [...text.matchAll(/(?<=^|[\t-\r ])([A-Za-z0-9._[\]-]{1,128})=/g)];
  for (const [index, { 0: written, 1: key = "", index: at }] of keys.entries()) {
    const value = text.slice(at + written.length, keys[index + 1]?.index).trimEnd();
    if (pairs.has(key) || pairs.size === 512) continue;
    const escapes = { "\\n": "\n", "\\r": "\r" } as Readonly<Record<string, string>>;
    pairs.set(
      key,
      value.replace(/\\[\\=nr|]/g, (escape) => escapes[escape] ?? escape[1]!),
    );
  }
  return pairs;
}
