/**
 * A line at the head of a log file that says how the lines below it are written: the server's own configuration line behind
 * `#`, for instance `#log_format: main '$remote_addr - "$request" $request_length'` or `#logformat: %ts.%03tu %>a …`.
 * A format that is a JSON template is read by its keys.
 */
import { InvalidConfigError, MalformedInputError } from "../../../model/errors.ts";
import { compileLogFormat, type LogFormatDialect } from "../decoders/log-format.ts";
import type { DecodedRecord } from "../define-map.ts";
import { textOf } from "../read-json.ts";

/** The value of a field as the server names it; undefined where the format has it not. */
export type FieldReader = (field: string) => string | undefined;

const DIRECTIVES: Readonly<Record<LogFormatDialect, RegExp>> = {
  squid: /^#\s*logformat\b:?\s*/,
  nginx: /^#\s*log_format\b:?\s*/,
  apache: /^#\s*LogFormat\b:?\s*/,
};

/** Does a line declare a format of this server? Cheap. */
export function declaresFormat(body: string, dialect: LogFormatDialect): boolean {
  return body.charCodeAt(0) === 0x23 && body.length <= 8_192 && DIRECTIVES[dialect].test(body.slice(0, 64));
}

export class FormatHeader {
  readonly #dialect: LogFormatDialect;
  #read: ((record: DecodedRecord) => FieldReader | null) | null = null;
  #line = "";
  /** The record asked about last is the one that is read next. */
  #lastRecord: DecodedRecord | null = null;
  #lastFields: FieldReader | null = null;

  constructor(dialect: LogFormatDialect) {
    this.#dialect = dialect;
  }

  /** The declaring line, empty before one came. */
  get preamble(): string {
    return this.#line;
  }

  /** @throws {MalformedInputError} when the format cannot be read */
  declare({ body, line }: DecodedRecord): void {
    const format = formatOf(body.replace(DIRECTIVES[this.#dialect], ""), this.#dialect);
    this.#read = null;
    this.#lastRecord = null;
    try {
      this.#read = format.startsWith("{") ? jsonReader(format, this.#dialect) : lineReader(format, this.#dialect);
    } catch (error) {
      if (!(error instanceof InvalidConfigError)) throw error;
      throw new MalformedInputError(`this log format cannot be read: ${error.message}`, { cause: error });
    }
    this.#line = line;
  }

  /** The fields of a line below the declaration; null when it is not of that format, or none was declared. */
  read(record: DecodedRecord): FieldReader | null {
    if (this.#read === null) return null;
    if (record !== this.#lastRecord) {
      this.#lastFields = this.#read(record);
      this.#lastRecord = record;
    }
    return this.#lastFields;
  }
}

function lineReader(format: string, dialect: LogFormatDialect): (record: DecodedRecord) => FieldReader | null {
  const compiled = compileLogFormat(format, dialect);
  const places = new Map<string, number>();
  compiled.fields.forEach((field, index) => {
    if (!places.has(field)) places.set(field, index);
  });
  return ({ body, json }) => {
    const values = json === null ? compiled.read(body) : null;
    if (values === null) return null;
    return (field) => {
      const place = places.get(field);
      return place === undefined ? undefined : values[place];
    };
  };
}

/** `"key":"%field"`, `"key":%field`. */
const PAIR: Readonly<Record<"dollar" | "percent", RegExp>> = {
  dollar: /"([^"\\]{1,64})"\s*:\s*"?\$\{?([A-Za-z0-9_]{1,64})\}?/g,
  percent:
    /"([^"\\]{1,64})"\s*:\s*"?%["'[#/\d.-]{0,6}((?:\{[^}]{0,100}\})?(?:[<>^]?[A-Za-z]{1,3}[A-Za-z:>_<]{0,24}|[<>][A-Za-z]{1,2})(?:\{[^}]{0,100}\})?)/g,
};

function jsonReader(format: string, dialect: LogFormatDialect): (record: DecodedRecord) => FieldReader | null {
  const keys = new Map<string, string>();
  for (const [, key, written] of format.matchAll(dialect === "nginx" ? PAIR.dollar : PAIR.percent)) {
    const after = /^(.+?)(\{[^}]*\})$/.exec(written!);
    const field = after === null ? written! : `${after[2]}${after[1]}`;
    if (!keys.has(field)) keys.set(field, key!);
  }
  if (keys.size === 0) throw new InvalidConfigError("a JSON log format without fields");
  const all = [...keys.values()];
  return ({ json }) => {
    if (json === null || !all.some((key) => Object.hasOwn(json, key))) return null;
    return (field) => {
      const key = keys.get(field);
      return key === undefined ? undefined : textOf(json, key);
    };
  };
}

/** What stands behind the directive -> the format: without the name before it and the quotes around it. */
function formatOf(text: string, dialect: LogFormatDialect): string {
  const trimmed = text.trim().replace(/;$/, "").trim();
  if (dialect === "nginx") {
    const named = trimmed.replace(/^[A-Za-z][\w-]{0,63}\s+(?=(?:escape=\w+\s+)?')/, "").replace(/^escape=\w+\s+/, "");
    const pieces = [...named.matchAll(/'([^']*)'/g)].map(([, piece]) => piece!);
    return named.startsWith("'") && pieces.length > 0 ? pieces.join("") : named;
  }
  if (dialect === "apache") {
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(trimmed);
    return quoted === null ? trimmed : quoted[1]!;
  }
  // Squid names its formats before their text: a first word without a field is the name.
  const named = /^([A-Za-z][\w-]{0,63})\s+(?=\S)/.exec(trimmed);
  return named === null ? trimmed : trimmed.slice(named[0].length);
}
