/**
 * What a source map is: one file in maps/ that turns the records of one product's log into OCSF events.
 *
 * A map is pure: no files, network, clock or randomness. It never mutates a record, never copies keys of a record into
 * a plain object by assignment of unknown names (`__proto__`), and takes every value as hostile: wrong types are ignored,
 * not trusted.
 */
import type { JsonObject, OcsfEvent } from "../../model/activity.ts";
import type { MalformedInputError } from "../../model/errors.ts";

/** The header of a syslog line, RFC 3164 or RFC 5424. */
export interface SyslogHeader {
  /** ms since 1970 UTC; null when the header carries no readable time. */
  readonly time: number | null;
  readonly hostname: string | null;
  /** Program name or APP-NAME, without PID. */
  readonly app: string | null;
  readonly pid: string | null;
  readonly priority: number | null;
}

/** One record as it was received and decoded, before a map reads it. */
export interface DecodedRecord {
  /** As received, without the line end. */
  readonly line: string;
  readonly syslog: SyslogHeader | null;
  /** The line without its syslog header; equal to `line` when there is none. */
  readonly body: string;
  /** The body parsed, when it is a JSON object; null for text. */
  readonly json: JsonObject | null;
}

/** What a map may know besides the record. */
export interface ConformEnvironment {
  /** ms since 1970 UTC: supplies the year for formats that carry none. The file's modification time. */
  readonly fileModifiedTime: number;
  /** Base name of the file, for formats whose name tells the stream; empty for standard input. */
  readonly fileName: string;
}

/** Reads the records of one stream in order; may hold some back until their last part has come. */
export interface RecordReader {
  /**
   * Events that rest on earlier records than this one carry `raw_data` themselves; the others get the record's line.
   * Where the record completes several events, an error stands in the place of one that is broken.
   * @throws {MalformedInputError} when the record is not what the source promises
   */
  push(record: DecodedRecord): readonly (OcsfEvent | MalformedInputError)[];
  /** Whether the record belongs to what the reader has seen so far, where a record alone does not tell (a row below its header). */
  claims?(record: DecodedRecord): boolean;
  /** Header lines that the last record needs to be read again, joined by line ends; empty where it stands alone. */
  preamble?(): string;
  /** Records still held back, at the end of the stream. */
  flush(): readonly (OcsfEvent | MalformedInputError)[];
}

interface MapBase {
  /** Equals the file name; stored with every event, never renamed. */
  readonly id: string;
  readonly title: string;
  readonly product: { readonly name: string; readonly vendor_name: string };
  /** Where the vendor documents the format. */
  readonly reference: string;
  /** Which lane of the timeline its events belong to. */
  readonly lane: "endpoint" | "network" | "identity" | "repository";
  /** Where the log is switched on in the product, and which settings matter; Markdown, shown in docs. */
  readonly exporting: string;
  /** What it cannot tell, one sentence each; shown in docs and as blind spots. */
  readonly limits: readonly string[];
  /**
   * How sure the map is that this record is its own: 0 not at all, 1 certain (a field or phrase that only this product
   * writes). Must be cheap and must not throw. Below 0.5 is never chosen automatically.
   */
  recognise(record: DecodedRecord): number;
}

/** A map whose records stand alone. */
export interface StatelessMap extends MapBase {
  /**
   * null: a valid record that is no activity (a comment, a header line, a heartbeat).
   * @throws {MalformedInputError} when the record is not what the source promises
   */
  conform(record: DecodedRecord, environment: ConformEnvironment): OcsfEvent | readonly OcsfEvent[] | null;
}

/** A map whose records need their neighbours: headers, continuation records, multi-line events. */
export interface StatefulMap extends MapBase {
  /** Whether this record needs no neighbours although others of the source do; left out: none does. Must not throw. */
  standsAlone?(record: DecodedRecord): boolean;
  open(environment: ConformEnvironment): RecordReader;
}

export type SourceMap = StatelessMap | StatefulMap;

/** Declares a map; the function only fixes the type. */
export function defineMap<M extends SourceMap>(map: M): M {
  return map;
}

export function isStateful(map: SourceMap): map is StatefulMap {
  return "open" in map;
}
