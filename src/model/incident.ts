/** Matches, findings and incidents: what detect and escalate hand on. Shapes of contract.md. */
import type { DestinationContext } from "./activity.ts";

export type Severity = "informational" | "low" | "medium" | "high" | "critical";

/** What kind of telemetry an event came from: the lanes of an incident's timeline. */
export type Lane = "endpoint" | "network" | "identity" | "repository";

/** The entity facts of one activity that correlation and escalation read. */
export interface Subject {
  /** metadata.uid of the activity. */
  readonly activity_uid: string;
  readonly time: number;
  readonly source: string;
  readonly lane: Lane;
  readonly class_uid: number;
  readonly actor: string;
  readonly actor_names: readonly string[];
  readonly host: string;
  readonly host_role: string;
  readonly address: string;
  readonly destination: string;
  readonly destination_host: string;
  readonly destination_owner: string;
  readonly verdict: DestinationContext["verdict"] | "";
  readonly visibility: DestinationContext["visibility"];
  readonly look_alike_of: string;
  readonly seen_by: DestinationContext["seen_by"] | "";
  readonly operation: DestinationContext["operation"] | "";
  /** Bytes client to server; null where the source does not tell. */
  readonly bytes_out: number | null;
}

/** One Sigma event rule that holds for one activity. */
export interface Match extends Subject {
  readonly rule: string;
  /** Values of the fields that correlations over this rule group by or count, by field name. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A conclusion: a match of a rule that alerts, or a correlation that holds. */
export interface Finding {
  readonly uid: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly behaviours: readonly string[];
  readonly analytics: readonly string[];
  readonly attack: readonly string[];
  /** The reason as a sentence, with the numbers. */
  readonly reason: string;
  readonly points: number;
  /** First and last evidence, ms. */
  readonly first_time: number;
  readonly time: number;
  readonly evidence: readonly Subject[];
}
