/**
 * One stream of lines -> events. Every line goes to the map that claims it: usually the one of the line before, which is
 * asked first; a file that mixes products (a syslog server's) is sorted out line by line.
 */
import type { OcsfEvent } from "../../model/activity.ts";
import { MalformedInputError } from "../../model/errors.ts";
import { contentUid } from "./content-uid.ts";
import { decode } from "./decode.ts";
import {
  type ConformEnvironment,
  type DecodedRecord,
  isStateful,
  type RecordReader,
  type SourceMap,
  type StatefulMap,
} from "./define-map.ts";
import { unwrapCandidates, unwrapList, wrapsText } from "./envelope.ts";
import { type Claim, LIKELY, recogniseRecord, SURE } from "./recognise.ts";
import { WrapperShapes } from "./wrapper-shapes.ts";

/** Envelopes in envelopes: a list of Kinesis' records, each with CloudWatch's batch, a list of lines, needs five. */
const MAX_ENVELOPES = 5;

/** How often maps are asked about what one record may wrap: JSON of strangers may nest wrappers without end. */
const MAX_GUESSES = 2_000;

/** A list none of whose first elements is known is not taken apart. */
const TELLING_ELEMENTS = 50;

/** Files that mix products mix few, and a map that is sure needs no comparison: those met before are asked before all others. */
const MOST_RECENT = 8;

/** Zeek's and W3C's headers have fewer than ten lines. */
const MAX_HEADER_LINES = 32;

/**
 * Takes an event.
 * @param preamble the header lines its line stands below
 * @param hashed whether its uid is that of its content
 */
export type OnEvent = (
  event: OcsfEvent,
  source: SourceMap,
  lineNumber: number,
  preamble: string,
  hashed: boolean,
) => void;

interface StreamOptions {
  readonly maps: readonly SourceMap[];
  /** Every record is this map's, recognised or not; null: recognise. */
  readonly forced: SourceMap | null;
  /** Asked first, and chosen where maps claim equally. */
  readonly expected: SourceMap | null;
  readonly environment: ConformEnvironment;
  readonly emit: OnEvent;
  readonly reject: (lineNumber: number, error: MalformedInputError, line: string) => void;
}

/** How many records a map took, and how sure it was in sum. */
interface Tally {
  records: number;
  confidence: number;
}

export class Stream {
  /** Records by map, in the order the maps first came up. */
  readonly tallies = new Map<SourceMap, Tally>();
  /** Records that no map claimed. */
  unrecognised = 0;
  /** Whether a record depended on its neighbours: such a stream has to be read from its start, in one piece. */
  stateful = false;

  readonly #options: StreamOptions;
  readonly #readers = new Map<StatefulMap, RecordReader>();
  /** The reader that was given something last may expect more that does not tell by itself: rows, continuation lines. */
  #claimant: RecordReader | null = null;
  #claimantMap: StatefulMap | null = null;
  /** Header lines above the one that tells whose they are. */
  #header: DecodedRecord[] = [];
  #last: SourceMap | null;
  #lastTally: Tally | null = null;
  /** Maps that took records, the last first. */
  #recent: SourceMap[] = [];
  readonly #wrappers = new WrapperShapes();
  #lineNumber = 0;
  #guesses = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#last = options.expected;
  }

  /** Header lines that records to come may need, joined by line ends: what a reader that takes over has to be given first. */
  get preamble(): string {
    const taken = [...this.#readers.values()].map((reader) => reader.preamble?.() ?? "");
    return [...taken, ...this.#header.map(({ line }) => line)].filter((lines) => lines !== "").join("\n");
  }

  /** Conforms one line without its end. Throws nothing: what cannot be read is handed to `reject`. */
  push(line: string, lineNumber: number): void {
    this.#lineNumber = lineNumber;
    this.#guesses = 0;
    if (isBlank(line)) return;
    let record: DecodedRecord;
    try {
      record = decode(line, this.#options.environment.fileModifiedTime);
    } catch (error) {
      this.unrecognised += 1;
      this.#reject(error, line);
      return;
    }
    try {
      this.#take(record, 0);
    } catch (error) {
      this.#reject(error, line);
    }
  }

  /** Hands out what readers hold back; the stream ends here. */
  flush(): void {
    for (const [map, reader] of this.#readers) {
      try {
        this.#emit(reader.flush(), map, null);
      } catch (error) {
        this.#reject(error, "");
      }
    }
  }

  #take(record: DecodedRecord, envelopes: number): void {
    const { forced } = this.#options;
    const last = forced ?? this.#last;
    let asked: Claim | null = null;
    if (last !== null) {
      const confidence = last.recognise(record);
      if (confidence >= SURE || (forced !== null && confidence >= LIKELY))
        return this.#conform(record, last, confidence);
      asked = { map: last, confidence };
    }
    // Before anybody else is asked: what a reader is in the midst of may hold text that looks like another source's line.
    if (this.#claimant?.claims?.(record) === true) return this.#conform(record, this.#claimantMap!, SURE);

    if (forced === null) {
      for (const map of this.#recent) {
        const confidence = map === last ? 0 : map.recognise(record);
        if (confidence >= SURE) return this.#conform(record, map, confidence);
      }
    }
    const same = forced === null && last !== null ? this.#wrappedAsBefore(record, last, envelopes) : null;
    if (same !== null) return this.#take(same, envelopes + 1);

    const claim = forced === null ? recogniseRecord(record, this.#options.maps, this.#options.expected, asked) : null;
    if (claim !== null && claim.confidence >= SURE) return this.#conform(record, claim.map, claim.confidence);

    if (envelopes < MAX_ENVELOPES && (record.json !== null || isArray(record.body) || wrapsText(record))) {
      const elements = unwrapList(record);
      if (
        elements !== null &&
        (elements.length === 0 ||
          elements.slice(0, TELLING_ELEMENTS).some((element) => this.#claims(element, envelopes + 1)))
      ) {
        return this.#takeEach(elements, envelopes + 1);
      }
      let number = 0;
      for (const candidate of unwrapCandidates(record, this.#options.environment.fileModifiedTime)) {
        if (this.#claims(candidate, envelopes + 1)) {
          if (record.json !== null) this.#wrappers.remember(envelopes, record.json, number);
          return this.#take(candidate, envelopes + 1);
        }
        number += 1;
      }
    }

    if (forced !== null) return this.#conform(record, forced, 0);
    if (claim !== null) return this.#conform(record, claim.map, claim.confidence);
    if (isComment(record)) return this.#startHeader(record);
    this.unrecognised += 1;
    throw new MalformedInputError("no source recognises this line");
  }

  /** What the record wraps where it has the shape of the wrapper before, and wraps a record of the map that was last; else null. */
  #wrappedAsBefore(record: DecodedRecord, last: SourceMap, envelopes: number): DecodedRecord | null {
    if (envelopes >= MAX_ENVELOPES) return null;
    const same = this.#wrappers.sameOf(record, envelopes, this.#options.environment.fileModifiedTime);
    if (same === null || unwrapList(record) !== null) return null;
    const isKnown = last.recognise(same) >= SURE || this.#wrappedAsBefore(same, last, envelopes + 1) !== null;
    return isKnown ? same : null;
  }

  /** A broken or unknown element costs only itself. */
  #takeEach(elements: readonly DecodedRecord[], envelopes: number): void {
    for (const element of elements) {
      this.#guesses = 0;
      try {
        this.#take(element, envelopes);
      } catch (error) {
        this.#reject(error, element.line);
      }
    }
  }

  /** Whether some map claims the record or what it wraps. */
  #claims(record: DecodedRecord, envelopes: number): boolean {
    const { forced, maps, expected, environment } = this.#options;
    this.#guesses += 1;
    if (this.#guesses > MAX_GUESSES) return false;
    const last = forced ?? this.#last;
    if (last !== null && last.recognise(record) >= (forced === null ? SURE : LIKELY)) return true;
    if (forced === null && recogniseRecord(record, maps, expected) !== null) return true;
    if (envelopes >= MAX_ENVELOPES || (record.json === null && !isArray(record.body) && !wrapsText(record)))
      return false;
    for (const inner of unwrapList(record) ?? unwrapCandidates(record, environment.fileModifiedTime))
      if (this.#claims(inner, envelopes + 1)) return true;
    return false;
  }

  /** A comment that nobody claims ends the table above it and may open the header of the next. */
  #startHeader(record: DecodedRecord): void {
    this.#claimant = null;
    if (this.#header.length === MAX_HEADER_LINES) this.#header.shift();
    this.#header.push(record);
  }

  #conform(record: DecodedRecord, map: SourceMap, confidence: number): void {
    this.#count(map, confidence);
    if (isStateful(map)) {
      if (!this.stateful && map.standsAlone?.(record) !== true) this.stateful = true;
      const reader = this.#reader(map);
      this.#claimant = reader;
      this.#claimantMap = map;
      if (isComment(record)) {
        for (const line of this.#header.splice(0)) this.#emit(reader.push(line), map, line);
      }
      this.#emit(reader.push(record), map, record);
      return;
    }
    const events = map.conform(record, this.#options.environment);
    if (events === null) return;
    if (Array.isArray(events)) this.#emit(events, map, record);
    else this.#emitOne(events as OcsfEvent, map, record, 0);
  }

  #count(map: SourceMap, confidence: number): void {
    if (map !== this.#last || this.#lastTally === null) {
      let tally = this.tallies.get(map);
      if (tally === undefined) this.tallies.set(map, (tally = { records: 0, confidence: 0 }));
      this.#last = map;
      this.#lastTally = tally;
      this.#recent = [map, ...this.#recent.filter((other) => other !== map)].slice(0, MOST_RECENT);
    }
    this.#lastTally.records += 1;
    this.#lastTally.confidence += confidence;
  }

  #reader(map: StatefulMap): RecordReader {
    let reader = this.#readers.get(map);
    if (reader === undefined) this.#readers.set(map, (reader = map.open(this.#options.environment)));
    return reader;
  }

  #emit(events: readonly (OcsfEvent | MalformedInputError)[], map: SourceMap, record: DecodedRecord | null): void {
    for (let index = 0; index < events.length; index += 1) {
      const event = events[index]!;
      if (event instanceof MalformedInputError) this.#reject(event, record?.line ?? "");
      else this.#emitOne(event, map, record, index);
    }
  }

  #emitOne(event: OcsfEvent, map: SourceMap, record: DecodedRecord | null, index: number): void {
    if (event.raw_data === undefined && record !== null) event.raw_data = record.line;
    const hashed = event.metadata.uid === undefined && index === 0;
    if (event.metadata.uid === undefined) {
      const uid = contentUid(event.raw_data ?? JSON.stringify(event));
      event.metadata.uid = index === 0 ? uid : `${uid}-${index}`;
    }
    const preamble = isStateful(map) ? (this.#readers.get(map)?.preamble?.() ?? "") : "";
    this.#options.emit(event, map, this.#lineNumber, preamble, hashed);
  }

  #reject(error: unknown, line: string): void {
    const malformed =
      error instanceof MalformedInputError
        ? error
        : new MalformedInputError(
            `${this.#last?.id ?? "the decoder"} fails on this line: ${error instanceof Error ? error.message : String(error)}`,
            { cause: error },
          );
    this.#options.reject(this.#lineNumber, malformed, line);
  }
}

function isComment(record: DecodedRecord): boolean {
  return record.body.charCodeAt(0) === 0x23;
}

function isBlank(line: string): boolean {
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0d && code !== 0x0a) return false;
  }
  return true;
}

function isArray(body: string): boolean {
  return body.charCodeAt(0) === 0x5b || body.trimStart().charCodeAt(0) === 0x5b;
}
