/** Line -> DecodedRecord: takes off a syslog header or that of a collector's file, parses JSON where the body is a JSON object. */
import type { JsonObject } from "../../model/activity.ts";
import { MalformedInputError } from "../../model/errors.ts";
import type { DecodedRecord, SyslogHeader } from "./define-map.ts";
import { parseSyslog } from "./decoders/syslog.ts";
import { parseIsoTime } from "./decoders/timestamp.ts";

/** Deeper JSON than this is refused before anything recursive touches it. */
const MAX_JSON_DEPTH = 64;

const BRACE = 0x7b;
const BRACKET = 0x5b;
const LESS_THAN = 0x3c;

/**
 * @param line one line without its end
 * @param referenceMs supplies the year for syslog times without one
 * @throws {MalformedInputError} when the body begins like a JSON object and is none, or is nested deeper than 64
 */
export function decode(line: string, referenceMs: number): DecodedRecord {
  const first = line.charCodeAt(0);
  // '[' opens a JSON array, which envelopes take apart, or a bracketed text: neither has a syslog header.
  const syslog =
    first === BRACE || first === BRACKET ? null : (collected(line, referenceMs) ?? takeHeaders(line, referenceMs));
  const body = syslog === null ? line : syslog.body;
  return {
    line,
    syslog: syslog === null ? null : syslog.header,
    body,
    json: opensObject(body) ? (parseJson(body) as JsonObject) : null,
  };
}

/** Kubernetes' log files: `TIME stdout F LINE`; of a line cut into parts (`P`) the first has the beginning. */
const CONTAINER_LINE = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{1,9}(?:Z|[+-]\d{2}:\d{2})) (?:stdout|stderr) [FP] /;
/** Fluentd's file output: `TIME<tab>TAG<tab>{…}`. */
const FLUENTD_LINE =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2}))\t[\w.*-]{1,128}\t(?=\{)/;

/** What a collector put ahead of the line, when it took it, stands for the time where the line has no header of its own. */
function collected(line: string, referenceMs: number): { header: SyslogHeader; body: string } | null {
  if (line.charCodeAt(10) !== 0x54 || line.charCodeAt(4) !== 0x2d) return null;
  const match = CONTAINER_LINE.exec(line) ?? FLUENTD_LINE.exec(line);
  if (match === null) return null;
  const time = parseIsoTime(match[1]!) ?? null;
  const rest = line.slice(match[0].length);
  const inner = takeHeaders(rest, referenceMs);
  if (inner === null) return { header: { time, hostname: null, app: null, pid: null, priority: null }, body: rest };
  return { header: { ...inner.header, time: inner.header.time ?? time }, body: inner.body };
}

/** Relays put their own header before the sender's: the inner one is closer to the event. */
function takeHeaders(line: string, referenceMs: number): { header: SyslogHeader; body: string } | null {
  const outer = parseSyslog(line, referenceMs);
  if (outer === null || outer.body.charCodeAt(0) !== LESS_THAN) return outer;
  const inner = parseSyslog(outer.body, referenceMs);
  if (inner === null) return outer;
  const { header } = inner;
  return {
    header: { ...header, time: header.time ?? outer.header.time, hostname: header.hostname ?? outer.header.hostname },
    body: inner.body,
  };
}

/**
 * JSON of strangers.
 * @throws {MalformedInputError} when it is none, or is nested deeper than 64
 */
export function parseJson(text: string): unknown {
  if (tooDeep(text)) throw new MalformedInputError(`JSON nested deeper than ${MAX_JSON_DEPTH} levels`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedInputError(`not JSON: ${cause instanceof Error ? cause.message.slice(0, 120) : "unreadable"}`, {
      cause,
    });
  }
}

/** A Ruby hash also opens with a brace: only a quote or a closing brace can follow it in JSON. */
function opensObject(text: string): boolean {
  let at = skipBlank(text, 0);
  if (text.charCodeAt(at) !== BRACE) return false;
  at = skipBlank(text, at + 1);
  const next = text.charCodeAt(at);
  return next === 0x22 || next === 0x7d || at >= text.length;
}

/** Line ends too: what a wrapper holds may be printed over several lines. */
function skipBlank(text: string, from: number): number {
  let at = from;
  for (
    let code = text.charCodeAt(at);
    code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
    code = text.charCodeAt(at)
  )
    at += 1;
  return at;
}

/** A cheap bound first: text with few opening brackets cannot be deep. */
function tooDeep(text: string): boolean {
  let opens = 0;
  for (let at = text.indexOf("["); at !== -1 && opens <= MAX_JSON_DEPTH; at = text.indexOf("[", at + 1)) opens += 1;
  for (let at = text.indexOf("{"); at !== -1 && opens <= MAX_JSON_DEPTH; at = text.indexOf("{", at + 1)) opens += 1;
  if (opens <= MAX_JSON_DEPTH) return false;

  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}
