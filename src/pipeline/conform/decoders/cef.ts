/**
 * ArcSight Common Event Format -> header and extension.
 *
 *     CEF:0|Vendor|Product|Version|Signature|Name|Severity|key=value key=value with blanks
 *
 * In the header `\|` and `\\` are escapes, in values `\=`, `\\`, `\n` and `\r`.
 *
 * @see https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf
 */

const MAX_PAIRS = 512;
const MAX_KEY_LENGTH = 128;

const BACKSLASH = 0x5c;
const BAR = 0x7c;

export interface CefEvent {
  readonly version: string;
  readonly vendor: string;
  readonly product: string;
  readonly deviceVersion: string;
  /** Device Event Class ID. */
  readonly signature: string;
  readonly name: string;
  /** As written: 0 to 10, or a word. */
  readonly severity: string;
  /** The first occurrence of each key, unescaped, without blanks at the end. */
  readonly extension: ReadonlyMap<string, string>;
}

/**
 * The CEF event of a text, which may begin with other text (a syslog header). `CEF:` itself may be missing at the very
 * beginning, since syslog readers take it for the program's name. null when there is none. Never throws.
 */
export function parseCef(body: string): CefEvent | null {
  const at = beginningOf(body);
  if (at === -1) return null;
  const header = readBarHeader(body, at, 7);
  if (header === null) return null;
  const [version, vendor, product, deviceVersion, signature, name, severity] = header.fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    version: version.trim(),
    vendor,
    product,
    deviceVersion,
    signature,
    name,
    severity: severity.trim(),
    extension: readExtension(body, header.end),
  };
}

/**
 * The custom fields by the names their labels give them: `cs1Label=Rule cs1=any` -> `Rule` = `any`. Only those of
 * which both halves are there.
 */
export function labelled(cef: Pick<CefEvent, "extension">): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, label] of cef.extension) {
    if (!key.endsWith("Label") || label === "") continue;
    const value = cef.extension.get(key.slice(0, -5));
    if (value !== undefined && !values.has(label)) values.set(label, value);
  }
  return values;
}

/** The place of the version number behind `CEF:`; -1 when nothing here can be a CEF header. */
function beginningOf(body: string): number {
  for (let at = body.indexOf("CEF:"); at !== -1; at = body.indexOf("CEF:", at + 4)) {
    const version = isVersionAt(body, at + 4);
    if (version !== -1) return version;
  }
  // `1.0|` and `2.0|` are LEEF without its prefix.
  return /^ ?[12]\.0\|/.test(body.slice(0, 6)) ? -1 : isVersionAt(body, 0);
}

/** `0|`, `1|` or `0.1|` with up to two blanks before it. */
function isVersionAt(body: string, from: number): number {
  let at = from;
  while (at < from + 2 && body.charCodeAt(at) === 0x20) at += 1;
  const start = at;
  while (at < start + 4 && (isDigit(body.charCodeAt(at)) || body.charCodeAt(at) === 0x2e)) at += 1;
  return at > start && body.charCodeAt(at) === BAR && isDigit(body.charCodeAt(start)) ? start : -1;
}

/**
 * Fields parted by `|`, with `\|` and `\\` as escapes, and the place behind the last one's bar; the last field may
 * also end the text. null when there are fewer. LEEF has the same kind of header.
 */
export function readBarHeader(
  text: string,
  from: number,
  count: number,
): { readonly fields: readonly string[]; readonly end: number } | null {
  const fields: string[] = [];
  let start = from;
  let escaped = false;
  for (let at = from; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : BAR;
    if (code === BACKSLASH && at + 1 < text.length) {
      escaped = true;
      at += 1;
    } else if (code === BAR) {
      const field = text.slice(start, at);
      fields.push(escaped ? field.replace(/\\([\\|])/g, "$1") : field);
      escaped = false;
      start = at + 1;
      if (fields.length === count) return { fields, end: Math.min(start, text.length) };
    }
  }
  return null;
}

/**
 * `key=value` pairs where values hold blanks: a key is the word right before an unescaped `=` that begins the text or follows a
 * blank. So the `=` of an address's query, which products forget to escape, opens no pair.
 */
export function readExtension(text: string, from: number): Map<string, string> {
  const pairs = new Map<string, string>();
  let key = "";
  let valueStart = from;
  for (let at = text.indexOf("=", from); at !== -1; at = text.indexOf("=", at + 1)) {
    const start = keyStart(text, valueStart, at, from);
    if (start === -1) continue;
    put(pairs, key, text, valueStart, start);
    if (pairs.size === MAX_PAIRS) return pairs;
    key = text.slice(start, at);
    valueStart = at + 1;
  }
  put(pairs, key, text, valueStart, text.length);
  return pairs;
}

function put(pairs: Map<string, string>, key: string, text: string, start: number, end: number): void {
  if (key === "" || pairs.has(key)) return;
  const value = text.slice(start, end).trimEnd();
  pairs.set(key, value.includes("\\") ? value.replace(/\\([\\=nr|])/g, unescaped) : value);
}

function unescaped(_whole: string, character: string): string {
  return character === "n" ? "\n" : character === "r" ? "\r" : character;
}

/** Where the key that ends before `end` begins, in a value that begins at `from`; -1 when no key does. */
function keyStart(text: string, from: number, end: number, textStart: number): number {
  let at = end;
  const least = Math.max(from, end - MAX_KEY_LENGTH);
  while (at > least && isKeyCharacter(text.charCodeAt(at - 1))) at -= 1;
  if (at === end) return -1;
  return at === textStart || isBlank(text.charCodeAt(at - 1)) ? at : -1;
}

/** Letters and digits by the standard; products add `_ . - [ ]`. */
function isKeyCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    isDigit(code) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f ||
    code === 0x5b ||
    code === 0x5d
  );
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
