/** The grammar of a log format's text: which parts are literals and which are fields. */
import { InvalidConfigError } from "../../../model/errors.ts";

export type LogFormatDialect = "squid" | "nginx" | "apache";

/** A literal, or a field that may be padded with blanks to a width. */
export type FormatToken = string | { readonly name: string; readonly padded: boolean };

/** Literals and fields in order; literals in a row are one, and none is empty. */
export function tokensOf(format: string, dialect: LogFormatDialect): FormatToken[] {
  const tokens: FormatToken[] = [];
  const add = (token: FormatToken): void => {
    const last = tokens.at(-1);
    if (typeof token === "string" && typeof last === "string") tokens[tokens.length - 1] = last + token;
    else if (token !== "") tokens.push(token);
  };
  const text = dialect === "apache" ? unescapeConfiguration(format) : format;
  const mark = dialect === "nginx" ? "$" : "%";
  const readField = dialect === "squid" ? squidField : dialect === "nginx" ? nginxField : apacheField;
  let at = 0;
  for (let next = text.indexOf(mark); next !== -1; next = text.indexOf(mark, at)) {
    add(text.slice(at, next));
    at = next + readField(text.slice(next, next + 300), add);
  }
  add(text.slice(at));
  return tokens;
}

type Add = (token: FormatToken) => void;

/**
 * `%` modifiers, width, `{argument}` and a code. `"`, `[`, `#`, `/` and `'` choose an escaping, `-` and the width pad. The
 * argument may stand before or behind the code.
 */
const SQUID = /^%(["[#/']?)(-?)(0?)(\d{0,3})(?:\.\d{1,4})?(\{[^}]{0,200}\})?([A-Za-z<>:_]{1,40})/;

/** The codes of Squid 3 to 6, without those that only error pages know. */
const SQUID_CODES: ReadonlySet<string> = new Set(
  (
    ">a >A >p >eui >la >lp <a <A <p <la <lp la lp >qos <qos >nfmark <nfmark >s <cert >ha >h <h >sh <sh sn un ul ui us ue " +
    "ea et tr dt ts tu tl tg <pt <tt busy_time rm >rm <rm ru >ru <ru rp >rp <rp rv >rv <rv >rs <rs >rd <rd >rP <rP " +
    ">Hs <Hs Hs Ss Sh mt st >st <st <sH >sni <bs err_code err_detail note master_xaction credentials rG etag handshake " +
    "proxy_protocol::>h request_attempts transport::>connection_id icap::tt icap::tr icap::tio icap::to icap::Hs icap::ru " +
    "icap::rm icap::>h icap::<h icap::<A icap::<a icap::<service_name icap::<last_h icap::st icap::>st icap::<st icap::<bs " +
    "adapt::sum_trs adapt::all_trs adapt::<last_h ssl::>sni ssl::bump_mode ssl::>cert_subject ssl::>cert_issuer " +
    "ssl::<cert_errors ssl::<cert_subject ssl::<cert_issuer ssl::<cert tls_client_negotiated " +
    "ssl::>negotiated_version ssl::<negotiated_version ssl::>received_hello_version ssl::<received_hello_version " +
    "ssl::>received_supported_version ssl::<received_supported_version ssl::>negotiated_cipher ssl::<negotiated_cipher"
  ).split(" "),
);

function squidField(text: string, add: Add): number {
  if (text.startsWith("%%")) {
    add("%");
    return 2;
  }
  const match = SQUID.exec(text);
  const code = match === null ? undefined : longestCode(match[6]!);
  if (match === null || code === undefined) throw unknownField(text);
  const [whole, , left, zero, width, before, letters] = match;
  const end = whole.length - letters!.length + code.length;
  const after = before === undefined ? /^\{[^}]{0,200}\}/.exec(text.slice(end))?.[0] : undefined;
  const plain = code.startsWith("http::") ? code.slice(6) : code;
  add({ name: `${before ?? after ?? ""}${plain}`, padded: (width !== "" && zero === "") || left === "-" });
  return end + (after?.length ?? 0);
}

/** Squid takes the longest code that the letters begin with; `http::` before one means nothing. */
function longestCode(letters: string): string | undefined {
  const prefix = letters.startsWith("http::") ? "http::" : "";
  const rest = letters.slice(prefix.length);
  for (let length = rest.length; length > 0; length -= 1) {
    if (SQUID_CODES.has(rest.slice(0, length))) return prefix + rest.slice(0, length);
  }
  return undefined;
}

function nginxField(text: string, add: Add): number {
  const match = /^\$(?:([A-Za-z0-9_]{1,200})|\{([A-Za-z0-9_]{1,200})\})/.exec(text);
  if (match === null) throw unknownField(text);
  add({ name: (match[1] ?? match[2])!, padded: false });
  return match[0].length;
}

/** `%`, conditions on the status, `<` or `>`, `{argument}` and a letter or `^` and two. */
const APACHE = /^%(!?\d{3}(?:,\d{3}){0,20})?([<>]?)(\{[^}]{0,200}\})?([<>]?)(\^[A-Za-z]{2}|[A-Za-z])/;

function apacheField(text: string, add: Add): number {
  if (text.startsWith("%%")) {
    add("%");
    return 2;
  }
  const match = APACHE.exec(text);
  if (match === null) throw unknownField(text);
  const [whole, , which, argument = "", late, letter] = match;
  const name = `${which || late || ""}${argument}${letter}`;
  // The bare time comes in brackets of its own.
  if (name === "t") {
    add("[");
    add({ name, padded: false });
    add("]");
  } else add({ name, padded: false });
  return whole.length;
}

/** In httpd.conf the format stands in quotes, where `\"`, `\t` and `\n` are escapes. */
function unescapeConfiguration(format: string): string {
  return format.replace(/\\(["\\tn])/g, (_whole, character: string) =>
    character === "t" ? "\t" : character === "n" ? "\n" : character,
  );
}

function unknownField(text: string): InvalidConfigError {
  return new InvalidConfigError(`unknown log format field ${JSON.stringify(text.slice(0, 40))}`);
}
