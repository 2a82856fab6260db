/** Host names that look like others: letters of several scripts in one label, as such or behind `xn--`. */

const SCRIPTS = [
  "Latin",
  "Cyrillic",
  "Greek",
  "Armenian",
  "Cherokee",
  "Hebrew",
  "Arabic",
  "Han",
  "Hiragana",
  "Katakana",
];
const TESTS = SCRIPTS.map((script) => [script, new RegExp(`\\p{Script=${script}}`, "u")] as const);
/** Japanese writes with these together. */
const TOGETHER = new Set(["Han", "Hiragana", "Katakana", "Latin"]);
const HOST = /^[^\s/?#@\\]{1,253}$/u;

export interface HostName {
  /** As DNS writes it: ASCII only. */
  readonly ascii: string;
  readonly mixed: boolean;
}

/** null: not the name of a host. */
export function readHostName(text: string): HostName | null {
  if (!HOST.test(text)) return null;
  const labels = text
    .split(".")
    .map((label) => (/^xn--/i.test(label) ? (decodePunycode(label.slice(4)) ?? label) : label));
  return { ascii: toAscii(text), mixed: labels.some(isMixed) };
}

function isMixed(label: string): boolean {
  const found = TESTS.filter(([, test]) => test.test(label)).map(([script]) => script);
  return found.length > 1 && !found.every((script) => TOGETHER.has(script));
}

function toAscii(host: string): string {
  // eslint-disable-next-line no-control-regex
  if (/^[\x21-\x7e]+$/.test(host)) return host;
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return host;
  }
}

/** RFC 3492, section 6.2; null when it is no Punycode. */
export function decodePunycode(text: string): string | null {
  const hyphen = text.lastIndexOf("-");
  const output = hyphen > 0 ? Array.from(text.slice(0, hyphen), (character) => character.codePointAt(0) as number) : [];
  let n = 128;
  let i = 0;
  let bias = 72;
  let position = hyphen > 0 ? hyphen + 1 : 0;
  while (position < text.length) {
    const before = i;
    let weight = 1;
    for (let k = 36; ; k += 36) {
      const digit = digitOf(text.charCodeAt(position++));
      if (digit === null) return null;
      i += digit * weight;
      const threshold = Math.min(26, Math.max(1, k - bias));
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (i > 0x10ffff * 64 || weight > 0x10ffff * 64) return null;
    }
    const length = output.length + 1;
    bias = adapt(i - before, length, before === 0);
    n += Math.floor(i / length);
    i %= length;
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return null;
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
}

function digitOf(code: number): number | null {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26;
  return null;
}

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / 700) : delta >> 1;
  rest += Math.floor(rest / points);
  let k = 0;
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}
