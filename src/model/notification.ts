/** What receivers outside are told about incidents, and what the outbox keeps of it. Plain data. */
import type { Incident, Severity } from "./incident.ts";

/** Least to most severe. */
export const SEVERITIES = ["informational", "low", "medium", "high", "critical"] as const satisfies readonly Severity[];

/** What may be asked for; `closed` includes that a closed incident was opened again. */
export const CHANGES = ["new", "raised", "closed"] as const;

export type Change = (typeof CHANGES)[number] | "reopened";

/** One change of one incident, for one receiver. Its content never changes: a second attempt sends the same. */
export interface Notice {
  /** Stable id of the delivery: the same change for the same receiver has the same. */
  readonly delivery: string;
  readonly change: Change;
  /** The severity this receiver was last told; null when it was told nothing yet. */
  readonly previous_severity: Severity | null;
  /** Uid under which the receiver first heard of the story: the incident's own, unless it grew out of others. */
  readonly thread: string;
  /** Uids under which the receiver heard of other stories that became part of this one. */
  readonly merged: readonly string[];
  readonly incident: Incident;
  readonly state: "open" | "closed";
  readonly assignee: string | null;
  /** What a closed incident turned out to be; `withdrawn` when the evidence no longer says so, `suppressed` when a suppression covers it. */
  readonly disposition: string | null;
  /** Sent by `notify test`: nothing has happened. */
  readonly test: boolean;
}

/** `dropped`: no news any more when it might have gone out; the receiver knows nothing of it. */
export type OutboxState = "waiting" | "sent" | "dead" | "skipped" | "dropped";

/** A notice on its way, without its content. */
export interface OutboxEntry {
  readonly delivery: string;
  readonly receiver: string;
  readonly incident: string;
  readonly thread: string;
  readonly change: Change;
  readonly severity: Severity;
  /** ms since 1970 UTC */
  readonly created: number;
  /** Not before, ms since 1970 UTC: digests and quiet hours. */
  readonly due: number;
  /** Entries of a receiver with the same batch go out together; empty: on its own. */
  readonly batch: string;
  /** `skipped`: known, but the receiver did not ask for this change. */
  readonly state: OutboxState;
  readonly attempts: number;
  /** What the receiver answered last, or why there was no answer. */
  readonly answer: string;
  /** What the receiver calls it: the key of an issue. */
  readonly reference: string;
  /** Counts from 1; grows with every change of the entry. */
  readonly version: number;
}

/** An incident or what was done about it changed. */
export interface ChangedIncident {
  readonly uid: string;
  /** When it was written, ms since 1970 UTC; what was done about it may be later. */
  readonly written: number;
  /** Differs whenever there is something new to know. */
  readonly fingerprint: string;
}

/** A changed incident as it is now. */
export interface IncidentNow {
  readonly incident: Incident;
  readonly state: "open" | "closed";
  readonly assignee: string | null;
  readonly disposition: string | null;
  /** Uids of the incidents that became part of it. */
  readonly ancestors: readonly string[];
  /** When it last changed, ms since 1970 UTC. */
  readonly changed: number;
}

/** What is kept between processes. Everything written is on disk when its promise resolves. */
export interface Outbox {
  /** Incidents written or acted on since, ms since 1970 UTC. */
  changedSince(time: number): Promise<readonly ChangedIncident[]>;
  /** Those of these incidents that stand for themselves, in the order in which they changed. */
  incidents(uids: readonly string[]): Promise<readonly IncidentNow[]>;
  /** All entries about these incidents, in the order in which they were made. */
  entriesAbout(incidents: readonly string[]): Promise<readonly OutboxEntry[]>;
  /** Which of these incidents are closed now, or became part of a story that is. */
  closedOf(uids: readonly string[]): Promise<ReadonlySet<string>>;
  /** What is still to be sent, in the order in which it was made. */
  waiting(): Promise<readonly OutboxEntry[]>;
  /** What was given up, newest first. */
  dead(limit: number): Promise<readonly OutboxEntry[]>;
  counts(): Promise<readonly { readonly receiver: string; readonly state: OutboxState; readonly entries: number }[]>;
  notices(deliveries: readonly OutboxEntry[]): Promise<readonly Notice[]>;
  add(entries: readonly { readonly entry: OutboxEntry; readonly notice: Notice }[]): Promise<void>;
  /** Supersedes what is stored of the entries; the content of what was sent is dropped. */
  update(entries: readonly OutboxEntry[]): Promise<void>;
  /** Named positions. */
  readMark(name: string): Promise<number | null>;
  writeMark(name: string, time: number): Promise<void>;
}
