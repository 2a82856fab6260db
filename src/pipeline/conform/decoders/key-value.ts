/**
 * `key=value` text as firewalls and proxies write it -> its pairs. There is no standard; this reads what FortiGate, Sophos,
 * SonicWall, Check Point (`key:"value"; `), Zscaler and logfmt have in common.
 *
 * @see https://docs.fortinet.com/document/fortigate/7.4.0/fortios-log-message-reference/357866/log-message-fields
 * @see https://pkg.go.dev/github.com/kr/logfmt
 */

const MAX_PAIRS = 512;
const MAX_KEY_LENGTH = 128;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export interface KeyValueOptions {
  /** What stands between key and value; `=` when left out. */
  readonly separator?: "=" | ":";
  /** What stands between pairs; blanks of any kind when left out or a blank. */
  readonly delimiter?: " " | "\t" | "," | ";" | "|";
}

/**
 * The pairs of a text, the first occurrence of a key; text between pairs is passed over. A value that begins with `"` ends at
 * the next `"` that is neither doubled nor behind a backslash; any other value ends at the delimiter. A quote that nothing
 * closes is text. Pairs beyond 512 are left out. Never throws; empty when there are none.
 */
export function readKeyValues(text: string, options: KeyValueOptions = {}): Map<string, string> {
  const pairs = new Map<string, string>();
  const separator = options.separator ?? "=";
  const delimiter = options.delimiter ?? " ";
  const isBlankDelimited = delimiter === " ";
  let closable = true;
  let at = 0;
  for (let found = text.indexOf(separator); found !== -1; found = text.indexOf(separator, at)) {
    const key = isBlankDelimited ? wordBefore(text, at, found) : phraseBefore(text, at, found, delimiter);
    at = found + 1;
    if (!isBlankDelimited || separator === ":") while (text.charCodeAt(at) === 0x20) at += 1;
    let value: string | null = null;
    if (closable && text.charCodeAt(at) === QUOTE) {
      const close = closingQuote(text, at + 1);
      if (close === -1) closable = false;
      else {
        value = unescape(text.slice(at + 1, close));
        at = close + 1;
      }
    }
    if (value === null) {
      const end = isBlankDelimited ? blankFrom(text, at) : indexOrEnd(text, delimiter, at);
      value = isBlankDelimited ? text.slice(at, end) : text.slice(at, end).trimEnd();
      at = end;
    }
    if (key !== "" && !pairs.has(key) && pairs.set(key, value).size === MAX_PAIRS) break;
  }
  return pairs;
}

/** The characters right before `end` that are no blanks; empty where no key can stand: none, quotes, or far too many. */
function wordBefore(text: string, from: number, end: number): string {
  let start = end;
  while (start > from) {
    const code = text.charCodeAt(start - 1);
    if (isBlank(code)) break;
    if (code === QUOTE) return "";
    start -= 1;
  }
  if (end - start > MAX_KEY_LENGTH) return "";
  const key = text.slice(start, end);
  // A byte-order mark or a no-break space may stand before the first key.
  return key.charCodeAt(0) > 0x7f ? key.trimStart() : key;
}

/** What stands between the delimiter and `end`, blanks inside kept; empty where no key can stand. */
function phraseBefore(text: string, from: number, end: number, delimiter: string): string {
  const code = delimiter.charCodeAt(0);
  let start = end;
  while (start > from && text.charCodeAt(start - 1) !== code) start -= 1;
  if (end - start > MAX_KEY_LENGTH) return "";
  const key = text.slice(start, end).trim();
  return key.includes('"') ? "" : key;
}

/** The quote that closes a value; -1 when none does. */
function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) {
      // The last character of the text can only be the closing quote: `path="C:\Temp\"`.
      if (at + 2 < text.length) at += 1;
    } else if (code === QUOTE) {
      if (text.charCodeAt(at + 1) !== QUOTE) return at;
      at += 1;
    }
  }
  return -1;
}

/**
 * `\"` and `""` stand for a quote. `\\` stands for a backslash only where every backslash is doubled: `ACME\\bob` is escaped,
 * `\\server\share` is a path written as it is.
 */
function unescape(text: string): string {
  const quotes = text.includes('"') ? text.replace(/\\"|""/g, '"') : text;
  if (!quotes.includes("\\\\")) return quotes;
  return /(?:^|[^\\])(?:\\\\)*\\(?!\\)/.test(quotes) ? quotes : quotes.replaceAll("\\\\", "\\");
}

function blankFrom(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

function indexOrEnd(text: string, delimiter: string, from: number): number {
  const index = text.indexOf(delimiter, from);
  return index === -1 ? text.length : index;
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
