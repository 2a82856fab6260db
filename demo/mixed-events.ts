/**
 * A stream of ordinary events for benchmarks: of every twenty, five Zeek http, five Zeek dns, four Squid, three Sysmon, two
 * GitHub audit and one Okta, close to 788 bytes on average. Nothing in it is an incident; a small share goes to code
 * hosts, as in any company. The same seed gives the same bytes.
 */
import { maker, MIXED_SOURCES, type MixedSource } from "./mixed-lines.ts";

export { MIXED_SOURCES, type MixedSource };

export interface MixedOptions {
  readonly count: number;
  readonly seed: number;
  /** Time of the first event, ms since 1970 UTC. */
  readonly start?: number;
  /** Events of all sources together in one second of log time. */
  readonly perSecond?: number;
}

/** Which source each of twenty consecutive events comes from. */
const TURNS: readonly MixedSource[] = [
  "zeek-http",
  "zeek-dns",
  "squid",
  "sysmon",
  "zeek-dns",
  "zeek-http",
  "squid",
  "github-audit",
  "zeek-http",
  "zeek-dns",
  "sysmon",
  "squid",
  "zeek-dns",
  "zeek-http",
  "okta",
  "squid",
  "zeek-dns",
  "github-audit",
  "zeek-http",
  "sysmon",
];

/** Monday 2026-03-16 07:00 UTC. */
const DEFAULT_START = Date.UTC(2026, 2, 16, 7);
const PIECE_CHARACTERS = 262_144;

/** All sources in one stream, in order of time. */
export function* mixedEvents(
  options: MixedOptions,
): Generator<{ readonly source: MixedSource; readonly line: string }> {
  const makers = new Map(MIXED_SOURCES.map((source) => [source, maker(source, options.seed)]));
  for (let index = 0; index < options.count; index++) {
    const source = TURNS[index % TURNS.length] as MixedSource;
    yield { source, line: (makers.get(source) as (time: number) => string)(timeOf(index, options)) };
  }
}

/** The same events as one log file a source: pieces of whole lines of about 256 KiB. */
export function mixedStreams(
  options: MixedOptions,
): { readonly source: MixedSource; readonly path: string; readonly content: Iterable<string> }[] {
  return MIXED_SOURCES.map((source) => ({
    source,
    path: `${source}.${source === "squid" ? "log" : "ndjson"}`,
    content: { [Symbol.iterator]: () => streamOf(source, options) },
  }));
}

function* streamOf(source: MixedSource, options: MixedOptions): Generator<string> {
  const make = maker(source, options.seed);
  let piece = "";
  for (let index = 0; index < options.count; index++) {
    if (TURNS[index % TURNS.length] !== source) continue;
    piece += `${make(timeOf(index, options))}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

function timeOf(index: number, options: MixedOptions): number {
  return (options.start ?? DEFAULT_START) + Math.floor((index * 1000) / (options.perSecond ?? 200));
}
