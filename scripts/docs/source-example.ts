/** Of each source map, one line out of its golden cases that shows best what becomes of it, and what the cases fill. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { OcsfEvent } from "../../src/model/activity.ts";
import type { SourceMap } from "../../src/pipeline/conform/define-map.ts";
import { openStream } from "../../src/pipeline/conform/index.ts";

const golden = new URL("../../src/pipeline/conform/golden/", import.meta.url);

/** 2026-03-20T12:00:00Z: the modification time of every golden file. */
const FILE_TIME = 1_774_008_000_000;

/** Lines longer than this are shown only where a source has no shorter one. */
const READABLE = 900;

export interface SourceExample {
  /** As received, with the header lines it needs. */
  readonly lines: string;
  readonly event: OcsfEvent;
  /** Whether the lines alone tell which source they are of. */
  readonly recognised: boolean;
}

/** Attributes by class name, each in the order of its first use. */
export type FilledAttributes = ReadonlyMap<string, ReadonlySet<string>>;

export interface SourceCases {
  readonly example: SourceExample;
  readonly attributes: FilledAttributes;
  readonly cases: number;
}

interface Candidate {
  readonly text: string;
  readonly event: OcsfEvent;
}

/** What a source mostly tells is worth as much as this many attributes more. */
const COMMON_CLASS = 15;

/** @throws {Error} when no golden case of the map makes an event */
export function casesOf(map: SourceMap): SourceCases {
  const folder = new URL(`${map.id}/`, golden);
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".in"))
        .toSorted()
    : [];
  const attributes = new Map<string, Set<string>>();
  const candidates: Candidate[] = [];
  for (const file of files) {
    const lines = readFileSync(new URL(file, folder), "utf8").split("\n");
    conformLines(lines, map.id, file, (event, _source, preamble) => {
      const name = classOf(event);
      const filled = attributes.get(name) ?? new Set();
      attributes.set(name, filled);
      for (const [path] of leavesOf(event)) filled.add(path);
      candidates.push({ text: preamble === "" ? event.raw_data! : `${preamble}\n${event.raw_data!}`, event });
    });
  }
  const common = commonest(candidates.map(({ event }) => event.class_uid));
  const worthOf = (candidate: Candidate): number =>
    worth(candidate) + (candidate.event.class_uid === common ? COMMON_CLASS : 0);
  const sorted = candidates.toSorted((a, b) => worthOf(b) - worthOf(a));
  for (const source of ["auto", map.id]) {
    for (const { text } of sorted) {
      const event = activityOf(text, source, map.id);
      if (event !== null) {
        return { example: { lines: text, event, recognised: source === "auto" }, attributes, cases: files.length };
      }
    }
  }
  throw new Error(`no golden case of ${map.id} makes an event`);
}

/** What the lines become when read alone; null unless they become one event of this source. */
export function activityOf(text: string, source: string, id: string): OcsfEvent | null {
  const events: OcsfEvent[] = [];
  let others = 0;
  const rejected = conformLines(text.split("\n"), source, "", (event, from) => {
    if (from === id) events.push(event);
    else others += 1;
  });
  return events.length === 1 && others + rejected === 0 ? events[0]! : null;
}

function conformLines(
  lines: readonly string[],
  source: string,
  fileName: string,
  emit: (event: OcsfEvent, source: string, preamble: string) => void,
): number {
  let rejected = 0;
  const stream = openStream({
    source,
    environment: { fileModifiedTime: FILE_TIME, fileName },
    emit: (event, map, _line, preamble) => emit(event, map.id, preamble),
    reject: () => (rejected += 1),
  });
  lines.forEach((line, index) => stream.push(line, index + 1));
  stream.flush();
  return rejected;
}

/** Much told in few characters. */
function worth({ text, event }: Candidate): number {
  const known = leavesOf(event).length * (event.class_uid === 0 ? 0.3 : 1);
  return known - text.length / 100 - (text.length > READABLE ? 100 : 0);
}

function commonest(classes: readonly number[]): number | undefined {
  const counts = Map.groupBy(classes, (uid) => uid);
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

/** What every event carries, numbers that stand beside or for a name and what the source's own names tell. */
const ALWAYS = /^(?:class_|category_|type_|activity_id$|metadata\.|raw_data$|unmapped|severity|time$)/;

/** Paths and values of what the event tells, `[]` for the elements of a list. */
export function leavesOf(event: OcsfEvent): [path: string, value: unknown][] {
  const leaves: [string, unknown][] = [];
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      for (const element of value) walk(element, `${path}[]`);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (inner === undefined || key.endsWith("_id")) continue;
        walk(inner, path === "" ? key : `${path}.${key}`);
      }
    } else if (value !== null && value !== undefined && !ALWAYS.test(path)) leaves.push([path, value]);
  };
  walk(event, "");
  return leaves;
}

function classOf({ class_name, class_uid }: OcsfEvent): string {
  return class_name ?? `class ${class_uid}`;
}

const MAX_VALUE = 100;
const MAX_LINES = 40;

/** An activity as the pages show it: attribute by attribute, without what every event carries. */
export function shortened(event: OcsfEvent): string {
  const values = Map.groupBy(leavesOf(event), ([path]) => path);
  const lines = [`class_name: ${classOf(event)}`, `time: ${new Date(event.time).toISOString()}`];
  for (const [path, all] of values) {
    const text = all
      .map(([, value]) => String(value))
      .join(", ")
      .replaceAll(/\s+/g, " ");
    lines.push(`${path}: ${text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text}`);
  }
  return lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), "…"].join("\n") : lines.join("\n");
}
