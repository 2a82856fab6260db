/** Lines in, OCSF activities out. Pure: no files, network, clock or randomness. */
import { type MalformedInputError, UsageError } from "../../model/errors.ts";
import type { ConformEnvironment, SourceMap } from "./define-map.ts";
import { maps } from "./maps/index.ts";
import { LIKELY } from "./recognise.ts";
import { type OnEvent, Stream } from "./stream.ts";

export interface StreamReader {
  /** Conforms one line (without its end); calls `emit` for every event, `reject` for what cannot be read. Throws nothing. */
  push(line: string, lineNumber: number): void;
  /** Hands out what was held back, at the end or when nothing more comes for now. */
  flush(): void;
  /** Whether a record so far depended on its neighbours: some may be held back until the next comes. */
  readonly stateful: boolean;
  /** Header lines that records to come may need, joined by line ends; empty where there are none. */
  readonly preamble: string;
  /** Id of the source most records so far were of; null while none was recognised. */
  readonly source: string | null;
  /** What the stream was taken for and why, in words. */
  readonly reason: string;
}

export interface OpenStreamOptions {
  /** A source id forces that map on every line; `auto` recognises line by line. */
  readonly source: string | "auto";
  /** With `auto`: the source the file was recognised as, asked first. */
  readonly expected?: string | null;
  readonly environment: ConformEnvironment;
  /** Called for every event, with metadata.uid and raw_data set. */
  readonly emit: OnEvent;
  readonly reject: (lineNumber: number, error: MalformedInputError, line: string) => void;
}

export interface Recognition {
  /** null: the lines are of no known source. */
  readonly map: SourceMap | null;
  /** 0 to 1: share of the lines the map claims, times how sure it is of them. */
  readonly confidence: number;
  /** In words, with the numbers. */
  readonly reason: string;
  /** Records depend on their neighbours: the file has to be read by one reader from its start. */
  readonly stateful: boolean;
}

/** @throws {UsageError} when `source` is the id of no map */
export function openStream({ source, expected, ...rest }: OpenStreamOptions): StreamReader {
  const forced = source === "auto" ? null : findMap(source);
  const stream = new Stream({
    ...rest,
    maps,
    forced,
    expected: expected === undefined || expected === null ? null : findMap(expected),
  });
  return {
    push: (line, lineNumber) => stream.push(line, lineNumber),
    flush: () => stream.flush(),
    get source() {
      return forced?.id ?? judge(stream).map?.id ?? null;
    },
    get stateful() {
      return stream.stateful;
    },
    get preamble() {
      return stream.preamble;
    },
    get reason() {
      return forced === null ? judge(stream).reason : `${forced.id}, as told`;
    },
  };
}

/** What the file with these first lines is; more lines make the judgement surer, a few dozen are plenty. */
export function recogniseStream(headLines: readonly string[], environment: ConformEnvironment): Recognition {
  const stream = new Stream({ maps, forced: null, expected: null, environment, emit: () => {}, reject: () => {} });
  headLines.forEach((line, index) => stream.push(line, index + 1));
  return judge(stream);
}

/** Below this share of the lines the few that were recognised do not tell what the file is. */
const TELLING_SHARE = 0.1;

function judge(stream: Stream): Recognition {
  const claims = [...stream.tallies].toSorted(([, a], [, b]) => b.confidence - a.confidence);
  const claimed = claims.reduce((sum, [, { records }]) => sum + records, 0);
  const total = claimed + stream.unrecognised;
  const [first, ...others] = claims;
  if (first === undefined || claimed < total * TELLING_SHARE || first[1].confidence < first[1].records * LIKELY) {
    const reason =
      total === 0 ? "holds no record" : `unknown: no source recognises ${total - claimed} of ${total} records`;
    return { map: null, confidence: 0, reason, stateful: stream.stateful };
  }
  const [map, { records, confidence }] = first;
  const rest = others.map(([other, tally]) => `${tally.records} ${other.id}`);
  if (stream.unrecognised > 0) rest.push(`${stream.unrecognised} unknown`);
  const beside = rest.length === 0 ? "" : `, besides ${rest.join(", ")}`;
  return {
    map,
    confidence: confidence / total,
    reason: `${map.id} (${map.title}): ${records} of ${total} records, confidence ${(confidence / total).toFixed(2)}${beside}`,
    stateful: stream.stateful,
  };
}

/** The map with this id. @throws {UsageError} when there is none */
export function findMap(id: string): SourceMap {
  const map = maps.find((candidate) => candidate.id === id);
  if (map === undefined)
    throw new UsageError(`unknown source ${JSON.stringify(id)}; known are ${maps.map((known) => known.id).join(", ")}`);
  return map;
}

export { maps };
