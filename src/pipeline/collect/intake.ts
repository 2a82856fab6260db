/**
 * What a running source is given, and what it owes. A source hands over whole lines and acknowledges them to its own side
 * (an HTTP 200, a file position, a cursor) only after `offer` has resolved: by then they are in the store, on disk.
 */

/** Whole lines of one stream. */
export interface RecordBatch {
  /**
   * Names the stream: the source's id and what it reads (a path, a peer). Lines of one stream are read in order by one
   * reader, so that headers and records of several lines are understood; streams are independent.
   */
  readonly stream: string;
  /** Source map of every line; `auto`: recognised. */
  readonly source: string;
  /** Base name of the file for formats whose name tells the stream; empty where there is none. */
  readonly fileName: string;
  /** Supplies the year of times without one, ms since 1970 UTC: the file's modification time, or when the lines came. */
  readonly modifiedTime: number;
  /** Number of the first line, from 1, as `quarantine` shows it. */
  readonly firstLine: number;
  /**
   * Header lines further up that these lines need, for a reader that has not seen them: one begins anew when its thread ended or too many
   * streams were open. Not to be changed.
   */
  readonly preamble?: Uint8Array | undefined;
  /** Lines, each ending in a line end; handed over, not to be used again. At most a few MiB. */
  readonly bytes: Uint8Array;
}

/** Lines that a source itself could not make sense of. */
export interface RejectedRecord {
  readonly stream: string;
  readonly line: number;
  readonly reason: string;
  readonly excerpt: string;
  /** When it came, ms since 1970 UTC, for streams that cannot be read again: their numbers begin anew with every start. */
  readonly received?: number;
}

/** A span of event time in which a source has missed something for certain, or cannot prove that it has not. */
export interface CoverageGap {
  /** Id of the live source. */
  readonly collector: string;
  /** Id of the source map of what is missing; empty where its lines are of several kinds. */
  readonly source: string;
  /** Half-open, ms since 1970 UTC. */
  readonly from: number;
  readonly until: number;
  /** One sentence that says what happened; no secrets. */
  readonly reason: string;
}

export interface Intake {
  /**
   * Resolves when every event of the batch is in the store.
   * @throws {IntakeBusyError} at once, when the store cannot follow: offer it again later
   * @throws {StoreUnavailableError} when it could not be stored: offer it again
   */
  offer(batch: RecordBatch): Promise<void>;
  /** Keeps what could not be read, with the reason. Written with the next batch. */
  reject(record: RejectedRecord): void;
  /**
   * Resolves when the gap is in the store: only then may a cursor move past it. Telling it again adds nothing.
   * @throws {StoreUnavailableError} tell it again
   */
  tellGap(gap: CoverageGap): Promise<void>;
}

/** Positions that survive a restart. */
export interface Checkpoints {
  read(name: string): Promise<string | null>;
  /** All whose names begin so, by name: one question, where `read` would be many. */
  readAll(prefix: string): Promise<ReadonlyMap<string, string>>;
  write(name: string, position: string): Promise<void>;
}

/** What a source says of itself, for `/status` and `doctor`. */
export interface SourceHealth {
  /** `starting` until it can receive; `failing` while it cannot, with what is wrong. */
  readonly state: "starting" | "running" | "failing" | "stopped";
  readonly problem: string | null;
  /** Records handed over and stored since the start. */
  readonly received: number;
  /** Records that came and were refused or lost, since the start; UDP can only estimate. */
  readonly dropped: number;
  /**
   * How far behind its own side the source is, ms: how long ago it had last read all there was. null where it is sent to, and cannot
   * know what is still to come.
   */
  readonly lagMs: number | null;
  /** Spans in which something was missed for certain, newest last. */
  readonly gaps: readonly { readonly from: number; readonly until: number; readonly reason: string }[];
}

/** A source at work. */
export interface LiveSource {
  readonly id: string;
  /** Resolves when it can receive; it then goes on until `stop`. @throws {InvalidConfigError} when it never can */
  start(): Promise<void>;
  /** Takes nothing more, and resolves when all that was offered has been acknowledged or given back. */
  stop(): Promise<void>;
  health(): SourceHealth;
}

/** What sources are built with. */
export interface SourcePorts {
  readonly intake: Intake;
  readonly checkpoints: Checkpoints;
  readonly now: () => number;
  /** For the log: one line, no secrets. */
  readonly log: (level: "info" | "warn" | "error", message: string) => void;
}
