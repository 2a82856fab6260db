/** The fields of an event that say who did what from where to where, and where its line says so. */

/** By OCSF path, in the order they are shown. */
export const TELLING = [
  "actor.user.name",
  "actor.user.email_addr",
  "user.name",
  "device.hostname",
  "src_endpoint.hostname",
  "src_endpoint.ip",
  "process.cmd_line",
  "process.name",
  "process.parent_process.name",
  "file.path",
  "api.operation",
  "http_request.http_method",
  "http_request.url.url_string",
  "http_request.url.hostname",
  "http_request.url.path",
  "http_request.user_agent",
  "query.hostname",
  "tls.sni",
  "dst_endpoint.hostname",
  "dst_endpoint.ip",
  "dst_endpoint.port",
  "traffic.bytes_out",
  "traffic.bytes_in",
  "disposition",
  "status",
  "status_code",
] as const;
/** Told beside the others but not looked for in lines, where they could be part of anything. */
const MOST_MARKS = 40;

export function valueAt(event: unknown, path: string): unknown {
  let value = event;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

export interface Fact {
  readonly path: string;
  readonly value: string;
}

export function factsOf(event: unknown): readonly Fact[] {
  return TELLING.flatMap((path) => {
    const value = valueAt(event, path);
    return typeof value === "string" || typeof value === "number" ? [{ path, value: String(value) }] : [];
  });
}

export interface Stretch {
  readonly text: string;
  /** The field whose value it is; null: none. */
  readonly path: string | null;
}

/** The line in stretches, the first place of every telling value marked; longer values win over what they contain. */
export function highlight(raw: string, facts: readonly Fact[]): readonly Stretch[] {
  const places: { from: number; to: number; path: string }[] = [];
  for (const { path, value } of facts.toSorted((a, b) => b.value.length - a.value.length)) {
    if (value.length < 2 || places.length >= MOST_MARKS) continue;
    const from = placeOf(raw, value);
    if (from < 0) continue;
    const to = from + value.length;
    if (places.every((place) => to <= place.from || from >= place.to)) places.push({ from, to, path });
  }
  const stretches: Stretch[] = [];
  let at = 0;
  for (const { from, to, path } of places.toSorted((a, b) => a.from - b.from)) {
    if (from > at) stretches.push({ text: raw.slice(at, from), path: null });
    stretches.push({ text: raw.slice(from, to), path });
    at = to;
  }
  if (at < raw.length) stretches.push({ text: raw.slice(at), path: null });
  return stretches;
}

/** Where `value` stands on its own: `443` is not found in `14437`. */
function placeOf(raw: string, value: string): number {
  for (let from = raw.indexOf(value); from >= 0; from = raw.indexOf(value, from + 1)) {
    const before = raw.charAt(from - 1);
    const after = raw.charAt(from + value.length);
    if (!(isWord(before) && isWord(value.charAt(0))) && !(isWord(after) && isWord(value.at(-1) ?? ""))) return from;
  }
  return -1;
}

function isWord(character: string): boolean {
  return /[\p{L}\d]/u.test(character);
}
