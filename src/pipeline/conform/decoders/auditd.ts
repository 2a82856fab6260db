/**
 * Linux audit records: `node=… type=… msg=audit(seconds.ms:serial): key=value …`, raw or enriched, bare or behind a
 * syslog header, as auditd, audispd, rsyslog and the kernel write them.
 *
 * @see https://github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Enrichment
 * @see https://man7.org/linux/man-pages/man8/auditd.8.html
 */
import { MalformedInputError } from "../../../model/errors.ts";
import { RECORD_TYPES } from "../tables/audit-record-types.ts";
import { fractionMs } from "./timestamp.ts";

export interface AuditRecord {
  /** The machine by `node=`; null when the record does not say. */
  readonly node: string | null;
  /** By name also where the kernel writes the number. */
  readonly type: string;
  /** ms since 1970 UTC */
  readonly time: number;
  /** `seconds.ms:serial`: the same for all records of one event on one machine. */
  readonly id: string;
  /** Values as written, quotes included: only `textValue` knows whether one is hexadecimal. */
  readonly fields: ReadonlyMap<string, string>;
}

const HEADER =
  /(?:^|\s)(?:node=(\S{1,255}) )?type=([A-Z0-9_]{1,40}|UNKNOWN\[\d{1,6}\]) (?:msg=)?audit\((\d{1,11})\.(\d{1,9}):(\d{1,20})\): ?/;
/** The header stands at the beginning of a body, or behind `kernel: [12.3] audit: `. */
const HEADER_WITHIN = 400;
const MAX_FIELDS = 4_096;
/** Separates the enriched part; rsyslog writes it as `#035`. */
const ENRICHED = /\u001d|#035/;

/** Whether the text begins like an audit record; cheap. */
export function isAuditRecord(body: string): boolean {
  const at = body.indexOf("audit(");
  return (
    at !== -1 &&
    at < HEADER_WITHIN &&
    HEADER.test(body.length > HEADER_WITHIN * 2 ? body.slice(0, HEADER_WITHIN * 2) : body)
  );
}

/** @throws {MalformedInputError} when the text is no audit record */
export function readAuditRecord(body: string): AuditRecord {
  const header = HEADER.exec(body.length > HEADER_WITHIN * 2 ? body.slice(0, HEADER_WITHIN * 2) : body);
  if (header === null || header.index > HEADER_WITHIN) throw new MalformedInputError("no audit record");
  const [, node, type = "", seconds, fraction = "", serial] = header;
  const fields = new Map<string, string>();
  const rest = body.slice(header.index + header[0].length);
  const [plain = "", ...enriched] = ENRICHED.test(rest) ? rest.split(ENRICHED) : [rest];
  readFields(plain, fields);
  for (const part of enriched) readFields(part, fields);
  return {
    node: node ?? null,
    type: RECORD_TYPES.get(type) ?? type,
    time: Number(seconds) * 1000 + fractionMs(fraction),
    id: `${seconds}.${fraction}:${serial}`,
    fields,
  };
}

/** `key=value` pairs; `msg='…'` is read into, words without `=` are passed over. The first value of a key stays. */
function readFields(text: string, fields: Map<string, string>, inMessage = false): void {
  let at = 0;
  // Looked for again only where they have been passed: a text without blanks is not searched to its end for every value.
  let equals = -1;
  let space = -1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x2c) {
      at += 1;
      continue;
    }
    if (space < at) space = endOf(text, " ", at);
    if (equals < at) equals = text.indexOf("=", at);
    if (equals === -1) return;
    if (equals > space) {
      at = space + 1;
      continue;
    }
    const key = text.slice(at, equals);
    const opening = text.charCodeAt(equals + 1);
    let end = space;
    if (opening === 0x27 && !inMessage) {
      // A quote inside belongs to the text when words follow it: the last one closes.
      const close = text.lastIndexOf("'");
      end = close > equals + 1 ? close + 1 : text.length;
      readFields(text.slice(equals + 2, close > equals + 1 ? close : text.length), fields, true);
      at = end;
      continue;
    }
    if (opening === 0x22) end = endOf(text, '"', equals + 2) + 1;
    else if (opening === 0x7b) end = endOf(text, "}", equals + 2) + 1;
    if (!fields.has(key)) {
      if (fields.size >= MAX_FIELDS) throw new MalformedInputError(`audit record with more than ${MAX_FIELDS} fields`);
      fields.set(key, text.slice(equals + 1, end));
    }
    at = end;
  }
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at;
}

const ABSENT: ReadonlySet<string> = new Set(["(null)", "(none)", "?", "(unset)", ""]);
const HEX = /^(?:[0-9A-F]{2})+$/;

/**
 * A field that the kernel may have encoded (paths, arguments, names): quoted it is text, bare and hexadecimal it is
 * bytes. undefined when absent.
 */
export function textValue(fields: ReadonlyMap<string, string>, key: string): string | undefined {
  const raw = fields.get(key);
  return raw === undefined ? undefined : decodeText(raw);
}

export function decodeText(raw: string): string | undefined {
  const first = raw.charCodeAt(0);
  if (first === 0x22) {
    const end = raw.length > 1 && raw.endsWith('"') ? raw.length - 1 : raw.length;
    return raw.slice(1, end);
  }
  if (ABSENT.has(raw)) return undefined;
  return HEX.test(raw) ? Buffer.from(raw, "hex").toString("utf8") : raw;
}

/** A field that is never encoded: a number, an id, a result. Quotes are taken off. undefined when absent. */
export function plainValue(fields: ReadonlyMap<string, string>, key: string): string | undefined {
  const raw = fields.get(key);
  if (raw === undefined || ABSENT.has(raw)) return undefined;
  return raw.charCodeAt(0) === 0x22 && raw.length > 1 ? raw.slice(1, raw.endsWith('"') ? -1 : undefined) : raw;
}

/** Pieces of one argument and arguments of one call beyond this are dropped: the longest line is 1 MiB. */
const MAX_ARGUMENTS = 4_096;

/** The arguments of an EXECVE record, into `argv`: `a0="git"`, `a1=676974`, and long ones in pieces, `a2[0]=… a2[1]=…`. */
export function readArguments(fields: ReadonlyMap<string, string>, argv: string[]): void {
  for (const [key, raw] of fields) {
    const match = /^a(\d{1,4})(?:\[\d{1,5}\])?$/.exec(key);
    if (match === null) continue;
    const index = Number(match[1]);
    if (index >= MAX_ARGUMENTS) continue;
    // Pieces come in order, over several records when there are many.
    argv[index] = key.endsWith("]") ? (argv[index] ?? "") + (decodeText(raw) ?? "") : (decodeText(raw) ?? "");
  }
}

/** PROCTITLE: the arguments, separated by NUL; the kernel cuts it. */
export function readProcessTitle(raw: string): string[] {
  const title = decodeText(raw) ?? "";
  return (title.endsWith("\0") ? title.slice(0, -1) : title).split("\0", MAX_ARGUMENTS);
}
