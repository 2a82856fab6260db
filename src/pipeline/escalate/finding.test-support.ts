/** Findings for the tests of this folder. */
import type { Finding, Subject } from "../../model/incident.ts";

const HOUR = 3_600_000;
export const NOON = Date.UTC(2026, 2, 18, 12);

export function subject(over: Partial<Subject> = {}): Subject {
  return {
    activity_uid: "activity",
    time: NOON,
    source: "squid",
    lane: "network",
    class_uid: 4002,
    actor: "",
    actor_names: [],
    host: "",
    host_role: "",
    address: "",
    destination: "",
    destination_host: "",
    destination_owner: "",
    verdict: "",
    visibility: "unknown",
    look_alike_of: "",
    seen_by: "",
    operation: "",
    bytes_out: null,
    what: "",
    ...over,
  };
}

/** @param hours after noon at which it happened; its evidence is one activity of that time unless given */
export function finding(
  uid: string,
  hours: number,
  evidence: Partial<Subject> | readonly Subject[] = {},
  over: Partial<Finding> = {},
): Finding {
  const time = NOON + hours * HOUR;
  return {
    uid,
    rule: `rule-${uid}`,
    title: `Title of ${uid}`,
    severity: "high",
    behaviours: ["api-upload"],
    analytics: ["AN0895"],
    attack: ["T1567.001"],
    reason: `reason of ${uid}`,
    points: 50,
    next_steps: [],
    blind_spots: [],
    reach_ms: 3_600_000,
    group: [],
    first_time: time,
    time,
    count: 1,
    bytes_out: {},
    destinations: [],
    evidence: Array.isArray(evidence)
      ? evidence
      : [subject({ activity_uid: `activity-${uid}`, time, ...(evidence as Partial<Subject>) })],
    ...over,
  };
}
