/** Line -> DecodedRecord: takes off a syslog header, parses JSON where the body is a JSON object. */
import type { JsonObject } from "../../model/activity.ts";
import { MalformedInputError } from "../../model/errors.ts";
import type { DecodedRecord } from "./define-map.ts";
import { parseSyslog } from "./decoders/syslog.ts";

/** Deeper JSON than this is refused before anything recursive touches it. */
const MAX_JSON_DEPTH = 64;

/**
 * @param line one line without its end
 * @param referenceMs supplies the year for syslog times without one
 * @throws {MalformedInputError} when the body begins like a JSON object and is none, or is nested deeper than 64
 */
export function decode(line: string, referenceMs: number): DecodedRecord {
  if (line.charCodeAt(0) === 0x7b) return { line, syslog: null, body: line, json: parseObject(line) };
  const syslog = parseSyslog(line, referenceMs);
  if (syslog === null) {
    const trimmed = line.trimStart();
    return { line, syslog: null, body: line, json: trimmed.charCodeAt(0) === 0x7b ? parseObject(trimmed) : null };
  }
  const { header, body } = syslog;
  // Ruby-hash bodies of GHES also open with a brace: only a quote or a closing brace can follow in JSON.
  return { line, syslog: header, body, json: /^\s*\{\s*["}]/.test(body) ? parseObject(body) : null };
}

function parseObject(text: string): JsonObject {
  if (tooDeep(text)) throw new MalformedInputError(`JSON nested deeper than ${MAX_JSON_DEPTH} levels`);
  try {
    return JSON.parse(text) as JsonObject;
  } catch (cause) {
    throw new MalformedInputError(`not JSON: ${cause instanceof Error ? cause.message.slice(0, 120) : "unreadable"}`, { cause });
  }
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
