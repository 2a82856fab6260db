/** Matches, findings and incidents: what detect and escalate hand on. Shapes of contract.md. */
import type { DestinationContext } from "./activity.ts";

export type Severity = "informational" | "low" | "medium" | "high" | "critical";

/** What kind of telemetry an event came from: the lanes of an incident's timeline. */
export const LANES = ["endpoint", "network", "identity", "repository"] as const;
export type Lane = (typeof LANES)[number];

/** The entity facts of one activity that correlation and escalation read. Empty string: not known. */
export interface Subject {
  /** metadata.uid of the activity. */
  readonly activity_uid: string;
  /** ms since 1970 UTC */
  readonly time: number;
  /** Id of the source map. */
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
  /** What the event shows, in one line: command, request, file. */
  readonly what: string;
}

/** One Sigma event rule that holds for one activity. */
export interface Match extends Omit<Subject, "what"> {
  /** Id of the rule. */
  readonly rule: string;
  /** connection_info.uid, where the bytes of this event stand in another record of the same connection. */
  readonly connection_uid: string;
  /** Addresses a DNS answer gave for the name that was asked for: connections to them soon after are its bytes. */
  readonly answers: readonly string[];
  /** Values of the fields that correlations over this rule group by or count, by field name; `what` as in Subject. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A conclusion: a match of a rule that alerts, or a correlation that holds. */
export interface Finding {
  /** Hash of rule, group and first evidence: the same events give the same uid in whatever order they come. */
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
  readonly next_steps: readonly string[];
  readonly blind_spots: readonly string[];
  /** Findings of the same rule and group no further apart than this go on with one another, ms. */
  readonly reach_ms: number;
  /** Values the finding is grouped by. */
  readonly group: readonly string[];
  /** First and last evidence, ms. */
  readonly first_time: number;
  readonly time: number;
  /** Number of matches behind it. */
  readonly count: number;
  /** Bytes client to server by source; a source that tells none is absent. */
  readonly bytes_out: Readonly<Record<string, number>>;
  /** Distinct destinations by name, at most 100. */
  readonly destinations: readonly string[];
  /** The first matches behind it in order of time, at most 40. */
  readonly evidence: readonly Subject[];
}

export interface Reason {
  readonly text: string;
  readonly points: number;
  /** uid of the finding it rests on. */
  readonly finding: string;
}

export interface BlindSpot {
  readonly code: string;
  readonly text: string;
  readonly source: string;
}

/** One story for an analyst, as contract.md prints it. */
export interface Incident {
  readonly schema_version: 1;
  readonly uid: string;
  readonly title: string;
  readonly severity: Severity;
  readonly risk_score: number;
  readonly reasons: readonly Reason[];
  readonly first_time: number;
  readonly last_time: number;
  readonly actors: readonly string[];
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly destinations: readonly string[];
  readonly bytes_out: number | null;
  readonly behaviours: readonly string[];
  readonly analytics: readonly string[];
  readonly attack: readonly string[];
  readonly findings: readonly {
    readonly uid: string;
    readonly rule: string;
    readonly title: string;
    readonly time: number;
    readonly severity: Severity;
    readonly activities: readonly string[];
  }[];
  readonly visibility: Readonly<Record<Lane, "seen" | "nothing" | "not-visible">>;
  readonly destination_details: readonly {
    readonly name: string;
    readonly verdict: "sanctioned" | "unsanctioned" | "unknown";
    readonly visibility: "public" | "private" | "unknown";
    readonly look_alike_of: string | null;
  }[];
  readonly blind_spots: readonly BlindSpot[];
  readonly next_steps: readonly string[];
  /** In order of time: what was seen, for the analyst's timeline. */
  readonly timeline: readonly {
    readonly time: number;
    readonly lane: Lane;
    readonly source: string;
    readonly text: string;
    readonly activity: string;
  }[];
}

/** What new matches, or matches whose gaps were filled otherwise, have in common; `from` and `to` are the first and last event time, ms. */
export interface TouchedFacts {
  readonly rule: string;
  readonly actor: string;
  readonly host: string;
  readonly host_role: string;
  readonly address: string;
  readonly destination: string;
  readonly destination_host: string;
  readonly destination_owner: string;
  readonly verdict: string;
  readonly operation: string;
  readonly source: string;
  /** Of carried fields. */
  readonly fields: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to: number;
}
