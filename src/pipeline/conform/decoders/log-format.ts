/**
 * Log formats that an administrator writes down -> a reader of the lines they produce: Squid's `logformat`, nginx's
 * `log_format`, Apache's `LogFormat`.
 *
 * A format is literals and fields in turn; a field ends where the literal behind it begins, in quotes not at an escaped one.
 * So a line is read once, from left to right, whatever it holds.
 *
 * @see http://www.squid-cache.org/Doc/config/logformat/
 * @see https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
 * @see https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats
 */
import { InvalidConfigError } from "../../../model/errors.ts";
import { tokensOf, type FormatToken, type LogFormatDialect } from "./log-format-tokens.ts";

export type { LogFormatDialect } from "./log-format-tokens.ts";

export interface LogFormat {
  /**
   * The fields in the order of the line, as the server names them without padding and quoting: Squid `ts`, `>a`, `ru`,
   * `{User-Agent}>h`; nginx `remote_addr`; Apache `h`, `>s`, `{Referer}i`, `t` (without its brackets).
   */
  readonly fields: readonly string[];
  /** The values in that order, `-` kept, escapes undone; null when the line is not of this format. Never throws. */
  read(line: string): string[] | null;
}

const MAX_FORMAT_LENGTH = 8192;
const MAX_FIELDS = 256;

/**
 * @param format what stands behind the format's name in the server's configuration, without the quotes around the whole
 * @throws {InvalidConfigError} when it names no field, an unknown one, or two that nothing parts
 */
export function compileLogFormat(format: string, dialect: LogFormatDialect): LogFormat {
  if (format.length > MAX_FORMAT_LENGTH)
    throw new InvalidConfigError(`log format longer than ${MAX_FORMAT_LENGTH} characters`);
  const tokens = tokensOf(format, dialect);
  const prefix = typeof tokens[0] === "string" ? tokens[0] : "";
  const steps = stepsOf(prefix === "" ? tokens : tokens.slice(1), prefix);
  if (steps.length === 0) throw new InvalidConfigError("log format without fields");
  if (steps.length > MAX_FIELDS) throw new InvalidConfigError(`log format with more than ${MAX_FIELDS} fields`);
  const undo = dialect === "squid" ? undoSquid : dialect === "nginx" ? undoHex : undoApache;
  return {
    fields: steps.map((step) => step.name),
    read: (line) => readLine(line, prefix, steps, undo),
  };
}

interface Step {
  readonly name: string;
  readonly padded: boolean;
  readonly quoted: boolean;
  /** The literal behind the field; empty where the line ends with the field. */
  readonly literal: string;
}

function stepsOf(tokens: readonly FormatToken[], prefix: string): Step[] {
  const steps: Step[] = [];
  let before = prefix;
  for (let index = 0; index < tokens.length; index += 2) {
    const field = tokens[index]!;
    const literal = tokens[index + 1] ?? "";
    if (typeof field === "string") throw new InvalidConfigError("two literals in a row");
    if (typeof literal !== "string") {
      throw new InvalidConfigError(
        `nothing parts the fields ${JSON.stringify(field.name)} and ${JSON.stringify(literal.name)}`,
      );
    }
    const quoted = before.endsWith('"') && literal.startsWith('"');
    steps.push({ name: field.name, padded: field.padded, quoted, literal });
    before = literal;
  }
  return steps;
}

function readLine(
  line: string,
  prefix: string,
  steps: readonly Step[],
  undo: (value: string) => string,
): string[] | null {
  if (!line.startsWith(prefix)) return null;
  const values: string[] = [];
  let at = prefix.length;
  for (const { padded, quoted, literal } of steps) {
    if (padded) while (line.charCodeAt(at) === 0x20) at += 1;
    const end = literal === "" ? line.length : quoted ? unescapedIndex(line, literal, at) : line.indexOf(literal, at);
    if (end === -1) return null;
    const value = padded ? line.slice(at, end).trimEnd() : line.slice(at, end);
    values.push(value.includes("\\") ? undo(value) : value);
    at = end + literal.length;
    // Left-aligned values are followed by blanks, one of which was taken for the literal.
    if (padded && literal.endsWith(" ")) while (line.charCodeAt(at) === 0x20) at += 1;
  }
  // What follows the last literal is a line of another format.
  return at >= line.length ? values : null;
}

/** The first place of a literal that begins with a quote which no backslash escapes. */
function unescapedIndex(line: string, literal: string, from: number): number {
  for (let at = line.indexOf(literal, from); at !== -1; at = line.indexOf(literal, at + 1)) {
    let backslashes = 0;
    while (at - backslashes > from && line.charCodeAt(at - backslashes - 1) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

/** `\"`, `\\`, `\n` and their like, which Squid writes with the `"` modifier. */
function undoSquid(value: string): string {
  return value.replace(/\\(["\\nrt])/g, (_whole, character: string) => CONTROL.get(character) ?? character);
}

/** `\x22`: nginx escapes every special character this way, UTF-8 byte by byte. */
function undoHex(value: string): string {
  return value.replace(/(?:\\x[0-9A-Fa-f]{2})+/g, (run) => textOfBytes(run.slice(2).split("\\x")));
}

/** Both: Apache escapes quotes and backslashes with a backslash, other characters as `\xhh`. */
function undoApache(value: string): string {
  return value.replace(/\\(["\\nrtbv])|(?:\\x[0-9A-Fa-f]{2})+/g, (run: string, character: string | undefined) =>
    character === undefined ? textOfBytes(run.slice(2).split("\\x")) : (CONTROL.get(character) ?? character),
  );
}

const CONTROL: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["v", "\v"],
]);

const UTF8 = new TextDecoder();

function textOfBytes(hex: readonly string[]): string {
  return UTF8.decode(Uint8Array.from(hex, (byte) => Number.parseInt(byte, 16)));
}
